package wxserver

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/webwx/webwx"
)

// What the server stores as documents, and under which keys. A document that
// finds another one is written in the same batch as that one.

// accountDoc is an account: account/<uin>.
type accountDoc struct {
	Uin       int64  `json:"uin"`
	Name      string `json:"name"` // login name, lower case
	Nick      string `json:"nick"`
	Password  string `json:"password,omitempty"` // argon2id in PHC form; empty: cannot sign in
	Sex       int    `json:"sex,omitempty"`
	Signature string `json:"signature,omitempty"`
	Province  string `json:"province,omitempty"`
	City      string `json:"city,omitempty"`
	Official  bool   `json:"official,omitempty"`
	Admin     bool   `json:"admin,omitempty"`
	Created   int64  `json:"created"`
}

// friendDoc says that one account has another in its contacts: friend/<uin>/<uin>.
type friendDoc struct {
	Remark string            `json:"remark,omitempty"`
	Flag   webwx.ContactFlag `json:"flag,omitempty"`
	Since  int64             `json:"since"`
}

// requestDoc says that one account asks another to be friends: request/<asked>/<asking>.
// It ceases to exist after requestLife.
type requestDoc struct {
	Content string `json:"content,omitempty"` // the greeting
	Ticket  int64  `json:"ticket"`            // what the tickets of its messages stand for
}

// That an account was told another one's name by a search is a document without
// content: met/<uin>/<uin>. That a message was taken back is one too: recalled/<id>.

// roomDoc is a room: room/<id>. Every change of who is in it writes it again, so
// that its revision tells whether one came between.
type roomDoc struct {
	ID      int64  `json:"id"`
	Topic   string `json:"topic"`
	Owner   int64  `json:"owner"`
	Created int64  `json:"created"`
}

// memberDoc says that an account is in a room: member/<room>/<uin>.
type memberDoc struct {
	Display string `json:"display,omitempty"`
	Since   int64  `json:"since"` // unix milliseconds
}

// inRoomDoc is the same for the member's own list: rooms/<uin>/<room>.
type inRoomDoc struct {
	Saved  bool              `json:"saved,omitempty"` // kept in the contact list
	Remark string            `json:"remark,omitempty"`
	Flag   webwx.ContactFlag `json:"flag,omitempty"`
}

// loginDoc is one login of an account: login/<id>. logins/<uin>/<id> lists the
// logins of an account, web/<uin> names the one web login that may live, and
// sid/<index> finds a login by its sid.
type loginDoc struct {
	ID      string    `json:"id"`
	Uin     int64     `json:"uin"`
	Phone   bool      `json:"phone,omitempty"`
	Device  string    `json:"device,omitempty"` // what its client calls itself
	Created int64     `json:"created"`
	Seen    int64     `json:"seen"`             // unix seconds, to the hour
	Start   Position  `json:"start"`            // where it began to read its box
	Listed  bool      `json:"listed,omitempty"` // got its list of recent chats since webwxinit
	Ended   int64     `json:"ended,omitempty"`
	Why     webwx.Ret `json:"why,omitempty"` // RetLoggedOut or RetKicked, once it has ended
}

// ackDoc is how far a login has acknowledged its box: ack/<id>.
type ackDoc struct {
	Position Position `json:"position"`
	Time     int64    `json:"time"`
}

// An invitation is a document without content: invite/<index>.

// codeDoc is a QR code: code/<index of its uuid>. push/<uin>/<index> lists the push logins that an
// account is asked to confirm.
type codeDoc struct {
	UUID    string `json:"-"`      // not stored: who reads it in time could take the ticket
	Sealed  string `json:"sealed"` // the uuid, for the phone's list of what is pending
	index   string // what stands for the uuid in keys
	Box     Box    `json:"box"` // woken when the code changes
	Created int64  `json:"created"`
	Device  string `json:"device,omitempty"`  // the program that asked for it
	Address string `json:"address,omitempty"` // where from
	// Uin is the account that scanned it, or for a push login the account that is
	// asked.
	Uin       int64  `json:"uin,omitempty"`
	Push      bool   `json:"push,omitempty"`
	Scanned   int64  `json:"scanned,omitempty"`   // unix seconds
	Told      bool   `json:"told,omitempty"`      // 201 was answered
	Refused   bool   `json:"refused,omitempty"`   // cancelled, 202 not yet answered
	Confirmed int64  `json:"confirmed,omitempty"` // unix seconds
	Nonce     string `json:"nonce,omitempty"`     // makes the ticket
	Login     string `json:"login,omitempty"`     // the login that its ticket gave
}

