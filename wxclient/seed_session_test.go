package wxclient

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// A keyed is a key of an object and what the client makes of its value.
type keyed struct {
	no, key string
	want    any
}

// keys checks every key of an object as it is read from a reply, and from one
// whose numbers are texts.
func keys(t *testing.T, list []keyed, from string, objects ...any) {
	t.Helper()
	for _, k := range list {
		for i, object := range objects {
			fact(t, k.no, fmt.Sprintf("%s of %s (reading %d)", k.key, from, i), field(object, k.key), k.want)
		}
	}
}

var userKeys = []keyed{
	{"S 5.9", "Uin", int64(200100300)},
	{"S 5.10", "UserName", webwx.UserName("@me")},
	{"S 5.11", "NickName", "昵称"},
	{"S 5.12", "HeadImgUrl", "/cgi-bin/mmwebwx-bin/webwxgeticon?seq=1"},
	{"S 5.13", "RemarkName", "r"},
	{"S 5.14", "PYInitial", "NC"},
	{"S 5.15", "PYQuanPin", "nicheng"},
	{"S 5.16", "RemarkPYInitial", "R"},
	{"S 5.17", "RemarkPYQuanPin", "rr"},
	{"S 5.18", "HideInputBarFlag", 2},
	{"S 5.19", "StarFriend", 3},
	{"S 5.20", "Sex", 1},
	{"S 5.21", "Signature", "s"},
	{"S 5.22", "AppAccountFlag", 4},
	{"S 5.23", "VerifyFlag", 5},
	{"S 5.24", "ContactFlag", webwx.ContactFlag(6)},
	{"S 5.25", "WebWxPluginSwitch", 7},
	{"S 5.26", "HeadImgFlag", 8},
	{"S 5.27", "SnsFlag", 17},
}

var initKeys = []keyed{
	{"S 5.6", "Count", 2},
	{"S 5.29", "ChatSet", "filehelper,@@room,weixin,"},
	{"S 5.31", "ClientVersion", 369297683},
	{"S 5.32", "SystemTime", int64(1453124908)},
	{"S 5.33", "GrayScale", 1},
	{"S 5.34", "InviteStartCount", 40},
	{"S 5.35", "MPSubscribeMsgCount", 2},
	{"S 5.35", "MPSubscribeMsgList", []wire.MPSubscribeMsg{
		{UserName: "@mp", MPArticleCount: 1, MPArticleList: []wire.MPArticle{{Title: "t", Digest: "d", Cover: "c", URL: "u"}}, Time: 9, NickName: "n"}, {UserName: "@mp2"},
	}},
	{"S 5.36", "ClickReportInterval", 600000},
}

