package wxclient_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxserver"
)

// members are the nicknames of a room's members as c knows them.
func (h *house) members(c *wxclient.Client, room webwx.UserName) string {
	known, _ := c.Contact(room)
	var names []string
	for _, m := range known.MemberList {
		names = append(names, webwx.Unescape(m.NickName))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestHouseContents(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		to := h.name(h.alice, "bob")
		for _, content := range []webwx.Content{
			&webwx.Text{Text: "a <b> & \"c\"\nd"},
			&webwx.Card{UserName: h.name(h.alice, "carol"), NickName: "carol"},
			&webwx.Location{Latitude: 26.08, Longitude: 119.29, Label: "福州市某路1号", Scale: 16},
			&webwx.Link{Title: "T & t", Description: "D", URL: "https://example.com/?a=1&b=2"},
			&webwx.Music{Title: "song", DataURL: "https://example.com/a.mp3"},
			&webwx.MiniProgram{Title: "mini", Program: "gh_1@app", PagePath: "pages/a"},
			&webwx.Quote{Text: "indeed", Refer: webwx.Refer{MsgType: webwx.MsgText, MsgID: "7", DisplayName: "bob", Content: "so?"}},
			&webwx.App{Type: 99, Title: "other"},
		} {
			sent, err := h.alice.Send(t.Context(), to, content)
			if err != nil {
				t.Errorf("%s: %v", content.Kind(), err)
				continue
			}
			m := h.next(h.bob, content.Kind())
			want, got := webwx.Digest(content, webwx.ContentKind.English), webwx.Digest(m.Parse(), webwx.ContentKind.English)
			if m.MsgID != sent.MsgID || got != want {
				t.Errorf("%s: %s %q, want %s %q", content.Kind(), m.MsgID, got, sent.MsgID, want)
			}
			if content.Kind() == webwx.ContentCard { // its name is one that works for bob
				if card := m.Parse().(*webwx.Card); card.UserName != h.name(h.bob, "carol") {
					t.Errorf("card of %s", card.UserName)
				}
			}
			if _, err := h.bob.Forward(t.Context(), h.name(h.bob, "carol"), m); err != nil {
				t.Errorf("%s: forward: %v", content.Kind(), err)
				continue
			}
			if got := webwx.Digest(h.next(h.carol, content.Kind()).Parse(), webwx.ContentKind.English); got != want {
				t.Errorf("%s: passed on %q, want %q", content.Kind(), got, want)
			}
		}
	})
}

func TestHouseMention(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		room, err := h.alice.Details(t.Context(), h.name(h.alice, "hills"))
		h.check(err)
		i := slices.IndexFunc(room[0].MemberList, func(m webwx.Member) bool { return m.NickName == "bob" })
		_, err = h.alice.SendMention(t.Context(), room[0].UserName, "look", room[0].MemberList[i].UserName)
		h.check(err)
		text := h.next(h.bob, webwx.ContentText).Text()
		if got := webwx.Mentions(text, []string{"bob", "carol"}); !slices.Equal(got, []string{"bob"}) {
			t.Errorf("%q mentions %q", text, got)
		}
	})
}

