package wxserver

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of a password, as OWASP recommends for argon2id on small machines.
const (
	argonTime    = 2
	argonMemory  = 19 * 1024 // KiB, unless Options.PasswordMemory says otherwise
	argonThreads = 1
	argonKey     = 32
	saltSize     = 16
)

var errHash = errors.New("stored password is not in argon2id PHC form")

// hashPassword returns the PHC form of a password. At most two are hashed at the
// same time, each needs PasswordMemory.
func (s *Server) hashPassword(ctx context.Context, password string) (string, error) {
	salt, err := s.ids.bytes(saltSize)
	if err != nil {
		return "", err
	}
	if err := s.enterPassword(ctx); err != nil {
		return "", err
	}
	defer s.leavePassword()
	memory := s.opts.PasswordMemory
	key := argon2.IDKey([]byte(password), salt, argonTime, memory, argonThreads, argonKey)
	return passwordHash{memory, argonTime, argonThreads, salt, key}.String(), nil
}

// noPassword is hashed against when there is no account, so that the time of an
// answer does not tell which names exist. It costs what a password of memory costs.
func noPassword(memory uint32) string {
	return passwordHash{memory, argonTime, argonThreads, make([]byte, saltSize), make([]byte, argonKey)}.String()
}

// passwordHash is what the PHC form of a password says.
type passwordHash struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

// The most that a stored password may cost, should the cost be raised one day.
const (
	maxMemory  = 256 << 10 // KiB
	maxTime    = 16
	maxThreads = 16
	maxSalt    = 64 // bytes, also of the key
)

func parseHash(hash string) (passwordHash, error) {
	var h passwordHash
	var version int
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return h, errHash
	}
	_, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &h.memory, &h.time, &h.threads)
	if err != nil || version != argon2.Version || h.memory > maxMemory ||
		h.time == 0 || h.time > maxTime || h.threads == 0 || h.threads > maxThreads {
		return h, errHash
	}
	var saltErr, keyErr error
	h.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	h.key, keyErr = base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(h.salt) > maxSalt || len(h.key) == 0 || len(h.key) > maxSalt {
		return h, errHash
	}
	return h, nil
}

// String is the PHC form.
func (h passwordHash) String() string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.threads,
		enc.EncodeToString(h.salt), enc.EncodeToString(h.key))
}

// checkPassword reports whether password is the one that was hashed. The caller
// has a place: see enterPassword.
func checkPassword(hash, password string) (bool, error) {
	h, err := parseHash(hash)
	if err != nil {
		return false, err
	}
	got := argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.threads, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(got, h.key) == 1, nil
}

// enterPassword waits for one of the places for passwords being hashed.
func (s *Server) enterPassword(ctx context.Context) error {
	select {
	case s.passwords <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Server) leavePassword() { <-s.passwords }
