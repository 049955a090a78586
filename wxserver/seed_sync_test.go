package wxserver_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx/wxserver"
)

func TestSeedSyncCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w, bob := h.started("alice", mainHost), h.started("bob", mainHost)
		alice := bob.names()["爱丽丝"]
		nothing, message := synccheck(0, 0), synccheck(0, 2)

		a := w.check()
		s(t, "S 8.1", "status under the seed's push host", a.status, 200)
		s(t, "S 8.2", "GET", a.body, nothing)
		s(t, "S 8.4", "the text", a.body, `window.synccheck={retcode:"0",selector:"0"}`)
		s(t, "S 8.4", "Content-Type", a.header.Get("Content-Type"), "text/javascript; charset=utf-8")
		s(t, "S 8.5", "retcode of a live login", strings.Contains(a.body, `retcode:"0"`), true)
		s(t, "S 8.7", "selector when nothing is new", a.body, nothing)
		s(t, "S 8.7", "hold time", a.after, 25*time.Second)
		s(t, "S 8.2", "other origins may load it", a.header.Get("Access-Control-Allow-Origin"), "*")

		waiting := w.later("GET", w.checkURL(w.key), "")
		time.Sleep(7 * time.Second)
		bob.send(alice, "hello", "1")
		a = <-waiting
		s(t, "S 8.8", "selector when a message comes", a.body, message)
		s(t, "S 8.8", "as soon as it comes", a.after, 7*time.Second)
		again := w.check()
		s(t, "S 8.8", "and while it waits", again.body, message)
		s(t, "S 8.8", "at once", again.after, time.Duration(0))

		q := func(v url.Values) string { return pushHost + cgi + "synccheck?" + v.Encode() }
		full := url.Values{"r": {"1"}, "skey": {w.skey}, "sid": {w.sid}, "uin": {w.uin}, "deviceid": {"e1"}, "synckey": {keyText(t, w.key)}, "_": {"1"}}
		less := func(names ...string) url.Values {
			v := url.Values{}
			for k := range full {
				v[k] = full[k]
			}
			for _, n := range names {
				delete(v, n)
			}
			return v
		}
		seedHeader := []string{"ContentType", "application/json; charset=UTF-8"}
		for _, c := range []struct {
			no, what, method, url, body string
			header                      []string
		}{
			{"S 8.1", "the push host of the main host", "GET", "https://webpush.wx2.qq.com" + cgi + "synccheck?" + full.Encode(), "", nil},
			{"S 8.1", "the main host (wechat-robot)", "GET", mainHost + cgi + "synccheck?" + full.Encode(), "", nil},
			{"S 8.1", "a host of our own", "GET", ownHost + cgi + "synccheck?" + full.Encode(), "", nil},
			{"S 8.2", "POST", "POST", q(full), "", nil},
			{"S 8.3", "the seed's form: a body on a GET and no query", "GET", pushHost + cgi + "synccheck", w.body(""), seedHeader},
			{"S 8.3", "query and body (wechat-go)", "GET", q(full), w.body(""), seedHeader},
			{"S 8.3", "query without skey and deviceid", "GET", q(less("skey", "deviceid", "r", "_")), "", nil},
			{"S 8.3", "the bars of synckey raw (wechat-robot)", "GET", strings.ReplaceAll(q(full), "%7C", "|"), "", nil},
			{"S 8.3", "a bar at the end of synckey (openwechat)", "GET", q(less("synckey")) + "&synckey=" + url.QueryEscape(keyText(t, w.key)+"|"), "", nil},
			{"S 8.3", "no synckey: the last acknowledged one", "GET", q(less("synckey")), "", nil},
			{"S 8.3", "a synckey of another form", "GET", q(less("synckey")) + "&synckey=undefined", "", nil},
			{
				"S 8.3", "cookies and a synckey", "GET", pushHost + cgi + "synccheck?synckey=" + url.QueryEscape(keyText(t, w.key)), "",
				[]string{"Cookie", cookieHeader(w.cookies)},
			},
		} {
			a := h.ask(c.method, c.url, c.body, c.header...)
			s(t, c.no, c.what, a.body, message)
			s(t, c.no, c.what+": at once", a.after, time.Duration(0))
		}

		o := w.sync()
		s(t, "S 0.6", "the message is fetched", len(list(t, o["AddMsgList"])), 1)
		quiet := w.check()
		s(t, "S 0.6", "then the check is quiet again", quiet.body, nothing)
		s(t, "S 0.6", "for its whole hold time", quiet.after, 25*time.Second)
		s(t, "S 8.3", "no synckey after the key was acknowledged", h.ask("GET", q(less("synckey")), "").body, nothing)

		// What the phone does in a chat is a notice of its own kind.
		phone := h.ring("alice").Credentials()
		p := &web{house: h.house, main: mainHost, uin: fmt.Sprint(phone.Uin), sid: phone.Sid, skey: phone.Skey}
		p.init()
		peer := p.names()["Bob &amp; Co"]
		leave := func(code int) string {
			return fmt.Sprintf(`"Code":%d,"FromUserName":"%s","ToUserName":"%s","ClientMsgId":1`, code, p.self, peer)
		}
		s(t, "S 8.9", "the phone leaves a chat", ret(t, p.call("webwxstatusnotify", leave(5))), 0)
		a = w.check()
		s(t, "S 8.9", "selector", a.body, synccheck(0, 7))
		s(t, "S 8.9", "at once", a.after, time.Duration(0))
		bob.send(alice, "one more", "2")
		s(t, "S 8.8", "selector when a message waits beside the notice", w.check().body, message)
		w.sync()

		if err := h.server.Befriend(t.Context(), "alice", "dave"); err != nil {
			t.Fatal(err)
		}
		s(t, "S 8.8", "a new contact alone is no message", w.check().body, synccheck(0, 4))
		w.sync()

		waiting = w.later("GET", w.checkURL(w.key), "")
		time.Sleep(3 * time.Second)
		if err := h.ring("alice").End(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		a = <-waiting
		s(t, "S 8.6", "the phone ends the login", a.body, synccheck(1100, 0))
		s(t, "S 8.6", "told within a second", a.after, 4*time.Second)
		s(t, "S 8.6", "webwxsync says the same", ret(t, w.syncAt(w.key)), 1100)
		s(t, "S 8.5", "status of an error", a.status, http.StatusOK)
	})
}

