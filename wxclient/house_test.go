package wxclient_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"net/http"
	"path"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxtest"
)

// A house is a real server in memory with three friends who have logged in.
type house struct {
	t                 *testing.T
	server            *wxtest.Server
	alice, bob, carol *wxclient.Client
	ops               *counter
}

// counter counts the calls that go out.
type counter struct {
	http.RoundTripper
	mu  sync.Mutex
	ops map[string]int
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.ops[path.Base(r.URL.Path)]++
	c.mu.Unlock()
	return c.RoundTripper.RoundTrip(r)
}

func (c *counter) of(op string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ops[op]
}

// inHouse runs f in a bubble with a house.
func inHouse(t *testing.T, f func(t *testing.T, h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, server: wxtest.New(t, "alice", "bob", "carol")}
		h.ops = &counter{RoundTripper: h.server.Transport(), ops: make(map[string]int)}
		h.server.Room("hills", "alice", "bob", "carol")
		h.alice = h.server.LoginWith("alice", wxclient.Options{Transport: h.ops})
		h.bob = h.server.Login("bob")
		h.carol = h.server.Login("carol")
		f(t, h)
	})
}

// name is the name by which c knows somebody.
func (h *house) name(c *wxclient.Client, nick string) webwx.UserName {
	h.t.Helper()
	contact, err := c.Find(h.t.Context(), nick)
	if err != nil {
		h.t.Fatal(err)
	}
	return contact.UserName
}

func (h *house) check(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// take takes the events of c until enough says so, and fails if that takes more
// than ten minutes.
func (h *house) take(c *wxclient.Client, enough func(webwx.Event) bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 10*time.Minute)
	defer cancel()
	done := false
	for ev, err := range c.Events(ctx) {
		if done {
			return // the last one is taken: leaving the loop earlier would let it come again
		}
		if err != nil {
			h.t.Fatal(err)
		}
		if done = enough(ev); done {
			cancel()
		}
	}
}

// next takes the next message of c that is of a kind.
func (h *house) next(c *wxclient.Client, kind webwx.ContentKind) *webwx.Message {
	h.t.Helper()
	var got *webwx.Message
	h.take(c, func(ev webwx.Event) bool {
		if ev.Kind == webwx.EventMessage && ev.Message.Parse().Kind() == kind {
			got = ev.Message
		}
		return got != nil
	})
	return got
}

// fetch downloads the media of m.
func (h *house) fetch(c *wxclient.Client, m *webwx.Message, o wxclient.DownloadOptions) []byte {
	h.t.Helper()
	var b bytes.Buffer
	if n, err := c.Download(h.t.Context(), m, &b, o); err != nil || n != int64(b.Len()) {
		h.t.Fatalf("download of %v: %d of %d bytes, error %v", m.MsgType, n, b.Len(), err)
	}
	return b.Bytes()
}

func fileOf(name string, b []byte) *wxclient.File {
	return &wxclient.File{Name: name, Size: int64(len(b)), Reader: bytes.NewReader(b)}
}

// noise is n bytes of which no two pieces are alike.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint32(7)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

func pngOf(h *house, w, hgt int) []byte {
	h.t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, hgt))
	for i := range m.Pix {
		m.Pix[i] = byte(i * i)
	}
	var b bytes.Buffer
	h.check(png.Encode(&b, m))
	return b.Bytes()
}

func gifOf(h *house) []byte {
	h.t.Helper()
	var b bytes.Buffer
	m := image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.Black, color.White})
	m.SetColorIndex(3, 3, 1)
	h.check(gif.Encode(&b, m, nil))
	return b.Bytes()
}
