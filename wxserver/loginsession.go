package wxserver

import (
	"sync"
	"time"

	"github.com/webwx/webwx"
)

// A session is one login while it is in use here: its document, its secrets, and
// what only has to be right within this process.
//
// Its lock is taken after that of logins, if both are needed.
type session struct {
	id      string
	uin     int64
	phone   bool
	secrets *loginSecrets

	mu    sync.Mutex
	doc   loginDoc
	stale bool // the document may have changed
	// loading is closed when the document, which is being read, is there; nil if it
	// is not being read.
	loading chan struct{}
	acked   Position    // the newest position it came back with; its start before that
	quiet   [2]Position // nothing after the first and up to the second is for this login
	seen    time.Time
	asked   int // how often it was told that it is over
}

// dead returns the error that tells why the login is over, nil if it lives.
func (s *session) dead(now time.Time, life time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.doc.Ended != 0:
		return &webwx.Error{Ret: s.doc.Why}
	case s.phone && now.Sub(s.seen) > phoneLife, !s.phone && now.Sub(s.seen) > life:
		return &webwx.Error{Ret: webwx.RetKicked}
	}
	return nil
}

// position returns what the login has acknowledged.
func (s *session) position() Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acked
}

// skip remembers that nothing after from and up to to is for this login.
func (s *session) skip(from, to Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if from < s.quiet[0] || from > s.quiet[1] {
		s.quiet[0] = from
		s.quiet[1] = to
	}
	s.quiet[1] = max(s.quiet[1], to)
}

// from returns where to start reading for a client at position p.
func (s *session) from(p Position) Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.quiet[0] <= p && p < s.quiet[1] {
		return s.quiet[1]
	}
	return p
}
