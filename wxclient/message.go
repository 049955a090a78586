package wxclient

import (
	"context"
	"errors"
	"strconv"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// maxSent is how many ids of own messages are remembered, to drop them should
// they come back.
const maxSent = 1024

// SendText sends text to the account or room named to (S 10). It repeats, under
// one id, only what is safe to repeat: a request that got no answer. A refusal is
// a *[webwx.Error]; if no answer came at all, the error is an *[UnknownError].
// The text goes out as it is: plain, "\n" for line ends, and even if it is empty,
// since what may be sent is the service's to say.
//
// Concurrent sends are safe. Sends to one chat keep their order if each is called
// after the one before returned.
func (c *Client) SendText(ctx context.Context, to webwx.UserName, text string) (webwx.Sent, error) {
	return c.post(ctx, to, textLetter(text))
}

// settle sends up to three times and says what came of it.
func (c *Client) settle(ctx context.Context, id string, send func() (*wire.SendMsgResponse, error)) (webwx.Sent, error) {
	sent := webwx.Sent{LocalID: id}
	if err := ctx.Err(); err != nil {
		return sent, err // nothing has left
	}
	var resp *wire.SendMsgResponse
	var refused *webwx.Error
	cut := false  // another call was refused, and that cut this one short
	left := false // a request whose answer is not known may have reached the service
	err := c.again(ctx, func() (err error) {
		resp, err = send()
		refused, _ = errors.AsType[*webwx.Error](err)
		_, cut = errors.AsType[*cutError](err)
		left = left || cut || refused == nil && err != nil && !unsent(err)
		if refused != nil {
			return nil // also "system error": the service has decided
		}
		return err
	})
	odd, _ := errors.AsType[*HTTPError](err)
	switch {
	case refused != nil && left && (cut || errors.Is(refused, webwx.ErrLoggedOut)):
		return sent, &UnknownError{LocalID: id, Err: refused}
	case refused != nil:
		return sent, refused
	case err != nil && !left, odd != nil && odd.refused():
		return sent, err
	case err != nil:
		return sent, &UnknownError{LocalID: id, Err: err}
	}
	sent.MsgID = resp.MsgID
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent.add(sent.MsgID)
	return sent, nil
}

// acknowledged reports whether id is that of a message that this client sent.
func (c *Client) acknowledged(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent.has(id)
}

// localID returns a ClientMsgId: milliseconds and four more digits (S 10.8). They
// are random, but every id is greater than the one before.
func (c *Client) localID() string {
	digits := c.random(10_000)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastID = max(millis()*10_000+digits, c.lastID+1)
	return strconv.FormatInt(c.lastID, 10)
}