func TestHouseRoomLife(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.Account(wxserver.Account{Name: "dave"})
		h.server.Befriend("alice", "dave")
		_, err := h.alice.Contacts(t.Context())
		h.check(err)
		bob, carol, dave := h.name(h.alice, "bob"), h.name(h.alice, "carol"), h.name(h.alice, "dave")

		room, err := h.alice.CreateRoom(t.Context(), "新 & neu", bob, carol)
		h.check(err)
		if got := h.members(h.alice, room.UserName); got != "alice bob carol" || room.IsOwner != 1 || room.Name() != "新 & neu" {
			t.Errorf("made %s %q of %s, owner %d", room.UserName, room.Name(), got, room.IsOwner)
		}
		seen := webwx.UserName("") // bob's name of it
		h.take(h.bob, func(ev webwx.Event) bool {
			if ev.Kind == webwx.EventContact && ev.Contact.Name() == "新 & neu" {
				seen = ev.Contact.UserName
			}
			return seen != ""
		})
		changed := func(members string) {
			t.Helper()
			if got := h.members(h.alice, room.UserName); got != members {
				t.Errorf("alice knows %s, want %s", got, members)
			}
			if members == h.members(h.bob, seen) {
				return
			}
			h.take(h.bob, func(ev webwx.Event) bool {
				return ev.Kind == webwx.EventContact && ev.Contact.UserName == seen && h.members(h.bob, seen) == members
			})
		}
		changed("alice bob carol")

		invited, err := h.alice.AddMembers(t.Context(), room.UserName, dave)
		h.check(err)
		if invited {
			t.Error("four people are not many")
		}
		changed("alice bob carol dave")
		h.check(h.alice.RemoveMembers(t.Context(), room.UserName, carol))
		changed("alice bob dave")
		h.check(h.alice.RenameRoom(t.Context(), room.UserName, "later"))
		if known, _ := h.alice.Contact(room.UserName); known.NickName != "later" {
			t.Errorf("alice calls it %q", known.NickName)
		}
		h.take(h.bob, func(ev webwx.Event) bool {
			return ev.Kind == webwx.EventContact && ev.Contact.UserName == seen && ev.Contact.NickName == "later"
		})
		if err := h.bob.RemoveMembers(t.Context(), seen, h.name(h.bob, "alice")); err == nil {
			t.Error("bob removed the owner")
		}
		h.check(h.alice.LeaveRoom(t.Context(), room.UserName))
		if _, known := h.alice.Contact(room.UserName); known {
			t.Error("alice still knows the room")
		}
		h.take(h.bob, func(ev webwx.Event) bool {
			return ev.Kind == webwx.EventContact && ev.Contact.UserName == seen && h.members(h.bob, seen) == "bob dave"
		})
		if _, err := h.alice.SendText(t.Context(), room.UserName, "x"); !errors.Is(err, webwx.ErrNotFriend) {
			t.Errorf("send to a room that was left: %v", err)
		}
	})
}

func TestHouseRoomWithoutEverybody(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.Account(wxserver.Account{Name: "mallory"})
		h.server.Befriend("mallory", "bob")
		h.server.Room("party", "bob", "mallory", "alice")
		_, err := h.alice.Contacts(t.Context())
		h.check(err)
		rooms, err := h.alice.Rooms(t.Context())
		h.check(err)
		var mallory webwx.UserName
		for _, r := range rooms {
			for _, m := range r.MemberList {
				if m.NickName == "mallory" {
					mallory = m.UserName
				}
			}
		}
		if mallory == "" {
			t.Fatalf("no mallory in %+v", rooms)
		}
		room, err := h.alice.CreateRoom(t.Context(), "partly", h.name(h.alice, "bob"), h.name(h.alice, "carol"), mallory)
		partly, ok := errors.AsType[*wxclient.MembersError](err)
		if !ok || len(partly.Members) != 1 || partly.Members[0].UserName != mallory || partly.Room != room.UserName {
			t.Fatalf("room %s, error %v", room.UserName, err)
		}
		if got := h.members(h.alice, room.UserName); got != "alice bob carol" {
			t.Errorf("made of %s", got)
		}
		if _, err = h.alice.AddMembers(t.Context(), room.UserName, mallory); err == nil {
			t.Error("mallory was added")
		}
	})
}

