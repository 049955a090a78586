package wxserver

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/webwx/webwx"
)

// What an administrator does with accounts that exist.

// AccountInfo is what [Server.Accounts] tells of an account.
type AccountInfo struct {
	Uin         int64
	Name        string // what its person signs in with
	NickName    string
	Official    bool
	Admin       bool
	HasPassword bool // without one nobody can sign in
	Created     time.Time
}

// Accounts lists all accounts by their names.
func (s *Server) Accounts(ctx context.Context) ([]AccountInfo, error) {
	var infos []AccountInfo
	err := list(ctx, s.engine, nameKey(""), func(_ string, uin int64) error {
		a, err := s.account(ctx, uin)
		if err != nil {
			return err
		}
		infos = append(infos, AccountInfo{
			Uin: a.Uin, Name: a.Name, NickName: a.Nick, Official: a.Official, Admin: a.Admin,
			HasPassword: a.Password != "", Created: time.Unix(a.Created, 0),
		})
		return nil
	})
	return infos, err
}

// SetPassword gives an account a new password and ends all its logins, so that
// who knew the old one is out. The error wraps [ErrNoAccount] if there is none.
func (s *Server) SetPassword(ctx context.Context, name, password string) error {
	if len(password) < minPassword || len(password) > maxPassword {
		return invalid("password: want %d to %d bytes", minPassword, maxPassword)
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	for {
		uin, err := s.FindAccount(ctx, name)
		if err != nil {
			return err
		}
		a, rev, err := load[accountDoc](ctx, s.engine, accountKey(uin))
		if err != nil {
			return err
		}
		a.Password = hash
		_, err = s.engine.Commit(ctx, &Batch{Docs: []Write{write(accountKey(uin), rev, a)}})
		if errors.Is(err, ErrConflict) {
			continue
		}
		if err != nil {
			return err
		}
		return s.endLogins(ctx, uin)
	}
}

// endLogins ends all logins of an account.
func (s *Server) endLogins(ctx context.Context, uin int64) error {
	return list(ctx, s.engine, loginsPrefix(uin), func(key string, _ struct{}) error {
		return s.endLogin(ctx, lastPart(key), webwx.RetKicked)
	})
}

// RemoveAccount ends all logins of an account and takes it out of contacts and
// rooms, which are told; a room of its own goes to another member. What it wrote
// stays where it was received. Its name is free again, its number is not. The
// error wraps [ErrNoAccount] if there is none.
func (s *Server) RemoveAccount(ctx context.Context, name string) error {
	for {
		uin, err := s.FindAccount(ctx, name)
		if err != nil {
			return err
		}
		if err := s.endLogins(ctx, uin); err != nil {
			return err
		}
		b, err := s.removal(ctx, strings.ToLower(name), uin)
		if err != nil {
			return err
		}
		if _, err := s.engine.Commit(ctx, b); !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// removal returns the changes that remove an account.
func (s *Server) removal(ctx context.Context, name string, uin int64) (*Batch, error) {
	docs, err := s.engine.Get(ctx, nameKey(name), accountKey(uin))
	if err != nil {
		return nil, err
	}
	b := &Batch{Docs: []Write{
		{Key: nameKey(name), If: docs[0].Revision},
		// What is left keeps the number, and with it the box, from a stranger.
		write(accountKey(uin), docs[1].Revision, accountDoc{Uin: uin}),
	}}
	var friends []Box
	err = list(ctx, s.engine, requestsPrefix(uin), func(key string, _ requestDoc) error {
		b.Docs = append(b.Docs, Write{Key: key, If: AnyRevision})
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = list(ctx, s.engine, friendsPrefix(uin), func(key string, _ friendDoc) error {
		friend := lastNumber(key)
		friends = append(friends, Box(friend))
		b.Docs = append(b.Docs, Write{Key: key, If: AnyRevision}, Write{Key: friendKey(friend, uin), If: AnyRevision})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(friends) > 0 {
		if err := s.announce(b, accountPeer(uin), friends...); err != nil {
			return nil, err
		}
	}
	return b, list(ctx, s.engine, roomsPrefix(uin), func(key string, _ inRoomDoc) error {
		return s.leaveRoom(ctx, b, uin, lastNumber(key))
	})
}
