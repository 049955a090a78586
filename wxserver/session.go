package wxserver

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

const (
	clientVersion       = 369297683 // S 5.31
	inviteStartCount    = 40        // S 5.34
	clickReportInterval = 600_000   // S 5.36
)

// init starts a session: S 5. It may be repeated, and two at once answer the
// same: it acknowledges nothing and tells the newest key that was acknowledged.
func (s *Server) init(ctx context.Context, c *call, _ *wire.InitRequest) (*wire.InitResponse, error) {
	me, err := s.account(ctx, c.uin)
	if err != nil {
		return nil, err
	}
	if err := s.relist(ctx, c.session); err != nil {
		return nil, err
	}
	chats, err := s.recentChats(ctx, c.uin)
	if err != nil {
		return nil, err
	}
	contacts, err := s.initContacts(ctx, c, chats)
	if err != nil {
		return nil, err
	}
	var set strings.Builder
	for _, contact := range contacts {
		set.WriteString(string(contact.UserName))
		set.WriteByte(',')
	}
	return &wire.InitResponse{
		Count:               len(contacts),
		ContactList:         contacts,
		SyncKey:             initKey(c.created(), c.position()),
		User:                s.user(c, me),
		ChatSet:             set.String(),
		SKey:                c.secrets.skey,
		ClientVersion:       clientVersion,
		SystemTime:          time.Now().Unix(),
		GrayScale:           1,
		InviteStartCount:    inviteStartCount,
		ClickReportInterval: clickReportInterval,
	}, nil
}

// relist lets the next status notice send the list of recent chats again.
func (s *Server) relist(ctx context.Context, sess *session) error {
	sess.mu.Lock()
	listed := sess.doc.Listed
	sess.mu.Unlock()
	if !listed {
		return nil
	}
	return s.logins.update(ctx, sess, func(d *loginDoc) { d.Listed = false })
}

// user is the account itself as webwxinit tells it: S 5.9–5.28.
func (s *Server) user(c *call, a accountDoc) webwx.User {
	name := c.secrets.names.name(accountPeer(a.Uin))
	return webwx.User{
		Uin:         a.Uin,
		UserName:    name,
		NickName:    webwx.Escape(a.Nick),
		HeadImgUrl:  iconURL(name, c.secrets.skey),
		Sex:         cmp.Or(a.Sex, 1), // the sample's default: S 5.28
		Signature:   webwx.Escape(a.Signature),
		HeadImgFlag: 1,
		SnsFlag:     17,
	}
}

// statusNotify takes the notices of a client: S 6, endpoints.md §7.
func (s *Server) statusNotify(ctx context.Context, c *call, req *wire.StatusNotifyRequest) (*wire.StatusNotifyResponse, error) {
	id, err := s.ids.message(time.Now())
	if err != nil {
		return nil, err
	}
	resp := &wire.StatusNotifyResponse{MsgID: strconv.FormatInt(id, 10)}
	names := c.secrets.names
	if from, ok := names.peer(req.FromUserName); req.FromUserName != "" && (!ok || from != accountPeer(c.uin)) {
		return nil, refuse(webwx.RetParameter, "FromUserName is not this login's own name")
	}
	switch req.Code {
	case webwx.StatusInit:
		return resp, s.listChats(ctx, c, id)
	case webwx.StatusRead, webwx.StatusEnter, webwx.StatusQuit:
		to, ok := names.peer(req.ToUserName)
		if ok {
			if ok, err = s.knows(ctx, c.uin, to); err != nil {
				return nil, err
			}
		}
		if !ok {
			return nil, refuse(webwx.RetParameter, "ToUserName is not known")
		}
		return resp, s.notify(ctx, c, id, record{Kind: recordStatus, Code: req.Code, To: to})
	case webwx.StatusChats:
		return resp, nil // only servers send it
	}
	return nil, refuse(webwx.RetParameter, "Code is not known")
}

// listChats queues the list of recent chats for this login (S 6.4), once after
// each webwxinit: there are clients that repeat the notice as a heartbeat.
func (s *Server) listChats(ctx context.Context, c *call, id int64) error {
	c.mu.Lock()
	listed := c.doc.Listed
	c.mu.Unlock()
	if listed {
		return nil
	}
	chats, err := s.recentChats(ctx, c.uin)
	if err != nil {
		return err
	}
	self := accountPeer(c.uin)
	rec := record{Kind: recordStatus, Code: webwx.StatusChats, From: self, To: self, For: c.id, Peers: chats}
	for {
		doc, rev, err := load[loginDoc](ctx, s.engine, loginKey(c.id))
		if err != nil || rev == 0 || doc.Ended != 0 || doc.Listed {
			return err
		}
		doc.Listed = true
		_, err = s.engine.Commit(ctx, &Batch{
			Docs: s.logins.docs(doc, rev), Posts: []Post{newPost("", id, rec, []Box{Box(c.uin)})},
		})
		if !errors.Is(err, ErrConflict) {
			c.age()
			return err
		}
		if id, err = s.ids.message(time.Now()); err != nil { // it may be the id that is taken
			return err
		}
	}
}

// notify tells the account's other logins what this one did.
func (s *Server) notify(ctx context.Context, c *call, id int64, rec record) error {
	rec.From = accountPeer(c.uin)
	return s.post(ctx, c.id, id, rec, Box(c.uin))
}
