package wxserver

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// The errors of a body that cannot be read.
var (
	errBodyTooLarge = errors.New("request body over 1 MiB")
	errBodyBroken   = errors.New("request body breaks off")
)

func isBodyError(err error) bool {
	return errors.Is(err, errBodyTooLarge) || errors.Is(err, errBodyBroken)
}

// effect says whether an endpoint changes something; those that do are stricter
// about where the credentials stand.
type effect bool

const (
	reads   effect = false
	changes effect = true
)

// call is what a handler knows beside the request itself.
type call struct {
	*session
	http *http.Request
	w    http.ResponseWriter
}

// both registers h for GET and POST: clients disagree about the method of nearly
// every endpoint.
func (s *Server) both(path string, h http.HandlerFunc) {
	s.mux.HandleFunc("GET "+path, h)
	s.mux.HandleFunc("POST "+path, h)
}

// handle registers an endpoint that needs a login and answers JSON.
func handle[Req, Resp any](s *Server, ep wire.Endpoint[Req, Resp], e effect, h func(context.Context, *call, *Req) (*Resp, error)) {
	s.both(ep.Path, serve(s, ep, e, h))
}

// serve reads the request, checks the login, and gives a failure the endpoint's
// own shape: status 200, the code in BaseResponse, all keys present.
func serve[Req, Resp any](s *Server, ep wire.Endpoint[Req, Resp], e effect, h func(context.Context, *call, *Req) (*Resp, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := func() (*Resp, error) {
			req, err := readRequest(ep, w, r)
			if errors.Is(err, wire.ErrUnparsable) || isBodyError(err) {
				return nil, err
			}
			sess, autherr := s.authenticate(r, wire.QueryOf(req), wire.BaseOf(req), e)
			if autherr != nil {
				return nil, autherr
			}
			if _, odd := errors.AsType[*wire.TypeError](err); odd && e == reads {
				err = nil // counts as absent: a strange sync key is no error (messages.md §7)
			}
			if err != nil {
				return nil, err
			}
			return h(r.Context(), &call{session: sess, http: r, w: w}, req)
		}()
		if err != nil {
			resp = new(Resp)
			result := s.result(r.Context(), ep.Op, err)
			if _, ok := any(resp).(*wire.InitResponse); ok && result.Ret == webwx.RetLoggedOut {
				result.Ret = webwx.RetKicked // wechat4u stops on no other code (client-compat.md §2)
			}
			*any(resp).(wire.Replier).Result() = result
			if errors.Is(err, webwx.ErrLoggedOut) {
				s.pause(r.Context(), deadPause) // there are clients that ask again at once
			}
		}
		s.reply(r, ep.Op, ep.WriteReply(w, resp))
	}
}

// reply notes that a reply could not be written: its client has gone.
func (s *Server) reply(r *http.Request, op string, err error) {
	if err != nil {
		s.log.DebugContext(r.Context(), "reply not written", "op", op, "err", err)
	}
}

// handleFunc registers an endpoint that has its own way with the reply. An error
// is answered with trouble, unless the client has gone.
func handleFunc[Req, Resp any](s *Server, ep wire.Endpoint[Req, Resp], trouble *Resp, h func(http.ResponseWriter, *http.Request, *Req) error) {
	s.both(ep.Path, func(w http.ResponseWriter, r *http.Request) {
		// A script has no place for an error in its request: what could not be read
		// counts as absent.
		req, err := readRequest(ep, w, r)
		if isBodyError(err) {
			refuseBody(w, err)
			return
		}
		err = h(w, r, req)
		if err == nil || r.Context().Err() != nil {
			return
		}
		if trouble == nil {
			s.trouble(w, r, ep.Op, err)
			return
		}
		s.log.ErrorContext(r.Context(), "request failed", "op", ep.Op, "err", err)
		s.pause(r.Context(), deadPause)
		s.reply(r, ep.Op, ep.WriteReply(w, trouble))
	})
}

// trouble logs why something of this server's own failed and tells the client
// that it did.
func (s *Server) trouble(w http.ResponseWriter, r *http.Request, op string, err error) {
	if r.Context().Err() == nil {
		s.log.ErrorContext(r.Context(), "request failed", "op", op, "err", err)
	}
	http.Error(w, "internal error", http.StatusInternalServerError)
}

// refuseBody answers a request whose body cannot be read, where there is no other
// place to say so.
func refuseBody(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if errors.Is(err, errBodyTooLarge) {
		status = http.StatusRequestEntityTooLarge
	}
	http.Error(w, err.Error(), status)
}

func readRequest[Req, Resp any](ep wire.Endpoint[Req, Resp], w http.ResponseWriter, r *http.Request) (*Req, error) {
	body, err := readBody(w, r)
	if err != nil {
		return new(Req), err
	}
	return ep.ReadRequest(r, body)
}

// result turns an error into what the client is told.
func (s *Server) result(ctx context.Context, op string, err error) wire.BaseResponse {
	if werr, ok := errors.AsType[*webwx.Error](err); ok {
		return wire.BaseResponse{Ret: werr.Ret, ErrMsg: werr.Msg}
	}
	if terr, ok := errors.AsType[*wire.TypeError](err); ok {
		return wire.BaseResponse{Ret: webwx.RetParameter, ErrMsg: terr.Error()}
	}
	if errors.Is(err, wire.ErrUnparsable) || isBodyError(err) {
		return wire.BaseResponse{Ret: webwx.RetUnparsable, ErrMsg: strings.TrimSpace(err.Error())}
	}
	if ctx.Err() == nil {
		s.log.ErrorContext(ctx, "request failed", "op", op, "err", err)
	}
	return wire.BaseResponse{Ret: webwx.RetSystem, ErrMsg: "internal error"}
}

// refuse is an error that the client is told as it stands.
func refuse(ret webwx.Ret, msg string) error { return &webwx.Error{Ret: ret, Msg: msg} }
