package wxserver

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
)

// KeySize is the length in bytes of a server's key.
const KeySize = 32

// secrets derives what proves a login from the server's key and the login's
// random id, so that none of it is stored: a stolen database opens no session.
// Everything is made of [A-Za-z0-9_-], because clients encode other characters
// in different ways (README.md §5.3).
type secrets struct{ key []byte }

func newSecrets(key []byte) (*secrets, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("server key has %d bytes, want %d", len(key), KeySize)
	}
	return &secrets{key}, nil
}

// derive returns n bytes that depend on the key, on what they are for, and on
// id.
func (s *secrets) derive(label, id string, n int) []byte {
	out, err := hkdf.Key(sha256.New, s.key, []byte(id), "webwx "+label, n)
	if err != nil {
		panic(err) // n is a small constant
	}
	return out
}

func text64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// loginSecrets are the secrets of one login.
type loginSecrets struct {
	sid        string // wxsid
	skey       string // @crypt_ + 8 hex + _ + 32 hex
	passTicket string
	dataTicket string // cookie webwx_data_ticket; proves uploads and downloads
	authTicket string // cookie webwx_auth_ticket; proves a push login
	uvid       string // cookie webwxuvid
	names      *namer
}

func (s *secrets) login(id string) *loginSecrets {
	k := hex.EncodeToString(s.derive("skey", id, 20))
	return &loginSecrets{
		sid:        text64(s.derive("sid", id, 12)),
		skey:       "@crypt_" + k[:8] + "_" + k[8:],
		passTicket: text64(s.derive("pass_ticket", id, 48)),
		dataTicket: s.ticket("data", id, 16),
		authTicket: s.ticket("auth", id, 48),
		uvid:       hex.EncodeToString(s.derive("uvid", id, 48)),
		names:      newNamer(s.derive("names", id, 32)),
	}
}

const idBytes = 16 // of a login's id

// ticket makes a ticket that tells the login's id, followed by n bytes that
// prove it.
func (s *secrets) ticket(label, id string, n int) string {
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		panic(err) // ids are made by newID
	}
	return text64(append(raw, s.derive(label, id, n)...))
}

var errTicket = errors.New("ticket is not valid")

// openTicket returns the login's id from a ticket of the given label.
func (s *secrets) openTicket(label, ticket string, n int) (id string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(ticket)
	if err != nil || len(raw) != idBytes+n {
		return "", errTicket
	}
	id = text64(raw[:idBytes])
	if !equal(ticket, s.ticket(label, id, n)) {
		return "", errTicket
	}
	return id, nil
}

// loginTicket is the ticket in the redirect_uri of a confirmed QR code.
func (s *secrets) loginTicket(uuid, nonce string) string {
	return "A" + text64(s.derive("login ticket", uuid+" "+nonce, 24)) + "@qrticket_0"
}

// index turns a sid into the key under which its login is found. It is keyed, so
// that the database tells nothing about the sid.
func (s *secrets) index(sid string) string {
	mac := hmac.New(sha256.New, s.derive("index", "", 32))
	mac.Write([]byte(sid))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// sealer returns the cipher for texts that are stored but not to be read without
// the key.
func (s *secrets) sealer(label string) cipher.AEAD {
	block, err := aes.NewCipher(s.derive("seal "+label, "", 32))
	if err == nil {
		var aead cipher.AEAD
		if aead, err = cipher.NewGCM(block); err == nil {
			return aead
		}
	}
	panic(err) // the length is fixed
}

// seal encrypts text under a nonce of sealNonce bytes that is used once.
func (s *secrets) seal(label, text string, nonce []byte) string {
	return text64(s.sealer(label).Seal(nonce, nonce, []byte(text), nil))
}

// unseal reads what seal made.
func (s *secrets) unseal(label, sealed string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(raw) < sealNonce {
		return "", errTicket
	}
	text, err := s.sealer(label).Open(nil, raw[:sealNonce], raw[sealNonce:], nil)
	if err != nil {
		return "", errTicket
	}
	return string(text), nil
}

const sealNonce = 12

// equal compares two secrets in a time that does not depend on where they differ.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
