package wxclient

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/webwx/webwx/internal/wire"
)

// The hosts that are known before anything was said (S 1.1, S 8.1, README.md §3).
const (
	firstLogin = "https://login.weixin.qq.com"
	firstMain  = "https://wx.qq.com"
	seedPush   = "webpush2.weixin.qq.com"
)

// hosts holds a base URL, scheme and host, for each kind of host.
type hosts [4]string

// startHosts sets the hosts of a client that has not logged in.
func (c *Client) startHosts() error {
	if c.fixed {
		u, err := parseServer(c.opt.Server)
		if err != nil {
			return err
		}
		base := (&url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}).String() // escapes the zone of an address
		c.opt.Server = base                                                          // written one way only: saved sessions are compared by it
		c.hosts = hosts{base, base, base, base}
		return nil
	}
	if p := c.opt.PushHost; strings.ContainsAny(p, "/?#@ ") {
		return fmt.Errorf("push host %q is not a host name", p)
	}
	main, err := url.Parse(firstMain)
	if err != nil {
		return err
	}
	c.hosts = c.hostsBelow(main)
	return nil
}

// parseServer reads Options.Server. What it cannot be is refused with a reason:
// a wrong base shows up late and far away.
func parseServer(server string) (*url.URL, error) {
	u, err := url.Parse(server)
	switch {
	case err != nil:
		return nil, fmt.Errorf("server %q is not a URL", server)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("server %q must begin with http:// or https://", server)
	case u.Hostname() == "":
		return nil, fmt.Errorf("server %q names no host", server)
	case u.User != nil:
		return nil, errors.New("server must not contain a user name")
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.Fragment != "":
		return nil, fmt.Errorf("server %q must be only scheme, host and port", server)
	}
	return u, nil
}

// hostsBelow derives the hosts that belong to a main host (README.md §3.1). A
// port stays; an address or a bare name has no hosts below it and serves itself.
func (c *Client) hostsBelow(main *url.URL) hosts {
	base := (&url.URL{Scheme: main.Scheme, Host: main.Host}).String()
	h := hosts{wire.Login: firstLogin, wire.Main: base, wire.Push: base, wire.File: base}
	if _, err := netip.ParseAddr(main.Hostname()); err != nil && strings.Contains(main.Hostname(), ".") {
		h[wire.Push] = main.Scheme + "://webpush." + main.Host
		h[wire.File] = main.Scheme + "://file." + main.Host
	}
	switch {
	case c.opt.PushHost != "":
		h[wire.Push] = main.Scheme + "://" + c.opt.PushHost
	case c.opt.Form == Seed:
		h[wire.Push] = main.Scheme + "://" + seedPush
	}
	return h
}

// mainName is the main host without scheme and port.
func (h hosts) mainName() string {
	u, err := url.Parse(h[wire.Main])
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// base returns the base URL for a kind of host.
func (c *Client) base(h wire.Host) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hosts[h]
}

// loginPage reads a redirect_uri: the URL to fetch and the hosts that follow from
// it (S 3.13). Nothing but path and query is taken from it if Options.Server
// decides. A login that began on https does not go on without.
func (c *Client) loginPage(redirect string) (*url.URL, hosts, error) {
	u, err := url.Parse(redirect)
	if err != nil || u.Path == "" {
		return nil, hosts{}, errors.New("webwxnewloginpage: redirect_uri is not a URL") // it holds the ticket: say no more
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fixed {
		server, err := url.Parse(c.opt.Server)
		if err != nil {
			return nil, hosts{}, err
		}
		u.Scheme, u.Host, u.User = server.Scheme, server.Host, nil
		return u, c.hosts, nil
	}
	if u.Scheme != "https" || u.Hostname() == "" {
		return nil, hosts{}, fmt.Errorf("webwxnewloginpage: redirect_uri leads to %s://%s, want https", u.Scheme, u.Host)
	}
	u.User = nil
	return u, c.hostsBelow(u), nil
}

// sameSet reports whether two hosts belong together: equal, one below the other,
// or both below one of the service's domains.
func sameSet(a, b string) bool {
	if a == b || below(a, b) || below(b, a) {
		return true
	}
	for _, domain := range domains {
		if below(a, domain) && below(b, domain) {
			return true
		}
	}
	return false
}

// domains are those that the service's host sets share (README.md §3.1). Cookies
// for them reach every host of a set; no other parent domain is trusted.
var domains = []string{"qq.com", "wechat.com"}

// below reports whether host is a name below domain.
func below(host, domain string) bool {
	rest, ok := strings.CutSuffix(host, domain)
	return ok && len(rest) > 1 && strings.HasSuffix(rest, ".") && net.ParseIP(host) == nil
}
