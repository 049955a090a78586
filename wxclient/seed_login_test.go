package wxclient

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

const (
	seedMS  = "1453124908123" // when the bubble of a seedRun begins
	brExact = `"BaseRequest":{"Uin":200100300,"Sid":"Kq2wT/9xLm+4aPzB","Skey":"%s","DeviceID":"DEVICE"}`
	qSid    = "Kq2wT%2F9xLm%2B4aPzB"
)

// The ten requests as they are on the wire. MS is a time in milliseconds, NOT its
// complement of 32 bits, DEVICE a device id, ID a ClientMsgId.
func literals(form Form) []string {
	first, later := fmt.Sprintf(brExact, seedSkey), fmt.Sprintf(brExact, "@crypt_new")
	msg := `"Msg":{"Type":1,"Content":"你好 <b>&\"'/\\\n` + "\u2028\u2029😀" + `","FromUserName":"@me","ToUserName":"@bob","LocalID":"ID","ClientMsgId":"ID"}`
	sync := `"SyncKey":` + seedKeys + `,"rr":NOT}`
	status := `,"Code":3,"FromUserName":"@me","ToUserName":"@me","ClientMsgId":MS}`
	page := strings.Replace(seedRedirect, "https://", "", 1)
	if form == Seed {
		return []string{
			"GET login.weixin.qq.com/jslogin?appid=wx782c26e4c19acffb&fun=new&lang=zh_CN&_=MS\n",
			"POST login.weixin.qq.com/qrcode/Qx7bPd_kRA==\nt=webwx&_=MS",
			"GET login.weixin.qq.com/cgi-bin/mmwebwx-bin/login?tip=1&uuid=Qx7bPd_kRA%3D%3D&_=MS\n",
			"GET login.weixin.qq.com/cgi-bin/mmwebwx-bin/login?tip=1&uuid=Qx7bPd_kRA%3D%3D&_=MS\n",
			"GET login.weixin.qq.com/cgi-bin/mmwebwx-bin/login?tip=0&uuid=Qx7bPd_kRA%3D%3D&_=MS\n",
			"GET " + page + "&fun=new\n",
			"POST wx2.qq.com/cgi-bin/mmwebwx-bin/webwxinit\n{" + first + "}",
			"POST wx2.qq.com/cgi-bin/mmwebwx-bin/webwxstatusnotify\n{" + later + status,
			"POST wx2.qq.com/cgi-bin/mmwebwx-bin/webwxgetcontact\n{" + later + "}",
			"GET webpush2.weixin.qq.com/cgi-bin/mmwebwx-bin/synccheck\n{" + later + "}",
			"GET webpush2.weixin.qq.com/cgi-bin/mmwebwx-bin/synccheck\n{" + later + "}",
			"POST wx2.qq.com/cgi-bin/mmwebwx-bin/webwxsync?sid=" + qSid + "&skey=%40crypt_new&pass_ticket=abc%252Bdef%253D\n{" + later + "," + sync,
			"POST wx2.qq.com/cgi-bin/mmwebwx-bin/webwxsendmsg?pass_ticket=abc%252Bdef%253D\n{" + later + "," + msg + "}",
		}
	}
	check := "GET webpush.wx2.qq.com/cgi-bin/mmwebwx-bin/synccheck?r=MS&skey=%40crypt_new&sid=" + qSid + "&uin=200100300&deviceid=DEVICE&synckey=1_635705559%7C2_635705726%7C3_635705552%7C1000_1453101063&_=MS\n"
	poll := "GET login.weixin.qq.com/cgi-bin/mmwebwx-bin/login?loginicon=true&uuid=Qx7bPd_kRA%%3D%%3D&tip=%d&r=NOT&_=MS\n"
	const ticket = "lang=zh_CN&pass_ticket=abc%252Bdef%253D"
	return []string{
		"GET login.weixin.qq.com/jslogin?appid=wx782c26e4c19acffb&redirect_uri=https%3A%2F%2Fwx.qq.com%2Fcgi-bin%2Fmmwebwx-bin%2Fwebwxnewloginpage&fun=new&lang=zh_CN&_=MS\n",
		"GET login.weixin.qq.com/qrcode/Qx7bPd_kRA==?t=webwx&_=MS\n",
		fmt.Sprintf(poll, 1), fmt.Sprintf(poll, 1), fmt.Sprintf(poll, 0),
		"GET " + page + "&fun=new&version=v2\n",
		"POST wx2.qq.com/cgi-bin/mmwebwx-bin/webwxinit?r=NOT&" + ticket + "\n{" + first + "}",
		"POST wx2.qq.com/cgi-bin/mmwebwx-bin/webwxstatusnotify?" + ticket + "\n{" + later + status,
		"GET wx2.qq.com/cgi-bin/mmwebwx-bin/webwxgetcontact?" + ticket + "&r=MS&seq=0&skey=%40crypt_new\n",
		check, check,
		"POST wx2.qq.com/cgi-bin/mmwebwx-bin/webwxsync?sid=" + qSid + "&skey=%40crypt_new&" + ticket + "\n{" + later + "," + sync,
		"POST wx2.qq.com/cgi-bin/mmwebwx-bin/webwxsendmsg?" + ticket + "\n{" + later + "," + msg + `,"Scene":0}`,
	}
}

