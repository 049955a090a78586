package wxserver

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/webwx/webwx"
)

// signIn checks a name and password and opens a phone's login. After too many
// failures for the name or from the address it refuses both right and wrong
// passwords for a while.
func (s *Server) signIn(r *http.Request, name, password string) (*session, error) {
	ctx := r.Context()
	uin, err := s.guess(ctx, strings.ToLower(strings.TrimSpace(clip(name, maxName+1))), password, limitKey(s.address(r)))
	if errors.Is(err, webwx.ErrLoggedOut) {
		s.pause(ctx, deadPause) // guessing should be slow
	}
	if err != nil {
		return nil, err
	}
	id, err := s.ids.login()
	if err != nil {
		return nil, err
	}
	return s.openLogin(ctx, loginDoc{ID: id, Uin: uin, Phone: true, Device: clip(r.UserAgent(), maxDevice)})
}

// guess is passwordOf for those who have a turn. Looking for one, checking, and
// using it up is not left to many at a time, or all of them would find one.
func (s *Server) guess(ctx context.Context, name, password, address string) (uin int64, err error) {
	if err := s.enterPassword(ctx); err != nil {
		return 0, err
	}
	defer s.leavePassword()
	failures := s.limits.failures
	if !failures.left("name "+name) || !failures.left(address) {
		return 0, refuse(webwx.RetTooOften, "too many wrong passwords: wait some minutes")
	}
	uin, err = s.passwordOf(ctx, name, password)
	if errors.Is(err, webwx.ErrLoggedOut) {
		failures.take("name " + name)
		failures.take(address)
	}
	return uin, err
}

// passwordOf returns the account that has this name and password. An unknown
// name takes as long as a wrong password.
func (s *Server) passwordOf(ctx context.Context, name, password string) (uin int64, err error) {
	hash := noPassword(s.opts.PasswordMemory)
	uin, err = s.FindAccount(ctx, name)
	if err != nil && !errors.Is(err, ErrNoAccount) {
		return 0, err
	}
	if err == nil {
		a, err := s.account(ctx, uin)
		if err != nil {
			return 0, err
		}
		if a.Password != "" {
			hash = a.Password
		}
	}
	ok, err := checkPassword(hash, clip(password, maxPassword+1))
	if err == nil && !ok {
		err = refuse(webwx.RetMismatch, "wrong name or password")
	}
	return uin, err
}

// Invite makes an invitation that is good for one account within a week, and
// returns its text. It matters only in the mode [SignUpInvite].
func (s *Server) Invite(ctx context.Context) (string, error) {
	code, err := s.ids.login()
	if err != nil {
		return "", err
	}
	_, err = s.engine.Commit(ctx, &Batch{Docs: []Write{
		expiring(inviteKey(s.secrets.index(code)), 0, struct{}{}, time.Now().Add(inviteLife)),
	}})
	return code, err
}

const inviteLife = 7 * 24 * time.Hour

// invited returns the change that uses up an invitation.
func (s *Server) invited(ctx context.Context, code string) ([]Write, error) {
	switch s.opts.SignUp {
	case SignUpOpen:
		return nil, nil
	case SignUpInvite:
		key := inviteKey(s.secrets.index(strings.TrimSpace(clip(code, 64))))
		_, rev, err := load[struct{}](ctx, s.engine, key)
		if err != nil {
			return nil, err
		}
		if rev != 0 {
			return []Write{{Key: key, If: rev}}, nil
		}
		return nil, refuse(webwx.RetBarred, "sign-up needs an invitation, and this is none: ask the administrator")
	}
	return nil, refuse(webwx.RetBarred, "sign-up is closed: ask the administrator for an account")
}
