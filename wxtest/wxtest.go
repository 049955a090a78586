// Package wxtest is a Web WeChat server with people in it, for tests of programs
// that log in to one. It starts in one line, lives in memory, uses no sockets, and
// ends with the test:
//
//	func TestBot(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			s := wxtest.New(t, "bot", "alice")
//			go bot.Run(t.Context(), s.Login("bot"))
//			alice := s.Person("alice")
//			alice.Say("bot", "ping")
//			alice.Expect("bot", "pong")
//		})
//	}
//
// Inside a [testing/synctest] bubble, as above, time is fake: a bot that waits an
// hour between two messages is tested in a millisecond, and time.Sleep in the test
// moves the clock. Outside of one everything works in real time.
//
// Every failure ends the test with a message that says who expected what; no call
// returns an error. Login names are nicknames too, so a bot finds "alice" among
// its contacts.
package wxtest

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/memnet"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxphone"
	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/memengine"
)

// Options say what kind of server to start. The zero value is one that nobody
// has an account on.
type Options struct {
	// World is the text of a world file: accounts, friendships, rooms, and friends
	// that talk by themselves. Accounts without a password get one.
	World string
	// Server are the options of the server itself.
	Server wxserver.Options
	// Wait is how long [Person.Expect] waits. Default: a minute, by the bubble's
	// clock if there is one.
	Wait time.Duration
}

// Server is a running server. Its methods may be called at the same time, but
// only from the goroutine of the test where they can fail it.
type Server struct {
	t         testing.TB
	opts      Options
	engine    *memengine.Engine
	network   *memnet.Network
	transport *http.Transport

	mu     sync.Mutex
	server *wxserver.Server
	http   *http.Server
	stop   context.CancelFunc // ends what the world's people say
	played chan struct{}
	people map[string]*Person
}

// password is that of every account whose world gives it none.
const password = "wxtest-password"

// New starts a server on which the named accounts are all friends of each other.
func New(t testing.TB, names ...string) *Server {
	t.Helper()
	s := Start(t, Options{})
	for i, name := range names {
		s.Account(wxserver.Account{Name: name})
		for _, other := range names[:i] {
			s.Befriend(name, other)
		}
	}
	return s
}

// Start starts a server. It ends with the test.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	o.Wait = cmp.Or(o.Wait, time.Minute)
	if o.Server.Logger == nil {
		o.Server.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	if o.Server.Key == nil {
		o.Server.Key = []byte("the key of every server in tests")
	}
	if o.Server.PasswordMemory == 0 {
		o.Server.PasswordMemory = 8 // nobody guesses passwords in a test
	}
	s := &Server{t: t, opts: o, engine: memengine.New(), network: memnet.New(), people: make(map[string]*Person)}
	s.transport = &http.Transport{DialContext: s.network.DialContext, DialTLSContext: s.network.DialContext}
	s.start()
	t.Cleanup(s.close)
	return s
}

// start opens the server and lets the people of its world in.
func (s *Server) start() {
	s.t.Helper()
	world, err := wxserver.ReadWorld(strings.NewReader(s.opts.World))
	s.check(err)
	for i := range world.Accounts {
		a := &world.Accounts[i]
		a.Password = cmp.Or(a.Password, password)
	}
	server, err := wxserver.New(s.engine, s.opts.Server)
	s.check(err)
	s.check(server.Populate(s.t.Context(), world))
	s.server, s.http = server, wxserver.NewHTTPServer(server, s.opts.Server.Logger)
	listener := s.network.Listen(memnet.Any)
	go func() { _ = s.http.Serve(listener) }() // returns when close closes it
	ctx, stop := context.WithCancel(context.WithoutCancel(s.t.Context()))
	played := make(chan struct{})
	s.stop, s.played = stop, played
	go func() {
		defer close(played)
		if err := server.Play(ctx, world); err != nil && !errors.Is(err, context.Canceled) {
			s.t.Errorf("wxtest: world: %v", err)
		}
	}()
}

// halt closes the server and what depends on it.
func (s *Server) halt() {
	s.t.Helper()
	s.stop()
	<-s.played
	if err := s.server.Close(); err != nil {
		s.t.Errorf("wxtest: close: %v", err)
	}
	if err := s.http.Close(); err != nil {
		s.t.Errorf("wxtest: close: %v", err)
	}
}

