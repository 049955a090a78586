package wxserver_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxserver"
)

// recallXML is the content of a recall as messages.md §5.9 has it.
func recallXML(session, id, text string) string {
	return `&lt;sysmsg type="revokemsg"&gt;&lt;revokemsg&gt;&lt;session&gt;` + session + `&lt;/session&gt;&lt;oldmsgid&gt;0&lt;/oldmsgid&gt;&lt;msgid&gt;` + id +
		`&lt;/msgid&gt;&lt;newmsgid&gt;` + id + `&lt;/newmsgid&gt;&lt;replacemsg&gt;&lt;![CDATA[` + text + `]]&gt;&lt;/replacemsg&gt;&lt;/revokemsg&gt;&lt;/sysmsg&gt;`
}

// says sends a text and returns its MsgID.
func (m *member) says(to, what string) string {
	m.t.Helper()
	return text(m.t, m.web.send(m.user(to), what, fmt.Sprint(time.Now().UnixNano(), what))["MsgID"])
}

// revokes sends a recall as known clients do: with an id of their own.
func (m *member) revokes(want int64, to, id string) object {
	m.t.Helper()
	return m.does(want, "webwxrevokemsg", `"SvrMsgId":`+id+`,"ToUserName":"`+m.user(to)+`","ClientMsgId":14531249080009999`)
}

// second is another login of m's account, the phone's, that sees everything.
func (s *society) second(name string) *member {
	s.t.Helper()
	v := onPhone(s.ring(name))
	m := &member{&web{house: s.house, main: mainHost, uin: v.uin, sid: v.sid, skey: v.skey}, name + "'s phone", map[string]string{"filehelper": "filehelper"}}
	m.init()
	for nick, user := range m.names() {
		if short, ok := nicks[nick]; ok {
			m.labels[user] = short
		}
	}
	m.web.read()
	s.all = append(s.all, m)
	return m
}

func TestRecall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob", "carol")
		s.second("alice")
		alice := s.of("alice")
		id := alice.says("bob", "oops")
		s.expect("said", map[string][]string{"bob": {"1 alice>bob oops"}, "alice's phone": {"1 alice>bob oops"}})
		time.Sleep(time.Minute)
		alice.news() // or the idle connection would be closed at the next request
		time.Sleep(time.Minute)
		o := alice.revokes(0, "bob", quote(id))
		if got, want := text(t, o["Introduction"]), "你可以撤回2分钟内发送的消息（部分旧版本微信不支持这个功能）。"; got != want || string(o["SysWording"]) != `""` {
			t.Errorf("Introduction %q, SysWording %s", got, o["SysWording"])
		}
		s.expect("recalled", map[string][]string{
			"bob":           {"10002 alice>bob " + recallXML("alice", id, `"爱丽丝" 撤回了一条消息`)},
			"alice's phone": {"10002 alice>bob " + recallXML("bob", id, "你撤回了一条消息")},
		})
		alice.revokes(0, "bob", id) // a number, and a second time
		s.expect("recalled again", nil)

		// In a room; the phone takes back what the web has said.
		id = alice.says("lobby", "oops all")
		s.expect("said in a room", map[string][]string{"bob": {"1 lobby>bob alice:<br/>oops all"}, "carol": {"1 lobby>carol alice:<br/>oops all"}, "alice's phone": {"1 alice>lobby oops all"}})
		s.of("alice's phone").revokes(0, "lobby", quote(id))
		xml := recallXML("lobby", id, `"爱丽丝" 撤回了一条消息`)
		s.expect("recalled in a room", map[string][]string{
			"alice": {"10002 alice>lobby " + recallXML("lobby", id, "你撤回了一条消息")},
			"bob":   {"10002 lobby>bob alice:<br/>" + xml},
			"carol": {"10002 lobby>carol alice:<br/>" + xml},
		})
		alice.revokes(0, "lobby", quote(id))
		s.expect("recalled by the other login too", nil)
	})
}

func TestRecallRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob")
		alice, bob := s.of("alice"), s.of("bob")
		theirs := bob.says("alice", "hello")
		others := bob.says("lobby", "to all")
		helper := alice.says("filehelper", "note")
		alice.creates("x", "bob")
		alice.news()
		bob.news()
		alice.updates(0, "modtopic", `"NewTopic":"y"`)
		var notice string
		for _, m := range list(t, alice.sync()["AddMsgList"]) {
			notice = text(t, m["MsgId"])
		}
		old := alice.says("bob", "too late")
		bob.news()
		time.Sleep(2*time.Minute + time.Millisecond)
		want := alice.post("webwxrevokemsg", `"SvrMsgId":"1","ToUserName":"`+alice.user("bob")+`"`)
		if got := ret(t, parse(t, want.body)); got != -2 {
			t.Errorf("an id that no message has: Ret %d, want -2", got)
		}
		for what, id := range map[string]string{
			"another's message": quote(theirs), "another's in a room": quote(others), "to filehelper": quote(helper), "a line": quote(notice), "too old": quote(old),
			"no number": `"x"`, "nothing": `""`, "zero": "0", "negative": "-5", "beyond 64 bits": `"99999999999999999999"`, "10 KB": `"` + strings.Repeat("1", 10<<10) + `"`,
		} {
			got := alice.post("webwxrevokemsg", `"SvrMsgId":`+id+`,"ToUserName":"`+alice.user("bob")+`"`)
			if got.body != want.body || got.after != want.after {
				t.Errorf("%s: %s, want %s", what, got.body, want.body)
			}
		}
		s.expect("nothing came of that", nil)
	})
}

// Who was in the room then and is in it still learns of a recall, and nobody else.
func TestRecallAfterComingAndGoing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob", "carol", "dave")
		alice := s.of("alice")
		alice.creates("x", "bob", "carol")
		s.of("bob").news()
		s.of("carol").news()
		time.Sleep(time.Millisecond)
		id := alice.says("room", "oops")
		time.Sleep(time.Millisecond)
		s.of("carol").updates(0, "quitchatroom", "")
		alice.updates(0, "addmember", `"AddMemberList":"`+alice.users("dave")+`"`)
		for _, m := range s.all {
			m.news()
		}
		alice.revokes(0, "room", quote(id))
		s.expect("recalled", map[string][]string{"bob": {"10002 room>bob alice:<br/>" + recallXML("room", id, `"爱丽丝" 撤回了一条消息`)}})
	})
}

func TestRecallTwiceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob")
		s.second("alice")
		id := s.of("alice").says("bob", "oops")
		s.expect("said", map[string][]string{"bob": {"1 alice>bob oops"}, "alice's phone": {"1 alice>bob oops"}})
		var wg sync.WaitGroup
		for _, name := range []string{"alice", "alice", "alice's phone"} {
			wg.Go(func() { s.of(name).revokes(0, "bob", quote(id)) })
		}
		wg.Wait()
		if got := s.of("bob").news(); len(got) != 1 {
			t.Errorf("bob learns %q, want one recall", got)
		}
		if got := len(s.of("alice").news()) + len(s.of("alice's phone").news()); got != 1 {
			t.Errorf("alice's logins learn of %d recalls, want the one that did not do it", got)
		}
	})
}

