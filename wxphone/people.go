package wxphone

import (
	"context"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// What the protocol has no call for. The names are those of the phone's own login:
// [Phone.Client] knows them.

// Unfriend takes somebody out of the account's contacts. He keeps the account in
// his, and cannot write to it any more.
func (p *Phone) Unfriend(ctx context.Context, name webwx.UserName) error {
	_, err := call(ctx, p.opt, wire.PhoneUnfriend, &wire.PhoneUnfriendRequest{WithBase: p.base(), UserName: name})
	return err
}

// Block puts a friend on the blacklist, or takes him from it. Who is on it cannot
// write to the account nor add it to rooms.
func (p *Phone) Block(ctx context.Context, name webwx.UserName, blocked bool) error {
	req := &wire.PhoneBlockRequest{WithBase: p.base(), UserName: name}
	if blocked {
		req.OP = 1
	}
	_, err := call(ctx, p.opt, wire.PhoneBlock, req)
	return err
}

// Join accepts an invitation into a room and returns the room. link is the address
// in the message that invites, or the ticket at its end.
func (p *Phone) Join(ctx context.Context, link string) (webwx.UserName, error) {
	resp, err := call(ctx, p.opt, wire.PhoneJoin, &wire.PhoneJoinRequest{WithBase: p.base(), Ticket: link})
	if err != nil {
		return "", err
	}
	return resp.ChatRoomName, nil
}
