package wxserver_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/webwx/webwx/wxserver"
)

// contactKeys are the keys of a contact in their order.
var contactKeys = []struct{ no, key, kind string }{
	{"S 7.6", "Uin", "int"},
	{"S 7.7", "UserName", "text"},
	{"S 7.8", "NickName", "text"},
	{"S 7.9", "HeadImgUrl", "text"},
	{"S 7.10", "ContactFlag", "int"},
	{"S 7.11", "MemberCount", "int"},
	{"S 7.12", "MemberList", "list"},
	{"S 7.13", "RemarkName", "text"},
	{"S 7.14", "HideInputBarFlag", "int"},
	{"S 7.15", "Sex", "int"},
	{"S 7.16", "Signature", "text"},
	{"S 7.17", "VerifyFlag", "int"},
	{"S 7.18", "OwnerUin", "int"},
	{"S 7.19", "PYInitial", "text"},
	{"S 7.20", "PYQuanPin", "text"},
	{"S 7.21", "RemarkPYInitial", "text"},
	{"S 7.22", "RemarkPYQuanPin", "text"},
	{"S 7.23", "StarFriend", "int"},
	{"S 7.24", "AppAccountFlag", "int"},
	{"S 7.25", "Statues", "int"},
	{"S 7.26", "AttrStatus", "int"},
	{"S 7.27", "Province", "text"},
	{"S 7.28", "City", "text"},
	{"S 7.29", "Alias", "text"},
	{"S 7.30", "SnsFlag", "int"},
	{"S 7.31", "UniFriend", "int"},
	{"S 7.32", "DisplayName", "text"},
	{"S 7.33", "ChatRoomId", "int"},
	{"S 7.34", "KeyWord", "text"},
	{"S 7.35", "EncryChatRoomId", "text"},
}

func TestSeedContacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w := h.started("alice", mainHost)
		a := w.ask("POST", mainHost+cgi+"webwxgetcontact", w.body(""), "ContentType", "application/json; charset=UTF-8")
		o := parse(t, a.body)
		s(t, "S 7.1", "status without any query", a.status, 200)
		s(t, "S 7.1", "Ret without any query", ret(t, o), 0)
		s(t, "S 7.2", "POST with JSON", ret(t, o), 0)
		s(t, "S 7.3", "content types, methods and hosts that are refused", w.everyWay("webwxgetcontact", ""), nil)
		s(t, "S 7.4", "the BaseRequest alone is enough", ret(t, o), 0)
		cookies := cookieHeader(w.cookies)
		for _, c := range []struct{ no, what, method, url, body string }{
			{"S 7.2", "the official GET", "GET", mainHost + cgi + "webwxgetcontact?lang=zh_CN&pass_ticket=x&r=1453124908000&seq=0&skey=" + w.skey, ""},
			{"S 7.2", "GET with cookies alone", "GET", mainHost + cgi + "webwxgetcontact", ""},
			{"S 7.2", "POST of an empty object (WeixinBot)", "POST", mainHost + cgi + "webwxgetcontact?r=1", "{}"},
			{"S 7.2", "POST of nothing", "POST", mainHost + cgi + "webwxgetcontact", ""},
		} {
			again := h.ask(c.method, c.url, c.body, "Cookie", cookies)
			s(t, c.no, c.what+" gives the same", again.body, a.body)
		}
		bad := *w
		bad.sid = "AAAAAAAAAAAAAAAA"
		failure := bad.post("webwxgetcontact", "")
		s(t, "S 7.4", "another sid", ret(t, parse(t, failure.body)), 1102)
		s(t, "S 7.5", "a failure has all keys", failure.body, `{"BaseResponse":{"Ret":1102,"ErrMsg":""},"MemberCount":0,"MemberList":[],"Seq":0}`)

		s(t, "S 7.5", "keys", keysOf(t, []byte(a.body)), []string{"BaseResponse", "MemberCount", "MemberList", "Seq"})
		s(t, "S 7.5", "kinds", []string{kind(o["BaseResponse"]), kind(o["MemberCount"]), kind(o["MemberList"]), kind(o["Seq"])},
			[]string{"object", "int", "list", "int"})
		members := list(t, o["MemberList"])
		s(t, "S 7.5", "MemberCount", number(t, o["MemberCount"]), int64(len(members)))
		s(t, "S 7.5", "Seq of the only page", string(o["Seq"]), "0")

		var keys []string
		for _, k := range contactKeys {
			keys = append(keys, k.key)
		}
		keys = append(keys, "IsOwner")
		byNick := make(map[string]object)
		for _, c := range members {
			nick := text(t, c["NickName"])
			byNick[nick] = c
			for _, k := range contactKeys {
				s(t, k.no, fmt.Sprintf("%s: kind of %s", nick, k.key), kind(c[k.key]), k.kind)
			}
			s(t, "S 7.6", nick+": Uin is not told", string(c["Uin"]), "0")
			s(t, "S 7.7", nick+": UserName", regexp.MustCompile(`^(@[0-9a-f]{32}|@@[0-9a-f]{64}|filehelper|weixin)$`).MatchString(text(t, c["UserName"])), true)
			s(t, "S 7.9", nick+": HeadImgUrl is a path below the main host", strings.HasPrefix(text(t, c["HeadImgUrl"]), cgi), true)
			s(t, "S 7.37", nick+": MemberList", string(c["MemberList"]), "[]")
			s(t, "S 7.37", nick+": MemberCount", string(c["MemberCount"]), "0")
			s(t, "S 7.33", nick+": ChatRoomId", string(c["ChatRoomId"]), "0")
			s(t, "S 7.10", nick+": is in the address book", number(t, c["ContactFlag"])&1, 1)
		}
		for i, raw := range jsonList(t, o["MemberList"]) {
			s(t, "S 7.35", fmt.Sprintf("keys of entry %d in order", i), keysOf(t, raw), keys)
		}
		s(t, "S 7.5", "who is there", sorted(byNick), []string{"Bob &amp; Co", "卡罗尔", "周末爬山", "微信团队", "文件传输助手", "新闻"})

		carol, news, room := byNick["卡罗尔"], byNick["新闻"], byNick["周末爬山"]
		s(t, "S 7.8", "NickName is HTML", byNick["Bob &amp; Co"] != nil, true)
		s(t, "S 7.15", "Sex", string(carol["Sex"]), "2")
		s(t, "S 7.16", "Signature is HTML", text(t, carol["Signature"]), "&lt;3")
		s(t, "S 7.19", "PYInitial is upper case", text(t, carol["PYInitial"]), "KLE")
		s(t, "S 7.20", "PYQuanPin", text(t, carol["PYQuanPin"]), "kaluoer")
		s(t, "S 7.27", "Province", text(t, carol["Province"]), "云南")
		s(t, "S 7.28", "City", text(t, carol["City"]), "大理")
		s(t, "S 7.34", "KeyWord of a person", text(t, carol["KeyWord"]), "wxi")
		s(t, "S 7.17", "VerifyFlag of a person", string(carol["VerifyFlag"]), "0")
		s(t, "S 7.10", "ContactFlag of a friend", string(carol["ContactFlag"]), "3")
		s(t, "S 7.36", "VerifyFlag of an official account", number(t, news["VerifyFlag"])&8, 8)
		s(t, "S 7.36", "KeyWord of an official account", text(t, news["KeyWord"]), "gh_")
		s(t, "S 7.36", "ContactFlag of an official account", string(news["ContactFlag"]), "3")
		s(t, "S 7.36", "its pinyin", []string{text(t, news["PYInitial"]), text(t, news["PYQuanPin"])}, []string{"XW", "xinwen"})
		s(t, "S 7.25", "Statues of a room with notifications", string(room["Statues"]), "1")
		s(t, "S 7.35", "EncryChatRoomId of a room", regexp.MustCompile(`^@[0-9a-f]{32}$`).MatchString(text(t, room["EncryChatRoomId"])), true)
		s(t, "S 7.35", "EncryChatRoomId of a person", text(t, carol["EncryChatRoomId"]), "")
		s(t, "S 7.18", "OwnerUin of one's own room", string(room["OwnerUin"]), w.uin)

		s(t, "S 7.5", "a Seq beyond the end", number(t, parse(t, h.ask("GET", mainHost+cgi+"webwxgetcontact?seq=99999", "", "Cookie", cookies).body)["MemberCount"]), 0)
	})
}

