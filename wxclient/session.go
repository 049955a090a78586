package wxclient

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// SessionVersion is the version of [Session] that this package writes.
const SessionVersion = 1

// Session is a login that can be taken up again: credentials, cookies, and who
// it is. Keep it as you would keep a password.
type Session struct {
	// Version is [SessionVersion]. A newer one is not read.
	Version int `json:"version"`
	// Server is Options.Server, empty for the official hosts.
	Server string `json:"server,omitempty"`
	// Main is the base URL of the main host.
	Main        string            `json:"main"`
	Credentials webwx.Credentials `json:"credentials"`
	User        webwx.User        `json:"user"`
	// InviteStartCount is as webwxinit told it.
	InviteStartCount int      `json:"invite_start_count,omitempty"`
	Cookies          []Cookie `json:"cookies"`
	// Ended is the result code that ended this login; zero while it lives. What is
	// left is good for a push login.
	Ended webwx.Ret `json:"ended,omitempty"`
}

// Resume takes up the saved session and sends nothing, for programs that only
// send or look things up while another one syncs. The error is [ErrNoSession] if
// none is saved, and [webwx.ErrLoggedOut] if it is known to be over. Contacts
// that webwxgetcontact does not list, such as unsaved rooms, are known only
// after [Client.Init].
func (c *Client) Resume(ctx context.Context) error {
	s, err := c.load(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoSession
	}
	if err != nil {
		return err
	}
	c.restore(s)
	return c.ended()
}

// load reads the saved session. It is fs.ErrNotExist if there is none.
func (c *Client) load(ctx context.Context) (*Session, error) {
	s, err := c.opt.Store.Load(ctx)
	switch {
	case err != nil:
		return nil, err
	case s.Version > SessionVersion:
		return nil, newerError(s.Version)
	case s.Server != c.opt.Server:
		return nil, fmt.Errorf("saved session belongs to %s, not to %s: use another file, or remove it", serverName(s.Server), serverName(c.opt.Server))
	case s.Version < 1 || !s.Credentials.Valid():
		return nil, errors.New("saved session is incomplete: remove it and log in again")
	}
	return s, nil
}

func newerError(version int) error {
	return fmt.Errorf("saved session has version %d, this program knows only up to %d: use a newer program, or log in again with another file", version, SessionVersion)
}

func serverName(server string) string {
	if server == "" {
		return "the official hosts"
	}
	return server
}

// restore makes s the client's session.
func (c *Client) restore(s *Session) {
	c.mu.Lock()
	h := c.hosts
	c.mu.Unlock()
	if u, err := url.Parse(s.Main); !c.fixed && err == nil && u.Host != "" {
		h = c.hostsBelow(u)
	}
	c.jar.restore(h.mainName(), s.Cookies)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hosts = h
	c.session = *s
	c.session.Cookies = nil // they live in the jar
	c.forget()
	if s.Ended != 0 {
		c.over = &webwx.Error{Op: "session", Ret: s.Ended}
	}
}

// save writes the session of a new login to the store.
func (c *Client) save(ctx context.Context) error {
	c.saving.Lock()
	defer c.saving.Unlock()
	return c.write(ctx, 0)
}

// update writes what has changed of the session to the store; ended, if not zero,
// is why it is over. A store that holds another login by now, or none, is left
// alone: another program has logged in anew, or out.
func (c *Client) update(ctx context.Context, ended webwx.Ret) error {
	c.saving.Lock()
	defer c.saving.Unlock()
	saved, err := c.opt.Store.Load(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !c.same(saved) || saved.Ended != 0 {
		return err
	}
	return c.write(ctx, ended)
}

// same reports whether s is the client's own login.
func (c *Client) same(s *Session) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	mine, other := c.session.Credentials, s.Credentials
	return s.Server == c.opt.Server && mine.Uin == other.Uin && mine.Sid == other.Sid
}

// write writes to the store. A login that is over is only written with the reason.
// c.saving is held.
func (c *Client) write(ctx context.Context, ended webwx.Ret) error {
	if ended == 0 && c.ended() != nil {
		return nil
	}
	c.mu.Lock()
	s := c.session
	s.Main = c.hosts[wire.Main]
	c.mu.Unlock()
	s.Version, s.Server, s.Ended = SessionVersion, c.opt.Server, ended
	s.Cookies, _, _ = c.jar.snapshot()
	return c.opt.Store.Save(ctx, &s)
}
