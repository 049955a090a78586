package enginetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webwx/webwx/wxserver"
)

func testAllOrNothing(t *testing.T, e wxserver.Engine) {
	commit(t, e, wxserver.Batch{Docs: []wxserver.Write{put("there", "1")}, Posts: []wxserver.Post{text("first", 1)}})
	there := get(t, e, "there").Revision
	taken := read(t, e, 1, 0, 1).Entries[0].ID
	twice := text("twice", 1)
	large := text("large", 1)
	large.Body = make([]byte, wxserver.MaxValue+1)

	for name, c := range map[string]struct {
		bad  wxserver.Batch // the reason to refuse
		want error
	}{
		"a document that exists":         {wxserver.Batch{Docs: []wxserver.Write{{Key: "there", If: 0, Value: []byte("2")}}}, wxserver.ErrConflict},
		"a document of another revision": {wxserver.Batch{Docs: []wxserver.Write{{Key: "there", If: there + 1, Value: []byte("2")}}}, wxserver.ErrConflict},
		"a document that is missing":     {wxserver.Batch{Docs: []wxserver.Write{{Key: "missing", If: there, Check: true}}}, wxserver.ErrConflict},
		"a post's id that is taken":      {wxserver.Batch{Posts: []wxserver.Post{{ID: taken, Boxes: []wxserver.Box{1}}}}, wxserver.ErrConflict},
		"a post's id twice":              {wxserver.Batch{Posts: []wxserver.Post{twice, twice}}, wxserver.ErrConflict},
		"a body that is too large":       {wxserver.Batch{Posts: []wxserver.Post{large}}, wxserver.ErrTooLarge},
		"a value that is too large":      {wxserver.Batch{Docs: []wxserver.Write{put("a", string(large.Body))}}, wxserver.ErrTooLarge},
	} {
		good := text("good", 1, 2)
		refuse(t, e, wxserver.Batch{
			Once:  "once " + name,
			Docs:  append([]wxserver.Write{put("before", "x"), {Key: "there", If: there}}, append(c.bad.Docs, put("behind", "x"))...),
			Posts: append([]wxserver.Post{good}, append(c.bad.Posts, text("behind", 1, 3))...),
		}, c.want)
		wantBodies(t, e, 1, "1:first")
		wantBodies(t, e, 2)
		wantBodies(t, e, 3)
		wantDoc(t, e, "there", []byte("1"))
		wantDoc(t, e, "before", nil)
		wantDoc(t, e, "behind", nil)
		if t.Failed() {
			t.Fatalf("after %s", name)
		}
	}

	// What was refused has used up nothing: neither its Once nor its ids.
	twice.Boxes = nil
	if r := commit(t, e, wxserver.Batch{Once: "once a post's id twice", Posts: []wxserver.Post{twice}}); r.Repeat || r.ID != twice.ID {
		t.Errorf("receipt = %+v, want id %d and no repeat", r, twice.ID)
	}
}

func testRefusedAlone(t *testing.T, e wxserver.Engine) {
	commit(t, e, wxserver.Batch{Docs: []wxserver.Write{put("there", "1")}})
	const writers, each = 32, 25
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				b := wxserver.Batch{Once: fmt.Sprintf("%d/%d", w, i), Posts: []wxserver.Post{text("x", 1, wxserver.Box(100+w))}}
				bad := w%2 == 1
				if bad {
					b.Docs = []wxserver.Write{{Key: "there", If: 0, Check: true}}
				}
				_, err := e.Commit(t.Context(), &b)
				if bad && !errors.Is(err, wxserver.ErrConflict) || !bad && err != nil {
					t.Errorf("Commit by %d = %v", w, err)
				}
			}
		})
	}
	wg.Wait()
	if got, want := read(t, e, 1, 0, 0).Head, wxserver.Position(writers/2*each); got != want {
		t.Errorf("head = %d, want %d", got, want)
	}
	for w := range writers {
		if got, want := int(read(t, e, wxserver.Box(100+w), 0, 0).Head), (1-w%2)*each; got != want {
			t.Errorf("head of writer %d = %d, want %d", w, got, want)
		}
	}
}

func testInvalid(t *testing.T, e wxserver.Engine) {
	long := strings.Repeat("k", wxserver.MaxKey+1)
	refuse(t, e, wxserver.Batch{Once: long}, wxserver.ErrTooLarge)
	refuse(t, e, wxserver.Batch{Docs: []wxserver.Write{put(long, "x")}}, wxserver.ErrTooLarge)
	for name, b := range map[string]wxserver.Batch{
		"a key that is empty": {Docs: []wxserver.Write{put("", "x")}},
		"a post without id":   {Posts: []wxserver.Post{{Body: []byte("x"), Boxes: []wxserver.Box{1}}}},
	} {
		if _, err := e.Commit(t.Context(), &b); err == nil {
			t.Errorf("%s was not refused", name)
		}
	}
	wantBodies(t, e, 1)

	// The limits themselves are within the limits.
	key, value := long[1:], strings.Repeat("v", wxserver.MaxValue)
	commit(t, e, wxserver.Batch{Once: key, Docs: []wxserver.Write{put(key, value)}, Posts: []wxserver.Post{text(value, 1)}})
	wantDoc(t, e, key, []byte(value))
	if got := read(t, e, 1, 0, 1).Entries[0].Body; string(got) != value {
		t.Errorf("the body has %d bytes, want %d", len(got), len(value))
	}
	if r := commit(t, e, wxserver.Batch{}); r != (wxserver.Receipt{}) {
		t.Errorf("receipt of an empty batch = %+v, want nothing", r)
	}
}

