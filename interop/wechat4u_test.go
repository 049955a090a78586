package interop

import (
	"strings"
	"testing"

	"github.com/webwx/webwx"
)

// aliceRuns starts wechat4u for alice, whose phone lets it in.
func (s *server) aliceRuns(alice *person) *program {
	s.t.Helper()
	p := s.run("wechat4u")
	alice.letIn(p)
	p.await("login")
	return p
}

// unharmed fails the test if the program complained of anything.
func (p *program) unharmed() {
	p.t.Helper()
	p.said.none(p.t, "an error", func(ev event) bool { return ev.Event == "error" || ev.Event == "noise" })
}

// TestWechat4uLogsIn follows a login from the code to the first heart beat.
func TestWechat4uLogsIn(t *testing.T) {
	t.Parallel()
	s := serve(t)
	alice := s.person("alice")
	p := s.run("wechat4u")
	code, err := alice.phone.Scan(t.Context(), p.await("code").Text)
	if err != nil {
		t.Fatal(err)
	}
	if avatar := p.await("avatar").Text; !strings.HasPrefix(avatar, "data:img/jpg;base64,") {
		t.Errorf("the avatar of who has scanned begins with %q", avatar)
	}
	if err := alice.phone.Confirm(t.Context(), code.UUID); err != nil {
		t.Fatal(err)
	}
	login := p.await("login")
	if got, want := login.Text, "Alice &lt;&amp; 爱丽丝&gt;"; got != want { // names are HTML, and this program leaves them so
		t.Errorf("own nickname %q, want %q", got, want)
	}
	if !strings.HasPrefix(string(login.User), "@") {
		t.Errorf("own name %q", login.User)
	}
	status := p.said.await(t, "the list of chats", func(ev event) bool {
		return ev.Event == "message" && ev.Message.MsgType == webwx.MsgStatusNotify
	})
	if !status.Self || status.Message.StatusNotifyCode != webwx.StatusChats {
		t.Errorf("status %+v", status.Message)
	}
	beat := alice.seen.await(t, "a heart beat", func(ev webwx.Event) bool {
		return ev.Kind == webwx.EventMessage && strings.HasPrefix(ev.Message.Text(), "心跳：")
	})
	if beat.Message.ToUserName != webwx.FileHelper {
		t.Errorf("the heart beat went to %s", beat.Message.ToUserName)
	}
	logins, _, err := alice.phone.Logins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(logins) != 2 { // the phone's own and the program's
		t.Errorf("logins: %+v", logins)
	}
	p.unharmed()
}

// TestWechat4uContacts compares what the program knows with what there is.
func TestWechat4uContacts(t *testing.T) {
	t.Parallel()
	s := serve(t)
	alice := s.person("alice")
	p := s.aliceRuns(alice)
	all := p.everybody()
	room := all["周末 &lt;hike&gt; &amp; tea"]
	if !strings.HasPrefix(string(room.UserName), "@@") {
		t.Errorf("the room is called %q", room.UserName)
	}
	if room.MemberCount != 3 || len(room.MemberList) != 3 {
		t.Errorf("the room has %d members and lists %+v", room.MemberCount, room.MemberList)
	}
	for _, nick := range []string{"Bob", carolNick} {
		c, ok := all[nick]
		if !ok || !strings.HasPrefix(string(c.UserName), "@") || c.HeadImgUrl == "" {
			t.Errorf("%s: %+v", nick, c)
		}
		member := false
		for _, m := range room.MemberList {
			member = member || m.UserName == c.UserName
		}
		if !member {
			t.Errorf("%s (%s) is not among the members %+v", nick, c.UserName, room.MemberList)
		}
	}
	p.unharmed()
}

// The texts that break things: HTML, line ends, emoji, what looks like a prefix.
var texts = []struct{ plain, shown string }{ // shown is how wechat4u 0.7.14 gives it: it leaves &amp;
	{"hello", "hello"},
	{"<b>1 > 0</b> & \"x\"\nnext 'line'", "<b>1 > 0</b> &amp; \"x\"\nnext 'line'"},
	{"你好 😀👨‍👩‍👧 [微笑]", "你好 😀👨‍👩‍👧 [微笑]"},
	{"<br/> &lt; \\u4f60 \\/ %2B", "\n &amp;lt; \\u4f60 \\/ %2B"},
}

