package wxserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

const (
	// recallTime is how long a message can be taken back (endpoints.md §24).
	recallTime = 2 * time.Minute
	// recallKept is how long it is known to have been: longer than any login can be
	// idle, so that no page which was cut tells its content.
	recallKept = 8 * 24 * time.Hour

	introduction = "你可以撤回2分钟内发送的消息（部分旧版本微信不支持这个功能）。"
)

// errNoRecall is the same for a message that is not one's own, too old, a line, one
// that ends at one's own devices, and an id that no message has.
var errNoRecall = refuse(webwx.RetLogic, "this message cannot be recalled: it is older than two minutes, or not yours")

// revokeMsg takes back a message, which any login of the account may have sent:
// endpoints.md §24. Only SvrMsgId says which; known clients make up the other id.
// To take it back again changes nothing.
func (s *Server) revokeMsg(ctx context.Context, c *call, req *wire.RevokeMsgRequest) (*wire.RevokeMsgResponse, error) {
	id, err := strconv.ParseInt(req.SvrMsgID, 10, 64)
	if err != nil {
		return nil, errNoRecall
	}
	e, err := s.engine.Post(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil, errNoRecall
	}
	if err != nil {
		return nil, err
	}
	var rec record
	if err := json.Unmarshal(e.Body, &rec); err != nil {
		return nil, fmt.Errorf("post %d: %w", id, err)
	}
	age := time.Since(e.Time)
	if rec.Kind != recordMessage || rec.From != accountPeer(c.uin) || rec.Line != nil || rec.To.special() || age > recallTime {
		return nil, errNoRecall
	}
	return &wire.RevokeMsgResponse{Introduction: introduction}, s.recall(ctx, c, id, rec, e.Time)
}

// recall tells everyone who has the message in his box. Other logins of the account
// are told as well, but not the one that does it.
func (s *Server) recall(ctx context.Context, c *call, id int64, rec record, sent time.Time) error {
	people, err := s.persons(ctx, c.uin)
	if err != nil {
		return err
	}
	back := record{Kind: recordMessage, From: rec.From, To: rec.To, Type: webwx.MsgRecalled, Line: &line{Event: lineRecalled, Who: people[0], ID: id}}
	for {
		docs, err := s.engine.Get(ctx, recalledKey(id))
		if err != nil || docs[0].Revision != 0 {
			return err
		}
		boxes, err := s.readers(ctx, c.uin, rec.To, sent)
		if err != nil {
			return err
		}
		notice, err := s.ids.message(time.Now())
		if err != nil {
			return err
		}
		b := &Batch{
			Docs:  []Write{expiring(recalledKey(id), 0, struct{}{}, time.Now().Add(recallKept))},
			Posts: []Post{newPost(c.id, notice, back, boxes)},
		}
		if rec.Media != nil { // nobody may fetch its file any more
			b.Docs = append(b.Docs, Write{Key: mediaKey(id), If: AnyRevision})
		}
		if _, err = s.engine.Commit(ctx, b); !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// readers returns the boxes of the sender and of who got his message: of a room,
// those who were in it then and have not left.
func (s *Server) readers(ctx context.Context, uin int64, to peer, sent time.Time) ([]Box, error) {
	boxes := []Box{Box(uin)}
	room, ok := to.room()
	if !ok {
		if other, _ := to.account(); other != uin {
			boxes = append(boxes, Box(other))
		}
		return boxes, nil
	}
	err := list(ctx, s.engine, membersPrefix(room), func(key string, m memberDoc) error {
		if member := lastNumber(key); member != uin && m.Since <= sent.UnixMilli() {
			boxes = append(boxes, Box(member))
		}
		return nil
	})
	return boxes, err
}

// hide takes out of a page the messages that were taken back, so that who reads
// them only afterwards does not see them. The recall is mostly on the same page.
// It is not if the page was cut, nor if this login took back what another login of
// the account had sent: then the documents tell.
func (s *Server) hide(ctx context.Context, sess *session, p *page) error {
	gone, self := make(map[int64]bool), accountPeer(sess.uin)
	var keys []string
	for _, it := range p.items {
		switch {
		case it.Line != nil && it.Line.Event == lineRecalled:
			gone[it.Line.ID] = true
		case it.Kind == recordMessage && it.Line == nil && (p.rest || it.From == self):
			keys = append(keys, recalledKey(it.ID))
		}
	}
	if len(keys) > 0 {
		docs, err := s.engine.Get(ctx, keys...)
		if err != nil {
			return err
		}
		for _, d := range docs {
			if d.Revision != 0 {
				gone[lastNumber(d.Key)] = true
			}
		}
	}
	if len(gone) > 0 {
		p.items = slices.DeleteFunc(p.items, func(it item) bool { return it.Kind == recordMessage && gone[it.ID] })
	}
	return nil
}
