package wxclient

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

func TestSeedSyncCheck(t *testing.T) {
	seedRun(t, Options{PushHost: "webpush2.weixin.qq.com"}, func(t *testing.T, c *Client, w *wireText) {
		enterBy(t, c)
		selector, err := c.SyncCheck(t.Context())
		a := w.last("synccheck")
		fact(t, "S 8.1", "the push host is configurable", a.url(), "https://webpush2.weixin.qq.com/cgi-bin/mmwebwx-bin/synccheck")
		fact(t, "S 8.2", "method", a.method, "GET")
		for name, want := range map[string]string{
			"skey": "@crypt_new", "sid": seedSid, "uin": "200100300", "r": fmt.Sprint(a.at.UnixMilli()),
			"_": fmt.Sprint(a.at.UnixMilli()), "synckey": "1_635705559|2_635705726|3_635705552|1000_1453101063",
		} {
			fact(t, "S 8.3", name, a.param(name), want)
		}
		fact(t, "S 8.3", "deviceid", deviceText.MatchString(a.param("deviceid")), true)
		fact(t, "S 8.3", "no body in the query form", a.body, "")
		fact(t, "S 8.5", "retcode 0", err, nil)
		fact(t, "S 8.7", "selector 0", selector, webwx.SelectorNothing)
	})
	seedRun(t, Options{Form: Seed}, func(t *testing.T, c *Client, w *wireText) {
		enterBy(t, c)
		_, err := c.SyncCheck(t.Context())
		a := w.last("synccheck")
		fact(t, "S 8.1", "literally", a.url(), "https://webpush2.weixin.qq.com/cgi-bin/mmwebwx-bin/synccheck")
		fact(t, "S 8.3", "the body and no query", deviceText.ReplaceAllString(a.query+a.body, "DEVICE"), "{"+fmt.Sprintf(brExact, "@crypt_new")+"}")
		fact(t, "S 8.5", "no error", err, nil)
	})
	seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
		enterBy(t, c)
		for _, tt := range []struct {
			text string
			want webwx.Selector
		}{
			{`window.synccheck={retcode:"0",selector:"2"}`, 2},
			{`window.synccheck={retcode:"0",selector:"7"};`, 7},
			{"\ufeffwindow.synccheck = { retcode : '0' , selector : '4' }\r\n", 4},
			{`window.synccheck={"retcode":0,"selector":6}`, 6},
		} {
			w.say("synccheck", said{text: tt.text})
			got, err := c.SyncCheck(t.Context())
			fact(t, "S 8.4", tt.text, got, tt.want)
			fact(t, "S 8.4", tt.text, err, nil)
		}
		w.say("synccheck", said{text: `<html>`})
		_, err := c.SyncCheck(t.Context())
		fact(t, "S 8.4", "another text", err != nil, true)
	})
	for _, code := range []webwx.Ret{1100, 1101, 1102} {
		seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
			enterBy(t, c)
			w.say("synccheck", said{text: fmt.Sprintf(`window.synccheck={retcode:"%d",selector:"0"}`, code), after: time.Second})
			var end error
			began := time.Now()
			for _, err := range c.Events(t.Context()) {
				end = err
			}
			fact(t, "S 8.6", "logged out", errors.Is(end, webwx.ErrLoggedOut), true)
			fact(t, "S 8.6", "at once", time.Since(began), time.Second)
			n := len(w.log(""))
			for name, call := range calls(t, c) {
				fact(t, "S 8.6", name+" is refused", errors.Is(call(), webwx.ErrLoggedOut), true)
			}
			time.Sleep(time.Hour)
			fact(t, "S 8.6", "nothing is sent afterwards", len(w.log(""))-n, 0)
		})
	}
	for _, tt := range []struct {
		no       string
		selector int
		want     string
	}{
		{"S 8.7", 0, "synccheck synccheck"},
		{"S 8.8", 2, "synccheck webwxsync synccheck"},
		{"S 8.9", 7, "synccheck webwxsync synccheck"},
	} {
		seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
			enterBy(t, c)
			w.say("synccheck", said{text: fmt.Sprintf(`window.synccheck={retcode:"0",selector:"%d"}`, tt.selector), after: 10 * time.Second},
				said{text: `window.synccheck={retcode:"1100",selector:"0"}`, after: 10 * time.Second})
			n := len(w.ops())
			for range c.Events(t.Context()) {
			}
			fact(t, tt.no, fmt.Sprintf("selector %d", tt.selector), w.ops()[n+1:], tt.want)
			fact(t, "S 8.5", "goes on", strings.HasSuffix(w.ops(), "synccheck"), true)
		})
	}
}