// literal writes a request as literals does. That the times are those of the
// request is checked on the way.
func (a asked) literal() string {
	ms := fmt.Sprint(a.at.UnixMilli())
	not := fmt.Sprint(int32(^uint32(a.at.UnixMilli() & 0xffffffff)))
	text := a.method + " " + a.host + a.path
	if a.query != "" {
		text += "?" + a.query
	}
	text += "\n" + a.body
	text = deviceText.ReplaceAllString(text, "DEVICE")
	text = strings.NewReplacer("_="+ms, "_=MS", "r="+ms, "r=MS", `"ClientMsgId":`+ms, `"ClientMsgId":MS`, "r="+not, "r=NOT", `"rr":`+not, `"rr":NOT`).Replace(text)
	return sentID.ReplaceAllString(text, `"ID"`)
}

func TestSeedTenRequests(t *testing.T) {
	labels := strings.Fields("1.1 2.1 3.3 3.8 3.4 4.1 5.4 6.3 7.4 8.3 8.3 9.3 10.3")
	for _, form := range []Form{Default, Seed} {
		seedRun(t, Options{Form: form}, func(t *testing.T, c *Client, w *wireText) {
			tenSteps(t, c)
			fact(t, "S 0.7", "the order of the steps", w.ops(), "jslogin qrcode login login login webwxnewloginpage webwxinit webwxstatusnotify webwxgetcontact synccheck synccheck webwxsync webwxsendmsg")
			got, want := w.log(""), literals(form)
			for i := range min(len(got), len(want)) {
				fact(t, "S "+labels[i], fmt.Sprintf("form %d, request %d as a whole", form, i), got[i].literal(), want[i])
				fact(t, "S 1.1", "https", got[i].scheme, "https")
			}
			devices := make(map[string]bool)
			for _, a := range got {
				device := deviceText.FindString(a.query + a.body)
				fact(t, "S 5.4", "DeviceID is new for each request: "+a.op, device != "" && devices[device], false)
				devices[device] = true
				if strings.HasPrefix(a.body, "{") {
					fact(t, "S 5.3", "Content-Type of "+a.op, a.header["Content-Type"], []string{jsonType})
				}
			}
			misspelt := []string(nil)
			if form == Seed {
				misspelt = []string{jsonType}
			}
			fact(t, "S 7.3", "ContentType as the seed spells it, beside the right one", w.last("webwxgetcontact").exactly("ContentType"), misspelt)
			fact(t, "S 8.3", "ContentType", w.last("synccheck").exactly("ContentType"), misspelt)
			fact(t, "S 9.2", "ContentType", w.last("webwxsync").exactly("ContentType"), misspelt)
			fact(t, "S 9.2", "Content-Type", w.last("webwxsync").header["Content-Type"], []string{jsonType})
			fact(t, "S 10.2", "ContentType", w.last("webwxsendmsg").exactly("ContentType"), misspelt)
		})
	}
}

