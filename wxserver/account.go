package wxserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Account describes an account to be made.
type Account struct {
	// Name is what its person signs in with: 1 to 32 of a-z, 0-9, ".", "_" and "-".
	// Capital letters are taken as small ones.
	Name string
	// NickName is what others see. Default: Name.
	NickName string
	// Password lets the phone sign in; without one nobody can.
	Password  string
	Sex       int // 0 unknown, 1 male, 2 female
	Signature string
	Province  string
	City      string
	Official  bool // an official account (公众号)
	Admin     bool
}

// The errors of account and room calls that callers tell apart.
var (
	// ErrTaken: the login name belongs to another account.
	ErrTaken = errors.New("name is taken")
	// ErrNoAccount: there is no account of that name.
	ErrNoAccount = errors.New("no such account")
)

const (
	maxName     = 32
	maxNick     = 128 // bytes of nicknames, topics and remarks
	minPassword = 6
	maxPassword = 256
)

// InvalidError says what is wrong with a name, a text or a password.
type InvalidError struct{ Msg string }

// Error returns Msg.
func (e *InvalidError) Error() string { return e.Msg }

func invalid(format string, args ...any) error {
	return &InvalidError{fmt.Sprintf(format, args...)}
}

// checkName returns the form in which a login name is stored.
func checkName(name string) (string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" || len(name) > maxName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" || name[0] == '-' || name[0] == '.' {
		return "", invalid("name %.40q: want 1 to %d of a-z, 0-9, dot, underscore and hyphen, not a dot or hyphen first", name, maxName)
	}
	return name, nil
}

// checkLine makes sure that a text for people fits one line.
func checkLine(what, text string) error {
	if len(text) > maxNick {
		return invalid("%s over %d bytes", what, maxNick)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return invalid("%s has characters that do not fit a line", what)
	}
	return nil
}

// check returns the login name as it is stored, or what is wrong with a.
func (a *Account) check() (name string, err error) {
	if name, err = checkName(a.Name); err != nil {
		return "", err
	}
	for what, text := range map[string]string{"nickname": a.NickName, "signature": a.Signature, "province": a.Province, "city": a.City} {
		if err := checkLine(what, text); err != nil {
			return "", err
		}
	}
	if a.Sex < 0 || a.Sex > 2 {
		return "", invalid("sex %d: want 0, 1 or 2", a.Sex)
	}
	if a.Password != "" && (len(a.Password) < minPassword || len(a.Password) > maxPassword) {
		return "", invalid("password: want %d to %d bytes", minPassword, maxPassword)
	}
	return name, nil
}

// AddAccount makes an account and returns its number. The error wraps [ErrTaken]
// if the name is in use.
func (s *Server) AddAccount(ctx context.Context, a Account) (uin int64, err error) {
	return s.addAccount(ctx, a)
}

// addAccount makes an account and more in one batch. It does not try again when
// more is what stands in the way.
func (s *Server) addAccount(ctx context.Context, a Account, more ...Write) (uin int64, err error) {
	name, err := a.check()
	if err != nil {
		return 0, err
	}
	doc := accountDoc{
		Name: name, Nick: a.NickName, Sex: a.Sex, Signature: a.Signature, Province: a.Province, City: a.City,
		Official: a.Official, Admin: a.Admin, Created: time.Now().Unix(),
	}
	if doc.Nick == "" {
		doc.Nick = doc.Name
	}
	if a.Password != "" {
		if doc.Password, err = s.hashPassword(ctx, a.Password); err != nil {
			return 0, err
		}
	}
	for {
		_, rev, err := load[int64](ctx, s.engine, nameKey(doc.Name))
		if err != nil {
			return 0, err
		}
		if rev != 0 {
			return 0, fmt.Errorf("account %s: %w", doc.Name, ErrTaken)
		}
		// At random, so that a number tells nothing about how many there are.
		if doc.Uin, err = s.ids.number(100_000_000, 1<<31); err != nil {
			return 0, err
		}
		_, err = s.engine.Commit(ctx, &Batch{Docs: append([]Write{
			write(nameKey(doc.Name), 0, doc.Uin), write(accountKey(doc.Uin), 0, doc),
		}, more...)})
		if !errors.Is(err, ErrConflict) || len(more) > 0 {
			return doc.Uin, err
		}
	}
}

// FindAccount returns the number of the account with a login name. The error
// wraps [ErrNoAccount] if there is none.
func (s *Server) FindAccount(ctx context.Context, name string) (uin int64, err error) {
	stored, err := checkName(name)
	if err != nil || stored != strings.ToLower(name) { // nobody can have it
		return 0, fmt.Errorf("account %.40q: %w", name, ErrNoAccount)
	}
	uin, rev, err := load[int64](ctx, s.engine, nameKey(stored))
	if err == nil && rev == 0 {
		err = fmt.Errorf("account %s: %w", stored, ErrNoAccount)
	}
	return uin, err
}

// Befriend puts two accounts into each other's contacts and tells both. It does
// nothing if they are friends already.
func (s *Server) Befriend(ctx context.Context, name, other string) error {
	a, err := s.FindAccount(ctx, name)
	if err != nil {
		return err
	}
	b, err := s.FindAccount(ctx, other)
	if err != nil {
		return err
	}
	if a == b {
		return invalid("%s cannot be a friend of itself", name)
	}
	for {
		docs, err := s.engine.Get(ctx, friendKey(a, b), friendKey(b, a))
		if err != nil {
			return err
		}
		if docs[0].Revision != 0 && docs[1].Revision != 0 {
			return nil
		}
		batch := &Batch{}
		now := friendDoc{Since: time.Now().Unix()}
		for _, d := range docs {
			if d.Revision == 0 {
				batch.Docs = append(batch.Docs, write(d.Key, 0, now))
			}
		}
		if err := s.announce(batch, accountPeer(a), Box(b)); err != nil {
			return err
		}
		if err := s.announce(batch, accountPeer(b), Box(a)); err != nil {
			return err
		}
		if _, err := s.engine.Commit(ctx, batch); !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// announce adds to b that p has changed, for the accounts of boxes.
func (s *Server) announce(b *Batch, p peer, boxes ...Box) error {
	return s.add(b, record{Kind: recordContact, To: p}, boxes...)
}

// maxRoom is how many members a room can have.
const maxRoom = 500

// AddRoom makes a room (群聊) of the named accounts, the first of which owns it,
// saved to the contacts of all, and tells them. It returns the room's number.
func (s *Server) AddRoom(ctx context.Context, topic string, names ...string) (id int64, err error) {
	if err := checkLine("topic", topic); err != nil {
		return 0, err
	}
	if len(names) == 0 || len(names) > maxRoom {
		return 0, invalid("room %.40q has %d members, want 1 to %d", topic, len(names), maxRoom)
	}
	var uins []int64
	for _, name := range names {
		uin, err := s.FindAccount(ctx, name)
		if err != nil {
			return 0, err
		}
		if !slices.Contains(uins, uin) {
			uins = append(uins, uin)
		}
	}
	return s.newRoom(ctx, topic, uins[0], uins[1:], false)
}
