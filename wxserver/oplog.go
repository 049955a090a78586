package wxserver

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// marks are what an account has noted of one of its contacts.
type marks struct {
	Remark *string
	Flag   *webwx.ContactFlag
}

// oplog sets a remark or pins a chat: endpoints.md §25. A remark that is absent
// stays, and pinning never touches it. The account's other logins are told. The
// same again, which the official page sends within 2 ms, changes nothing.
func (s *Server) oplog(ctx context.Context, c *call, req *wire.OplogRequest) (*wire.OplogResponse, error) {
	p, _ := c.secrets.names.peer(req.UserName)
	var remark string
	switch req.CmdID {
	case wire.OplogRemark:
		if req.RemarkName == nil {
			break
		}
		if remark = strings.TrimSpace(*req.RemarkName); checkLine("remark", remark) != nil {
			return nil, refuse(webwx.RetParameter, "RemarkName does not fit a line of 128 bytes")
		}
	case wire.OplogPin:
		if req.OP == nil || *req.OP != 0 && *req.OP != 1 {
			return nil, refuse(webwx.RetParameter, "OP is neither 0 nor 1")
		}
	default:
		return nil, refuse(webwx.RetParameter, "CmdId is not known")
	}
	return &wire.OplogResponse{}, s.mark(ctx, c, p, func(m marks) {
		switch {
		case req.CmdID == wire.OplogPin:
			*m.Flag = withFlag(*m.Flag, webwx.FlagPinned, *req.OP == 1)
		case req.RemarkName != nil:
			*m.Remark = remark
		}
	})
}

// errNoContact is the same for who is no contact and a name that nobody has.
var errNoContact = refuse(webwx.RetParameter, "UserName is no friend and no room of yours")

// mark changes what the caller has noted of a friend or a room.
func (s *Server) mark(ctx context.Context, c *call, p peer, change func(marks)) error {
	for {
		w, changed, err := s.marked(ctx, c.uin, p, change)
		if err != nil || !changed {
			return err
		}
		id, err := s.ids.message(time.Now())
		if err != nil {
			return err
		}
		_, err = s.engine.Commit(ctx, &Batch{
			Docs: []Write{w}, Posts: []Post{newPost(c.id, id, record{Kind: recordContact, To: p}, []Box{Box(c.uin)})},
		})
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// marked returns the change of the document that holds the marks of p.
func (s *Server) marked(ctx context.Context, uin int64, p peer, change func(marks)) (w Write, changed bool, err error) {
	if id, ok := p.room(); ok {
		key := inRoomKey(uin, id)
		d, rev, err := load[inRoomDoc](ctx, s.engine, key)
		if err == nil && rev == 0 {
			err = errNoContact
		}
		if err != nil {
			return w, false, err
		}
		old := d
		change(marks{&d.Remark, &d.Flag})
		return write(key, rev, d), d != old, nil
	}
	other, ok := p.account()
	if !ok {
		return w, false, errNoContact
	}
	key := friendKey(uin, other)
	d, rev, err := load[friendDoc](ctx, s.engine, key)
	if err == nil && rev == 0 {
		err = errNoContact
	}
	if err != nil {
		return w, false, err
	}
	old := d
	change(marks{&d.Remark, &d.Flag})
	return write(key, rev, d), d != old, nil
}
