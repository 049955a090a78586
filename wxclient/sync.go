package wxclient

import (
	"context"
	"errors"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// SyncCheck polls once whether something changed; it blocks for up to 35 s (S 8).
// Any selector but [webwx.SelectorNothing] asks for [Client.Sync].
func (c *Client) SyncCheck(ctx context.Context) (webwx.Selector, error) {
	if err := c.needKey(); err != nil {
		return 0, err
	}
	c.mu.Lock()
	key := c.check
	c.mu.Unlock()
	resp, err := ask(ctx, c, wire.SyncCheck, &wire.SyncCheckRequest{SyncKey: key.String()}, poll())
	if err != nil {
		return 0, err
	}
	return resp.Selector, nil
}

// Page is what one webwxsync brought.
type Page struct {
	// Events are in the order in which they count: oneself, deleted contacts,
	// changed contacts, messages.
	Events []webwx.Event
	// More says that the page was cut: Sync again at once (S 9.8).
	More bool
}

// Sync fetches one page of what changed, and moves on to the next (S 9). What it
// returned does not come again: [Client.Events] is more careful, and drops
// duplicates.
func (c *Client) Sync(ctx context.Context) (Page, error) {
	resp, err := c.pull(ctx)
	if err != nil {
		return Page{}, err
	}
	page := Page{Events: c.apply(resp), More: resp.ContinueFlag != 0}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.takeKeys(resp.SyncKey, resp.SyncCheckKey)
	return page, nil
}

var errNoKey = errors.New("no SyncKey: webwxinit has told none")

// needKey reports why nothing can be synced, nil if it can.
func (c *Client) needKey() error {
	if _, err := c.loggedIn(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.syncKey.Empty() {
		return errNoKey
	}
	return nil
}

// pull fetches the page after the current key and leaves the key as it is.
func (c *Client) pull(ctx context.Context) (*wire.SyncResponse, error) {
	if err := c.needKey(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	req := &wire.SyncRequest{SyncKey: c.syncKey, RR: wire.Number(complement())}
	c.mu.Unlock()
	resp, err := ask(ctx, c, wire.Sync, req, large())
	if err != nil {
		return nil, err
	}
	if resp.SKey != "" {
		c.mu.Lock()
		c.session.Credentials.Skey = resp.SKey
		c.mu.Unlock()
	}
	return resp, nil
}

// takeKeys replaces the keys by those of a reply, if it has any: failures come
// with empty ones (S 9.4). Without a key of its own synccheck uses the other.
// c.mu is held.
func (c *Client) takeKeys(key, check webwx.SyncKey) {
	if key.Count <= 0 || key.Empty() {
		return
	}
	c.syncKey, c.check = key, key
	if check.Count > 0 && !check.Empty() {
		c.check = check
	}
}

// apply brings the contacts up to date and returns a page as events.
func (c *Client) apply(resp *wire.SyncResponse) []webwx.Event {
	events := make([]webwx.Event, 0, 1+len(resp.DelContactList)+len(resp.ModContactList)+len(resp.AddMsgList))
	c.mu.Lock()
	if resp.Profile.BitFlag != 0 {
		events = append(events, webwx.Event{Kind: webwx.EventContact, Contact: c.applyProfile(&resp.Profile)})
	}
	for i := range resp.DelContactList {
		name := resp.DelContactList[i].UserName
		c.book.remove(name)
		events = append(events, webwx.Event{Kind: webwx.EventGone, UserName: name})
	}
	for i := range resp.ModContactList {
		news := c.book.put(&resp.ModContactList[i].Contact)
		events = append(events, webwx.Event{Kind: webwx.EventContact, Contact: new(*news)})
	}
	c.mu.Unlock()
	for i := range resp.AddMsgList {
		m := &resp.AddMsgList[i]
		kind := webwx.EventMessage
		if m.MsgType == webwx.MsgStatusNotify {
			kind = webwx.EventStatus // S 9.29
		}
		events = append(events, webwx.Event{Kind: kind, Message: m})
	}
	return events
}

// applyProfile changes oneself (messages.md §8.7) and returns oneself as a
// contact. c.mu is held.
func (c *Client) applyProfile(p *wire.Profile) *webwx.Contact {
	u := &c.session.User
	if p.NickName.Buff != "" {
		u.NickName = p.NickName.Buff
	}
	if p.HeadImgUpdateFlag != 0 && p.HeadImgUrl != "" {
		u.HeadImgUrl = p.HeadImgUrl
	}
	u.Sex, u.Signature = p.Sex, p.Signature
	self := webwx.Contact{UserName: u.UserName}
	if known := c.book.get(u.UserName); known != nil {
		self = *known
	}
	self.NickName, self.HeadImgUrl, self.Sex, self.Signature = u.NickName, u.HeadImgUrl, u.Sex, u.Signature
	if c.book.get(u.UserName) != nil {
		c.book.put(new(self))
	}
	return &self
}