var messageKeys = []keyed{
	{"S 9.10", "FromUserName", webwx.UserName("@bob")},
	{"S 9.11", "PlayLength", 10},
	{"S 9.12", "RecommendInfo", webwx.RecommendInfo{UserName: "@card", NickName: "名片", QQNum: 1}},
	{"S 9.13", "Content", "内容 &lt;a&gt;"},
	{"S 9.14", "StatusNotifyUserName", "@x"},
	{"S 9.15", "StatusNotifyCode", webwx.StatusQuit},
	{"S 9.16", "Status", 3},
	{"S 9.17", "VoiceLength", 20},
	{"S 9.18", "ToUserName", webwx.UserName("@me")},
	{"S 9.19", "ForwardFlag", 30},
	{"S 9.20", "AppMsgType", 40},
	{"S 9.21", "AppInfo", webwx.AppInfo{Type: 50, AppID: "wxapp"}},
	{"S 9.22", "Url", "http://u"},
	{"S 9.23", "ImgStatus", 1},
	{"S 9.24", "MsgType", webwx.MsgText},
	{"S 9.25", "ImgHeight", 60},
	{"S 9.26", "MediaId", "@crypt_media"},
	{"S 9.27", "FileName", "f.pdf"},
	{"S 9.28", "FileSize", "70"},
	{"S 9.28", "MsgId", "7000000000000000001"},
	{"S 9.28", "NewMsgId", int64(7000000000000000001)},
}

