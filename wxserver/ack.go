package wxserver

import (
	"context"
	"time"
)

// ack notes that a login came back with a position. It is written down soon, in
// one batch with whatever else waits: a crash before that lets a later login of
// the account begin a little earlier, and clients know messages by their ids.
func (l *logins) ack(s *session, p Position) {
	s.mu.Lock()
	newer := p > s.acked
	if newer {
		s.acked = p
	}
	s.mu.Unlock()
	if !newer {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.acks[s.id] = ackDoc{Position: p, Time: time.Now().Unix()}
	select {
	case l.pending <- struct{}{}:
	default:
	}
}

// ackBatch is how many acknowledgements are written at a time.
const ackBatch = 256

// write writes acknowledgements until close.
func (l *logins) write() {
	defer close(l.done)
	for range l.pending {
		for l.writeSome() {
		}
	}
}

// writeSome writes one batch and reports whether more waits.
func (l *logins) writeSome() bool {
	l.mu.Lock()
	var b Batch
	l.writing = make(map[string]ackDoc)
	for id, a := range l.acks {
		if len(b.Docs) == ackBatch {
			break
		}
		b.Docs = append(b.Docs, expiring(ackKey(id), AnyRevision, a, time.Now().Add(endedLife)))
		l.writing[id] = a
		delete(l.acks, id)
	}
	more := len(l.acks) > 0
	l.mu.Unlock()

	var err error
	if len(b.Docs) > 0 {
		_, err = l.engine.Commit(context.Background(), &b)
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	l.writing = nil
	if err != nil {
		l.failed = err
	}
	l.flushed.Broadcast()
	return more
}

// flush waits until the acknowledgement of a login is written. Those of others,
// which may never cease, are not waited for.
func (l *logins) flush(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for has(l.acks, id) || has(l.writing, id) {
		l.flushed.Wait()
	}
}

func has[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}

// close writes what waits, ends the writer, and returns what went wrong.
func (l *logins) close() error {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.pending) // the writer takes what is in it, or waits in acks, first
	}
	l.mu.Unlock()
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}
