package wxserver

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

const (
	maxFound = 50                 // results of a search
	metLife  = 7 * 24 * time.Hour // how long a search lets one see who was found
)

// searchContact looks through the caller's contacts and rooms by name, remark and
// pinyin, and finds any account by its whole login name, so that people can find
// each other: endpoints.md §33.
func (s *Server) searchContact(ctx context.Context, c *call, req *wire.SearchContactRequest) (*wire.SearchContactResponse, error) {
	word := strings.ToLower(strings.TrimSpace(req.KeyWord))
	if word == "" || len(word) > maxNick {
		return nil, refuse(webwx.RetParameter, "KeyWord is empty or over 128 bytes")
	}
	if !s.limits.searches.take(limitOf(c)) {
		return nil, refuse(webwx.RetTooOften, "too many searches: wait a little")
	}
	found, err := s.meet(ctx, c.uin, word)
	if err != nil {
		return nil, err
	}
	resp := &wire.SearchContactResponse{}
	add := func(name webwx.UserName) {
		item := wire.SearchItem{EncryUserName: name}
		if len(resp.List) < maxFound && !slices.Contains(resp.List, item) {
			resp.List = append(resp.List, item)
		}
	}
	if found != "" {
		add(c.secrets.names.name(found))
	}
	peers, err := s.everyone(ctx, c.uin)
	if err != nil {
		return nil, err
	}
	for chunk := range slices.Chunk(peers, listPage) {
		contacts, err := s.contacts(ctx, c, chunk)
		if err != nil {
			return nil, err
		}
		for i := range contacts {
			if fits(&contacts[i], word) {
				add(contacts[i].UserName)
			}
		}
	}
	return resp, nil
}

// fits reports whether any name of a contact has word, in small letters, in it.
func fits(c *webwx.Contact, word string) bool {
	for _, name := range []string{
		webwx.Unescape(c.NickName), webwx.Unescape(c.RemarkName),
		c.PYInitial, c.PYQuanPin, c.RemarkPYInitial, c.RemarkPYQuanPin,
	} {
		if strings.Contains(strings.ToLower(name), word) {
			return true
		}
	}
	return false
}

// meet returns the account that signs in by a name, and lets uin see who it is.
func (s *Server) meet(ctx context.Context, uin int64, name string) (peer, error) {
	other, err := s.FindAccount(ctx, name)
	if errors.Is(err, ErrNoAccount) || err == nil && other == uin {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	_, err = s.engine.Commit(ctx, &Batch{Docs: []Write{expiring(metKey(uin, other), AnyRevision, struct{}{}, time.Now().Add(metLife))}})
	return accountPeer(other), err
}

// everyone lists the rooms of an account, saved or not, and its friends.
func (s *Server) everyone(ctx context.Context, uin int64) ([]peer, error) {
	var peers []peer
	err := list(ctx, s.engine, roomsPrefix(uin), func(key string, _ inRoomDoc) error {
		peers = append(peers, roomPeer(lastNumber(key)))
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
