package sqlengine_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/sqlengine"
)

var kills = flag.Int("kills", 5, "how often TestKill kills a process that commits")

const (
	killWriters = 8
	killShared  = wxserver.Box(1)
)

func killBox(writer int) wxserver.Box { return wxserver.Box(100 + writer) }

func openChild(dir string) (*sqlengine.Engine, error) {
	return sqlengine.Open(context.Background(), dir, sqlengine.Options{})
}

// killBatch is the i-th batch of a writer: its post is listed in a box of the
// writer's and in one of all; its document counts.
func killBatch(writer, i int, revision int64) *wxserver.Batch {
	name := fmt.Sprintf("%d/%d", writer, i)
	return &wxserver.Batch{
		Once:  name,
		Posts: []wxserver.Post{{ID: int64(i)*killWriters + int64(writer) + 1, Body: []byte(name), Boxes: []wxserver.Box{killBox(writer), killShared}}},
		Docs:  []wxserver.Write{{Key: killKey(writer), If: revision, Value: []byte(strconv.Itoa(i))}},
	}
}

func killKey(writer int) string { return fmt.Sprintf("writer/%d", writer) }

// commitUntilKilled commits from all writers, each from where it got to, and
// prints what was acknowledged: writer and number.
func commitUntilKilled(dir string) error {
	e, err := openChild(dir)
	if err != nil {
		return err
	}
	errs := make(chan error)
	for w := range killWriters {
		go func() { errs <- commitAlways(e, w) }()
	}
	return <-errs
}

func commitAlways(e *sqlengine.Engine, writer int) error {
	ctx := context.Background()
	page, err := e.Read(ctx, killBox(writer), 0, 0)
	for i := int(page.Head) + 1; err == nil; i++ {
		var docs []wxserver.Doc
		if docs, err = e.Get(ctx, killKey(writer)); err != nil {
			break
		}
		if _, err = e.Commit(ctx, killBatch(writer, i, docs[0].Revision)); err == nil {
			_, err = fmt.Printf("%d %d\n", writer, i) // one write
		}
	}
	return err
}

// TestKill kills a process that commits at random moments: nothing that it had
// acknowledged may be missing, double or in another order.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	var acked [killWriters]int
	for range *kills {
		cmd := child(t, "commit", dir)
		lines := start(t, cmd)
		var once sync.Once
		total := 0
		for lines.Scan() {
			once.Do(func() { // not before it commits
				time.AfterFunc(time.Duration(20+rand.IntN(400))*time.Millisecond, func() { cmd.Process.Kill() })
			})
			var writer, i int
			if n, err := fmt.Sscanf(lines.Text(), "%d %d", &writer, &i); n != 2 {
				continue // the kill has cut off a line
			} else if err != nil {
				t.Fatal(err)
			}
			acked[writer] = max(acked[writer], i)
			total++
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
			t.Fatalf("the child has ended by itself: %v", err)
		}
		if total == 0 {
			t.Fatal("the child has acknowledged nothing")
		}
		t.Logf("killed after %d acknowledged batches", total)
		checkKilled(t, dir, &acked)
	}
}

// checkKilled reads everything. A batch that was not acknowledged may be there,
// but then as a whole, and each writer has at most one.
func checkKilled(t *testing.T, dir string, acked *[killWriters]int) {
	e := open(t, dir)
	defer e.Close()
	shared := make([]int, killWriters)
	for i, entry := range readAll(t, e, killShared) {
		var writer, n int
		if _, err := fmt.Sscanf(string(entry.Body), "%d/%d", &writer, &n); err != nil {
			t.Fatal(err)
		}
		if shared[writer]++; shared[writer] != n || int(entry.Position) != i+1 {
			t.Fatalf("at %d: %q, position %d, want number %d of this writer", i+1, entry.Body, entry.Position, shared[writer])
		}
	}
	for w := range killWriters {
		last := shared[w]
		if last < acked[w] || last > acked[w]+1 {
			t.Errorf("writer %d: %d batches stored, %d acknowledged", w, last, acked[w])
		}
		for i, entry := range readAll(t, e, killBox(w)) {
			if want := fmt.Sprintf("%d/%d", w, i+1); string(entry.Body) != want || int(entry.Position) != i+1 {
				t.Fatalf("box of writer %d, at %d: %q, position %d", w, i+1, entry.Body, entry.Position)
			}
		}
		if page, err := e.Read(t.Context(), killBox(w), 0, 0); err != nil || int(page.Head) != last {
			t.Errorf("writer %d: head %d in its own box (%v), %d in the other", w, page.Head, err, last)
		}
		if docs, err := e.Get(t.Context(), killKey(w)); err != nil || last > 0 && string(docs[0].Value) != strconv.Itoa(last) {
			t.Errorf("writer %d: document %q (%v), want %d", w, docs[0].Value, err, last)
		}
		if last == 0 {
			continue
		}
		if r, err := e.Commit(t.Context(), killBatch(w, last, 0)); err != nil || !r.Repeat {
			t.Errorf("writer %d: the last batch again = %+v, %v, want a repeat", w, r, err)
		}
		acked[w] = last
	}
}

func readAll(t *testing.T, e wxserver.Engine, box wxserver.Box) []wxserver.Entry {
	t.Helper()
	page, err := e.Read(t.Context(), box, 0, 1<<30)
	if err != nil || len(page.Entries) != int(page.Head) {
		t.Fatalf("Read = %d entries, head %d, %v", len(page.Entries), page.Head, err)
	}
	return page.Entries
}
