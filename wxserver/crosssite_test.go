package wxserver_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxserver"
)

// What a browser says about the page that makes it send a request.
type page struct {
	site, mode, origin, referer string
}

func (p page) header() []string {
	var h []string
	for name, value := range map[string]string{"Sec-Fetch-Site": p.site, "Sec-Fetch-Mode": p.mode, "Origin": p.origin, "Referer": p.referer} {
		if value != "" {
			h = append(h, name, value)
		}
	}
	return h
}

const evil = "https://evil.example.net"

// pages are the kinds of page that requests come from.
var (
	program    = page{}
	ownPage    = page{site: "same-origin", mode: "cors", origin: base}
	ownOld     = page{origin: base} // a browser without Sec-Fetch-Site
	ownScheme  = page{site: "same-site", mode: "cors", origin: "http://wx.example:8081"}
	typed      = page{site: "none", mode: "navigate"}
	foreign    = page{site: "cross-site", mode: "cors", origin: evil}
	foreignOld = page{origin: evil}
	sandboxed  = page{site: "cross-site", mode: "cors", origin: "null"}
	sandOld    = page{origin: "null"}
	sibling    = page{site: "same-site", mode: "cors", origin: "http://other.wx.example"}
	script     = page{site: "cross-site", mode: "no-cors", referer: evil + "/"}
	silent     = page{site: "cross-site", mode: "no-cors"}
	link       = page{site: "cross-site", mode: "navigate", referer: evil + "/"}
	form       = page{site: "cross-site", mode: "navigate", origin: evil}
	trusted    = page{site: "cross-site", mode: "cors", origin: "https://chat.example.com"}
	liar       = page{site: "cross-site", mode: "cors", origin: "https://chat.example.com.evil.example.net"}
)

func TestWhoseRequestsAreTaken(t *testing.T) {
	refused := []page{foreign, foreignOld, sandboxed, sandOld, sibling, ownScheme, liar}
	table := []struct {
		name, method, path string
		yes, no            []page
	}{
		{"scripts and pictures of a login are for all", "GET", "/jslogin?appid=" + webwx.AppID, append(refused, program, ownPage, ownOld, script, silent, link, trusted), nil},
		{"so is its picture", "GET", "/qrcode/x", append(refused, program, ownPage, script, silent), nil},
		{"so is its poll", "GET", cgiBin + "login?uuid=x", append(refused, program, ownPage, script, silent), nil},
		{"so is the poll for news", "GET", cgiBin + "synccheck", append(refused, program, ownPage, script, silent), nil},
		{"pages are for all who come by a link", "GET", "/", []page{program, ownPage, ownOld, typed, link, trusted}, append(refused, script, silent)},
		{"so is the phone", "GET", "/phone", []page{program, ownPage, typed, link}, append(refused, script, silent)},
		{"so is a code's address", "GET", "/l/abc", []page{program, typed, link}, append(refused, script)},
		{"so are files", "GET", "/pages/desk.js", []page{program, ownPage, typed, link}, append(refused, script)},
		{"so is the login page", "GET", cgiBin + "webwxnewloginpage", []page{program, ownPage, typed, link}, append(refused, script, silent)},
		{"but none by a form", "POST", "/", []page{program, ownPage}, append(refused, form)},
		{"nor the login page by a form", "POST", cgiBin + "webwxnewloginpage", []page{program, ownPage}, append(refused, form)},
		{"no link reaches a call", "GET", cgiBin + "webwxlogout", []page{program, ownPage, ownOld, typed, trusted}, append(refused, script, silent, link)},
		{"nor by another spelling", "GET", "/cgi-bin%2Fmmwebwx-bin%2Fwebwxlogout", []page{program, ownPage}, append(refused, link)},
		{"nor the contacts", "GET", cgiBin + "webwxgetcontact", []page{program, ownPage, typed, trusted}, append(refused, script, silent, link)},
		{"nor a picture", "GET", cgiBin + "webwxgeticon?username=filehelper", []page{program, ownPage, typed, trusted}, append(refused, script, silent, link)},
		{"nor a push login", "GET", cgiBin + "webwxpushloginurl", []page{program, ownPage, typed, trusted}, append(refused, script, silent, link)},
		{"no form reaches a send", "POST", cgiBin + "webwxsendmsg", []page{program, ownPage, ownOld, trusted}, append(refused, form, silent)},
		{"nor the init", "POST", cgiBin + "webwxinit", []page{program, ownPage, ownOld, trusted}, append(refused, form, silent)},
		{"nor the phone's form", "POST", "/phone/page", []page{program, ownPage, ownOld, trusted}, append(refused, form, silent)},
		{"nor the phone's calls", "POST", "/phone/login", []page{program, ownPage, ownOld, trusted}, append(refused, form, silent)},
		{"nor those that confirm", "POST", "/phone/confirm", []page{program, ownPage, trusted}, append(refused, form, silent)},
		{"a call of the phone is no page", "GET", "/phone/login", []page{program, ownPage}, append(refused, link)},
		{"browsers ask before they send", "OPTIONS", cgiBin + "webwxsendmsg", append(refused, program, ownPage, trusted), nil},
	}
	synctest.Test(t, func(t *testing.T) {
		e := newSpy()
		h := openOn(t, e, wxserver.Options{TrustedOrigins: []string{"https://chat.example.com"}, Limits: wxserver.Limits{Codes: -1}}, few)
		for _, c := range table {
			for _, p := range c.yes {
				if a := h.knock(c.method, base+c.path, "", p.header()...); a.status == http.StatusForbidden {
					t.Errorf("%s: %s %s of %+v: status %d, want it answered", c.name, c.method, c.path, p, a.status)
				}
			}
			e.news()
			for _, p := range c.no {
				if a := h.knock(c.method, base+c.path, "", p.header()...); a.status != http.StatusForbidden || a.header.Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("%s: %s %s of %+v: %s, want status 403", c.name, c.method, c.path, p, a)
				}
			}
			if news := e.news(); len(news) > 0 {
				t.Errorf("%s: refused requests have written %q", c.name, news)
			}
		}
	})
}

