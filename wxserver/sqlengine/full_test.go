package sqlengine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/sqlengine"
)

// TestFull lets SQLite find no room for another page.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir)
	if err := e.SetMaxPages(100); err != nil {
		t.Fatal(err)
	}
	err := surviveFull(e, func() error { return e.SetMaxPages(0) })
	if err != nil {
		t.Error(err)
	}
	if err := checkFull(e); err != nil {
		t.Error(err)
	}
	before, err := e.Int(`SELECT max(revision) FROM doc`)
	if err != nil {
		t.Error(err)
	}
	e.Close()

	// What the writer knew of revisions has survived its errors, too.
	e = open(t, dir)
	defer e.Close()
	if _, err := e.Commit(t.Context(), &wxserver.Batch{Docs: []wxserver.Write{{Key: "new", Value: []byte("x")}}}); err != nil {
		t.Fatal(err)
	}
	if docs, err := e.Get(t.Context(), "new"); err != nil || docs[0].Revision <= int64(before) {
		t.Errorf("revision %d, %v, but %d was there before", docs[0].Revision, err, before)
	}
}

const fullWriters = 8

func fullBatch(writer, i int) *wxserver.Batch {
	name := fmt.Sprintf("%d/%d", writer, i)
	return &wxserver.Batch{
		Once:  name,
		Posts: []wxserver.Post{{ID: int64(i*fullWriters + writer + 1), By: name, Body: make([]byte, 5000), Boxes: []wxserver.Box{1, wxserver.Box(100 + writer)}}},
		Docs:  []wxserver.Write{{Key: fmt.Sprint("writer/", writer), If: wxserver.AnyRevision, Value: fmt.Append(nil, i)}},
	}
}

// surviveFull commits until there is no room, checks that what was refused is
// refused as a whole, makes room and commits again.
func surviveFull(e *sqlengine.Engine, makeRoom func() error) error {
	ctx := context.Background()
	var stored [fullWriters]int
	errs := make([]error, fullWriters)
	var wg sync.WaitGroup
	for w := range fullWriters {
		wg.Go(func() {
			for i := 1; i < 10_000; i++ {
				if _, errs[w] = e.Commit(ctx, fullBatch(w, i)); errs[w] != nil {
					return
				}
				stored[w] = i
			}
		})
	}
	wg.Wait()
	for w, err := range errs {
		if err == nil || errors.Is(err, wxserver.ErrConflict) || errors.Is(err, wxserver.ErrTooLarge) {
			return fmt.Errorf("commit of writer %d with a full disk = %w", w, err)
		}
	}
	if err := wantStored(e, stored); err != nil {
		return fmt.Errorf("while full: %w", err)
	}
	if err := makeRoom(); err != nil {
		return err
	}
	for w := range fullWriters {
		wg.Go(func() {
			for range 20 { // the first one is the one that was refused
				stored[w]++
				if r, err := e.Commit(ctx, fullBatch(w, stored[w])); err != nil || r.Repeat {
					errs[w] = fmt.Errorf("commit with room again = %+v, %w", r, err)
					return
				}
				errs[w] = nil
			}
		})
	}
	wg.Wait()
	return errors.Join(append(errs, wantStored(e, stored))...)
}

// wantStored checks that the writers' first batches are there as a whole, and
// no others.
func wantStored(e *sqlengine.Engine, stored [fullWriters]int) error {
	ctx := context.Background()
	total := 0
	for w, n := range stored {
		total += n
		page, err := e.Read(ctx, wxserver.Box(100+w), 0, 1<<20)
		if err != nil || int(page.Head) != n || len(page.Entries) != n {
			return fmt.Errorf("writer %d: head %d, %d entries, want %d (%w)", w, page.Head, len(page.Entries), n, err)
		}
		for i, entry := range page.Entries {
			if want := fmt.Sprintf("%d/%d", w, i+1); entry.By != want || int(entry.Position) != i+1 || len(entry.Body) != 5000 {
				return fmt.Errorf("writer %d: entry %d is %q at %d", w, i+1, entry.By, entry.Position)
			}
		}
		docs, err := e.Get(ctx, fmt.Sprint("writer/", w))
		if err != nil || n > 0 && string(docs[0].Value) != fmt.Sprint(n) || n == 0 && docs[0].Value != nil {
			return fmt.Errorf("writer %d: document %q, want %d (%w)", w, docs[0].Value, n, err)
		}
	}
	if page, err := e.Read(ctx, 1, 0, 0); err != nil || int(page.Head) != total {
		return fmt.Errorf("head %d of the box of all, want %d (%w)", page.Head, total, err)
	}
	return nil
}

// checkFull has SQLite check the whole database.
func checkFull(e *sqlengine.Engine) error {
	if n, err := e.Int(`SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'`); err != nil || n > 0 {
		return fmt.Errorf("integrity check: %d complaints, %w", n, err)
	}
	return nil
}

// wantNoBlobRoom checks that a blob that does not fit leaves nothing behind.
func wantNoBlobRoom(e *sqlengine.Engine, dir string, size int) error {
	_, err := e.PutBlob(context.Background(), bytes.NewReader(make([]byte, size)), 1<<30)
	if err == nil {
		return errors.New("a blob was stored on a full disk")
	}
	left, err := os.ReadDir(filepath.Join(dir, "media", "tmp"))
	if err != nil || len(left) > 0 {
		return fmt.Errorf("a blob that failed has left %v (%w)", left, err)
	}
	return nil
}
