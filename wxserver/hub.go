package wxserver

import "sync"

// The hub wakes whoever waits for a box. A wake says only that there may be
// something: the sleeper looks itself, so nothing is lost between the two.
//
// Its lock is taken last of all and never held while anything is called.
type hub struct {
	mu      sync.Mutex
	waiting map[Box]map[*waiter]struct{}
	closed  bool
	done    chan struct{} // closed when the server closes
}

// A waiter is one sleeper. Its channel has room for one wake.
type waiter struct {
	box  Box
	wake chan struct{}
}

func newHub() *hub {
	return &hub{waiting: make(map[Box]map[*waiter]struct{}), done: make(chan struct{})}
}

// join registers a sleeper for box. Join before looking, or a wake in between is
// missed; leave when done.
func (h *hub) join(box Box) *waiter {
	w := &waiter{box: box, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	set := h.waiting[box]
	if set == nil {
		set = make(map[*waiter]struct{}, 1)
		h.waiting[box] = set
	}
	set[w] = struct{}{}
	return w
}

func (h *hub) leave(w *waiter) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.waiting[w.box], w)
	if len(h.waiting[w.box]) == 0 {
		delete(h.waiting, w.box)
	}
}

// moved wakes the sleepers of box, or with box 0 all.
func (h *hub) moved(box Box) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if box != 0 {
		wakeAll(h.waiting[box])
		return
	}
	for _, set := range h.waiting {
		wakeAll(set)
	}
}

func wakeAll(set map[*waiter]struct{}) {
	for w := range set {
		select {
		case w.wake <- struct{}{}:
		default: // already woken
		}
	}
}

// close ends every wait.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		close(h.done)
	}
}
