package wxserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// loginPoll waits for what happens to a code: S 3, and endpoints.md §3 for how it
// holds. 201 and 202 are told once; after that only the confirmation is news.
func (s *Server) loginPoll(w http.ResponseWriter, r *http.Request, req *wire.LoginPollRequest) error {
	ctx, cancel := context.WithTimeout(r.Context(), s.opts.Hold)
	defer cancel()
	resp, err := s.awaitCode(ctx, r, uuidOf(req.UUID))
	if err != nil {
		return err
	}
	return wire.LoginPoll.WriteReply(w, resp)
}

// awaitCode returns the next news of a code, or 408 when ctx ends.
func (s *Server) awaitCode(ctx context.Context, r *http.Request, uuid string) (*wire.LoginPollResponse, error) {
	waiting := &wire.LoginPollResponse{Code: webwx.LoginWaiting}
	var wait *waiter
	for {
		// The engine is asked under the request's own context: the hold ends the
		// waiting, not the looking.
		c, _, err := s.code(r.Context(), uuid)
		if err != nil {
			return nil, err
		}
		if c.gone() {
			s.pause(r.Context(), deadPause)
			return &wire.LoginPollResponse{Code: webwx.LoginExpired}, nil
		}
		if wait == nil { // join, then look once more
			wait = s.hub.join(c.Box)
			defer s.hub.leave(wait)
			continue
		}
		resp, err := s.codeNews(r, c)
		if resp != nil || err != nil {
			return resp, err
		}
		select {
		case <-wait.wake:
		case <-ctx.Done():
			return waiting, nil
		case <-s.hub.done:
			return waiting, nil
		}
	}
}

// codeNews returns what there is to tell about c, nil if nothing.
func (s *Server) codeNews(r *http.Request, c codeDoc) (*wire.LoginPollResponse, error) {
	switch {
	case c.Confirmed != 0:
		return &wire.LoginPollResponse{Code: webwx.LoginConfirmed, RedirectURI: s.redirectURI(r, c)}, nil
	case c.Refused:
		told, err := s.tell(r.Context(), c.UUID, func(c *codeDoc) *bool { return &c.Refused }, false)
		if !told || err != nil {
			return nil, err
		}
		return &wire.LoginPollResponse{Code: webwx.LoginCancelled}, nil
	case c.Scanned != 0 && !c.Told:
		told, err := s.tell(r.Context(), c.UUID, func(c *codeDoc) *bool { return &c.Told }, true)
		if !told || err != nil {
			return nil, err
		}
		avatar, err := s.avatar(accountPeer(c.Uin))
		return &wire.LoginPollResponse{Code: webwx.LoginScanned, Avatar: avatar}, err
	}
	return nil, nil
}

var errTold = errors.New("already told")

// tell sets a mark of the code, so that of several polls only one tells the news,
// and reports whether it was this one.
func (s *Server) tell(ctx context.Context, uuid string, mark func(*codeDoc) *bool, to bool) (bool, error) {
	_, err := s.changeCode(ctx, uuid, func(c *codeDoc) error {
		if *mark(c) == to {
			return errTold
		}
		*mark(c) = to
		return nil
	})
	if errors.Is(err, errTold) || errors.Is(err, errCodeGone) {
		return false, nil
	}
	return err == nil, err
}

// redirectURI is where the client gets its credentials: S 3.11–3.13.
func (s *Server) redirectURI(r *http.Request, c codeDoc) string {
	return fmt.Sprintf("%s%s?ticket=%s&uuid=%s&lang=%s&scan=%d", s.origin(r), wire.NewLoginPage.Path,
		s.secrets.loginTicket(c.UUID, c.Nonce), c.UUID, lang(r), cmp.Or(c.Scanned, c.Confirmed))
}

// lang returns the language that the request asks for, zh_CN by default.
func lang(r *http.Request) string {
	for _, l := range []string{"en_US", "zh_TW"} {
		if r.URL.Query().Get("lang") == l {
			return l
		}
	}
	return "zh_CN"
}
