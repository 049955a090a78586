package wxserver

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

const (
	maxText    = 64 << 10 // bytes of a text message
	maxLocalID = 64       // bytes of a client's id
)

// sendMsg sends text: S 10. Some other kinds have no endpoint of their own, or are
// sent here too: endpoints.md §12.
func (s *Server) sendMsg(ctx context.Context, c *call, req *wire.SendMsgRequest) (*wire.SendMsgResponse, error) {
	switch req.Msg.Type {
	case webwx.MsgText:
		if err := checkText(req.Msg.Content); err != nil {
			return nil, err
		}
		return s.deliver(ctx, c, req, func(rec *record) error {
			rec.Type, rec.Content = webwx.MsgText, req.Msg.Content
			return nil
		})
	case webwx.MsgShareCard:
		return s.sendLetter(ctx, c, req, s.card)
	case webwx.MsgLocation:
		return s.sendLetter(ctx, c, req, s.place)
	case webwx.MsgVoice:
		return s.sendLetter(ctx, c, req, s.voice)
	}
	return nil, refuse(webwx.RetParameter, "this endpoint takes Type 1, 34, 42 and 48 only")
}

func checkText(text string) error {
	switch {
	case text == "":
		return refuse(webwx.RetParameter, "empty message")
	case len(text) > maxText:
		return refuse(webwx.RetParameter, "message over 64 KiB")
	case !utf8.ValidString(text):
		return refuse(webwx.RetParameter, "message is not UTF-8")
	}
	return nil
}

// deliver sends the message that fill makes.
func (s *Server) deliver(ctx context.Context, c *call, req *wire.SendMsgRequest, fill func(*record) error) (*wire.SendMsgResponse, error) {
	local := cmp.Or(givenID(req.Msg.ClientMsgID), givenID(req.Msg.LocalID))
	rec := record{Local: local}
	if len(local) > maxLocalID {
		return nil, refuse(webwx.RetParameter, "ClientMsgId over 64 bytes")
	}
	if !s.limits.sends.take(strconv.FormatInt(c.uin, 10)) {
		return nil, refuse(webwx.RetTooOften, "more messages than this server takes from one account")
	}
	boxes, err := s.route(ctx, c, &rec, req.Msg.FromUserName, req.Msg.ToUserName)
	if err == nil {
		err = fill(&rec)
	}
	if err != nil {
		return nil, err
	}
	id, err := s.send(ctx, c, rec, boxes)
	if errors.Is(err, ErrTooLarge) {
		err = refuse(webwx.RetParameter, "message too large")
	}
	if err != nil {
		return nil, err
	}
	return &wire.SendMsgResponse{MsgID: strconv.FormatInt(id, 10), LocalID: cmp.Or(req.Msg.LocalID, req.Msg.ClientMsgID)}, nil
}

// givenID returns the id that a client gave to its send, "" for the zero of those
// that fill in all keys: equal texts would be taken for one.
func givenID(id string) string {
	if id == "0" {
		return ""
	}
	return id
}

// errNotFriend is the same for who is no friend, a room that one is not in, and a
// name that nobody has.
var errNotFriend = refuse(webwx.RetNotFriend, "receiver is no friend and no room of yours")

// route sets the receiver of rec and returns the boxes that it is listed in. The
// sender is always the login's own account; its name may be left out.
func (s *Server) route(ctx context.Context, c *call, rec *record, from, to webwx.UserName) ([]Box, error) {
	names, self := c.secrets.names, accountPeer(c.uin)
	if p, ok := names.peer(from); from != "" && (!ok || p != self) {
		return nil, refuse(webwx.RetParameter, "FromUserName is not this login's own name")
	}
	p, ok := names.peer(to)
	if !ok {
		return nil, errNotFriend
	}
	rec.To = p
	if room, ok := p.room(); ok {
		return s.roomBoxes(ctx, c.uin, room)
	}
	uin, ok := p.account()
	if !ok || uin == c.uin { // filehelper and other special accounts end at one's own devices
		return []Box{Box(c.uin)}, nil
	}
	docs, err := s.engine.Get(ctx, friendKey(c.uin, uin), friendKey(uin, c.uin))
	if err != nil {
		return nil, err
	}
	var his friendDoc
	if err := read(docs[1], &his); err != nil {
		return nil, err
	}
	if docs[0].Revision == 0 || docs[1].Revision == 0 || his.Flag&webwx.FlagBlack != 0 {
		return nil, errNotFriend
	}
	return []Box{Box(c.uin), Box(uin)}, nil
}

// roomBoxes returns the boxes of a room's members, if uin is one of them.
func (s *Server) roomBoxes(ctx context.Context, uin, room int64) ([]Box, error) {
	var boxes []Box
	err := list(ctx, s.engine, membersPrefix(room), func(key string, _ memberDoc) error {
		boxes = append(boxes, Box(lastNumber(key)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !slices.Contains(boxes, Box(uin)) {
		return nil, errNotFriend
	}
	return boxes, nil
}

// sortedKeys yields the keys of a set in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) iter.Seq[K] {
	return slices.Values(slices.Sorted(maps.Keys(m)))
}
