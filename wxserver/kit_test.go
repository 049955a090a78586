package wxserver_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/memnet"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxphone"
	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/memengine"
)

// A house is a server in memory with people in it, for tests in a bubble.
type house struct {
	t       *testing.T
	network *memnet.Network
	engine  wxserver.Engine
	server  *wxserver.Server
	http    *http.Server
	// transport reaches the server under every host name, https spoken in the clear.
	transport *http.Transport
}

// people is the world of most tests: alice knows bob and carol, all three are in
// a room; mallory knows nobody.
const people = `
[[account]]
name = "alice"
nick = "爱丽丝"
password = "alice-secret"
friends = ["bob", "carol"]
[[account]]
name = "bob"
nick = "Bob & Co"
password = "bob-secret"
[[account]]
name = "carol"
nick = "卡罗尔"
password = "carol-secret"
[[account]]
name = "mallory"
nick = "Mallory"
password = "mallory-secret"
[[room]]
topic = "周末爬山"
members = ["alice", "bob", "carol"]
`

// open starts a server with the people of a world in the bubble of t. It ends
// with the test.
func open(t *testing.T, o wxserver.Options, world string) *house {
	t.Helper()
	return openOn(t, memengine.New(), o, world)
}

// openOn is open on an engine of the test's own.
func openOn(t *testing.T, e wxserver.Engine, o wxserver.Options, world string) *house {
	t.Helper()
	h := &house{t: t, network: memnet.New(), engine: e}
	h.transport = &http.Transport{DialContext: h.network.DialContext, DialTLSContext: h.network.DialContext}
	if o.Key == nil {
		o.Key = []byte("an example key of 32 bytes......")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	o.PasswordMemory = 8 // the real cost has tests of its own
	h.start(o)
	w, err := wxserver.ReadWorld(strings.NewReader(world))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.server.Populate(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.stop()
		if err := h.engine.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second) // net/http lingers on connections that it closes early
	})
	return h
}

func (h *house) start(o wxserver.Options) {
	h.t.Helper()
	server, err := wxserver.New(h.engine, o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.server = server
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	h.http = wxserver.NewHTTPServer(server, log)
	l := h.network.Listen(memnet.Any)
	go func() { _ = h.http.Serve(l) }() // ends when the server closes
}

func (h *house) stop() {
	h.t.Helper()
	if err := h.server.Close(); err != nil {
		h.t.Error(err)
	}
	h.transport.CloseIdleConnections()
	if err := h.http.Close(); err != nil {
		h.t.Error(err)
	}
}

const base = "http://wx.example"

func (h *house) phone(name string) *wxphone.Phone {
	h.t.Helper()
	p, err := wxphone.SignIn(h.t.Context(), wxphone.Options{Server: base, Transport: h.transport}, name, name+"-secret")
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// login logs a client in: its code is scanned and confirmed by a phone of name.
func (h *house) login(name string, o wxclient.Options) *wxclient.Client {
	h.t.Helper()
	if o.Transport == nil {
		o.Transport = h.transport
	}
	if o.Server == "" {
		o.Server = base
	}
	c, err := wxclient.New(o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.admit(name, c)
	return c
}

// admit lets a client in by a phone of name.
func (h *house) admit(name string, c *wxclient.Client) {
	h.t.Helper()
	p := h.phone(name)
	ctx := h.t.Context()
	for ev, err := range c.Login(ctx) {
		if err != nil {
			h.t.Fatalf("login of %s: %v", name, err)
		}
		if ev.Code == 0 {
			if _, err := p.Scan(ctx, ev.QR); err != nil {
				h.t.Fatal(err)
			}
		}
		if ev.Code == webwx.LoginScanned {
			if err := p.Confirm(ctx, ev.UUID); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

// name returns the user name under which c knows the contact called nick.
func (h *house) name(c *wxclient.Client, nick string) webwx.UserName {
	h.t.Helper()
	contact, err := c.Find(h.t.Context(), nick)
	if err != nil {
		h.t.Fatal(err)
	}
	return contact.UserName
}

// send sends a text to the contact called nick.
func (h *house) send(c *wxclient.Client, nick, text string) webwx.Sent {
	h.t.Helper()
	sent, err := c.SendText(h.t.Context(), h.name(c, nick), text)
	if err != nil {
		h.t.Fatalf("send %q to %s: %v", text, nick, err)
	}
	return sent
}

// texts takes n messages of c and returns their texts.
func (h *house) texts(c *wxclient.Client, n int) []string {
	h.t.Helper()
	var texts []string
	for _, m := range h.messages(c, n) {
		texts = append(texts, m.Text())
	}
	return texts
}

// messages takes n messages of c, and fails if they do not come within an hour.
func (h *house) messages(c *wxclient.Client, n int) []webwx.Message {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Hour)
	defer cancel()
	var got []webwx.Message
	if n == 0 {
		return nil
	}
	for ev, err := range c.Events(ctx) {
		if len(got) == n {
			break // the last one is taken: leaving the loop earlier would let it come again
		}
		if err != nil {
			h.t.Fatalf("after %d of %d messages: %v", len(got), n, err)
		}
		if ev.Kind == webwx.EventMessage {
			got = append(got, *ev.Message)
		}
		if len(got) == n {
			cancel()
		}
	}
	return got
}

// quiet fails if c gets a message within ten minutes.
func (h *house) quiet(c *wxclient.Client) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 10*time.Minute)
	defer cancel()
	for ev, err := range c.Events(ctx) {
		if err == nil && ev.Kind == webwx.EventMessage {
			h.t.Errorf("unexpected message %q", ev.Message.Text())
		}
	}
}

// do makes one request; header lists names and values in turn.
func (h *house) do(method, url, body string, header ...string) (*http.Response, string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	resp, err := h.transport.RoundTrip(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp, string(text)
}
