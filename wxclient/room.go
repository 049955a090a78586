package wxclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// MembersError says that some people could not be added to a room; the rest of
// what was asked for is done.
type MembersError struct {
	Room webwx.UserName
	// Members are those who were not added. Their MemberStatus is 3 if they have
	// blocked this account and 4 if they are no friends of it (messages.md §8.3).
	Members []webwx.Member
}

// Error lists the people.
func (e *MembersError) Error() string {
	names := make([]string, len(e.Members))
	for i := range e.Members {
		names[i] = e.Members[i].Name()
	}
	return "could not be added to the room: " + strings.Join(names, ", ")
}

// CreateRoom makes a room of oneself and the members, who are at least two, and
// returns it (endpoints.md §27). topic may be empty. If some of them could not be
// added, the error is a *[MembersError] and the room is there without them. A call
// that got no answer is not repeated.
func (c *Client) CreateRoom(ctx context.Context, topic string, members ...webwx.UserName) (webwx.Contact, error) {
	req := &wire.CreateChatRoomRequest{MemberCount: len(members), Topic: topic}
	for _, name := range members {
		req.MemberList = append(req.MemberList, wire.RoomMember{UserName: name})
	}
	resp, err := change(ctx, c, wire.CreateChatRoom, req)
	if refused, ok := errors.AsType[*webwx.Error](err); err != nil && !(ok && refused.Ret == webwx.RetPartly) {
		return webwx.Contact{}, err
	}
	if resp.ChatRoomName == "" {
		if err == nil {
			err = &HTTPError{Op: wire.CreateChatRoom.Op, Status: http.StatusOK, Err: errors.New("reply without a room")}
		}
		return webwx.Contact{}, err
	}
	room := webwx.Contact{UserName: resp.ChatRoomName, NickName: webwx.Escape(topic), MemberList: joined(resp.MemberList), IsOwner: 1}
	room.MemberCount = len(room.MemberList)
	c.mu.Lock()
	c.book.put(&room)
	c.mu.Unlock()
	// As the official page does: only the room itself tells all its members.
	if told, err := c.Details(ctx, room.UserName); err == nil {
		room = told[0]
	}
	return room, notJoined(room.UserName, resp.MemberList)
}

// inviteFrom is the number of members from which on people are invited if the
// service has not told one (endpoints.md §28).
const inviteFrom = 40

// AddMembers adds people to a room. If that would make it so large that people are
// asked first ([Client.InviteStartCount]), they are invited instead, as the
// official page does; invited says so. The error is a *[MembersError] if some
// could not be added.
func (c *Client) AddMembers(ctx context.Context, room webwx.UserName, members ...webwx.UserName) (invited bool, err error) {
	r, err := c.room(ctx, room)
	if err != nil {
		return false, err
	}
	most := c.InviteStartCount()
	if most <= 0 {
		most = inviteFrom
	}
	if max(r.MemberCount, len(r.MemberList))+len(members) >= most {
		return true, c.InviteMembers(ctx, room, members...)
	}
	resp, err := c.updateRoom(ctx, wire.UpdateChatRoomRequest{Fun: wire.RoomAdd, ChatRoomName: room, AddMemberList: commas(members)})
	if err != nil {
		return false, err
	}
	c.changeMembers(room, func(list []webwx.Member) []webwx.Member {
		for _, m := range joined(resp.MemberList) {
			if !isMember(list, m.UserName) {
				list = append(list, m)
			}
		}
		return list
	})
	return false, notJoined(room, resp.MemberList)
}

// InviteMembers invites people to a room: each joins when he follows the link
// that he gets (endpoints.md §28).
func (c *Client) InviteMembers(ctx context.Context, room webwx.UserName, members ...webwx.UserName) error {
	_, err := c.updateRoom(ctx, wire.UpdateChatRoomRequest{Fun: wire.RoomInvite, ChatRoomName: room, InviteMemberList: commas(members)})
	return err
}

// RemoveMembers removes people from a room that one owns.
func (c *Client) RemoveMembers(ctx context.Context, room webwx.UserName, members ...webwx.UserName) error {
	_, err := c.updateRoom(ctx, wire.UpdateChatRoomRequest{Fun: wire.RoomRemove, ChatRoomName: room, DelMemberList: commas(members)})
	if err != nil {
		return err
	}
	c.changeMembers(room, func(list []webwx.Member) []webwx.Member {
		return slices.DeleteFunc(list, func(m webwx.Member) bool { return slices.Contains(members, m.UserName) })
	})
	return nil
}

// RenameRoom gives a room a new topic.
func (c *Client) RenameRoom(ctx context.Context, room webwx.UserName, topic string) error {
	_, err := c.updateRoom(ctx, wire.UpdateChatRoomRequest{Fun: wire.RoomRename, ChatRoomName: room, NewTopic: topic})
	if err == nil {
		c.amend(room, func(r *webwx.Contact) { r.NickName = webwx.Escape(topic) })
	}
	return err
}

// LeaveRoom leaves a room. It is then no longer among the contacts.
func (c *Client) LeaveRoom(ctx context.Context, room webwx.UserName) error {
	_, err := c.updateRoom(ctx, wire.UpdateChatRoomRequest{Fun: wire.RoomLeave, ChatRoomName: room})
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.book.remove(room)
	}
	return err
}

func (c *Client) updateRoom(ctx context.Context, req wire.UpdateChatRoomRequest) (*wire.UpdateChatRoomResponse, error) {
	return change(ctx, c, wire.UpdateChatRoom, &req)
}

// room returns a room with its members, from the service if they are not known.
func (c *Client) room(ctx context.Context, name webwx.UserName) (webwx.Contact, error) {
	if known, ok := c.Contact(name); ok && len(known.MemberList) > 0 {
		return known, nil
	}
	told, err := c.Details(ctx, name)
	if err != nil {
		return webwx.Contact{}, err
	}
	if len(told[0].MemberList) == 0 {
		return webwx.Contact{}, fmt.Errorf("room: %w", &NotFoundError{Text: string(name)})
	}
	return told[0], nil
}

// amend replaces a contact that is known by a changed copy.
func (c *Client) amend(name webwx.UserName, f func(*webwx.Contact)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.book.get(name); known != nil {
		changed := *known
		f(&changed)
		c.book.put(&changed)
	}
}

// changeMembers changes the members of a room that is known with members.
func (c *Client) changeMembers(room webwx.UserName, f func([]webwx.Member) []webwx.Member) {
	c.amend(room, func(r *webwx.Contact) {
		if len(r.MemberList) == 0 {
			return // they are asked for when somebody wants to know
		}
		r.MemberList = f(slices.Clone(r.MemberList))
		r.MemberCount = len(r.MemberList)
	})
}

func isMember(list []webwx.Member, name webwx.UserName) bool {
	return slices.ContainsFunc(list, func(m webwx.Member) bool { return m.UserName == name })
}

// joined are those of an answer who were added.
func joined(all []webwx.Member) []webwx.Member {
	return slices.DeleteFunc(slices.Clone(all), func(m webwx.Member) bool { return m.MemberStatus != 0 })
}

// notJoined is the error for those who were not, nil if there are none.
func notJoined(room webwx.UserName, all []webwx.Member) error {
	out := slices.DeleteFunc(slices.Clone(all), func(m webwx.Member) bool { return m.MemberStatus == 0 })
	if len(out) == 0 {
		return nil
	}
	return &MembersError{Room: room, Members: out}
}

// commas is a list of names as webwxupdatechatroom wants it.
func commas(names []webwx.UserName) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return strings.Join(texts, ",")
}
