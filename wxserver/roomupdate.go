package wxserver

import (
	"context"
	"slices"
	"strings"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// roomChange is one thing that webwxupdatechatroom can do.
type roomChange func(context.Context, *call, int64, *wire.UpdateChatRoomRequest) (*wire.UpdateChatRoomResponse, error)

// updateChatRoom changes a room: endpoints.md §28. Without fun, as openwechat sends
// it, the parts that are filled in say what to do; WeixinBot sends all of them.
func (s *Server) updateChatRoom(ctx context.Context, c *call, req *wire.UpdateChatRoomRequest) (*wire.UpdateChatRoomResponse, error) {
	parts := []struct {
		fun    string
		filled bool
		change roomChange
	}{
		{wire.RoomRename, req.NewTopic != "", s.renameRoom},
		{wire.RoomAdd, req.AddMemberList != "", s.addMembers},
		{wire.RoomInvite, req.InviteMemberList != "", s.inviteMembers},
		{wire.RoomRemove, req.DelMemberList != "", s.removeMembers},
		{wire.RoomLeave, false, s.leaveChatRoom},
	}
	p, _ := c.secrets.names.peer(req.ChatRoomName)
	id, ok := p.room()
	if !ok || !req.ChatRoomName.IsRoom() {
		return nil, errNoRoom
	}
	var resp *wire.UpdateChatRoomResponse
	for _, part := range parts {
		if req.Fun != part.fun && (req.Fun != "" || !part.filled) {
			continue
		}
		if err := s.takeSend(c); err != nil {
			return nil, err
		}
		done, err := part.change(ctx, c, id, req)
		if err != nil {
			return nil, err
		}
		if resp == nil || done.MemberCount > 0 {
			resp = done
		}
	}
	if resp == nil {
		return nil, refuse(webwx.RetParameter, "fun is not known, and no list is filled in")
	}
	return resp, nil
}

// listOf takes a list of names apart.
func listOf(text string) []webwx.UserName {
	var names []webwx.UserName
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, webwx.UserName(name))
		}
	}
	return names
}

// addMembers adds friends of the caller to a room: at once while it has fewer
// members than InviteStartCount, and by an invitation from then on.
func (s *Server) addMembers(ctx context.Context, c *call, id int64, req *wire.UpdateChatRoomRequest) (*wire.UpdateChatRoomResponse, error) {
	people, err := s.candidates(ctx, c, listOf(req.AddMemberList))
	if err != nil {
		return nil, err
	}
	large := false
	uins, members := addable(people)
	err = s.changeRoom(ctx, c.uin, id, func(st *roomState, b *Batch) error {
		joining := st.outside(uins)
		if large = len(st.members) >= inviteStartCount; large || len(joining) == 0 {
			return nil
		}
		return s.enter(ctx, st, b, c.uin, joining)
	})
	if err != nil {
		return nil, err
	}
	if large {
		return s.invite(ctx, c, id, people)
	}
	return added(uins, members), nil
}

// added is the reply that lists who was asked for.
func added(uins []int64, members []webwx.Member) *wire.UpdateChatRoomResponse {
	resp := &wire.UpdateChatRoomResponse{MemberCount: len(members), MemberList: members}
	if len(uins) == 0 {
		resp.BaseResponse = nobodyAdded
	}
	return resp
}

// outside returns those who are not in the room.
func (st *roomState) outside(uins []int64) []int64 {
	return slices.DeleteFunc(slices.Clone(uins), func(uin int64) bool {
		_, in := st.members[uin]
		return in
	})
}

// removeMembers lets the owner put people out of a room.
func (s *Server) removeMembers(ctx context.Context, c *call, id int64, req *wire.UpdateChatRoomRequest) (*wire.UpdateChatRoomResponse, error) {
	var uins []int64
	for _, name := range listOf(req.DelMemberList) {
		p, _ := c.secrets.names.peer(name)
		if uin, ok := p.account(); ok && uin != c.uin && !slices.Contains(uins, uin) {
			uins = append(uins, uin)
		}
	}
	return &wire.UpdateChatRoomResponse{}, s.changeRoom(ctx, c.uin, id, func(st *roomState, b *Batch) error {
		if st.room.Owner != c.uin {
			return refuse(webwx.RetLogic, "only the room's owner may remove members")
		}
		leaving := slices.DeleteFunc(slices.Clone(uins), func(uin int64) bool {
			_, in := st.members[uin]
			return !in
		})
		if len(leaving) == 0 {
			return refuse(webwx.RetParameter, "none of them is in the room")
		}
		people, err := s.persons(ctx, append([]int64{c.uin}, leaving...)...)
		if err != nil {
			return err
		}
		if err := s.drop(st, b, leaving...); err != nil {
			return err
		}
		gone := make([]Box, len(leaving))
		for i, uin := range leaving {
			gone[i] = Box(uin)
		}
		return s.announceRoom(st, b, &line{Event: lineRemoved, Who: people[0], Whom: people[1:]}, gone...)
	})
}

// renameRoom gives a room another topic.
func (s *Server) renameRoom(ctx context.Context, c *call, id int64, req *wire.UpdateChatRoomRequest) (*wire.UpdateChatRoomResponse, error) {
	topic, err := roomTopic(req.NewTopic)
	if err == nil && topic == "" {
		err = refuse(webwx.RetParameter, "NewTopic is empty")
	}
	if err != nil {
		return nil, err
	}
	return &wire.UpdateChatRoomResponse{}, s.changeRoom(ctx, c.uin, id, func(st *roomState, b *Batch) error {
		if st.room.Topic == topic {
			return nil
		}
		people, err := s.persons(ctx, c.uin)
		if err != nil {
			return err
		}
		st.room.Topic = topic
		return s.announceRoom(st, b, &line{Event: lineRenamed, Who: people[0], Topic: topic})
	})
}

func (s *Server) leaveChatRoom(ctx context.Context, c *call, id int64, _ *wire.UpdateChatRoomRequest) (*wire.UpdateChatRoomResponse, error) {
	return &wire.UpdateChatRoomResponse{}, s.changeRoom(ctx, c.uin, id, func(st *roomState, b *Batch) error {
		return s.leave(ctx, st, b, c.uin)
	})
}
