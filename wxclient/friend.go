package wxclient

import (
	"context"
	"slices"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// AddFriend asks somebody to become a friend (endpoints.md §26). name is that of a
// member of a room, of a card ([webwx.Card]), of a recommendation
// ([webwx.PossibleFriend]), or found by [Client.SearchContact]. A call that got
// no answer is not repeated.
func (c *Client) AddFriend(ctx context.Context, name webwx.UserName, greeting string) error {
	return c.verify(ctx, wire.VerifyAsk, wire.VerifyItem{Value: name}, greeting)
}

// AcceptFriend accepts a friend request, which is the content of a message, and
// returns the new friend. What of the friend is not known yet comes with Events.
func (c *Client) AcceptFriend(ctx context.Context, request *webwx.FriendRequest) (webwx.Contact, error) {
	if err := c.verify(ctx, wire.VerifyAccept, ticketOf(request), ""); err != nil {
		return webwx.Contact{}, err
	}
	friend := webwx.Contact{UserName: request.UserName, NickName: webwx.Escape(request.NickName)}
	if told, err := c.Details(ctx, request.UserName); err == nil && told[0].NickName != "" {
		friend = told[0]
		c.mu.Lock()
		defer c.mu.Unlock()
		c.book.put(new(friend))
	}
	return friend, nil
}

// RefuseFriend refuses a friend request. Whoever asked is not told.
func (c *Client) RefuseFriend(ctx context.Context, request *webwx.FriendRequest) error {
	return c.verify(ctx, wire.VerifyRefuse, ticketOf(request), "")
}

func ticketOf(request *webwx.FriendRequest) wire.VerifyItem {
	return wire.VerifyItem{Value: request.UserName, VerifyUserTicket: request.Ticket}
}

func (c *Client) verify(ctx context.Context, opcode int, who wire.VerifyItem, content string) error {
	_, err := change(ctx, c, wire.VerifyUser, &wire.VerifyUserRequest{
		Opcode:             opcode,
		VerifyUserListSize: 1, VerifyUserList: []wire.VerifyItem{who},
		VerifyContent:  content,
		SceneListCount: 1, SceneList: []int{wire.SceneWeb},
		Skey: c.skey(),
	})
	return err
}

// SetRemark sets what one calls a contact; an empty remark takes the name away
// (endpoints.md §25).
func (c *Client) SetRemark(ctx context.Context, name webwx.UserName, remark string) error {
	_, err := repeat(ctx, c, wire.Oplog, &wire.OplogRequest{UserName: name, CmdID: wire.OplogRemark, RemarkName: &remark})
	if err != nil {
		return err
	}
	c.amend(name, func(p *webwx.Contact) {
		p.RemarkName = webwx.Escape(remark)
		p.RemarkPYInitial, p.RemarkPYQuanPin = "", "" // the service tells them later
	})
	return nil
}

// Pin puts a chat to the top of the list, or takes it from there
// (endpoints.md §25). The remark goes along, since the real service is said to
// forget it otherwise.
func (c *Client) Pin(ctx context.Context, name webwx.UserName, pinned bool) error {
	req := &wire.OplogRequest{UserName: name, CmdID: wire.OplogPin, OP: new(0)}
	if pinned {
		req.OP = new(1)
	}
	if known, ok := c.Contact(name); ok {
		req.RemarkName = new(webwx.Unescape(known.RemarkName))
	}
	if _, err := repeat(ctx, c, wire.Oplog, req); err != nil {
		return err
	}
	c.amend(name, func(p *webwx.Contact) {
		p.ContactFlag &^= webwx.FlagPinned
		if pinned {
			p.ContactFlag |= webwx.FlagPinned
		}
	})
	return nil
}

// SearchContact asks the service for contacts by a word (endpoints.md §33) and
// returns what is known of them: who was not in the contact list is asked for.
func (c *Client) SearchContact(ctx context.Context, keyword string) ([]webwx.Contact, error) {
	resp, err := repeat(ctx, c, wire.SearchContact, &wire.SearchContactRequest{KeyWord: keyword})
	if err != nil {
		return nil, err
	}
	found := make([]webwx.Contact, len(resp.List))
	var strangers []webwx.UserName
	for i, item := range resp.List {
		var ok bool
		if found[i], ok = c.Contact(item.EncryUserName); !ok {
			strangers = append(strangers, item.EncryUserName)
		}
	}
	if len(strangers) == 0 {
		return found, nil
	}
	told, err := c.Details(ctx, strangers...)
	if err != nil {
		return nil, err
	}
	for i, item := range resp.List {
		if j := slices.Index(strangers, item.EncryUserName); found[i].UserName == "" && j >= 0 {
			found[i] = told[j]
		}
	}
	return found, nil
}
