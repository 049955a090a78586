package wxclient

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Form is a way to write requests.
type Form int

const (
	// Default follows the seed's steps with the headers and parameters of the
	// official page.
	Default Form = iota
	// Seed writes each of the ten requests literally as the seed has it: method,
	// host, path, parameters and body. What the seed does not know is as in Default.
	Seed
)

// Options are the settings of a [Client]. The zero value speaks to the official
// hosts and keeps everything in memory.
type Options struct {
	// Server is the base URL of the service, such as http://127.0.0.1:8080. With
	// it every kind of host is that base, whatever redirect_uri says, of which only
	// path and query are kept. A slash at its end does not count; a path is refused,
	// since redirect_uri has its own. Empty means the official hosts.
	Server string
	// Form is how requests are written.
	Form Form
	// Lang is the language sent to the service. The default is "zh_CN" (S 1.6).
	Lang string
	// Transport carries the requests. The default is one of the client's own that
	// takes its proxy from the environment. It must not follow redirects.
	Transport http.RoundTripper
	// PushHost replaces the push host, as in "webpush2.weixin.qq.com". The default
	// is "webpush." before the main host, in the Seed form literally the one of
	// the seed (S 8.1). It does not matter when Server is set.
	PushHost string
	// LoginHeader is added to webwxnewloginpage, for services that want more than
	// the official page sends. Nothing is built in.
	LoginHeader http.Header
	// LoginQuery is added to the query of webwxnewloginpage and webwxpushloginurl,
	// and in the Default form to the redirect_uri that jslogin sends.
	LoginQuery url.Values
	// MaxCodes is how many QR codes one Login shows before it gives up with an
	// error that is [webwx.ErrExpired]. The default is 10; a code lives some
	// minutes. To limit the time, give Login a context with a deadline.
	MaxCodes int
	// Store is where the session lives between runs. Nil keeps it in memory.
	Store Store
	// Position is where the position and the ids of taken messages live. Nil keeps
	// them in memory. The client does not close it.
	Position Position
	// Logger is told about retries and repairs, never about a credential. The
	// default says nothing.
	Logger *slog.Logger
	// Rand is where random digits come from, for tests that must repeat. It is
	// read by one goroutine at a time. The default is crypto/rand.
	Rand io.Reader
}

const defaultMaxCodes = 10

// complete returns o with its defaults filled in.
func (o Options) complete() Options {
	o.Lang = cmp.Or(o.Lang, "zh_CN")
	o.MaxCodes = cmp.Or(o.MaxCodes, defaultMaxCodes)
	o.LoginHeader = o.LoginHeader.Clone()
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	if o.Store == nil {
		o.Store = new(memoryStore)
	}
	if o.Position == nil {
		o.Position = newMemoryPosition()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	return o
}

// newTransport returns a transport that notices a dead network: a connection
// that answers no ping is closed instead of used again.
func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSHandshakeTimeout = 10 * time.Second
	t.MaxIdleConnsPerHost = 4
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second}
	t.OnProxyConnectResponse = proxyRefuses
	return t
}

// proxyRefuses makes of a proxy's refusal an error that says so: what was to go
// through the proxy has not left.
func proxyRefuses(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	err := fmt.Errorf("proxy answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: err}
}
