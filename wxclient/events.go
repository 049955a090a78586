package wxclient

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// Events yields what arrives from the saved position on, in order, and blocks in
// between. Each message comes once: one whose id was taken before, in this run or
// an earlier one, is dropped, and so are own messages that come back.
//
// An event is taken when the loop's body has come back for the next one; only
// then does Options.Position learn of it. So an event in whose body the loop was
// left, or the program killed, comes again. Contact events have no id and come
// again with the page that they were on.
//
// Trouble that may pass is waited out. The first error ends the sequence: one
// that is [webwx.ErrLoggedOut] at once; [ErrUnreachable] after about a minute
// without an answer, after which Events may be called again and goes on where it
// was; or that of ctx.
func (c *Client) Events(ctx context.Context) iter.Seq2[webwx.Event, error] {
	return func(yield func(webwx.Event, error) bool) {
		if !c.busy.TryLock() {
			yield(webwx.Event{}, ErrBusy)
			return
		}
		defer c.busy.Unlock()
		l := &listener{c: c, yield: yield, bad: trouble{c: c}, rounds: pacer{c: c}, saved: time.Now()}
		_, l.proof, l.changes = c.jar.snapshot()
		l.skey = c.skey()
		err := l.run(ctx)
		l.keep(ctx, err)
		if !errors.Is(err, errLeft) { // it never ends without one
			yield(webwx.Event{}, err)
		}
	}
}

// listener is one Events.
type listener struct {
	c      *Client
	yield  func(webwx.Event, error) bool
	bad    trouble
	rounds pacer
	waits  bool // the poll has said that something waits, and it was not fetched yet

	// What of the session was saved last, and when.
	proof, changes int
	skey           string
	saved          time.Time
}

func (l *listener) run(ctx context.Context) error {
	if err := l.open(ctx); err != nil {
		return err
	}
	for {
		began := time.Now()
		brought, err := l.round(ctx)
		if err != nil {
			return err
		}
		if err := l.rounds.wait(ctx, brought, time.Since(began)); err != nil {
			return err
		}
	}
}

// round is one poll and what follows from it. Trouble is waited out and brings
// nothing. A poll that was answered is not repeated while webwxsync fails: what it
// said still holds, and its answer must not end the trouble.
func (l *listener) round(ctx context.Context) (brought bool, err error) {
	began := time.Now()
	if !l.waits {
		selector, err := l.c.SyncCheck(ctx)
		if err != nil {
			return true, l.retry(ctx, began, err) // it has paused already
		}
		if l.waits = selector != webwx.SelectorNothing; !l.waits {
			l.bad.over()
			return false, nil
		}
		began = time.Now()
	}
	if brought, err = l.fetch(ctx); err != nil {
		return true, l.retry(ctx, began, err)
	}
	l.waits = false
	return brought, nil
}

// retry waits if err may pass and returns nil, else the error to end with.
func (l *listener) retry(ctx context.Context, began time.Time, err error) error {
	if _, kept := errors.AsType[*keptError](err); kept || errors.Is(err, errLeft) {
		return err
	}
	return l.bad.wait(ctx, began, err)
}

// open finds where to start: at the saved position of this login, else at the
// key that webwxinit gave.
func (l *listener) open(ctx context.Context) error {
	c := l.c
	if _, err := c.loggedIn(); err != nil {
		return err
	}
	account, login := c.identity()
	key, err := c.opt.Position.Start(account, login)
	if err != nil {
		return &keptError{err}
	}
	if !key.Empty() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if key.String() != c.syncKey.String() { // else the key of synccheck is known too
			c.takeKeys(key, webwx.SyncKey{})
		}
		return nil
	}
	if c.needKey() == nil {
		return nil
	}
	return l.init(ctx)
}

// init asks for a key, for a resumed login that has none.
func (l *listener) init(ctx context.Context) error {
	for {
		began := time.Now()
		err := l.c.Init(ctx)
		if err == nil {
			return l.c.needKey()
		}
		if err := l.bad.wait(ctx, began, err); err != nil {
			return err
		}
	}
}

// identity names the account and the login without giving away either.
func (c *Client) identity() (account, login string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cred := c.session.Credentials
	account = fmt.Sprintf("webwx account %s %d", c.opt.Server, cred.Uin)
	return digest(account), digest(account + " " + cred.Sid)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}

// fetch syncs until nothing more waits. It reports whether anything came.
func (l *listener) fetch(ctx context.Context) (brought bool, err error) {
	rounds := pacer{c: l.c}
	for {
		began := time.Now()
		resp, err := l.c.pull(ctx)
		if err != nil {
			return brought, err
		}
		l.bad.over()
		fresh, err := l.deliver(resp)
		brought = brought || fresh
		if err != nil {
			return brought, err
		}
		l.keep(ctx, nil)
		if resp.ContinueFlag == 0 {
			return brought, nil
		}
		if err := rounds.wait(ctx, fresh, time.Since(began)); err != nil {
			return brought, err
		}
	}
}

// deliver hands the events of a page over, each once, and moves the position.
func (l *listener) deliver(resp *wire.SyncResponse) (fresh bool, err error) {
	c, pos := l.c, l.c.opt.Position
	for _, ev := range c.apply(resp) {
		id := ""
		if ev.Message != nil {
			id = ev.Message.MsgID
		}
		if id != "" && (pos.Seen(id) || c.acknowledged(id)) {
			continue
		}
		fresh = true
		if !l.yield(ev, nil) {
			return fresh, errLeft
		}
		if id == "" {
			continue
		}
		if err := pos.Take(id); err != nil {
			return fresh, &keptError{err}
		}
	}
	c.mu.Lock()
	c.takeKeys(resp.SyncKey, resp.SyncCheckKey)
	key := c.syncKey
	c.mu.Unlock()
	if err := pos.Advance(key); err != nil {
		return fresh, &keptError{err}
	}
	return fresh, nil
}

// keptError is a position that could not be kept. It ends Events: going on would
// forget what was taken.
type keptError struct{ err error }

func (e *keptError) Error() string { return "keep position: " + e.err.Error() }
func (e *keptError) Unwrap() error { return e.err }

// minorTime is how long changes that only tell the time, such as cookies that
// count seconds, may wait to be saved.
const minorTime = time.Minute

// keep saves the session if a reply changed it: at once if the change matters, or
// if Events ends. A store that fails does not end Events; the log says so.
func (l *listener) keep(ctx context.Context, end error) {
	c := l.c
	_, proof, changes := c.jar.snapshot()
	skey := c.skey()
	ended := webwx.RetOK
	if over, ok := errors.AsType[*webwx.Error](end); ok && errors.Is(over, webwx.ErrLoggedOut) && over.Op != wire.Logout.Op {
		ended = over.Ret
	}
	matters := proof != l.proof || skey != l.skey || ended != 0
	late := changes != l.changes && (end != nil || time.Since(l.saved) >= minorTime)
	if !matters && !late || c.ended() != nil && ended == 0 {
		return
	}
	l.proof, l.changes, l.skey, l.saved = proof, changes, skey, time.Now()
	if err := c.update(context.WithoutCancel(ctx), ended); err != nil {
		c.opt.Logger.WarnContext(ctx, "session not saved", "err", err)
	}
}

func (c *Client) skey() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session.Credentials.Skey
}
