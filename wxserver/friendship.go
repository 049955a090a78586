package wxserver

import (
	"context"
	"errors"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// friendship is a friendDoc as it was read.
type friendship struct {
	friendDoc
	rev int64
}

// pending is a requestDoc as it was read.
type pending struct {
	requestDoc
	rev int64
}

// pair is all that is known of two accounts, as one of them sees it.
type pair struct {
	self, account  accountDoc
	mine, his      friendship // how each has the other in his list
	sent, received pending    // what each has asked the other
}

// loadPair reads a pair as of one moment. The account of the other may not exist.
func (s *Server) loadPair(ctx context.Context, self, other int64) (pair, error) {
	docs, err := s.engine.Get(ctx, accountKey(self), accountKey(other), friendKey(self, other), friendKey(other, self),
		requestKey(other, self), requestKey(self, other))
	if err != nil {
		return pair{}, err
	}
	var p pair
	p.account.Uin = other
	p.mine.rev, p.his.rev, p.sent.rev, p.received.rev = docs[2].Revision, docs[3].Revision, docs[4].Revision, docs[5].Revision
	for i, v := range []any{&p.self, &p.account, &p.mine.friendDoc, &p.his.friendDoc, &p.sent.requestDoc, &p.received.requestDoc} {
		if err := read(docs[i], v); err != nil {
			return pair{}, err
		}
	}
	return p, nil
}

// opens reports whether a ticket, or none, is good for the request that was
// received.
func (p *pair) opens(c *call, ticket string) bool {
	if p.received.rev == 0 {
		return false
	}
	id, ok := c.secrets.names.openTicket(ticket)
	return ticket == "" || ok && id == p.received.Ticket
}

// request adds to b a friend request, which the other reads as a message of
// fmessage (messages.md §5.5). All messages of one request have the same ticket.
func (s *Server) request(ctx context.Context, b *Batch, p pair, greeting string) error {
	me, to := p.self.Uin, p.account.Uin
	doc := requestDoc{Content: greeting, Ticket: p.sent.Ticket}
	if p.sent.rev == 0 {
		var err error
		if doc.Ticket, err = s.ids.number(1, 1<<56); err != nil {
			return err
		}
	}
	scene := sceneID
	if shared, err := s.shareRoom(ctx, me, to); err != nil {
		return err
	} else if shared {
		scene = sceneRoom
	}
	a := &p.self
	entry := (&webwx.FriendRequest{Stranger: webwx.Stranger{
		UserName: webwx.UserName(accountPeer(me)), NickName: a.Nick, Content: greeting, Scene: scene,
		Province: a.Province, City: a.City, Signature: a.Signature, Sex: a.Sex, OpCode: wire.VerifyAsk,
	}}).Build()
	b.Docs = append(b.Docs,
		expiring(requestKey(to, me), p.sent.rev, doc, time.Now().Add(requestLife)),
		// If the other asks at the same time, one of the two sees it.
		Write{Key: requestKey(me, to), If: 0, Check: true},
		Write{Key: friendKey(to, me), If: p.his.rev, Check: true})
	return s.add(b, record{
		Kind: recordMessage, From: peer(webwx.FMessage), To: accountPeer(to), Type: entry.MsgType, Entry: &entry, Ticket: doc.Ticket,
	}, Box(to))
}

// unite adds to b that both have each other in their lists, which self brought
// about. Whose list is not changed is told nothing.
func (s *Server) unite(b *Batch, p pair) error {
	me, other := p.self.Uin, p.account.Uin
	self, peer := accountPeer(me), accountPeer(other)
	now := friendDoc{Since: time.Now().Unix()}
	var err error
	if p.mine.rev == 0 {
		b.Docs = append(b.Docs, write(friendKey(me, other), 0, now))
		err = s.announce(b, peer, Box(me))
	}
	if p.his.rev == 0 {
		b.Docs = append(b.Docs, write(friendKey(other, me), 0, now))
		err = errors.Join(err, s.announce(b, self, Box(other)))
	}
	if p.received.rev != 0 {
		b.Docs = append(b.Docs, Write{Key: requestKey(me, other), If: p.received.rev})
		if p.received.Content != "" {
			err = errors.Join(err, s.add(b, record{
				Kind: recordMessage, From: peer, To: self, Type: webwx.MsgText, Content: p.received.Content,
			}, Box(me), Box(other)))
		}
	}
	if p.sent.rev != 0 {
		b.Docs = append(b.Docs, Write{Key: requestKey(other, me), If: p.sent.rev})
	}
	if p.mine.rev == 0 {
		l := line{Event: lineText, Text: webwx.NewSystem(webwx.SystemFriendAdded, p.account.Nick).Text}
		err = errors.Join(err, s.addLine(b, peer, self, l, Box(me)))
	} else {
		b.Docs = append(b.Docs, Write{Key: friendKey(me, other), If: p.mine.rev, Check: true})
	}
	if p.his.rev == 0 {
		l := line{Event: lineText, Text: webwx.NewSystem(webwx.SystemAddedBy, p.self.Nick).Text}
		err = errors.Join(err, s.addLine(b, self, peer, l, Box(other)))
	} else {
		b.Docs = append(b.Docs, Write{Key: friendKey(other, me), If: p.his.rev, Check: true})
	}
	return err
}

// shareRoom reports whether two accounts are in a room together.
func (s *Server) shareRoom(ctx context.Context, uin, other int64) (bool, error) {
	var shared []string
	err := list(ctx, s.engine, roomsPrefix(uin), func(key string, _ inRoomDoc) error {
		shared = append(shared, memberKey(lastNumber(key), other))
		return nil
	})
	if err != nil || len(shared) == 0 {
		return false, err
	}
	docs, err := s.engine.Get(ctx, shared...)
	return anyOf(docs), err
}

// errNoFriend is the same for who is no friend and a name that nobody has.
var errNoFriend = refuse(webwx.RetParameter, "UserName is no friend of yours")

// phoneUnfriend takes somebody out of the caller's list. He keeps the caller in
// his, is told nothing, and finds out when a send is refused (Ret 1204).
func (s *Server) phoneUnfriend(ctx context.Context, c *call, req *wire.PhoneUnfriendRequest) (*wire.PhoneReply, error) {
	return &wire.PhoneReply{}, s.changeFriend(ctx, c, req.UserName, func(b *Batch, key string, rev int64, _ *friendDoc, p peer) error {
		b.Docs = append(b.Docs, Write{Key: key, If: rev})
		return s.add(b, record{Kind: recordGone, To: p}, Box(c.uin))
	})
}

// phoneBlock puts a friend on the blacklist, or takes him from it. Who is on it
// cannot send to the caller, nor add him to rooms.
func (s *Server) phoneBlock(ctx context.Context, c *call, req *wire.PhoneBlockRequest) (*wire.PhoneReply, error) {
	if req.OP != 0 && req.OP != 1 {
		return nil, refuse(webwx.RetParameter, "OP is neither 0 nor 1")
	}
	return &wire.PhoneReply{}, s.changeFriend(ctx, c, req.UserName, func(b *Batch, key string, rev int64, f *friendDoc, p peer) error {
		flag := withFlag(f.Flag, webwx.FlagBlack, req.OP == 1)
		if flag == f.Flag {
			return nil
		}
		f.Flag = flag
		b.Docs = append(b.Docs, write(key, rev, f))
		return s.announce(b, p, Box(c.uin))
	})
}

// changeFriend changes how the caller has a friend in his list.
func (s *Server) changeFriend(ctx context.Context, c *call, name webwx.UserName, change func(b *Batch, key string, rev int64, f *friendDoc, p peer) error) error {
	p, _ := c.secrets.names.peer(name)
	uin, ok := p.account()
	if !ok {
		return errNoFriend
	}
	for {
		key := friendKey(c.uin, uin)
		f, rev, err := load[friendDoc](ctx, s.engine, key)
		if err != nil {
			return err
		}
		if rev == 0 {
			return errNoFriend
		}
		b := &Batch{}
		if err := change(b, key, rev, &f, p); err != nil || len(b.Docs) == 0 {
			return err
		}
		if _, err := s.engine.Commit(ctx, b); !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// withFlag is f with or without a bit.
func withFlag(f, bit webwx.ContactFlag, on bool) webwx.ContactFlag {
	if on {
		return f | bit
	}
	return f &^ bit
}
