package wxserver_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx/wxserver"
)

func TestSeedOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		bob := h.started("bob", mainHost)
		alice := bob.names()["爱丽丝"]

		// Everything works at once after steps 4 to 6 …
		w := h.started("alice", mainHost)
		w.call("webwxstatusnotify", fmt.Sprintf(`"Code":3,"FromUserName":"%s","ToUserName":"%s","ClientMsgId":1`, w.self, w.self))
		s(t, "S 0.5", "contacts", number(t, w.call("webwxgetcontact", "")["MemberCount"]), 6)
		s(t, "S 0.5", "a send", ret(t, w.send(w.names()["Bob &amp; Co"], "hello", "1")), 0)
		s(t, "S 0.5", "which arrives", bob.read(), []string{"hello"})
		bob.send(alice, "and back", "1")
		for round := range 3 {
			s(t, "S 0.5", fmt.Sprintf("sync %d", round), ret(t, w.sync()), 0)
		}

		// … and in any other order.
		for _, steps := range [][]string{
			{"webwxgetcontact", "webwxsync", "webwxstatusnotify", "webwxinit"},
			{"webwxsync", "webwxsendmsg", "webwxinit", "webwxgetcontact"},
			{"webwxsendmsg", "synccheck", "webwxgetcontact", "webwxinit", "webwxinit"},
			{"synccheck", "webwxbatchgetcontact", "webwxsync", "webwxsync"},
		} {
			w := h.enter("alice", mainHost)
			for _, op := range steps {
				switch op {
				case "synccheck":
					bob.send(alice, fmt.Sprint(time.Now()), fmt.Sprint(steps))
					q := url.Values{"sid": {w.sid}, "uin": {w.uin}}
					s(t, "S 0.7", fmt.Sprintf("synccheck in %v", steps), h.ask("GET", pushHost+cgi+op+"?"+q.Encode(), "").body, synccheck(0, 2))
				case "webwxsendmsg":
					more := `"Msg":{"Type":1,"Content":"hi","ToUserName":"filehelper","LocalID":"1","ClientMsgId":"1"}`
					s(t, "S 0.7", fmt.Sprintf("%s in %v", op, steps), ret(t, w.call(op, more)), 0)
				case "webwxstatusnotify":
					s(t, "S 0.7", fmt.Sprintf("%s in %v", op, steps), ret(t, w.call(op, `"Code":3`)), 0)
				default:
					s(t, "S 0.7", fmt.Sprintf("%s in %v", op, steps), ret(t, w.call(op, "")), 0)
				}
			}
		}
	})
}

// match returns what the groups of pattern find in text, as a client would look.
func match(t *testing.T, no, pattern, text string) []string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("%s: %q does not match the client's %s", no, text, pattern)
	}
	return m[1:]
}

