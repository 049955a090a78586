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
	contact.PYInitial, contact.PYQuanPin = pinyin.Of(contact.NickName)
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
		nick := webwx.Escape(p.account.Nick)
		if p.friend != nil && p.friend.Remark != "" {
			nick = webwx.Escape(p.friend.Remark)
		}
		m := webwx.Member{
			UserName:    c.secrets.names.name(accountPeer(uins[i])),
			NickName:    nick,
			DisplayName: webwx.Escape(in[i].Display),
			KeyWord:     "wxi",
		}
		m.PYInitial, m.PYQuanPin = pinyin.Of(nick)
		members = append(members, m)
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
// a friend, a room that it is in, and whoever is in a room with it.
func (s *Server) knows(ctx context.Context, uin int64, p peer) (bool, error) {
	if id, ok := p.room(); ok {
		docs, err := s.engine.Get(ctx, memberKey(id, uin))
		return err == nil && docs[0].Revision != 0, err
	}
	other, ok := p.account()
	if !ok || other == uin {
		return true, nil
	}
	docs, err := s.engine.Get(ctx, friendKey(uin, other))
	if err != nil || docs[0].Revision != 0 {
		return err == nil, err
	}
	var shared []string
	err = list(ctx, s.engine, roomsPrefix(uin), func(key string, _ inRoomDoc) error {
		shared = append(shared, memberKey(lastNumber(key), other))
		return nil
	})
	if err != nil || len(shared) == 0 {
		return false, err
	}
	docs, err = s.engine.Get(ctx, shared...)
	return slices.ContainsFunc(docs, func(d Doc) bool { return d.Revision != 0 }), err
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

// peersOf returns the rooms and friends of an account, rooms first, up to n.
func (s *Server) peersOf(ctx context.Context, uin int64, n int) ([]peer, error) {
	var peers []peer
	rooms, err := s.engine.List(ctx, roomsPrefix(uin), "", n)
	if err != nil {
		return nil, err
	}
	friends, err := s.engine.List(ctx, friendsPrefix(uin), "", n)
	if err != nil {
		return nil, err
	}
	for _, d := range rooms {
		peers = append(peers, roomPeer(lastNumber(d.Key)))
	}
	for _, d := range friends {
		peers = append(peers, accountPeer(lastNumber(d.Key)))
	}
	return peers, nil
}

// initContacts are the contact objects of the recent chats. Peers that are no
// contacts any more are left out.
func (s *Server) initContacts(ctx context.Context, c *call, chats []peer) ([]webwx.Contact, error) {
	var contacts []webwx.Contact
	members := 0
	for _, p := range chats {
		contact, ok, err := s.contact(ctx, c, p)
		if err != nil {
			return nil, err
		}
		if members += contact.MemberCount; members > initMembers {
			contact.MemberCount, contact.MemberList = 0, nil
		}
		if ok {
			contacts = append(contacts, contact)
		}
	}
	return contacts, nil
}

// getContact lists the contacts: S 7. A Seq is how many have been told.
func (s *Server) getContact(ctx context.Context, c *call, req *wire.GetContactRequest) (*wire.GetContactResponse, error) {
	all, err := s.contactPeers(ctx, c.uin)
	if err != nil {
		return nil, err
	}
	from := min(max(int(req.Seq), 0), len(all))
	page := all[from:min(from+contactPage, len(all))]
	resp := &wire.GetContactResponse{}
	for chunk := range slices.Chunk(page, listPage) {
		contacts, err := s.contacts(ctx, c, chunk)
		if err != nil {
			return nil, err
		}
		resp.MemberList = append(resp.MemberList, contacts...)
	}
	resp.MemberCount = len(resp.MemberList)
	if next := from + len(page); next < len(all) {
		resp.Seq = int64(next)
	}
	return resp, nil
}

// contactPeers lists who is in an account's contact list: special accounts,
// saved rooms, and everyone who was added.
func (s *Server) contactPeers(ctx context.Context, uin int64) ([]peer, error) {
	peers := []peer{peer(webwx.FileHelper), peer(webwx.Weixin)}
	err := list(ctx, s.engine, roomsPrefix(uin), func(key string, r inRoomDoc) error {
		if r.Saved {
			peers = append(peers, roomPeer(lastNumber(key)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = list(ctx, s.engine, friendsPrefix(uin), func(key string, _ friendDoc) error {
		peers = append(peers, accountPeer(lastNumber(key)))
		return nil
	})
	return peers, err
}

// contacts builds the objects of contacts, rooms without their members.
func (s *Server) contacts(ctx context.Context, c *call, peers []peer) ([]webwx.Contact, error) {
	var uins []int64
	for _, p := range peers {
		if uin, ok := p.account(); ok {
			uins = append(uins, uin)
		}
	}
	people, err := s.people(ctx, c.uin, uins)
	if err != nil {
		return nil, err
	}
	contacts := make([]webwx.Contact, 0, len(peers))
	for _, p := range peers {
		if id, ok := p.room(); ok {
			room, err := s.roomContact(ctx, c, id, false)
			if err != nil {
				return nil, err
			}
			contacts = append(contacts, room)
		} else if _, ok := p.account(); ok {
			contacts = append(contacts, person(c, people[0].account, people[0].friend))
			people = people[1:]
		} else {
			contacts = append(contacts, special(c, p))
		}
	}
	return contacts, nil
}

// batchGetContact gives details in the order asked: endpoints.md §9. Who may not
// be seen, and a name that nobody has, come back as the bare name, alike.
func (s *Server) batchGetContact(ctx context.Context, c *call, req *wire.BatchGetContactRequest) (*wire.BatchGetContactResponse, error) {
	if len(req.List) > maxBatch {
		return nil, refuse(webwx.RetParameter, fmt.Sprintf("more than %d contacts asked for", maxBatch))
	}
	resp := &wire.BatchGetContactResponse{}
	for _, ask := range req.List {
		contact := webwx.Contact{UserName: ask.UserName}
		p, ok := c.secrets.names.peer(ask.UserName)
		if ok {
			var err error
			if ok, err = s.knows(ctx, c.uin, p); err != nil {
				return nil, err
			}
		}
		if ok {
			full, _, err := s.contact(ctx, c, p)
			if err != nil {
				return nil, err
			}
			contact = full
			if !contact.UserName.IsRoom() {
				contact.EncryChatRoomID = "0"
			}
		}
		resp.ContactList = append(resp.ContactList, contact)
	}
	resp.Count = len(resp.ContactList)
	return resp, nil
}

const cgiPath = "/cgi-bin/mmwebwx-bin/"

// iconURL is the HeadImgUrl of a person: endpoints.md §23.
func iconURL(name webwx.UserName, skey string) string {
	return fmt.Sprintf("%swebwxgeticon?seq=0&username=%s&skey=%s", cgiPath, url.QueryEscape(string(name)), skey)
}
