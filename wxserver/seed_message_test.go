package wxserver_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/webwx/webwx/wxserver"
)

func TestSeedSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w, bob := h.started("alice", mainHost), h.started("bob", mainHost)
		names := w.names()
		peer := names["Bob &amp; Co"]
		path := mainHost + cgi + "webwxsendmsg"
		const id = "14531249080001234"
		seed := w.body(w.msg(peer, "hello", id))
		a := h.ask("POST", path+"?pass_ticket="+w.ticket, seed, "ContentType", "application/json; charset=UTF-8")
		o := parse(t, a.body)
		s(t, "S 10.1", "status with pass_ticket", a.status, 200)
		s(t, "S 10.1", "Ret with pass_ticket", ret(t, o), 0)
		s(t, "S 10.2", "content types, methods and hosts that are refused", w.everyWay("webwxsendmsg", w.msg(peer, "hello", id)), nil)
		for _, c := range []struct{ no, what, url, body string }{
			{"S 10.1", "without pass_ticket", path, seed},
			{"S 10.1", "with a pass_ticket that is none", path + "?pass_ticket=pass_ticket&lang=zh_CN", seed},
			{"S 10.3", "with Scene", path, w.body(w.msg(peer, "hello", id) + `,"Scene":0`)},
			{"S 10.3", "with keys that nobody knows", path, w.body(w.msg(peer, "hello", id) + `,"Count":1,"List":[{"x":null}]`)},
			{"S 10.4", "Type as text", path, strings.Replace(seed, `"Type":1`, `"Type":"1"`, 1)},
			{"S 10.7", "LocalID and ClientMsgId as numbers", path, strings.ReplaceAll(seed, `"`+id+`"`, id)},
		} {
			again := h.ask("POST", c.url, c.body)
			s(t, c.no, c.what+": the first answer", again.body, a.body)
		}

		s(t, "S 10.9", "keys", keysOf(t, []byte(a.body)), []string{"BaseResponse", "MsgID", "LocalID"})
		s(t, "S 10.9", "BaseResponse", string(o["BaseResponse"]), `{"Ret":0,"ErrMsg":""}`)
		s(t, "S 10.9", "MsgID is a decimal text", regexp.MustCompile(`^[1-9]\d{17,18}$`).MatchString(text(t, o["MsgID"])), true)
		s(t, "S 10.7", "LocalID is echoed as text", string(o["LocalID"]), `"`+id+`"`)
		s(t, "S 10.3", "a body of BaseRequest and Msg alone", ret(t, o), 0)

		msgs := list(t, bob.sync()["AddMsgList"])
		if len(msgs) != 1 {
			t.Fatalf("S 10.8: the receiver got %d messages, want 1", len(msgs))
		}
		mine := bob.names()
		s(t, "S 10.4", "MsgType at the receiver", string(msgs[0]["MsgType"]), "1")
		s(t, "S 10.6", "sender and receiver, in the receiver's names",
			[]string{text(t, msgs[0]["FromUserName"]), text(t, msgs[0]["ToUserName"])}, []string{mine["爱丽丝"], bob.self})
		s(t, "S 10.9", "MsgId at the receiver", text(t, msgs[0]["MsgId"]), text(t, o["MsgID"]))
		s(t, "S 10.6", "the sender's own login does not get it back", w.read(), nil)

		for i, c := range []struct{ no, what, content, want string }{
			{"S 10.5", "plain text", "hello", "hello"},
			{"S 10.5", "line ends", "a\nb\n", "a<br/>b<br/>"},
			{"S 10.5", "what HTML knows", `<b> & "q" 'a' &amp;`, `&lt;b&gt; &amp; "q" 'a' &amp;amp;`},
			{"S 10.5", "text that looks like a room's prefix", "@" + strings.Repeat("a", 32) + ":\nx", "@" + strings.Repeat("a", 32) + ":<br/>x"},
			{"S 10.2", "raw UTF-8", "你好 😀\u2028", "你好 😀\u2028"},
		} {
			s(t, c.no, c.what+": Ret", ret(t, w.send(peer, c.content, fmt.Sprint("text", i))), 0)
			s(t, c.no, c.what+" at the receiver", bob.read(), []string{c.want})
		}
		escaped := `"Msg":{"Type":1,"Content":"\u4f60\u597d \u003cb\u003e \/ \ud83d\ude00","ToUserName":"` + peer + `","ClientMsgId":1}`
		s(t, "S 10.2", "escapes: Ret", ret(t, w.call("webwxsendmsg", escaped)), 0)
		s(t, "S 10.2", "escapes are decoded", bob.read(), []string{"你好 &lt;b&gt; / 😀"})
		control := `"Msg":{"Type":1,"Content":"a` + "\n" + `b","ToUserName":"` + peer + `","ClientMsgId":2}`
		s(t, "S 10.2", "a bare line end inside a text: Ret", ret(t, w.call("webwxsendmsg", control)), 0)
		s(t, "S 10.2", "a bare line end inside a text", bob.read(), []string{"a<br/>b"})

		from := strings.Replace(w.msg(peer, "x", "3"), `"FromUserName":"`+w.self, `"FromUserName":"`+peer, 1)
		o = w.call("webwxsendmsg", from)
		s(t, "S 10.6", "a foreign FromUserName", ret(t, o), 1)
		s(t, "S 10.6", "MsgID and LocalID of a refusal", []string{text(t, o["MsgID"]), text(t, o["LocalID"])}, []string{"", ""})
		s(t, "S 10.6", "a name of another login", ret(t, w.send(bob.self, "x", "4")), 1204)
		s(t, "S 10.6", "an account that is no friend", ret(t, w.send(names["Dave"], "x", "5")), 1204)
		s(t, "S 10.6", "no receiver", ret(t, w.send("", "x", "6")), 1204)
		s(t, "S 10.6", "a room of others", ret(t, w.send(mine["别人的房间"], "x", "7")), 1204)
		s(t, "S 10.4", "Type 3 over this endpoint", ret(t, w.call("webwxsendmsg", strings.Replace(w.msg(peer, "x", "8"), `"Type":1`, `"Type":3`, 1))), 1)
		s(t, "S 10.5", "an empty text", ret(t, w.send(peer, "", "9")), 1)
		s(t, "S 10.6", "nothing of all that arrived", bob.read(), nil)

		// ClientMsgId: any text or number, and both readings of "shifted left by 4".
		for i, c := range []struct{ what, value, echo string }{
			{"milliseconds and four digits, a text", `"14531249080005678"`, "14531249080005678"},
			{"milliseconds and four digits, a number", `14531249080005679`, "14531249080005679"},
			{"milliseconds shifted by four bits and four digits", `"232499985280005678"`, "232499985280005678"},
			{"the same as a number of 19 digits", `2324999852800056789`, "2324999852800056789"},
			{"a number beyond 63 bits", `23249998528000567890123`, "23249998528000567890123"},
			{"seconds and six digits", `"1453124908123456"`, "1453124908123456"},
			{"any text", `"e-mail 你好"`, "e-mail 你好"},
		} {
			more := fmt.Sprintf(`"Msg":{"Type":1,"Content":"%d","FromUserName":"%s","ToUserName":"%s","LocalID":%s,"ClientMsgId":%s}`,
				i, w.self, peer, c.value, c.value)
			first, second := w.call("webwxsendmsg", more), w.call("webwxsendmsg", more)
			s(t, "S 10.8", c.what+": Ret", ret(t, first), 0)
			s(t, "S 10.8", c.what+": echoed", text(t, first["LocalID"]), c.echo)
			s(t, "S 10.8", c.what+": the same send again gets the same answer", string(second["MsgID"]), string(first["MsgID"]))
			s(t, "S 10.8", c.what+": stored once", bob.read(), []string{fmt.Sprint(i)})
		}
		first := w.send(peer, "one", id+"1")
		other := w.send(peer, "two", id+"1")
		s(t, "S 10.8", "the same id with another content is another message", string(first["MsgID"]) != string(other["MsgID"]), true)
		s(t, "S 10.8", "and both arrive", bob.read(), []string{"one", "two"})
		w.send(peer, "to a friend", id+"2")
		room := w.send(names["周末爬山"], "to a friend", id+"2")
		s(t, "S 10.8", "the same id to another recipient is another message", ret(t, room), 0)
		s(t, "S 10.8", "which both arrive", bob.read(), []string{"to a friend", mine["爱丽丝"] + ":<br/>to a friend"})
	})
}

