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

	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxserver"
)

// large is a room of n members, alice and bob among them.
func (s *society) large(n int) {
	s.t.Helper()
	names := []string{"alice", "bob"}
	for i := range n - 2 {
		name := fmt.Sprintf("m%03d", i)
		if _, err := s.server.AddAccount(s.t.Context(), wxserver.Account{Name: name}); err != nil {
			s.t.Fatal(err)
		}
		names = append(names, name)
	}
	if _, err := s.server.AddRoom(s.t.Context(), "large", names...); err != nil {
		s.t.Fatal(err)
	}
	for _, m := range s.all {
		m.news() // which names the room
	}
}

var joinLink = regexp.MustCompile(`<url>(https://wx2\.qq\.com/phone\?join=[A-Za-z0-9_-]+)</url>`)

func TestRoomInvitation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob", "carol", "dave")
		alice, carol := s.of("alice"), s.of("carol")
		s.large(39)
		alice.updates(0, "addmember", `"AddMemberList":"`+alice.users("dave")+`"`)
		for _, m := range s.all {
			m.news()
		}
		// With 40 members it is large: carol is asked.
		o := alice.updates(0, "addmember", `"AddMemberList":"`+alice.users("carol", "bob", "erin")+`"`)
		if got, want := alice.statuses(o), []string{"carol 0", "bob 0", "erin 4"}; !slices.Equal(got, want) {
			t.Errorf("invited: %q, want %q", got, want)
		}
		var link string
		for _, m := range s.all {
			o := m.sync()
			msgs := list(t, o["AddMsgList"])
			if m.who != "carol" {
				if len(msgs) != 0 || string(o["ModContactCount"]) != "0" {
					t.Errorf("%s learns of the invitation: %s", m.who, o["AddMsgList"])
				}
				continue
			}
			if len(msgs) != 1 || string(msgs[0]["MsgType"]) != "49" || string(msgs[0]["AppMsgType"]) != "5" {
				t.Fatalf("carol gets %s, want a link", o["AddMsgList"])
			}
			xml := wireText(text(t, msgs[0]["Content"]))
			for _, want := range []string{"<title>邀请你加入群聊</title>", `<des>"爱丽丝"邀请你加入群聊large，进入可查看详情。</des>`} {
				if !strings.Contains(xml, want) {
					t.Errorf("the invitation has no %s: %s", want, xml)
				}
			}
			if from := m.label(text(t, msgs[0]["FromUserName"])); from != "alice" {
				t.Errorf("the invitation is from %s", from)
			}
			link = found(t, joinLink, xml)[1]
		}

		join := func(name, ticket string, want int64) {
			t.Helper()
			o := s.onPhone(name, wire.PhoneJoin.Path, `"Ticket":`+quote(ticket))
			if got := ret(t, o); got != want {
				t.Errorf("%s joins by %q: %s, want Ret %d", name, ticket, o["BaseResponse"], want)
			}
		}
		ticket := link[strings.Index(link, "=")+1:]
		for _, text := range []string{"x", "", ticket + "A", strings.ToUpper(ticket), mainHost + "/phone", ticket[:10]} {
			join("carol", text, -14)
		}
		join("dave", link, -14)
		s.expect("wrong tickets", nil)
		join("carol", link, 0)
		for _, m := range s.all {
			news := m.news()
			want := `10000 room>` + m.who + ` "爱丽丝"邀请"卡罗尔"加入了群聊`
			switch m.who {
			case "alice":
				want = `10000 room>alice 你邀请"卡罗尔"加入了群聊  `
			case "carol":
				want = `10000 room>carol "爱丽丝"邀请你加入了群聊，群聊参与人还有：`
			}
			if len(news) != 2 || !strings.HasPrefix(news[0], "mod room") || !strings.HasPrefix(news[1], want) {
				t.Errorf("%s learns %.300q, want a changed room and %q", m.who, news, want)
			}
		}
		join("carol", ticket, 0)
		s.expect("a second acceptance", nil)
		if got := ret(t, carol.web.send(carol.user("room"), "thanks", "1")); got != 0 {
			t.Errorf("carol speaks: Ret %d", got)
		}

		// Invited to a small room, on request; the ticket lives 7 days, and as long as
		// the one who invited is there.
		bob := s.of("bob")
		for _, m := range s.all {
			m.news()
			for user, l := range m.labels {
				if l == "room" {
					m.labels[user] = "large"
				}
			}
		}
		bob.creates("small", "alice")
		invite := func() string {
			t.Helper()
			bob.updates(0, "invitemember", `"InviteMemberList":"`+bob.users("carol", "alice")+`"`)
			for _, msg := range list(t, carol.sync()["AddMsgList"]) {
				if string(msg["MsgType"]) == "49" {
					return found(t, joinLink, wireText(text(t, msg["Content"])))[1]
				}
			}
			t.Fatal("carol got no invitation")
			return ""
		}
		old := invite()
		// By the page that the link opens, and by package wxphone.
		cookie := "webwx_phone=" + onPhone(s.ring("carol")).uin + "." + onPhone(s.ring("carol")).sid
		u, err := url.Parse(old)
		if err != nil {
			t.Fatal(err)
		}
		form := found(t, regexp.MustCompile(`name="code" value="([^"]*)"`), s.ask("GET", mainHost+u.RequestURI(), "", "Cookie", cookie).body)[1]
		pressed := s.ask("POST", mainHost+"/phone/page", url.Values{"do": {"scan"}, "code": {form}}.Encode(), "Cookie", cookie, "Content-Type", "application/x-www-form-urlencoded", "Origin", mainHost)
		if !strings.Contains(pressed.body, "You are in the room.") {
			t.Errorf("the page answers %d\n%s", pressed.status, pressed.body)
		}
		if news := carol.news(); len(news) != 2 || news[1] != `10000 room>carol "Bob &amp; Co"邀请你加入了群聊，群聊参与人还有：爱丽丝` {
			t.Errorf("carol learns %q", news)
		}
		if room, err := s.ring("carol").Join(t.Context(), old); err != nil || !room.IsRoom() {
			t.Errorf("joined again: %q, %v", room, err)
		}
		carol.updates(0, "quitchatroom", "")
		carol.news()
		old = invite()
		time.Sleep(7 * 24 * time.Hour)
		join("carol", old, -14)
	})
}

// onPhone makes a call of the phone of name.
func (s *society) onPhone(name, path, more string) object {
	s.t.Helper()
	v := onPhone(s.ring(name))
	return parse(s.t, s.ask("POST", mainHost+path, "{"+v.base()+","+more+"}").body)
}

// wireText is what a content says before it was escaped.
func wireText(content string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "<br/>", "\n", "&amp;", "&").Replace(content)
}

func TestRoomIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "carol")
		alice := s.of("alice")
		s.large(500)
		alice.updates(0, "invitemember", `"InviteMemberList":"`+alice.users("carol")+`"`)
		msgs := list(t, s.of("carol").sync()["AddMsgList"])
		link := found(t, joinLink, wireText(text(t, msgs[0]["Content"])))[1]
		if got := ret(t, s.onPhone("carol", wire.PhoneJoin.Path, `"Ticket":`+quote(link))); got != -2 {
			t.Errorf("the 501st joins: Ret %d, want -2", got)
		}
		alice.updates(0, "quitchatroom", "")
		if got := ret(t, s.onPhone("carol", wire.PhoneJoin.Path, `"Ticket":`+quote(link))); got != -14 {
			t.Errorf("an invitation of one who has left: Ret %d, want -14", got)
		}
	})
}