// The hosts of an official set may call each other, those of another set not.
func TestHostsOfOneSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		for _, c := range []struct {
			origin, host string
			want         bool
		}{
			{"https://wx.qq.com", "file.wx.qq.com", true},
			{"https://wx2.qq.com", "file.wx2.qq.com", true},
			{"https://wx.qq.com", "login.weixin.qq.com", true},
			{"https://web.wechat.com", "file.web.wechat.com", true},
			{"https://wx.qq.com", "file.web.wechat.com", false},
			{"https://wx2.qq.com", "file.wx8.qq.com", false},
			{"https://wx.qq.com", "wx.example", false},
			{"https://wx.qq.com.evil.example.net", "file.wx.qq.com", false},
			{"https://evilwx.qq.com.example", "file.wx.qq.com", false},
			{"https://notqq.com", "file.wx.qq.com", false},
			{evil, "file.wx.qq.com", false},
		} {
			for _, site := range []string{"same-site", "cross-site"} {
				a := h.knock("POST", "http://"+c.host+cgiBin+"webwxinit", "{}", "Sec-Fetch-Site", site, "Origin", c.origin)
				if got := a.status != http.StatusForbidden; got != c.want {
					t.Errorf("%s page of %s calls %s: taken %t, want %t", site, c.origin, c.host, got, c.want)
				}
			}
		}
	})
}

