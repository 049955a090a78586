package wxserver

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxqr"
)

const (
	// codeLife is how long a QR code may wait for its scan, and again how long a
	// scanned one may wait for the confirmation (README.md §7.1: never 400 before
	// five minutes).
	codeLife = 5 * time.Minute
	// ticketLife is how long a ticket gives its credentials (endpoints.md §4).
	ticketLife = 300 * time.Second
	// codePause is how long an address waits that asks for codes all the time.
	codePause = 5 * time.Second
	// endedLife is how long it is remembered why a login is over.
	endedLife = 7 * 24 * time.Hour
)

// maxDevice is how much is kept of what a program calls itself, in bytes.
const maxDevice = 200

// errCodeGone is returned for a uuid that is unknown, used or too old.
var errCodeGone = errors.New("code expired")

// jsLogin gives out a new uuid: S 1.
func (s *Server) jsLogin(w http.ResponseWriter, r *http.Request, req *wire.JSLoginRequest) error {
	if req.AppID != webwx.AppID {
		return wire.JSLogin.WriteReply(w, &wire.JSLoginResponse{Code: webwx.LoginExpired})
	}
	uuid, err := s.newCode(r, codeDoc{}, nil)
	if err != nil {
		return err
	}
	return wire.JSLogin.WriteReply(w, &wire.JSLoginResponse{Code: webwx.LoginConfirmed, UUID: uuid})
}

// newCode stores a new QR code that a request asked for. more, if not nil, adds to
// the batch.
func (s *Server) newCode(r *http.Request, c codeDoc, more func(b *Batch, index string)) (uuid string, err error) {
	if !s.limits.codes.take(limitKey(s.address(r))) {
		s.pause(r.Context(), codePause)
	}
	if c.UUID, err = s.ids.uuid(); err != nil {
		return "", err
	}
	box, err := s.ids.number(1, 1<<62)
	if err != nil {
		return "", err
	}
	nonce, err := s.ids.bytes(sealNonce)
	if err != nil {
		return "", err
	}
	c.index, c.Sealed = s.secrets.index(c.UUID), s.secrets.seal("uuid", c.UUID, nonce)
	c.Box, c.Created = Box(-box), time.Now().Unix()
	c.Device, c.Address = clip(r.UserAgent(), maxDevice), s.address(r)
	b := &Batch{Docs: []Write{c.write(0)}}
	if more != nil {
		more(b, c.index)
	}
	_, err = s.engine.Commit(r.Context(), b)
	return c.UUID, err
}

// clip returns at most n bytes of text, cut at a character.
func clip(text string, n int) string {
	if len(text) > n {
		text = strings.ToValidUTF8(text[:n], "")
	}
	return text
}

// changeCode changes a QR code and wakes its poll. change may refuse with an error.
func (s *Server) changeCode(ctx context.Context, uuid string, change func(*codeDoc) error) (codeDoc, error) {
	for {
		c, rev, err := s.code(ctx, uuid)
		if err != nil {
			return c, err
		}
		if rev == 0 {
			return c, errCodeGone
		}
		if err := change(&c); err != nil {
			return c, err
		}
		_, err = s.engine.Commit(ctx, &Batch{Docs: []Write{c.write(rev)}, Wake: []Box{c.Box}})
		if !errors.Is(err, ErrConflict) {
			return c, err
		}
	}
}

// qrCode draws the code: S 2.
func (s *Server) qrCode(w http.ResponseWriter, r *http.Request, req *wire.QRCodeRequest) error {
	c, _, err := s.code(r.Context(), uuidOf(req.UUID))
	if err != nil {
		return err
	}
	if c.gone() {
		http.Error(w, "no such code, or it has expired", http.StatusNotFound)
		return nil
	}
	code, err := wxqr.Encode(webwx.CodeURL(c.UUID))
	if err != nil {
		return err
	}
	jpeg, err := code.JPEG(8)
	if err != nil {
		return err
	}
	image := wire.Image(jpeg)
	w.Header().Set("Cache-Control", "no-store")
	return wire.QRCode.WriteReply(w, &image)
}

