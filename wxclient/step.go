package wxclient

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// The steps of a login one by one. [Client.Login] puts them together.

// UUID asks for a new login attempt (S 1). A code other than 200 is a
// *[webwx.LoginError].
func (c *Client) UUID(ctx context.Context) (string, error) {
	inner := ""
	if len(c.opt.LoginQuery) > 0 {
		inner = "?" + c.opt.LoginQuery.Encode()
	}
	resp, err := ask(ctx, c, wire.JSLogin, &wire.JSLoginRequest{
		AppID:       webwx.AppID,
		RedirectURI: c.base(wire.Main) + wire.NewLoginPage.Path + inner,
		Fun:         "new",
		Lang:        c.opt.Lang,
		Time:        millis(),
	}, small())
	if err != nil {
		return "", err
	}
	if resp.Code != webwx.LoginConfirmed {
		return "", &webwx.LoginError{Op: wire.JSLogin.Op, Code: resp.Code}
	}
	return resp.UUID, nil
}

// QRCode fetches the picture of the code for uuid, mostly a JPEG (S 2). What it
// shows is [webwx.CodeURL] of the same uuid.
func (c *Client) QRCode(ctx context.Context, uuid string) ([]byte, error) {
	form := wire.QRCode.Seed
	if c.opt.Form == Default { // a browser's GET (S 2.2), with the seed's parameters (S 2.3, S 2.4)
		form = wire.Form{Method: wire.QRCode.Official.Method, Query: form.Post}
	}
	k := &call{within: 10 * time.Second, limit: imageBody}
	resp, err := askIn(ctx, c, wire.QRCode, form, &wire.QRCodeRequest{UUID: uuid, T: "webwx", Time: millis()}, k)
	if err != nil {
		return nil, err
	}
	if len(*resp) == 0 {
		return nil, &HTTPError{Op: wire.QRCode.Op, Status: http.StatusOK, Err: errors.New("empty picture")}
	}
	return *resp, nil
}

// Answer is what the login poll said.
type Answer struct {
	// Code is window.code.
	Code webwx.LoginCode
	// Avatar is the picture of who scanned, if Code is 201 and the service sent it.
	Avatar []byte
	// RedirectURI is set if Code is 200: give it to [Client.NewLoginPage]. It holds
	// the ticket of this login.
	RedirectURI string
}

// WaitLogin polls once; it blocks for up to 35 s (S 3). tip is 1 until the code
// was scanned (code 201), then 0. No code is an error.
func (c *Client) WaitLogin(ctx context.Context, uuid string, tip int) (Answer, error) {
	resp, err := ask(ctx, c, wire.LoginPoll, &wire.LoginPollRequest{
		LoginIcon: "true", UUID: uuid, Tip: tip, R: complement(), Time: millis(),
	}, poll())
	if err != nil {
		return Answer{}, err
	}
	return Answer{Code: resp.Code, Avatar: resp.Avatar, RedirectURI: resp.RedirectURI}, nil
}

// NewLoginPage exchanges the ticket in redirectURI for credentials and cookies
// (S 4), and takes its host for the main host from now on (S 3.13). Whatever
// login this client had before is forgotten.
func (c *Client) NewLoginPage(ctx context.Context, redirectURI string) error {
	for moved := false; ; moved = true {
		u, h, err := c.loginPage(redirectURI)
		if err != nil {
			return err
		}
		resp, err := c.fetchLogin(ctx, u)
		if err != nil {
			return err
		}
		if resp.RedirectURL == "" {
			c.begin(h, resp.Credentials())
			return nil
		}
		next, err := u.Parse(resp.RedirectURL)
		if err != nil || moved || !c.fixed && !sameSet(u.Hostname(), next.Hostname()) {
			return errors.New("webwxnewloginpage: redirecturl leads in a circle or to a foreign host")
		}
		redirectURI = next.String()
	}
}

// fetchLogin fetches one login page. Its status does not matter: without version
// some services answer 301 with all that is needed (README.md §8).
func (c *Client) fetchLogin(ctx context.Context, u *url.URL) (*wire.NewLoginPageResponse, error) {
	u.RawQuery = c.loginQuery(lineSafe(u.RawQuery))
	u.Fragment = ""
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errors.New("webwxnewloginpage: redirect_uri is not a URL")
	}
	maps.Copy(r.Header, c.opt.LoginHeader)
	k := small()
	k.accept = func(status int) bool { return status == http.StatusOK || status/100 == 3 }
	return answer(c, wire.NewLoginPage, r, k)
}

// lineSafe escapes what cannot stand in the first line of a request, as a browser
// does, and leaves all else as it is.
func lineSafe(query string) string {
	var b strings.Builder
	for _, char := range []byte(query) {
		if char <= ' ' || char >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", char)
			continue
		}
		b.WriteByte(char)
	}
	return b.String()
}

