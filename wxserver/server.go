// Package wxserver is a Web WeChat server: it speaks the protocol of
// docs/reference so that clients made for the real service log in unmodified.
//
// [New] makes one on an [Engine]: package memengine keeps everything in memory,
// package sqlengine in a folder. A [Server] is an http.Handler that answers every
// path under every host name.
//
// A send walks down three rooms: its handler (message.go) decides who may see
// it, the mailbox (mailbox.go) makes the record and the batch, the engine stores
// it and lists it in every box. Then the hub wakes the polls that wait for those
// boxes, and each of them reads its own box and answers (sync.go).
package wxserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// Options are the settings of a [Server]. The zero value works, but forgets its
// logins at a restart, because its key is new each time.
type Options struct {
	// Key is the server's key, [KeySize] bytes, from which every login's secrets
	// are derived. With the same key and engine, logins survive a restart. Default:
	// a random one.
	Key []byte
	// Origin is the scheme and host that redirect_uri begins with, such as
	// "https://wx.example.com". Default: taken from each request.
	Origin string
	// TrustedProxies lists the addresses whose X-Forwarded-For, -Host and -Proto
	// count. Default: none.
	TrustedProxies []netip.Prefix
	// TrustedOrigins lists web origins, such as "https://chat.example.com", whose
	// pages may call this server beside its own. Default: none.
	TrustedOrigins []string
	// SignUp says who may make an account on the phone's page. Default: [SignUpClosed].
	SignUp SignUp
	// Hold is how long polls are held. Default: 25 s, the most that all clients
	// bear (README.md §7.1).
	Hold time.Duration
	// LoginLife is how long a web login may be idle. Default: 7 days.
	LoginLife time.Duration
	// StartAtHead makes a web login begin with what comes after it, instead of
	// where the account's previous web login stopped.
	StartAtHead bool
	// PasswordMemory is how much memory the hash of a new password needs, in KiB: the
	// more, the dearer to guess. At least 8. Default: 19,456, as OWASP recommends.
	PasswordMemory uint32
	// MaxUpload is how many bytes a file may have. Default: 200 MiB.
	MaxUpload int64
	// TempDir is where files wait until they have arrived. Default: os.TempDir.
	TempDir string
	// Limits bound what one account and one address may do. Default: see [Limits].
	Limits Limits
	// Logger receives what went wrong and who logged in; never a secret. Default:
	// none.
	Logger *slog.Logger
	// Rand is where random ids come from. Default: crypto/rand. Anything else makes
	// them guessable: for reproducible tests only.
	Rand io.Reader
}

// SignUp says who may make an account.
type SignUp string

// The sign-up modes.
const (
	SignUpClosed SignUp = "closed" // only an administrator makes accounts
	SignUpInvite SignUp = "invite" // whoever has an invitation
	SignUpOpen   SignUp = "open"   // everybody
)

// Server answers the protocol's requests. It is safe for use by many at a time.
type Server struct {
	engine  Engine
	opts    Options
	log     *slog.Logger
	secrets *secrets
	logins  *logins
	hub     *hub
	mux     *http.ServeMux
	ids     idSource
	stop    func() // ends the engine's watch

	limits    *limits
	passwords chan struct{} // a place for each password being hashed

	mediaIDs  *mediaIDs
	receiving crowd         // who is uploading
	painting  chan struct{} // a place for each picture being decoded
}

