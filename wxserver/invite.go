package wxserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// Invitations into rooms: a link from the one who invites. Its ticket names the
// room and both people, sealed with the server's key; it is of use to the invited
// alone, once he is logged in, so that it may be stored with the message.

const (
	roomInviteLife = 7 * 24 * time.Hour
	inviteLabel    = "room invitation"
	// inviteParam is the parameter of the link that holds the ticket.
	inviteParam = "join"
)

// invitation is what a ticket says.
type invitation struct {
	room, by, whom, until int64
}

func (s *Server) inviteTicket(i invitation) (string, error) {
	nonce, err := s.ids.bytes(sealNonce)
	if err != nil {
		return "", err
	}
	return s.secrets.seal(inviteLabel, fmt.Sprint(i.room, i.by, i.whom, i.until), nonce), nil
}

// errInvitation is the same for every ticket that is of no use.
var errInvitation = refuse(webwx.RetTicket, "this invitation is unknown, for somebody else, too old, or from somebody who is not in the room")

// openInvite reads a ticket, or the link that holds it, for the one it invites.
func (s *Server) openInvite(text string, whom int64) (i invitation, err error) {
	ticket := strings.TrimSpace(text)
	if u, err := url.Parse(ticket); err == nil && isInvite(ticket) {
		ticket = u.Query().Get(inviteParam)
	}
	plain, err := s.secrets.unseal(inviteLabel, ticket)
	if err != nil {
		return i, errInvitation
	}
	if _, err := fmt.Sscan(plain, &i.room, &i.by, &i.whom, &i.until); err != nil || i.whom != whom || time.Now().Unix() >= i.until {
		return i, errInvitation
	}
	return i, nil
}

// isInvite reports whether text is the link of an invitation.
func isInvite(text string) bool {
	u, err := url.Parse(strings.TrimSpace(text))
	return err == nil && u.Path == "/phone" && u.Query().Has(inviteParam)
}

func (s *Server) inviteMembers(ctx context.Context, c *call, id int64, req *wire.UpdateChatRoomRequest) (*wire.UpdateChatRoomResponse, error) {
	people, err := s.candidates(ctx, c, listOf(req.InviteMemberList))
	if err != nil {
		return nil, err
	}
	return s.invite(ctx, c, id, people)
}

// invite sends invitations into a room to those who can be added and are not in it.
func (s *Server) invite(ctx context.Context, c *call, id int64, people []candidate) (*wire.UpdateChatRoomResponse, error) {
	st, err := s.loadRoom(ctx, id)
	if err != nil {
		return nil, err
	}
	if _, in := st.members[c.uin]; !in {
		return nil, errNoRoom
	}
	self, err := s.persons(ctx, c.uin)
	if err != nil {
		return nil, err
	}
	uins, members := addable(people)
	for _, uin := range st.outside(uins) {
		if err := s.takeSend(c); err != nil {
			return nil, err
		}
		ticket, err := s.inviteTicket(invitation{id, c.uin, uin, time.Now().Add(roomInviteLife).Unix()})
		if err != nil {
			return nil, err
		}
		entry := roomInvite(self[0].Name, st.room.Topic, s.origin(c.http)+"/phone?"+inviteParam+"="+ticket)
		rec := record{To: accountPeer(uin), Type: entry.MsgType, Entry: &entry}
		if _, err := s.send(ctx, c, rec, []Box{Box(c.uin), Box(uin)}); err != nil {
			return nil, err
		}
	}
	return added(uins, members), nil
}

// roomInvite is the message that known clients take for an invitation
// (messages.md §5.7).
func roomInvite(who, topic, link string) webwx.Message {
	return (&webwx.Link{
		Title: "邀请你加入群聊", Description: `"` + who + `"邀请你加入群聊` + topic + "，进入可查看详情。", URL: link,
	}).Build()
}

// phoneJoin accepts an invitation. To accept it again changes nothing.
func (s *Server) phoneJoin(ctx context.Context, c *call, req *wire.PhoneJoinRequest) (*wire.PhoneJoinResponse, error) {
	i, err := s.openInvite(req.Ticket, c.uin)
	if err != nil {
		return nil, err
	}
	err = s.changeRoom(ctx, i.by, i.room, func(st *roomState, b *Batch) error {
		joining := st.outside([]int64{c.uin})
		if len(joining) == 0 {
			return nil
		}
		return s.enter(ctx, st, b, i.by, joining)
	})
	if errors.Is(err, errNoRoom) {
		err = errInvitation
	}
	if err != nil {
		return nil, err
	}
	return &wire.PhoneJoinResponse{ChatRoomName: c.secrets.names.name(roomPeer(i.room))}, nil
}
