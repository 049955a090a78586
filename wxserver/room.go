package wxserver

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/pinyin"
	"github.com/webwx/webwx/internal/wire"
)

func (s *Server) roomRoutes() {
	handle(s, wire.CreateChatRoom, changes, s.createChatRoom)
	handle(s, wire.UpdateChatRoom, changes, s.updateChatRoom)
	onPhone(s, wire.PhoneJoin, s.phoneJoin)
}

// The values of MemberStatus for who could not be added (messages.md §8.3).
const (
	memberBlocks = 3 // has blacklisted the caller
	memberNone   = 4 // is no friend, or a name that nobody has
)

// candidate is somebody who is asked for in a list of names.
type candidate struct {
	uin    int64
	member webwx.Member // as the reply names him
}

// candidates looks up whom the caller names, each once and without himself. Only
// who is a friend in both lists, and no official account, has MemberStatus 0.
func (s *Server) candidates(ctx context.Context, c *call, names []webwx.UserName) ([]candidate, error) {
	if len(names) > maxRoom {
		return nil, refuse(webwx.RetParameter, "more people than a room can have")
	}
	var all []candidate
	var uins []int64
	for _, name := range names {
		p, _ := c.secrets.names.peer(name)
		uin, _ := p.account()
		if uin == c.uin || slices.ContainsFunc(all, func(c candidate) bool { return c.member.UserName == name }) {
			continue
		}
		all = append(all, candidate{uin, webwx.Member{UserName: name, MemberStatus: memberNone}})
		uins = append(uins, uin)
	}
	if len(all) == 0 {
		return nil, refuse(webwx.RetParameter, "nobody is named")
	}
	people, err := s.people(ctx, c.uin, uins)
	if err != nil {
		return nil, err
	}
	theirs, err := s.friendsBack(ctx, c.uin, uins)
	if err != nil {
		return nil, err
	}
	for i, p := range people {
		m := &all[i].member
		if p.friend == nil {
			continue
		}
		*m = member(m.UserName, p, memberDoc{})
		m.MemberStatus = memberNone
		switch {
		case theirs[i] == nil || p.account.Official:
		case theirs[i].Flag&webwx.FlagBlack != 0:
			m.MemberStatus = memberBlocks
		default:
			m.MemberStatus = 0
		}
	}
	return all, nil
}

// member is somebody in a room as the caller sees him: a remark stands in for the
// nickname (messages.md §8.3).
func member(name webwx.UserName, p acquaintance, in memberDoc) webwx.Member {
	nick := webwx.Escape(p.account.Nick)
	if p.friend != nil && p.friend.Remark != "" {
		nick = webwx.Escape(p.friend.Remark)
	}
	m := webwx.Member{UserName: name, NickName: nick, DisplayName: webwx.Escape(in.Display), KeyWord: "wxi"}
	m.PYInitial, m.PYQuanPin = pinyin.Of(nick)
	return m
}

// friendsBack tells how each of uins has an account in his own list, nil if not.
func (s *Server) friendsBack(ctx context.Context, uin int64, uins []int64) ([]*friendDoc, error) {
	keys := make([]string, len(uins))
	for i, other := range uins {
		keys[i] = friendKey(other, uin)
	}
	docs, err := s.engine.Get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	back := make([]*friendDoc, len(uins))
	for i, d := range docs {
		if d.Revision == 0 {
			continue
		}
		back[i] = new(friendDoc)
		if err := read(d, back[i]); err != nil {
			return nil, err
		}
	}
	return back, nil
}

// addable returns those of people who can be added, and all as the reply lists
// them.
func addable(people []candidate) (uins []int64, members []webwx.Member) {
	for _, p := range people {
		if p.member.MemberStatus == 0 {
			uins = append(uins, p.uin)
		}
		members = append(members, p.member)
	}
	return uins, members
}

// nobodyAdded is the result beside a list of members of whom none could be added.
var nobodyAdded = wire.BaseResponse{Ret: webwx.RetLogic, ErrMsg: "nobody of them can be added"}

// createChatRoom makes a room of the caller, who owns it, and his friends:
// endpoints.md §27. One other is enough; the official page wants two.
func (s *Server) createChatRoom(ctx context.Context, c *call, req *wire.CreateChatRoomRequest) (*wire.CreateChatRoomResponse, error) {
	topic, err := roomTopic(req.Topic)
	if err != nil {
		return nil, err
	}
	if err := s.takeSend(c); err != nil {
		return nil, err
	}
	var names []webwx.UserName
	for _, m := range req.MemberList {
		names = append(names, m.UserName)
	}
	people, err := s.candidates(ctx, c, names)
	if err != nil {
		return nil, err
	}
	resp := &wire.CreateChatRoomResponse{Topic: webwx.Escape(topic)}
	resp.PYInitial, resp.QuanPin = pinyin.Of(resp.Topic)
	var uins []int64
	uins, resp.MemberList = addable(people)
	resp.MemberCount = len(resp.MemberList)
	if len(uins) == 0 {
		resp.BaseResponse = nobodyAdded
		return resp, nil
	}
	id, err := s.newRoom(ctx, topic, c.uin, uins, true)
	if err != nil {
		return nil, err
	}
	var blocking []string
	for _, m := range resp.MemberList {
		if m.MemberStatus == memberBlocks {
			blocking = append(blocking, string(m.UserName))
		}
	}
	resp.BlackList = strings.Join(blocking, ",")
	resp.ChatRoomName = c.secrets.names.name(roomPeer(id))
	resp.BaseResponse.ErrMsg = "Everything is OK" // with Ret 0: endpoints.md §27
	return resp, nil
}

// roomTopic returns a topic as it is stored.
func roomTopic(topic string) (string, error) {
	topic = strings.TrimSpace(topic)
	if !utf8.ValidString(topic) || checkLine("topic", topic) != nil {
		return "", refuse(webwx.RetParameter, "topic does not fit a line of 128 bytes")
	}
	return topic, nil
}

// takeSend counts a change that everybody in a room is told of as a send.
func (s *Server) takeSend(c *call) error {
	if !s.limits.sends.take(limitOf(c)) {
		return refuse(webwx.RetTooOften, "more messages than this server takes from one account")
	}
	return nil
}
