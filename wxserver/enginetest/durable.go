package enginetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/webwx/webwx/wxserver"
)

// RunDurable runs the part of the contract that is about what remains when an
// engine is closed. open opens the engine that keeps its data in the folder dir,
// which exists.
func RunDurable(t *testing.T, open func(t *testing.T, dir string) wxserver.Engine) {
	for name, test := range map[string]func(*testing.T, func() wxserver.Engine){
		"everything is found again":           testReopen,
		"a repeat is known after a restart":   testReopenRepeat,
		"positions and revisions go on":       testReopenGoesOn,
		"what has expired stays away":         testReopenExpired,
		"each restart continues the last one": testReopenOften,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			test(t, func() wxserver.Engine { return open(t, dir) })
		})
	}
}

func closeEngine(t *testing.T, e wxserver.Engine) {
	t.Helper()
	if err := e.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

func testReopen(t *testing.T, open func() wxserver.Engine) {
	e := open()
	var want [][]string
	for i := range 100 {
		commit(t, e, wxserver.Batch{
			Posts: []wxserver.Post{text(fmt.Sprint("a\x00", i), 1, -2), text(fmt.Sprint("b", i), 1)},
			Docs:  []wxserver.Write{put(fmt.Sprint("doc", i), fmt.Sprint("\x00", i)), put("same", fmt.Sprint(i))},
		})
	}
	commit(t, e, wxserver.Batch{Docs: []wxserver.Write{{Key: "doc5", If: wxserver.AnyRevision}}})
	for _, box := range []wxserver.Box{1, -2, 3} {
		want = append(want, bodies(t, e, box))
	}
	entries := read(t, e, 1, 0, 1000)
	docs, err := e.List(t.Context(), "", "", 1000)
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	data, _ := blobOf(7, 100_000)
	ref, err := e.PutBlob(t.Context(), bytes.NewReader(data), 1<<20)
	if err != nil {
		t.Fatalf("PutBlob: %v", err)
	}
	closeEngine(t, e)

	e = open()
	defer closeEngine(t, e)
	for i, box := range []wxserver.Box{1, -2, 3} {
		wantBodies(t, e, box, want[i]...)
	}
	same := func(a, b wxserver.Entry) bool {
		return a.ID == b.ID && a.By == b.By && a.Time.Equal(b.Time) && string(a.Body) == string(b.Body)
	}
	if again := read(t, e, 1, 0, 1000); !slices.EqualFunc(entries.Entries, again.Entries, same) {
		t.Errorf("entries = %+v, want %+v", again, entries)
	}
	again, err := e.List(t.Context(), "", "", 1000)
	equal := func(a, b wxserver.Doc) bool {
		return a.Key == b.Key && a.Revision == b.Revision && string(a.Value) == string(b.Value)
	}
	if err != nil || !slices.EqualFunc(docs, again, equal) || len(docs) != 100 {
		t.Errorf("documents = %+v, %v, want %+v", again, err, docs)
	}
	wantBlob(t, e, ref, data)
	taken := wxserver.Post{ID: entries.Entries[0].ID, Boxes: []wxserver.Box{1}}
	refuse(t, e, wxserver.Batch{Posts: []wxserver.Post{taken}}, wxserver.ErrConflict)
}

func testReopenRepeat(t *testing.T, open func() wxserver.Engine) {
	e := open()
	b := wxserver.Batch{Once: "once", Posts: []wxserver.Post{text("x", 1)}}
	commit(t, e, b)
	commit(t, e, wxserver.Batch{Once: "no post"})
	closeEngine(t, e)
	e = open()
	defer closeEngine(t, e)
	if r := commit(t, e, wxserver.Batch{Once: "once", Posts: []wxserver.Post{text("y", 1)}}); !r.Repeat || r.ID != b.Posts[0].ID {
		t.Errorf("receipt = %+v, want a repeat of id %d", r, b.Posts[0].ID)
	}
	if r := commit(t, e, wxserver.Batch{Once: "no post", Posts: []wxserver.Post{text("y", 1)}}); !r.Repeat || r.ID != 0 {
		t.Errorf("receipt = %+v, want a repeat without an id", r)
	}
	wantBodies(t, e, 1, "1:x")
}

func testReopenGoesOn(t *testing.T, open func() wxserver.Engine) {
	revisions := map[int64]bool{0: true}
	var want []string
	for i := range 5 {
		e := open()
		for j := range 3 {
			commit(t, e, wxserver.Batch{Posts: []wxserver.Post{text(fmt.Sprint(i), 1)}})
			want = append(want, fmt.Sprintf("%d:%d", len(want)+1, i))
			commit(t, e, write(fmt.Sprint("doc", j), wxserver.AnyRevision, []byte("x")))
			r := get(t, e, fmt.Sprint("doc", j)).Revision
			if revisions[r] {
				t.Errorf("revision %d again, after a restart", r)
			}
			revisions[r] = true
			// Gone, so that nothing but the engine's memory knows the revision.
			commit(t, e, write(fmt.Sprint("doc", j), r, nil))
		}
		wantBodies(t, e, 1, want...)
		closeEngine(t, e)
	}
}

func testReopenExpired(t *testing.T, open func() wxserver.Engine) {
	e := open()
	soon := time.Now().Add(100 * time.Millisecond)
	commit(t, e, wxserver.Batch{Docs: []wxserver.Write{{Key: "a", Value: []byte("1"), Expires: soon}, put("b", "1")}})
	closeEngine(t, e)
	time.Sleep(time.Until(soon) + 2*time.Millisecond)
	e = open()
	defer closeEngine(t, e)
	wantDoc(t, e, "a", nil)
	wantDoc(t, e, "b", []byte("1"))
	commit(t, e, write("a", 0, []byte("2")))
}

func testReopenOften(t *testing.T, open func() wxserver.Engine) {
	for i := range 10 {
		e := open()
		if got := read(t, e, 1, 0, 0).Head; int(got) != i {
			t.Errorf("head = %d, want %d", got, i)
		}
		moved := make(chan wxserver.Position, 1)
		stop := e.Watch(func(_ wxserver.Box, head wxserver.Position) {
			select {
			case moved <- head:
			default:
			}
		})
		if _, err := e.Commit(context.Background(), &wxserver.Batch{Posts: []wxserver.Post{text("x", 1)}}); err != nil {
			t.Errorf("Commit: %v", err)
		}
		if got := eventually(t, moved, "call of the watcher"); int(got) != i+1 {
			t.Errorf("told of head %d, want %d", got, i+1)
		}
		stop()
		closeEngine(t, e)
	}
}