func TestSeedSync(t *testing.T) {
	for _, form := range []Form{Default, Seed} {
		seedRun(t, Options{Form: form}, func(t *testing.T, c *Client, w *wireText) {
			_, ev, _ := tenSteps(t, c)
			a := w.last("webwxsync")
			fact(t, "S 9.1", "URL", a.url(), "https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxsync")
			fact(t, "S 9.1", "query", []string{a.param("sid"), a.param("skey"), a.param("pass_ticket")}, []string{seedSid, "@crypt_new", "abc%2Bdef%3D"})
			fact(t, "S 9.2", "method", a.method, "POST")
			fact(t, "S 9.2", "Content-Type", a.header["Content-Type"], []string{jsonType})
			body := deviceText.ReplaceAllString(a.body, "DEVICE")
			rr := int32(^uint32(a.at.UnixMilli() & 0xffffffff))
			fact(t, "S 9.3", "body", body, "{"+fmt.Sprintf(brExact, "@crypt_new")+`,"SyncKey":`+seedKeys+fmt.Sprintf(`,"rr":%d}`, rr))
			fact(t, "S 9.5", "rr is ~ms in 32 bits", has(body, fmt.Sprintf(`"rr":%d}`, rr)), true)
			keys(t, messageKeys, "a message", *ev.Message)
		})
	}
	seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
		got, err := wire.Sync.ReadReply([]byte(numbersAsTexts(seedSync)))
		fact(t, "S 9.6", "Ret as a text", err, nil)
		keys(t, messageKeys, "a message", got.AddMsgList[0])
		number := strings.NewReplacer(`"FileSize":"70"`, `"FileSize":70`, `"MsgId":"7000000000000000001"`, `"MsgId":7000000000000000001`).Replace(seedSync)
		if got, err = wire.Sync.ReadReply([]byte(number)); err != nil {
			t.Fatal(err)
		}
		keys(t, messageKeys, "a message", got.AddMsgList[0])

		enterBy(t, c)
		sync := func(reply string) (Page, error) {
			w.say("webwxsync", said{text: reply})
			return c.Sync(t.Context())
		}
		page, err := sync(seedSync)
		fact(t, "S 9.9", "each message", len(page.Events), 1)
		fact(t, "S 9.6", "Ret 0", err, nil)
		fact(t, "S 9.8", "ContinueFlag 0", page.More, false)
		_, err = sync(`{"BaseResponse":{"Ret":-1,"ErrMsg":"busy"},"SyncKey":{"Count":0,"List":[]},"AddMsgList":[]}`)
		refused, _ := errors.AsType[*webwx.Error](err)
		fact(t, "S 9.6", "Ret is looked at", refused, &webwx.Error{Op: "webwxsync", Ret: -1, Msg: "busy"})
		const taken = `"SyncKey":{"Count":7,"List":[{"Key":1,"Val":635705560},{"Key":2,"Val":635705727},{"Key":3,"Val":635705552},{"Key":11,"Val":7},{"Key":201,"Val":1453124908},{"Key":1000,"Val":1453101063},{"Key":1001,"Val":0}]}`
		fact(t, "S 9.7", "seven counters, Val before Key", has(w.last("webwxsync").body, taken), true)
		page, err = sync(`{` + okReply + `,"SyncKey":{"Count":0,"List":[]},"ContinueFlag":1}`)
		fact(t, "S 9.8", "ContinueFlag 1", page.More, true)
		fact(t, "S 9.6", "Ret 0", err, nil)
		_, err = sync(`{` + okReply + `,"SyncKey":{"Count":1,"List":[{"Key":2,"Val":9}]},"SyncCheckKey":{"Count":1,"List":[{"Key":2,"Val":10}]}}`)
		fact(t, "S 9.6", "Ret 0", err, nil)
		fact(t, "S 9.4", "a key with Count 0 and that of a failure were not taken over", has(w.last("webwxsync").body, taken), true)
		_, err = c.SyncCheck(t.Context())
		fact(t, "S 9.4", "synccheck takes SyncCheckKey", w.last("synccheck").param("synckey"), "2_10")
		fact(t, "S 9.4", "no error", err, nil)
		_, err = sync(seedQuiet)
		fact(t, "S 9.4", "no error", err, nil)
		fact(t, "S 9.4", "webwxsync takes SyncKey, replaced by the last one", has(w.last("webwxsync").body, `"SyncKey":{"Count":1,"List":[{"Key":2,"Val":9}]}`), true)
		_, err = c.SyncCheck(t.Context())
		fact(t, "S 9.4", "without SyncCheckKey it is the SyncKey", strings.HasPrefix(w.last("synccheck").param("synckey"), "1_635705560|"), true)
		fact(t, "S 9.4", "no error", err, nil)
	})
	seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
		enterBy(t, c)
		cut := strings.Replace(seedSync, `"ContinueFlag":0`, `"ContinueFlag":1`, 1)
		w.say("webwxsync", said{text: cut}, said{text: seedQuiet})
		w.say("synccheck", said{text: `window.synccheck={retcode:"0",selector:"2"}`, after: time.Second}, said{text: `window.synccheck={retcode:"1100",selector:"0"}`, after: time.Second})
		n := len(w.ops())
		for range c.Events(t.Context()) {
		}
		fact(t, "S 9.8", "syncs again at once", w.ops()[n+1:], "synccheck webwxsync webwxsync synccheck")
		list := w.log("webwxsync")
		fact(t, "S 9.8", "at once", list[1].at.Sub(list[0].at), time.Duration(0))
	})
	seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
		enterBy(t, c)
		notice := strings.NewReplacer(`"MsgType":1`, `"MsgType":51`, `"ForwardFlag":30`, `"ForwardFlag":0`, `"AppMsgType":40`, `"AppMsgType":0`, `"ModContactList":[]`,
			`"ModContactList":[{"UserName":"@eve","NickName":"Eve"},{"UserName":"@@room","NickName":"New topic","MemberCount":1,"MemberList":[{"UserName":"@me"}]}]`, `"DelContactList":[]`,
			`"DelContactList":[{"UserName":"filehelper","ContactFlag":0}]`).Replace(seedSync)
		w.say("webwxsync", said{text: notice})
		page, err := c.Sync(t.Context())
		if err != nil || len(page.Events) != 4 {
			t.Fatalf("%d events, error %v", len(page.Events), err)
		}
		last := page.Events[3]
		fact(t, "S 9.29", "51 is a notice and no chat message", last.Kind, webwx.EventStatus)
		fact(t, "S 9.29", "its code", last.Message.StatusNotifyCode, webwx.StatusQuit)
		fact(t, "S 9.30", "a new contact", nick(c, "@eve"), "Eve")
		fact(t, "S 9.30", "a changed one", nick(c, "@@room"), "New topic")
		_, known := c.Contact("filehelper")
		fact(t, "S 9.30", "a deleted one", known, false)
		w.say("webwxsync", said{text: `{` + okReply + `,"AddMsgCount":0,"AddMsgList":null,"ModContactList":null,"DelContactList":null}`})
		page, err = c.Sync(t.Context())
		fact(t, "S 9.30", "lists that are null or absent", len(page.Events), 0)
		fact(t, "S 9.9", "no messages", err, nil)
	})
}

