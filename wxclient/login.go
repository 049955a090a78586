package wxclient

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// Login logs in and yields what the person in front has to see. It takes the
// first way that works:
//
//   - The saved session, if webwxinit accepts it. Nothing is yielded.
//   - Push login, if the saved session has the cookie webwx_auth_ticket: the phone
//     asks without a scan. It begins with an event of code [webwx.LoginScanned].
//   - A QR code: an event with code zero shows it, then come 201, 202 and 408 as
//     the service says them. An expired or cancelled code is followed by a new
//     one, up to Options.MaxCodes.
//
// The sequence ends without an error when the account is logged in, initialised,
// announced to the phone, and saved. An error ends it too; leaving the loop
// cancels the login. A saved session that is damaged or belongs to another
// server is an error, not an invitation to overwrite it.
func (c *Client) Login(ctx context.Context) iter.Seq2[webwx.LoginEvent, error] {
	return func(yield func(webwx.LoginEvent, error) bool) {
		if !c.busy.TryLock() {
			yield(webwx.LoginEvent{}, ErrBusy)
			return
		}
		defer c.busy.Unlock()
		a := &attempt{c: c, yield: yield}
		if err := a.run(ctx); err != nil && !errors.Is(err, errLeft) {
			yield(webwx.LoginEvent{}, err)
		}
	}
}

// errLeft says that the consumer has left the loop.
var errLeft = errors.New("loop left")

// attempt is one Login.
type attempt struct {
	c     *Client
	yield func(webwx.LoginEvent, error) bool
}

func (a *attempt) emit(ev webwx.LoginEvent) error {
	if !a.yield(ev, nil) {
		return errLeft
	}
	return nil
}

func (a *attempt) run(ctx context.Context) error {
	defer a.c.enterLogin()()
	saved, err := a.c.load(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return a.scan(ctx)
	case err != nil:
		return err
	}
	a.c.restore(saved)
	if saved.Ended == 0 {
		if err := a.start(ctx); !overOrRefused(err) {
			return err
		}
		if err := a.c.update(ctx, webwx.RetKicked); err != nil { // so that no run asks again
			return fmt.Errorf("save session: %w", err)
		}
	}
	done, err := a.push(ctx, saved)
	if done || err != nil {
		return err
	}
	return a.scan(ctx)
}

// overOrRefused reports whether the service has answered that a saved session is
// of no use, as opposed to not having answered.
func overOrRefused(err error) bool {
	_, ok := errors.AsType[*webwx.Error](err)
	return ok && !errors.Is(err, webwx.ErrTemporary) && !errors.Is(err, webwx.ErrTooOften)
}

// enterLogin lets the steps of a login through although the one before is over,
// until the function that it returns is called. Other calls stay refused until
// there are new credentials: with the old ones they could only be told again that
// the login is over.
func (c *Client) enterLogin() (done func()) {
	set := func(entering bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.entering = entering
	}
	set(true)
	return func() { set(false) }
}

// start does what follows the credentials: steps 5 and 6, each once, and saves.
func (a *attempt) start(ctx context.Context) error {
	if err := a.c.again(ctx, func() error { return a.c.Init(ctx) }); err != nil {
		return err
	}
	self := a.c.Self().UserName
	if err := a.c.again(ctx, func() error { return a.c.StatusNotify(ctx, webwx.StatusInit, self) }); err != nil {
		return err
	}
	if err := a.c.save(ctx); err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	return nil
}

// pushTime is how long the phone may take to answer before a QR code is shown,
// as on the official page.
const pushTime = 5 * time.Minute