// Repeats: design says 10 texts to 3 people under one id are 30 messages.
func TestRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w, bob := h.started("alice", mainHost), h.started("bob", mainHost)
		names := w.names()
		receivers := []string{names["Bob &amp; Co"], names["卡罗尔"], names["周末爬山"]}
		ids := make(map[string]bool)
		answers := make(map[string]string)
		const round = 3 // each send is made three times
		for range round {
			for i := range 10 {
				for _, to := range receivers {
					o := w.send(to, fmt.Sprint(i), "14531249080001234")
					id, what := text(t, o["MsgID"]), to+fmt.Sprint(i)
					if answers[what] != "" && answers[what] != id {
						t.Errorf("repeat of %q was answered %s, want the first answer %s", what, id, answers[what])
					}
					ids[id], answers[what] = true, id
				}
			}
		}
		if got, want := len(ids), 30; got != want {
			t.Errorf("10 texts to 3 people under one id are %d messages, want %d", got, want)
		}
		if got, want := len(bob.read()), 20; got != want { // his own and the room's
			t.Errorf("bob got %d messages, want %d", got, want)
		}

		// A new login has other names for the same people: still the same sends.
		again := h.started("alice", mainHost)
		to := again.names()["Bob &amp; Co"]
		if to == receivers[0] {
			t.Errorf("bob is called %s in both logins", to)
		}
		if got, want := text(t, again.send(to, "3", "14531249080001234")["MsgID"]), answers[receivers[0]+"3"]; got != want {
			t.Errorf("the repeat after a new login was answered %s, want the first answer %s", got, want)
		}
		if got := bob.read(); len(got) != 0 {
			t.Errorf("which bob got again: %q", got)
		}
		o := again.call("webwxsendmsg", `"Msg":{"Type":1,"Content":"no id","ToUserName":"`+to+`"}`)
		p := again.call("webwxsendmsg", `"Msg":{"Type":1,"Content":"no id","ToUserName":"`+to+`"}`)
		if text(t, o["MsgID"]) == text(t, p["MsgID"]) {
			t.Error("two sends without an id are one message, want two")
		}
		if got, want := bob.read(), []string{"no id", "no id"}; !slices.Equal(got, want) {
			t.Errorf("bob got %q, want %q", got, want)
		}
		for _, id := range []string{`0`, `"0"`} { // a key that the client did not fill in
			o = again.call("webwxsendmsg", `"Msg":{"Type":1,"Content":"zero","ToUserName":"`+to+`","ClientMsgId":`+id+`,"LocalID":`+id+`}`)
			if got := text(t, o["LocalID"]); got != "0" {
				t.Errorf("LocalID is %q, want 0", got)
			}
		}
		if got, want := bob.read(), []string{"zero", "zero"}; !slices.Equal(got, want) {
			t.Errorf("bob got %q of two sends under the id 0, want %q", got, want)
		}
	})
}