func TestSeedSend(t *testing.T) {
	for _, form := range []Form{Default, Seed} {
		seedRun(t, Options{Form: form}, func(t *testing.T, c *Client, w *wireText) {
			_, _, sent := tenSteps(t, c)
			a := w.last("webwxsendmsg")
			fact(t, "S 10.1", "URL", a.url(), "https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxsendmsg")
			fact(t, "S 10.1", "pass_ticket", a.param("pass_ticket"), "abc%2Bdef%3D")
			fact(t, "S 10.2", "method", a.method, "POST")
			fact(t, "S 10.2", "Content-Type", a.header["Content-Type"], []string{jsonType})
			fact(t, "S 10.2", "nothing is escaped but quote, backslash and line end", has(a.body, `"Content":"你好 <b>&\"'/\\\n`+"\u2028\u2029😀"+`",`), true)
			fact(t, "S 10.2", "no \\u", has(a.body, `\u`), false)
			fact(t, "S 10.3", "BaseRequest and Msg", strings.HasPrefix(deviceText.ReplaceAllString(a.body, "DEVICE"), "{"+fmt.Sprintf(brExact, "@crypt_new")+`,"Msg":{`), true)
			fact(t, "S 10.3", "Scene 0 is the official page's", strings.HasSuffix(a.body, `},"Scene":0}`), form == Default)
			fact(t, "S 10.4", "Type", has(a.body, `"Msg":{"Type":1,`), true)
			fact(t, "S 10.5", "Content is plain", has(a.body, `<b>&`) && has(a.body, `\n`), true)
			fact(t, "S 10.6", "names", has(a.body, `"FromUserName":"@me","ToUserName":"@bob"`), true)
			m := regexp.MustCompile(`"LocalID":"([^"]*)","ClientMsgId":"([^"]*)"`).FindStringSubmatch(a.body)
			if m == nil {
				t.Fatalf("no ids in %s", a.body)
			}
			fact(t, "S 10.7", "LocalID is ClientMsgId", m[1], m[2])
			fact(t, "S 10.7", "and told", sent.LocalID, m[1])
			fact(t, "S 10.8", "17 digits", len(m[1]), 17)
			fact(t, "S 10.8", "of which 13 are the time", m[1][:13], fmt.Sprint(a.at.UnixMilli()))
			fact(t, "S 10.9", "MsgID", sent.MsgID, "7000000000000000009")
			w.say("webwxsendmsg", said{text: `{` + okReply + `}`})
			_, err := c.SendText(t.Context(), "@bob", "x")
			fact(t, "S 10.9", "neither id in the reply", err, nil)
			w.say("webwxsendmsg", said{text: `{"BaseResponse":{"Ret":1204,"ErrMsg":""},"MsgID":"","LocalID":""}`})
			_, err = c.SendText(t.Context(), "@bob", "x")
			fact(t, "S 10.9", "Ret is looked at", errors.Is(err, webwx.ErrNotFriend), true)
		})
	}
	seedRun(t, Options{}, func(t *testing.T, c *Client, w *wireText) {
		enterBy(t, c)
		tails := make(map[string]bool)
		for range 50 { // in one millisecond
			sent, err := c.SendText(t.Context(), "@bob", "x")
			if err != nil {
				t.Fatal(err)
			}
			tails[sent.LocalID] = true
		}
		fact(t, "S 10.8", "no id twice", len(tails), 50)
	})
}
