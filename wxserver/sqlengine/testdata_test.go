package sqlengine_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/sqlengine"
)

var update = flag.Bool("update", false, "write the data folder of the newest schema to testdata; released ones are never changed")

// newest is the schema that this program writes.
const newest = 1

// oldBatch is the i-th batch in each of the folders.
func oldBatch(i int) *wxserver.Batch {
	b := &wxserver.Batch{
		Once:  fmt.Sprint("once ", i),
		Posts: []wxserver.Post{{ID: int64(100 + i), By: "login", Time: time.UnixMilli(1_700_000_000_000 + int64(i)), Body: fmt.Append(nil, "\x00body ", i), Boxes: []wxserver.Box{1, wxserver.Box(-i - 1)}}},
		Docs: []wxserver.Write{
			{Key: fmt.Sprintf("doc/%d\xff", i), Value: fmt.Append(nil, "value ", i)},
			{Key: "removed", If: wxserver.AnyRevision, Value: []byte("x")},
			{Key: "expired", If: wxserver.AnyRevision, Value: []byte("x"), Expires: time.UnixMilli(1_700_000_000_000)},
			{Key: "expires late", If: wxserver.AnyRevision, Value: []byte{}, Expires: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)},
		},
	}
	if i == oldBatches-1 {
		b.Docs[1].Value = nil
	}
	return b
}

const (
	oldBatches = 5
	oldBlob    = "a picture"
)

func writeOld(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	ctx := context.Background()
	e, err := openChild(dir)
	if err != nil {
		return err
	}
	for i := range oldBatches {
		if _, err := e.Commit(ctx, oldBatch(i)); err != nil {
			return err
		}
	}
	_, berr := e.PutBlob(ctx, strings.NewReader(oldBlob), 100)
	_, kerr := sqlengine.ServerKey(dir)
	return errors.Join(berr, kerr, e.Close(), os.Remove(filepath.Join(dir, "webwx.lock")))
}

// TestOldFolders opens the data folder that each schema has left.
func TestOldFolders(t *testing.T) {
	if *update {
		if err := writeOld(fmt.Sprintf("testdata/v%d", newest)); err != nil {
			t.Fatal(err)
		}
	}
	fresh := open(t, t.TempDir())
	defer fresh.Close()
	want, err := fresh.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if v, err := fresh.Int(`PRAGMA user_version`); err != nil || v != newest {
		t.Fatalf("this program writes schema %d (%v), the test knows %d", v, err, newest)
	}
	for v := 1; v <= newest; v++ {
		t.Run(fmt.Sprintf("schema %d", v), func(t *testing.T) {
			dir := t.TempDir()
			copyFolder(t, dir, fmt.Sprintf("testdata/v%d", v))
			e := open(t, dir)
			defer e.Close()
			if got, err := e.Schema(); err != nil || got != want {
				t.Errorf("schema after migration (%v):\n%s\nwant\n%s", err, got, want)
			}
			checkOld(t, e)
			if _, err := sqlengine.ServerKey(dir); err != nil {
				t.Error(err)
			}
		})
	}
}

// copyFolder also sets the modes, which a checkout does not keep.
func copyFolder(t *testing.T, to, from string) {
	t.Helper()
	files := 0
	err := filepath.Walk(from, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if info.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		return os.WriteFile(filepath.Join(to, name), data, 0o600)
	})
	if err != nil || files != 3 {
		t.Fatalf("%s: %d files, %v, want 3", from, files, err)
	}
}

func checkOld(t *testing.T, e *sqlengine.Engine) {
	t.Helper()
	entries := readAll(t, e, 1)
	if len(entries) != oldBatches {
		t.Fatalf("%d entries, want %d", len(entries), oldBatches)
	}
	for i, got := range entries {
		b := oldBatch(i)
		want := b.Posts[0]
		if got.ID != want.ID || got.By != want.By || !got.Time.Equal(want.Time) || string(got.Body) != string(want.Body) {
			t.Errorf("entry = %+v, want %+v", got, want)
		}
		if own := readAll(t, e, want.Boxes[1]); len(own) != 1 || own[0].ID != want.ID {
			t.Errorf("box %d = %+v", want.Boxes[1], own)
		}
		if r, err := e.Commit(t.Context(), b); err != nil || !r.Repeat || r.ID != want.ID {
			t.Errorf("the same batch = %+v, %v, want a repeat", r, err)
		}
		if docs, err := e.Get(t.Context(), b.Docs[0].Key); err != nil || string(docs[0].Value) != string(b.Docs[0].Value) {
			t.Errorf("document = %+v, %v, want %s", docs, err, b.Docs[0].Value)
		}
	}
	docs, err := e.List(t.Context(), "", "", 100)
	if err != nil || len(docs) != oldBatches+1 || docs[oldBatches].Key != "expires late" || docs[oldBatches].Value == nil {
		t.Errorf("documents = %+v, %v", docs, err)
	}
	removed := wxserver.Write{Key: "removed", If: 0, Value: []byte("x")}
	if _, err := e.Commit(t.Context(), &wxserver.Batch{Docs: []wxserver.Write{removed}}); err != nil {
		t.Error(err)
	}
	now, err := e.Get(t.Context(), "removed")
	for _, d := range docs {
		if err != nil || now[0].Revision <= d.Revision {
			t.Errorf("new revision %d, %v, but %d was there before", now[0].Revision, err, d.Revision)
		}
	}
	blob, err := e.OpenBlob(t.Context(), "92b2fa58028958317e408bd84ecfa70f5ee35b121991dbc232c49d166353708b")
	if err != nil {
		t.Fatal(err)
	}
	defer blob.Close()
	if data, err := io.ReadAll(blob); err != nil || string(data) != oldBlob {
		t.Errorf("blob = %q, %v, want %q", data, err, oldBlob)
	}
}
