package wxclient

import (
	"context"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// Recall takes back a message that was sent to to (endpoints.md §24). Whether it
// may is the service's to say: it is refused, with a *[webwx.Error], after two
// minutes, and for what somebody else wrote. A call that got no answer is not
// repeated, since a second one would be refused.
func (c *Client) Recall(ctx context.Context, sent webwx.Sent, to webwx.UserName) error {
	_, err := change(ctx, c, wire.RevokeMsg, &wire.RevokeMsgRequest{
		ClientMsgID: sent.LocalID, SvrMsgID: sent.MsgID, ToUserName: to,
	})
	return err
}

// MarkRead tells the account's other devices that a chat was read
// (endpoints.md §7).
func (c *Client) MarkRead(ctx context.Context, chat webwx.UserName) error {
	return c.again(ctx, func() error { return c.StatusNotify(ctx, webwx.StatusRead, chat) })
}

// change makes a call that must not be made twice: it is repeated only as long as
// it certainly did not arrive.
func change[Req, Resp any](ctx context.Context, c *Client, e wire.Endpoint[Req, Resp], req *Req) (*Resp, error) {
	if _, err := c.loggedIn(); err != nil {
		return nil, err
	}
	var resp *Resp
	var answered error // an error that came after the request had left
	err := c.again(ctx, func() (err error) {
		again := *req
		resp, err = ask(ctx, c, e, &again, small())
		if err != nil && !unsent(err) {
			answered = err
			return nil
		}
		return err
	})
	if answered != nil {
		err = answered
	}
	return resp, err
}

// repeat makes a call that may be made twice.
func repeat[Req, Resp any](ctx context.Context, c *Client, e wire.Endpoint[Req, Resp], req *Req) (*Resp, error) {
	if _, err := c.loggedIn(); err != nil {
		return nil, err
	}
	var resp *Resp
	err := c.again(ctx, func() (err error) {
		again := *req
		resp, err = ask(ctx, c, e, &again, small())
		return err
	})
	return resp, err
}
