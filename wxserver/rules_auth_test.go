package wxserver_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx/wxserver"
)

// Which credentials count: body beats query beats cookies, an empty value is an
// absent one, and a right sid decides.
func TestWhichCredentialsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		alice, bob := h.enter("alice", mainHost), h.enter("bob", mainHost)
		body := func(uin, sid, skey string) string {
			return fmt.Sprintf(`{"BaseRequest":{"Uin":%s,"Sid":"%s","Skey":"%s","DeviceID":"e1"}}`, uin, sid, skey)
		}
		query := func(w *web) string {
			return "?" + url.Values{"uin": {w.uin}, "sid": {w.sid}, "skey": {w.skey}}.Encode()
		}
		cookies := func(w *web) string { return cookieHeader(w.cookies) }
		const none, stale = "", "@crypt_00000000_00000000000000000000000000000000"
		for _, c := range []struct {
			name, query, body, cookies, want string
		}{
			{"the body beats query and cookies", query(bob), body(alice.uin, alice.sid, alice.skey), cookies(bob), alice.uin},
			{"the query beats cookies", query(alice), none, cookies(bob), alice.uin},
			{"the query beats cookies beside an empty body", query(alice), "{}", cookies(bob), alice.uin},
			{"cookies alone", none, none, cookies(alice), alice.uin},
			{"the official page's first call: cookies decide", none, body(`"`+alice.uin+`"`, "", ""), cookies(alice), alice.uin},
			{"a Uin that is no number is an absent one", none, body(`"xuin=`+alice.uin+`"`, alice.sid, ""), cookies(alice), alice.uin},
			{"an empty Uin is an absent one", none, body(`""`, alice.sid, ""), cookies(alice), alice.uin},
			{"a null Uin is an absent one", none, body(`null`, alice.sid, ""), cookies(alice), alice.uin},
			{"an empty Sid is an absent one", "?sid=" + alice.sid, body(alice.uin, "", ""), cookies(bob), alice.uin},
			{"a stale Skey beside a right sid in the body", none, body(alice.uin, alice.sid, stale), none, alice.uin},
			{"a wrong skey beside a right sid in the query", "?sid=" + alice.sid + "&skey=x&uin=" + alice.uin, none, none, alice.uin},
			{"no Skey at all", none, body(alice.uin, alice.sid, ""), none, alice.uin},
			{"Uin as text", none, body(`"`+alice.uin+`"`, alice.sid, alice.skey), none, alice.uin},
			{"a wrong sid in the body beside right cookies", none, body(alice.uin, "AAAAAAAAAAAAAAAA", alice.skey), cookies(alice), "1102"},
			{"a wrong sid in the query beside right cookies", "?sid=x&uin=" + alice.uin, none, cookies(alice), "1102"},
			{"a sid of one account with the uin of another", none, body(bob.uin, alice.sid, alice.skey), none, "1102"},
			{"the same, the uin in a cookie", none, body(`""`, alice.sid, ""), "wxuin=" + bob.uin, "1102"},
			{"a wrong skey beside a sid that only a cookie holds", "?skey=" + stale, none, cookies(alice), "1102"},
			{"the right skey beside a sid that only a cookie holds", "?skey=" + alice.skey, none, cookies(alice), alice.uin},
			{"a sid without a uin", none, body(`0`, alice.sid, alice.skey), none, "1102"},
			{"a uin without a sid", none, body(alice.uin, "", alice.skey), none, "1102"},
			{"a sid in capitals", none, body(alice.uin, strings.ToUpper(alice.sid), ""), none, "1102"},
			{"nothing", none, none, none, "1102"},
			{"a negative Uin", none, body("-"+alice.uin, alice.sid, ""), none, "1102"},
		} {
			a := h.ask("POST", mainHost+cgi+"webwxinit"+c.query, c.body, "Cookie", c.cookies)
			o := parse(t, a.body)
			got := fmt.Sprint(ret(t, o))
			if got == "0" {
				got = string(parse(t, o["User"])["Uin"])
			}
			if got != c.want {
				t.Errorf("%s: answered %s, want %s", c.name, got, c.want)
			}
			if got == "1102" && a.after < time.Second {
				t.Errorf("%s: refused after %v, want at least 1 s", c.name, a.after)
			}
		}
	})
}