// TestWechat4uTalks sends texts both ways, to one person and in a room.
func TestWechat4uTalks(t *testing.T) {
	t.Parallel()
	s := serve(t)
	alice, bob := s.person("alice"), s.person("bob")
	p := s.aliceRuns(alice)
	var toBob, toRoom webwx.UserName
	for name, c := range p.everybody() {
		switch name {
		case "Bob":
			toBob = c.UserName
		case "周末 &lt;hike&gt; &amp; tea":
			toRoom = c.UserName
		}
	}
	for _, text := range texts {
		bob.say(aliceNick, text.plain)
		if got := p.hears(text.shown).Message; got.FromUserName != toBob || got.MsgType != webwx.MsgText {
			t.Errorf("from %s, want %s: %+v", got.FromUserName, toBob, got)
		}
		var sent struct{ MsgID, LocalID string }
		p.call(&sent, "sendMsg", text.plain, toBob)
		if got := bob.hears(text.plain); got.MsgID != sent.MsgID || got.FromUserName != bob.find(aliceNick).UserName {
			t.Errorf("the program was told %+v, bob got %s from %s", sent, got.MsgID, got.FromUserName)
		}
		bob.say(topic, "room: "+text.plain)
		if got := p.hears("Bob:\nroom: " + text.shown).Message; got.FromUserName != toRoom {
			t.Errorf("in %s, want %s", got.FromUserName, toRoom)
		}
		p.call(&sent, "sendMsg", "all: "+text.plain, toRoom)
		got := bob.hears("all: " + text.plain)
		if got.FromUserName != bob.find(topic).UserName || got.Sender(bob.chat.Self().UserName) != bob.member(aliceNick) {
			t.Errorf("bob got it from %s by %s", got.FromUserName, got.Sender(bob.chat.Self().UserName))
		}
		// What the owner does on the phone shows in the program, as her own.
		alice.say("Bob", "phone: "+text.plain)
		if got := p.hears("phone: " + text.shown); !got.Self || got.Message.ToUserName != toBob {
			t.Errorf("from %s to %s, own %t", got.Message.FromUserName, got.Message.ToUserName, got.Self)
		}
	}
	p.said.none(t, "its own text", func(ev event) bool { return ev.Event == "message" && strings.HasPrefix(ev.Message.Content, "all: ") })
	p.unharmed()
}

// everybody waits until the program has its contacts, and returns them by name.
func (p *program) everybody() map[string]webwx.Contact {
	p.t.Helper()
	var all map[string]webwx.Contact
	p.said.await(p.t, "its contacts", func(ev event) bool {
		all = make(map[string]webwx.Contact)
		for _, c := range ev.Contacts {
			all[c.NickName] = c
		}
		return all["Bob"].UserName != "" && all["周末 &lt;hike&gt; &amp; tea"].UserName != ""
	})
	return all
}

// member returns the name that a member of the room has for p.
func (p *person) member(nick string) webwx.UserName {
	p.t.Helper()
	return p.find(nick).UserName
}

// TestWechat4uIsEndedByThePhone: the program learns it, though it overlooks the
// 1100 of synccheck: it compares text with a number, and webwxinit must tell it.
func TestWechat4uIsEndedByThePhone(t *testing.T) {
	t.Parallel()
	s := serve(t)
	alice := s.person("alice")
	p := s.aliceRuns(alice)
	p.everybody()
	if err := alice.phone.End(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	p.await("logout")
}

// TestWechat4uIsEndedByAnotherLogin: the newcomer works, the old one ends.
func TestWechat4uIsEndedByAnotherLogin(t *testing.T) {
	t.Parallel()
	s := serve(t)
	alice, bob := s.person("alice"), s.person("bob")
	old := s.aliceRuns(alice)
	old.everybody()
	young := s.aliceRuns(alice)
	young.everybody()
	old.await("logout")
	bob.say(aliceNick, "still there?")
	young.hears("still there?")
	young.said.none(t, "logout", func(ev event) bool { return ev.Event == "logout" })
	young.unharmed()
}

// TestWechat4uLogsOut: the program's own logout ends its login.
func TestWechat4uLogsOut(t *testing.T) {
	t.Parallel()
	s := serve(t)
	alice := s.person("alice")
	p := s.aliceRuns(alice)
	p.everybody()
	var said string
	p.call(&said, "logout")
	if said != "登出成功" {
		t.Errorf("logout said %q", said)
	}
	logins, _, err := alice.phone.Logins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(logins) != 1 {
		t.Errorf("logins after it: %+v", logins)
	}
	p.await("logout") // it goes on polling, and is told
}

// TestWechat4uOutlivesTheServer kills the server under the program. With the same
// data it goes on with the login it has, and nothing is lost.
func TestWechat4uOutlivesTheServer(t *testing.T) {
	t.Parallel()
	s := serve(t)
	alice, bob := s.person("alice"), s.person("bob")
	p := s.aliceRuns(alice)
	toBob := p.everybody()["Bob"].UserName
	bob.say(aliceNick, "before")
	p.hears("before")
	for _, text := range []string{"after one", "after two"} {
		s.kill()
		s.start()
		bob.say(aliceNick, text)
		if got := p.hears(text).Message.FromUserName; got != toBob {
			t.Errorf("%s came from %s, want %s as before", text, got, toBob)
		}
		p.call(nil, "sendMsg", text+", from the program", toBob)
		bob.hears(text + ", from the program")
	}
	p.said.none(t, "another code, or a logout", func(ev event) bool { return ev.Event == "code" || ev.Event == "logout" })
	p.said.none(t, "a text twice", func(ev event) bool {
		return ev.Event == "message" && (ev.Message.Content == "before" || strings.HasPrefix(ev.Message.Content, "after"))
	})
}