func accountKey(uin int64) string            { return "account/" + strconv.FormatInt(uin, 10) }
func nameKey(name string) string             { return "name/" + strings.ToLower(name) }
func friendKey(of, uin int64) string         { return fmt.Sprintf("friend/%d/%d", of, uin) }
func requestKey(asked, asking int64) string  { return fmt.Sprintf("request/%d/%d", asked, asking) }
func requestsPrefix(asked int64) string      { return fmt.Sprintf("request/%d/", asked) }
func metKey(uin, other int64) string         { return fmt.Sprintf("met/%d/%d", uin, other) }
func recalledKey(id int64) string            { return "recalled/" + strconv.FormatInt(id, 10) }
func roomKey(id int64) string                { return "room/" + strconv.FormatInt(id, 10) }
func friendsPrefix(of int64) string          { return fmt.Sprintf("friend/%d/", of) }
func membersPrefix(room int64) string        { return fmt.Sprintf("member/%d/", room) }
func roomsPrefix(uin int64) string           { return fmt.Sprintf("rooms/%d/", uin) }
func loginsPrefix(uin int64) string          { return fmt.Sprintf("logins/%d/", uin) }
func memberKey(room, uin int64) string       { return fmt.Sprintf("member/%d/%d", room, uin) }
func inRoomKey(uin, room int64) string       { return fmt.Sprintf("rooms/%d/%d", uin, room) }
func loginKey(id string) string              { return "login/" + id }
func loginOfKey(uin int64, id string) string { return fmt.Sprintf("logins/%d/%s", uin, id) }
func webKey(uin int64) string                { return "web/" + strconv.FormatInt(uin, 10) }
func sidKey(index string) string             { return "sid/" + index }
func ackKey(id string) string                { return "ack/" + id }
func codeKey(index string) string            { return "code/" + index }
func inviteKey(index string) string          { return "invite/" + index }
func pushPrefix(uin int64) string            { return fmt.Sprintf("push/%d/", uin) }
func pushKey(uin int64, index string) string { return fmt.Sprintf("push/%d/%s", uin, index) }

// lastPart returns the part of a key after its last slash.
func lastPart(key string) string { return key[strings.LastIndexByte(key, '/')+1:] }

// lastNumber is lastPart for a number; 0 if it is none.
func lastNumber(key string) int64 {
	n, _ := strconv.ParseInt(lastPart(key), 10, 64)
	return n
}

// write returns the change that stores v under key if it has revision rev.
func write(key string, rev int64, v any) Write {
	value, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own types
	}
	return Write{Key: key, If: rev, Value: value}
}

// expiring is write with an end.
func expiring(key string, rev int64, v any, end time.Time) Write {
	w := write(key, rev, v)
	w.Expires = end
	return w
}

// read decodes a document; one that does not exist leaves v as it is.
func read(d Doc, v any) error {
	if d.Value == nil {
		return nil
	}
	if err := json.Unmarshal(d.Value, v); err != nil {
		kind, _, _ := strings.Cut(d.Key, "/") // the rest may be a uuid
		return fmt.Errorf("document below %s/: %w", kind, err)
	}
	return nil
}

// load gets one document and its revision, 0 if it does not exist.
func load[T any](ctx context.Context, e Engine, key string) (v T, rev int64, err error) {
	docs, err := e.Get(ctx, key)
	if err != nil {
		return v, 0, err
	}
	return v, docs[0].Revision, read(docs[0], &v)
}

// listPage is how many documents are listed at a time.
const listPage = 500

// list calls f for each document below prefix, in the order of the keys.
func list[T any](ctx context.Context, e Engine, prefix string, f func(key string, v T) error) error {
	after := ""
	for {
		docs, err := e.List(ctx, prefix, after, listPage)
		if err != nil {
			return err
		}
		for _, d := range docs {
			var v T
			if err := read(d, &v); err != nil {
				return err
			}
			if err := f(d.Key, v); err != nil {
				return err
			}
			after = d.Key
		}
		if len(docs) < listPage {
			return nil
		}
	}
}