// Who may make a browser change something with nothing but its cookies.
func TestCookiesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{TrustedOrigins: []string{"https://chat.example.com"}})
		w := h.started("alice", mainHost)
		const status403 = 403
		send := fmt.Sprintf(`"Msg":{"Type":1,"Content":"x","FromUserName":"%s","ToUserName":"filehelper","LocalID":"1","ClientMsgId":"1"}`, w.self)
		for _, c := range []struct {
			name                 string
			header               []string
			bare, withSkey, read int // Ret, or the HTTP status if not 200
		}{
			{"a program", nil, 0, 0, 0},
			{"a page of the same host", []string{"Sec-Fetch-Site", "same-origin", "Origin", mainHost}, 0, 0, 0},
			{"a page of the same host in a browser without Sec-Fetch-Site", []string{"Origin", mainHost}, 0, 0, 0},
			{"a person's own navigation", []string{"Sec-Fetch-Site", "none"}, 0, 0, 0},
			{"a page of another site", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, status403, status403, status403},
			{"a page of another site in a browser without Sec-Fetch-Site", []string{"Origin", "https://evil.example"}, status403, status403, status403},
			{"a page of another site that hides its origin", []string{"Sec-Fetch-Site", "cross-site", "Origin", "null"}, status403, status403, status403},
			{"another site that says nothing", []string{"Sec-Fetch-Site", "cross-site"}, status403, status403, status403},
			{"a neighbour below the same parent", []string{"Sec-Fetch-Site", "same-site", "Origin", "https://evil.wx2.qq.com.example"}, status403, status403, status403},
			{"a host of the same set", []string{"Sec-Fetch-Site", "same-site", "Origin", "https://webpush.wx2.qq.com"}, 1102, 0, 0},
			{"a host of another set", []string{"Sec-Fetch-Site", "same-site", "Origin", "https://wx8.qq.com"}, status403, status403, status403},
			{"a trusted origin", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://chat.example.com"}, 1102, 0, 0},
		} {
			header := append([]string{"Cookie", cookieHeader(w.cookies)}, c.header...)
			outcome := func(url, body string) int {
				a := h.ask("POST", url, body, header...)
				if a.status != 200 {
					return a.status
				}
				return int(ret(t, parse(t, a.body)))
			}
			if got := outcome(mainHost+cgi+"webwxsendmsg", "{"+send+"}"); got != c.bare {
				t.Errorf("%s, a send with cookies alone: %d, want %d", c.name, got, c.bare)
			}
			if got := outcome(mainHost+cgi+"webwxsendmsg?skey="+w.skey, "{"+send+"}"); got != c.withSkey {
				t.Errorf("%s, a send with skey: %d, want %d", c.name, got, c.withSkey)
			}
			if got := outcome(mainHost+cgi+"webwxsendmsg", w.body(send)); got != c.withSkey {
				t.Errorf("%s, a send with a BaseRequest: %d, want %d", c.name, got, c.withSkey)
			}
			if got := outcome(mainHost+cgi+"webwxgetcontact", ""); got != c.read {
				t.Errorf("%s, a read with cookies alone: %d, want %d", c.name, got, c.read)
			}
		}
	})
}

// What another site's page may ask for.
func TestOtherSites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, "")
		uuid := h.uuid()
		for _, c := range []struct {
			method, path string
			navigate     bool
			want         bool
		}{
			{"GET", "/jslogin?appid=" + appID, false, true},
			{"POST", "/jslogin?appid=" + appID, false, true},
			{"GET", "/qrcode/" + uuid, false, true},
			{"GET", cgi + "login?uuid=none", false, true},
			{"GET", cgi + "synccheck", false, true},
			{"GET", "/", true, true},
			{"GET", "/phone", true, true},
			{"GET", "/l/" + uuid, true, true},
			{"GET", "/pages/style.css", true, true},
			{"GET", cgi + "webwxnewloginpage?ticket=x", true, true},
			{"OPTIONS", cgi + "webwxsendmsg", false, true},
			{"OPTIONS", cgi + "webwxuploadmedia", false, true},
			{"GET", "/", false, false},
			{"GET", "/phone", false, false},
			{"POST", "/phone/page", true, false},
			{"POST", "/phone/login", false, false},
			{"POST", "/phone/confirm", true, false},
			{"GET", cgi + "webwxnewloginpage?ticket=x", false, false},
			{"POST", cgi + "webwxnewloginpage?ticket=x", true, false},
			{"GET", cgi + "webwxinit", true, false},
			{"POST", cgi + "webwxinit", false, false},
			{"POST", cgi + "webwxstatusnotify", false, false},
			{"GET", cgi + "webwxgetcontact", false, false},
			{"GET", cgi + "webwxgetcontact", true, false},
			{"POST", cgi + "webwxbatchgetcontact", false, false},
			{"POST", cgi + "webwxsync", false, false},
			{"POST", cgi + "webwxsendmsg", false, false},
			{"POST", cgi + "webwxlogout", true, false},
			{"GET", cgi + "webwxlogout", true, false},
			{"GET", cgi + "webwxpushloginurl?uin=1", false, false},
			{"GET", cgi + "webwxgeticon?username=filehelper", false, false},
		} {
			header := []string{"Sec-Fetch-Site", "cross-site", "Referer", "https://evil.example/page"}
			if c.navigate {
				header = append(header, "Sec-Fetch-Mode", "navigate")
			}
			a := h.ask(c.method, mainHost+c.path, "", header...)
			if got := a.status != 403; got != c.want {
				t.Errorf("%s %s of another site (navigation: %v): status %d, let through should be %v", c.method, c.path, c.navigate, a.status, c.want)
			}
		}
	})
}
