package wxserver_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx/wxserver"
)

// userKeys are the keys of User in their order, with the sample's values.
var userKeys = []struct{ no, key, kind, sample string }{
	{"S 5.9", "Uin", "int", ""},
	{"S 5.10", "UserName", "text", ""},
	{"S 5.11", "NickName", "text", ""},
	{"S 5.12", "HeadImgUrl", "text", ""},
	{"S 5.13", "RemarkName", "text", `""`},
	{"S 5.14", "PYInitial", "text", `""`},
	{"S 5.15", "PYQuanPin", "text", `""`},
	{"S 5.16", "RemarkPYInitial", "text", `""`},
	{"S 5.17", "RemarkPYQuanPin", "text", `""`},
	{"S 5.18", "HideInputBarFlag", "int", "0"},
	{"S 5.19", "StarFriend", "int", "0"},
	{"S 5.20", "Sex", "int", "1"},
	{"S 5.21", "Signature", "text", ""},
	{"S 5.22", "AppAccountFlag", "int", "0"},
	{"S 5.23", "VerifyFlag", "int", "0"},
	{"S 5.24", "ContactFlag", "int", "0"},
	{"S 5.25", "WebWxPluginSwitch", "int", "0"},
	{"S 5.26", "HeadImgFlag", "int", "1"},
	{"S 5.27", "SnsFlag", "int", "17"},
}

// initKeys are the keys of webwxinit's reply.
var initKeys = []struct{ no, key, kind string }{
	{"S 5.5", "BaseResponse", "object"},
	{"S 5.6", "Count", "int"},
	{"S 5.7", "ContactList", "list"},
	{"S 5.8", "SyncKey", "object"},
	{"S 5.9", "User", "object"},
	{"S 5.29", "ChatSet", "text"},
	{"S 5.30", "SKey", "text"},
	{"S 5.31", "ClientVersion", "int"},
	{"S 5.32", "SystemTime", "int"},
	{"S 5.33", "GrayScale", "int"},
	{"S 5.34", "InviteStartCount", "int"},
	{"S 5.35", "MPSubscribeMsgCount", "int"},
	{"S 5.35", "MPSubscribeMsgList", "list"},
	{"S 5.36", "ClickReportInterval", "int"},
}

