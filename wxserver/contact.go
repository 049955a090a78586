package wxserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/pinyin"
	"github.com/webwx/webwx/internal/wire"
)

const (
	// contactPage is how many contacts webwxgetcontact tells at once. Some clients
	// never ask for a second page (endpoints.md §8).
	contactPage = 5000
	// maxBatch is how many contacts webwxbatchgetcontact takes (endpoints.md §9).
	maxBatch = 50
	// initMembers is how many members of rooms webwxinit tells in all; rooms beyond
	// come without members, as in webwxgetcontact.
	initMembers = 2000
)

// account loads an account that must exist.
func (s *Server) account(ctx context.Context, uin int64) (accountDoc, error) {
	a, rev, err := load[accountDoc](ctx, s.engine, accountKey(uin))
	if err == nil && rev == 0 {
		err = fmt.Errorf("account %d does not exist", uin)
	}
	return a, err
}

// person builds the contact object of an account, as f describes it; nil for
// somebody who is no friend.
func person(c *call, a accountDoc, f *friendDoc) webwx.Contact {
	name := c.secrets.names.name(accountPeer(a.Uin))
	contact := webwx.Contact{
		UserName:   name,
		NickName:   webwx.Escape(a.Nick),
		HeadImgUrl: iconURL(name, c.secrets.skey),
		Sex:        a.Sex,
		Signature:  webwx.Escape(a.Signature),
		Province:   a.Province,
		City:       a.City,
		SnsFlag:    17,
		KeyWord:    "wxi",
	}
	if a.Official {
		contact.VerifyFlag, contact.KeyWord = webwx.VerifyOfficial, "gh_"
	}
	if f != nil {
		contact.ContactFlag = webwx.FlagContact | webwx.FlagChat | f.Flag
		contact.RemarkName = webwx.Escape(f.Remark)
	}
	contact.PYInitial, contact.PYQuanPin = pinyin.Of(contact.NickName)
	contact.RemarkPYInitial, contact.RemarkPYQuanPin = pinyin.Of(contact.RemarkName)
	return contact
}

// special builds the contact object of a special account.
func special(c *call, p peer) webwx.Contact {
	contact := webwx.Contact{
		UserName:    webwx.UserName(p),
		NickName:    specials[p],
		HeadImgUrl:  iconURL(webwx.UserName(p), c.secrets.skey),
		ContactFlag: webwx.FlagContact | webwx.FlagChat,
		KeyWord:     clip(string(p), 3),
	}
	if p == peer(webwx.Weixin) {
		contact.VerifyFlag = webwx.VerifyWeixin
	}
	contact.PYInitial, contact.PYQuanPin = pinyin.Of(contact.NickName)
	return contact
}

// roomContact builds the contact object of a room that the caller is in.
func (s *Server) roomContact(ctx context.Context, c *call, id int64, withMembers bool) (webwx.Contact, error) {
	docs, err := s.engine.Get(ctx, roomKey(id), inRoomKey(c.uin, id))
	if err != nil {
		return webwx.Contact{}, err
	}
	var room roomDoc
	var mine inRoomDoc
	if err := errors.Join(read(docs[0], &room), read(docs[1], &mine)); err != nil {
		return webwx.Contact{}, err
	}
	name := c.secrets.names.name(roomPeer(id))
	contact := webwx.Contact{
		UserName:        name,
		NickName:        webwx.Escape(room.Topic),
		HeadImgUrl:      fmt.Sprintf("%swebwxgetheadimg?seq=0&username=%s&skey=", cgiPath, name),
		ContactFlag:     webwx.FlagChat | mine.Flag,
		Statues:         1,
		KeyWord:         "",
		EncryChatRoomID: c.secrets.names.photo(id),
	}
	if mine.Saved {
		contact.ContactFlag |= webwx.FlagContact
	}
	if room.Owner == c.uin {
		contact.IsOwner, contact.OwnerUin = 1, c.uin
	}
	contact.RemarkName = webwx.Escape(mine.Remark)
	contact.PYInitial, contact.PYQuanPin = pinyin.Of(contact.NickName)
	contact.RemarkPYInitial, contact.RemarkPYQuanPin = pinyin.Of(contact.RemarkName)
	if withMembers {
		contact.MemberList, err = s.members(ctx, c, id)
		contact.MemberCount = len(contact.MemberList)
	}
	return contact, err
}

