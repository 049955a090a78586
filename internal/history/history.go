// Package history judges what the clients of a server saw while it was killed,
// cut off or overloaded: every operation of every client is recorded, and when all
// is over, Check says what should not have been.
//
// The rules are those that webwx promises: an acknowledged message is never lost,
// never stored or shown twice, never reordered within a chat, and nobody reads what
// is not his.
package history

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Outcome is what became of a send, as its sender knows it.
type Outcome string

// The outcomes.
const (
	Acknowledged Outcome = "acknowledged" // the server has answered with an id
	Refused      Outcome = "refused"      // the server has answered that it will not
	Unknown      Outcome = "unknown"      // no answer came: it may or may not have been done
)

// Send is one message on its way out.
type Send struct {
	From, Chat string   // the sender and the chat: a friend's or a room's name
	To         []string // everyone who should receive it
	Text       string   // no two sends of a history have the same
	Outcome    Outcome
	ID         string // the server's, if acknowledged
}

// Receipt is one message as a client was shown it.
type Receipt struct {
	By   string // who
	From string // the sender, as it was shown
	Chat string // the room, or the sender again
	Text string
	ID   string // the server's
}

// History is what happened. Its methods may be called at the same time; the order
// of calls for one client is the order in which things happened to it.
type History struct {
	mu       sync.Mutex
	sends    []Send
	receipts []Receipt
}

// Sent records a send whose outcome is known. A client that waits for each answer
// records its sends in the order it made them.
func (h *History) Sent(s Send) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sends = append(h.sends, s)
}

// Received records that a client was shown a message.
func (h *History) Received(r Receipt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.receipts = append(h.receipts, r)
}

// Acknowledged returns how many sends were acknowledged.
func (h *History) Acknowledged() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, s := range h.sends {
		if s.Outcome == Acknowledged {
			n++
		}
	}
	return n
}

// Missing returns for each client how many acknowledged messages it has not been
// shown yet. It is what a test waits for before it calls Check.
func (h *History) Missing() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	shown := make(map[string]bool)
	for _, r := range h.receipts {
		shown[r.By+"\x00"+r.Text] = true
	}
	missing := make(map[string]int)
	for _, s := range h.sends {
		for _, to := range s.To {
			if s.Outcome == Acknowledged && !shown[to+"\x00"+s.Text] {
				missing[to]++
			}
		}
	}
	return missing
}

// Check returns every violation of the rules, in no particular order.
func (h *History) Check() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := check{sends: make(map[string]*Send), shown: make(map[string][]Receipt)}
	for i := range h.sends {
		s := &h.sends[i]
		if c.sends[s.Text] != nil {
			c.say("the test is wrong: %q was sent twice on purpose", s.Text)
		}
		c.sends[s.Text] = s
	}
	for _, r := range h.receipts {
		c.shown[r.By] = append(c.shown[r.By], r)
	}
	c.receipts()
	c.losses(h.sends)
	c.order(h.sends)
	c.agreement()
	return c.found
}

type check struct {
	sends map[string]*Send
	shown map[string][]Receipt // by client, in order
	found []string
}

func (c *check) say(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

// receipts looks at each message shown: once, by the right sender, to the right
// person, under the id that the sender was told.
func (c *check) receipts() {
	ids := make(map[string]string) // text to id: one that has two was stored twice
	for by, shown := range c.shown {
		seen := make(map[string]bool)
		for _, r := range shown {
			s := c.sends[r.Text]
			switch {
			case s == nil:
				c.say("%s was shown %q, which nobody sent", by, r.Text)
				continue
			case !slices.Contains(s.To, by):
				c.say("%s was shown %q, which was for %s", by, r.Text, strings.Join(s.To, ", "))
			case s.From != r.From:
				c.say("%s was shown %q as of %s, it was of %s", by, r.Text, r.From, s.From)
			case s.Outcome == Refused:
				c.say("%s was shown %q, which was refused", by, r.Text)
			case s.Outcome == Acknowledged && s.ID != r.ID:
				c.say("%s was shown %q with id %s, its sender was told %s", by, r.Text, r.ID, s.ID)
			}
			if seen[r.Text] {
				c.say("%s was shown %q twice", by, r.Text)
			}
			seen[r.Text] = true
			if id, ok := ids[r.Text]; ok && id != r.ID {
				c.say("%q was stored twice, as %s and %s", r.Text, id, r.ID)
			}
			ids[r.Text] = r.ID
		}
	}
}

// losses looks for acknowledged messages that somebody was not shown.
func (c *check) losses(sends []Send) {
	shown := make(map[string]map[string]bool, len(c.shown)) // text by client
	for by, receipts := range c.shown {
		shown[by] = make(map[string]bool, len(receipts))
		for _, r := range receipts {
			shown[by][r.Text] = true
		}
	}
	for _, s := range sends {
		if s.Outcome != Acknowledged {
			continue
		}
		for _, to := range s.To {
			if !shown[to][s.Text] {
				c.say("%s was never shown %q, acknowledged as %s", to, s.Text, s.ID)
			}
		}
	}
}

// order looks at what each sender sent to one chat: it must be shown in the order
// it was sent.
func (c *check) order(sends []Send) {
	place := make(map[string]int)
	for i, s := range sends {
		place[s.Text] = i
	}
	for by, shown := range c.shown {
		last := make(map[string]Receipt)
		for _, r := range shown {
			s := c.sends[r.Text]
			if s == nil {
				continue
			}
			line := s.From + "\x00" + s.Chat
			if prev, ok := last[line]; ok && place[prev.Text] > place[r.Text] {
				c.say("%s was shown %q before %q, %s sent them the other way round", by, prev.Text, r.Text, s.From)
			}
			last[line] = r
		}
	}
}

// agreement looks at rooms: all members must be shown what they share in the same
// order.
func (c *check) agreement() {
	clients := make([]string, 0, len(c.shown))
	for by := range c.shown {
		clients = append(clients, by)
	}
	slices.Sort(clients)
	for i, a := range clients {
		for _, b := range clients[i+1:] {
			c.agree(a, b)
		}
	}
}

// agree compares the order of what two clients were shown in common chats.
func (c *check) agree(a, b string) {
	place := make(map[string]int)
	for i, r := range c.shown[a] {
		place[r.Text] = i
	}
	last := make(map[string]Receipt)
	for _, r := range c.shown[b] {
		i, common := place[r.Text]
		s := c.sends[r.Text]
		if !common || s == nil {
			continue
		}
		if prev, ok := last[s.Chat]; ok && place[prev.Text] > i {
			c.say("%s and %s were shown %q and %q in different orders", a, b, prev.Text, r.Text)
		}
		last[s.Chat] = r
	}
}