func sorted[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

// Details of contacts: endpoints.md §9.
func TestBatchGetContact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w := h.started("alice", mainHost)
		names := w.names()
		room, bob, dave := names["周末爬山"], names["Bob &amp; Co"], names["Dave"]
		var photo string
		for _, c := range list(t, w.call("webwxgetcontact", "")["MemberList"]) {
			if text(t, c["UserName"]) == room {
				photo = text(t, c["EncryChatRoomId"])
			}
		}
		unknown := "@0123456789abcdef0123456789abcdef"
		ask := []string{
			`{"UserName":"` + dave + `","EncryChatRoomId":"` + room + `"}`,
			`{"UserName":"` + room + `","ChatRoomId":""}`,
			`{"UserName":"` + unknown + `","EncryChatRoomId":""}`,
			`{"UserName":""}`,
			`{"UserName":"` + w.self + `"}`,
			`{"UserName":"filehelper","NickName":"x","MemberList":[]}`,
			`{"UserName":"` + bob + `","EncryChatRoomId":"` + photo + `"}`,
			`{"UserName":"` + bob + `","EncryChatRoomId":""}`,
			`{"UserName":"` + room + `","EncryChatRoomId":""}`,
		}
		want := []string{dave, room, unknown, "", w.self, "filehelper", bob, bob, room}
		more := `"Count":9,"List":[` + strings.Join(ask, ",") + `]`
		o := w.call("webwxbatchgetcontact", more)
		contacts := list(t, o["ContactList"])
		var got []string
		for _, c := range contacts {
			got = append(got, text(t, c["UserName"]))
			for _, k := range contactKeys {
				if kind(c[k.key]) != k.kind {
					t.Errorf("%s: kind of %s = %s, want %s", c["UserName"], k.key, kind(c[k.key]), k.kind)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("user names = %q, want those asked for, in the same order: %q", got, want)
		}
		if got, want := string(o["Count"]), "9"; got != want {
			t.Errorf("Count = %s, want %s", got, want)
		}
		for i, nick := range map[int]string{0: "Dave", 1: "周末爬山", 2: "", 3: "", 4: "爱丽丝", 5: "文件传输助手", 6: "Bob &amp; Co", 7: "Bob &amp; Co", 8: "周末爬山"} {
			if got := text(t, contacts[i]["NickName"]); got != nick {
				t.Errorf("entry %d: NickName = %q, want %q", i, got, nick)
			}
		}
		var members []string
		for _, m := range list(t, contacts[1]["MemberList"]) {
			members = append(members, text(t, m["UserName"]))
			for _, key := range []string{"Uin", "AttrStatus", "MemberStatus"} {
				if got := kind(m[key]); got != "int" {
					t.Errorf("member: kind of %s = %s, want int", key, got)
				}
			}
			for _, key := range []string{"NickName", "PYInitial", "PYQuanPin", "RemarkPYInitial", "RemarkPYQuanPin", "DisplayName", "KeyWord"} {
				if got := kind(m[key]); got != "text" {
					t.Errorf("member: kind of %s = %s, want text", key, got)
				}
			}
		}
		slices.Sort(members)
		all := []string{w.self, bob, names["卡罗尔"], dave}
		slices.Sort(all)
		if !slices.Equal(members, all) {
			t.Errorf("members = %q, want all and oneself: %q", members, all)
		}
		if got, want := string(contacts[1]["MemberCount"]), "4"; got != want {
			t.Errorf("MemberCount = %s, want %s", got, want)
		}
		for _, trouble := range w.everyWay("webwxbatchgetcontact?type=ex&r=1", more) {
			t.Error(trouble)
		}
		for what, more := range map[string]string{
			"Count 0 and an empty list":     `"Count":0,"List":[]`,
			"Count is an object":            `"Count":{"Uin":1},"List":[]`,
			"Count is a text, List is null": `"Count":"0","List":null`,
			"neither":                       ``,
		} {
			if got := w.call("webwxbatchgetcontact", more); ret(t, got) != 0 || string(got["ContactList"]) != "[]" {
				t.Errorf("%s: %s, ContactList %s, want Ret 0 and []", what, got["BaseResponse"], got["ContactList"])
			}
		}
		fifty := strings.TrimSuffix(strings.Repeat(`{"UserName":"filehelper"},`, 50), ",")
		if got := number(t, w.call("webwxbatchgetcontact", `"List":[`+fifty+`]`)["Count"]); got != 50 {
			t.Errorf("50 asked for: Count = %d", got)
		}
		if got := ret(t, w.call("webwxbatchgetcontact", `"List":[`+fifty+`,{"UserName":"filehelper"}]`)); got != 1 {
			t.Errorf("51 asked for: Ret = %d, want 1", got)
		}

		// Somebody else's room: bob knows its name, alice's login must not.
		other := h.started("bob", mainHost)
		theirs := other.names()["别人的房间"]
		c := list(t, w.call("webwxbatchgetcontact", `"List":[{"UserName":"`+theirs+`"}]`)["ContactList"])[0]
		if got := text(t, c["NickName"]); got != "" {
			t.Errorf("a room of another login: NickName = %q, want nothing", got)
		}
	})
}
