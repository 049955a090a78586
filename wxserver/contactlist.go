package wxserver

import (
	"context"
	"fmt"
	"slices"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

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
		contact, err := s.details(ctx, c, ask)
		if err != nil {
			return nil, err
		}
		resp.ContactList = append(resp.ContactList, contact)
	}
	resp.Count = len(resp.ContactList)
	return resp, nil
}

// details answers one question of batchGetContact. Asked as a member of a room that
// both are in, a person has the name that it has there.
func (s *Server) details(ctx context.Context, c *call, ask wire.BatchItem) (webwx.Contact, error) {
	contact := webwx.Contact{UserName: ask.UserName}
	p, ok := c.secrets.names.peer(ask.UserName)
	if !ok {
		return contact, nil
	}
	in, ok, err := s.asMember(ctx, c, p, ask.EncryChatRoomID)
	if err == nil && !ok {
		ok, err = s.knows(ctx, c.uin, p)
	}
	if err != nil || !ok {
		return contact, err
	}
	if contact, _, err = s.contact(ctx, c, p); err != nil {
		return contact, err
	}
	if !contact.UserName.IsRoom() {
		contact.EncryChatRoomID = "0"
		contact.DisplayName = webwx.Escape(in.Display)
	}
	return contact, nil
}

// asMember looks up somebody in a room, which is called by its UserName or its
// EncryChatRoomId, and reports whether the caller is in it too. "" and "0" are no
// room.
func (s *Server) asMember(ctx context.Context, c *call, p peer, room string) (m memberDoc, ok bool, err error) {
	r, _ := c.secrets.names.peer(webwx.UserName(room))
	id, isRoom := r.room()
	uin, isPerson := p.account()
	if !isRoom || !isPerson {
		return m, false, nil
	}
	docs, err := s.engine.Get(ctx, memberKey(id, c.uin), memberKey(id, uin))
	if err != nil || docs[0].Revision == 0 || docs[1].Revision == 0 {
		return m, false, err
	}
	return m, true, read(docs[1], &m)
}
