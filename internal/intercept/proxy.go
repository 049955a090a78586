package intercept

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
)

// Proxy answers for the official hosts, whichever way it is asked: through a
// tunnel (CONNECT), by a whole URL in the request line, by TLS or plain HTTP as if
// it were the host.
type Proxy struct {
	server *http.Server
	next   http.Handler
	door   *door
}

// New returns a proxy whose requests are answered by the handler of server, with
// server's time-outs. From then on server is the proxy's.
func New(a *Authority, server *http.Server) *Proxy {
	p := &Proxy{server: server, next: server.Handler, door: newDoor(a.tlsConfig())}
	server.Handler = p
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP1(true)
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	return p
}

// connKey is where the context of a request has its connection.
type connKey struct{}

// Serve answers what comes in at the listeners until [Proxy.Shutdown] is called,
// which it reports as http.ErrServerClosed, or one of them breaks. It closes them.
// It may be called once.
func (p *Proxy) Serve(listeners ...net.Listener) error {
	broken := p.door.open(listeners)
	err := p.server.Serve(p.door) // until the door is closed
	p.door.Close()
	p.door.wait()
	select {
	case err := <-broken:
		return errors.Join(err, p.server.Close())
	default:
		return err
	}
}

// Shutdown lets nobody in any more and waits for the requests under way, but not
// longer than ctx.
func (p *Proxy) Shutdown(ctx context.Context) error {
	if err := p.server.Shutdown(ctx); err != nil {
		return errors.Join(err, p.server.Close())
	}
	return nil
}

// ServeHTTP answers one request. It is called by the proxy's own server.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, port := split(r.Host)
	switch {
	case r.Method == http.MethodConnect:
		p.connect(w, r)
	case !Official(name), r.URL.Host != "" && !usual(port):
		refuse(w, r.Host)
	default:
		p.next.ServeHTTP(w, asHost(r))
	}
}

// asHost returns a request to a proxy as the host itself would have got it.
func asHost(r *http.Request) *http.Request {
	r = r.WithContext(r.Context()) // a copy: a handler must not change what it got
	r.Header = r.Header.Clone()
	r.Header.Del("Proxy-Connection")
	r.Header.Del("Proxy-Authorization")
	if r.URL.Host == "" {
		return r
	}
	if r.URL.Scheme == "https" && r.TLS == nil {
		r.TLS = &tls.ConnectionState{ServerName: r.URL.Hostname()} // this is how the client sees it
	}
	u := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery, ForceQuery: r.URL.ForceQuery}
	if u.Path == "" {
		u.Path = "/"
	}
	r.URL, r.RequestURI = &u, u.RequestURI()
	return r
}

// connect makes the connection of r a tunnel, which ends here.
func (p *Proxy) connect(w http.ResponseWriter, r *http.Request) {
	name, port := split(r.Host)
	c, isOurs := r.Context().Value(connKey{}).(*conn) // and no TLS
	if !isOurs || c.tunnel {
		http.Error(w, "a tunnel inside a tunnel is refused", http.StatusBadRequest)
		return
	}
	if !Official(name) || !usual(port) {
		refuse(w, r.Host)
		return
	}
	_, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "no tunnel on this connection", http.StatusInternalServerError)
		return
	}
	early, _ := rw.Peek(rw.Reader.Buffered()) // what came behind the request: all that is buffered can be had
	c.tunnel, c.head = true, append([]byte(nil), early...)
	p.door.enter(c, "HTTP/1.1 200 Connection established\r\n\r\n")
}

// usual reports whether port is one that the official hosts have.
func usual(port string) bool { return port == "" || port == "443" || port == "80" }

// refuse says that we are no way to other places.
func refuse(w http.ResponseWriter, host string) {
	http.Error(w, fmt.Sprintf("%q is refused: webwx serve --intercept answers for the official hosts of Web WeChat, such as wx.qq.com,"+
		" on their ports 443 and 80. It connects to nothing. Name other hosts in NO_PROXY.", host), http.StatusForbidden)
}