// New returns a server on engine, which stays the caller's to close after the
// server.
func New(engine Engine, o Options) (*Server, error) {
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Key == nil {
		o.Key = make([]byte, KeySize)
		if _, err := io.ReadFull(o.Rand, o.Key); err != nil {
			return nil, err
		}
	}
	if o.Origin != "" {
		u, err := url.Parse(o.Origin)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" && u.Path != "/" {
			return nil, fmt.Errorf("origin %q is not of the form https://host", o.Origin)
		}
		o.Origin = u.Scheme + "://" + u.Host
	}
	switch o.SignUp {
	case "":
		o.SignUp = SignUpClosed
	case SignUpClosed, SignUpInvite, SignUpOpen:
	default:
		return nil, fmt.Errorf("sign-up mode %q: want closed, invite or open", o.SignUp)
	}
	if o.PasswordMemory == 0 {
		o.PasswordMemory = argonMemory
	}
	if o.Hold == 0 {
		o.Hold = 25 * time.Second
	}
	if o.MaxUpload == 0 {
		o.MaxUpload = 200 << 20
	}
	if o.LoginLife == 0 {
		o.LoginLife = 7 * 24 * time.Hour
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	sec, err := newSecrets(o.Key)
	if err != nil {
		return nil, err
	}
	s := &Server{
		engine:    engine,
		opts:      o,
		log:       o.Logger,
		secrets:   sec,
		hub:       newHub(),
		mux:       http.NewServeMux(),
		limits:    newLimits(o.Limits),
		passwords: make(chan struct{}, 2),
		mediaIDs:  newMediaIDs(sec),
		receiving: crowd{limit: maxReceiving},
		painting:  make(chan struct{}, painters),
	}
	s.ids.rand = o.Rand
	s.logins = newLogins(engine, sec, o)
	s.routes()
	s.stop = engine.Watch(s.moved)
	return s, nil
}

// moved is told by the engine how far a box reaches.
func (s *Server) moved(box Box, head Position) {
	if head == 0 {
		s.logins.refresh(box)
	}
	s.hub.moved(box)
}

// Close answers every waiting poll "nothing new", waits for what is still to be
// written, and stops. Requests that come later may fail.
func (s *Server) Close() error {
	s.hub.close()
	err := s.logins.close()
	s.stop()
	return err
}

// routes says which handler answers which endpoint.
func (s *Server) routes() {
	// Scripts are never answered with an error status: the official page would stop.
	handleFunc(s, wire.JSLogin, &wire.JSLoginResponse{Code: webwx.LoginTrouble}, s.jsLogin)
	handleFunc(s, wire.LoginPoll, &wire.LoginPollResponse{Code: webwx.LoginTrouble}, s.loginPoll)
	handleFunc(s, wire.SyncCheck, &wire.SyncCheckResponse{}, s.syncCheck)
	handleFunc(s, wire.QRCode, nil, s.qrCode)
	handleFunc(s, wire.NewLoginPage, &wire.NewLoginPageResponse{Ret: webwx.RetSystem, Message: "system error"}, s.newLoginPage)
	handleFunc(s, wire.PushLogin, &wire.PushLoginResponse{Ret: "1", Msg: "system error"}, s.pushLogin)
	handleFunc(s, wire.Logout, &wire.LogoutResponse{}, s.logout)

	handle(s, wire.Init, reads, s.init)
	handle(s, wire.StatusNotify, changes, s.statusNotify)
	s.mux.HandleFunc("POST /webwxstatusnotify", serve(s, wire.StatusNotify, changes, s.statusNotify)) // itchat4j: README.md §3.3
	handle(s, wire.GetContact, reads, s.getContact)
	handle(s, wire.BatchGetContact, reads, s.batchGetContact)
	handle(s, wire.Sync, reads, s.sync)
	handle(s, wire.SendMsg, changes, s.sendMsg)

	s.mediaRoutes()
	s.roomRoutes()
	s.friendRoutes()
	s.phoneRoutes()
	s.pageRoutes()
}

// maxBody bounds a request's body that is not an upload.
const maxBody = 1 << 20

// ServeHTTP answers any path under any host name.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.setDeadlines(w, r)
	if !s.admit(w, r) {
		return
	}
	s.mux.ServeHTTP(w, r)
}

// readBody returns the whole body, or an error for one that is over the limit or
// breaks off, which counts as such if it does not arrive within bodyTime.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, errBodyTooLarge
	}
	if err != nil {
		return nil, errBodyBroken
	}
	return body, nil
}

// pause waits for d, or until ctx ends, or the server closes.
func (s *Server) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	case <-s.hub.done:
	}
}
