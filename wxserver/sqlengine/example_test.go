package sqlengine_test

import (
	"context"
	"fmt"
	"os"

	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/sqlengine"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	e, err := sqlengine.Open(ctx, dir, sqlengine.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer e.Close()

	// One message, kept once and listed for two accounts; and the same again.
	const alice, bob = wxserver.Box(1), wxserver.Box(2)
	for id := range int64(2) {
		r, err := e.Commit(ctx, &wxserver.Batch{
			Once:  "alice 17000000000001234 bob",
			Posts: []wxserver.Post{{ID: 100 + id, Body: []byte("hello"), Boxes: []wxserver.Box{alice, bob}}},
		})
		fmt.Println(r.ID, r.Repeat, err)
	}
	page, err := e.Read(ctx, bob, 0, 10)
	fmt.Printf("%d: %s %v\n", page.Head, page.Entries[0].Body, err)
	// Output:
	// 100 false <nil>
	// 100 true <nil>
	// 1: hello <nil>
}
