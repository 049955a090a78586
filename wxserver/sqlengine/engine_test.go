package sqlengine_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/sqlengine"
)

func TestBoxFull(t *testing.T) {
	e := open(t, t.TempDir())
	defer e.Close()
	err := e.Exec(`INSERT INTO listing (box, position, post) VALUES (1, ?, 1)`, wxserver.MaxPosition-1)
	if err != nil {
		t.Fatal(err)
	}
	if err := commitOne(e, 1); err != nil {
		t.Errorf("the last place: %v", err)
	}
	if page, err := e.Read(t.Context(), 1, wxserver.MaxPosition-1, 10); err != nil || page.Head != wxserver.MaxPosition || len(page.Entries) != 1 {
		t.Errorf("Read = %+v, %v, want one entry and head %d", page, err, wxserver.MaxPosition)
	}
	if err := commitOne(e, 2); !errors.Is(err, wxserver.ErrTooLarge) {
		t.Errorf("one more: %v, want %v", err, wxserver.ErrTooLarge)
	}
}

// TestSweep checks that expired documents leave the disk, and others do not.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	e, err := sqlengine.Open(t.Context(), dir, sqlengine.Options{SweepEvery: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	b := &wxserver.Batch{}
	for i := range 700 { // more than one turn takes
		b.Docs = append(b.Docs, wxserver.Write{Key: fmt.Sprint("short", i), Value: []byte("x"), Expires: time.Now().Add(50 * time.Millisecond)})
	}
	b.Docs = append(b.Docs, wxserver.Write{Key: "long", Value: []byte("x"), Expires: time.Now().Add(time.Hour)}, wxserver.Write{Key: "ever", Value: []byte("x")})
	if _, err := e.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	db := sqlengine.OpenSQLite(filepath.Join(dir, "webwx.db"))
	defer db.Close()
	for stop, left := time.Now().Add(20*time.Second), 0; left != 2; {
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM doc`).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(stop) {
			t.Fatalf("%d documents are left, want 2", left)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if docs, err := e.List(t.Context(), "", "", 10); err != nil || len(docs) != 2 {
		t.Errorf("List = %+v, %v, want 2", docs, err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// TestPlans checks that no statement looks at more rows than it must.
func TestPlans(t *testing.T) {
	e := open(t, t.TempDir())
	defer e.Close()
	for name, want := range map[string][]string{
		"entries":   {"SEARCH l USING PRIMARY KEY (box=? AND position>? AND position<?)", "SEARCH p USING INTEGER PRIMARY KEY (rowid=?)"},
		"head":      {"SEARCH listing USING PRIMARY KEY (box=?)"},
		"documents": {"SEARCH doc USING PRIMARY KEY (key>? AND key<?)"},
		"expired":   {"SEARCH doc USING COVERING INDEX doc_expires (expires<?)"},
	} {
		plan, err := e.Plan(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, step := range want {
			if !strings.Contains(plan, step) {
				t.Errorf("%s: plan is\n%s, want %s", name, plan, step)
			}
		}
		if strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s: plan is\n%s", name, plan)
		}
	}
}

// TestGroups checks that those who wait share a transaction.
func TestGroups(t *testing.T) {
	e := open(t, t.TempDir())
	defer e.Close()
	const callers, each = 64, 40
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				if _, err := e.Commit(t.Context(), message(int64(c*each+i+1))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if s := e.Stats(); s.Commits != callers*each || float64(s.Groups) > 0.2*float64(s.Commits) {
		t.Errorf("%d commits in %d groups, want %d in less than a fifth of that", s.Commits, s.Groups, callers*each)
	}
	before := e.Stats()
	if _, err := e.Commit(t.Context(), message(1)); err != nil { // a repeat
		t.Error(err)
	}
	if after := e.Stats(); after != before {
		t.Errorf("a repeat was written: %+v, then %+v", before, after)
	}
}

// TestHeads checks that heads are the same from memory and from the database.
func TestHeads(t *testing.T) {
	e := open(t, t.TempDir())
	defer e.Close()
	for i := range 10 {
		if err := commitOne(e, int64(i+1)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if page, err := e.Read(t.Context(), 1, 1<<20, 1); err != nil || int(page.Head) != i+1 {
				t.Errorf("head = %d, %v, want %d", page.Head, err, i+1)
			}
			e.ForgetHead(1)
		}
	}
}

// TestBlobLeftovers checks that what a killed process was receiving is removed,
// and that a blob cut off by a failing disk is replaced.
func TestBlobLeftovers(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir)
	ref, err := e.PutBlob(t.Context(), strings.NewReader("hello"), 10)
	if err != nil {
		t.Fatal(err)
	}
	e.Close()
	tmp := filepath.Join(dir, "media", "tmp", "123")
	blob := filepath.Join(dir, "media", ref.Hash[:2], ref.Hash)
	if err := errors.Join(os.WriteFile(tmp, nil, 0o600), os.Truncate(blob, 3)); err != nil {
		t.Fatal(err)
	}
	e = open(t, dir)
	defer e.Close()
	if _, err := os.Stat(tmp); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s: %v, want it to be gone", tmp, err)
	}
	if again, err := e.PutBlob(t.Context(), strings.NewReader("hello"), 10); err != nil || again != ref {
		t.Errorf("PutBlob = %+v, %v, want %+v", again, err, ref)
	}
	if data, err := os.ReadFile(blob); err != nil || string(data) != "hello" {
		t.Errorf("blob = %q, %v, want hello", data, err)
	}
}
