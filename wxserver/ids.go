package wxserver

import (
	"encoding/binary"
	"io"
	"sync"
	"time"
)

// idSource makes random ids and the ids of messages.
type idSource struct {
	mu   sync.Mutex
	rand io.Reader
	last int64 // the newest message id
}

func (s *idSource) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := io.ReadFull(s.rand, b)
	return b, err
}

// login returns the id of a new login.
func (s *idSource) login() (string, error) {
	b, err := s.bytes(idBytes)
	return text64(b), err
}

// uuid returns a QR code's uuid: twelve characters as the real service has
// (README.md §5.3), without the "=" that some programs encode, and not with a
// hyphen first, which a command line would take for a flag.
func (s *idSource) uuid() (string, error) {
	for {
		b, err := s.bytes(9)
		if err != nil {
			return "", err
		}
		if text := text64(b); text[0] != '-' {
			return text, nil
		}
	}
}

// number returns a random whole number in [low, high).
func (s *idSource) number(low, high int64) (int64, error) {
	b, err := s.bytes(8)
	if err != nil {
		return 0, err
	}
	return low + int64(binary.BigEndian.Uint64(b)%uint64(high-low)), nil
}

// message returns the id of a new message: milliseconds, then 22 bits that begin
// at random, so that ids grow, fit 63 bits, and hardly ever meet those of another
// node. If they do, the engine refuses the post and the send tries again.
func (s *idSource) message(now time.Time) (int64, error) {
	low, err := s.number(0, 1<<21)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(s.last+1, now.UnixMilli()<<22|low)
	return s.last, nil
}
