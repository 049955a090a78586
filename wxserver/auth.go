package wxserver

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// deadPause is how long the answer to a dead login is held (README.md §9 rule 9).
const deadPause = time.Second

// errMismatch is the answer to credentials that are unknown or malformed.
var errMismatch = refuse(webwx.RetMismatch, "")

// found is where a value of the credentials stood.
type found int

const (
	nowhere found = iota
	inBody
	inQuery
	inCookie
)

// first returns the first of the three values that is not empty.
func first(body, query, cookie string) (string, found) {
	switch {
	case body != "":
		return body, inBody
	case query != "":
		return query, inQuery
	case cookie != "":
		return cookie, inCookie
	}
	return "", nowhere
}

// credentials are the parts of a request that prove a login, each taken from the
// body, else from the query, else from the cookies.
type credentials struct {
	uin       int64
	sid, skey string
	sidIn     found
	skeyIn    found
}

// credentialsOf collects them; q and b may be nil.
func credentialsOf(r *http.Request, q *wire.Query, b *wire.BaseRequest) credentials {
	if q == nil {
		q = new(wire.Query)
	}
	if b == nil {
		b = new(wire.BaseRequest)
	}
	var c credentials
	c.sid, c.sidIn = first(b.Sid, q.Sid, cookie(r, "wxsid"))
	c.skey, c.skeyIn = first(b.Skey, q.Skey, "")
	switch {
	case b.Uin != 0:
		c.uin = int64(b.Uin)
	case q.Uin != 0:
		c.uin = int64(q.Uin)
	default:
		var u wire.Uin
		_ = u.UnmarshalText([]byte(cookie(r, "wxuin"))) // never fails
		c.uin = int64(u)
	}
	return c
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// authenticate returns the live login that the request proves. A right sid from
// body or query decides by itself; one that only a cookie holds counts for a
// change if the skey stands elsewhere, if the page is our own, or if no browser
// is at work. With the error of a login that is over comes the login.
func (s *Server) authenticate(r *http.Request, q *wire.Query, b *wire.BaseRequest, e effect) (*session, error) {
	c := credentialsOf(r, q, b)
	if c.sid == "" || c.uin == 0 {
		return nil, errMismatch
	}
	sess, err := s.logins.find(r.Context(), c.sid)
	if err != nil {
		return nil, err
	}
	if sess == nil || sess.uin != c.uin {
		return nil, errMismatch
	}
	if c.sidIn == inCookie {
		if c.skey != "" && !equal(c.skey, sess.secrets.skey) {
			return nil, errMismatch
		}
		if e == changes && c.skey == "" && fromBrowser(r) && !s.sameOrigin(r) {
			return nil, errMismatch
		}
	}
	if err := sess.dead(time.Now(), s.opts.LoginLife); err != nil {
		return sess, err
	}
	return sess, s.logins.touch(r.Context(), sess)
}

// fromBrowser reports whether a browser sent the request: programs send neither
// of these headers.
func fromBrowser(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Origin") != ""
}

// sameOrigin reports whether a page of the same host sent the request.
func (s *Server) sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin" || site == "none"
	}
	u, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, s.host(r))
}

// openPaths are the endpoints that other sites' pages may call: they are scripts
// and pictures, and prove or change nothing by cookies.
var openPaths = map[string]bool{
	"/jslogin": true, wire.LoginPoll.Path: true, wire.SyncCheck.Path: true,
}

// hostCharacters may stand in a Host header; it goes into redirect_uri.
const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]"

// admit refuses what another site's page makes a browser send. Programs are not
// affected, nor are the hosts of one set among each other.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) bool {
	if strings.Trim(s.host(r), hostCharacters) != "" {
		http.Error(w, "malformed Host header", http.StatusBadRequest)
		return false
	}
	site := r.Header.Get("Sec-Fetch-Site")
	origin := r.Header.Get("Origin")
	if (site == "" || site == "same-origin" || site == "none") && (origin == "" || s.sameOrigin(r)) {
		return true
	}
	if site == "" && officialOrigin(origin) {
		return true // a program that says what the official page would say
	}
	if origin == "" {
		origin = originOfReferer(r)
	}
	switch {
	case r.Method == http.MethodOptions,
		openPaths[r.URL.Path], strings.HasPrefix(r.URL.Path, "/qrcode/"),
		s.trusted(r, origin),
		isNavigation(r) && isPage(r.URL.Path):
		return true
	}
	http.Error(w, "request of another site's page refused", http.StatusForbidden)
	return false
}

func officialOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && officialMain(hostName(u.Host)) != ""
}

func originOfReferer(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// trusted reports whether origin is a host of the same set as the request's, or
// one that the options name.
func (s *Server) trusted(r *http.Request, origin string) bool {
	if slices.Contains(s.opts.TrustedOrigins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	from, to := officialMain(hostName(u.Host)), officialMain(hostName(s.host(r)))
	return from != "" && from == to
}

func isNavigation(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate"
}

// isPage reports whether path is one that a person may come to from elsewhere.
func isPage(path string) bool {
	return !strings.HasPrefix(path, "/cgi-bin/") && (!strings.HasPrefix(path, "/phone/")) || path == wire.NewLoginPage.Path
}

// hostName returns a host without its port.
func hostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return host
}

// officialMain returns the main host of the official set that name belongs to,
// "" if it is no official name: README.md §3.1.
func officialMain(name string) string {
	name = strings.ToLower(name)
	for _, main := range []string{"wx2.qq.com", "wx8.qq.com", "wx.qq.com", "web2.wechat.com", "web.wechat.com"} {
		if name == main || strings.HasSuffix(name, "."+main) {
			return main
		}
	}
	switch {
	case name == "qq.com", strings.HasSuffix(name, ".qq.com"):
		return "wx.qq.com"
	case name == "wechat.com", strings.HasSuffix(name, ".wechat.com"), strings.HasSuffix(name, ".wechatapp.com"):
		return "web.wechat.com"
	}
	return ""
}

// fromProxy reports whether the peer of r is a proxy whose headers count.
func (s *Server) fromProxy(r *http.Request) bool {
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(s.opts.TrustedProxies, func(p netip.Prefix) bool {
		return p.Contains(addr.Addr().Unmap())
	})
}

// host returns the host and port that the client asked for.
func (s *Server) host(r *http.Request) string {
	if h := r.Header.Get("X-Forwarded-Host"); h != "" && s.fromProxy(r) {
		return h
	}
	return r.Host
}

func (s *Server) secure(r *http.Request) bool {
	if p := r.Header.Get("X-Forwarded-Proto"); p != "" && s.fromProxy(r) {
		return p == "https"
	}
	return r.TLS != nil
}

// address returns where the request came from, for people to read.
func (s *Server) address(r *http.Request) string {
	if f := r.Header.Get("X-Forwarded-For"); f != "" && s.fromProxy(r) {
		last := f[strings.LastIndexByte(f, ',')+1:]
		if a, err := netip.ParseAddr(strings.TrimSpace(last)); err == nil {
			return a.String()
		}
	}
	return hostName(r.RemoteAddr)
}

// origin returns the scheme and host that a login should go on with (client-compat.md
// §10 rule 4).
func (s *Server) origin(r *http.Request) string {
	if s.opts.Origin != "" {
		return s.opts.Origin
	}
	host := s.host(r)
	if main := officialMain(hostName(host)); main != "" {
		return "https://" + main
	}
	if s.secure(r) {
		return "https://" + host
	}
	return "http://" + host
}

// cookieDomain returns the Domain that cookies of the request's host get: its
// set's main host, the name itself so that file. and webpush. below it see them,
// and nothing for addresses, single words, and what is no name.
func (s *Server) cookieDomain(r *http.Request) string {
	name := strings.ToLower(hostName(s.host(r)))
	if main := officialMain(name); main != "" {
		return main
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil || !strings.Contains(name, ".") || !isDomain(name) {
		return ""
	}
	return name
}

// isDomain reports whether name, in lower case, can stand in a cookie.
func isDomain(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return len(name) <= 255
}
