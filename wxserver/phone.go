package wxserver

import (
	"context"
	"errors"
	"net/http"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// The phone: the protocol's third party, which signs in with a password, scans
// and confirms. Its login is like any other, so it may call all endpoints; those
// here exist for phones only. They are described in docs/phone-api.md.

func (s *Server) phoneRoutes() {
	s.mux.HandleFunc("POST "+wire.PhoneLogin.Path, open(s, wire.PhoneLogin, s.phoneLogin))
	s.mux.HandleFunc("POST "+wire.PhoneSignUp.Path, open(s, wire.PhoneSignUp, s.phoneSignUp))
	onPhone(s, wire.PhoneLogout, s.phoneLogout)
	onPhone(s, wire.PhoneScan, s.phoneScan)
	onPhone(s, wire.PhoneConfirm, s.phoneConfirm)
	onPhone(s, wire.PhoneCancel, s.phoneCancel)
	onPhone(s, wire.PhoneLogins, s.phoneLogins)
	onPhone(s, wire.PhoneEnd, s.phoneEnd)
}

// onPhone registers an endpoint that only the login of a phone may call.
func onPhone[Req, Resp any](s *Server, ep wire.Endpoint[Req, Resp], h func(context.Context, *call, *Req) (*Resp, error)) {
	s.mux.HandleFunc("POST "+ep.Path, serve(s, ep, changes, func(ctx context.Context, c *call, req *Req) (*Resp, error) {
		if !c.phone {
			return nil, refuse(webwx.RetMismatch, "only a phone may do that")
		}
		return h(ctx, c, req)
	}))
}

// open serves an endpoint that needs no login.
func open[Req, Resp any](s *Server, ep wire.Endpoint[Req, Resp], h func(*http.Request, *Req) (*Resp, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		req, err := readRequest(ep, w, r)
		var resp *Resp
		if err == nil {
			resp, err = h(r, req)
		}
		if err != nil {
			resp = new(Resp)
			*any(resp).(wire.Replier).Result() = s.result(r.Context(), ep.Op, err)
		}
		s.reply(r, ep.Op, ep.WriteReply(w, resp))
	}
}

func (s *Server) phoneLogin(r *http.Request, req *wire.PhoneLoginRequest) (*wire.PhoneLoginResponse, error) {
	sess, err := s.signIn(r, req.Name, req.Password)
	if err != nil {
		return nil, err
	}
	return phoneCredentials(sess), nil
}

func phoneCredentials(sess *session) *wire.PhoneLoginResponse {
	return &wire.PhoneLoginResponse{
		Uin: sess.uin, Sid: sess.secrets.sid, Skey: sess.secrets.skey, PassTicket: sess.secrets.passTicket,
	}
}

func (s *Server) phoneSignUp(r *http.Request, req *wire.PhoneSignUpRequest) (*wire.PhoneLoginResponse, error) {
	ctx := r.Context()
	if !s.limits.codes.take(limitKey(s.address(r))) {
		return nil, refuse(webwx.RetTooOften, "too many accounts from this address: wait a little")
	}
	used, err := s.invited(ctx, req.Invite)
	if err != nil {
		return nil, err
	}
	if req.Password == "" {
		return nil, refuse(webwx.RetParameter, "password is empty")
	}
	_, err = s.addAccount(ctx, Account{Name: req.Name, NickName: req.NickName, Password: req.Password}, used...)
	if errors.Is(err, ErrConflict) {
		return nil, refuse(webwx.RetBarred, "this invitation has just been used")
	}
	if errors.Is(err, ErrTaken) {
		return nil, refuse(webwx.RetLogic, "this name is taken")
	}
	if ierr, ok := errors.AsType[*InvalidError](err); ok {
		return nil, refuse(webwx.RetParameter, ierr.Msg)
	}
	if err != nil {
		return nil, err
	}
	return s.phoneLogin(r, &wire.PhoneLoginRequest{Name: req.Name, Password: req.Password})
}

func (s *Server) phoneLogout(ctx context.Context, c *call, _ *wire.PhoneRequest) (*wire.PhoneReply, error) {
	return &wire.PhoneReply{}, s.endLogin(ctx, c.id, webwx.RetKicked)
}

// The answers to a code that cannot be used.
var (
	errNotACode  = refuse(webwx.RetParameter, "this is not the text of a login code")
	errNoCode    = refuse(webwx.RetTicket, "this code is unknown, used, too old, or was scanned by somebody else: show a new one")
	errUnscanned = refuse(webwx.RetLogic, "scan the code first")
)

// onCode changes the code that req names.
func (s *Server) onCode(ctx context.Context, req *wire.PhoneCodeRequest, change func(*codeDoc) error) (codeDoc, error) {
	uuid, ok := webwx.ParseCode(req.Code)
	if !ok {
		return codeDoc{}, errNotACode
	}
	c, err := s.changeCode(ctx, uuid, func(c *codeDoc) error {
		if c.gone() {
			return errNoCode
		}
		return change(c)
	})
	if errors.Is(err, errCodeGone) {
		err = errNoCode
	}
	return c, err
}

func (s *Server) phoneScan(ctx context.Context, c *call, req *wire.PhoneCodeRequest) (*wire.PhoneCodeResponse, error) {
	code, err := s.onCode(ctx, req, func(code *codeDoc) error {
		if code.Uin != 0 && code.Uin != c.uin {
			return errNoCode
		}
		code.scan(c.uin)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return codeInfo(code), nil
}

func codeInfo(c codeDoc) *wire.PhoneCodeResponse {
	return &wire.PhoneCodeResponse{UUID: c.UUID, Device: c.Device, Address: c.Address, Created: c.Created}
}

func (s *Server) phoneConfirm(ctx context.Context, c *call, req *wire.PhoneCodeRequest) (*wire.PhoneReply, error) {
	nonce, err := s.ids.login()
	if err != nil {
		return nil, err
	}
	_, err = s.onCode(ctx, req, func(code *codeDoc) error {
		switch {
		case code.Uin != 0 && code.Uin != c.uin:
			return errNoCode
		case code.Scanned == 0 && !code.Push:
			return errUnscanned
		}
		code.confirm(nonce)
		return nil
	})
	return &wire.PhoneReply{}, err
}

func (s *Server) phoneCancel(ctx context.Context, c *call, req *wire.PhoneCodeRequest) (*wire.PhoneReply, error) {
	_, err := s.onCode(ctx, req, func(code *codeDoc) error {
		switch {
		case code.Uin != 0 && code.Uin != c.uin, code.Confirmed != 0:
			return errNoCode
		case code.Uin == 0:
			return errUnscanned
		}
		code.cancel()
		return nil
	})
	return &wire.PhoneReply{}, err
}

func (s *Server) phoneLogins(ctx context.Context, c *call, _ *wire.PhoneRequest) (*wire.PhoneLoginsResponse, error) {
	resp := &wire.PhoneLoginsResponse{}
	err := list(ctx, s.engine, loginsPrefix(c.uin), func(key string, _ struct{}) error {
		doc, rev, err := load[loginDoc](ctx, s.engine, loginKey(lastPart(key)))
		if err != nil || rev == 0 || doc.Ended != 0 {
			return err
		}
		resp.Logins = append(resp.Logins, wire.PhoneLoginInfo{
			ID: doc.ID, Phone: doc.Phone, This: doc.ID == c.id, Device: doc.Device, Created: doc.Created, Seen: doc.Seen,
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = list(ctx, s.engine, pushPrefix(c.uin), func(key string, _ struct{}) error {
		code, err := s.pendingCode(ctx, lastPart(key))
		if err != nil || code.gone() || code.Confirmed != 0 || !code.Push {
			return err
		}
		resp.Pending = append(resp.Pending, *codeInfo(code))
		return nil
	})
	return resp, err
}

func (s *Server) phoneEnd(ctx context.Context, c *call, req *wire.PhoneEndRequest) (*wire.PhoneReply, error) {
	id := req.ID
	if id == "" {
		var err error
		if id, _, err = load[string](ctx, s.engine, webKey(c.uin)); err != nil {
			return nil, err
		}
	}
	doc, rev, err := load[loginDoc](ctx, s.engine, loginKey(uuidOf(id))) // ids are made of the same characters
	if err != nil {
		return nil, err
	}
	if rev == 0 || doc.Uin != c.uin || doc.Ended != 0 {
		return nil, refuse(webwx.RetLogic, "there is no such login")
	}
	return &wire.PhoneReply{}, s.endLogin(ctx, id, webwx.RetLoggedOut)
}