func TestSeedOverview(t *testing.T) {
	seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
		w.say("jslogin", lines(`window.QRLogin.code = 200; window.QRLogin.uuid = "one==";`, `window.QRLogin.code = 200; window.QRLogin.uuid = "two==";`)...)
		w.say("login", lines("window.code=400;", "window.code=201;", "window.code=200;\nwindow.redirect_uri=\""+seedRedirect+"\";")...)
		var shown []string
		for ev, err := range c.Login(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if ev.Code == 0 {
				shown = append(shown, ev.UUID, ev.QR, string(ev.Image))
			}
		}
		fact(t, "S 0.1", "a new uuid for every attempt", len(w.log("jslogin")), 2)
		const picture = "\xff\xd8\xffJPEG"
		fact(t, "S 0.3", "shows the picture and its text", shown, []string{
			"one==", "https://login.weixin.qq.com/l/one==", picture, "two==", "https://login.weixin.qq.com/l/two==", picture,
		})
		for i, uuid := range []string{"one==", "two=="} {
			fact(t, "S 0.2", "asks for the picture of exactly that uuid", w.log("qrcode")[i].path, "/qrcode/"+uuid)
		}
		fact(t, "S 0.3", "scan and confirm are not the client's", strings.ContainsAny(w.ops(), "/"), false)
		fact(t, "S 0.4", "polls until 200, then fetches redirect_uri", strings.HasPrefix(w.ops(), "jslogin qrcode login jslogin qrcode login login webwxnewloginpage"), true)
		_, err := c.Contacts(t.Context())
		fact(t, "S 0.5", "contacts after login", err, nil)
		_, err = c.SendText(t.Context(), "@bob", "x")
		fact(t, "S 0.5", "sending after login", err, nil)
		n := len(w.log(""))
		for _, err := range c.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			w.mu.Lock()
			done := len(w.asked) > n+3
			w.mu.Unlock()
			if done {
				break
			}
			w.say("webwxsync", said{text: strings.ReplaceAll(seedSync, "7000000000000000001", "7000000000000000002")})
			w.say("synccheck", said{text: `window.synccheck={retcode:"0",selector:"2"}`})
		}
		fact(t, "S 0.6", "sync after a positive check, then check again", strings.HasSuffix(w.ops(), "synccheck synccheck webwxsync synccheck webwxsync"), true)
		steps := []any{c.UUID, c.QRCode, c.WaitLogin, c.NewLoginPage, c.Init, c.StatusNotify, c.Contacts, c.SyncCheck, c.Sync, c.SendText}
		fact(t, "S 0.8", "an operation for each of the ten", len(steps), 10)
		fact(t, "S 0.9", "further material asks nothing of a client", w.last("https").op, "")
	})
}

func TestSeedUUID(t *testing.T) {
	seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
		uuid, err := c.UUID(t.Context())
		a := w.last("jslogin")
		fact(t, "S 1.1", "URL", a.url(), "https://login.weixin.qq.com/jslogin")
		fact(t, "S 1.2", "method", a.method, "GET")
		fact(t, "S 1.3", "percent-encoding", has(a.query, "redirect_uri=https%3A%2F%2Fwx.qq.com%2Fcgi-bin%2F"), true)
		fact(t, "S 1.4", "appid", a.param("appid"), "wx782c26e4c19acffb")
		fact(t, "S 1.5", "fun", a.param("fun"), "new")
		fact(t, "S 1.6", "lang", a.param("lang"), "zh_CN")
		fact(t, "S 1.7", "_", a.param("_"), seedMS)
		fact(t, "S 1.9", "uuid without a final semicolon", uuid, seedUUID)
		fact(t, "S 1.10", "code 200", err, nil)
		for _, text := range []string{
			`window.QRLogin.code = 200; window.QRLogin.uuid = "` + seedUUID + `";`,
			`window.QRLogin.code=200;window.QRLogin.uuid="` + seedUUID + `";`,
			"\ufeff window.QRLogin.code  =  200 ;\r\n window.QRLogin.uuid\t=\t\"" + seedUUID + "\" ;\n",
		} {
			w.say("jslogin", said{text: text, header: http.Header{"Content-Type": {"text/plain"}}})
			uuid, err := c.UUID(t.Context())
			fact(t, "S 1.8", "text of any label", err, nil)
			fact(t, "S 1.9", fmt.Sprintf("%q", text), uuid, seedUUID)
		}
		for _, code := range []webwx.LoginCode{400, 500} {
			w.say("jslogin", said{text: fmt.Sprintf(`window.QRLogin.code = %d; window.QRLogin.uuid = "x";`, code)})
			_, err := c.UUID(t.Context())
			refused, _ := errors.AsType[*webwx.LoginError](err)
			fact(t, "S 1.10", "another code is a failure", refused, &webwx.LoginError{Op: "jslogin", Code: code})
		}
		w.say("jslogin", said{text: `{"code":200,"uuid":"x"}`})
		_, err = c.UUID(t.Context())
		fact(t, "S 1.8", "JSON is no answer", err != nil, true)
	})
	seedRun(t, Options{Lang: "en_US"}, func(t *testing.T, c *Client, w *wireText) {
		_, err := c.UUID(t.Context())
		fact(t, "S 1.6", "another lang", w.last("jslogin").param("lang"), "en_US")
		fact(t, "S 1.6", "another lang", err, nil)
	})
}

