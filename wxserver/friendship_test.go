package wxserver_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxserver"
)

// Requests and answers at the same time make friends once, or not at all.
func TestFriendRaces(t *testing.T) {
	both := func(f, g func()) {
		var wg sync.WaitGroup
		wg.Go(f)
		wg.Go(g)
		wg.Wait()
	}
	t.Run("one request is accepted twice", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := openSociety(t, wxserver.Options{}, "alice", "erin")
			ticket := s.asked("hi")
			accept := func() { s.of("alice").verifies(0, wire.VerifyAccept, "erin", ticket, "") }
			both(accept, accept)
			s.expect("accepted twice", friends("hi"))
		})
	})
	t.Run("both ask each other", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := openSociety(t, wxserver.Options{}, "alice", "erin")
			both(
				func() { s.of("alice").verifies(0, wire.VerifyAsk, "erin", "", "") },
				func() { s.of("erin").verifies(0, wire.VerifyAsk, "alice", "", "") },
			)
			for _, m := range s.all {
				n := 0
				for _, news := range m.news() {
					if strings.HasPrefix(news, "mod ") {
						n++
					}
				}
				if n != 1 {
					t.Errorf("%s learns of %d new friends, want 1", m.who, n)
				}
			}
			if got := s.documents("request/"); len(got) != 0 {
				t.Errorf("requests that are left: %q", got)
			}
		})
	})
	t.Run("a request is accepted and refused", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := openSociety(t, wxserver.Options{}, "alice", "erin")
			ticket := s.asked("hi")
			a := s.of("alice")
			more := func(opcode int) string {
				return fmt.Sprintf(`"Opcode":%d,"VerifyUserList":[{"Value":"%s","VerifyUserTicket":"%s"}]`, opcode, a.user("erin"), ticket)
			}
			var accepted, refused int64
			both(
				func() { accepted = ret(t, a.call("webwxverifyuser", more(wire.VerifyAccept))) },
				func() { refused = ret(t, a.call("webwxverifyuser", more(wire.VerifyRefuse))) },
			)
			if accepted+refused != -14 {
				t.Errorf("accepted %d, refused %d: want 0 and -14", accepted, refused)
			}
			friends := len(a.news())
			if (accepted == 0) != (friends == 3) {
				t.Errorf("accepted %d, but alice learns %d things", accepted, friends)
			}
		})
	})
}

func TestUnfriend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob")
		alice, bob := s.of("alice"), s.of("bob")
		phones := s.phoneNames("alice")
		if got := ret(t, s.onPhone("alice", wire.PhoneUnfriend.Path, `"UserName":`+quote(phones["Bob &amp; Co"]))); got != 0 {
			t.Errorf("Ret %d", got)
		}
		s.expect("a friend is dropped", map[string][]string{"alice": {"del bob"}})
		for _, name := range []string{phones["Bob &amp; Co"], phones["Erin"], phones["大厅"], "filehelper", "@0123456789abcdef0123456789abcdef", ""} {
			if got := ret(t, s.onPhone("alice", wire.PhoneUnfriend.Path, `"UserName":`+quote(name))); got != 1 {
				t.Errorf("%q is dropped: Ret %d, want 1", name, got)
			}
		}
		for i, m := range []*member{alice, bob} {
			other := []string{"bob", "alice"}[i]
			if got := ret(t, m.web.send(m.user(other), "hello?", "1")); got != 1204 {
				t.Errorf("%s writes to %s: Ret %d, want 1204", m.who, other, got)
			}
		}
		o := bob.does(-2, "webwxcreatechatroom", `"MemberList":[{"UserName":"`+bob.user("alice")+`"}]`)
		if got := bob.statuses(o); !slices.Equal(got, []string{"alice 4"}) {
			t.Errorf("who has deleted one is added: %q", got)
		}
		s.expect("nothing came of that", nil)
		// Bob has her still: to ask him needs no answer.
		alice.verifies(0, wire.VerifyAsk, "bob", "", "sorry")
		s.expect("friends again", map[string][]string{"alice": {"mod bob", "10000 bob>alice 你已添加了Bob &amp; Co，现在可以开始聊天了。"}})
		if got := ret(t, bob.web.send(bob.user("alice"), "hello", "2")); got != 0 {
			t.Errorf("bob writes: Ret %d", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob")
		bob := s.phoneNames("bob")
		if err := s.ring("bob").Unfriend(t.Context(), webwx.UserName(bob["爱丽丝"])); err != nil {
			t.Fatal(err)
		}
		s.expect("alice is dropped", map[string][]string{"bob": {"del alice"}})
		s.of("alice").verifies(0, wire.VerifyAsk, "bob", "", "why?")
		ticket := text(t, s.of("bob").request()["Ticket"])
		s.of("bob").verifies(0, wire.VerifyAccept, "alice", ticket, "")
		s.expect("who was dropped asks", map[string][]string{
			"alice": {"1 alice>bob why?"},
			"bob":   {"mod alice", "1 alice>bob why?", "10000 alice>bob 你已添加了爱丽丝，现在可以开始聊天了。"},
		})
	})
}