// loginQuery adds to the query of redirect_uri, whose parts stay as they are
// (S 3.12), what must go with them (S 4.4, S 4.5).
func (c *Client) loginQuery(raw string) string {
	have, _ := url.ParseQuery(raw) // what cannot be read is sent as it is
	add := func(name, value string) {
		if !have.Has(name) {
			raw += "&" + url.QueryEscape(name) + "=" + url.QueryEscape(value)
		}
	}
	add("lang", c.opt.Lang)
	add("fun", "new")
	if c.opt.Form == Default {
		add("version", "v2")
	}
	for _, name := range slices.Sorted(maps.Keys(c.opt.LoginQuery)) {
		for _, value := range c.opt.LoginQuery[name] {
			add(name, value)
		}
	}
	return strings.TrimPrefix(raw, "&")
}

// begin starts a login from nothing but its credentials.
func (c *Client) begin(h hosts, cred webwx.Credentials) {
	c.jar.serve(h.mainName())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hosts = h
	c.session = Session{Credentials: cred}
	c.forget()
}

// forget drops what belongs to the login before this one. c.mu is held.
func (c *Client) forget() {
	c.over = nil
	c.logins++
	c.chats, c.syncKey, c.check = nil, webwx.SyncKey{}, webwx.SyncKey{}
	c.book = book{}
	c.sent = newRing(maxSent)
}

// Init tells the service that a session begins (S 5). It keeps the SyncKey, the
// account, the session key and the contacts that come with it. Init may be
// repeated: names stay the same.
func (c *Client) Init(ctx context.Context) error {
	req := &wire.InitRequest{Query: wire.Query{R: complement()}}
	resp, err := ask(ctx, c, wire.Init, req, large())
	if err != nil {
		return err
	}
	if resp.User.UserName == "" {
		return &HTTPError{Op: wire.Init.Op, Status: http.StatusOK, Err: errors.New("reply names no user")}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session.User = resp.User
	c.session.InviteStartCount = resp.InviteStartCount
	if resp.SKey != "" {
		c.session.Credentials.Skey = resp.SKey // S 5.30
	}
	c.takeKeys(resp.SyncKey, webwx.SyncKey{})
	c.chats = c.chats[:0]
	for name := range strings.SplitSeq(resp.ChatSet, ",") {
		if name != "" {
			c.chats = append(c.chats, webwx.UserName(name))
		}
	}
	for i := range resp.ContactList {
		c.book.put(&resp.ContactList[i])
	}
	return nil
}

// StatusNotify tells the phone what this login did (S 6): [webwx.StatusInit] with
// oneself after Init, or [webwx.StatusRead] with the other end of a chat that
// was read.
func (c *Client) StatusNotify(ctx context.Context, code webwx.StatusCode, to webwx.UserName) error {
	self, err := c.loggedIn()
	if err != nil {
		return err
	}
	_, err = ask(ctx, c, wire.StatusNotify, &wire.StatusNotifyRequest{
		Code: code, FromUserName: self.UserName, ToUserName: to, ClientMsgID: wire.Number(millis()),
	}, small())
	return err
}

// Logout ends the login at the service and forgets the saved session. A login
// that is over already is no error. When the service cannot be reached the
// session stays saved, so that Logout can be tried again.
func (c *Client) Logout(ctx context.Context) error {
	err := c.ended()
	if err == nil {
		if _, missing := c.loggedIn(); missing != nil {
			return missing
		}
		err = c.logout(ctx)
	}
	if err != nil && !errors.Is(err, webwx.ErrLoggedOut) {
		return err
	}
	c.saving.Lock()
	defer c.saving.Unlock()
	c.end(&webwx.Error{Op: wire.Logout.Op, Ret: webwx.RetKicked, Msg: "logged out here"}, nil)
	ctx = context.WithoutCancel(ctx)
	if saved, err := c.opt.Store.Load(ctx); err == nil && !c.same(saved) {
		return nil // another program has logged in since
	}
	if err := c.opt.Store.Remove(ctx); err != nil {
		return fmt.Errorf("forget session: %w", err)
	}
	return nil
}

// logout sends the request. Browsers are redirected after it, programs get JSON.
func (c *Client) logout(ctx context.Context) error {
	k := small()
	k.accept = func(status int) bool { return status < 400 }
	_, err := ask(ctx, c, wire.Logout, &wire.LogoutRequest{Redirect: 1}, k)
	if odd, ok := errors.AsType[*HTTPError](err); ok && odd.Err != nil && odd.Status/100 == 3 {
		return nil
	}
	return err
}