// Cookies are all that another site's page can add.
func TestCookiesOfAVictim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newSpy()
		h := openOn(t, e, wxserver.Options{TrustedOrigins: []string{"https://chat.example.com"}}, people)
		phone := h.phone("alice")
		alice := h.letIn(phone)
		other := h.code()
		victim := []string{"Cookie", alice.cookies + "; webwx_phone=" + onPhone(phone).uin + "." + onPhone(phone).sid}
		send := `{"Msg":{"Type":1,"Content":"x","ToUserName":"filehelper","ClientMsgId":"7"}}`
		e.news()
		for _, p := range []page{foreign, foreignOld, sandboxed, sandOld, sibling, script, silent, link, form, liar} {
			for _, c := range []struct{ method, path, body string }{
				{"GET", cgiBin + "webwxlogout", ""},
				{"POST", cgiBin + "webwxlogout", "sid=&uin="},
				{"POST", cgiBin + "webwxsendmsg", send},
				{"POST", cgiBin + "webwxinit", "{}"},
				{"POST", cgiBin + "webwxstatusnotify", `{"Code":3}`},
				{"GET", cgiBin + "webwxpushloginurl", ""},
				{"POST", "/phone/page", "do=scan&code=" + other},
				{"POST", "/phone/page", "do=confirm&code=" + other},
				{"POST", "/phone/page", "do=end&id="},
				{"POST", "/phone/page", "do=signout"},
				{"POST", "/phone/page", "do=signin&name=mallory&password=mallory-secret"}, // a login of the attacker's
				{"POST", "/phone/login", `{"Name":"mallory","Password":"mallory-secret"}`},
			} {
				a := h.knock(c.method, base+c.path, c.body, append(victim, p.header()...)...)
				if a.status != http.StatusForbidden || len(a.header["Set-Cookie"]) > 0 {
					t.Errorf("%s %s %s of %+v: %s, want status 403", c.method, c.path, c.body, p, a)
				}
			}
			// The polls are open, but prove nothing by cookies: not even who is logged in.
			poll := h.knock("GET", base+cgiBin+"synccheck?synckey=2_600000001", "", append(victim, p.header()...)...)
			none := h.knock("GET", base+cgiBin+"synccheck?synckey=2_600000001", "", p.header()...)
			if poll.String() != none.String() {
				t.Errorf("synccheck of %+v with cookies: %s, without: %s", p, poll, none)
			}
		}
		if news := e.news(); len(news) > 0 {
			t.Errorf("pages of other sites have written %q", news)
		}
		// The page of a trusted origin may call, but cookies alone change nothing.
		if got := retOf(h.knock("POST", base+wire.SendMsg.Path, send, append(victim, trusted.header()...)...)); got != webwx.RetMismatch {
			t.Errorf("a send of a trusted page by cookies: Ret %d, want 1102", got)
		}
		if got := retOf(h.knock("POST", base+wire.SendMsg.Path+"?skey="+url.QueryEscape(alice.skey), send, append(victim, trusted.header()...)...)); got != webwx.RetOK {
			t.Errorf("the same with the skey: Ret %d, want 0", got)
		}
		// Its own page may do all of it.
		a := h.knock("POST", base+"/phone/page", "do=scan&code="+other, append(victim, ownPage.header()...)...)
		if a.status != http.StatusOK || !strings.Contains(a.body, `value="confirm"`) {
			t.Errorf("the phone's own page scans: %s", a)
		}
		cookie := h.knock("POST", base+"/phone/page", "do=signin&name=bob&password=bob-secret", ownPage.header()...).header.Get("Set-Cookie")
		for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/phone"} {
			if !strings.Contains(cookie, want) {
				t.Errorf("the phone's cookie %q lacks %s", cookie, want)
			}
		}
	})
}

// What stands in these headers counts only if a trusted proxy has put it there.
func TestForwardedHeadersOfStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		phone := h.phone("alice")
		uuid, _ := h.ticketOf(phone)
		forged := []string{"X-Forwarded-Host", "evil.example.net", "X-Forwarded-Proto", "https", "X-Forwarded-For", "127.0.0.1", "Forwarded", "host=evil.example.net;proto=https"}
		plainly := h.knock("GET", base+cgiBin+"login?uuid="+uuid, "")
		if got := h.knock("GET", base+cgiBin+"login?uuid="+uuid, "", forged...); got.String() != plainly.String() {
			t.Errorf("with headers of a proxy\n%s\nwithout\n%s", got, plainly)
		}
		con := h.dial()
		con.say("POST " + wire.Init.Path + " HTTP/1.0\r\nOrigin: null\r\nContent-Length: 2\r\n\r\n{}")
		if a := con.hear(); a == nil || a.status != http.StatusForbidden {
			t.Errorf("a sandboxed page that names no host: %v, want status 403", a)
		}
		if got := h.knock("POST", base+wire.Init.Path, "{}", append(forged, "Origin", evil)...); got.status != http.StatusForbidden {
			t.Errorf("a foreign page with a forged host: %s, want status 403", got)
		}
	})
}