func TestSeedQRCode(t *testing.T) {
	for _, form := range []Form{Default, Seed} {
		seedRun(t, Options{Form: form}, func(t *testing.T, c *Client, w *wireText) {
			image, err := c.QRCode(t.Context(), seedUUID)
			a := w.last("qrcode")
			fact(t, "S 2.1", "URL", a.url(), "https://login.weixin.qq.com/qrcode/"+seedUUID)
			where := a.query
			if form == Seed {
				where = a.body
				fact(t, "S 2.2", "POST in the seed's form", a.method, "POST")
			} else {
				fact(t, "S 2.2", "GET as browsers do", a.method, "GET")
			}
			fact(t, "S 2.3", "t", has(where, "t=webwx"), true)
			fact(t, "S 2.4", "_", has(where, "_="+seedMS), true)
			fact(t, "S 2.5", "the bytes of the image", string(image), "\xff\xd8\xffJPEG")
			fact(t, "S 2.5", "no error", err, nil)
			w.say("qrcode", said{text: ""})
			_, err = c.QRCode(t.Context(), seedUUID)
			fact(t, "S 2.5", "no bytes are no image", err != nil, true)
		})
	}
}

func TestSeedPoll(t *testing.T) {
	seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
		const waiting = "window.code=408;"
		w.say("login", said{text: waiting, after: 25 * time.Second}, said{text: waiting, after: 25 * time.Second}, said{text: waiting, after: 25 * time.Second},
			said{text: "window.code=201;window.userAvatar = 'data:img/jpg;base64," + base64.StdEncoding.EncodeToString([]byte("AV")) + "';"},
			said{text: waiting, after: 25 * time.Second}, said{text: "window.code=201;"},
			said{text: "window.code=200;\nwindow.redirect_uri=\"" + seedRedirect + "\";"})
		codes := enterBy(t, c)
		list := w.log("login")
		fact(t, "S 3.1", "URL", list[0].url(), "https://login.weixin.qq.com/cgi-bin/mmwebwx-bin/login")
		fact(t, "S 3.2", "method", list[0].method, "GET")
		var tips []string
		for _, a := range list {
			tips = append(tips, a.param("tip"))
			fact(t, "S 3.5", "uuid", a.param("uuid"), seedUUID)
			fact(t, "S 3.6", "_", a.param("_"), fmt.Sprint(a.at.UnixMilli()))
		}
		fact(t, "S 3.3", "tip until the scan", tips[:4], []string{"1", "1", "1", "1"})
		fact(t, "S 3.4", "tip after it", tips[4:], []string{"0", "0", "0"})
		fact(t, "S 3.8", "polls again after 408, with the same code", len(w.log("jslogin")), 1)
		fact(t, "S 3.9", "told once, 408 each time", codes, []webwx.LoginCode{0, 408, 408, 408, 201, 408})
		fact(t, "S 3.10", "goes on", w.last("webwxnewloginpage").op, "webwxnewloginpage")
	})
	for text, want := range map[string]Answer{
		"window.code=408;":     {Code: 408},
		"window.code = 408":    {Code: 408},
		"window.code=201;x=1;": {Code: 201},
		"window.code=201;window.userAvatar = 'data:img/jpg;base64,QVY=';":  {Code: 201, Avatar: []byte("AV")},
		"window.code=200;window.redirect_uri=\"" + seedRedirect + "\";":    {Code: 200, RedirectURI: seedRedirect},
		"window.code=200;\r\nwindow.redirect_uri = '" + "https://h/p?a=1'": {Code: 200, RedirectURI: "https://h/p?a=1"},
	} {
		seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
			w.say("login", said{text: text})
			got, err := c.WaitLogin(t.Context(), "u", 1)
			fact(t, "S 3.7", fmt.Sprintf("%q", text), got, want)
			fact(t, "S 3.11", "the text between the quotes", got.RedirectURI, want.RedirectURI)
			fact(t, "S 3.7", fmt.Sprintf("%q", text), err, nil)
		})
	}
	seedRun(t, Options{MaxCodes: 2}, func(t *testing.T, c *Client, w *wireText) {
		w.say("login", said{text: "window.code=400;"})
		var end error
		for _, err := range c.Login(t.Context()) {
			end = err
		}
		fact(t, "S 3.8", "the limit is configurable", len(w.log("jslogin")), 2)
		fact(t, "S 3.8", "and told", errors.Is(end, webwx.ErrExpired), true)
	})
}

