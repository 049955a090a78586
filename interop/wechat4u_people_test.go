package interop

import (
	"strings"
	"testing"

	"github.com/webwx/webwx"
)

// knows waits until the program shows a contact that is right.
func (p *program) knows(what string, right func(webwx.Contact) bool) webwx.Contact {
	p.t.Helper()
	var found webwx.Contact
	p.said.await(p.t, what, func(ev event) bool {
		for _, c := range ev.Contacts {
			if right(c) {
				found = c
				return true
			}
		}
		return false
	})
	return found
}

// learns waits until the phone is told of a contact that is right.
func (p *person) learns(what string, right func(*webwx.Contact) bool) *webwx.Contact {
	p.t.Helper()
	return p.seen.await(p.t, what, func(ev webwx.Event) bool { return ev.Kind == webwx.EventContact && right(ev.Contact) }).Contact
}

// TestWechat4uTakesBack recalls its own message, and sees the phone's recall.
func TestWechat4uTakesBack(t *testing.T) {
	t.Parallel()
	s := serve(t)
	alice, bob := s.person("alice"), s.person("bob")
	p := s.aliceRuns(alice)
	toBob := p.everybody()["Bob"].UserName
	var sent struct{ MsgID string }
	p.call(&sent, "sendMsg", "oops", toBob)
	bob.hears("oops")
	p.call(nil, "revokeMsg", sent.MsgID, toBob)
	recall := bob.seen.await(t, "the recall", func(ev webwx.Event) bool {
		return ev.Kind == webwx.EventMessage && ev.Message.MsgType == webwx.MsgRecalled
	})
	if !strings.Contains(recall.Message.Content, sent.MsgID) {
		t.Errorf("the recall does not name %s: %s", sent.MsgID, recall.Message.Content)
	}
	to := bob.find(aliceNick).UserName
	mine, err := bob.chat.SendText(t.Context(), to, "not me")
	if err != nil {
		t.Fatal(err)
	}
	p.hears("not me")
	if err := bob.chat.Recall(t.Context(), mine, to); err != nil {
		t.Fatal(err)
	}
	p.said.await(t, "the recall", func(ev event) bool {
		return ev.Event == "message" && ev.Message.MsgType == webwx.MsgRecalled && strings.Contains(ev.Message.Content, mine.MsgID)
	})
	p.unharmed()
}

// TestWechat4uRemarks sets a remark and a pin, which the phone sees.
func TestWechat4uRemarks(t *testing.T) {
	t.Parallel()
	s := serve(t)
	alice := s.person("alice")
	p := s.aliceRuns(alice)
	toBob := p.everybody()["Bob"].UserName
	p.call(nil, "updateRemarkName", toBob, "老鲍 & co")
	alice.learns("the remark", func(c *webwx.Contact) bool { return c.RemarkName == "老鲍 &amp; co" })
	p.call(nil, "opLog", toBob, 1, "老鲍 & co")
	alice.learns("the pin", func(c *webwx.Contact) bool {
		return c.ContactFlag&webwx.FlagPinned != 0 && c.RemarkName == "老鲍 &amp; co"
	})
	if err := alice.chat.SetRemark(t.Context(), alice.find("Bob").UserName, "Bobby"); err != nil {
		t.Fatal(err)
	}
	p.knows("the phone's remark", func(c webwx.Contact) bool { return c.UserName == toBob && c.RemarkName == "Bobby" })
	p.unharmed()
}

// TestWechat4uRooms makes a room, renames it, and lets people come and go.
func TestWechat4uRooms(t *testing.T) {
	t.Parallel()
	s := serve(t)
	alice, bob := s.person("alice"), s.person("bob")
	p := s.aliceRuns(alice)
	all := p.everybody()
	toBob, toCarol := all["Bob"].UserName, all[carolNick].UserName
	var made struct{ ChatRoomName webwx.UserName }
	p.call(&made, "createChatroom", "new & <room>", []map[string]any{{"UserName": toBob}, {"UserName": toCarol}})
	if !strings.HasPrefix(string(made.ChatRoomName), "@@") {
		t.Fatalf("the new room is called %q", made.ChatRoomName)
	}
	room := bob.learns("the new room", func(c *webwx.Contact) bool { return c.NickName == "new &amp; &lt;room&gt;" })
	p.call(nil, "sendMsg", "welcome", made.ChatRoomName)
	if got := bob.hears("welcome"); got.FromUserName != room.UserName {
		t.Errorf("welcome came from %s, want %s", got.FromUserName, room.UserName)
	}
	p.call(nil, "updateChatRoomName", made.ChatRoomName, "renamed")
	bob.learns("the new name", func(c *webwx.Contact) bool { return c.UserName == room.UserName && c.NickName == "renamed" })
	p.call(nil, "updateChatroom", made.ChatRoomName, []webwx.UserName{toCarol}, "delmember")
	bob.learns("that somebody left", func(c *webwx.Contact) bool { return c.UserName == room.UserName && c.MemberCount == 2 })
	p.call(nil, "updateChatroom", made.ChatRoomName, []webwx.UserName{toCarol}, "addmember")
	bob.learns("that somebody came", func(c *webwx.Contact) bool { return c.UserName == room.UserName && c.MemberCount == 3 })
	p.knows("the room with all its members", func(c webwx.Contact) bool {
		return c.UserName == made.ChatRoomName && c.NickName == "renamed" && len(c.MemberList) == 3
	})
	p.unharmed()
}

// TestWechat4uMakesFriends accepts a stranger's request, and asks one itself.
func TestWechat4uMakesFriends(t *testing.T) {
	t.Parallel()
	s := serve(t)
	alice, dora := s.person("alice"), s.person("dora")
	p := s.aliceRuns(alice)
	p.everybody()
	found, err := dora.chat.SearchContact(t.Context(), "alice")
	if err != nil || len(found) == 0 {
		t.Fatalf("dora finds %v, %v", found, err)
	}
	if err := dora.chat.AddFriend(t.Context(), found[0].UserName, "hi & <hello>"); err != nil {
		t.Fatal(err)
	}
	request := p.said.await(t, "the request", func(ev event) bool {
		return ev.Event == "message" && ev.Message.MsgType == webwx.MsgVerify
	}).Message.RecommendInfo
	p.call(nil, "verifyUser", request.UserName, request.Ticket)
	dora.learns("that alice is a friend", func(c *webwx.Contact) bool { return c.NickName == webwx.Escape(aliceNick) })
	p.knows("dora", func(c webwx.Contact) bool { return c.NickName == "Dora" })
	dora.say(aliceNick, "thank you")
	p.hears("thank you")
	p.unharmed()
}
