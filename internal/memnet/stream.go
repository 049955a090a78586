package memnet

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// room is how many unread bytes a stream holds before writing blocks. Much less
// than a large picture, so that tests meet a full buffer too.
const room = 64 << 10

// stream is one direction of a connection: a bounded buffer with an end that
// writes and an end that reads.
//
// Waiting is sync.Cond.Wait, which counts as durably blocked in a bubble; the
// mutex is never held while anybody waits.
type stream struct {
	mu               sync.Mutex
	changed          sync.Cond
	buf              []byte // unread
	reading, writing end
}

// end is what one end of a stream has said: that it is closed, and its deadline.
type end struct {
	closed bool
	late   bool
	timer  *time.Timer
}

func newStream() *stream {
	s := &stream{}
	s.changed.L = &s.mu
	return s
}

// Read waits until there is something to read or nothing more will come.
func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.reading.closed:
			return 0, net.ErrClosed
		case s.reading.late:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(s.buf) > 0:
			n := copy(p, s.buf)
			if s.buf = s.buf[n:]; len(s.buf) == 0 {
				s.buf = nil // idle connections are many: let them hold nothing
			}
			s.changed.Broadcast()
			return n, nil
		case s.writing.closed:
			return 0, io.EOF
		}
		s.changed.Wait()
	}
}

// Write waits until all of p is in the buffer or nobody will read it.
func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for done := 0; ; {
		switch {
		case s.writing.closed:
			return done, net.ErrClosed
		case s.reading.closed:
			return done, syscall.EPIPE
		case s.writing.late:
			return done, os.ErrDeadlineExceeded
		}
		n := min(len(p)-done, room-len(s.buf))
		if n > 0 {
			s.buf = append(s.buf, p[done:done+n]...)
			s.changed.Broadcast()
		}
		if done += n; done == len(p) {
			return done, nil
		}
		s.changed.Wait()
	}
}

func (s *stream) closeWrite() { s.close(&s.writing) }

func (s *stream) closeRead() {
	s.close(&s.reading)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buf = nil
}

func (s *stream) close(e *end) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.closed = true
	e.stopTimer()
	s.changed.Broadcast()
}

// setDeadline makes the calls of e fail from t on; the zero time is never.
func (s *stream) setDeadline(e *end, t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.closed {
		return net.ErrClosed
	}
	e.stopTimer()
	wait := time.Until(t)
	e.late = !t.IsZero() && wait <= 0
	if !t.IsZero() && !e.late {
		e.startTimer(s, wait)
	}
	s.changed.Broadcast()
	return nil
}

// startTimer makes e late after wait, unless the deadline is moved before.
func (e *end) startTimer(s *stream, wait time.Duration) {
	var timer *time.Timer
	timer = time.AfterFunc(wait, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if e.timer == timer {
			e.late = true
			s.changed.Broadcast()
		}
	})
	e.timer = timer
}

func (e *end) stopTimer() {
	if e.timer != nil {
		e.timer.Stop()
		e.timer = nil
	}
}