func TestSeedRedirectURI(t *testing.T) {
	const path = "/cgi-bin/mmwebwx-bin/webwxnewloginpage"
	for _, tt := range []struct{ name, query, want string }{
		{"the four parameters", "ticket=T@qrticket_0&uuid=u==&lang=zh_CN&scan=1", "ticket=T@qrticket_0&uuid=u==&lang=zh_CN&scan=1&fun=new&version=v2"},
		{"in another order, with others", "x=1&scan=1&ticket=T&uuid=u&lang=en_US&y", "x=1&scan=1&ticket=T&uuid=u&lang=en_US&y&fun=new&version=v2"},
		{"odd characters", "ticket=a+b%2f%2Bc/d*~!'()|^`{}[]\\&lang=l&=&&", "ticket=a+b%2f%2Bc/d*~!'()|^`{}[]\\&lang=l&=&&&fun=new&version=v2"},
		{"broken escapes", "ticket=%zz%&lang=l", "ticket=%zz%&lang=l&fun=new&version=v2"},
		{"what cannot stand in a request is escaped", "ticket=a b你&lang=l", "ticket=a%20b%E4%BD%A0&lang=l&fun=new&version=v2"},
		{"what is there is not added", "fun=old&version=v9&lang=l", "fun=old&version=v9&lang=l"},
		{"without lang", "ticket=T", "ticket=T&lang=zh_CN&fun=new&version=v2"},
	} {
		seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
			err := c.NewLoginPage(t.Context(), "https://wx2.qq.com"+path+"?"+tt.query)
			a := w.last("webwxnewloginpage")
			fact(t, "S 3.12", tt.name, a.query, tt.want)
			fact(t, "S 4.3", tt.name, a.query, tt.want)
			fact(t, "S 3.12", tt.name, err, nil)
		})
	}
	for _, tt := range []struct{ main, push, file string }{
		{"wx.qq.com", "webpush.wx.qq.com", "file.wx.qq.com"},
		{"wx2.qq.com", "webpush.wx2.qq.com", "file.wx2.qq.com"},
		{"wx8.qq.com", "webpush.wx8.qq.com", "file.wx8.qq.com"},
		{"web.wechat.com", "webpush.web.wechat.com", "file.web.wechat.com"},
		{"web2.wechat.com", "webpush.web2.wechat.com", "file.web2.wechat.com"},
		{"wx.example.org", "webpush.wx.example.org", "file.wx.example.org"},
		{"wx.qq.com:8443", "webpush.wx.qq.com:8443", "file.wx.qq.com:8443"},
		{"127.0.0.1:8443", "127.0.0.1:8443", "127.0.0.1:8443"},
		{"[2001:db8::1]:8443", "[2001:db8::1]:8443", "[2001:db8::1]:8443"},
		{"localhost", "localhost", "localhost"},
	} {
		seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
			w.say("login", said{text: `window.code=200;window.redirect_uri="https://` + tt.main + path + `?ticket=T";`})
			enterBy(t, c)
			_, err := c.SyncCheck(t.Context())
			fact(t, "S 3.13", "no error", err, nil)
			fact(t, "S 3.13", tt.main+": the host of webwxinit", w.last("webwxinit").host, tt.main)
			fact(t, "S 3.13", tt.main+": the push host", w.last("synccheck").host, tt.push)
			fact(t, "S 3.13", tt.main+": the file host", c.base(wire.File), "https://"+tt.file)
			fact(t, "S 4.1", tt.main+": the login page", w.last("webwxnewloginpage").host, tt.main)
		})
	}
}