func TestSeedInit(t *testing.T) {
	seedRun(t, Options{Form: Seed}, func(t *testing.T, c *Client, w *wireText) {
		enterBy(t, c)
		a := w.last("webwxinit")
		fact(t, "S 5.1", "URL", a.url()+a.query, "https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxinit")
		fact(t, "S 5.2", "method", a.method, "POST")
		fact(t, "S 5.3", "Content-Type", a.header["Content-Type"], []string{jsonType})
		fact(t, "S 5.4", "exactly the four keys, in order", deviceText.ReplaceAllString(a.body, "DEVICE"), "{"+fmt.Sprintf(brExact, seedSkey)+"}")
		fact(t, "S 5.4", "DeviceID is e and 15 digits", len(deviceText.FindString(a.body)), 16)
		fact(t, "S 5.7", "ContactList", []string{nick(c, "filehelper"), nick(c, "@@room")}, []string{"文件传输助手", "群"})
		fact(t, "S 5.8", "SyncKey is kept", c.syncKey.String(), "1_635705559|2_635705726|3_635705552|1000_1453101063")
		fact(t, "S 5.29", "the recent chats", c.ChatSet(), []webwx.UserName{"filehelper", "@@room", "weixin"})
		fact(t, "S 5.34", "the limit", c.InviteStartCount(), 40)
		keys(t, userKeys, "Self", c.Self())
	})
	seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
		for _, reply := range []string{seedInit, numbersAsTexts(seedInit)} {
			got, err := wire.Init.ReadReply([]byte(reply))
			fact(t, "S 5.5", "Ret 0", err, nil)
			fact(t, "S 5.5", "no message", got.BaseResponse, wire.BaseResponse{})
			keys(t, initKeys, "the reply", got)
			keys(t, userKeys, "User", got.User)
		}
		enterBy(t, c)
		for _, ret := range []webwx.Ret{-1, 1, 1205} {
			w.say("webwxinit", said{text: fmt.Sprintf(`{"BaseResponse":{"Ret":%d,"ErrMsg":"why"}}`, ret)})
			refused, _ := errors.AsType[*webwx.Error](c.Init(t.Context()))
			fact(t, "S 5.5", "another Ret is an error", refused, &webwx.Error{Op: "webwxinit", Ret: ret, Msg: "why"})
		}
		fact(t, "S 5.8", "a failure leaves the key", c.syncKey.Count, 4)
	})
	for name, user := range map[string]string{
		"the sample of the seed": `{"Uin":7,"UserName":"@me","NickName":"n","HeadImgUrl":"/h","RemarkName":"","PYInitial":"","PYQuanPin":"","RemarkPYInitial":"","RemarkPYQuanPin":"","HideInputBarFlag":0,"StarFriend":0,"Sex":1,"Signature":"","AppAccountFlag":0,"VerifyFlag":0,"ContactFlag":0,"WebWxPluginSwitch":0,"HeadImgFlag":1,"SnsFlag":17}`,
		"nothing but a name":     `{"UserName":"@me"}`,
		"nulls":                  `{"UserName":"@me","Uin":null,"NickName":null,"Sex":null,"VerifyFlag":null}`,
		"odd values":             `{"UserName":"@me","Uin":4294967295,"Sex":-1,"SnsFlag":99999,"HeadImgFlag":"","New":{"a":[]}}`,
	} {
		seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
			w.say("webwxinit", said{text: strings.Replace(seedInit, seedUser, user, 1)})
			enterBy(t, c)
			fact(t, "S 5.28", name, c.Self().UserName, "@me")
		})
	}
	for given, want := range map[string]string{`"SKey":"@crypt_new",`: "@crypt_new", `"SKey":"",`: seedSkey, ``: seedSkey} {
		seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
			w.say("webwxinit", said{text: strings.Replace(seedInit, `"SKey":"@crypt_new",`, given, 1)})
			enterBy(t, c)
			fact(t, "S 5.30", "after "+given, has(w.last("webwxstatusnotify").body, `"Skey":"`+want+`"`), true)
		})
	}
	seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
		tenSteps(t, c)
		fact(t, "S 5.37", "SyncKey in synccheck", w.last("synccheck").param("synckey"), "1_635705559|2_635705726|3_635705552|1000_1453101063")
		fact(t, "S 5.37", "SyncKey in webwxsync, as it came", has(w.last("webwxsync").body, `"SyncKey":`+seedKeys), true)
		fact(t, "S 5.37", "own name in webwxstatusnotify", has(w.last("webwxstatusnotify").body, `"FromUserName":"@me"`), true)
		fact(t, "S 5.37", "own name in webwxsendmsg", has(w.last("webwxsendmsg").body, `"FromUserName":"@me"`), true)
	})
}

func nick(c *Client, name webwx.UserName) string {
	known, _ := c.Contact(name)
	return known.NickName
}

