package wxclient

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// membersOf lists the members that the client knows of a room.
func membersOf(c *Client, room webwx.UserName) string {
	known, _ := c.Contact(room)
	var names []string
	for _, m := range known.MemberList {
		names = append(names, string(m.UserName))
	}
	return strings.Join(names, " ")
}

// know puts a room with members into the client's book.
func know(c *Client, room webwx.UserName, members ...webwx.UserName) {
	p := &webwx.Contact{UserName: room, NickName: "old", MemberCount: len(members)}
	for _, name := range members {
		p.MemberList = append(p.MemberList, webwx.Member{UserName: name})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.book.put(p)
}

func TestCreateRoom(t *testing.T) { // endpoints.md §27
	blocked := []webwx.Member{{UserName: "@a"}, {UserName: "@b", NickName: "Bob", MemberStatus: 4}}
	for _, tt := range []struct {
		name string
		resp wire.CreateChatRoomResponse
		err  string
	}{
		{"everybody", wire.CreateChatRoomResponse{Reply: wire.Reply{BaseResponse: wire.BaseResponse{ErrMsg: "Everything is OK"}}, ChatRoomName: "@@new", MemberList: []webwx.Member{{UserName: "@a"}, {UserName: "@b"}}}, ""},
		{"not everybody", wire.CreateChatRoomResponse{ChatRoomName: "@@new", MemberList: blocked}, "could not be added to the room: Bob"},
		{"not everybody, with a code", wire.CreateChatRoomResponse{Reply: wire.Reply{BaseResponse: wire.BaseResponse{Ret: webwx.RetPartly}}, ChatRoomName: "@@new", MemberList: blocked}, "could not be added to the room: Bob"},
		{"refused", wire.CreateChatRoomResponse{Reply: wire.Reply{BaseResponse: wire.BaseResponse{Ret: 1205}}}, "webwxcreatechatroom: ret 1205: too often"},
		{"no room", wire.CreateChatRoomResponse{}, "webwxcreatechatroom: HTTP status 200: reply without a room"},
	} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			service.override["webwxcreatechatroom"] = func(w http.ResponseWriter, r *http.Request) {
				wire.CreateChatRoom.WriteReply(w, &tt.resp)
			}
			room, err := c.CreateRoom(t.Context(), "爬山 & co", "@a", "@b")
			got := service.last(t, "webwxcreatechatroom")
			query, _, _ := strings.Cut(got.query, "&")
			if want := `{BR,"MemberCount":2,"MemberList":[{"UserName":"@a"},{"UserName":"@b"}],"Topic":"爬山 & co"}`; got.body != want || !strings.HasPrefix(query, "r=") || !strings.HasSuffix(got.query, "&"+tickets) {
				t.Errorf("%s: ?%s\ngot  %s\nwant %s", tt.name, got.query, got.body, want)
			}
			text := ""
			if err != nil {
				text = err.Error()
			}
			if text != tt.err {
				t.Errorf("%s: error %q, want %q", tt.name, text, tt.err)
			}
			_, partly := errors.AsType[*MembersError](err)
			made := err == nil || partly
			if _, ok := c.Contact("@@new"); ok != made || made && (room.UserName != "@@new" || membersOf(c, "@@new") != self) {
				t.Errorf("%s: room %+v, known %v", tt.name, room, ok)
			}
		})
	}
}

func TestCreateRoomIsNotRepeated(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		n := 0
		service.override["webwxcreatechatroom"] = func(w http.ResponseWriter, r *http.Request) { n++; panic(http.ErrAbortHandler) }
		if _, err := c.CreateRoom(t.Context(), "", "@a", "@b"); err == nil || n != 1 {
			t.Errorf("%v after %d tries", err, n)
		}
		transport.CloseIdleConnections()
		dials := 0
		c.http.Transport = &http.Transport{DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials++
			return refuse(ctx, network, addr)
		}}
		if _, err := c.CreateRoom(t.Context(), "", "@a", "@b"); err == nil || dials != tries {
			t.Errorf("%v after %d dials: what never left may go again", err, dials)
		}
	})
}

