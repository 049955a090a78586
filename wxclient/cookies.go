package wxclient

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Cookie is one cookie of a [Session].
type Cookie struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Quoted says that the service wrote the value in quotes, which then belong to it.
	Quoted bool `json:"quoted,omitempty"`
	// Domain is the host that set it or a parent of that host.
	Domain string `json:"domain"`
	// HostOnly says that hosts below Domain do not get it.
	HostOnly bool   `json:"host_only,omitempty"`
	Path     string `json:"path"`
	Secure   bool   `json:"secure,omitempty"`
	// Expires is zero for a cookie without an end.
	Expires time.Time `json:"expires,omitzero"`
}

// Bounds of a jar. The service sets about ten cookies of up to some hundred bytes.
const (
	maxCookies     = 64
	maxCookieBytes = 4096
)

// proofs are the cookies that prove something; the others only tell.
var proofs = []string{"wxuin", "wxsid", "webwx_data_ticket", "webwxuvid", "webwx_auth_ticket"}

// jar keeps cookies by the rules of RFC 6265, but for one: a cookie may be for a
// parent of the host that sets it only within the service's host sets, so that
// no list of public suffixes is needed. It is an [http.CookieJar].
type jar struct {
	mu      sync.Mutex
	main    string // the main host, which its file and push hosts may set cookies for
	cookies []Cookie
	proof   int // counts changes of proofs
	changes int // counts all changes
}

// SetCookies takes over what the host of u has set.
func (j *jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, set := range cookies {
		if c, ok := j.accept(u, set); ok {
			j.put(c, gone(set, time.Now()))
		}
	}
}

// accept turns what u has set into a cookie, false if it must be ignored.
func (j *jar) accept(u *url.URL, set *http.Cookie) (Cookie, bool) {
	host := strings.ToLower(u.Hostname())
	c := Cookie{Name: set.Name, Value: set.Value, Quoted: set.Quoted, Domain: host, HostOnly: true, Path: set.Path, Secure: set.Secure, Expires: set.Expires}
	if domain := strings.ToLower(strings.TrimPrefix(set.Domain, ".")); domain != "" {
		if !j.mayServe(host, domain) {
			return c, false
		}
		c.Domain, c.HostOnly = domain, false
	}
	if !strings.HasPrefix(c.Path, "/") {
		c.Path = defaultPath(u.Path)
	}
	if set.MaxAge > 0 {
		c.Expires = time.Now().Add(time.Duration(min(set.MaxAge, 1<<30)) * time.Second)
	}
	c.Expires = c.Expires.UTC().Truncate(time.Second)
	ok := len(c.Name)+len(c.Value) <= maxCookieBytes && (!c.Secure || u.Scheme == "https")
	return c, ok
}

// mayServe reports whether host may set a cookie for domain: itself, its main
// host, or the domain that its host set shares; never "com".
func (j *jar) mayServe(host, domain string) bool {
	if host == domain {
		return true
	}
	if !below(host, domain) {
		return false
	}
	return domain == j.main || slices.ContainsFunc(domains, func(d string) bool { return domain == d || below(domain, d) })
}

func defaultPath(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 && path[0] == '/' {
		return path[:i]
	}
	return "/"
}

// gone reports whether setting this cookie means to delete it.
func gone(set *http.Cookie, now time.Time) bool {
	return set.MaxAge < 0 || set.MaxAge == 0 && !set.Expires.IsZero() && !set.Expires.After(now)
}

// put replaces, adds or deletes a cookie.
func (j *jar) put(c Cookie, del bool) {
	i := slices.IndexFunc(j.cookies, func(o Cookie) bool {
		return o.Name == c.Name && o.Domain == c.Domain && o.Path == c.Path
	})
	switch {
	case i < 0 && del:
		return
	case i >= 0 && !del && j.cookies[i] == c:
		return
	}
	if slices.Contains(proofs, c.Name) && (i < 0 || del || j.cookies[i].Value != c.Value) {
		j.proof++
	}
	j.changes++
	switch {
	case del:
		j.cookies = slices.Delete(j.cookies, i, i+1)
	case i >= 0:
		j.cookies[i] = c
	default:
		if len(j.cookies) == maxCookies {
			j.cookies = slices.Delete(j.cookies, 0, 1) // the one that was first set longest ago
		}
		j.cookies = append(j.cookies, c)
	}
}

// Cookies returns what to send to u, longer paths first.
func (j *jar) Cookies(u *url.URL) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []Cookie
	for _, c := range j.cookies {
		if c.matches(u, time.Now()) {
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b Cookie) int { return len(b.Path) - len(a.Path) })
	list := make([]*http.Cookie, len(found))
	for i, c := range found {
		list[i] = &http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted}
	}
	return list
}

func (c *Cookie) matches(u *url.URL, now time.Time) bool {
	host, path := strings.ToLower(u.Hostname()), u.Path
	if path == "" {
		path = "/"
	}
	switch {
	case c.Secure && u.Scheme != "https", c.past(now):
		return false
	case host != c.Domain && (c.HostOnly || !below(host, c.Domain)):
		return false
	case path == c.Path:
		return true
	}
	return strings.HasPrefix(path, c.Path) && (strings.HasSuffix(c.Path, "/") || path[len(c.Path)] == '/')
}

func (c *Cookie) past(now time.Time) bool { return !c.Expires.IsZero() && !c.Expires.After(now) }

// value returns the cookie that would be sent to base under the given name.
func (j *jar) value(base, name string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	for _, c := range j.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// snapshot returns the cookies that live, and the counts of changes so far.
func (j *jar) snapshot() (cookies []Cookie, proof, changes int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range j.cookies {
		if !c.past(time.Now()) {
			cookies = append(cookies, c)
		}
	}
	return cookies, j.proof, j.changes
}

// restore replaces all cookies, and says for which main host they are.
func (j *jar) restore(main string, cookies []Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.main = main
	j.cookies = slices.Clone(cookies[:min(len(cookies), maxCookies)])
}

// serve says which main host is used from now on.
func (j *jar) serve(main string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.main = main
}