func TestSeedInit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w := h.enter("alice", mainHost)
		a := w.post("webwxinit", "")
		o := parse(t, a.body)
		s(t, "S 5.1", "status without any query", a.status, 200)
		s(t, "S 5.1", "Ret without any query", ret(t, o), 0)
		s(t, "S 5.2", "Content-Type of the reply", a.header.Get("Content-Type"), "text/plain; charset=utf-8")
		s(t, "S 5.2", "webwxinit sets no cookies", len(a.cookies(t)), 0)
		s(t, "S 5.2", "a body that is no JSON", ret(t, parse(t, h.ask("POST", mainHost+cgi+"webwxinit", "{").body)), 1200)
		s(t, "S 5.3", "content types, methods and hosts that are refused", w.everyWay("webwxinit", ""), nil)
		s(t, "S 5.4", "a body of exactly the four keys", ret(t, o), 0)
		asText := strings.Replace(w.body(""), `"Uin":`+w.uin, `"Uin":"`+w.uin+`"`, 1)
		s(t, "S 5.4", "Uin as text", ret(t, parse(t, h.ask("POST", mainHost+cgi+"webwxinit", asText).body)), 0)
		s(t, "S 5.1", "with the official page's query",
			ret(t, parse(t, h.ask("POST", mainHost+cgi+"webwxinit?r=-1453124909&lang=zh_CN&pass_ticket="+w.ticket, w.body("")).body)), 0)

		var keys []string
		for _, k := range initKeys {
			s(t, k.no, "kind of "+k.key, kind(o[k.key]), k.kind)
			keys = append(keys, k.key)
		}
		s(t, "S 5.5", "keys of the reply in order", keysOf(t, []byte(a.body)), keys)
		s(t, "S 5.5", "BaseResponse", string(o["BaseResponse"]), `{"Ret":0,"ErrMsg":""}`)
		contacts := list(t, o["ContactList"])
		s(t, "S 5.6", "Count", number(t, o["Count"]), int64(len(contacts)))
		s(t, "S 5.7", "filehelper, the room and three friends", len(contacts), 5)
		for i, c := range contacts {
			for _, k := range contactKeys {
				s(t, "S 5.7", fmt.Sprintf("contact %d: kind of %s", i, k.key), kind(c[k.key]), k.kind)
			}
		}

		key := parse(t, o["SyncKey"])
		items := list(t, key["List"])
		s(t, "S 5.8", "keys in order", keysOf(t, o["SyncKey"]), []string{"Count", "List"})
		s(t, "S 5.8", "Count", string(key["Count"]), "4")
		s(t, "S 5.8", "length", len(items), 4)
		for i, it := range items {
			s(t, "S 5.8", fmt.Sprintf("item %d: Key", i), string(it["Key"]), []string{"1", "2", "3", "1000"}[i])
			s(t, "S 5.8", fmt.Sprintf("item %d: kind of Val", i), kind(it["Val"]), "int")
			s(t, "S 5.8", fmt.Sprintf("item %d: Val is not negative", i), number(t, it["Val"]) >= 0, true)
		}

		user := parse(t, o["User"])
		keys = nil
		for _, k := range userKeys {
			s(t, k.no, "kind of "+k.key, kind(user[k.key]), k.kind)
			if k.sample != "" {
				s(t, k.no, "default of "+k.key, string(user[k.key]), k.sample)
				s(t, "S 5.28", "sample value of "+k.key, string(user[k.key]), k.sample)
			}
			keys = append(keys, k.key)
		}
		s(t, "S 5.27", "keys of User, and no others", keysOf(t, o["User"]), keys)
		s(t, "S 5.9", "Uin", string(user["Uin"]), w.uin)
		s(t, "S 5.10", "UserName", regexp.MustCompile(`^@[0-9a-f]{32}$`).MatchString(text(t, user["UserName"])), true)
		s(t, "S 5.11", "NickName", text(t, user["NickName"]), "爱丽丝")
		icon := text(t, user["HeadImgUrl"])
		s(t, "S 5.12", "HeadImgUrl is a path below the main host", strings.HasPrefix(icon, cgi), true)
		s(t, "S 5.12", "under which there is a picture", h.ask("GET", mainHost+icon, "", "Cookie", cookieHeader(w.cookies)).status, 200)

		var names []string
		for _, c := range contacts {
			names = append(names, text(t, c["UserName"]))
		}
		s(t, "S 5.29", "ChatSet lists the recent chats, with a comma after each", text(t, o["ChatSet"]), strings.Join(names, ",")+",")
		s(t, "S 5.29", "filehelper is one", slices.Contains(names, "filehelper"), true)
		w.skey = text(t, o["SKey"])
		s(t, "S 5.30", "SKey is a valid Skey", ret(t, w.call("webwxinit", "")), 0)
		s(t, "S 5.30", "shape of SKey", regexp.MustCompile(`^@crypt_[0-9a-f]{8}_[0-9a-f]{32}$`).MatchString(w.skey), true)
		s(t, "S 5.31", "ClientVersion", string(o["ClientVersion"]), "369297683")
		s(t, "S 5.32", "SystemTime", number(t, o["SystemTime"]), time.Now().Unix())
		s(t, "S 5.33", "GrayScale", string(o["GrayScale"]), "1")
		s(t, "S 5.34", "InviteStartCount", string(o["InviteStartCount"]), "40")
		s(t, "S 5.35", "MPSubscribeMsgCount is the length of the list", number(t, o["MPSubscribeMsgCount"]), int64(len(list(t, o["MPSubscribeMsgList"]))))
		s(t, "S 5.36", "ClickReportInterval", string(o["ClickReportInterval"]), "600000")

		w.init()
		s(t, "S 5.37", "the SyncKey in webwxsync", ret(t, w.syncAt(o["SyncKey"])), 0)
		s(t, "S 5.37", "the SyncKey in synccheck", w.check().body, synccheck(0, 0))
		s(t, "S 5.37", "User.UserName as sender", ret(t, w.send("filehelper", "hello", "14531249080001234")), 0)

		bad := *w
		bad.sid = "AAAAAAAAAAAAAAAA"
		failure := bad.post("webwxinit", "")
		s(t, "S 5.5", "a failure has all keys", keysOf(t, []byte(failure.body)), keysOf(t, []byte(a.body)))
		o = parse(t, failure.body)
		for _, k := range initKeys {
			s(t, k.no, "kind of "+k.key+" after a failure", kind(o[k.key]), k.kind)
		}
		s(t, "S 5.27", "keys of User after a failure", keysOf(t, o["User"]), keys)
		s(t, "S 5.5", "HTTP status of a failure", failure.status, http.StatusOK)
	})
}

