package wxclient

import (
	"context"
	"io/fs"
	"slices"
	"sync"
)

// Store keeps a [Session] between runs. [FileStore] is one.
type Store interface {
	// Load returns the saved session. The error is fs.ErrNotExist if there is none.
	Load(ctx context.Context) (*Session, error)
	// Save replaces the saved session by s, all or nothing, and keeps no part of s.
	Save(ctx context.Context, s *Session) error
	// Remove forgets the saved session. That there is none is no error.
	Remove(ctx context.Context) error
}

// memoryStore lets one client log in again without a scan.
type memoryStore struct {
	mu    sync.Mutex
	saved *Session
}

func (m *memoryStore) Load(context.Context) (*Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.saved == nil {
		return nil, fs.ErrNotExist
	}
	return m.saved.clone(), nil
}

func (m *memoryStore) Save(_ context.Context, s *Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saved = s.clone()
	return nil
}

func (m *memoryStore) Remove(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.saved = nil
	return nil
}

func (s *Session) clone() *Session {
	c := *s
	c.Cookies = slices.Clone(s.Cookies)
	return &c
}
