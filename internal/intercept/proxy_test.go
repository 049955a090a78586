package intercept

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const patience = 20 * time.Second

// seen is what the handler of the tests answers: what it was asked.
type seen struct {
	Host, URI, Path string
	TLS             bool
	Body            string
	Proxy           string // headers that were for the proxy only
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s := seen{r.Host, r.RequestURI, r.URL.String(), r.TLS != nil, string(body), r.Header.Get("Proxy-Connection") + r.Header.Get("Proxy-Authorization")}
	if err := json.NewEncoder(w).Encode(s); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// a house is a proxy that serves.
type house struct {
	authority *Authority
	proxy     *Proxy
	addr      string
	done      chan error
}

func serve(t *testing.T, handler http.HandlerFunc) *house {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{authority: open(t, t.TempDir()), addr: l.Addr().String(), done: make(chan error, 1)}
	h.proxy = New(h.authority, &http.Server{Handler: handler, ReadHeaderTimeout: patience})
	go func() { h.done <- h.proxy.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := h.proxy.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := <-h.done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return h
}

// client returns a client that uses the proxy and trusts its authority.
func (h *house) client(t *testing.T, change func(*tls.Config)) *http.Client {
	t.Helper()
	config := &tls.Config{RootCAs: trust(t, h.authority)}
	if change != nil {
		change(config)
	}
	proxy := &url.URL{Scheme: "http", Host: h.addr, User: url.UserPassword("who", "ever")}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: config}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

func ask(t *testing.T, c *http.Client, url string) seen {
	t.Helper()
	resp, err := c.Post(url, "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, resp)
}

func decode(t *testing.T, resp *http.Response) seen {
	t.Helper()
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, err := io.ReadAll(resp.Body)
		t.Fatalf("%s: %s (%v)", resp.Status, body, err)
	}
	var s seen
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTunnel(t *testing.T) {
	h := serve(t, echo)
	c := h.client(t, nil)
	for _, host := range []string{"wx.qq.com", "login.weixin.qq.com", "webpush.web2.wechat.com", "deep.file.wx2.qq.com"} {
		for range 2 { // the second on the same connection
			want := seen{Host: host, URI: "/cgi?x=1&y=%2F", Path: "/cgi?x=1&y=%2F", TLS: true, Body: "hello"}
			if got := ask(t, c, "https://"+host+"/cgi?x=1&y=%2F"); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		}
	}
}

// Plain HTTP comes with a whole URL, and is no TLS.
func TestWholeURL(t *testing.T) {
	h := serve(t, echo)
	want := seen{Host: "login.wx.qq.com", URI: "/jslogin?a=b", Path: "/jslogin?a=b", Body: "hello"}
	if got := ask(t, h.client(t, nil), "http://login.wx.qq.com/jslogin?a=b"); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// exchange sends lines on a new connection, each answer in turn.
func (h *house) exchange(t *testing.T, requests ...string) []*http.Response {
	t.Helper()
	c, err := net.DialTimeout("tcp", h.addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(c)
	var all []*http.Response
	for _, request := range requests {
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(request, "CONNECT ") && resp.StatusCode == http.StatusOK {
			all = append(all, resp) // it has no body; a tunnel begins
			continue
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body = io.NopCloser(strings.NewReader(string(body)))
		all = append(all, resp)
	}
	return all
}

// There are programs that send https URLs to a proxy without a tunnel (axios did).
func TestWholeURLOfTLS(t *testing.T) {
	h := serve(t, echo)
	resp := h.exchange(t, "GET https://wx.qq.com HTTP/1.1\r\nHost: other.example\r\nProxy-Connection: keep-alive\r\n\r\n")[0]
	if got, want := decode(t, resp), (seen{Host: "wx.qq.com", URI: "/", Path: "/", TLS: true}); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// What is not TLS in a tunnel is HTTP (WebSocket libraries do so for ws://), also
// when the client did not wait for our answer.
func TestPlainTunnel(t *testing.T) {
	h := serve(t, echo)
	const connect, get = "CONNECT wx.qq.com:80 HTTP/1.1\r\nHost: wx.qq.com:80\r\n\r\n", "GET /a HTTP/1.1\r\nHost: wx.qq.com\r\n\r\n"
	want := seen{Host: "wx.qq.com", URI: "/a", Path: "/a"}
	if got := decode(t, h.exchange(t, connect, get)[1]); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if status := h.exchange(t, connect, connect)[1].StatusCode; status != http.StatusBadRequest {
		t.Errorf("a tunnel inside a tunnel: %d", status)
	}
}

// With a hosts file the listener is the host: no proxy protocol at all.
func TestDirect(t *testing.T) {
	h := serve(t, echo)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: trust(t, h.authority)},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, h.addr)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	c := &http.Client{Transport: transport, Timeout: patience}
	for _, u := range []string{"https://web.wechat.com/a", "http://web.wechat.com/a", "https://web.wechat.com:8443/a"} {
		got := ask(t, c, u)
		want := seen{Host: strings.Split(u, "/")[2], URI: "/a", Path: "/a", TLS: strings.HasPrefix(u, "https"), Body: "hello"}
		if got != want {
			t.Errorf("%s: got  %+v\nwant %+v", u, got, want)
		}
	}
}

// Every TLS that clients from 2016 speak, with and without elliptic curves.
func TestOldTLS(t *testing.T) {
	h := serve(t, echo)
	rsaOnly := []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
	for _, tt := range []struct {
		version uint16
		suites  []uint16
	}{
		{tls.VersionTLS10, rsaOnly},
		{tls.VersionTLS10, nil},
		{tls.VersionTLS11, rsaOnly},
		{tls.VersionTLS12, rsaOnly},
		{tls.VersionTLS12, nil},
		{tls.VersionTLS13, nil},
	} {
		t.Run(fmt.Sprintf("%s, %d suites", tls.VersionName(tt.version), len(tt.suites)), func(t *testing.T) {
			c := h.client(t, func(c *tls.Config) { c.MinVersion, c.MaxVersion, c.CipherSuites = tt.version, tt.version, tt.suites })
			if got := ask(t, c, "https://wx.qq.com/"); !got.TLS || got.Host != "wx.qq.com" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// A JVM can be told to send no name (README.md §3.3).
func TestNoServerName(t *testing.T) {
	h := serve(t, echo)
	raw, err := net.DialTimeout("tcp", h.addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if err := raw.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true}) // sends no name; what came is verified below
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	leaf := c.ConnectionState().PeerCertificates[0]
	for _, name := range []string{"wx.qq.com", "login.weixin.qq.com", "webpush.web.wechat.com"} {
		if err := leaf.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: login.weixin.qq.com\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := decode(t, resp); got.Host != "login.weixin.qq.com" || !got.TLS {
		t.Errorf("got %+v", got)
	}
}