func TestSeedStatusNotify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w := h.started("alice", mainHost)
		more := func(code, from, to, id string) string {
			return fmt.Sprintf(`"Code":%s,"FromUserName":"%s","ToUserName":"%s","ClientMsgId":%s`, code, from, to, id)
		}
		seed := more("3", w.self, w.self, "1453124908000")
		s(t, "S 6.4", "before it nothing waits", w.check().body, synccheck(0, 0))
		a := w.post("webwxstatusnotify", seed)
		o := parse(t, a.body)
		s(t, "S 6.1", "status without any query", a.status, 200)
		s(t, "S 6.1", "Ret without any query", ret(t, o), 0)
		s(t, "S 6.7", "BaseResponse", string(o["BaseResponse"]), `{"Ret":0,"ErrMsg":""}`)
		s(t, "S 6.7", "keys", keysOf(t, []byte(a.body)), []string{"BaseResponse", "MsgID"})
		s(t, "S 6.7", "MsgID", regexp.MustCompile(`^\d+$`).MatchString(text(t, o["MsgID"])), true)

		check := w.check()
		s(t, "S 6.4", "then the list waits", check.body, synccheck(0, 2))
		s(t, "S 6.4", "at once", check.after, time.Duration(0))
		msgs := list(t, w.sync()["AddMsgList"])
		if len(msgs) != 1 {
			t.Fatalf("S 6.4: %d messages after the notice, want 1", len(msgs))
		}
		m := msgs[0]
		peers := text(t, m["StatusNotifyUserName"])
		s(t, "S 6.4", "MsgType", string(m["MsgType"]), "51")
		s(t, "S 6.4", "StatusNotifyCode", string(m["StatusNotifyCode"]), "4")
		s(t, "S 6.4", "from self to self", []string{text(t, m["FromUserName"]), text(t, m["ToUserName"])}, []string{w.self, w.self})
		s(t, "S 6.4", "op of the content names as many, in the same order",
			strings.Contains(text(t, m["Content"]), "&lt;op id='4'&gt;<br/>&lt;username&gt;"+peers+"&lt;/username&gt;"), true)
		ask := fmt.Sprintf(`"Count":%d,"List":[{"UserName":"%s","EncryChatRoomId":""}]`, strings.Count(peers, ",")+1,
			strings.Join(strings.Split(peers, ","), `","EncryChatRoomId":""},{"UserName":"`))
		for _, c := range list(t, w.call("webwxbatchgetcontact", ask)["ContactList"]) {
			s(t, "S 6.4", "the list names only whom one can look up", text(t, c["NickName"]) != "", true)
		}

		s(t, "S 6.2", "content types, methods and hosts that are refused", w.everyWay("webwxstatusnotify", seed), nil)
		s(t, "S 6.1", "the path at the root (itchat4j)", ret(t, parse(t, h.ask("POST", loginHost+"/webwxstatusnotify", w.body(seed)).body)), 0)
		s(t, "S 6.1", "with lang and pass_ticket",
			ret(t, parse(t, h.ask("POST", mainHost+cgi+"webwxstatusnotify?lang=zh_CN&pass_ticket="+w.ticket, w.body(seed)).body)), 0)
		for _, c := range []struct {
			no, what, more string
			want           int64
		}{
			{"S 6.4", "Code as text", more(`"3"`, w.self, w.self, "1453124908000"), 0},
			{"S 6.4", "a code that only servers send", more("4", w.self, w.self, "1453124908000"), 0},
			{"S 6.4", "a code that nobody knows", more("99", w.self, w.self, "1453124908000"), 1},
			{"S 6.5", "an unknown sender", more("3", "@0123456789abcdef0123456789abcdef", w.self, "1453124908000"), 1},
			{"S 6.5", "an unknown receiver of a list is ignored", more("3", w.self, "@0123456789abcdef0123456789abcdef", "1453124908000"), 0},
			{"S 6.5", "an unknown receiver of a read mark", more("1", w.self, "@0123456789abcdef0123456789abcdef", "1453124908000"), 1},
			{"S 6.6", "ClientMsgId as text", more("3", w.self, w.self, `"1453124908000"`), 0},
			{"S 6.6", "ClientMsgId in seconds", more("3", w.self, w.self, "1453124908"), 0},
			{"S 6.6", "ClientMsgId of 17 digits", more("3", w.self, w.self, "14531249080001234"), 0},
			{"S 6.6", "ClientMsgId that is no number", more("3", w.self, w.self, `"e1453124908000"`), 0},
			{"S 6.6", "ClientMsgId longer than any number", more("3", w.self, w.self, `"145312490800014531249080001453124908000"`), 0},
			{"S 6.6", "no ClientMsgId", fmt.Sprintf(`"Code":3,"FromUserName":"%s","ToUserName":"%s"`, w.self, w.self), 0},
		} {
			s(t, c.no, c.what, ret(t, w.call("webwxstatusnotify", c.more)), c.want)
		}
		s(t, "S 6.4", "the list is not queued again", len(list(t, w.sync()["AddMsgList"])), 0)

		bad := *w
		bad.sid = "AAAAAAAAAAAAAAAA"
		failure := bad.post("webwxstatusnotify", seed)
		s(t, "S 6.3", "another sid", ret(t, parse(t, failure.body)), 1102)
		s(t, "S 6.7", "MsgID of a failure", text(t, parse(t, failure.body)["MsgID"]), "")
		s(t, "S 6.3", "no BaseRequest and no cookies",
			ret(t, parse(t, h.ask("POST", mainHost+cgi+"webwxstatusnotify", "{"+seed+"}").body)), 1102)
	})
}