// newLoginPage turns a ticket into a login: S 4. Without fun=new or version=v2
// the same answer has status 301 and no Location, which one client needs and
// others avoid (endpoints.md §4).
func (s *Server) newLoginPage(w http.ResponseWriter, r *http.Request, req *wire.NewLoginPageRequest) error {
	sess, err := s.redeem(r.Context(), uuidOf(req.UUID), req.Ticket)
	status := http.StatusMovedPermanently
	if req.Fun == "new" || req.Version == "v2" {
		status = http.StatusOK
	}
	if errors.Is(err, errCodeGone) {
		s.pause(r.Context(), deadPause)
		return wire.NewLoginPage.WriteStatus(w, status, &wire.NewLoginPageResponse{Ret: webwx.RetTicket, Message: "ticket expired"})
	}
	if err != nil {
		return err
	}
	s.setCookies(w, r, sess, false)
	if strings.Contains(r.Header.Get("Accept"), "text/html") && r.Header.Get("Sec-Fetch-Mode") == "navigate" {
		http.Redirect(w, r, "/", http.StatusFound)
		return nil
	}
	return wire.NewLoginPage.WriteStatus(w, status, &wire.NewLoginPageResponse{
		Message: "OK", Skey: sess.secrets.skey, WxSid: sess.secrets.sid, WxUin: sess.uin,
		PassTicket: sess.secrets.passTicket, IsGrayscale: 1,
	})
}

// redeem returns the login that a ticket stands for, and makes it the first time.
// The same ticket gives the same login for ticketLife: clients repeat the call
// when the network fails.
func (s *Server) redeem(ctx context.Context, uuid, ticket string) (*session, error) {
	for {
		c, rev, err := s.code(ctx, uuid)
		if err != nil {
			return nil, err
		}
		if rev == 0 || c.Confirmed == 0 || !equal(ticket, s.secrets.loginTicket(c.UUID, c.Nonce)) ||
			time.Since(time.Unix(c.Confirmed, 0)) > ticketLife {
			return nil, errCodeGone
		}
		if c.Login != "" {
			sess, err := s.logins.byID(ctx, c.Login)
			if err == nil && (sess == nil || sess.dead(time.Now(), s.opts.LoginLife) != nil) {
				err = errCodeGone
			}
			return sess, err
		}
		c.Login, err = s.ids.login()
		if err != nil {
			return nil, err
		}
		sess, err := s.openLogin(ctx, loginDoc{ID: c.Login, Uin: c.Uin, Device: c.Device}, c.write(rev))
		if !errors.Is(err, ErrConflict) {
			return sess, err
		}
	}
}

// openLogin stores a new login together with more. A web login ends the one
// before it and starts where that one stopped.
func (s *Server) openLogin(ctx context.Context, doc loginDoc, more ...Write) (*session, error) {
	now := time.Now()
	doc.Created, doc.Seen = now.Unix(), now.Unix()
	b := &Batch{Docs: more, Wake: []Box{Box(doc.Uin)}}
	page, err := s.engine.Read(ctx, Box(doc.Uin), 0, 0)
	if err != nil {
		return nil, err
	}
	doc.Start = page.Head
	if !doc.Phone {
		if err := s.replaceWeb(ctx, &doc, page.Head, b); err != nil {
			return nil, err
		}
	}
	b.Docs = append(b.Docs, s.logins.docs(doc, 0)...)
	if _, err := s.engine.Commit(ctx, b); err != nil {
		return nil, err
	}
	s.log.InfoContext(ctx, "login", "uin", doc.Uin, "phone", doc.Phone)
	return s.logins.byID(ctx, doc.ID)
}