// The requests of wechat-robot, with its own patterns: client-compat.md §6.
func TestSeedWechatRobot(t *testing.T) {
	const no = "S 0.8"
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		bob, phone := h.started("bob", mainHost), h.ring("alice")
		push := h.ask("GET", loginHost+cgi+"webwxpushloginurl?uin=1", "")
		s(t, no, "uuid is there when there is no push login", text(t, parse(t, push.body)["uuid"]), "")
		m := match(t, no, `window.QRLogin.code = (\d+); window.QRLogin.uuid = "(\S+?)";`, h.ask("GET", loginHost+"/jslogin?appid="+appID+"&fun=new", "").body)
		uuid := m[1]
		s(t, no, "getUUID: code", m[0], "200")
		s(t, no, "showQrCode", h.ask("GET", loginHost+"/qrcode/"+uuid, "").status, 200)
		login := loginHost + cgi + "login?loginicon=true&uuid=" + uuid + "&tip=1&_=1453124908&r=-920287"
		waiting := h.later("GET", login, "")
		time.Sleep(time.Second)
		if _, err := phone.Scan(t.Context(), uuid); err != nil {
			t.Fatal(err)
		}
		s(t, no, "waitForLogin: scanned", match(t, no, `window.code=(\d+)`, (<-waiting).body)[0], "201")
		waiting = h.later("GET", login, "")
		time.Sleep(time.Second)
		if err := phone.Confirm(t.Context(), uuid); err != nil {
			t.Fatal(err)
		}
		body := (<-waiting).body
		s(t, no, "waitForLogin: confirmed", match(t, no, `window.code=(\d+)`, body)[0], "200")
		redirect := match(t, no, `window.redirect_uri="(\S+)";`, body)[0]
		origin := redirect[:strings.LastIndexByte(redirect, '/')]
		s(t, no, "base URL by the last slash", origin, "https://wx.qq.com/cgi-bin/mmwebwx-bin")
		a := h.ask("GET", redirect, "")
		w := &web{house: h.house, main: "https://wx.qq.com"}
		w.skey, w.sid = match(t, no, `<skey>(\S+)</skey>`, a.body)[0], match(t, no, `<wxsid>(\S+)</wxsid>`, a.body)[0]
		w.uin, w.ticket = match(t, no, `<wxuin>(\S+)</wxuin>`, a.body)[0], match(t, no, `<pass_ticket>(\S+)</pass_ticket>`, a.body)[0]
		base := fmt.Sprintf(`{"BaseRequest":{"Uin":"%s","Sid":"%s","Skey":"%s","DeviceID":"e1234567890123"}`, w.uin, w.sid, w.skey)
		jsonType := []string{"Content-Type", "application/json; charset=UTF-8"}
		o := parse(t, h.ask("POST", origin+"/webwxinit?r=-920287&pass_ticket="+w.ticket, base+"}", jsonType...).body)
		w.self, w.key = text(t, parse(t, o["User"])["UserName"]), o["SyncKey"]
		s(t, no, "wxInit: int32 keys", kind(list(t, parse(t, o["SyncKey"])["List"])[0]["Val"]), "int")
		var peer string
		for _, c := range list(t, o["ContactList"]) { // its only source of contacts
			s(t, no, "wxInit: VerifyFlag of each contact", kind(c["VerifyFlag"]), "int")
			if text(t, c["NickName"]) == "Bob &amp; Co" {
				peer = text(t, c["UserName"])
			}
		}
		s(t, no, "wxInit: bob is a contact", peer != "", true)
		notify := fmt.Sprintf(`,"Code":3,"FromUserName":"%s","ToUserName":"%s","ClientMsgId":1453124908}`, w.self, w.self)
		s(t, no, "wxStatusNotify", ret(t, parse(t, h.ask("POST", origin+"/webwxstatusnotify?lang=zh_CN&pass_ticket="+w.ticket, base+notify, jsonType...).body)), 0)
		o = parse(t, h.ask("GET", origin+"/webwxgetcontact?r=1453124908&seq=0&skey="+w.skey, "", "Cookie", cookieHeader(a.cookies(t))).body)
		s(t, no, "getContact", []string{kind(o["Seq"]), kind(o["MemberCount"]), kind(o["MemberList"])}, []string{"int", "int", "list"})
		s(t, no, "batch of nothing", ret(t, parse(t, h.ask("POST", origin+"/webwxbatchgetcontact?type=ex&r=1&pass_ticket="+w.ticket, base+`,"Count":0,"List":[]}`, jsonType...).body)), 0)
		bob.send(bob.names()["爱丽丝"], "hello", "1")
		q := "?r=1&skey=" + w.skey + "&sid=" + w.sid + "&uin=" + w.uin + "&deviceid=e1234567890123&synckey=" + keyText(t, w.key) + "&_=1"
		check := match(t, no, `window.synccheck=\{retcode:"(\d+)",selector:"(\d+)"\}`, h.ask("GET", origin+"/synccheck"+q, "").body)
		s(t, no, "syncCheck on the main host", check, []string{"0", "2"})
		o = parse(t, h.ask("POST", origin+"/webwxsync?sid="+w.sid+"&sKey="+w.skey+"&passTicket="+w.ticket, base+`,"SyncKey":`+string(w.key)+`,"rr":-920287}`, jsonType...).body)
		var texts []string
		for _, m := range list(t, o["AddMsgList"]) {
			if string(m["MsgType"]) == "1" {
				texts = append(texts, text(t, m["Content"]))
			}
		}
		s(t, no, "webwxsync", texts, []string{"hello"})
		s(t, no, "webwxsendmsg", ret(t, w.send(peer, "hi", "1453124908123456")), 0)
		s(t, no, "which arrives", bob.read(), []string{"hi"})
	})
}

