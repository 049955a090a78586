// Package intercept lets programs that were written for the official hosts of Web
// WeChat, and know no other, talk to a server of one's own, unmodified.
//
//	authority, err := intercept.Open(dir) // its own certificate authority, made at the first start
//	proxy := intercept.New(authority, &http.Server{Handler: handler})
//	err = proxy.Serve(listener)
//
// A [Proxy] is a forward proxy (HTTPS_PROXY) that ends the tunnels itself: whatever
// is asked of an official host is answered by the handler, which sees the official
// name as the request's Host, and TLS. It never connects to anything. Every other
// name is refused. People who redirect the names instead (a hosts file) may send
// TLS, or plain HTTP, to the same listener without any proxy protocol: the first
// byte tells.
//
// Some of the programs are from 2016, so TLS 1.0 and 1.1 are spoken here, and only
// here. That is no gap in another door's wall: the keys of this one are trusted by
// nobody who was not told to.
package intercept

import (
	"net"
	"slices"
	"strings"
)

// families are the names that are answered, with everything below them:
// docs/reference/README.md §3.1.
var families = []string{
	"wx.qq.com", "wx2.qq.com", "wx8.qq.com", "weixin.qq.com",
	"web.wechat.com", "web2.wechat.com", "wechat.com", "wechatapp.com",
}

// bare is answered too, but not what is below it: most of that is not Web WeChat.
const bare = "qq.com"

// Official reports whether name is a host of Web WeChat.
func Official(name string) bool {
	name = plain(name)
	if !wellFormed(name) {
		return false
	}
	return name == bare || slices.ContainsFunc(families, func(family string) bool {
		return name == family || strings.HasSuffix(name, "."+family)
	})
}

// Names lists the official names in a certificate's form, wildcards included.
func Names() []string {
	names := []string{bare}
	for _, family := range families {
		names = append(names, family, "*."+family)
	}
	return names
}

// plain returns a name as the tables have it.
func plain(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".") }

// maxName is how long a host name may be.
const maxName = 253

// wellFormed reports whether name, in lower case, can stand in a certificate.
func wellFormed(name string) bool {
	if len(name) > maxName {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

// split returns the parts of a Host; port is empty if it has none.
func split(host string) (name, port string) {
	if name, port, err := net.SplitHostPort(host); err == nil {
		return name, port
	}
	return host, ""
}