func TestHouseFriends(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.Account(wxserver.Account{Name: "dave"})
		h.server.Room("party", "bob", "dave", "alice")
		dave := h.server.Login("dave")
		person := func(c *wxclient.Client, room, nick string) webwx.UserName {
			t.Helper()
			told, err := c.Details(t.Context(), h.name(c, room))
			h.check(err)
			i := slices.IndexFunc(told[0].MemberList, func(m webwx.Member) bool { return m.NickName == nick })
			if i < 0 {
				t.Fatalf("no %s in %s", nick, room)
			}
			return told[0].MemberList[i].UserName
		}
		_, err := h.alice.Contacts(t.Context())
		h.check(err)
		h.check(dave.AddFriend(t.Context(), person(dave, "party", "alice"), "hi & hello"))
		request, ok := h.next(h.alice, webwx.ContentFriendRequest).Parse().(*webwx.FriendRequest)
		if !ok || request.NickName != "dave" || request.Content != "hi & hello" {
			t.Fatalf("request %+v", request)
		}
		h.check(h.alice.RefuseFriend(t.Context(), request))
		if _, err := h.alice.SendText(t.Context(), request.UserName, "x"); !errors.Is(err, webwx.ErrNotFriend) {
			t.Errorf("refused, and yet: %v", err)
		}
		h.check(dave.AddFriend(t.Context(), person(dave, "party", "alice"), "please"))
		request = h.next(h.alice, webwx.ContentFriendRequest).Parse().(*webwx.FriendRequest)
		friend, err := h.alice.AcceptFriend(t.Context(), request)
		h.check(err)
		if friend.Name() != "dave" || friend.Kind() != webwx.KindFriend {
			t.Errorf("friend %+v", friend)
		}
		if known, ok := h.alice.Contact(request.UserName); !ok || known.Name() != "dave" {
			t.Errorf("knows %+v", known)
		}
		_, err = h.alice.SendText(t.Context(), friend.UserName, "welcome")
		h.check(err)
		h.take(dave, func(ev webwx.Event) bool { return ev.Kind == webwx.EventMessage && ev.Message.Text() == "welcome" })

		other := h.server.Login("carol") // carol has seen nothing of it
		h.check(h.alice.SetRemark(t.Context(), friend.UserName, "Dave & Co"))
		h.check(h.alice.Pin(t.Context(), friend.UserName, true))
		for range 2 { // as known at once, and as told
			known, _ := h.alice.Contact(friend.UserName)
			if known.Name() != "Dave & Co" || known.ContactFlag&webwx.FlagPinned == 0 {
				t.Errorf("knows %q, flag %d", known.Name(), known.ContactFlag)
			}
			_, err := h.alice.Contacts(t.Context())
			h.check(err)
		}
		h.check(h.alice.Pin(t.Context(), friend.UserName, false))
		h.check(h.alice.SetRemark(t.Context(), friend.UserName, ""))
		_, err = h.alice.Contacts(t.Context())
		h.check(err)
		if known, _ := h.alice.Contact(friend.UserName); known.Name() != "dave" || known.ContactFlag&webwx.FlagPinned != 0 {
			t.Errorf("knows %q, flag %d", known.Name(), known.ContactFlag)
		}
		found, err := h.alice.SearchContact(t.Context(), "dav")
		if err != nil || len(found) != 1 || found[0].UserName != friend.UserName {
			t.Errorf("found %+v, error %v", found, err)
		}
		if found, err := other.SearchContact(t.Context(), "nobody at all"); err != nil || len(found) != 0 {
			t.Errorf("found %+v, error %v", found, err)
		}
	})
}

func TestHouseRecall(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		bob := h.name(h.alice, "bob")
		sent, err := h.alice.SendText(t.Context(), bob, "oops")
		h.check(err)
		m := h.next(h.bob, webwx.ContentText)
		if err := h.bob.Recall(t.Context(), webwx.Sent{MsgID: m.MsgID}, h.name(h.bob, "alice")); err == nil {
			t.Error("bob took back what alice wrote")
		}
		time.Sleep(119 * time.Second)
		h.check(h.alice.Recall(t.Context(), sent, bob))
		recall := h.next(h.bob, webwx.ContentRecall).Parse().(*webwx.Recall)
		if recall.MsgID != sent.MsgID {
			t.Errorf("took back %s, want %s", recall.MsgID, sent.MsgID)
		}
		late, err := h.alice.SendText(t.Context(), bob, "too late")
		h.check(err)
		time.Sleep(121 * time.Second)
		_, refused := errors.AsType[*webwx.Error](h.alice.Recall(t.Context(), late, bob))
		if !refused {
			t.Error("after two minutes it is too late")
		}
	})
}

func TestHouseMarkRead(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		phone := h.server.Person("alice")
		bob := h.name(h.alice, "bob")
		h.check(h.alice.MarkRead(t.Context(), bob))
		time.Sleep(time.Minute)
		if err := phone.Client().MarkRead(t.Context(), h.name(phone.Client(), "bob")); err != nil {
			t.Fatal(err)
		}
		h.take(h.alice, func(ev webwx.Event) bool { // what the phone has read
			return ev.Kind == webwx.EventStatus && ev.Message.StatusNotifyCode == webwx.StatusRead && ev.Message.StatusNotifyUserName == string(bob)
		})
	})
}
