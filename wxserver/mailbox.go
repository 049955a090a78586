package wxserver

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/webwx/webwx"
)

// A record is what is listed in boxes: a message, or the sign that a contact has
// changed. It holds peers only; every login that reads it gives them its names.
type record struct {
	Kind    recordKind       `json:"k"`
	From    peer             `json:"f,omitempty"`
	To      peer             `json:"t,omitempty"`
	Type    webwx.MsgType    `json:"y,omitempty"`
	Content string           `json:"c,omitempty"` // of a text: as it was written
	Entry   *webwx.Message   `json:"e,omitempty"` // of any other message: as Build made it, with peers for names
	Line    *line            `json:"n,omitempty"` // of a system line: what happened, to be told to each in its words
	Media   *media           `json:"m,omitempty"` // the stored file of a message that has one
	Ticket  int64            `json:"q,omitempty"` // of a friend request: what its ticket stands for
	Local   string           `json:"l,omitempty"` // the sender's ClientMsgId
	Code    webwx.StatusCode `json:"s,omitempty"`
	Peers   []peer           `json:"p,omitempty"` // the chats of a status notice
	For     string           `json:"o,omitempty"` // the only login that may see it
}

type recordKind string

const (
	recordMessage recordKind = "message"
	recordStatus  recordKind = "status"  // a notice between the devices of an account
	recordContact recordKind = "contact" // the contact or room To is new or has changed
	recordGone    recordKind = "gone"    // To is no contact any more
)

// item is an entry of a box with its record.
type item struct {
	Entry
	record
}

// post lists rec in boxes.
func (s *Server) post(ctx context.Context, by string, id int64, rec record, boxes ...Box) error {
	_, err := s.engine.Commit(ctx, &Batch{Posts: []Post{newPost(by, id, rec, boxes)}})
	return err
}

// add adds to b that rec is listed in boxes, for all logins.
func (s *Server) add(b *Batch, rec record, boxes ...Box) error {
	id, err := s.ids.message(time.Now())
	if err != nil {
		return err
	}
	b.Posts = append(b.Posts, newPost("", id, rec, boxes))
	return nil
}

func newPost(by string, id int64, rec record, boxes []Box) Post {
	body, err := json.Marshal(rec)
	if err != nil {
		panic(err) // our own type
	}
	return Post{ID: id, By: by, Time: time.Now(), Body: body, Boxes: boxes}
}

// send stores a message in the boxes of everyone who should see it and returns
// its id. The same send again gives the first id and stores nothing: sender,
// client's id, receiver, type and content are all equal (endpoints.md §12).
func (s *Server) send(ctx context.Context, c *call, rec record, boxes []Box) (int64, error) {
	rec.Kind, rec.From = recordMessage, accountPeer(c.uin)
	for {
		id, err := s.ids.message(time.Now())
		if err != nil {
			return 0, err
		}
		b := &Batch{Once: rec.once(), Posts: []Post{newPost(c.id, id, rec, boxes)}}
		if rec.Media != nil {
			b.Docs = append(b.Docs, mediaWrite(id, &rec, boxes))
		}
		receipt, err := s.engine.Commit(ctx, b)
		if !errors.Is(err, ErrConflict) { // else another node took the id
			return receipt.ID, err
		}
	}
}

// once is the same for two sends only if they are the same send; empty if the
// client gave no id. It begins with that id, which is mostly a time: engines find
// keys that were made together in one place.
func (r *record) once() string {
	if r.Local == "" {
		return ""
	}
	h := sha256.New()
	parts := []string{string(r.From), r.Local, string(r.To), fmt.Sprint(int(r.Type)), r.Content}
	if r.Entry != nil {
		entry, err := json.Marshal([]any{r.Entry, r.Media})
		if err != nil {
			panic(err) // our own types
		}
		parts = append(parts, string(entry))
	}
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return r.Local + "\x00" + string(h.Sum(nil))
}

// page is what a login has to learn next: rest says that more waits, at is the
// position reached.
type page struct {
	items []item
	at    Position
	rest  bool
}

// maxScan bounds how many entries one look goes through.
const maxScan = 10_000

// look returns the entries after a position that are for the login: not those it
// caused itself, nor those for another login.
func (s *Server) look(ctx context.Context, sess *session, after Position, limit int) (page, error) {
	p := page{at: sess.from(after)}
	from := p.at
	for range maxScan / readSize {
		read, err := s.engine.Read(ctx, Box(sess.uin), p.at, readSize)
		if err != nil {
			return p, err
		}
		for i, e := range read.Entries {
			it := item{Entry: e}
			if e.By != sess.id {
				if err := json.Unmarshal(e.Body, &it.record); err != nil {
					return p, fmt.Errorf("post %d: %w", e.ID, err)
				}
				if it.For == "" || it.For == sess.id {
					p.items = append(p.items, it)
				}
			}
			p.at = e.Position
			if len(p.items) == limit {
				p.rest = i+1 < len(read.Entries) || p.at < read.Head
				return p, nil
			}
		}
		if len(p.items) == 0 {
			sess.skip(from, p.at)
		}
		if p.at >= read.Head || len(read.Entries) == 0 {
			return p, nil
		}
	}
	p.rest = true
	return p, nil
}

// readSize is how many entries are read at a time.
const readSize = 200

// recentChats returns with whom the account was last in touch, newest first, and
// then its rooms and friends, up to maxChats.
func (s *Server) recentChats(ctx context.Context, uin int64) ([]peer, error) {
	var chats []peer
	self := accountPeer(uin)
	head, err := s.engine.Read(ctx, Box(uin), 0, 0)
	if err != nil {
		return nil, err
	}
	tail, err := s.engine.Read(ctx, Box(uin), max(head.Head-readSize, 0), readSize)
	if err != nil {
		return nil, err
	}
	for _, e := range slices.Backward(tail.Entries) {
		var rec record
		if err := json.Unmarshal(e.Body, &rec); err != nil {
			return nil, fmt.Errorf("post %d: %w", e.ID, err)
		}
		if rec.Kind == recordMessage {
			chats = append(chats, rec.chat(self))
		}
	}
	chats = append(chats, peer(webwx.FileHelper))
	contacts, err := s.peersOf(ctx, uin, maxChats)
	if err != nil {
		return nil, err
	}
	return s.present(ctx, uin, firstOf(append(chats, contacts...), maxChats))
}

// present leaves out the friends and rooms that are none any more: clients ask for
// everybody in a list of chats (messages.md §6).
func (s *Server) present(ctx context.Context, uin int64, peers []peer) ([]peer, error) {
	keys := make([]string, len(peers))
	for i, p := range peers {
		if id, ok := p.room(); ok {
			keys[i] = inRoomKey(uin, id)
		} else if other, ok := p.account(); ok {
			keys[i] = friendKey(uin, other)
		} else {
			keys[i] = accountKey(uin) // of special accounts: always there
		}
	}
	docs, err := s.engine.Get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	var out []peer
	for i, p := range peers {
		if docs[i].Revision != 0 || p == accountPeer(uin) {
			out = append(out, p)
		}
	}
	return out, nil
}

// maxChats is how many recent chats are told: enough that clients which know no
// other list see everyone of a team (endpoints.md §6).
const maxChats = 200

// firstOf returns the first n different peers.
func firstOf(peers []peer, n int) []peer {
	seen := make(map[peer]bool, len(peers))
	var out []peer
	for _, p := range peers {
		if !seen[p] && len(out) < n {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// chat is the conversation that r belongs to, seen from self.
func (r *record) chat(self peer) peer {
	if _, ok := r.To.room(); ok || r.From == self {
		return r.To
	}
	return r.From
}
