package wxserver

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/webwx/webwx"
)

// logins finds sessions and writes down how far they have read.
type logins struct {
	engine  Engine
	secrets *secrets
	webLife time.Duration

	mu    sync.Mutex
	bySid map[string]*session
	byBox map[Box]map[string]*session // by account, then by id

	refreshed int // how often refresh was called

	acks    map[string]ackDoc // to be written, by login
	pending chan struct{}     // has room for one sign that acks is not empty
	writing map[string]ackDoc // being written
	flushed *sync.Cond        // on mu: what was being written is
	failed  error
	closed  bool
	done    chan struct{} // closed when the writer has ended
}

// maxSessions bounds how many sessions are remembered; others are read again.
const maxSessions = 100_000

func newLogins(e Engine, sec *secrets, o Options) *logins {
	l := &logins{
		engine:  e,
		secrets: sec,
		webLife: o.LoginLife,
		bySid:   make(map[string]*session),
		byBox:   make(map[Box]map[string]*session),
		acks:    make(map[string]ackDoc),
		pending: make(chan struct{}, 1),
		done:    make(chan struct{}),
	}
	l.flushed = sync.NewCond(&l.mu)
	go l.write()
	return l
}

// find returns the session whose sid it is, nil if there is none. It may be over.
func (l *logins) find(ctx context.Context, sid string) (*session, error) {
	l.mu.Lock()
	s := l.bySid[sid]
	l.mu.Unlock()
	if s != nil {
		s.mu.Lock()
		s.stale = s.stale || time.Since(s.seen) > time.Hour // another node may have seen it since
		s.mu.Unlock()
		return s, l.renew(ctx, s)
	}
	id, rev, err := load[string](ctx, l.engine, sidKey(l.secrets.index(sid)))
	if err != nil || rev == 0 {
		return nil, err
	}
	s, err = l.byID(ctx, id)
	if err != nil || s == nil || !equal(s.secrets.sid, sid) {
		return nil, err
	}
	return s, nil
}

// byID returns the session of a login, nil if there is none. It may be over.
func (l *logins) byID(ctx context.Context, id string) (*session, error) {
	l.mu.Lock()
	before := l.refreshed
	l.mu.Unlock()
	docs, err := l.engine.Get(ctx, loginKey(id), ackKey(id))
	if err != nil || docs[0].Value == nil {
		return nil, err
	}
	s := &session{id: id, secrets: l.secrets.login(id)}
	var ack ackDoc
	if err := errors.Join(read(docs[0], &s.doc), read(docs[1], &ack)); err != nil {
		return nil, err
	}
	s.uin, s.phone, s.acked = s.doc.Uin, s.doc.Phone, max(s.doc.Start, ack.Position)
	s.seen = time.Unix(s.doc.Seen, 0)
	s = l.remember(s, before)
	return s, l.renew(ctx, s)
}

// remember keeps s, unless its login is already known: then it returns that one.
// Its document counts as old if it may have changed since it was read, when
// refreshed stood at before.
func (l *logins) remember(s *session, before int) *session {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.bySid[s.secrets.sid]; known != nil {
		known.mu.Lock()
		defer known.mu.Unlock()
		known.stale = true
		return known
	}
	s.stale = l.refreshed != before
	for sid, old := range l.bySid {
		if len(l.bySid) < maxSessions {
			break
		}
		delete(l.bySid, sid)
		l.forget(old)
	}
	l.bySid[s.secrets.sid] = s
	box := Box(s.uin)
	if l.byBox[box] == nil {
		l.byBox[box] = make(map[string]*session)
	}
	l.byBox[box][s.id] = s
	return s
}

// forget drops s from byBox; mu is held.
func (l *logins) forget(s *session) {
	box := Box(s.uin)
	delete(l.byBox[box], s.id)
	if len(l.byBox[box]) == 0 {
		delete(l.byBox, box)
	}
}

// refresh makes the sessions of an account, or of all with box 0, read their
// documents again before they are used next.
func (l *logins) refresh(box Box) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refreshed++
	if box != 0 {
		markStale(l.byBox[box])
		return
	}
	for _, set := range l.byBox {
		markStale(set)
	}
}

func markStale(set map[string]*session) {
	for _, s := range set {
		s.age()
	}
}

// renew reads the document of s again if it may have changed. One does so at a
// time and the others wait, so that an older document never replaces a newer one,
// and nobody goes on with one that is known to be old.
func (l *logins) renew(ctx context.Context, s *session) error {
	for {
		s.mu.Lock()
		loading := s.loading
		if loading == nil {
			break
		}
		s.mu.Unlock()
		select {
		case <-loading:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if !s.stale {
		s.mu.Unlock()
		return nil
	}
	s.stale, s.loading = false, make(chan struct{})
	s.mu.Unlock()

	doc, rev, err := load[loginDoc](ctx, l.engine, loginKey(s.id))

	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.loading)
	s.loading = nil
	switch {
	case err != nil:
		s.stale = true
		return err
	case rev == 0: // long over
		s.doc.Ended, s.doc.Why = time.Now().Unix(), webwx.RetKicked
	default:
		s.doc = doc
		s.seen = later(s.seen, time.Unix(doc.Seen, 0)) // on another node, perhaps
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// phoneLife is how long a phone's login may be idle.
const phoneLife = 90 * 24 * time.Hour

// end returns the document of a login that is over.
func (d loginDoc) end(why webwx.Ret) loginDoc {
	d.Ended, d.Why = time.Now().Unix(), why
	return d
}

// docs returns the changes that store a login whose document has revision rev: 0
// for a new one. All its documents are gone endedLife after its end, or after it
// could no longer be used.
func (l *logins) docs(doc loginDoc, rev int64) []Write {
	end := time.Unix(doc.Seen, 0).Add(endedLife + l.webLife)
	switch {
	case doc.Ended != 0:
		end = time.Unix(doc.Ended, 0).Add(endedLife)
	case doc.Phone:
		end = time.Unix(doc.Seen, 0).Add(phoneLife)
	}
	return []Write{
		expiring(loginKey(doc.ID), rev, doc, end),
		expiring(loginOfKey(doc.Uin, doc.ID), AnyRevision, struct{}{}, end),
		expiring(sidKey(l.secrets.index(l.secrets.login(doc.ID).sid)), AnyRevision, doc.ID, end),
	}
}

// touch notes that a login is in use. To the hour is enough to know whether it
// has been idle too long.
func (l *logins) touch(ctx context.Context, s *session) error {
	now := time.Now()
	s.mu.Lock()
	before := s.seen
	late := now.Sub(before) > time.Hour
	if late {
		s.seen = now
	}
	s.mu.Unlock()
	if !late {
		return nil
	}
	err := l.update(ctx, s, func(d *loginDoc) { d.Seen = now.Unix() })
	if err != nil { // the next request tries again
		s.mu.Lock()
		s.seen = before
		s.mu.Unlock()
	}
	return err
}

// update changes the document of a login that is not over.
func (l *logins) update(ctx context.Context, s *session, change func(*loginDoc)) error {
	for {
		doc, rev, err := load[loginDoc](ctx, l.engine, loginKey(s.id))
		if err != nil {
			return err
		}
		if rev == 0 || doc.Ended != 0 {
			return nil
		}
		change(&doc)
		_, err = l.engine.Commit(ctx, &Batch{Docs: l.docs(doc, rev)})
		if errors.Is(err, ErrConflict) {
			continue
		}
		s.age()
		return err
	}
}

// age makes the document of s be read again before it is used next. What somebody
// has just written is not taken for the newest: it may have changed since.
func (s *session) age() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stale = true
}
