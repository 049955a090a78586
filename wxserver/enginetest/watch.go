package enginetest

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/webwx/webwx/wxserver"
)

type move struct {
	box  wxserver.Box
	head wxserver.Position
}

// told remembers how far a watcher was told that boxes reach.
type told struct {
	mu    sync.Mutex
	heads map[wxserver.Box]wxserver.Position
	woken map[wxserver.Box]bool
	moved chan struct{} // holds one after each call
}

func watch(e wxserver.Engine) (*told, func()) {
	w := &told{heads: make(map[wxserver.Box]wxserver.Position), woken: make(map[wxserver.Box]bool), moved: make(chan struct{}, 1)}
	return w, e.Watch(func(box wxserver.Box, head wxserver.Position) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.heads[box] = max(w.heads[box], head)
		w.woken[box] = w.woken[box] || head == 0
		select {
		case w.moved <- struct{}{}:
		default:
		}
	})
}

// wait waits until w was told of each box, or of box 0 in its place.
func (w *told) wait(t *testing.T, want ...move) {
	t.Helper()
	for !w.has(want) {
		eventually(t, w.moved, "call of the watcher")
	}
}

func (w *told) has(want []move) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, any := w.heads[0]; any {
		return true
	}
	for _, m := range want {
		if head, ok := w.heads[m.box]; !ok || head < m.head || m.head == 0 && !w.woken[m.box] {
			return false
		}
	}
	return true
}

func testWatch(t *testing.T, e wxserver.Engine) {
	commit(t, e, wxserver.Batch{Posts: []wxserver.Post{text("before", 1)}})
	a, stopA := watch(e)
	defer stopA()
	b, stopB := watch(e)
	defer stopB()
	commit(t, e, wxserver.Batch{
		Posts: []wxserver.Post{text("x", 1, -2), text("y", 1)},
		Wake:  []wxserver.Box{3, -4, 1},
	})
	for _, w := range []*told{a, b} {
		// Box 1 was posted to and woken: the one does not hide the other.
		w.wait(t, move{1, 3}, move{1, 0}, move{-2, 1}, move{3, 0}, move{-4, 0})
	}
	commit(t, e, wxserver.Batch{Wake: []wxserver.Box{9}, Docs: []wxserver.Write{put("d", "1")}})
	a.wait(t, move{9, 0})

	// Refused batches and repeats need not, but may, call; what is told can be
	// read.
	commit(t, e, wxserver.Batch{Once: "o", Posts: []wxserver.Post{text("z", 5)}})
	commit(t, e, wxserver.Batch{Once: "o", Posts: []wxserver.Post{text("z", 5)}})
	b.wait(t, move{5, 1})
	stopReads := readWhatMoves(t, e)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for range 25 {
				if _, err := e.Commit(t.Context(), &wxserver.Batch{Posts: []wxserver.Post{text("x", 6, wxserver.Box(w+10))}}); err != nil {
					t.Errorf("Commit: %v", err)
				}
			}
		})
	}
	wg.Wait()
	a.wait(t, move{6, 200}, move{10, 25}, move{17, 25})
	b.wait(t, move{6, 200}, move{10, 25}, move{17, 25})
	stopReads()
}

// readWhatMoves checks that a box reaches as far as its watchers are told, at
// the moment when they are told.
func readWhatMoves(t *testing.T, e wxserver.Engine) (stop func()) {
	moves := make(chan move, 10_000)
	stopWatch := e.Watch(func(box wxserver.Box, head wxserver.Position) {
		select {
		case moves <- move{box, head}:
		default: // a watcher must not block
		}
	})
	var wg sync.WaitGroup
	wg.Go(func() {
		for m := range moves {
			page, err := e.Read(t.Context(), m.box, m.head-1, 1)
			if err != nil || page.Head < m.head || m.head > 0 && len(page.Entries) == 0 {
				t.Errorf("told that box %d reaches %d, but it reads %+v, %v", m.box, m.head, page, err)
			}
		}
	})
	return func() {
		stopWatch()
		close(moves)
		wg.Wait()
	}
}

func testWatchStop(t *testing.T, e wxserver.Engine) {
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				if _, err := e.Commit(t.Context(), &wxserver.Batch{Posts: []wxserver.Post{text("x", 1)}}); err != nil {
					t.Errorf("Commit: %v", err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range 50 {
		var stopped atomic.Bool
		called := make(chan struct{}, 1)
		stop := e.Watch(func(wxserver.Box, wxserver.Position) {
			if stopped.Load() {
				t.Error("called after stop")
			}
			select {
			case called <- struct{}{}:
			default:
			}
		})
		eventually(t, called, "call of the watcher")
		stop()
		stopped.Store(true)
	}
	close(done)
	wg.Wait()
}
