package sqlengine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/sqlengine"
)

// body is what a text message looks like to the engine.
var body = fmt.Appendf(nil, "%0300d", 0)

// message is what one send commits: two boxes and a key for repeats.
func message(id int64) *wxserver.Batch {
	to := wxserver.Box(id%1000 + 1)
	return &wxserver.Batch{
		Once:  fmt.Sprintf("%d %d sender recipient and what else", 17_000_000_000_000_000+id*9973/10, to), // a client's id is a time
		Posts: []wxserver.Post{{ID: id, By: "login-0123456789", Time: time.UnixMilli(id), Body: body, Boxes: []wxserver.Box{to, to + 1}}},
	}
}

// BenchmarkCommit commits messages from 1 and 64 goroutines. Beside each engine
// runs its floor: as many goroutines, and one that appends what waits to a file
// and syncs it: the same bytes, without an index. The fsyncs of
// groups are counted; SQLite adds three for each checkpoint, every 4,000 pages.
func BenchmarkCommit(b *testing.B) {
	for _, callers := range []int{1, 64} {
		var least float64
		b.Run(fmt.Sprintf("engine=floor/callers=%d", callers), func(b *testing.B) {
			f := newFloor(b)
			b.Cleanup(f.close)
			least = share(b, callers, func(id int64) { f.append(message(id)) })
			b.ReportMetric(float64(f.syncs.Load())/float64(b.N), "fsyncs/op")
		})
		b.Run(fmt.Sprintf("engine=sqlite/callers=%d", callers), func(b *testing.B) {
			e := open(b, b.TempDir())
			b.Cleanup(func() { e.Close() })
			cpu := share(b, callers, func(id int64) { mustCommit(b, e, message(id)) })
			b.ReportMetric(float64(e.Stats().Groups)/float64(b.N), "fsyncs/op")
			if least > 0 { // not if only this one was asked for
				b.ReportMetric(cpu/least, "×floor-cpu")
			}
		})
	}
}

// BenchmarkCommitRoom commits a message to a room of 500.
func BenchmarkCommitRoom(b *testing.B) {
	e := open(b, b.TempDir())
	b.Cleanup(func() { e.Close() })
	var room []wxserver.Box
	for i := range 500 {
		room = append(room, wxserver.Box(i*7+1))
	}
	share(b, 64, func(id int64) {
		m := message(id)
		m.Posts[0].Boxes = room
		mustCommit(b, e, m)
	})
	b.ReportMetric(float64(e.Stats().Groups)/float64(b.N), "fsyncs/op")
}

// BenchmarkRead reads what a synccheck or a webwxsync needs.
func BenchmarkRead(b *testing.B) {
	e := open(b, b.TempDir())
	b.Cleanup(func() { e.Close() })
	for id := range int64(1000) {
		m := message(id + 1)
		m.Docs = []wxserver.Write{{Key: fmt.Sprint("session/", id), If: 0, Value: body}}
		mustCommit(b, e, m)
	}
	for name, read := range map[string]func(ctx context.Context) error{
		"nothing-new": func(ctx context.Context) error { _, err := e.Read(ctx, 5, 1<<20, 100); return err },
		"one-new":     func(ctx context.Context) error { _, err := e.Read(ctx, 5, 1, 100); return err },
		"document":    func(ctx context.Context) error { _, err := e.Get(ctx, "session/77"); return err },
		"4-documents": func(ctx context.Context) error {
			_, err := e.Get(ctx, "session/77", "session/3", "x", "session/9")
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := read(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func mustCommit(b *testing.B, e *sqlengine.Engine, m *wxserver.Batch) {
	if r, err := e.Commit(b.Context(), m); err != nil || r.Repeat {
		b.Errorf("Commit = %+v, %v", r, err)
	}
}

// share lets callers goroutines do b.N operations in all, with ids from 1 on,
// and reports the process's CPU time for one, in microseconds.
func share(b *testing.B, callers int, do func(id int64)) float64 {
	var id atomic.Int64
	work := make(chan struct{}, callers)
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range work {
				do(id.Add(1))
			}
		})
	}
	cpu := cpuTime(b)
	for b.Loop() {
		work <- struct{}{}
	}
	close(work)
	wg.Wait()
	each := float64((cpuTime(b) - cpu).Microseconds()) / float64(b.N)
	b.ReportMetric(each, "cpu-µs/op")
	return each
}

// floor is the least that a durable engine does: it appends bytes and syncs.
type floor struct {
	file  *os.File
	queue chan floorRequest
	ended chan struct{}
	syncs atomic.Int64
}

type floorRequest struct {
	batch *wxserver.Batch
	done  chan error
}

func newFloor(b *testing.B) *floor {
	file, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	f := &floor{file: file, queue: make(chan floorRequest, 1024), ended: make(chan struct{})}
	go f.run()
	return f
}

func (f *floor) append(m *wxserver.Batch) {
	r := floorRequest{m, make(chan error, 1)}
	f.queue <- r
	if err := <-r.done; err != nil {
		panic(err)
	}
}

func (f *floor) run() {
	defer close(f.ended)
	var buf []byte
	for r := range f.queue {
		group := []floorRequest{r}
		for len(f.queue) > 0 {
			group = append(group, <-f.queue)
		}
		buf = buf[:0]
		for _, r := range group {
			buf = append(append(append(buf, r.batch.Once...), r.batch.Posts[0].By...), r.batch.Posts[0].Body...)
		}
		_, err := f.file.Write(buf)
		if err == nil {
			err = f.file.Sync()
		}
		f.syncs.Add(1)
		for _, r := range group {
			r.done <- err
		}
	}
}

func (f *floor) close() {
	close(f.queue)
	<-f.ended
	f.file.Close()
}