// push asks the phone of the saved login to confirm a new one. It reports false
// if a QR code is needed after all.
func (a *attempt) push(ctx context.Context, saved *Session) (done bool, err error) {
	c := a.c
	if c.jar.value(c.base(wire.Main), "webwx_auth_ticket") == "" {
		return false, nil
	}
	form := wire.PushLogin.Official
	req := &wire.PushLoginRequest{Uin: wire.Uin(saved.Credentials.Uin)}
	r, err := wire.PushLogin.NewRequest(ctx, form, c.base(wire.Main), req)
	if err != nil {
		return false, err
	}
	if len(c.opt.LoginQuery) > 0 {
		r.URL.RawQuery += "&" + c.opt.LoginQuery.Encode()
	}
	resp, err := answer(c, wire.PushLogin, r, small())
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil || resp.Ret != "0" || resp.UUID == "" {
		c.opt.Logger.InfoContext(ctx, "push login refused", "err", err)
		return false, nil
	}
	if err := a.emit(webwx.LoginEvent{Code: webwx.LoginScanned, UUID: resp.UUID}); err != nil {
		return false, err
	}
	redirect, _, err := a.poll(ctx, resp.UUID, time.Now().Add(pushTime))
	if err != nil || redirect == "" {
		return false, err
	}
	return true, a.enter(ctx, redirect)
}

// scan shows codes until one is confirmed.
func (a *attempt) scan(ctx context.Context) error {
	var last error
	rounds := pacer{c: a.c}
	for range a.c.opt.MaxCodes {
		began := time.Now()
		uuid, err := a.show(ctx)
		if err != nil {
			return err
		}
		redirect, code, err := a.poll(ctx, uuid, time.Time{})
		if err != nil {
			return err
		}
		if redirect != "" {
			return a.enter(ctx, redirect)
		}
		last = &webwx.LoginError{Op: wire.LoginPoll.Op, Code: code}
		if err := rounds.wait(ctx, false, time.Since(began)); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: none of %d codes was confirmed: %w", webwx.ErrExpired, a.c.opt.MaxCodes, last)
}

// show gets a new code, steps 1 and 2, and yields it. The picture may be missing:
// its text is enough to draw the code.
func (a *attempt) show(ctx context.Context) (uuid string, err error) {
	err = a.c.again(ctx, func() error { uuid, err = a.c.UUID(ctx); return err })
	if err != nil {
		return "", err
	}
	image, err := a.c.QRCode(ctx, uuid)
	if err != nil {
		if ctx.Err() != nil {
			return "", err
		}
		a.c.opt.Logger.WarnContext(ctx, "no picture of the code", "err", err)
	}
	return uuid, a.emit(webwx.LoginEvent{UUID: uuid, QR: webwx.CodeURL(uuid), Image: image})
}

// poll is step 3: it waits until the code is confirmed, and returns where to go,
// or no longer of use, and returns why. until, if not zero, is when to stop.
func (a *attempt) poll(ctx context.Context, uuid string, until time.Time) (redirect string, code webwx.LoginCode, err error) {
	tip, bad, rounds := 1, trouble{c: a.c}, pacer{c: a.c}
	for {
		began := time.Now()
		got, err := a.c.WaitLogin(ctx, uuid, tip)
		if err != nil {
			if err := bad.wait(ctx, began, err); err != nil {
				return "", 0, err
			}
			continue
		}
		bad.over()
		news := false
		switch got.Code {
		case webwx.LoginConfirmed:
			return got.RedirectURI, got.Code, nil
		case webwx.LoginScanned:
			news = tip == 1
			tip = 0 // S 3.4
		case webwx.LoginWaiting, webwx.LoginCancelled:
			news = true
		}
		if news {
			if err := a.emit(webwx.LoginEvent{Code: got.Code, UUID: uuid, Avatar: got.Avatar}); err != nil {
				return "", 0, err
			}
		}
		if over := got.Code != webwx.LoginScanned && got.Code != webwx.LoginWaiting; over || !until.IsZero() && !time.Now().Before(until) {
			return "", got.Code, nil
		}
		if err := rounds.wait(ctx, news && got.Code == webwx.LoginScanned, time.Since(began)); err != nil {
			return "", 0, err
		}
	}
}

// enter is steps 4 to 6. The ticket may be used again for some minutes
// (endpoints.md §4), so a lost answer is asked for once more.
func (a *attempt) enter(ctx context.Context, redirect string) error {
	if err := a.c.again(ctx, func() error { return a.c.NewLoginPage(ctx, redirect) }); err != nil {
		return err
	}
	return a.start(ctx)
}
