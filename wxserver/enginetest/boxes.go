package enginetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/webwx/webwx/wxserver"
)

func testPages(t *testing.T, e wxserver.Engine) {
	const box = 5
	if page := read(t, e, box, 0, 10); page.Head != 0 || len(page.Entries) != 0 {
		t.Errorf("page of an unknown box = %+v, want nothing", page)
	}
	for i := range 10 {
		commit(t, e, wxserver.Batch{Posts: []wxserver.Post{text(fmt.Sprint(i+1), box), text("other", box+1)}})
	}
	for _, c := range []struct {
		after wxserver.Position
		limit int
		first wxserver.Position
		count int
	}{
		{0, 100, 1, 10},
		{0, 10, 1, 10},
		{0, 3, 1, 3},
		{3, 3, 4, 3},
		{8, 3, 9, 2},
		{9, 1, 10, 1},
		{10, 5, 0, 0},
		{11, 5, 0, 0},
		{wxserver.MaxPosition, 5, 0, 0},
		{0, 0, 0, 0},
		{0, -1, 0, 0},
		{-3, 2, 1, 2},
	} {
		page := read(t, e, box, c.after, c.limit)
		if page.Head != 10 || len(page.Entries) != c.count {
			t.Errorf("Read after %d, limit %d: head %d and %d entries, want 10 and %d", c.after, c.limit, page.Head, len(page.Entries), c.count)
			continue
		}
		for i, entry := range page.Entries {
			if want := c.first + wxserver.Position(i); entry.Position != want || string(entry.Body) != fmt.Sprint(want) {
				t.Errorf("Read after %d: entry %d = %d %q, want %d", c.after, i, entry.Position, entry.Body, want)
			}
		}
	}
}

func testPostByID(t *testing.T, e wxserver.Engine) {
	p := text("hello", 5, 6)
	p.By = "somebody"
	commit(t, e, wxserver.Batch{Posts: []wxserver.Post{p, text("other", 5)}})
	got, err := e.Post(t.Context(), p.ID)
	if err != nil || got.ID != p.ID || got.Position != 0 || string(got.Body) != "hello" || got.By != p.By || !got.Time.Equal(p.Time.Truncate(time.Millisecond)) {
		t.Errorf("Post(%d) = %+v, %v, want what was posted", p.ID, got, err)
	}
	for _, id := range []int64{newID(), 0, -1} {
		if _, err := e.Post(t.Context(), id); !errors.Is(err, wxserver.ErrNotFound) {
			t.Errorf("Post(%d) of no post: %v, want ErrNotFound", id, err)
		}
	}
}

// testOrder commits to overlapping boxes from many goroutines, while readers
// check what can be seen at each moment.
func testOrder(t *testing.T, e wxserver.Engine) {
	const boxes, writers, each = 6, 16, 60
	done := make(chan struct{})
	var readers, wg sync.WaitGroup
	for box := range wxserver.Box(boxes) {
		readers.Go(func() { follow(t, e, box+1, done) })
	}
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				a, b := wxserver.Box(w%boxes+1), wxserver.Box((w+i)%boxes+1)
				to := []wxserver.Box{a}
				if a != b {
					to = append(to, b)
				}
				body := fmt.Sprintf("%d/%d", w, i)
				if _, err := e.Commit(t.Context(), &wxserver.Batch{Once: body, Posts: []wxserver.Post{text(body, to...)}}); err != nil {
					t.Errorf("Commit: %v", err)
				}
			}
		})
	}
	wg.Wait()
	close(done)
	readers.Wait()

	total := wxserver.Position(0)
	for box := range wxserver.Box(boxes) {
		total += read(t, e, box+1, 0, 0).Head
	}
	// One in so many posts has both its boxes the same.
	if want := wxserver.Position(writers * (2*each - each/boxes)); total != want {
		t.Errorf("%d entries in all, want %d", total, want)
	}
}

// follow reads a box as it grows: no entry may be missing, come twice or come
// too late; each writer's entries come in the order in which it committed them.
func follow(t *testing.T, e wxserver.Engine, box wxserver.Box, done <-chan struct{}) {
	at := wxserver.Position(0)
	last := make(map[int]int)
	for ending := false; ; {
		page, err := e.Read(t.Context(), box, at, 7)
		if err != nil {
			t.Errorf("Read: %v", err)
			return
		}
		for _, entry := range page.Entries {
			if at++; entry.Position != at {
				t.Errorf("box %d: position %d follows %d", box, entry.Position, at-1)
				return
			}
			var writer, i int
			if _, err := fmt.Sscanf(string(entry.Body), "%d/%d", &writer, &i); err != nil {
				t.Errorf("box %d: body %q", box, entry.Body)
			}
			if before, ok := last[writer]; ok && i <= before {
				t.Errorf("box %d: post %d of writer %d after its post %d", box, i, writer, before)
			}
			last[writer] = i
		}
		if page.Head < at || len(page.Entries) < 7 && page.Head != at {
			t.Errorf("box %d: head %d, but %d is the last entry", box, page.Head, at)
			return
		}
		switch {
		case len(page.Entries) > 0:
		case ending:
			return
		default:
			select {
			case <-done:
				ending = true
			default:
			}
		}
	}
}

func testManyBoxes(t *testing.T, e wxserver.Engine) {
	const members = 500
	var room []wxserver.Box
	for i := range members {
		room = append(room, wxserver.Box(i+1))
	}
	var posts []wxserver.Post
	for i := range 3 {
		posts = append(posts, text(fmt.Sprint(i), room[i:]...))
	}
	commit(t, e, wxserver.Batch{Posts: posts})
	commit(t, e, wxserver.Batch{Posts: []wxserver.Post{text("3", room...)}})
	wantBodies(t, e, 1, "1:0", "2:3")
	wantBodies(t, e, 2, "1:0", "2:1", "3:3")
	for _, box := range []wxserver.Box{3, 4, 63, 64, 65, 499, 500} {
		wantBodies(t, e, box, "1:0", "2:1", "3:2", "4:3")
	}
	wantBodies(t, e, members+1)
}
