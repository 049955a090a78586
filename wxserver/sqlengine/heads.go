package sqlengine

import (
	"maps"
	"sync"

	"github.com/webwx/webwx/wxserver"
)

// heads remembers how far boxes reach, as far as a reader may know: of what is
// durable. The folder has one process and only its writer sets heads, so that
// what is here is true; what is not here is in the database.
type heads struct {
	mu sync.RWMutex
	of map[wxserver.Box]wxserver.Position
}

// maxHeads bounds the memory, to some 32 MB.
const maxHeads = 1 << 20

func newHeads() *heads {
	return &heads{of: make(map[wxserver.Box]wxserver.Position)}
}

func (h *heads) get(box wxserver.Box) (wxserver.Position, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	head, ok := h.of[box]
	return head, ok
}

// set takes over the heads of a group that has been committed.
func (h *heads) set(moved map[wxserver.Box]wxserver.Position) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.of)+len(moved) > maxHeads {
		clear(h.of)
	}
	maps.Copy(h.of, moved)
}

// forget empties h, when the writer no longer knows what is durable.
func (h *heads) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.of)
}