func testRepeat(t *testing.T, e wxserver.Engine) {
	first := wxserver.Batch{Once: "once\x00a", Posts: []wxserver.Post{text("1", 1), text("2", 1)}, Docs: []wxserver.Write{put("d", "1")}}
	if r := commit(t, e, first); r.Repeat || r.ID != first.Posts[0].ID {
		t.Errorf("first receipt = %+v, want id %d and no repeat", r, first.Posts[0].ID)
	}
	for range 2 { // also if it would be refused, were it not a repeat
		again := wxserver.Batch{Once: first.Once, Posts: []wxserver.Post{text("3", 1)}, Docs: []wxserver.Write{{Key: "d", If: 0, Value: []byte("2")}}}
		if r := commit(t, e, again); !r.Repeat || r.ID != first.Posts[0].ID {
			t.Errorf("receipt = %+v, want a repeat of id %d", r, first.Posts[0].ID)
		}
	}
	other := wxserver.Batch{Once: "once\x00b", Posts: []wxserver.Post{text("3", 1)}}
	if r := commit(t, e, other); r.Repeat || r.ID != other.Posts[0].ID {
		t.Errorf("receipt of another Once = %+v, want id %d and no repeat", r, other.Posts[0].ID)
	}
	commit(t, e, wxserver.Batch{Once: "no post", Docs: []wxserver.Write{put("d", "3")}})
	if r := commit(t, e, wxserver.Batch{Once: "no post", Docs: []wxserver.Write{put("d", "4")}}); !r.Repeat || r.ID != 0 {
		t.Errorf("receipt = %+v, want a repeat without an id", r)
	}
	wantDoc(t, e, "d", []byte("3"))
	wantBodies(t, e, 1, "1:1", "2:2", "3:3")
}

func testRepeatAtOnce(t *testing.T, e wxserver.Engine) {
	const rounds, callers = 20, 16
	for round := range rounds {
		box := wxserver.Box(round + 1)
		receipts := make(chan wxserver.Receipt, callers)
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				r, err := e.Commit(t.Context(), &wxserver.Batch{Once: fmt.Sprint(round), Posts: []wxserver.Post{text("x", box)}})
				if err != nil {
					t.Errorf("Commit: %v", err)
				}
				receipts <- r
			})
		}
		wg.Wait()
		close(receipts)
		wantBodies(t, e, box, "1:x")
		stored := read(t, e, box, 0, 1).Entries[0].ID
		done := 0
		for r := range receipts {
			if r.ID != stored {
				t.Errorf("receipt has id %d, stored is %d", r.ID, stored)
			}
			if !r.Repeat {
				done++
			}
		}
		if done != 1 {
			t.Errorf("%d receipts say that they were the first, want 1", done)
		}
	}
}

func testNotAliased(t *testing.T, e wxserver.Engine) {
	b := wxserver.Batch{Docs: []wxserver.Write{put("key", "value")}, Posts: []wxserver.Post{text("body", 1)}}
	commit(t, e, b)
	copy(b.Docs[0].Value, "XXXXX")
	copy(b.Posts[0].Body, "XXXX")
	b.Posts[0].Boxes[0] = 2
	wantDoc(t, e, "key", []byte("value"))
	wantBodies(t, e, 1, "1:body")

	// Entries that were given out stay what they were, too.
	page, d := read(t, e, 1, 0, 1), get(t, e, "key")
	commit(t, e, wxserver.Batch{Docs: []wxserver.Write{put("key", "other")}, Posts: []wxserver.Post{text("next", 1)}})
	if len(page.Entries) != 1 || string(page.Entries[0].Body) != "body" || string(d.Value) != "value" {
		t.Errorf("what was read has changed: %+v, %+v", page, d)
	}
}

func testPost(t *testing.T, e wxserver.Engine) {
	zero := time.Time{}
	for i, p := range []wxserver.Post{
		{By: "someone", Time: time.Date(2026, 2, 3, 4, 5, 6, 7_890_123, time.FixedZone("", 3600)), Body: []byte("a\x00b\xff\x00")},
		{By: "", Time: zero, Body: nil},
		{By: "\xff%'\"", Time: time.Unix(-1, 999_999_999), Body: []byte{}},
		{By: "x", Time: time.UnixMilli(1), Body: []byte{0}},
	} {
		p.ID, p.Boxes = newID(), []wxserver.Box{wxserver.Box(-i - 1)}
		commit(t, e, wxserver.Batch{Posts: []wxserver.Post{p}})
		got := read(t, e, p.Boxes[0], 0, 10).Entries
		if len(got) != 1 {
			t.Fatalf("entries = %+v, want one", got)
		}
		if g := got[0]; g.Position != 1 || g.ID != p.ID || g.By != p.By || string(g.Body) != string(p.Body) {
			t.Errorf("entry = %+v, want %+v", g, p)
		}
		if want := time.UnixMilli(p.Time.UnixMilli()); !got[0].Time.Equal(want) {
			t.Errorf("time = %v, want %v", got[0].Time, want)
		}
	}
	// An id may be lower than those before it.
	low := wxserver.Post{ID: 1 << 62, Boxes: []wxserver.Box{7}}
	commit(t, e, wxserver.Batch{Posts: []wxserver.Post{low}})
	low.ID = 1<<62 - 1
	commit(t, e, wxserver.Batch{Posts: []wxserver.Post{low}})
	refuse(t, e, wxserver.Batch{Posts: []wxserver.Post{low}}, wxserver.ErrConflict)
	wantBodies(t, e, 7, "1:", "2:")
}
