package wxclient

import (
	"cmp"

	"github.com/webwx/webwx"
)

// book is what is known of the contacts, in the order of webwxgetcontact and
// then of appearance. Its contacts are never changed in place: a changed one
// takes the place of the old, so that those given away stay as they were.
type book struct {
	list   []*webwx.Contact
	place  map[webwx.UserName]int // in list
	listed int                    // how many at its beginning webwxgetcontact told
	loaded bool                   // it was asked at all
}

func (b *book) get(name webwx.UserName) *webwx.Contact {
	if i, ok := b.place[name]; ok {
		return b.list[i]
	}
	return nil
}

// put adds c or replaces who has its name, and returns what then stands there.
func (b *book) put(c *webwx.Contact) *webwx.Contact {
	if c.UserName == "" {
		return c
	}
	if b.place == nil {
		b.place = make(map[webwx.UserName]int)
	}
	i, ok := b.place[c.UserName]
	if !ok {
		b.place[c.UserName] = len(b.list)
		b.list = append(b.list, c)
		return c
	}
	b.list[i] = merged(b.list[i], c)
	return b.list[i]
}

// remove forgets name.
func (b *book) remove(name webwx.UserName) {
	i, ok := b.place[name]
	if !ok {
		return
	}
	delete(b.place, name)
	b.list = append(b.list[:i], b.list[i+1:]...)
	for _, c := range b.list[i:] {
		b.place[c.UserName]--
	}
	if i < b.listed {
		b.listed--
	}
}

// relist takes over a complete answer of webwxgetcontact. Contacts that it listed
// before and lists no more are dropped; those that it never lists, such as
// unsaved rooms, stay.
func (b *book) relist(all []webwx.Contact) {
	old := *b
	*b = book{loaded: true, list: make([]*webwx.Contact, 0, len(all)), place: make(map[webwx.UserName]int, len(all))}
	for i := range all {
		c := &all[i]
		if before := old.get(c.UserName); before != nil {
			c = merged(before, c)
		}
		b.put(c)
	}
	b.listed = len(b.list)
	for _, c := range old.list[old.listed:] {
		if b.get(c.UserName) == nil {
			b.put(c)
		}
	}
}

// merged is a contact after news of it. Lists of changes have fewer keys than
// contacts (messages.md §8.4), and the contact list has rooms without members:
// what they cannot say stays as it was.
func merged(old, news *webwx.Contact) *webwx.Contact {
	c := *news
	c.Uin = cmp.Or(c.Uin, old.Uin)
	c.OwnerUin = cmp.Or(c.OwnerUin, old.OwnerUin)
	c.EncryChatRoomID = cmp.Or(c.EncryChatRoomID, old.EncryChatRoomID)
	c.DisplayName = cmp.Or(c.DisplayName, old.DisplayName)
	c.KeyWord = cmp.Or(c.KeyWord, old.KeyWord)
	c.IsOwner = cmp.Or(c.IsOwner, old.IsOwner)
	if c.NickName == old.NickName {
		c.PYInitial = cmp.Or(c.PYInitial, old.PYInitial)
		c.PYQuanPin = cmp.Or(c.PYQuanPin, old.PYQuanPin)
	}
	if c.RemarkName == old.RemarkName {
		c.RemarkPYInitial = cmp.Or(c.RemarkPYInitial, old.RemarkPYInitial)
		c.RemarkPYQuanPin = cmp.Or(c.RemarkPYQuanPin, old.RemarkPYQuanPin)
	}
	if len(c.MemberList) == 0 && c.UserName.IsRoom() {
		c.MemberList, c.MemberCount = old.MemberList, max(old.MemberCount, c.MemberCount)
	}
	return &c
}

// search returns the contacts that a person may mean by text: those whose remark
// or nickname it is. Oneself is never meant.
func (b *book) search(text string, self webwx.UserName) []webwx.Contact {
	var found []webwx.Contact
	for _, c := range b.list {
		if c.UserName != self && (named(c.RemarkName, text) || named(c.NickName, text)) {
			found = append(found, *c)
		}
	}
	return found
}

// named compares a name as the service writes it, or as a person reads it.
func named(name, text string) bool {
	return name != "" && (name == text || webwx.Unescape(name) == text)
}