// syncKeys are the keys of webwxsync's reply.
var syncKeys = []struct{ no, key, kind string }{
	{"S 9.6", "BaseResponse", "object"},
	{"S 9.9", "AddMsgCount", "int"},
	{"S 9.9", "AddMsgList", "list"},
	{"S 9.30", "ModContactCount", "int"},
	{"S 9.30", "ModContactList", "list"},
	{"S 9.30", "DelContactCount", "int"},
	{"S 9.30", "DelContactList", "list"},
	{"S 9.30", "ModChatRoomMemberCount", "int"},
	{"S 9.30", "ModChatRoomMemberList", "list"},
	{"S 9.30", "Profile", "object"},
	{"S 9.8", "ContinueFlag", "int"},
	{"S 9.7", "SyncKey", "object"},
	{"S 9.7", "SKey", "text"},
	{"S 9.7", "SyncCheckKey", "object"},
}

// messageKeys are the 28 keys of a message in their order. Those that the seed
// does not name belong to S 9.28, "and the other nine".
var messageKeys = []struct{ no, key, kind string }{
	{"S 9.28", "MsgId", "text"},
	{"S 9.10", "FromUserName", "text"},
	{"S 9.18", "ToUserName", "text"},
	{"S 9.24", "MsgType", "int"},
	{"S 9.13", "Content", "text"},
	{"S 9.16", "Status", "int"},
	{"S 9.23", "ImgStatus", "int"},
	{"S 9.28", "CreateTime", "int"},
	{"S 9.17", "VoiceLength", "int"},
	{"S 9.11", "PlayLength", "int"},
	{"S 9.27", "FileName", "text"},
	{"S 9.28", "FileSize", "text"},
	{"S 9.26", "MediaId", "text"},
	{"S 9.22", "Url", "text"},
	{"S 9.20", "AppMsgType", "int"},
	{"S 9.15", "StatusNotifyCode", "int"},
	{"S 9.14", "StatusNotifyUserName", "text"},
	{"S 9.12", "RecommendInfo", "object"},
	{"S 9.19", "ForwardFlag", "int"},
	{"S 9.21", "AppInfo", "object"},
	{"S 9.28", "HasProductId", "int"},
	{"S 9.28", "Ticket", "text"},
	{"S 9.25", "ImgHeight", "int"},
	{"S 9.28", "ImgWidth", "int"},
	{"S 9.28", "SubMsgType", "int"},
	{"S 9.28", "NewMsgId", "long"},
	{"S 9.28", "OriContent", "text"},
	{"S 9.28", "EncryFileName", "text"},
}

func TestSeedSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w, bob := h.started("alice", mainHost), h.started("bob", mainHost)
		names := bob.names()
		start := w.key
		now := time.Now()
		bob.send(names["爱丽丝"], "hello", "1")

		seed := w.body(`"SyncKey":` + string(start) + `,"rr":-1453124909`)
		path := mainHost + cgi + "webwxsync"
		a := h.ask("POST", path+"?sid="+w.sid+"&skey="+w.skey+"&pass_ticket="+w.ticket, seed, "ContentType", "application/json; charset=UTF-8")
		o := parse(t, a.body)
		s(t, "S 9.1", "status with the seed's query", a.status, 200)
		s(t, "S 9.1", "Ret with the seed's query", ret(t, o), 0)
		s(t, "S 9.2", "content types, methods and hosts that are refused",
			w.everyWay("webwxsync", `"SyncKey":`+string(start)+`,"rr":-1453124909`), nil)
		for _, c := range []struct{ no, what, url, body string }{
			{"S 9.1", "mis-spelt parameters (wechat-robot)", path + "?sid=" + w.sid + "&sKey=" + w.skey + "&passTicket=" + w.ticket, seed},
			{"S 9.1", "unescaped and wrong parameters beside a right body", path + "?sid=a/b+c&skey=@x&pass_ticket=undefined", seed},
			{"S 9.1", "no query", path, seed},
			{"S 9.3", "without rr", path, w.body(`"SyncKey":` + string(start))},
			{
				"S 9.3", "BaseRequest of Uin and Sid alone (Mojo-Weixin)", path,
				`{"BaseRequest":{"Uin":` + w.uin + `,"Sid":"` + w.sid + `"},"SyncKey":` + string(start) + `}`,
			},
			{"S 9.5", "rr as text", path, w.body(`"SyncKey":` + string(start) + `,"rr":"-1453124909"`)},
			{"S 9.5", "rr of 64 bits", path, w.body(`"SyncKey":` + string(start) + `,"rr":-1453124908001`)},
			{"S 9.5", "rr that is no number", path, w.body(`"SyncKey":` + string(start) + `,"rr":"x"`)},
			{"S 9.4", "the key's numbers as texts", path, w.body(`"SyncKey":{"Count":"1","List":[{"Val":"` + string(keyVal(t, start, "2")) + `","Key":"2"}]}`)},
		} {
			again := parse(t, h.ask("POST", c.url, c.body).body)
			s(t, c.no, c.what+": Ret", ret(t, again), 0)
			s(t, c.no, c.what+": the same messages", string(again["AddMsgList"]), string(o["AddMsgList"]))
		}

		var keys []string
		for _, k := range syncKeys {
			s(t, k.no, "kind of "+k.key, kind(o[k.key]), k.kind)
			keys = append(keys, k.key)
		}
		s(t, "S 9.6", "keys of the reply in order", keysOf(t, []byte(a.body)), keys)
		s(t, "S 9.6", "BaseResponse", string(o["BaseResponse"]), `{"Ret":0,"ErrMsg":""}`)
		key := parse(t, o["SyncKey"])
		items := list(t, key["List"])
		s(t, "S 9.7", "Count", number(t, key["Count"]), int64(len(items)))
		s(t, "S 9.7", "as many as in the sample", len(items), 7)
		for i, it := range items {
			s(t, "S 9.7", fmt.Sprintf("kinds of item %d", i), []string{kind(it["Key"]), kind(it["Val"])}, []string{"int", "int"})
		}
		s(t, "S 9.7", "SyncCheckKey", string(o["SyncCheckKey"]), string(o["SyncKey"]))
		s(t, "S 9.8", "ContinueFlag of a whole reply", string(o["ContinueFlag"]), "0")
		s(t, "S 9.9", "AddMsgCount", string(o["AddMsgCount"]), "1")
		s(t, "S 9.9", "length", len(list(t, o["AddMsgList"])), 1)

		got := a.cookies(t)
		s(t, "S 4.11", "webwxsync sets the full set again", cookieNames(got), []string{
			"wxuin", "wxsid", "wxloadtime", "mm_lang", "webwx_data_ticket", "webwxuvid", "webwx_auth_ticket", "wxpluginkey",
		})
		for _, c := range got {
			s(t, "S 4.11", c.Name+" of webwxsync: Domain, Path, HttpOnly, Expires",
				[]any{c.Domain, c.Path, c.HttpOnly, c.Expires.After(now)}, []any{"wx2.qq.com", "/", false, true})
		}
		if len(got) != 8 {
			t.Fatalf("S 4.11: webwxsync sets %d cookies, want 8", len(got))
		}
		for i, c := range w.cookies {
			want := c.Value
			if c.Name == "wxloadtime" {
				want += "_expired"
			}
			s(t, "S 4.11", c.Name+" of webwxsync", got[i].Value, want)
		}

		raw := jsonList(t, o["AddMsgList"])[0]
		m := parse(t, raw)
		keys = nil
		for _, k := range messageKeys {
			s(t, k.no, "kind of "+k.key, kind(m[k.key]), k.kind)
			keys = append(keys, k.key)
		}
		s(t, "S 9.28", "keys of a message in order", keysOf(t, raw), keys)
		mine := w.names()
		s(t, "S 9.10", "FromUserName", text(t, m["FromUserName"]), mine["Bob &amp; Co"])
		s(t, "S 9.18", "ToUserName", text(t, m["ToUserName"]), w.self)
		s(t, "S 9.24", "MsgType", string(m["MsgType"]), "1")
		s(t, "S 9.13", "Content", text(t, m["Content"]), "hello")
		s(t, "S 9.16", "Status", string(m["Status"]), "3")
		s(t, "S 9.23", "ImgStatus", string(m["ImgStatus"]), "1")
		s(t, "S 9.28", "CreateTime", number(t, m["CreateTime"]), now.Unix())
		s(t, "S 9.28", "MsgId is the text of NewMsgId", text(t, m["MsgId"]), string(m["NewMsgId"]))
		s(t, "S 9.12", "RecommendInfo", string(m["RecommendInfo"]), `{"UserName":"","NickName":"","QQNum":0,"Province":"","City":"","Content":"",`+
			`"Signature":"","Alias":"","Scene":0,"VerifyFlag":0,"AttrStatus":0,"Sex":0,"Ticket":"","OpCode":0}`)
		s(t, "S 9.21", "AppInfo", string(m["AppInfo"]), `{"AppID":"","Type":0}`)
		for _, k := range messageKeys { // a plain text uses nothing else
			switch k.key {
			case "MsgId", "FromUserName", "ToUserName", "MsgType", "Content", "Status", "ImgStatus", "CreateTime", "NewMsgId", "RecommendInfo", "AppInfo":
			default:
				s(t, k.no, k.key+" of a text", string(m[k.key]), map[string]string{"int": "0", "text": `""`}[k.kind])
			}
		}

		s(t, "S 9.4", "the old key again delivers the same", string(w.syncAt(start)["AddMsgList"]), string(o["AddMsgList"]))
		w.key = o["SyncKey"]
		begin := time.Now()
		empty := w.sync()
		s(t, "S 9.4", "the new key delivers what follows: nothing", string(empty["AddMsgList"]), "[]")
		s(t, "S 9.4", "at once", time.Since(begin), time.Duration(0))
		for _, k := range syncKeys {
			s(t, k.no, "kind of "+k.key+" in an empty reply", kind(empty[k.key]), k.kind)
		}

		bob.send(names["周末爬山"], "to all", "2")
		m = list(t, w.sync()["AddMsgList"])[0]
		s(t, "S 9.10", "FromUserName in a room is the room", text(t, m["FromUserName"]), mine["周末爬山"])
		s(t, "S 9.13", "Content in a room begins with its sender", text(t, m["Content"]), mine["Bob &amp; Co"]+":<br/>to all")

		cred := h.ring("alice").Credentials()
		p := &web{house: h.house, main: mainHost, uin: fmt.Sprint(cred.Uin), sid: cred.Sid, skey: cred.Skey}
		p.init()
		p.call("webwxstatusnotify", fmt.Sprintf(`"Code":5,"FromUserName":"%s","ToUserName":"%s"`, p.self, p.names()["Bob &amp; Co"]))
		m = list(t, w.sync()["AddMsgList"])[0]
		for _, c := range []struct{ key, want string }{
			{"MsgType", "51"}, {"StatusNotifyCode", "5"}, {"Status", "3"}, {"ImgStatus", "1"}, {"ForwardFlag", "0"}, {"AppMsgType", "0"},
		} {
			s(t, "S 9.29", c.key+" when the phone leaves a chat", string(m[c.key]), c.want)
		}
		s(t, "S 9.29", "whose chat", []string{text(t, m["FromUserName"]), text(t, m["ToUserName"]), text(t, m["StatusNotifyUserName"])},
			[]string{w.self, mine["Bob &amp; Co"], mine["Bob &amp; Co"]})
		s(t, "S 9.14", "StatusNotifyUserName", text(t, m["StatusNotifyUserName"]), mine["Bob &amp; Co"])
		s(t, "S 9.15", "StatusNotifyCode", string(m["StatusNotifyCode"]), "5")

		if err := h.server.Befriend(t.Context(), "alice", "dave"); err != nil {
			t.Fatal(err)
		}
		o = w.sync()
		s(t, "S 9.30", "ModContactCount of a new friend", string(o["ModContactCount"]), "1")
		mod := list(t, o["ModContactList"])[0]
		s(t, "S 9.30", "who", text(t, mod["NickName"]), "Dave")
		for _, k := range contactKeys {
			s(t, "S 9.30", "kind of a changed contact's "+k.key, kind(mod[k.key]), k.kind)
		}
		for _, k := range []struct{ key, kind string }{{"HeadImgUpdateFlag", "int"}, {"ContactType", "int"}, {"ChatRoomOwner", "text"}} {
			s(t, "S 9.30", "kind of a changed contact's "+k.key, kind(mod[k.key]), k.kind)
		}
		s(t, "S 9.30", "its MemberList", string(mod["MemberList"]), "[]")
		if _, err := h.server.AddRoom(t.Context(), "新群", "alice", "bob"); err != nil {
			t.Fatal(err)
		}
		mod = list(t, w.sync()["ModContactList"])[0]
		s(t, "S 9.30", "a new room with its members", len(list(t, mod["MemberList"])), 2)
		s(t, "S 9.30", "and its owner", text(t, mod["ChatRoomOwner"]), w.self)

		bad := *w
		bad.sid = "AAAAAAAAAAAAAAAA"
		failure := bad.syncAt(w.key)
		s(t, "S 9.6", "another sid", ret(t, failure), 1102)
		for _, k := range syncKeys {
			s(t, k.no, "kind of "+k.key+" after a failure", kind(failure[k.key]), k.kind)
		}
		s(t, "S 9.7", "SyncKey of a failure", string(failure["SyncKey"]), `{"Count":0,"List":[]}`)
	})
}

