package enginetest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/webwx/webwx/wxserver"
)

// write is a batch that writes one document.
func write(key string, revision int64, value []byte) wxserver.Batch {
	return wxserver.Batch{Docs: []wxserver.Write{{Key: key, If: revision, Value: value}}}
}

func testRevisions(t *testing.T, e wxserver.Engine) {
	const key = "k\x00\xff"
	wantDoc(t, e, key, nil)
	refuse(t, e, write(key, 1, []byte("x")), wxserver.ErrConflict)
	commit(t, e, write(key, 0, []byte("1")))
	wantDoc(t, e, key, []byte("1"))
	first := get(t, e, key).Revision
	refuse(t, e, write(key, 0, []byte("x")), wxserver.ErrConflict)
	refuse(t, e, write(key, first+1, []byte("x")), wxserver.ErrConflict)
	commit(t, e, write(key, first, []byte("2")))
	second := get(t, e, key).Revision
	refuse(t, e, write(key, first, []byte("x")), wxserver.ErrConflict)
	wantDoc(t, e, key, []byte("2"))

	// Check leaves the document as it is, whatever else the write says.
	check := wxserver.Write{Key: key, If: second, Check: true, Value: []byte("x")}
	commit(t, e, wxserver.Batch{Docs: []wxserver.Write{check, put("other", "1")}})
	if d := get(t, e, key); d.Revision != second {
		t.Errorf("a check has changed the revision from %d to %d", second, d.Revision)
	}
	check.If = first
	refuse(t, e, wxserver.Batch{Docs: []wxserver.Write{put("other", "2"), check}}, wxserver.ErrConflict)
	check.If = 0
	refuse(t, e, wxserver.Batch{Docs: []wxserver.Write{check, put("other", "2")}}, wxserver.ErrConflict)
	wantDoc(t, e, "other", []byte("1"))

	commit(t, e, write(key, wxserver.AnyRevision, []byte{})) // empty, not removed
	wantDoc(t, e, key, []byte{})
	refuse(t, e, write(key, second, nil), wxserver.ErrConflict)
	commit(t, e, write(key, get(t, e, key).Revision, nil))
	wantDoc(t, e, key, nil)
	commit(t, e, write(key, wxserver.AnyRevision, nil)) // what is not there can be removed
	commit(t, e, write(key, 0, nil))
	wantDoc(t, e, key, nil)
}

func testRevisionsDiffer(t *testing.T, e wxserver.Engine) {
	seen := map[int64]bool{0: true}
	for i := range 30 {
		commit(t, e, write("key", wxserver.AnyRevision, []byte("same")))
		commit(t, e, write(fmt.Sprint("other", i), 0, []byte("x")))
		r := get(t, e, "key").Revision
		if seen[r] || r < 0 {
			t.Fatalf("revision %d again, or negative", r)
		}
		seen[r] = true
		if i%3 == 0 {
			commit(t, e, write("key", r, nil))
		}
	}
}

func testSameKeyTwice(t *testing.T, e wxserver.Engine) {
	create := wxserver.Write{Key: "k", If: 0, Value: []byte("1")}
	commit(t, e, wxserver.Batch{Docs: []wxserver.Write{create, {Key: "k", If: 0, Value: []byte("2")}, {Key: "k", If: 0, Check: true}}})
	wantDoc(t, e, "k", []byte("2"))
	commit(t, e, wxserver.Batch{Docs: []wxserver.Write{put("k", "3"), {Key: "k", If: wxserver.AnyRevision}}})
	wantDoc(t, e, "k", nil)
	commit(t, e, wxserver.Batch{Docs: []wxserver.Write{{Key: "k", If: wxserver.AnyRevision}, put("k", "4")}})
	wantDoc(t, e, "k", []byte("4"))
}

// testCompareAndSet counts up in one document from many goroutines.
func testCompareAndSet(t *testing.T, e wxserver.Engine) {
	const writers, each = 8, 15
	end := time.Now().Add(patience)
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for done := 0; done < each; {
				if time.Now().After(end) {
					t.Errorf("%d of %d writes won in %v", done, each, patience)
					return
				}
				docs, err := e.Get(t.Context(), "counter")
				if err != nil {
					t.Errorf("Get: %v", err)
					return
				}
				n, _ := strconv.Atoi(string(docs[0].Value)) // 0 if there is none
				b := write("counter", docs[0].Revision, []byte(strconv.Itoa(n+1)))
				switch _, err := e.Commit(t.Context(), &b); {
				case err == nil:
					done++
				case !errors.Is(err, wxserver.ErrConflict):
					t.Errorf("Commit: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	wantDoc(t, e, "counter", []byte(strconv.Itoa(writers*each)))
}

func testExpires(t *testing.T, e wxserver.Engine) {
	soon := time.Now().Add(300 * time.Millisecond)
	commit(t, e, wxserver.Batch{Docs: []wxserver.Write{
		{Key: "a", Value: []byte("1"), Expires: time.Now().Add(time.Hour)},
		{Key: "b", Value: []byte("1"), Expires: soon},
		{Key: "c", Value: []byte("1"), Expires: time.Now().Add(-time.Hour)},
		{Key: "d", Value: []byte("1"), Expires: soon},
	}})
	revision := get(t, e, "b").Revision
	commit(t, e, wxserver.Batch{Docs: []wxserver.Write{put("d", "2")}}) // no longer expires
	wantDoc(t, e, "c", nil)
	if time.Now().Before(soon.Add(-50 * time.Millisecond)) { // else the machine is too slow to tell
		wantDoc(t, e, "b", []byte("1"))
	}
	time.Sleep(time.Until(soon) + 2*time.Millisecond)
	wantDoc(t, e, "a", []byte("1"))
	wantDoc(t, e, "b", nil)
	wantDoc(t, e, "d", []byte("2"))
	docs, err := e.List(t.Context(), "", "", 2)
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	if got := keysOf(docs); !slices.Equal(got, []string{"a", "d"}) {
		t.Errorf("List = %q, want a and d: what has expired does not count", got)
	}
	refuse(t, e, write("b", revision, []byte("2")), wxserver.ErrConflict)
	commit(t, e, write("b", 0, []byte("2")))
	if d := get(t, e, "b"); string(d.Value) != "2" || d.Revision == revision {
		t.Errorf("document = %q of revision %d, want 2 and not revision %d", d.Value, d.Revision, revision)
	}
}
