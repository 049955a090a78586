package wxclient

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func parsed(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// set lets the host of raw set cookies, as header lines.
func set(t *testing.T, j *jar, raw string, lines ...string) {
	t.Helper()
	resp := &http.Response{Header: http.Header{"Set-Cookie": lines}}
	j.SetCookies(parsed(t, raw), resp.Cookies())
}

func sentTo(t *testing.T, j *jar, raw string) string {
	t.Helper()
	var list []string
	for _, c := range j.Cookies(parsed(t, raw)) {
		list = append(list, c.String())
	}
	return strings.Join(list, "; ")
}

func TestCookieScope(t *testing.T) { // S 4.11, README.md §4
	for _, tt := range []struct{ name, main, from, line, to, want string }{
		{"the main host covers its file host", "wx2.qq.com", "https://wx2.qq.com/", "a=1; Domain=wx2.qq.com; Path=/", "https://file.wx2.qq.com/x", "a=1"},
		{"and its push host", "wx2.qq.com", "https://wx2.qq.com/", "a=1; Domain=.wx2.qq.com; Path=/", "https://webpush.wx2.qq.com/", "a=1"},
		{"the shared domain covers all", "wx.qq.com", "https://wx.qq.com/", "a=1; Domain=.qq.com; Path=/", "https://webpush2.weixin.qq.com/", "a=1"},
		{"but no foreign one", "wx.qq.com", "https://wx.qq.com/", "a=1; Domain=qq.com; Path=/", "https://xqq.com/", ""},
		{"without a domain only the host", "wx.qq.com", "https://wx.qq.com/", "a=1; Path=/", "https://file.wx.qq.com/", ""},
		{"a public suffix is refused", "wx.qq.com", "https://wx.qq.com/", "a=1; Domain=com; Path=/", "https://wx.qq.com/", ""},
		{"so is one of two parts", "wx.shop.com.cn", "https://wx.shop.com.cn/", "a=1; Domain=com.cn; Path=/", "https://wx.shop.com.cn/", ""},
		{"and any parent elsewhere", "wx.example.com", "https://wx.example.com/", "a=1; Domain=example.com; Path=/", "https://wx.example.com/", ""},
		{"elsewhere the host itself is fine", "wx.example.com", "https://wx.example.com/", "a=1; Domain=wx.example.com; Path=/", "https://file.wx.example.com/", "a=1"},
		{"a file host may set for its main host", "wx.example.com", "https://file.wx.example.com/", "a=1; Domain=wx.example.com; Path=/", "https://wx.example.com/", "a=1"},
		{"a sister is refused", "wx.qq.com", "https://wx.qq.com/", "a=1; Domain=wx2.qq.com; Path=/", "https://wx2.qq.com/", ""},
		{"a child is refused", "wx.qq.com", "https://wx.qq.com/", "a=1; Domain=file.wx.qq.com; Path=/", "https://file.wx.qq.com/", ""},
		{"an address with a port", "127.0.0.1", "http://127.0.0.1:8080/", "a=1; Path=/", "http://127.0.0.1:9090/", "a=1"},
		{"an address has no parent", "127.0.0.1", "http://127.0.0.1/", "a=1; Domain=0.0.1; Path=/", "http://127.0.0.1/", ""},
		{"case does not matter", "wx.qq.com", "https://WX.qq.com/", "a=1; Domain=Wx.QQ.com; Path=/", "https://wx.QQ.com/", "a=1"},
		{"secure stays on https", "wx.qq.com", "https://wx.qq.com/", "a=1; Secure; Path=/", "http://wx.qq.com/", ""},
		{"secure comes from https", "wx.qq.com", "http://wx.qq.com/", "a=1; Secure; Path=/", "https://wx.qq.com/", ""},
		{"below the path", "wx.qq.com", "https://wx.qq.com/", "a=1; Path=/cgi-bin", "https://wx.qq.com/cgi-bin/x", "a=1"},
		{"not beside the path", "wx.qq.com", "https://wx.qq.com/", "a=1; Path=/cgi-bin", "https://wx.qq.com/cgi-bin2", ""},
		{"a path by default", "wx.qq.com", "https://wx.qq.com/cgi-bin/x/y", "a=1", "https://wx.qq.com/cgi-bin/x/z", "a=1"},
		{"over before it began", "wx.qq.com", "https://wx.qq.com/", "a=1; Max-Age=0; Path=/", "https://wx.qq.com/", ""},
		{"quotes belong to the value", "wx.qq.com", "https://wx.qq.com/", `a="xy"; Path=/`, "https://wx.qq.com/", `a="xy"`},
		{"base64 stays as it is", "wx.qq.com", "https://wx.qq.com/", "a=x/+=y==; Path=/", "https://wx.qq.com/", "a=x/+=y=="},
		{"an address of version 6", "::1", "http://[::1]:8080/", "a=1; Path=/; Domain=[::1]", "http://[::1]:9090/", ""},
		{"an address of version 6 without a domain", "::1", "http://[::1]:8080/", "a=1; Path=/", "http://[::1]:9090/", "a=1"},
		{"too large", "wx.qq.com", "https://wx.qq.com/", "a=" + strings.Repeat("x", maxCookieBytes) + "; Path=/", "https://wx.qq.com/", ""},
	} {
		j := &jar{main: tt.main}
		set(t, j, tt.from, tt.line)
		if got := sentTo(t, j, tt.to); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestCookieLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &jar{main: "wx.qq.com"}
		const host = "https://wx.qq.com/"
		set(t, j, host, "a=1; Path=/; Max-Age=60", "b=2; Path=/; Expires="+time.Now().Add(2*time.Minute).UTC().Format(http.TimeFormat), "c=3; Path=/", "long=4; Path=/x")
		set(t, j, host, "c=33; Path=/")
		if got, want := sentTo(t, j, "https://wx.qq.com/x"), "long=4; a=1; b=2; c=33"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		time.Sleep(61 * time.Second)
		if got, want := sentTo(t, j, host), "b=2; c=33"; got != want {
			t.Errorf("after a minute %q, want %q", got, want)
		}
		set(t, j, host, "c=; Path=/; Expires=Thu, 01-Jan-1970 00:00:30 GMT") // endpoints.md §29
		saved, _, _ := j.snapshot()
		k := &jar{}
		k.restore("wx.qq.com", saved)
		if got, want := sentTo(t, k, host), "b=2"; got != want {
			t.Errorf("after deletion and a restart %q, want %q", got, want)
		}
	})
}

func TestCookiesAreBounded(t *testing.T) {
	j := &jar{main: "wx.qq.com"}
	for i := range 3 * maxCookies {
		set(t, j, "https://wx.qq.com/", fmt.Sprintf("c%d=x; Path=/", i))
	}
	if n := len(j.Cookies(parsed(t, "https://wx.qq.com/"))); n != maxCookies {
		t.Errorf("%d cookies", n)
	}
}

func TestDataTicketReachesFileHost(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		if got := c.jar.value("https://file.wx2.qq.com", "webwx_data_ticket"); got != "dt" {
			t.Errorf("ticket for the file host is %q", got)
		}
	})
}
