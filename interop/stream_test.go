package interop

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A stream is what somebody has said so far. What a test has awaited is taken out.
type stream[T any] struct {
	name string

	mu    sync.Mutex
	all   []T
	ended string
	more  chan struct{} // closed when there is more to see
}

func newStream[T any](name string) *stream[T] {
	return &stream[T]{name: name, more: make(chan struct{})}
}

func (s *stream[T]) add(v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, v)
	s.wake()
}

// end says why nothing more will come.
func (s *stream[T]) end(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = why
	s.wake()
}

func (s *stream[T]) wake() {
	close(s.more)
	s.more = make(chan struct{})
}

// take takes the first that is right out of the stream.
func (s *stream[T]) take(right func(T) bool) (v T, ok bool, ended string, more <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.all, right); i >= 0 {
		v = s.all[i]
		s.all = slices.Delete(s.all, i, i+1)
		return v, true, "", nil
	}
	return v, false, s.ended, s.more
}

// await waits for the first that is right.
func (s *stream[T]) await(t *testing.T, what string, right func(T) bool) T {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		v, ok, ended, more := s.take(right)
		if ok {
			return v
		}
		if ended != "" {
			t.Fatalf("%s did not say %s, and ended (%s); it said%s", s.name, what, ended, s)
		}
		select {
		case <-more:
		case <-deadline.C:
			t.Fatalf("%s did not say %s within %v; it said%s", s.name, what, patience, s)
		}
	}
}

// none fails the test if what is wrong was said.
func (s *stream[T]) none(t *testing.T, what string, wrong func(T) bool) {
	t.Helper()
	if v, ok, _, _ := s.take(wrong); ok {
		t.Errorf("%s said %s: %+v", s.name, what, v)
	}
}

func (s *stream[T]) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, v := range s.all {
		fmt.Fprintf(&b, "\n  %.400s", fmt.Sprintf("%+v", v))
	}
	return b.String()
}