func TestSeedStatusNotify(t *testing.T) {
	for _, form := range []Form{Default, Seed} {
		seedRun(t, Options{Form: form}, func(t *testing.T, c *Client, w *wireText) {
			enterBy(t, c)
			a := w.last("webwxstatusnotify")
			fact(t, "S 6.1", "URL", a.url(), "https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxstatusnotify")
			fact(t, "S 6.1", "without query in the seed's form", a.query == "", form == Seed)
			fact(t, "S 6.2", "method", a.method, "POST")
			fact(t, "S 6.2", "Content-Type", a.header["Content-Type"], []string{jsonType})
			body := deviceText.ReplaceAllString(a.body, "DEVICE")
			fact(t, "S 6.3", "BaseRequest", strings.HasPrefix(body, "{"+fmt.Sprintf(brExact, "@crypt_new")+","), true)
			fact(t, "S 6.4", "Code is the number 3", has(body, `"Code":3,`), true)
			fact(t, "S 6.5", "from and to oneself", has(body, `"FromUserName":"@me","ToUserName":"@me"`), true)
			fact(t, "S 6.6", "ClientMsgId is the time, a number", strings.HasSuffix(body, fmt.Sprintf(`,"ClientMsgId":%d}`, a.at.UnixMilli())), true)
			fact(t, "S 6.7", "more keys do not matter", c.StatusNotify(t.Context(), webwx.StatusInit, "@me"), nil)
			w.say("webwxstatusnotify", said{text: `{"BaseResponse":{"Ret":1,"ErrMsg":"no"},"MsgID":""}`})
			refused, _ := errors.AsType[*webwx.Error](c.StatusNotify(t.Context(), webwx.StatusInit, "@me"))
			fact(t, "S 6.7", "Ret is looked at", refused, &webwx.Error{Op: "webwxstatusnotify", Ret: 1, Msg: "no"})
		})
	}
}

var contactKeys = []keyed{
	{"S 7.6", "Uin", int64(1)},
	{"S 7.7", "UserName", webwx.UserName("@news")},
	{"S 7.8", "NickName", "新闻"},
	{"S 7.9", "HeadImgUrl", "/h"},
	{"S 7.10", "ContactFlag", webwx.ContactFlag(3)},
	{"S 7.11", "MemberCount", 0},
	{"S 7.12", "MemberList", []webwx.Member{}},
	{"S 7.13", "RemarkName", "备注"},
	{"S 7.14", "HideInputBarFlag", 2},
	{"S 7.15", "Sex", 4},
	{"S 7.16", "Signature", "签名"},
	{"S 7.17", "VerifyFlag", 8},
	{"S 7.18", "OwnerUin", int64(5)},
	{"S 7.19", "PYInitial", "XW"},
	{"S 7.20", "PYQuanPin", "xinwen"},
	{"S 7.21", "RemarkPYInitial", "BZ"},
	{"S 7.22", "RemarkPYQuanPin", "beizhu"},
	{"S 7.23", "StarFriend", 6},
	{"S 7.24", "AppAccountFlag", 7},
	{"S 7.25", "Statues", 9},
	{"S 7.26", "AttrStatus", uint32(4294967295)},
	{"S 7.27", "Province", "福建"},
	{"S 7.28", "City", "福州"},
	{"S 7.29", "Alias", "gh_alias"},
	{"S 7.30", "SnsFlag", 10},
	{"S 7.31", "UniFriend", 11},
	{"S 7.32", "DisplayName", "群昵称"},
	{"S 7.33", "ChatRoomId", int64(12)},
	{"S 7.34", "KeyWord", "gh_"},
	{"S 7.35", "EncryChatRoomId", "@enc"},
}

