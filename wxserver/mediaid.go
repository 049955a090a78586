package wxserver

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/webwx/webwx"
)

// A MediaId is a capability: who has it may use a file, if it was given to the
// same account. It is sealed with a key of the server, so that nothing has to be
// stored, and looks like the real service's: "@crypt_", 8 hexadecimal digits, "_",
// and the rest. The same text always comes of the same file, since webwxsync has
// to repeat itself.
type mediaIDs struct {
	aead  cipher.AEAD
	nonce []byte // key that makes the nonce from the text
}

// What a MediaId leads to.
const (
	idUpload  = 1 // a file that the account has uploaded: its hash
	idMessage = 2 // the file of a message that the account has seen: the message's id
	idSticker = 3 // the picture of a sticker, for everybody: the message's id
)

// errNoMedia is the same for a MediaId of another account, one that was changed,
// and one that nobody ever had.
var errNoMedia = refuse(webwx.RetParameter, "no such media")

func newMediaIDs(s *secrets) *mediaIDs {
	block, err := aes.NewCipher(s.derive("media id", "", 32))
	if err == nil {
		var aead cipher.AEAD
		if aead, err = cipher.NewGCM(block); err == nil {
			return &mediaIDs{aead, s.derive("media nonce", "", 32)}
		}
	}
	panic(err) // the lengths are fixed
}

// seal makes the MediaId of what for uin.
func (m *mediaIDs) seal(kind byte, uin int64, what []byte) string {
	plain := binary.BigEndian.AppendUint64([]byte{kind}, uint64(uin))
	plain = append(plain, what...)
	mac := hmac.New(sha256.New, m.nonce)
	mac.Write(plain)
	nonce := mac.Sum(nil)[:m.aead.NonceSize()]
	text := hex.EncodeToString(m.aead.Seal(nonce, nonce, plain, nil))
	return "@crypt_" + text[:8] + "_" + text[8:]
}

// open reads a MediaId of uin. It takes it only as seal writes it.
func (m *mediaIDs) open(id string, uin int64) (kind byte, what []byte, ok bool) {
	text, ok := strings.CutPrefix(id, "@crypt_")
	if !ok || len(text) > 256 || len(text) < 9 || text[8] != '_' || strings.ToLower(text) != text {
		return 0, nil, false
	}
	raw, err := hex.DecodeString(text[:8] + text[9:])
	if err != nil || len(raw) < m.aead.NonceSize() {
		return 0, nil, false
	}
	nonce, sealed := raw[:m.aead.NonceSize()], raw[m.aead.NonceSize():]
	plain, err := m.aead.Open(nil, nonce, sealed, nil)
	if err != nil || len(plain) < 9 || int64(binary.BigEndian.Uint64(plain[1:9])) != uin {
		return 0, nil, false
	}
	return plain[0], plain[9:], true
}

// upload is the MediaId of a file for who has uploaded it.
func (m *mediaIDs) upload(uin int64, hash string) string {
	raw, err := hex.DecodeString(hash)
	if err != nil {
		panic(err) // an engine's hash
	}
	return m.seal(idUpload, uin, raw)
}

// message is the MediaId of a message's file for one of its readers.
func (m *mediaIDs) message(uin, id int64) string {
	return m.seal(idMessage, uin, binary.BigEndian.AppendUint64(nil, uint64(id)))
}

// sticker is the MediaId under which anybody can fetch a sticker, as they can on
// the real service.
func (m *mediaIDs) sticker(id int64) string {
	return m.seal(idSticker, 0, binary.BigEndian.AppendUint64(nil, uint64(id)))
}
