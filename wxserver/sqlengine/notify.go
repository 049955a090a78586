package sqlengine

import (
	"maps"
	"slices"
	"sync"

	"github.com/webwx/webwx/wxserver"
)

// notifier calls the watchers, on a goroutine of its own, so that a slow one
// delays no commit. Moves of one box that wait are joined, which bounds them.
type notifier struct {
	signal chan struct{} // holds one while pending is not empty
	ended  chan struct{}

	calling sync.Mutex // held while watchers are called; before mu

	mu       sync.Mutex // guards the rest
	pending  map[wxserver.Box]wxserver.Position
	woken    map[wxserver.Box]struct{}
	watchers map[int]func(wxserver.Box, wxserver.Position)
	lastID   int
}

func newNotifier() *notifier {
	return &notifier{
		signal:   make(chan struct{}, 1),
		ended:    make(chan struct{}),
		pending:  make(map[wxserver.Box]wxserver.Position),
		woken:    make(map[wxserver.Box]struct{}),
		watchers: make(map[int]func(wxserver.Box, wxserver.Position)),
	}
}

// tell queues moves, and wakes: a move does not hide that a box was woken. It
// never blocks for long.
func (n *notifier) tell(moved map[wxserver.Box]wxserver.Position, woken map[wxserver.Box]struct{}) {
	if len(moved) == 0 && len(woken) == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.watchers) == 0 {
		return
	}
	for box, head := range moved {
		n.pending[box] = max(n.pending[box], head)
	}
	maps.Copy(n.woken, woken)
	select {
	case n.signal <- struct{}{}:
	default:
	}
}

// run calls the watchers until stop.
func (n *notifier) run() {
	defer close(n.ended)
	for range n.signal {
		n.deliver()
	}
}

func (n *notifier) deliver() {
	n.calling.Lock()
	defer n.calling.Unlock()
	n.mu.Lock()
	moved, woken := n.pending, n.woken
	n.pending, n.woken = make(map[wxserver.Box]wxserver.Position), make(map[wxserver.Box]struct{})
	watchers := slices.Collect(maps.Values(n.watchers))
	n.mu.Unlock()
	for _, call := range watchers {
		for box, head := range moved {
			call(box, head)
		}
		for box := range woken {
			call(box, 0)
		}
	}
}

// stop delivers what is pending and ends run. Nobody tells any more.
func (n *notifier) stop() {
	close(n.signal)
	<-n.ended
}

// Watch implements [wxserver.Engine]. stop must not be called by moved.
func (e *Engine) Watch(moved func(wxserver.Box, wxserver.Position)) (stop func()) {
	n := e.watch
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lastID++
	id := n.lastID
	n.watchers[id] = moved
	return func() {
		n.calling.Lock() // no call is running now, and later ones will not see it
		defer n.calling.Unlock()
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.watchers, id)
	}
}