func TestSeedContacts(t *testing.T) {
	for _, form := range []Form{Default, Seed} {
		seedRun(t, Options{Form: form}, func(t *testing.T, c *Client, w *wireText) {
			enterBy(t, c)
			contacts, err := c.Contacts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			a := w.last("webwxgetcontact")
			fact(t, "S 7.1", "URL", a.url(), "https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxgetcontact")
			if form == Seed {
				fact(t, "S 7.1", "no query", a.query, "")
				fact(t, "S 7.2", "POST", a.method, "POST")
				fact(t, "S 7.3", "both headers", [][]string{a.exactly("ContentType"), a.header["Content-Type"]}, [][]string{{jsonType}, {jsonType}})
				fact(t, "S 7.4", "body", deviceText.ReplaceAllString(a.body, "DEVICE"), "{"+fmt.Sprintf(brExact, "@crypt_new")+"}")
			} else {
				fact(t, "S 7.2", "GET", a.method+a.body, "GET")
				fact(t, "S 7.2", "seq, skey, r", []string{a.param("seq"), a.param("skey"), a.param("r")}, []string{"0", "@crypt_new", fmt.Sprint(a.at.UnixMilli())})
			}
			w.say("webwxgetcontact", said{text: numbersAsTexts(seedPage)})
			again, err := c.Contacts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			keys(t, contactKeys, "an entry", contacts[0], again[0])
			fact(t, "S 7.36", "an official account", contacts[0].Kind(), webwx.KindOfficial)
			fact(t, "S 7.36", "by the flag alone", (&webwx.Contact{UserName: "@a", VerifyFlag: 24}).Kind(), webwx.KindOfficial)
			fact(t, "S 7.36", "without the flag a friend", (&webwx.Contact{UserName: "@a", VerifyFlag: 16}).Kind(), webwx.KindFriend)

			// Pages: the second one asks again with Seq, until it is 0 or repeats.
			entry := func(name string) string { return `{"UserName":"` + name + `","NickName":"","MemberList":null}` }
			page := func(seq string, names ...string) said {
				var list []string
				for _, name := range names {
					list = append(list, entry(name))
				}
				return said{text: fmt.Sprintf(`{%s,"MemberCount":%d,"MemberList":[%s],"Seq":%s}`, okReply, len(names), strings.Join(list, ","), seq)}
			}
			n := len(w.log("webwxgetcontact"))
			w.say("webwxgetcontact", page("690000007", "@a", "@b"), page(`"690000009"`, "@c"), page("0", "@d"))
			all, err := c.Contacts(t.Context())
			fact(t, "S 7.5", "no error", err, nil)
			fact(t, "S 7.5", "all pages", names(all), "@a @b @c @d filehelper @@room")
			fact(t, "S 7.5", "MemberCount of them", c.Listed(), 4)
			var seqs []string
			for _, a := range w.log("webwxgetcontact")[n:] {
				seqs = append(seqs, strings.TrimPrefix(a.param("seq"), "absent"))
			}
			first := map[Form]string{Default: "0", Seed: ""}[form]
			fact(t, "S 7.5", "seq of each", seqs, []string{first, "690000007", "690000009"})
			fact(t, "S 7.37", "MemberList null", all[0].MemberCount+len(all[0].MemberList), 0)
			w.say("webwxgetcontact", page("5", "@a"))
			_, err = c.Contacts(t.Context())
			fact(t, "S 7.5", "a Seq that repeats ends", err, nil)
			w.say("webwxgetcontact", said{text: `{"BaseResponse":{"Ret":1205,"ErrMsg":""},"MemberList":[]}`})
			_, err = c.Contacts(t.Context())
			fact(t, "S 7.5", "BaseResponse is looked at", errors.Is(err, webwx.ErrTooOften), true)
		})
	}
}

// Cookies that the login gave are not lost with a reply that sets none.
func TestSeedCookiesStay(t *testing.T) {
	seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
		enterBy(t, c)
		w.say("webwxsync", said{text: seedQuiet, header: http.Header{"Set-Cookie": {"wxsid=second; Domain=wx2.qq.com; Path=/"}}})
		_, err := c.Sync(t.Context())
		fact(t, "S 4.11", "no error", err, nil)
		_, err = c.Contacts(t.Context())
		fact(t, "S 4.11", "no error", err, nil)
		fact(t, "S 4.11", "replaced in its place, the other kept", w.last("webwxgetcontact").header.Get("Cookie"), "wxsid=second; webwx_data_ticket=dt")
	})
}