// replaceWeb adds to b what ends the account's web login, and sets where doc
// starts: where that one stopped, but not more than startBack entries or
// endedLife back. The first web login ever starts at the head.
func (s *Server) replaceWeb(ctx context.Context, doc *loginDoc, head Position, b *Batch) error {
	prev, rev, err := load[string](ctx, s.engine, webKey(doc.Uin))
	if err != nil {
		return err
	}
	b.Docs = append(b.Docs, write(webKey(doc.Uin), rev, doc.ID))
	if rev == 0 {
		return nil
	}
	// A login that is forgotten ended more than endedLife ago: whatever it
	// acknowledged is older than what is told.
	old, oldRev, err := load[loginDoc](ctx, s.engine, loginKey(prev))
	if err != nil {
		return err
	}
	s.logins.flush(prev)
	ack, _, err := load[ackDoc](ctx, s.engine, ackKey(prev))
	if err != nil {
		return err
	}
	if !s.opts.StartAtHead {
		if doc.Start, err = s.recent(ctx, Box(doc.Uin), max(old.Start, ack.Position), head); err != nil {
			return err
		}
	}
	if oldRev != 0 && old.Ended == 0 {
		b.Docs = append(b.Docs, s.logins.docs(old.end(webwx.RetKicked), oldRev)...)
	}
	return nil
}

// startBack is how many entries a new login goes back at most.
const startBack = 1000

// recent moves from forward until no more than startBack entries follow it and
// the next one is not older than endedLife.
func (s *Server) recent(ctx context.Context, box Box, from, head Position) (Position, error) {
	from = max(from, head-startBack)
	page, err := s.engine.Read(ctx, box, from, startBack)
	if err != nil {
		return 0, err
	}
	oldest := time.Now().Add(-endedLife)
	for _, e := range page.Entries {
		if !e.Time.Before(oldest) {
			break
		}
		from = e.Position
	}
	return from, nil
}

// endLogin ends a login for the given reason and wakes its poll. A login that is
// over already keeps its first reason.
func (s *Server) endLogin(ctx context.Context, id string, why webwx.Ret) error {
	for {
		doc, rev, err := load[loginDoc](ctx, s.engine, loginKey(id))
		if err != nil || rev == 0 || doc.Ended != 0 {
			return err
		}
		_, err = s.engine.Commit(ctx, &Batch{Docs: s.logins.docs(doc.end(why), rev), Wake: []Box{Box(doc.Uin)}})
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// logout ends the caller's login: endpoints.md §29. It never fails; a browser is
// sent back to the page, a program gets JSON.
func (s *Server) logout(w http.ResponseWriter, r *http.Request, req *wire.LogoutRequest) error {
	sess, err := s.authenticate(r, wire.QueryOf(req), wire.BaseOf(req), changes)
	if err == nil {
		err = s.endLogin(r.Context(), sess.id, webwx.RetKicked)
	}
	if err != nil && !errors.Is(err, webwx.ErrLoggedOut) {
		return err
	}
	s.clearCookies(w, r)
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		w.Header().Set("Location", "/")
		w.WriteHeader(http.StatusMovedPermanently)
		return nil
	}
	return wire.Logout.WriteReply(w, &wire.LogoutResponse{})
}

// pushLogin starts a login that the phone only has to confirm: endpoints.md §5.
// The cookies of an earlier login, alive or not, prove who asks.
func (s *Server) pushLogin(w http.ResponseWriter, r *http.Request, req *wire.PushLoginRequest) error {
	no := &wire.PushLoginResponse{Ret: "1", Msg: "no earlier login"}
	auth, err := url.QueryUnescape(cookie(r, "webwx_auth_ticket"))
	if err != nil {
		return wire.PushLogin.WriteReply(w, no)
	}
	id, err := s.secrets.openTicket("auth", auth, 48)
	if err != nil {
		return wire.PushLogin.WriteReply(w, no)
	}
	sess, err := s.logins.byID(r.Context(), id)
	if err != nil {
		return err
	}
	if sess == nil || sess.phone || sess.uin != int64(req.Uin) && req.Uin != 0 {
		return wire.PushLogin.WriteReply(w, no)
	}
	uuid, err := s.newCode(r, codeDoc{Uin: sess.uin, Push: true, Told: true}, func(b *Batch, index string) {
		b.Docs = append(b.Docs, expiring(pushKey(sess.uin, index), 0, struct{}{}, time.Now().Add(codeLife)))
		b.Wake = append(b.Wake, Box(sess.uin)) // the account's phones look for pending logins
	})
	if err != nil {
		return err
	}
	return wire.PushLogin.WriteReply(w, &wire.PushLoginResponse{Ret: "0", Msg: "all ok", UUID: uuid})
}
