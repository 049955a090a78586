package wxserver

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

func (s *Server) friendRoutes() {
	handle(s, wire.VerifyUser, changes, s.verifyUser)
	handle(s, wire.Oplog, changes, s.oplog)
	handle(s, wire.RevokeMsg, changes, s.revokeMsg)
	handle(s, wire.SearchContact, changes, s.searchContact)
	onPhone(s, wire.PhoneUnfriend, s.phoneUnfriend)
	onPhone(s, wire.PhoneBlock, s.phoneBlock)
}

const (
	requestLife = 7 * 24 * time.Hour // of a friend request
	maxGreeting = 512                // bytes
)

// Where two people met, as a friend request says it (endpoints.md §26).
const (
	sceneID   = 6  // one knew the other's login name
	sceneRoom = 14 // they share a room
)

var (
	errNobody  = refuse(webwx.RetParameter, "Value is nobody who can be asked")
	errRequest = refuse(webwx.RetTicket, "this friend request is unknown, answered or too old")
)

// verifyUser asks for friendships and answers requests: endpoints.md §26. Opcode 3
// without a ticket accepts a request if there is one, as ItChat means it, and
// asks if there is none, as openwechat does.
func (s *Server) verifyUser(ctx context.Context, c *call, req *wire.VerifyUserRequest) (*wire.VerifyUserResponse, error) {
	switch {
	case len(req.VerifyUserList) == 0 || len(req.VerifyUserList) > maxBatch:
		return nil, refuse(webwx.RetParameter, "VerifyUserList names nobody, or too many")
	case len(req.VerifyContent) > maxGreeting || !utf8.ValidString(req.VerifyContent):
		return nil, refuse(webwx.RetParameter, "VerifyContent is over 512 bytes or not UTF-8")
	}
	for _, item := range req.VerifyUserList {
		p, _ := c.secrets.names.peer(item.Value)
		uin, ok := p.account()
		if ok = ok && uin != c.uin; !ok && item.VerifyUserTicket != "" {
			return nil, errRequest
		} else if !ok {
			return nil, errNobody
		}
		var err error
		switch {
		case req.Opcode == wire.VerifyAdd, req.Opcode == wire.VerifyAsk:
			err = s.ask(ctx, c, uin, req.VerifyContent)
		case req.Opcode == wire.VerifyAccept:
			err = s.accept(ctx, c, uin, item.VerifyUserTicket, req.VerifyContent)
		case req.Opcode == wire.VerifyRefuse:
			err = s.decline(ctx, c, uin, item.VerifyUserTicket)
		default:
			err = refuse(webwx.RetParameter, "Opcode is not known")
		}
		if err != nil {
			return nil, err
		}
	}
	return &wire.VerifyUserResponse{}, nil
}

// ask sends a friend request. There is nothing to ask of who has the caller in
// his list still, has asked himself, or is an official account: they are friends
// at once. The same request again, while it waits, is not sent again; one to
// somebody who has blacklisted the caller is not sent at all, which is not told.
func (s *Server) ask(ctx context.Context, c *call, uin int64, greeting string) error {
	if !s.limits.requests.take(limitOf(c)) {
		return refuse(webwx.RetTooOften, "too many friend requests: wait a little")
	}
	for {
		p, err := s.loadPair(ctx, c.uin, uin)
		if err != nil {
			return err
		}
		if p.account.Name == "" {
			return errNobody
		}
		b := &Batch{}
		switch {
		case p.mine.rev != 0 && p.his.rev != 0:
			return nil
		case p.his.Flag&webwx.FlagBlack != 0:
			return nil
		case p.his.rev != 0, p.received.rev != 0, p.account.Official:
			err = s.unite(b, p)
		case p.sent.rev != 0 && p.sent.Content == greeting:
			return nil
		default:
			err = s.request(ctx, b, p, greeting)
		}
		if err != nil {
			return err
		}
		if _, err := s.engine.Commit(ctx, b); !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// accept makes friends of the caller and somebody who has asked him. To accept
// again changes nothing.
func (s *Server) accept(ctx context.Context, c *call, uin int64, ticket, greeting string) error {
	for {
		p, err := s.loadPair(ctx, c.uin, uin)
		if err != nil {
			return err
		}
		switch {
		case p.mine.rev != 0 && p.his.rev != 0:
			return nil
		case ticket == "" && p.received.rev == 0:
			return s.ask(ctx, c, uin, greeting)
		case !p.opens(c, ticket), p.account.Name == "":
			return errRequest
		}
		b := &Batch{}
		if err := s.unite(b, p); err != nil {
			return err
		}
		if _, err := s.engine.Commit(ctx, b); !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// decline forgets a friend request. Who asked is not told.
func (s *Server) decline(ctx context.Context, c *call, uin int64, ticket string) error {
	p, err := s.loadPair(ctx, c.uin, uin)
	if err != nil {
		return err
	}
	if !p.opens(c, ticket) {
		return errRequest
	}
	_, err = s.engine.Commit(ctx, &Batch{Docs: []Write{{Key: requestKey(c.uin, uin), If: p.received.rev}}})
	if errors.Is(err, ErrConflict) {
		return errRequest // it was answered at the same time
	}
	return err
}