func (s *Server) close() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.people {
		p.leave()
	}
	s.halt()
	s.transport.CloseIdleConnections()
	if err := s.engine.Close(); err != nil {
		s.t.Errorf("wxtest: close: %v", err)
	}
	time.Sleep(linger) // a bubble must not end while net/http closes connections
}

// linger is how long net/http may take to close a connection.
const linger = time.Second

func (s *Server) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("wxtest: %v", err)
	}
}

// Restart closes the server and opens another on the same data, as after an
// upgrade: logins go on, calls under way break off.
func (s *Server) Restart() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.halt()
	s.transport.CloseIdleConnections()
	s.start()
}

// URL is the base URL of the server. Programs under test reach it, as every other
// host name, through [Server.Transport].
func (s *Server) URL() string { return "http://wx.example" }

// Transport carries requests to the server, whatever host they are for; https is
// spoken in the clear. Give it to the program under test, and to let an unmodified
// program log in by the official names, use it for those too.
func (s *Server) Transport() http.RoundTripper { return s.transport }

// Handler is the server itself, for a listener of one's own.
func (s *Server) Handler() http.Handler {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.server
}

// Account makes an account; without a password it gets one that [Server.Person]
// knows.
func (s *Server) Account(a wxserver.Account) {
	s.t.Helper()
	a.Password = cmp.Or(a.Password, password)
	_, err := s.server.AddAccount(s.t.Context(), a)
	s.check(err)
}

// Befriend makes two accounts friends of each other.
func (s *Server) Befriend(name, other string) {
	s.t.Helper()
	s.check(s.server.Befriend(s.t.Context(), name, other))
}

// Room makes a room of accounts; the first owns it.
func (s *Server) Room(topic string, members ...string) {
	s.t.Helper()
	_, err := s.server.AddRoom(s.t.Context(), topic, members...)
	s.check(err)
}

// Login logs in the web client of an account: its phone scans the QR code and
// confirms.
func (s *Server) Login(name string) *wxclient.Client {
	s.t.Helper()
	return s.LoginWith(name, wxclient.Options{})
}

// LoginWith is Login with options for the client. Server and Transport are set
// if they are empty.
func (s *Server) LoginWith(name string, o wxclient.Options) *wxclient.Client {
	s.t.Helper()
	o.Server = cmp.Or(o.Server, s.URL())
	if o.Transport == nil {
		o.Transport = s.transport
	}
	c, err := wxclient.New(o)
	s.check(err)
	for ev, err := range c.Login(s.t.Context()) {
		if err != nil {
			s.t.Fatalf("wxtest: login of %s: %v", name, err)
		}
		if ev.Code == 0 {
			s.Admit(name, ev.QR)
		} else if ev.Code == webwx.LoginScanned && ev.QR == "" {
			s.Admit(name, ev.UUID)
		}
	}
	return c
}

// Admit lets the phone of an account scan and confirm a QR code, given its text,
// for a program under test that logs in by itself.
func (s *Server) Admit(name, code string) {
	s.t.Helper()
	phone := s.Person(name).phone
	_, err := phone.Scan(s.t.Context(), code)
	s.check(err)
	s.check(phone.Confirm(s.t.Context(), code))
}

// EndLogin ends the web login of an account by its phone: the program's next poll
// learns code 1100.
func (s *Server) EndLogin(name string) {
	s.t.Helper()
	s.check(s.Person(name).phone.End(s.t.Context(), ""))
}

// Person returns the person behind an account, with a phone in hand that has
// signed in.
func (s *Server) Person(name string) *Person {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.people[name]; p != nil {
		return p
	}
	phone, err := wxphone.SignIn(s.t.Context(), wxphone.Options{Server: s.URL(), Transport: s.transport}, name, password)
	s.check(err)
	client, err := phone.Client(s.t.Context())
	s.check(err)
	p := &Person{s: s, t: s.t, name: name, phone: phone, client: client, news: make(chan struct{}, 1)}
	ctx, stop := context.WithCancel(context.WithoutCancel(s.t.Context()))
	p.stop = stop
	p.reading.Go(func() { p.read(ctx) })
	s.people[name] = p
	return p
}
