// Package memengine keeps a server's data in memory: for tests, and for a
// server that may forget. It is an [wxserver.Engine] and passes the contract in
// package enginetest; "durable" means until Close.
package memengine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/webwx/webwx/wxserver"
)

// Engine is the engine. The zero value is not ready: use [New].
type Engine struct {
	mu       sync.Mutex // guards all below; never held while a watcher is called
	closed   bool
	revision int64
	written  int // writes since the last sweep
	docs     map[string]doc
	keys     []string // of docs, sorted
	posts    map[int64]wxserver.Entry
	boxes    map[wxserver.Box][]wxserver.Entry
	once     map[string]int64
	blobs    map[string][]byte

	watch    sync.RWMutex // held for reading while watchers are called
	watchers map[int]func(wxserver.Box, wxserver.Position)
	watchID  int
}

type doc struct {
	value    []byte
	revision int64
	expires  time.Time
}

func (d doc) gone(now time.Time) bool { return !d.expires.IsZero() && !now.Before(d.expires) }

// New returns an empty engine.
func New() *Engine {
	return &Engine{
		docs:     make(map[string]doc),
		posts:    make(map[int64]wxserver.Entry),
		boxes:    make(map[wxserver.Box][]wxserver.Entry),
		once:     make(map[string]int64),
		blobs:    make(map[string][]byte),
		watchers: make(map[int]func(wxserver.Box, wxserver.Position)),
	}
}

type move struct {
	box  wxserver.Box
	head wxserver.Position
}

// Commit implements [wxserver.Engine].
func (e *Engine) Commit(ctx context.Context, b *wxserver.Batch) (wxserver.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return wxserver.Receipt{}, err
	}
	if err := b.Validate(); err != nil {
		return wxserver.Receipt{}, err
	}
	receipt, moves, err := e.commit(b)
	if err != nil {
		return wxserver.Receipt{}, err
	}
	e.watch.RLock()
	defer e.watch.RUnlock()
	for _, moved := range e.watchers {
		for _, m := range moves {
			moved(m.box, m.head)
		}
	}
	return receipt, nil
}

func (e *Engine) commit(b *wxserver.Batch) (wxserver.Receipt, []move, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return wxserver.Receipt{}, nil, wxserver.ErrClosed
	}
	if b.Once != "" {
		if id, ok := e.once[b.Once]; ok {
			return wxserver.Receipt{Repeat: true, ID: id}, nil, nil
		}
	}
	if err := e.check(b); err != nil {
		return wxserver.Receipt{}, nil, err
	}
	for _, w := range b.Docs {
		if !w.Check {
			e.write(w)
		}
	}
	if e.written += len(b.Docs); e.written > sweepEvery {
		e.sweep()
	}
	var receipt wxserver.Receipt
	var moves []move
	for _, p := range b.Posts {
		if receipt.ID == 0 {
			receipt.ID = p.ID
		}
		entry := wxserver.Entry{ID: p.ID, By: p.By, Time: p.Time.Truncate(time.Millisecond), Body: bytes.Clone(p.Body)}
		e.posts[p.ID] = entry
		for _, box := range p.Boxes {
			entry.Position = wxserver.Position(len(e.boxes[box]) + 1)
			e.boxes[box] = append(e.boxes[box], entry)
			moves = append(moves, move{box, entry.Position})
		}
	}
	for _, box := range b.Wake {
		moves = append(moves, move{box, 0})
	}
	if b.Once != "" {
		e.once[b.Once] = receipt.ID
	}
	return receipt, moves, nil
}

// check reports whether b can be done as a whole.
func (e *Engine) check(b *wxserver.Batch) error {
	now := time.Now()
	for _, w := range b.Docs {
		if w.If == wxserver.AnyRevision {
			continue
		}
		d, ok := e.docs[w.Key]
		if !ok || d.gone(now) {
			d.revision = 0
		}
		if d.revision != w.If {
			return fmt.Errorf("%w: document %s", wxserver.ErrConflict, w.Key)
		}
	}
	seen := make(map[int64]bool, len(b.Posts))
	for _, p := range b.Posts {
		if _, taken := e.posts[p.ID]; taken || seen[p.ID] {
			return fmt.Errorf("%w: post id", wxserver.ErrConflict)
		}
		seen[p.ID] = true
		for _, box := range p.Boxes {
			if len(e.boxes[box])+len(b.Posts) > int(wxserver.MaxPosition) {
				return wxserver.ErrTooLarge
			}
		}
	}
	return nil
}

func (e *Engine) write(w wxserver.Write) {
	i, found := slices.BinarySearch(e.keys, w.Key)
	if w.Value == nil {
		if found {
			e.keys = slices.Delete(e.keys, i, i+1)
			delete(e.docs, w.Key)
		}
		return
	}
	if !found {
		e.keys = slices.Insert(e.keys, i, w.Key)
	}
	e.revision++
	e.docs[w.Key] = doc{value: bytes.Clone(w.Value), revision: e.revision, expires: w.Expires}
}

