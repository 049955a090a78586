package enginetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/webwx/webwx/wxserver"
)

func keysOf(docs []wxserver.Doc) []string {
	keys := []string{}
	for _, d := range docs {
		keys = append(keys, d.Key)
	}
	return keys
}

func testList(t *testing.T, e wxserver.Engine) {
	keys := []string{
		"a", "a\x00", "a\x00b", "a%", "a%b", "a*", "a?b", "a[b]", "a\\", "a_", "a_b", "aB", "aa", "aab", "ab",
		"a\xff", "a\xff\xff", "a\xffb", "a中", "A", "_", "%", "b", "\xff", "\xff\xff", "\xff\xffx", "\x00", " ",
	}
	var b wxserver.Batch
	for _, key := range keys {
		b.Docs = append(b.Docs, put(key, "value of "+key))
	}
	commit(t, e, b)
	slices.Sort(keys)

	prefixes := append(slices.Clone(keys), "", "a%b_", "nothing", "\xff\xff\xff", "a\xff\xff\xff")
	afters := append(slices.Clone(keys), "", "a\xfe", "zzz", "\xff\xff\xff")
	for _, prefix := range prefixes {
		for _, after := range afters {
			for _, limit := range []int{100, 2, 0} {
				want := []string{}
				for _, key := range keys {
					if strings.HasPrefix(key, prefix) && key > after && len(want) < limit {
						want = append(want, key)
					}
				}
				docs, err := e.List(t.Context(), prefix, after, limit)
				if err != nil {
					t.Fatalf("List: %v", err)
				}
				if got := keysOf(docs); !slices.Equal(got, want) {
					t.Errorf("List(%q, %q, %d) = %q, want %q", prefix, after, limit, got, want)
				}
				for _, d := range docs {
					if string(d.Value) != "value of "+d.Key || d.Revision <= 0 {
						t.Errorf("List: document %q = %q, revision %d", d.Key, d.Value, d.Revision)
					}
				}
			}
		}
	}
}

func testGet(t *testing.T, e wxserver.Engine) {
	var b wxserver.Batch
	for i := range 200 {
		b.Docs = append(b.Docs, put(fmt.Sprint("key", i), fmt.Sprint(i)))
	}
	commit(t, e, b)
	for _, n := range []int{0, 1, 2, 3, 4, 5, 17, 63, 64, 65, 150, 300} {
		var keys []string
		for i := range n {
			keys = append(keys, fmt.Sprint("key", i*7%250)) // from 200 on they are missing
		}
		if n > 2 {
			keys[n-1] = keys[0]
			keys[n-2] = "missing"
		}
		docs, err := e.Get(t.Context(), keys...)
		if err != nil || len(docs) != n {
			t.Fatalf("Get of %d keys = %d documents, %v", n, len(docs), err)
		}
		for i, d := range docs {
			var number int
			_, err := fmt.Sscanf(keys[i], "key%d", &number)
			exists := err == nil && number < 200
			if d.Key != keys[i] || exists != (d.Revision > 0) || exists != (d.Value != nil) || exists && string(d.Value) != fmt.Sprint(number) {
				t.Errorf("Get: document %d = %+v, want key %q", i, d, keys[i])
			}
		}
	}
}

// testSnapshot writes the same value to many documents again and again; whoever
// gets them must find them equal.
func testSnapshot(t *testing.T, e wxserver.Engine) {
	var keys []string
	for i := range 100 {
		keys = append(keys, fmt.Sprint("key", i))
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				for _, n := range []int{2, 100} {
					docs, err := e.Get(t.Context(), keys[:n]...)
					if err != nil {
						t.Errorf("Get: %v", err)
						return
					}
					if a, b := docs[0].Value, docs[n-1].Value; string(a) != string(b) {
						t.Errorf("documents of one batch are %q and %q", a, b)
					}
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for i := range 100 {
		var b wxserver.Batch
		for _, key := range keys {
			b.Docs = append(b.Docs, put(key, fmt.Sprint(i)))
		}
		commit(t, e, b)
	}
	close(done)
	wg.Wait()
}