func TestUpdateRoom(t *testing.T) { // endpoints.md §28
	ctx := context.Background()
	for _, tt := range []struct {
		name        string
		do          func(*Client) error
		query, body string
		reply       string
		members     string
		topic       string
	}{
		{
			"add", func(c *Client) error { _, err := c.AddMembers(ctx, "@@r", "@c", "@d"); return err },
			"addmember", `"AddMemberList":"@c,@d"`, `,"MemberList":[{"UserName":"@c"},{"UserName":"@d"}]`, "@self @a @c @d", "old",
		},
		{
			"invite", func(c *Client) error { return c.InviteMembers(ctx, "@@r", "@c", "@d") },
			"invitemember", `"InviteMemberList":"@c,@d"`, ``, "@self @a", "old",
		},
		{
			"remove", func(c *Client) error { return c.RemoveMembers(ctx, "@@r", "@a", "@x") },
			"delmember", `"DelMemberList":"@a,@x"`, ``, "@self", "old",
		},
		{
			"rename", func(c *Client) error { return c.RenameRoom(ctx, "@@r", "新 & neu") },
			"modtopic", `"NewTopic":"新 & neu"`, ``, "@self @a", "新 &amp; neu",
		},
		{
			"leave", func(c *Client) error { return c.LeaveRoom(ctx, "@@r") },
			"quitchatroom", ``, ``, "", "",
		},
	} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			know(c, "@@r", self, "@a")
			service.override["webwxupdatechatroom"] = func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, `{"BaseResponse":{"Ret":0,"ErrMsg":""}`+tt.reply+`}`)
			}
			before, _ := c.Contact("@@r")
			if err := tt.do(c); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			want := `{BR,"ChatRoomName":"@@r",` + tt.body + `}`
			if tt.body == "" {
				want = `{BR,"ChatRoomName":"@@r"}`
			}
			if got := service.last(t, "webwxupdatechatroom"); got.body != want || got.query != "fun="+tt.query+"&"+tickets {
				t.Errorf("%s: ?%s\ngot  %s\nwant %s", tt.name, got.query, got.body, want)
			}
			known, ok := c.Contact("@@r")
			if membersOf(c, "@@r") != tt.members || known.NickName != tt.topic || ok != (tt.name != "leave") || known.MemberCount != len(known.MemberList) {
				t.Errorf("%s: knows %s %s, %d", tt.name, known.NickName, membersOf(c, "@@r"), known.MemberCount)
			}
			if before.NickName != "old" || len(before.MemberList) != 2 || before.MemberList[1].UserName != "@a" {
				t.Errorf("%s: changed what was given away: %+v", tt.name, before)
			}
			service.override["webwxupdatechatroom"] = func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, `{"BaseResponse":{"Ret":-2,"ErrMsg":"no"}}`)
			}
			if err := tt.do(c); err == nil || err.Error() != "webwxupdatechatroom: ret -2: no" {
				t.Errorf("%s refused: %v", tt.name, err)
			}
			if again, _ := c.Contact("@@r"); again.NickName != known.NickName || len(again.MemberList) != len(known.MemberList) {
				t.Errorf("%s refused: knows %+v", tt.name, again)
			}
		})
	}
}

func TestAddMembersPartly(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		know(c, "@@r", self, "@a")
		service.override["webwxupdatechatroom"] = func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"BaseResponse":{"Ret":0},"MemberCount":2,"MemberList":[{"UserName":"@a"},{"UserName":"@c"},{"UserName":"@d","NickName":"D &amp; D","MemberStatus":3}]}`)
		}
		invited, err := c.AddMembers(t.Context(), "@@r", "@a", "@c", "@d")
		partly, ok := errors.AsType[*MembersError](err)
		if invited || !ok || partly.Room != "@@r" || len(partly.Members) != 1 || err.Error() != "could not be added to the room: D & D" {
			t.Errorf("invited %v, %v", invited, err)
		}
		if got := membersOf(c, "@@r"); got != "@self @a @c" {
			t.Error(got)
		}
	})
}

func TestAddMembersInvitesToLargeRooms(t *testing.T) { // the fake's InviteStartCount is 40
	for members, invites := range map[int]bool{37: false, 38: true, 100: true} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			know(c, "@@r", make([]webwx.UserName, members)...)
			service.override["webwxupdatechatroom"] = func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, `{"BaseResponse":{"Ret":0}}`)
			}
			invited, err := c.AddMembers(t.Context(), "@@r", "@c", "@d")
			if err != nil || invited != invites {
				t.Errorf("%d members: invited %v, %v", members, invited, err)
			}
			if got := service.last(t, "webwxupdatechatroom").query; strings.Contains(got, "invitemember") != invites {
				t.Errorf("%d members: %s", members, got)
			}
		})
	}
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		c.mu.Lock()
		c.session.InviteStartCount = 0
		c.mu.Unlock()
		service.override["webwxupdatechatroom"] = func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"BaseResponse":{"Ret":0}}`)
		}
		if invited, err := c.AddMembers(t.Context(), "@@unsaved", "@c"); invited || err != nil { // its members are asked for
			t.Errorf("invited %v, %v", invited, err)
		}
		service.override["webwxbatchgetcontact"] = func(w http.ResponseWriter, r *http.Request) {
			wire.BatchGetContact.WriteReply(w, &wire.BatchGetContactResponse{ContactList: []webwx.Contact{{UserName: "@@nowhere"}}})
		}
		_, err := c.AddMembers(t.Context(), "@@nowhere", "@c")
		if _, missing := errors.AsType[*NotFoundError](err); !missing {
			t.Error(err)
		}
	})
}
