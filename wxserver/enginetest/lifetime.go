package enginetest

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webwx/webwx/wxserver"
)

func testContext(t *testing.T, e wxserver.Engine) {
	commit(t, e, wxserver.Batch{Docs: []wxserver.Write{put("d", "1")}, Posts: []wxserver.Post{text("x", 1)}})
	_, ref := blobOf(1, 10)
	gone, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("a cause"))
	for name, err := range calls(gone, e, ref.Hash) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a context that has ended = %v, want %v", name, err, context.Canceled)
		}
	}
	wantBodies(t, e, 1, "1:x")
	wantNoBlob(t, e, ref.Hash)

	// One that ends during a commit: it is done as a whole or not at all, and
	// what it was given belongs to the caller again.
	for i := range 50 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*50*time.Microsecond)
		b := wxserver.Batch{Docs: []wxserver.Write{put("e", "1")}, Posts: []wxserver.Post{text("body", 2)}}
		_, err := e.Commit(ctx, &b)
		clear(b.Posts[0].Body)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Commit = %v, want nil or %v", err, context.DeadlineExceeded)
		}
	}
	for _, entry := range read(t, e, 2, 0, 100).Entries {
		if string(entry.Body) != "body" {
			t.Errorf("body = %q: the engine has kept the slice", entry.Body)
		}
	}
}

// calls makes each call once and returns its error.
func calls(ctx context.Context, e wxserver.Engine, hash string) map[string]error {
	errs := make(map[string]error)
	_, errs["Commit"] = e.Commit(ctx, &wxserver.Batch{Posts: []wxserver.Post{text("y", 1)}})
	_, errs["Read"] = e.Read(ctx, 1, 0, 1)
	_, errs["Read of nothing new"] = e.Read(ctx, 1, 1, 1)
	_, errs["Get"] = e.Get(ctx, "d")
	_, errs["List"] = e.List(ctx, "", "", 1)
	_, errs["PutBlob"] = e.PutBlob(ctx, strings.NewReader("blob"), 10)
	_, errs["OpenBlob"] = e.OpenBlob(ctx, hash)
	return errs
}

func testClosed(t *testing.T, e wxserver.Engine) {
	commit(t, e, wxserver.Batch{Docs: []wxserver.Write{put("d", "1")}, Posts: []wxserver.Post{text("x", 1)}})
	data, _ := blobOf(1, 10)
	ref, err := e.PutBlob(t.Context(), strings.NewReader(string(data)), 10)
	if err != nil {
		t.Fatalf("PutBlob: %v", err)
	}
	stop := e.Watch(func(wxserver.Box, wxserver.Position) {})
	for range 2 {
		if err := e.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		for name, err := range calls(t.Context(), e, ref.Hash) {
			if !errors.Is(err, wxserver.ErrClosed) {
				t.Errorf("%s of a closed engine = %v, want %v", name, err, wxserver.ErrClosed)
			}
		}
	}
	stop()
}

// testCloseWaits closes an engine while others use it: every call is done or
// refused, none fails in another way or hangs.
func testCloseWaits(t *testing.T, e wxserver.Engine) {
	slow, w := io.Pipe()
	stored := make(chan error, 1)
	go func() {
		_, err := e.PutBlob(t.Context(), slow, 100)
		stored <- err
	}()
	if _, err := w.Write([]byte("begin")); err != nil { // from here on it is under way
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for refused, end := 0, time.Now().Add(patience); refused < 7; {
				if time.Now().After(end) {
					t.Errorf("a closed engine still does %d of 7 calls", 7-refused)
					return
				}
				refused = 0
				for name, err := range calls(t.Context(), e, "") {
					switch {
					case errors.Is(err, wxserver.ErrClosed):
						refused++
					case err != nil && !errors.Is(err, wxserver.ErrNotFound):
						t.Errorf("%s while closing = %v", name, err)
					}
				}
			}
		})
	}
	time.AfterFunc(20*time.Millisecond, func() { w.Close() })
	if err := e.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	// An engine that stores a blob in one step may refuse it then.
	if err := eventually(t, stored, "end of PutBlob"); err != nil && !errors.Is(err, wxserver.ErrClosed) {
		t.Errorf("PutBlob while closing = %v", err)
	}
	wg.Wait()
}
