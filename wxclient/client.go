package wxclient

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// Client is one account's web login. Its methods may be called at the same time,
// but only one Login or Events runs at once: another yields [ErrBusy].
type Client struct {
	opt   Options
	fixed bool // Options.Server decides all hosts
	http  *http.Client
	jar   *jar

	// The order of locks is that of the fields.
	busy   sync.Mutex // held by Login and Events
	saving sync.Mutex // held while the store is written

	mu       sync.Mutex
	hosts    hosts
	session  Session // Version, Server and Cookies are filled in when it is saved
	chats    []webwx.UserName
	syncKey  webwx.SyncKey  // for webwxsync
	check    webwx.SyncKey  // for synccheck
	over     error          // why the login is over; nil while it is not
	entering bool           // Login runs: its steps go out although over is set
	logins   int            // counts the logins that session has held
	calls    map[*call]bool // what is under way, to be cut short when it is over
	book     book
	sent     *ring // ids of own messages that the service has acknowledged
	lastID   int64 // last ClientMsgId
	lastFile int64 // last ClientMediaId

	randMu sync.Mutex // held alone
}

// New returns a client that has sent nothing yet.
func New(o Options) (*Client, error) {
	if o.Form != Default && o.Form != Seed {
		return nil, fmt.Errorf("wxclient: unknown form %d", o.Form)
	}
	c := &Client{opt: o.complete(), fixed: o.Server != "", calls: make(map[*call]bool), sent: newRing(maxSent)}
	if err := c.startHosts(); err != nil {
		return nil, fmt.Errorf("wxclient: %w", err)
	}
	c.jar = &jar{main: c.hosts.mainName()}
	c.http = &http.Client{
		Transport: c.opt.Transport,
		Jar:       c.jar,
		// The protocol's redirects carry a body that counts (endpoints.md §4).
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Close closes the connections that are idle. Calls under way go on; end them
// with their context.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Self is the account as webwxinit told it, or as it was saved.
func (c *Client) Self() webwx.User {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session.User
}

// ChatSet returns the names of the recent chats, newest first, as webwxinit told
// them (S 5.29).
func (c *Client) ChatSet() []webwx.UserName {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]webwx.UserName(nil), c.chats...)
}

// InviteStartCount is the number of members from which on people are invited to
// a room instead of added to it (S 5.34).
func (c *Client) InviteStartCount() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session.InviteStartCount
}

// ended returns why the login is over, nil if it is not.
func (c *Client) ended() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// end remembers that the login is over, as the answer to k says, and cuts short
// every other call of it. k is nil if no answer says so. An answer to a call of
// an earlier login says nothing about this one.
func (c *Client) end(err error, k *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k != nil && k.login != c.logins {
		return
	}
	if c.over == nil {
		c.over = err
	}
	for other := range c.calls {
		if other != k && !stepIn(other.op) {
			other.cut = c.over
			other.cancel()
		}
	}
}

// enter takes note of a call under way. It fails when the login is over, but for
// the steps of a Login that makes a new one.
func (c *Client) enter(k *call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over != nil && !(c.entering && stepIn(k.op)) {
		return c.over
	}
	c.calls[k] = true
	return nil
}

// stepIn reports whether op leads to a login and belongs to none.
func stepIn(op string) bool {
	switch op {
	case wire.JSLogin.Op, wire.QRCode.Op, wire.LoginPoll.Op, wire.NewLoginPage.Op, wire.PushLogin.Op:
		return true
	}
	return false
}

// leave takes note that a call is done. The error says that it was cut short
// because the login is over.
func (c *Client) leave(k *call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.calls, k)
	if k.cut != nil {
		return &cutError{k.cut}
	}
	return nil
}

// loggedIn returns who is logged in, or an error that says why nobody is.
func (c *Client) loggedIn() (webwx.User, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over != nil:
		return webwx.User{}, c.over
	case !c.session.Credentials.Valid() || c.session.User.UserName == "":
		return webwx.User{}, ErrNoSession
	}
	return c.session.User, nil
}

// random returns a number below n.
func (c *Client) random(n int64) int64 {
	c.randMu.Lock()
	defer c.randMu.Unlock()
	var b [8]byte
	if _, err := io.ReadFull(c.opt.Rand, b[:]); err != nil {
		binary.LittleEndian.PutUint64(b[:], uint64(time.Now().UnixNano())) // a test's source ran dry
	}
	return int64(binary.LittleEndian.Uint64(b[:])>>1) % n
}

// deviceID is new for each request, as the official page makes it (README.md §5.1).
func (c *Client) deviceID() string { return fmt.Sprintf("e%015d", c.random(1e15)) }

// millis is the time as the protocol has it.
func millis() int64 { return time.Now().UnixMilli() }

// complement is ~ms of the official page, which JavaScript cuts to 32 bits (S 9.5).
func complement() int64 { return int64(^int32(millis())) }

// pause waits, or returns early with the error of ctx.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
