package sqlengine

import (
	"context"
	"crypto/sha256"
	"math"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/webwx/webwx/wxserver"
)

// Limits of a group. They bound the memory of a transaction and how long the
// first batch of a group waits for the others.
const (
	maxGroup      = 256     // batches
	maxGroupBytes = 4 << 20 // bytes of bodies and values, but for the last batch
	maxQueue      = 1024    // batches that wait; more wait outside, in Commit
)

// writer is the one goroutine that changes the database, and what it knows.
type writer struct {
	conn  *conn
	heads *heads
	watch *notifier
	queue chan *request
	quit  chan struct{}
	ended chan struct{}

	lastPost int64 // the largest id of a post
	revision int64 // the last that was given out
	reserved int64 // revisions up to here are given out without writing that down

	commits, groups atomic.Int64
}

// request is a batch on its way through the writer.
type request struct {
	batch *wxserver.Batch
	once  onceKey
	taken atomic.Bool // by the writer, or back by the caller, whose context ended
	done  chan struct{}

	// Valid when done is closed:
	receipt wxserver.Receipt
	err     error
}

// onceKey stands for a Once, in one length: how it begins, and half its SHA-256.
// What callers give often begins with a time; kept in front, that makes rows of
// about the same time neighbours. Hashes alone would change as many pages as
// there are rows, which was more than half the cost of a commit.
type onceKey [32]byte

func newOnceKey(once string) (k onceKey) {
	sum := sha256.Sum256([]byte(once))
	copy(k[:16], once)
	copy(k[16:], sum[:])
	return k
}

func newWriter(c *conn, h *heads, n *notifier) *writer {
	return &writer{
		conn: c, heads: h, watch: n,
		queue: make(chan *request, maxQueue),
		quit:  make(chan struct{}),
		ended: make(chan struct{}),
	}
}

// learn reads what the writer must know from the database: at the start, and
// after an error that leaves open what was written. If it fails, the writer
// knows nothing, and looks up or writes down what it otherwise need not.
func (w *writer) learn() error {
	w.heads.forget()
	w.lastPost, w.reserved = math.MaxInt64, 0
	last, err := w.conn.number(lastPost)
	if err != nil {
		return err
	}
	w.lastPost = last
	revision, err := w.conn.number(getRevision)
	if err != nil {
		return err
	}
	w.revision = max(w.revision, revision)
	w.reserved = revision
	return nil
}

// Commit implements [wxserver.Engine]. A batch that the writer has taken is
// waited for even if ctx ends, as the writer is reading it: that is over when
// its transaction is.
func (e *Engine) Commit(ctx context.Context, b *wxserver.Batch) (wxserver.Receipt, error) {
	if err := e.gate.enter(ctx); err != nil {
		return wxserver.Receipt{}, err
	}
	defer e.gate.leave()
	if err := b.Validate(); err != nil {
		return wxserver.Receipt{}, err
	}
	r := &request{batch: b, done: make(chan struct{})}
	if b.Once != "" {
		r.once = newOnceKey(b.Once)
	}
	select {
	case e.writer.queue <- r:
	case <-ctx.Done():
		return wxserver.Receipt{}, ctx.Err()
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		if r.taken.CompareAndSwap(false, true) {
			return wxserver.Receipt{}, ctx.Err()
		}
		<-r.done
	}
	return r.receipt, r.err
}

// run writes until stop.
func (w *writer) run(sweepEvery time.Duration) {
	defer close(w.ended)
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case r := <-w.queue:
			w.commit(w.gather(r))
		case <-tick.C:
			// An error shows at the next commit; the documents are gone anyway.
			_ = w.conn.exec(dropExpired, time.Now().UnixMicro())
		case <-w.quit:
			return
		}
	}
}

// stop ends run. Nobody commits any more.
func (w *writer) stop() {
	close(w.quit)
	<-w.ended
}

// gather returns first and what else waits, without the requests whose callers
// have gone.
func (w *writer) gather(first *request) []*request {
	// Those who have just been answered are about to come back: let them.
	runtime.Gosched()
	var group []*request
	size := 0
	for r := first; ; {
		if r.taken.CompareAndSwap(false, true) {
			group = append(group, r)
			size += bytesOf(r.batch)
		}
		if len(group) == maxGroup || size > maxGroupBytes {
			return group
		}
		select {
		case r = <-w.queue:
		default:
			return group
		}
	}
}

func bytesOf(b *wxserver.Batch) (n int) {
	for i := range b.Posts {
		n += len(b.Posts[i].Body)
	}
	for i := range b.Docs {
		n += len(b.Docs[i].Value)
	}
	return n
}

// commit writes a group and answers it. If it cannot be written as a whole, each
// batch is tried alone: one that is too much for the disk fails alone.
func (w *writer) commit(group []*request) {
	if len(group) == 0 {
		return
	}
	if err := w.conn.exec(begin); err != nil { // another program holds a lock, for long
		answer(group, explain("begin", err))
		return
	}
	err := w.write(group)
	if err != nil && len(group) > 1 {
		for i := range group {
			w.commit(group[i : i+1])
		}
		return
	}
	answer(group, err)
}

// answer lets callers go, with their own answers if err is nil.
func answer(group []*request, err error) {
	for _, r := range group {
		if err != nil {
			r.receipt, r.err = wxserver.Receipt{}, err
		}
		close(r.done)
	}
}

// write ends the transaction that has begun: with a group in it, whose answers
// it sets, or with an error and nothing.
func (w *writer) write(requests []*request) error {
	g := newGroup(w)
	err := g.write(requests)
	if err == nil {
		err = w.conn.exec(commit)
	}
	if err != nil {
		_ = w.conn.exec(rollback) // fails if SQLite has done it by itself
		_ = w.learn()             // if this fails the next commit does more, or fails too
		return explain("commit", err)
	}
	w.lastPost = max(w.lastPost, g.lastPost)
	w.heads.set(g.heads)
	w.watch.tell(g.moved, g.woken)
	if g.written > 0 {
		w.commits.Add(int64(g.written))
		w.groups.Add(1)
	}
	return nil
}