// Who reads only after a recall does not get what was taken back: neither when
// both are on one page, nor when a page ends between them.
func TestRecalledIsNotTold(t *testing.T) {
	for name, between := range map[string]int{"on one page": 3, "on two pages": 150, "on three pages": 250} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := openSociety(t, wxserver.Options{}, "alice", "bob")
				s.second("bob")
				alice := s.of("alice")
				id := alice.says("bob", "the secret")
				kept := alice.says("bob", "the rest")
				for i := range between {
					alice.says("bob", fmt.Sprint(i))
				}
				before := s.of("bob").key
				alice.revokes(0, "bob", quote(id))
				for _, who := range []string{"bob", "bob's phone"} {
					got := s.of(who).news()
					if len(got) != between+2 || got[0] != "1 alice>bob the rest" || !strings.Contains(got[between+1], id) {
						t.Errorf("%s reads %d messages, first %q, last %q", who, len(got), got[0], got[len(got)-1])
					}
				}
				// Asked for again with the old key it is not told either.
				if o := s.of("bob").syncAt(before); strings.Contains(string(o["AddMsgList"]), "the secret") || !strings.Contains(string(o["AddMsgList"]), kept) {
					t.Error("the old key gives the message that was taken back, or not the one beside it")
				}
			})
		})
	}
}

// A login that takes back what another login of the account has sent, before it has
// read it, does not read it afterwards.
func TestOwnRecallIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob")
		id := s.second("alice").says("bob", "oops")
		s.of("alice").revokes(0, "bob", quote(id))
		if got := s.of("alice").news(); len(got) != 0 {
			t.Errorf("alice reads %q", got)
		}
	})
}

// What rooms, requests and recalls leave in the database holds no name and no
// ticket of a login.
func TestSocietyStoresNoNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob", "erin")
		alice, bob := s.of("alice"), s.of("bob")
		alice.creates("x", "bob")
		bob.news()
		bob.updates(0, "invitemember", `"InviteMemberList":"`+bob.users("carol")+`"`)
		alice.updates(0, "modtopic", `"NewTopic":"y"`)
		alice.does(0, "webwxoplog", `"CmdId":2,"UserName":"`+alice.user("bob")+`","RemarkName":"x"`)
		alice.does(0, "webwxsearchcontact", `"KeyWord":"erin"`)
		alice.news()
		alice.verifies(0, wire.VerifyAccept, "erin", s.asked("the greeting"), "")
		s.of("erin").verifies(0, wire.VerifyAsk, "bob", "", "hi")
		alice.revokes(0, "room", quote(alice.says("room", "oops")))
		docs, boxes := dump(t, s.engine)
		var stored strings.Builder
		for _, d := range docs {
			fmt.Fprintln(&stored, d.Key, string(d.Value))
		}
		for _, entries := range boxes {
			for _, e := range entries {
				fmt.Fprintln(&stored, string(e.Body))
			}
		}
		if !strings.Contains(stored.String(), "the greeting") {
			t.Fatal("the test does not see enough")
		}
		for _, form := range []string{`@[0-9a-f]{32}`, `v2_[0-9a-f]`, `@crypt_`, `@stranger`} {
			if m := regexp.MustCompile(form).FindString(stored.String()); m != "" {
				t.Errorf("something of the form %s is stored: %s", form, m)
			}
		}
	})
}

// The file of a message that was taken back can be fetched by nobody.
func TestRecalledFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob")
		alice, bob := s.of("alice").visitor(), s.of("bob").visitor()
		data := jpegOf(t, 40, 30)
		id := s.told(alice, "webwxsendmsgimg", s.of("alice").user("bob"), `"Type":3,"MediaId":`+quoted(s.put(alice, "a.jpg", data))+`,"ClientMsgId":"1"`)
		s.fetch(bob, "webwxgetmsgimg?MsgID="+id).is(t, "the picture", "image/jpeg", data)
		s.of("alice").revokes(0, "bob", quote(id))
		for _, v := range []visitor{alice, bob} {
			s.fetch(v, "webwxgetmsgimg?MsgID="+id).isNothing(t, "the picture that was taken back")
			s.fetch(v, "webwxgetmsgimg?type=slave&MsgID="+id).isNothing(t, "its thumbnail")
		}
	})
}

func (m *member) visitor() visitor {
	return visitor{uin: m.uin, sid: m.sid, skey: m.skey, cookies: cookieHeader(m.cookies)}
}
