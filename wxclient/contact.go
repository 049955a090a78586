package wxclient

import (
	"context"
	"slices"
	"strings"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// maxPages bounds the pages of webwxgetcontact. The official page stops at 17.
const maxPages = 100

// Contacts fetches the contact list, all its pages (S 7), and returns it followed
// by the contacts that only Init or Events have told of, such as rooms that were
// not saved. Each name occurs once. [Client.Listed] says how many of them the
// contact list itself had.
func (c *Client) Contacts(ctx context.Context) ([]webwx.Contact, error) {
	if _, err := c.loggedIn(); err != nil {
		return nil, err
	}
	all, err := c.contactPages(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.book.relist(all)
	return c.copies(func(*webwx.Contact) bool { return true }), nil
}

// contactPages fetches page after page until Seq is 0 (S 7.5) or comes again.
func (c *Client) contactPages(ctx context.Context) ([]webwx.Contact, error) {
	var all []webwx.Contact
	var seqs []int64
	for seq := int64(0); !slices.Contains(seqs, seq); {
		if len(seqs) == maxPages {
			c.opt.Logger.WarnContext(ctx, "contact list has too many pages: the rest is left out", "pages", maxPages)
			break
		}
		seqs = append(seqs, seq)
		var page *wire.GetContactResponse
		err := c.again(ctx, func() (err error) { page, err = c.contactPage(ctx, seq); return err })
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = page.MemberList
		} else {
			all = append(all, page.MemberList...)
		}
		seq = page.Seq
	}
	return all, nil
}

// contactPage fetches one page. The seed knows only the first: it is written
// literally, and the others have their seq in the query.
func (c *Client) contactPage(ctx context.Context, seq int64) (*wire.GetContactResponse, error) {
	form := wire.GetContact.Official
	if c.opt.Form == Seed {
		if form = wire.GetContact.Seed; seq != 0 {
			form.Query = []string{"seq"}
		}
	}
	return askIn(ctx, c, wire.GetContact, form, &wire.GetContactRequest{Seq: seq}, large())
}

// copies returns the contacts that f wants. c.mu is held.
func (c *Client) copies(f func(*webwx.Contact) bool) []webwx.Contact {
	list := make([]webwx.Contact, 0, len(c.book.list))
	for _, p := range c.book.list {
		if f(p) {
			list = append(list, *p)
		}
	}
	return list
}

// Listed is how many contacts webwxgetcontact has told of, those deleted since
// not counted; 0 before the first [Client.Contacts].
func (c *Client) Listed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.book.listed
}

// Contact returns the contact or room with the given user name, if it is known.
// Nothing is sent. Its member list is shared: do not change it.
func (c *Client) Contact(name webwx.UserName) (webwx.Contact, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.book.get(name); p != nil {
		return *p, true
	}
	return webwx.Contact{}, false
}

// Rooms returns the rooms that are known, with their members. It fetches the
// contact list first if nobody has.
func (c *Client) Rooms(ctx context.Context) ([]webwx.Contact, error) {
	if err := c.loadContacts(ctx); err != nil {
		return nil, err
	}
	c.mu.Lock()
	rooms := c.copies(func(p *webwx.Contact) bool { return p.UserName.IsRoom() })
	c.mu.Unlock()
	names := make([]webwx.UserName, len(rooms))
	for i := range rooms {
		names[i] = rooms[i].UserName
	}
	return c.Details(ctx, names...)
}

func (c *Client) loadContacts(ctx context.Context) error {
	c.mu.Lock()
	loaded := c.book.loaded
	c.mu.Unlock()
	if loaded {
		return nil
	}
	_, err := c.Contacts(ctx)
	return err
}

// maxBatch is how many contacts webwxbatchgetcontact tells at once.
const maxBatch = 50

// Details asks for everything about the named contacts: for rooms, that is where
// their members come from. The result is in the order of the names; one that the
// service does not know has no more than its name.
func (c *Client) Details(ctx context.Context, names ...webwx.UserName) ([]webwx.Contact, error) {
	if _, err := c.loggedIn(); err != nil {
		return nil, err
	}
	told := make(map[webwx.UserName]*webwx.Contact, len(names))
	for batch := range slices.Chunk(names, maxBatch) {
		list, err := c.batch(ctx, batch)
		if err != nil {
			return nil, err
		}
		for i := range list {
			told[list[i].UserName] = &list[i]
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	details := make([]webwx.Contact, len(names))
	for i, name := range names {
		details[i] = webwx.Contact{UserName: name}
		if news := told[name]; news != nil {
			details[i] = *c.learn(news)
		}
	}
	return details, nil
}

func (c *Client) batch(ctx context.Context, names []webwx.UserName) ([]webwx.Contact, error) {
	var resp *wire.BatchGetContactResponse
	err := c.again(ctx, func() (err error) {
		req := &wire.BatchGetContactRequest{Type: "ex", Count: len(names)}
		for _, name := range names {
			req.List = append(req.List, wire.BatchItem{UserName: name})
		}
		resp, err = ask(ctx, c, wire.BatchGetContact, req, large())
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp.ContactList, nil
}

// learn puts details into the book: those of rooms, and of who is in it already.
// Strangers do not become contacts by being looked at, and an answer that knows
// nothing wipes nothing out. c.mu is held.
func (c *Client) learn(news *webwx.Contact) *webwx.Contact {
	known := c.book.get(news.UserName)
	switch {
	case known != nil && news.NickName != "", news.UserName.IsRoom() && len(news.MemberList) > 0:
		return c.book.put(news)
	case known != nil:
		return known
	}
	return news
}

// Find returns the one contact that a person means by text: a user name, a
// remark, a nickname, or a special account such as filehelper. It fetches the
// contact list first if it must and nobody has. The error is an *[AmbiguousError]
// if several could be meant, and a *[NotFoundError] if none is.
func (c *Client) Find(ctx context.Context, text string) (webwx.Contact, error) {
	self, err := c.loggedIn()
	if err != nil {
		return webwx.Contact{}, err
	}
	name := webwx.UserName(text)
	if known, ok := c.Contact(name); ok {
		return known, nil
	}
	if name == webwx.FileHelper {
		return webwx.Contact{UserName: name}, nil
	}
	if text == "" {
		return webwx.Contact{}, &NotFoundError{Text: text}
	}
	if err := c.loadContacts(ctx); err != nil {
		return webwx.Contact{}, err
	}
	if known, ok := c.Contact(name); ok {
		return known, nil
	}
	c.mu.Lock()
	found := c.book.search(text, self.UserName)
	c.mu.Unlock()
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return webwx.Contact{}, &AmbiguousError{Text: text, Candidates: found}
	case hasNameShape(text):
		// A room that was not saved, or a member: only the service knows.
		return webwx.Contact{UserName: name}, nil
	}
	return webwx.Contact{}, &NotFoundError{Text: text}
}

// hasNameShape reports whether text is written as user names are: messages.md §3.
func hasNameShape(text string) bool {
	digits := strings.TrimPrefix(strings.TrimPrefix(text, "@"), "@")
	if len(digits) == len(text) || len(digits) != 32 && len(digits) != 64 {
		return false
	}
	return strings.Trim(digits, "0123456789abcdef") == ""
}