// phoneNames are the names that the phone of name has for people.
func (s *society) phoneNames(name string) map[string]string {
	s.t.Helper()
	v := onPhone(s.ring(name))
	return s.contactsOf(v)
}

func TestBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob", "carol")
		bob, carol := s.of("bob"), s.of("carol")
		block := func(nick string, op int, want int64) {
			t.Helper()
			if got := ret(t, s.onPhone("bob", wire.PhoneBlock.Path, fmt.Sprintf(`"UserName":%s,"OP":%d`, quote(s.phoneNames("bob")[nick]), op))); got != want {
				t.Errorf("block %s: Ret %d, want %d", nick, got, want)
			}
		}
		block("卡罗尔", 1, 0)
		s.expect("carol is on the blacklist", map[string][]string{"bob": {"mod carol flag=11"}})
		block("卡罗尔", 1, 0)
		block("Erin", 1, 1)
		block("卡罗尔", 2, 1)
		carol.does(1204, "webwxsendmsg", carol.msg(carol.user("bob"), "hello?", "1"))
		o := carol.creates("x", "bob", "alice")
		if got := carol.statuses(o); !slices.Equal(got, []string{"bob 3", "alice 0"}) || text(t, o["BlackList"]) != carol.user("bob") {
			t.Errorf("members %q, BlackList %s", got, o["BlackList"])
		}
		carol.news()
		s.of("alice").news()
		bob.web.send(bob.user("carol"), "I may write", "2")
		s.expect("bob writes", map[string][]string{"carol": {"1 bob>carol I may write"}})
		// Carol drops him and asks again: she is not told that it is in vain.
		s.onPhone("carol", wire.PhoneUnfriend.Path, `"UserName":`+quote(s.phoneNames("carol")["Bob &amp; Co"]))
		carol.verifies(0, wire.VerifyAsk, "bob", "", "please")
		s.expect("a request of who is on the blacklist", map[string][]string{"carol": {"del bob"}})
		for _, blocked := range []bool{true, false} {
			if err := s.ring("bob").Block(t.Context(), webwx.UserName(s.phoneNames("bob")["卡罗尔"]), blocked); err != nil {
				t.Fatal(err)
			}
		}
		s.expect("carol is free", map[string][]string{"bob": {"mod carol"}})
	})
}

func TestSearchContact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{Limits: wxserver.Limits{SearchesBurst: 40}}, "alice", "erin")
		alice := s.of("alice")
		alice.does(0, "webwxoplog", `"CmdId":2,"UserName":"`+alice.user("dave")+`","RemarkName":"老大"`)
		if _, err := s.server.AddAccount(t.Context(), wxserver.Account{Name: "frank.1", NickName: "Frank"}); err != nil {
			t.Fatal(err)
		}
		search := func(m *member, word string) []string {
			t.Helper()
			var got []string
			for _, it := range list(t, m.does(0, "webwxsearchcontact", `"KeyWord":`+quote(word))["List"]) {
				got = append(got, m.label(text(t, it["EncryUserName"])))
			}
			slices.Sort(got)
			return got
		}
		for word, want := range map[string][]string{
			"卡罗":    {"carol"},
			"kaluo": {"carol"}, "KLE": {"carol"}, " & ": {"bob"},
			"老大": {"dave"}, "laoda": {"dave"}, "DAVE": {"dave"}, "大": {"dave", "lobby"},
			"erin": {"erin"}, "ERIN": {"erin"}, "eri": nil, "Erin Erin": nil, "alice": nil, "nobody": nil, "爱丽丝": nil,
		} {
			if got := search(alice, word); !slices.Equal(got, want) {
				t.Errorf("%q finds %q, want %q", word, got, want)
			}
		}
		for _, word := range []string{"", " ", strings.Repeat("x", 129)} {
			alice.does(1, "webwxsearchcontact", `"KeyWord":`+quote(word))
		}
		// A stranger who was found can be looked at and asked.
		frank := search(alice, "frank.1")
		if len(frank) != 1 {
			t.Fatalf("frank.1 finds %q", frank)
		}
		alice.labels[frank[0]] = "frank"
		o := list(t, alice.does(0, "webwxbatchgetcontact", `"List":[{"UserName":"`+frank[0]+`"}]`)["ContactList"])[0]
		if got := text(t, o["NickName"]); got != "Frank" {
			t.Errorf("who was found is called %q", got)
		}
		if a := s.ask("GET", mainHost+text(t, o["HeadImgUrl"]), "", "Cookie", cookieHeader(alice.cookies)); a.status != 200 {
			t.Errorf("the picture of who was found: status %d", a.status)
		}
		alice.verifies(0, wire.VerifyAsk, "frank", "", "hi")
		for range 40 {
			alice.call("webwxsearchcontact", `"KeyWord":"nobody"`)
		}
		alice.does(1205, "webwxsearchcontact", `"KeyWord":"carol"`)
	})
}
