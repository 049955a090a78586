package wxclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// How long an answer may take. Polls are held for 25 to 27 seconds.
const (
	pollTime  = 35 * time.Second
	callTime  = 15 * time.Second
	largeTime = 30 * time.Second
)

// How large a body may be.
const (
	smallBody = 1 << 20
	imageBody = 8 << 20
	largeBody = 64 << 20
)

// agent is what the client says it is: services look for a browser's name.
const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"

// call is one request under way.
type call struct {
	op     string
	within time.Duration // for the answer, body included
	limit  int64         // bytes of body
	accept func(status int) bool
	login  int // which login's credentials it carries: see Client.logins
	cancel context.CancelFunc
	cut    error // why it was cut short; nil if it was not
}

// small, large and poll are the three kinds of call.
func small() *call { return &call{within: callTime, limit: smallBody} }
func large() *call { return &call{within: largeTime, limit: largeBody} }
func poll() *call  { return &call{within: pollTime, limit: smallBody} }

// ask sends one request in the client's form and reads its reply. A refusal is a
// *[webwx.Error]; one that means the login is over ends it.
func ask[Req, Resp any](ctx context.Context, c *Client, e wire.Endpoint[Req, Resp], req *Req, k *call) (*Resp, error) {
	form := e.Official
	if c.opt.Form == Seed && e.Seed.Method != "" {
		form = e.Seed
	}
	return askIn(ctx, c, e, form, req, k)
}

// askIn is ask in a given form.
func askIn[Req, Resp any](ctx context.Context, c *Client, e wire.Endpoint[Req, Resp], form wire.Form, req *Req, k *call) (*Resp, error) {
	c.fill(wire.BaseOf(req), wire.QueryOf(req), k)
	r, err := e.NewRequest(ctx, form, c.base(e.Host), req)
	if err != nil {
		return nil, err
	}
	return answer(c, e, r, k)
}

// answer sends a request that is already built and reads its reply.
func answer[Req, Resp any](c *Client, e wire.Endpoint[Req, Resp], r *http.Request, k *call) (*Resp, error) {
	k.op = e.Op
	body, status, err := c.fetch(r, k)
	if err != nil {
		return nil, err
	}
	resp, err := e.ReadReply(body)
	if err == nil {
		return resp, nil
	}
	refused, ok := errors.AsType[*webwx.Error](err)
	if !ok {
		return resp, &HTTPError{Op: e.Op, Status: status, Snippet: c.snippet(body), Err: err}
	}
	// A refused ticket says nothing about a login.
	if errors.Is(refused, webwx.ErrLoggedOut) && e.Op != wire.NewLoginPage.Op {
		c.end(refused, k)
	}
	return resp, err
}

// fill puts the credentials into a request (S 5.4).
func (c *Client) fill(base *wire.BaseRequest, q *wire.Query, k *call) {
	device := c.deviceID()
	c.mu.Lock()
	defer c.mu.Unlock()
	k.login = c.logins
	cred := c.session.Credentials
	if base != nil {
		*base = wire.BaseRequest{Uin: wire.Uin(cred.Uin), Sid: cred.Sid, Skey: cred.Skey, DeviceID: device}
	}
	if q == nil {
		return
	}
	q.Sid, q.Skey, q.Uin, q.PassTicket = cred.Sid, cred.Skey, wire.Uin(cred.Uin), cred.PassTicket
	q.DeviceID, q.Lang, q.Time = device, c.opt.Lang, millis()
	if q.R == 0 {
		q.R = q.Time
	}
}

// fetch sends r and reads the body of the answer. The URL is in no error: it
// contains credentials.
func (c *Client) fetch(r *http.Request, k *call) (body []byte, status int, err error) {
	ctx := r.Context()
	within, cancel := context.WithTimeout(ctx, k.within)
	defer cancel()
	k.cancel = cancel
	if err := c.enter(k); err != nil {
		return nil, 0, err
	}
	c.addHeaders(r)
	body, status, err = c.exchange(r.WithContext(within), k)
	cut := c.leave(k)
	if err == nil {
		return body, status, nil
	}
	if cut != nil {
		return nil, 0, cut
	}
	if _, ok := errors.AsType[*HTTPError](err); ok {
		return nil, 0, err
	}
	if ctx.Err() == nil && within.Err() != nil {
		err = &lateError{k.within}
	}
	return nil, 0, fmt.Errorf("%s: %w", k.op, err)
}

func (c *Client) exchange(r *http.Request, k *call) ([]byte, int, error) {
	resp, err := c.http.Do(r)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err
		}
		return nil, 0, err
	}
	defer resp.Body.Close()
	body, err := readBody(resp, k.limit)
	if err != nil {
		return nil, 0, err
	}
	ok := resp.StatusCode == http.StatusOK
	if k.accept != nil {
		ok = k.accept(resp.StatusCode)
	}
	switch {
	case int64(len(body)) > k.limit:
		return nil, 0, &HTTPError{Op: k.op, Status: resp.StatusCode, Err: fmt.Errorf("body of more than %d bytes", k.limit)}
	case !ok:
		return nil, 0, &HTTPError{Op: k.op, Status: resp.StatusCode, Snippet: c.snippet(body)}
	}
	return body, resp.StatusCode, nil
}

// readBody reads up to one byte more than limit, in one piece of memory if the
// length is known.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	var b bytes.Buffer
	if n := resp.ContentLength; n > 0 && n <= limit {
		b.Grow(int(n) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(resp.Body, limit+1))
	return b.Bytes(), err
}

// addHeaders adds what the official page's browser sends. The seed knows only
// the content type.
func (c *Client) addHeaders(r *http.Request) {
	add := func(name, value string) {
		if r.Header.Get(name) == "" { // Options.LoginHeader may have another
			r.Header.Set(name, value)
		}
	}
	add("User-Agent", agent)
	if c.opt.Form == Seed {
		return
	}
	add("Accept", "application/json, text/plain, */*")
	add("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8")
	add("Referer", c.base(wire.Main)+"/")
}