// The requests of WeixinBot, with its own patterns: client-compat.md §5.
func TestSeedWeixinBot(t *testing.T) {
	const no = "S 0.9"
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		bob, phone := h.started("bob", mainHost), h.ring("alice")
		form := []string{"Content-Type", "application/x-www-form-urlencoded"}
		misspelt := slices.Concat(form, []string{"ContentType", "application/json; charset=UTF-8"})
		m := match(t, no, `window.QRLogin.code = (\d+); window.QRLogin.uuid = "(\S+?)"`,
			h.ask("POST", loginHost+"/jslogin", "appid="+appID+"&fun=new&lang=zh_CN&_=1453124908", form...).body)
		uuid := m[1]
		s(t, no, "code", m[0], "200")
		s(t, no, "image", h.ask("POST", loginHost+"/qrcode/"+uuid, "t=webwx&_=1453124908", form...).status, 200)
		waiting := h.later("GET", loginHost+cgi+"login?tip=1&uuid="+uuid+"&_=1453124908", "")
		time.Sleep(20 * time.Second)
		if _, err := phone.Scan(t.Context(), uuid); err != nil {
			t.Fatal(err)
		}
		s(t, no, "its one poll with tip=1", match(t, no, `window.code=(\d+);`, (<-waiting).body)[0], "201")
		waiting = h.later("GET", loginHost+cgi+"login?tip=0&uuid="+uuid+"&_=1453124908", "")
		time.Sleep(20 * time.Second)
		if err := phone.Confirm(t.Context(), uuid); err != nil {
			t.Fatal(err)
		}
		redirect := match(t, no, `window.redirect_uri="(\S+?)";`, (<-waiting).body)[0] + "&fun=new"
		s(t, no, "base URL by the last slash", redirect[:strings.LastIndexByte(redirect, '/')], "https://wx.qq.com/cgi-bin/mmwebwx-bin")
		w := h.redeem(strings.TrimSuffix(redirect, "&fun=new"), "https://wx.qq.com")
		jar := []string{"Cookie", cookieHeader(w.cookies)}
		base := w.body("")
		o := parse(t, h.ask("POST", w.main+cgi+"webwxinit?pass_ticket="+w.ticket+"&skey="+w.skey+"&r=1453124908", base, slices.Concat(misspelt, jar)...).body)
		s(t, no, "webwxinit", ret(t, o), 0)
		w.self, w.key = text(t, parse(t, o["User"])["UserName"]), o["SyncKey"]
		notify := w.body(fmt.Sprintf(`"Code":3,"FromUserName":"%s","ToUserName":"%s","ClientMsgId":1453124908`, w.self, w.self))
		s(t, no, "webwxstatusnotify", ret(t, parse(t, h.ask("POST", w.main+cgi+"webwxstatusnotify?lang=zh_CN&pass_ticket="+w.ticket, notify, slices.Concat(misspelt, jar)...).body)), 0)
		o = parse(t, h.ask("POST", w.main+cgi+"webwxgetcontact?pass_ticket="+w.ticket+"&skey="+w.skey+"&r=1453124908", "{}", slices.Concat(misspelt, jar)...).body)
		s(t, no, "webwxgetcontact", number(t, o["MemberCount"]), 6)
		for _, host := range []string{"wx2.qq.com", "webpush.wx.qq.com", "webpush2.wechat.com", "qq.com"} { // it tries a list of names
			q := url.Values{"r": {"1"}, "sid": {w.sid}, "uin": {w.uin}, "skey": {w.skey}, "deviceid": {"e1"}, "synckey": {keyText(t, w.key)}, "_": {"1"}}
			a := h.ask("GET", "https://"+host+cgi+"synccheck?"+q.Encode(), "", jar...)
			s(t, no, "the first check on "+host, match(t, no, `window.synccheck=\{retcode:"(\d+)",selector:"(\d+)"\}`, a.body), []string{"0", "2"})
			s(t, no, "which may take 5 s", a.after < 5*time.Second, true)
		}
		bob.send(bob.names()["爱丽丝"], "hello", "1")
		sync := w.body(`"SyncKey":` + string(w.key) + `,"rr":-1453124909`)
		o = parse(t, h.ask("POST", w.main+cgi+"webwxsync?sid="+w.sid+"&skey="+w.skey+"&pass_ticket="+w.ticket, sync, slices.Concat(misspelt, jar)...).body)
		s(t, no, "webwxsync", text(t, list(t, o["AddMsgList"])[1]["Content"]), "hello")
		a := h.ask("POST", w.main+cgi+"webwxsendmsg?pass_ticket="+w.ticket, w.body(w.msg(w.names()["Bob &amp; Co"], "你好", "14531249080001234")),
			"content-type", "application/json; charset=UTF-8")
		s(t, no, "webwxsendmsg without its cookies", ret(t, parse(t, a.body)), 0)
		s(t, no, "which arrives", bob.read(), []string{"你好"})
	})
}