func keyVal(t *testing.T, key []byte, no string) []byte {
	t.Helper()
	for _, it := range list(t, parse(t, key)["List"]) {
		if string(it["Key"]) == no {
			return it["Val"]
		}
	}
	t.Fatalf("key %s has no counter %s", key, no)
	return nil
}

// A long row comes in pages, in order, without gap or double, whether the client
// looks at ContinueFlag or not.
func TestSeedContinueFlag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		bob := h.started("bob", mainHost)
		w := h.started("alice", mainHost)
		alice := bob.names()["爱丽丝"]
		const n = 250
		for i := range n {
			if got := ret(t, bob.send(alice, fmt.Sprint(i), fmt.Sprint("id", i))); got != 0 {
				t.Fatalf("send %d: Ret %d", i, got)
			}
		}
		start, heads := w.key, []string{}
		var got []string
		for page, want := range []struct{ count, more string }{{"100", "1"}, {"100", "1"}, {"50", "0"}, {"0", "0"}} {
			o := w.sync()
			s(t, "S 9.8", fmt.Sprintf("ContinueFlag of page %d", page), string(o["ContinueFlag"]), want.more)
			s(t, "S 9.9", fmt.Sprintf("AddMsgCount of page %d", page), string(o["AddMsgCount"]), want.count)
			for _, m := range list(t, o["AddMsgList"]) {
				got = append(got, text(t, m["Content"]))
			}
			heads = append(heads, keyText(t, w.key))
		}
		s(t, "S 9.4", "the last page's key stays", heads[3], heads[2])
		for i := range n {
			if i >= len(got) || got[i] != fmt.Sprint(i) {
				t.Fatalf("S 9.4: messages are %q, want 0 to 249 in order", got)
			}
		}
		s(t, "S 9.9", "no message twice", len(got), n)

		w.key, got = start, nil // a client that only believes synccheck
		for {
			a := w.check()
			if a.body == synccheck(0, 0) {
				s(t, "S 9.8", "the check is quiet when all were fetched", len(got), n)
				break
			}
			s(t, "S 9.8", "after a cut reply the check says 2", a.body, synccheck(0, 2))
			s(t, "S 9.8", "at once", a.after, time.Duration(0))
			for _, m := range list(t, w.sync()["AddMsgList"]) {
				got = append(got, text(t, m["Content"]))
			}
		}
	})
}
