package intercept

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Nothing but the official hosts is answered, and nothing is connected to.
func TestRefused(t *testing.T) {
	h := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the handler got %s %s", r.Method, r.Host) })
	for _, request := range []string{
		"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
		"CONNECT mail.qq.com:443 HTTP/1.1\r\nHost: mail.qq.com:443\r\n\r\n",
		"CONNECT wx.qq.com:22 HTTP/1.1\r\nHost: wx.qq.com:22\r\n\r\n",
		"CONNECT 127.0.0.1:443 HTTP/1.1\r\nHost: wx.qq.com\r\n\r\n",
		"GET http://example.com/ HTTP/1.1\r\nHost: wx.qq.com\r\n\r\n",
		"GET http://wx.qq.com:8080/ HTTP/1.1\r\nHost: wx.qq.com:8080\r\n\r\n",
		"GET https://169.254.169.254/ HTTP/1.1\r\nHost: wx.qq.com\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: " + h.addr + "\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
	} {
		resp := h.exchange(t, request)[0]
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusForbidden || !strings.Contains(string(body), "webwx serve --intercept") {
			t.Errorf("%q: %s, %s", request, resp.Status, body)
		}
	}
	c := h.client(t, nil)
	if resp, err := c.Get("https://example.com/"); err == nil {
		resp.Body.Close()
		t.Errorf("a tunnel to example.com: %s", resp.Status)
	}
}

// A name in TLS that is not ours gets the certificate of all names, and the
// request is refused.
func TestForeignServerName(t *testing.T) {
	h := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the handler got %s %s", r.Method, r.Host) })
	raw, err := net.DialTimeout("tcp", h.addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if err := raw.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	err = tls.Client(raw, &tls.Config{RootCAs: trust(t, h.authority), ServerName: "example.com"}).Handshake()
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
		t.Errorf("handshake: %v", err)
	}
}

// Shutdown waits for what is under way, and closes what only waits: connections
// that have said nothing yet, tunnels that have, and idle ones.
func TestShutdown(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	h := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(begun)
			<-finish
		}
		echo(w, r)
	})
	c := h.client(t, nil)
	silent, err := net.DialTimeout("tcp", h.addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	tunnel, err := net.DialTimeout("tcp", h.addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer tunnel.Close()
	if _, err := io.WriteString(tunnel, "CONNECT wx.qq.com:443 HTTP/1.1\r\nHost: wx.qq.com:443\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() {
		resp, err := c.Get("https://wx.qq.com/slow")
		if err == nil {
			err = resp.Body.Close()
		}
		answered <- err
	}()
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- h.proxy.Shutdown(ctx) }()
	for _, c := range []net.Conn{silent, tunnel} { // they end while /slow is still under way
		if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); err != nil && !isReset(err) {
			t.Errorf("still open: %v", err)
		}
	}
	close(finish)
	if err := <-answered; err != nil {
		t.Errorf("the request under way: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if c, err := net.DialTimeout("tcp", h.addr, patience); err == nil {
		c.Close()
		t.Error("the door is still open")
	}
}

func isReset(err error) bool {
	ne, ok := errors.AsType[net.Error](err)
	return ok && !ne.Timeout()
}

// A listener that breaks ends Serve, and the reason is told.
func TestBrokenListener(t *testing.T) {
	var listeners []net.Listener
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, l)
	}
	p := New(open(t, t.TempDir()), &http.Server{Handler: http.HandlerFunc(echo), ReadHeaderTimeout: patience})
	if err := listeners[1].Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Serve(listeners...); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
	if c, err := net.DialTimeout("tcp", listeners[0].Addr().String(), patience); err == nil {
		c.Close()
		t.Error("the other listener is still open")
	}
}

// Connections have places; whoever comes when all are taken waits for one.
func TestPlaces(t *testing.T) {
	h := serve(t, echo)
	for range maxConns - 1 { // all but the one that waits for the next to come
		h.proxy.door.slots <- struct{}{}
	}
	first := h.client(t, nil)
	ask(t, first, "https://wx.qq.com/")
	second := make(chan error, 1)
	go func() {
		resp, err := h.client(t, nil).Get("https://wx.qq.com/")
		if err == nil {
			err = resp.Body.Close()
		}
		second <- err
	}()
	first.CloseIdleConnections()
	if err := <-second; err != nil {
		t.Error(err)
	}
}