// members lists a room's members as the caller sees them: his remarks stand in
// for nicknames (messages.md §8.3).
func (s *Server) members(ctx context.Context, c *call, room int64) ([]webwx.Member, error) {
	var uins []int64
	var in []memberDoc
	err := list(ctx, s.engine, membersPrefix(room), func(key string, m memberDoc) error {
		uins, in = append(uins, lastNumber(key)), append(in, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	people, err := s.people(ctx, c.uin, uins)
	if err != nil {
		return nil, err
	}
	members := make([]webwx.Member, 0, len(people))
	for i, p := range people {
		members = append(members, member(c.secrets.names.name(accountPeer(uins[i])), p, in[i]))
	}
	return members, nil
}

// acquaintance is an account and how somebody stands to it.
type acquaintance struct {
	account accountDoc
	friend  *friendDoc // nil: not in the contacts
}

// people loads accounts as of sees them, in the order of uins.
func (s *Server) people(ctx context.Context, of int64, uins []int64) ([]acquaintance, error) {
	keys := make([]string, 0, 2*len(uins))
	for _, uin := range uins {
		keys = append(keys, accountKey(uin), friendKey(of, uin))
	}
	docs, err := s.engine.Get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	out := make([]acquaintance, len(uins))
	for i := range uins {
		a, f := docs[2*i], docs[2*i+1]
		out[i].account.Uin = uins[i]
		if err := read(a, &out[i].account); err != nil {
			return nil, err
		}
		if f.Revision != 0 {
			out[i].friend = new(friendDoc)
			if err := read(f, out[i].friend); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// contact builds the contact object of any peer for the caller, and reports
// whether the peer belongs to the caller's contacts: a friend, a room that he is
// in, a special account.
func (s *Server) contact(ctx context.Context, c *call, p peer) (webwx.Contact, bool, error) {
	if id, ok := p.room(); ok {
		docs, err := s.engine.Get(ctx, memberKey(id, c.uin))
		if err != nil || docs[0].Revision == 0 {
			return webwx.Contact{UserName: c.secrets.names.name(p)}, false, err
		}
		contact, err := s.roomContact(ctx, c, id, true)
		return contact, true, err
	}
	uin, ok := p.account()
	if !ok {
		return special(c, p), true, nil
	}
	people, err := s.people(ctx, c.uin, []int64{uin})
	if err != nil {
		return webwx.Contact{}, false, err
	}
	return person(c, people[0].account, people[0].friend), people[0].friend != nil || uin == c.uin, nil
}

// knows reports whether an account may learn who p is: itself, a special account,
// a friend, a room that it is in, whoever is in a room with it or asks to be its
// friend, and who was found by a search.
func (s *Server) knows(ctx context.Context, uin int64, p peer) (bool, error) {
	if id, ok := p.room(); ok {
		docs, err := s.engine.Get(ctx, memberKey(id, uin))
		return anyOf(docs), err
	}
	other, ok := p.account()
	if !ok || other == uin {
		return true, nil
	}
	docs, err := s.engine.Get(ctx, friendKey(uin, other), requestKey(uin, other), metKey(uin, other))
	if err != nil || anyOf(docs) {
		return err == nil, err
	}
	return s.shareRoom(ctx, uin, other)
}

// anyOf reports whether any of the documents exists.
func anyOf(docs []Doc) bool {
	return slices.ContainsFunc(docs, func(d Doc) bool { return d.Revision != 0 })
}

// modContact is a changed contact for webwxsync, false if it is one no more.
func (s *Server) modContact(ctx context.Context, c *call, p peer) (wire.ModContact, bool, error) {
	contact, ok, err := s.contact(ctx, c, p)
	mod := wire.ModContact{Contact: contact, HeadImgUpdateFlag: 1}
	if id, isRoom := p.room(); ok && isRoom && err == nil {
		var room roomDoc
		room, _, err = load[roomDoc](ctx, s.engine, roomKey(id))
		mod.ChatRoomOwner = c.secrets.names.name(accountPeer(room.Owner))
	}
	return mod, ok, err
}

const cgiPath = "/cgi-bin/mmwebwx-bin/"

// iconURL is the HeadImgUrl of a person: endpoints.md §23.
func iconURL(name webwx.UserName, skey string) string {
	return fmt.Sprintf("%swebwxgeticon?seq=0&username=%s&skey=%s", cgiPath, url.QueryEscape(string(name)), skey)
}
