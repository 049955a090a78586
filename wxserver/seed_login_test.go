package wxserver_test

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"image"
	_ "image/jpeg" // avatars and codes
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx/wxqr"
	"github.com/webwx/webwx/wxserver"
)

func TestSeedUUID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, "")
		const seed = loginHost + "/jslogin?appid=" + appID + "&fun=new&lang=zh_CN&_=1453124908000"
		a := h.ask("GET", seed, "")
		m := jsloginText.FindStringSubmatch(a.body)
		if m == nil {
			t.Fatalf("S 1.9: jslogin answered %q, want the form %s", a.body, jsloginText)
		}
		code, uuid := m[1], m[2]
		s(t, "S 1.1", "status under the seed's host and path", a.status, 200)
		s(t, "S 1.2", "body of a GET matches", m != nil, true)
		s(t, "S 1.8", "Content-Type", a.header.Get("Content-Type"), "text/javascript; charset=utf-8")
		s(t, "S 1.9", "whole text", a.body, `window.QRLogin.code = 200; window.QRLogin.uuid = "`+uuid+`";`)
		s(t, "S 1.10", "code", code, "200")
		s(t, "S 1.10", "the uuid is usable", h.ask("GET", loginHost+"/qrcode/"+uuid, "").status, 200)
		s(t, "S 0.1", "a second call gives another uuid", h.uuid() != uuid, true)
		s(t, "S 1.9", "characters that every client sends unchanged", regexp.MustCompile(`^[A-Za-z0-9_-]{12}$`).MatchString(uuid), true)

		for _, c := range []struct{ no, what, method, url, body, code string }{
			{"S 1.2", "POST with all in the query (wechat4u)", "POST", seed, "", "200"},
			{"S 1.2", "POST with a form body (WeixinBot)", "POST", loginHost + "/jslogin", "appid=" + appID + "&fun=new&lang=zh_CN&_=1", "200"},
			{"S 1.1", "the main host", "GET", mainHost + "/jslogin?appid=" + appID, "", "200"},
			{"S 1.1", "a host of our own with a port", "GET", ownHost + "/jslogin?appid=" + appID, "", "200"},
			{"S 1.1", "an address", "GET", addrHost + "/jslogin?appid=" + appID, "", "200"},
			{"S 1.3", "percent-encoded values", "GET", loginHost + "/jslogin?appid=wx782c26e4c19acff%62&fun=%6eew&lang=zh%5FCN", "", "200"},
			{"S 1.3", "an encoded redirect_uri", "GET", seed + "&redirect_uri=https%3A%2F%2Fwx.qq.com%2Fcgi-bin%2Fmmwebwx-bin%2Fwebwxnewloginpage%3Fmod%3Ddesktop", "", "200"},
			{"S 1.4", "another appid", "GET", loginHost + "/jslogin?appid=wxeb7ec651dd0aefa9&fun=new", "", "400"},
			{"S 1.4", "no appid", "GET", loginHost + "/jslogin?fun=new", "", "400"},
			{"S 1.5", "without fun", "GET", loginHost + "/jslogin?appid=" + appID + "&lang=zh_CN&_=1", "", "200"},
			{"S 1.6", "without lang", "GET", loginHost + "/jslogin?appid=" + appID + "&fun=new&_=1", "", "200"},
			{"S 1.6", "lang in another spelling", "GET", loginHost + "/jslogin?appid=" + appID + "&fun=new&lang=zh-CN", "", "200"},
			{"S 1.7", "without _", "GET", loginHost + "/jslogin?appid=" + appID + "&fun=new&lang=zh_CN", "", "200"},
			{"S 1.7", "an _ that is no number", "GET", loginHost + "/jslogin?appid=" + appID + "&fun=new&_=now", "", "200"},
		} {
			a := h.ask(c.method, c.url, c.body)
			m := jsloginText.FindStringSubmatch(a.body)
			if m == nil {
				t.Errorf("%s: %s: answered %d %q", c.no, c.what, a.status, a.body)
				continue
			}
			s(t, c.no, c.what, m[1], c.code)
			s(t, "S 1.10", "200 only with a uuid: "+c.what, m[2] != "", m[1] == "200")
		}
	})
}

func TestSeedQRCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, "")
		uuid := h.uuid()
		const form = "application/x-www-form-urlencoded"
		posted := h.ask("POST", loginHost+"/qrcode/"+uuid, "t=webwx&_=1453124908000", "Content-Type", form)
		s(t, "S 2.1", "status under the seed's host and path", posted.status, 200)
		s(t, "S 2.1", "an unknown uuid", h.ask("GET", loginHost+"/qrcode/AAAAAAAAAAAA", "").status, 404)
		s(t, "S 2.2", "POST answers", posted.status, 200)
		s(t, "S 2.5", "Content-Type", posted.header.Get("Content-Type"), "image/jpeg")
		content, err := wxqr.DecodeReader(strings.NewReader(posted.body))
		if err != nil {
			t.Errorf("S 2.5: the image is no QR code: %v", err)
		}
		s(t, "S 2.5", "text of the code", content, "https://login.weixin.qq.com/l/"+uuid)
		s(t, "S 0.2", "the image belongs to the uuid", strings.HasSuffix(content, "/l/"+uuid), true)
		other := h.uuid()
		s(t, "S 0.2", "another uuid has another image", h.ask("GET", loginHost+"/qrcode/"+other, "").body != posted.body, true)

		for _, c := range []struct{ no, what, method, url, body string }{
			{"S 2.2", "GET", "GET", loginHost + "/qrcode/" + uuid, ""},
			{"S 2.2", "POST without a body", "POST", loginHost + "/qrcode/" + uuid, ""},
			{"S 2.3", "t in the query", "GET", loginHost + "/qrcode/" + uuid + "?t=webwx", ""},
			{"S 2.3", "another t", "POST", loginHost + "/qrcode/" + uuid, "t=other"},
			{"S 2.4", "_ in the query", "GET", loginHost + "/qrcode/" + uuid + "?_=1453124908000", ""},
			{"S 2.4", "_ in the body alone", "POST", loginHost + "/qrcode/" + uuid, "_=x"},
			{"S 2.1", "the main host, with the page's retry parameter", "GET", mainHost + "/qrcode/" + uuid + "?mmSrcParallelRetry=1", ""},
		} {
			a := h.ask(c.method, c.url, c.body)
			s(t, c.no, c.what+" gives the same image", a.status == 200 && a.body == posted.body, true)
		}
	})
}

var avatarText = regexp.MustCompile(`^window\.code=201;window\.userAvatar = 'data:img/jpg;base64,([A-Za-z0-9+/=]+)';$`)

func TestSeedWaitForLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		ctx, phone := t.Context(), h.ring("alice")
		uuid := h.uuid()
		const hold = 25 * time.Second
		poll := func(tip string) answer { return h.ask("GET", pollURL(loginHost, uuid, tip), "") }
		start := time.Now()

		for _, tip := range []string{"1", "0", ""} {
			a := poll(tip)
			s(t, "S 3.8", "answer when nothing happens, tip="+tip, a.body, "window.code=408;")
			s(t, "S 3.8", "hold time, tip="+tip, a.after, hold)
			s(t, "S 3.1", "status under the seed's host and path", a.status, 200)
			s(t, "S 3.7", "Content-Type", a.header.Get("Content-Type"), "text/javascript; charset=utf-8")
			s(t, "S 0.4", "before the scan the answer is: waiting", a.body, "window.code=408;")
		}
		s(t, "S 3.4", "poll without tip before the scan", h.ask("GET", loginHost+cgi+"login?uuid="+uuid, "").body, "window.code=408;")

		waiting := h.later("GET", pollURL(loginHost, uuid, "1"), "")
		time.Sleep(10 * time.Second)
		if _, err := phone.Scan(ctx, "https://login.weixin.qq.com/l/"+uuid); err != nil {
			t.Fatal(err)
		}
		scanned := time.Now()
		a := <-waiting
		m := avatarText.FindStringSubmatch(a.body)
		if m == nil {
			t.Fatalf("S 3.9: after the scan the poll answered %q, want the form %s", a.body, avatarText)
		}
		s(t, "S 3.3", "tip=1 tells the scan when it happens", a.after, 10*time.Second)
		s(t, "S 3.9", "code after the scan", strings.HasPrefix(a.body, "window.code=201;"), true)
		s(t, "S 3.7", "begin of the text", strings.HasPrefix(a.body, "window.code=201;"), true)
		s(t, "S 0.3", "the scan alone does not log in", strings.Contains(a.body, "redirect_uri"), false)
		s(t, "S 0.4", "then: scanned", a.body[:16], "window.code=201;")
		picture, err := base64.StdEncoding.DecodeString(m[1])
		if err != nil {
			t.Errorf("S 3.9: avatar is not base64: %v", err)
		}
		if _, _, err := image.Decode(bytes.NewReader(picture)); err != nil {
			t.Errorf("S 3.9: avatar is no picture: %v", err)
		}

		for _, tip := range []string{"0", "1", ""} { // 201 is told once, then only 200 is news
			a := poll(tip)
			s(t, "S 3.4", "answer after 201 was told, tip="+tip, a.body, "window.code=408;")
			s(t, "S 3.4", "hold time after 201, tip="+tip, a.after, hold)
		}
		waiting = h.later("GET", pollURL(loginHost, uuid, "0"), "")
		time.Sleep(5 * time.Second)
		if err := phone.Confirm(ctx, uuid); err != nil {
			t.Fatal(err)
		}
		a = <-waiting
		s(t, "S 3.4", "tip=0 tells the confirmation when it happens", a.after, 5*time.Second)
		s(t, "S 3.10", "code after the confirmation", strings.HasPrefix(a.body, "window.code=200;"), true)
		s(t, "S 0.3", "the confirmation is a second action and logs in", strings.Contains(a.body, "redirect_uri"), true)
		s(t, "S 0.4", "then: success", a.body[:16], "window.code=200;")
		for _, tip := range []string{"0", "1", ""} {
			again := poll(tip)
			s(t, "S 3.10", "200 is repeatable, tip="+tip, again.body, a.body)
			s(t, "S 3.10", "and not held", again.after, time.Duration(0))
		}

		m = redirectText.FindStringSubmatch(a.body)
		if m == nil {
			t.Fatalf("S 3.11: %q, want the form %s", a.body, redirectText)
		}
		s(t, "S 3.11", "begin", strings.HasPrefix(m[1], "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket="), true)
		u, err := url.Parse(m[1])
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		s(t, "S 3.11", "path", u.Path, "/cgi-bin/mmwebwx-bin/webwxnewloginpage")
		var names []string
		for part := range strings.SplitSeq(u.RawQuery, "&") {
			name, value, _ := strings.Cut(part, "=")
			names = append(names, name)
			s(t, "S 3.12", name+" is not empty", value != "", true)
		}
		s(t, "S 3.12", "parameters", names, []string{"ticket", "uuid", "lang", "scan"})
		s(t, "S 3.12", "uuid", q.Get("uuid"), uuid)
		s(t, "S 3.12", "scan is the time of the scan", q.Get("scan"), strconv.FormatInt(scanned.Unix(), 10))
		s(t, "S 3.12", "shape of the ticket", regexp.MustCompile(`^A[A-Za-z0-9_-]+@qrticket_0$`).MatchString(q.Get("ticket")), true)
		s(t, "S 3.12", "no slash or semicolon in the query", strings.ContainsAny(u.RawQuery, "/;"), false)

		for _, c := range []struct{ no, what, method, url, body, header string }{
			{"S 3.2", "GET", "GET", pollURL(loginHost, uuid, "0"), "", ""},
			{"S 3.2", "POST", "POST", loginHost + cgi + "login", "uuid=" + uuid + "&tip=0", "application/x-www-form-urlencoded"},
			{"S 3.1", "on the main host", "GET", pollURL("https://wx.qq.com", uuid, "0"), "", ""},
			{"S 3.6", "without _", "GET", loginHost + cgi + "login?tip=1&uuid=" + uuid, "", ""},
			{"S 3.6", "an _ that is no number", "GET", loginHost + cgi + "login?tip=1&_=x&uuid=" + uuid, "", ""},
			{"S 3.4", "the official page's parameters", "GET", loginHost + cgi + "login?loginicon=true&tip=0&r=-1453124909&_=1&uuid=" + uuid, "", ""},
		} {
			again := h.ask(c.method, c.url, c.body, "Content-Type", c.header)
			s(t, c.no, c.what, again.body, a.body)
		}

		other := h.uuid() // 201 is told once even if two polls wait
		both := []<-chan answer{h.later("GET", pollURL(loginHost, other, "1"), ""), h.later("GET", pollURL(loginHost, other, "0"), "")}
		synctest.Wait()
		if _, err := phone.Scan(ctx, other); err != nil {
			t.Fatal(err)
		}
		codes := []string{(<-both[0]).body[:16], (<-both[1]).body[:16]}
		slices.Sort(codes)
		s(t, "S 3.9", "codes of two polls that waited", codes, []string{"window.code=201;", "window.code=408;"})

		unknown := h.ask("GET", pollURL(loginHost, "AAAAAAAAAAAA", "1"), "")
		s(t, "S 3.5", "unknown uuid", unknown.body, "window.code=400;")
		s(t, "S 3.5", "held for a second", unknown.after, time.Second)
		s(t, "S 3.5", "no uuid", h.ask("GET", loginHost+cgi+"login?tip=1", "").body, "window.code=400;")

		w := h.redeem(m[1], mainHost)
		used := poll("1")
		s(t, "S 3.5", "uuid whose ticket was used", used.body, "window.code=400;")
		s(t, "S 3.5", "which is held too", used.after, time.Second)
		s(t, "S 3.13", "the credentials work on the other main host", ret(t, w.call("webwxinit", "")), 0)
		if gone := time.Since(start); gone > 5*time.Minute {
			t.Errorf("the test itself took %v, which is longer than a code lives", gone)
		}
	})
}

func TestSeedHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
		uuid, _ := h.confirmed("alice", loginHost)
		for _, c := range []struct{ asked, want string }{
			{loginHost, "https://wx.qq.com"},
			{"https://wx.qq.com", "https://wx.qq.com"},
			{"https://login.wx.qq.com", "https://wx.qq.com"},
			{mainHost, "https://wx2.qq.com"},
			{"https://login.wx2.qq.com", "https://wx2.qq.com"},
			{"https://login.wx8.qq.com", "https://wx8.qq.com"},
			{"https://login.wechat.com", "https://web.wechat.com"},
			{"https://login.web2.wechat.com", "https://web2.wechat.com"},
			{"http://WX2.qq.com", "https://wx2.qq.com"},
			{"http://wx2.qq.com:8080", "https://wx2.qq.com"},
			{ownHost, ownHost},
			{"http://wx.example", "http://wx.example"},
			{addrHost, addrHost},
			{"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
			{"http://[::1]:8080", "http://[::1]:8080"},
			{"http://localhost:8080", "http://localhost:8080"},
			{"http://wx.qq.com.example", "http://wx.qq.com.example"},
			{"http://evilqq.com", "http://evilqq.com"},
		} {
			origin, _, _ := strings.Cut(h.redirect(c.asked, uuid), "/cgi-bin/")
			s(t, "S 3.13", "origin of redirect_uri for a poll of "+c.asked, origin, c.want)
		}
		a := h.ask("GET", pollURL("http://inner:9000", uuid, "0"), "", "X-Forwarded-Host", "chat.example", "X-Forwarded-Proto", "https")
		s(t, "S 3.13", "origin behind a trusted proxy", strings.Contains(a.body, `"https://chat.example/cgi-bin/`), true)

		for _, c := range []struct{ host, domain, proto string }{
			{mainHost, "wx2.qq.com", ""},
			{"https://wx.qq.com", "wx.qq.com", ""},
			{ownHost, "wx.example", ""},
			{addrHost, "", ""},
			{"http://localhost:8080", "", ""},
			{"http://chat.example", "chat.example", "https"},
		} {
			_, redirect := h.confirmed("alice", c.host)
			u, err := url.Parse(redirect)
			if err != nil {
				t.Fatal(err)
			}
			var header []string
			if c.proto != "" {
				header = []string{"X-Forwarded-Proto", c.proto}
			}
			a := h.ask("GET", c.host+u.RequestURI()+"&fun=new", "", header...)
			got := a.cookies(t)
			s(t, "S 4.11", "names of the cookies of "+c.host, cookieNames(got), []string{
				"wxuin", "wxsid", "wxloadtime", "mm_lang", "webwx_data_ticket", "webwxuvid", "webwx_auth_ticket",
			})
			for _, cookie := range got {
				what := fmt.Sprintf("cookie %s of %s: ", cookie.Name, c.host)
				s(t, "S 4.11", what+"Domain", cookie.Domain, c.domain)
				s(t, "S 4.11", what+"Path", cookie.Path, "/")
				s(t, "S 4.11", what+"Secure", cookie.Secure, c.proto == "https")
				s(t, "S 4.11", what+"HttpOnly", cookie.HttpOnly, false)
				s(t, "S 4.11", what+"Expires later", cookie.Expires.After(time.Now()), true)
				s(t, "S 4.11", what+"value that every client sends unchanged", regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(cookie.Value), true)
			}
		}

		key := []byte("an example key of 32 bytes......")
		h.restart(wxserver.Options{Key: key, Origin: "https://chat.example.com"})
		for _, asked := range []string{loginHost, mainHost, ownHost} {
			origin, _, _ := strings.Cut(h.redirect(asked, uuid), "/cgi-bin/")
			s(t, "S 3.13", "configured origin, for a poll of "+asked, origin, "https://chat.example.com")
		}
	})
}

