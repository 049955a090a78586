package wxclient

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
)

// sealed is the file around a session that a key protects. Version and Cipher
// are authenticated with the data.
type sealed struct {
	Version int    `json:"sealed_version"`
	Cipher  string `json:"cipher"`
	Data    []byte `json:"data"` // nonce and ciphertext
}

const (
	sealVersion = 1
	sealCipher  = "AES-256-GCM"
	keyBytes    = 32
)

// header is what is authenticated beside the data.
func (s *sealed) header() []byte {
	return fmt.Appendf(nil, "webwx session %d %s", s.Version, s.Cipher)
}

// aead makes the cipher; it draws a new nonce for each use by itself.
func (f *FileStore) aead() (cipher.AEAD, error) {
	if len(f.Key) != keyBytes {
		return nil, fmt.Errorf("key has %d bytes, want %d", len(f.Key), keyBytes)
	}
	block, err := aes.NewCipher(f.Key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal protects text, if there is a key.
func (f *FileStore) seal(text []byte) ([]byte, error) {
	if f.Key == nil {
		return text, nil
	}
	gcm, err := f.aead()
	if err != nil {
		return nil, err
	}
	s := &sealed{Version: sealVersion, Cipher: sealCipher}
	s.Data = gcm.Seal(nil, nil, text, s.header())
	return json.Marshal(s)
}

// unseal returns the session's text. A file without a seal is refused when there
// is a key: whoever can write the file could otherwise take the protection away.
func (f *FileStore) unseal(text []byte) ([]byte, error) {
	var s sealed
	isSealed := json.Unmarshal(text, &s) == nil && s.Version != 0
	switch {
	case !isSealed && f.Key == nil:
		return text, nil
	case !isSealed:
		return nil, errors.New("not sealed, but a key is given: remove the file and log in again")
	case f.Key == nil:
		return nil, errors.New("sealed: its key is needed")
	case s.Version > sealVersion || s.Cipher != sealCipher:
		return nil, fmt.Errorf("sealed with version %d, cipher %.20q, which this program does not know", s.Version, s.Cipher)
	}
	gcm, err := f.aead()
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nil, s.Data, s.header())
	if err != nil {
		return nil, errors.New("wrong key, or the file was changed")
	}
	return plain, nil
}
