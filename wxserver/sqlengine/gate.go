package sqlengine

import (
	"context"
	"sync"

	"github.com/webwx/webwx/wxserver"
)

// A gate lets calls in until it is shut, and knows when the last one has left.
type gate struct {
	mu     sync.Mutex
	closed bool
	inside sync.WaitGroup
}

// enter lets a call in, which then has to leave. It fails if the gate is shut,
// or if ctx has ended.
func (g *gate) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return wxserver.ErrClosed
	}
	g.inside.Add(1)
	return nil
}

func (g *gate) leave() { g.inside.Done() }

// shut closes the gate and waits until all have left. It reports whether this
// call was the one that closed it.
func (g *gate) shut() bool {
	g.mu.Lock()
	first := !g.closed
	g.closed = true
	g.mu.Unlock()
	g.inside.Wait()
	return first
}
