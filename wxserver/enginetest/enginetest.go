// Package enginetest is the contract that every [wxserver.Engine] passes. A new
// engine calls [Run] in a test of its own, and [RunDurable] if it keeps its data
// beyond Close:
//
//	func TestContract(t *testing.T) {
//		enginetest.Run(t, func(t *testing.T) wxserver.Engine { return myengine.New() })
//	}
//
// The tests run in real time, as an engine may wait for a disk or a network, and
// at the same time, each with an engine of its own.
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/webwx/webwx/wxserver"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// Run runs the contract. open returns a new and empty engine each time; Run
// closes it.
func Run(t *testing.T, open func(t *testing.T) wxserver.Engine) {
	for name, test := range map[string]func(*testing.T, wxserver.Engine){
		"a batch is done as a whole or not at all":         testAllOrNothing,
		"a refused batch harms no other":                   testRefusedAlone,
		"a batch that is not valid is refused":             testInvalid,
		"a post is read as it was committed":               testPost,
		"a post is found by its id":                        testPostByID,
		"the caller may change its slices afterwards":      testNotAliased,
		"a page has a limit and a head":                    testPages,
		"positions become visible in order":                testOrder,
		"a post has one place in each box":                 testManyBoxes,
		"a repeat does nothing":                            testRepeat,
		"of many equal batches at once one is done":        testRepeatAtOnce,
		"a write is refused unless the revision is right":  testRevisions,
		"a revision never comes back":                      testRevisionsDiffer,
		"preconditions are about what was there before":    testSameKeyTwice,
		"of many writers of one revision one wins":         testCompareAndSet,
		"documents expire":                                 testExpires,
		"documents are listed in the order of their bytes": testList,
		"documents are got in the order of the keys":       testGet,
		"documents are got as of one moment":               testSnapshot,
		"a blob is found by its hash":                      testBlob,
		"a blob that fails is not kept":                    testBlobFails,
		"blobs can be stored at the same time":             testBlobsAtOnce,
		"watchers are told what can be read":               testWatch,
		"a watcher that stopped is not called":             testWatchStop,
		"a context that has ended ends the call":           testContext,
		"a closed engine refuses":                          testClosed,
		"closing waits for what is under way":              testCloseWaits,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t)
			t.Cleanup(func() {
				if err := e.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			test(t, e)
		})
	}
}

// lastID makes ids of posts that are used once in this process.
var lastID atomic.Int64

func newID() int64 { return lastID.Add(1) }

// text returns a post in boxes.
func text(body string, boxes ...wxserver.Box) wxserver.Post {
	return wxserver.Post{ID: newID(), By: "login", Time: time.Now(), Body: []byte(body), Boxes: boxes}
}

// put returns a write of a document without a condition.
func put(key, value string) wxserver.Write {
	return wxserver.Write{Key: key, If: wxserver.AnyRevision, Value: []byte(value)}
}

func commit(t *testing.T, e wxserver.Engine, b wxserver.Batch) wxserver.Receipt {
	t.Helper()
	receipt, err := e.Commit(t.Context(), &b)
	if err != nil {
		t.Fatalf("Commit: %v", err)
	}
	return receipt
}

// refuse commits b, which must be refused with want.
func refuse(t *testing.T, e wxserver.Engine, b wxserver.Batch, want error) {
	t.Helper()
	if receipt, err := e.Commit(t.Context(), &b); !errors.Is(err, want) || receipt != (wxserver.Receipt{}) {
		t.Errorf("Commit = %+v, %v, want nothing and %v", receipt, err, want)
	}
}

func read(t *testing.T, e wxserver.Engine, box wxserver.Box, after wxserver.Position, limit int) wxserver.Page {
	t.Helper()
	page, err := e.Read(t.Context(), box, after, limit)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return page
}

// bodies returns what is in a box, as "position:body".
func bodies(t *testing.T, e wxserver.Engine, box wxserver.Box) []string {
	t.Helper()
	var all []string
	for _, entry := range read(t, e, box, 0, 1<<20).Entries {
		all = append(all, fmt.Sprintf("%d:%s", entry.Position, entry.Body))
	}
	return all
}

func wantBodies(t *testing.T, e wxserver.Engine, box wxserver.Box, want ...string) {
	t.Helper()
	if got := bodies(t, e, box); !slices.Equal(got, want) {
		t.Errorf("box %d = %q, want %q", box, got, want)
	}
	if got := read(t, e, box, 0, 0).Head; int(got) != len(want) {
		t.Errorf("head of box %d = %d, want %d", box, got, len(want))
	}
}

// get returns one document.
func get(t *testing.T, e wxserver.Engine, key string) wxserver.Doc {
	t.Helper()
	docs, err := e.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("Get(%q): %v", key, err)
	}
	if len(docs) != 1 || docs[0].Key != key {
		t.Fatalf("Get(%q) = %+v, want one document of that key", key, docs)
	}
	return docs[0]
}

// wantDoc checks a document's value; nil means that it must not exist.
func wantDoc(t *testing.T, e wxserver.Engine, key string, want []byte) {
	t.Helper()
	d := get(t, e, key)
	if (d.Value == nil) != (want == nil) || string(d.Value) != string(want) {
		t.Errorf("document %q = %q (nil: %t), want %q (nil: %t)", key, d.Value, d.Value == nil, want, want == nil)
	}
	if (d.Revision == 0) != (want == nil) {
		t.Errorf("document %q has revision %d and value %q", key, d.Revision, d.Value)
	}
}

// eventually waits for c, and fails the test after a while.
func eventually[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case v := <-c:
		return v
	case <-ctx.Done():
		t.Fatalf("no %s in %v", what, patience)
		panic("unreachable")
	}
}