func TestSeedLoginPage(t *testing.T) {
	seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
		tenSteps(t, c)
		a := w.last("webwxnewloginpage")
		fact(t, "S 4.1", "URL", a.url(), "https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage")
		fact(t, "S 4.2", "method", a.method, "GET")
		fact(t, "S 4.3", "ticket, uuid, scan", []string{a.param("ticket"), a.param("uuid"), a.param("scan")}, []string{"A_t@qrticket_0", seedUUID, "1453124900"})
		fact(t, "S 4.4", "lang", a.param("lang"), "zh_CN")
		fact(t, "S 4.5", "fun", a.param("fun"), "new")
		want := webwx.Credentials{Uin: 200100300, Sid: seedSid, Skey: "@crypt_new", PassTicket: "abc%2Bdef%3D"}
		fact(t, "S 4.9", "all four are stored", c.session.Credentials, want)
		for _, op := range []string{"webwxinit", "webwxstatusnotify", "webwxsync", "webwxsendmsg"} {
			body := w.last(op).body
			fact(t, "S 4.12", op+" has uin and sid of the XML, not of the cookie", has(body, `"Uin":200100300,"Sid":"`+seedSid+`"`), true)
		}
		fact(t, "S 4.12", "skey", has(w.last("webwxinit").body, `"Skey":"`+seedSkey+`"`), true)
		fact(t, "S 4.12", "pass_ticket is encoded once more, as it is", has(w.last("webwxsendmsg").query, "pass_ticket=abc%252Bdef%253D"), true)
		for _, op := range []string{"webwxinit", "webwxstatusnotify", "webwxgetcontact", "webwxsync", "webwxsendmsg"} {
			fact(t, "S 4.11", "cookies to "+op, w.last(op).header.Get("Cookie"), "wxsid=cookie/sid+; webwx_data_ticket=dt")
		}
		fact(t, "S 4.11", "cookies to the push host", w.last("synccheck").header.Get("Cookie"), "wxsid=cookie/sid+; webwx_data_ticket=dt")
	})
	const four = `<skey>k</skey><wxsid>s</wxsid><wxuin>7</wxuin><pass_ticket>p</pass_ticket>`
	for _, tt := range []struct {
		no, name, reply string
		want            error
	}{
		{"S 4.6", "the root is error", `<error><ret>0</ret><message>OK</message>` + four + `<isgrayscale>1</isgrayscale></error>`, nil},
		{"S 4.6", "on several lines, with a declaration", "\ufeff<?xml version=\"1.0\"?>\n<error>\n<ret>0</ret>\n" + four + "\n</error>\n", nil},
		{"S 4.7", "another ret is an error with the message", `<error><ret>1203</ret><message>不能登录 &amp; so</message></error>`, &webwx.Error{Op: "webwxnewloginpage", Ret: 1203, Msg: "不能登录 & so"}},
		{"S 4.7", "even with credentials", `<error><ret>-14</ret><message></message>` + four + `</error>`, &webwx.Error{Op: "webwxnewloginpage", Ret: -14}},
		{"S 4.8", "another message", `<error><ret>0</ret><message>fine</message>` + four + `</error>`, nil},
		{"S 4.8", "no message", `<error><ret>0</ret>` + four + `</error>`, nil},
		{"S 4.10", "isgrayscale 0", `<error><ret>0</ret>` + four + `<isgrayscale>0</isgrayscale></error>`, nil},
		{"S 4.10", "isgrayscale empty", `<error><ret>0</ret>` + four + `<isgrayscale></isgrayscale></error>`, nil},
	} {
		seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
			w.say("webwxnewloginpage", said{text: tt.reply})
			err := c.NewLoginPage(t.Context(), seedRedirect)
			fact(t, tt.no, tt.name, err, tt.want)
			if tt.want == nil {
				fact(t, "S 4.9", tt.name, c.session.Credentials, webwx.Credentials{Uin: 7, Sid: "s", Skey: "k", PassTicket: "p"})
			}
		})
	}
	for _, reply := range []string{`<html><ret>0</ret>` + four + `</html>`, `<error><ret>0</ret></error>`, ``} {
		seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
			w.say("webwxnewloginpage", said{text: reply})
			fact(t, "S 4.6", "no login: "+reply, c.NewLoginPage(t.Context(), seedRedirect) != nil, true)
		})
	}
}