// sweepEvery is after how many writes the expired documents are dropped.
const sweepEvery = 4096

func (e *Engine) sweep() {
	e.written = 0
	now := time.Now()
	e.keys = slices.DeleteFunc(e.keys, func(key string) bool {
		gone := e.docs[key].gone(now)
		if gone {
			delete(e.docs, key)
		}
		return gone
	})
}

// Read implements [wxserver.Engine].
func (e *Engine) Read(ctx context.Context, box wxserver.Box, after wxserver.Position, limit int) (wxserver.Page, error) {
	if err := ctx.Err(); err != nil {
		return wxserver.Page{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return wxserver.Page{}, wxserver.ErrClosed
	}
	log := e.boxes[box]
	page := wxserver.Page{Head: wxserver.Position(len(log))}
	if from := max(int(after), 0); from < len(log) {
		page.Entries = slices.Clone(log[from:min(from+max(limit, 0), len(log))])
	}
	return page, nil
}

// Post implements [wxserver.Engine].
func (e *Engine) Post(ctx context.Context, id int64) (wxserver.Entry, error) {
	if err := ctx.Err(); err != nil {
		return wxserver.Entry{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return wxserver.Entry{}, wxserver.ErrClosed
	}
	entry, ok := e.posts[id]
	if !ok {
		return wxserver.Entry{}, wxserver.ErrNotFound
	}
	return entry, nil
}

// Get implements [wxserver.Engine].
func (e *Engine) Get(ctx context.Context, keys ...string) ([]wxserver.Doc, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, wxserver.ErrClosed
	}
	now := time.Now()
	docs := make([]wxserver.Doc, len(keys))
	for i, key := range keys {
		docs[i].Key = key
		if d, ok := e.docs[key]; ok && !d.gone(now) {
			docs[i].Value, docs[i].Revision = d.value, d.revision
		}
	}
	return docs, nil
}

// List implements [wxserver.Engine]. It also drops the expired documents it
// comes across.
func (e *Engine) List(ctx context.Context, prefix, after string, limit int) ([]wxserver.Doc, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, wxserver.ErrClosed
	}
	now := time.Now()
	var docs []wxserver.Doc
	i, _ := slices.BinarySearch(e.keys, max(prefix, after))
	for i < len(e.keys) && len(docs) < limit {
		key := e.keys[i]
		if !strings.HasPrefix(key, prefix) {
			break
		}
		d := e.docs[key]
		switch {
		case d.gone(now):
			e.write(wxserver.Write{Key: key})
			continue
		case key > after:
			docs = append(docs, wxserver.Doc{Key: key, Value: d.value, Revision: d.revision})
		}
		i++
	}
	return docs, nil
}

// PutBlob implements [wxserver.Engine].
func (e *Engine) PutBlob(ctx context.Context, r io.Reader, limit int64) (wxserver.BlobRef, error) {
	data, err := io.ReadAll(io.LimitReader(r, min(limit, math.MaxInt64-1)+1))
	if err != nil {
		return wxserver.BlobRef{}, err
	}
	if int64(len(data)) > limit {
		return wxserver.BlobRef{}, wxserver.ErrTooLarge
	}
	if err := ctx.Err(); err != nil {
		return wxserver.BlobRef{}, err
	}
	sum := sha256.Sum256(data)
	ref := wxserver.BlobRef{Hash: hex.EncodeToString(sum[:]), Size: int64(len(data))}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return wxserver.BlobRef{}, wxserver.ErrClosed
	}
	e.blobs[ref.Hash] = data
	return ref, nil
}

type blob struct{ *bytes.Reader }

func (blob) Close() error { return nil }

// OpenBlob implements [wxserver.Engine].
func (e *Engine) OpenBlob(ctx context.Context, hash string) (io.ReadSeekCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, wxserver.ErrClosed
	}
	data, ok := e.blobs[hash]
	if !ok {
		return nil, wxserver.ErrNotFound
	}
	return blob{bytes.NewReader(data)}, nil
}

// Watch implements [wxserver.Engine].
func (e *Engine) Watch(moved func(wxserver.Box, wxserver.Position)) (stop func()) {
	e.watch.Lock()
	defer e.watch.Unlock()
	e.watchID++
	id := e.watchID
	e.watchers[id] = moved
	return func() {
		e.watch.Lock()
		defer e.watch.Unlock()
		delete(e.watchers, id)
	}
}

// Close implements [wxserver.Engine].
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return nil
}

var _ wxserver.Engine = (*Engine)(nil)