func cookieNames(cookies []*http.Cookie) []string {
	var names []string
	for _, c := range cookies {
		names = append(names, c.Name)
	}
	return names
}

func TestSeedCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		uuid, redirect := h.confirmed("alice", mainHost)
		start := time.Now()
		_, query, _ := strings.Cut(redirect, "?")
		page := mainHost + cgi + "webwxnewloginpage?"

		other := h.uuid()
		for _, c := range []struct{ what, query string }{
			{"a ticket with one character changed", strings.Replace(query, "ticket=A", "ticket=B", 1)},
			{"no ticket", "uuid=" + uuid + "&lang=zh_CN&scan=1"},
			{"the ticket with another uuid", strings.Replace(query, uuid, other, 1)},
			{"a uuid that was not confirmed", "ticket=A@qrticket_0&uuid=" + other},
		} {
			a := h.ask("GET", page+c.query+"&fun=new", "")
			var got struct {
				XMLName xml.Name `xml:"error"`
				Ret     int      `xml:"ret"`
				Message string   `xml:"message"`
				Skey    string   `xml:"skey"`
			}
			if err := xml.Unmarshal([]byte(a.body), &got); err != nil {
				t.Errorf("S 4.3: %s: %q: %v", c.what, a.body, err)
			}
			s(t, "S 4.3", c.what+": ret is an error with a message and nothing else", got.Ret != 0 && got.Message != "" && got.Skey == "", true)
			s(t, "S 4.3", c.what+": no cookies", len(a.cookies(t)), 0)
		}

		a := h.ask("GET", page+query+"&fun=new", "")
		m := loginXML.FindStringSubmatch(a.body)
		if m == nil {
			t.Fatalf("S 4.9: %q, want the form %s", a.body, loginXML)
		}
		var doc struct{ XMLName xml.Name }
		if err := xml.Unmarshal([]byte(a.body), &doc); err != nil {
			t.Fatal(err)
		}
		s(t, "S 4.1", "status under the seed's host and path", a.status, 200)
		s(t, "S 4.2", "GET gives the credentials", m != nil, true)
		s(t, "S 4.5", "status with fun=new", a.status, 200)
		s(t, "S 4.6", "root", doc.XMLName.Local, "error")
		s(t, "S 4.6", "Content-Type", a.header.Get("Content-Type"), "text/plain; charset=utf-8")
		s(t, "S 4.7", "ret", strings.Contains(a.body, "<error><ret>0</ret>"), true)
		s(t, "S 4.8", "message", strings.Contains(a.body, "<message>OK</message>"), true)
		s(t, "S 4.9", "shape of skey", regexp.MustCompile(`^@crypt_[0-9a-f]{8}_[0-9a-f]{32}$`).MatchString(m[1]), true)
		s(t, "S 4.9", "shape of wxsid", regexp.MustCompile(`^[A-Za-z0-9_-]{16}$`).MatchString(m[2]), true)
		s(t, "S 4.9", "shape of wxuin", regexp.MustCompile(`^[1-9]\d+$`).MatchString(m[3]), true)
		s(t, "S 4.9", "pass_ticket needs no encoding", regexp.MustCompile(`^[A-Za-z0-9_-]{16,}$`).MatchString(m[4]), true)
		s(t, "S 4.10", "isgrayscale", strings.Contains(a.body, "<isgrayscale>1</isgrayscale>"), true)
		for _, cookie := range a.cookies(t) {
			want := map[string]string{"wxuin": m[3], "wxsid": m[2], "mm_lang": "zh_CN", "wxloadtime": strconv.FormatInt(time.Now().Unix(), 10)}
			if v, ok := want[cookie.Name]; ok {
				s(t, "S 4.11", "value of "+cookie.Name, cookie.Value, v)
			}
		}
		for _, line := range a.header["Set-Cookie"] {
			s(t, "S 4.11", "an attribute after the value: "+line, strings.Contains(line, "; Path=/"), true)
		}
		w := &web{house: h.house, main: mainHost, skey: m[1], sid: m[2], uin: m[3], ticket: m[4]}
		s(t, "S 4.12", "webwxinit with exactly these values", ret(t, w.call("webwxinit", "")), 0)
		s(t, "S 4.12", "webwxinit with the pass_ticket too",
			ret(t, parse(t, h.ask("POST", mainHost+cgi+"webwxinit?pass_ticket="+w.ticket, w.body("")).body)), 0)
		s(t, "S 4.12", "another sid", ret(t, parse(t, h.ask("POST", mainHost+cgi+"webwxinit", strings.Replace(w.body(""), w.sid, "AAAAAAAAAAAAAAAA", 1)).body)), 1102)

		for _, c := range []struct {
			no, what, method, url string
			status                int
		}{
			{"S 4.1", "the other main host", "GET", "https://wx.qq.com" + cgi + "webwxnewloginpage?" + query + "&fun=new", 200},
			{"S 4.1", "a host of our own", "GET", ownHost + cgi + "webwxnewloginpage?" + query + "&fun=new", 200},
			{"S 4.2", "POST", "POST", page + query + "&fun=new", 200},
			{"S 4.4", "another lang", "GET", page + strings.Replace(query, "zh_CN", "en_US", 1) + "&fun=new", 200},
			{"S 4.4", "an unknown lang, twice", "GET", page + query + "&lang=xx&fun=new", 200},
			{"S 4.4", "no lang", "GET", page + strings.Replace(query, "lang=zh_CN&", "", 1) + "&fun=new", 200},
			{"S 4.3", "without scan", "GET", page + regexp.MustCompile(`&scan=\d+`).ReplaceAllString(query, "") + "&fun=new", 200},
			{"S 4.5", "version=v2 alone", "GET", page + query + "&version=v2", 200},
			{"S 4.5", "neither", "GET", page + query, 301},
		} {
			again := h.ask(c.method, c.url, "")
			s(t, c.no, c.what+": status", again.status, c.status)
			s(t, c.no, c.what+": the same body", again.body, a.body)
			s(t, c.no, c.what+": the same cookies", len(again.cookies(t)), 7)
			s(t, c.no, c.what+": no Location", again.header.Get("Location"), "")
		}
		nav := h.ask("GET", page+query, "", "Accept", "text/html,*/*", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Site", "none")
		s(t, "S 4.5", "a browser that navigates here is sent to the page", nav.header.Get("Location"), "/")
		s(t, "S 4.11", "with its cookies", len(nav.cookies(t)), 7)
		home := h.ask("GET", mainHost+"/", "", "Cookie", cookieHeader(nav.cookies(t)))
		s(t, "S 4.11", "with which the page says isLogin", strings.Contains(home.body, `isLogin: !!"1"`), true)

		time.Sleep(time.Until(start.Add(299 * time.Second)))
		s(t, "S 4.3", "the ticket works again within 300 s", h.ask("GET", page+query+"&fun=new", "").body, a.body)
		time.Sleep(2 * time.Second)
		late := h.ask("GET", page+query+"&fun=new", "")
		s(t, "S 4.3", "and not later", strings.HasPrefix(late.body, "<error><ret>-14</ret>"), true)
		s(t, "S 4.3", "which is held", late.after, time.Second)
		s(t, "S 4.12", "the credentials live on", ret(t, w.call("webwxinit", "")), 0)
		if !slices.ContainsFunc(a.cookies(t), func(c *http.Cookie) bool { return c.Name == "webwx_data_ticket" }) {
			t.Error("S 4.11: no webwx_data_ticket")
		}
	})
}
