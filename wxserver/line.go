package wxserver

import (
	"cmp"
	"context"
	"strconv"

	"github.com/webwx/webwx"
)

// A line is a system line (MsgType 10000), or a recall (10002), before it is told
// to anybody: the same event reads differently for who did it, whom it befell, and
// the others (messages.md §5.8, §5.9). It holds the names that people had when it
// happened.
type line struct {
	Event  lineEvent  `json:"event"`
	Who    personIn   `json:"who,omitzero"`
	Whom   []personIn `json:"whom,omitempty"`
	Others []string   `json:"others,omitempty"` // who was in the room before
	Topic  string     `json:"topic,omitempty"`
	Text   string     `json:"text,omitempty"` // of an event that reads the same for all
	ID     int64      `json:"id,omitempty"`   // of the message that was taken back
}

// personIn is somebody in a line.
type personIn struct {
	Peer peer   `json:"peer"`
	Name string `json:"name"`
}

type lineEvent string

const (
	lineText     lineEvent = "text"
	lineInvited  lineEvent = "invited"  // Who brought Whom into the room
	lineRemoved  lineEvent = "removed"  // Who put Whom out of it
	lineLeft     lineEvent = "left"     // Who left it
	lineRenamed  lineEvent = "renamed"  // Who called it Topic
	lineRecalled lineEvent = "recalled" // Who took the message ID back
)

// maxOthers bounds how many a newcomer is told are in the room already.
const maxOthers = 50

// as is the person's name as viewer reads it: empty for oneself.
func (p personIn) as(viewer peer) string {
	if p.Peer == viewer {
		return ""
	}
	return cmp.Or(p.Name, "…") // an empty one would be oneself
}

func allAs(viewer peer, people []personIn) []string {
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = p.as(viewer)
	}
	return names
}

// line is what the record's line says to viewer, with peers for names.
func (r *record) line(viewer peer) webwx.Content {
	l := r.Line
	who := l.Who.as(viewer)
	switch l.Event {
	case lineInvited:
		return &webwx.Members{Event: webwx.MembersInvited, Who: who, Whom: allAs(viewer, l.Whom), Others: l.Others}
	case lineRemoved:
		return &webwx.Members{Event: webwx.MembersRemoved, Who: who, Whom: allAs(viewer, l.Whom)}
	case lineLeft:
		return &webwx.Members{Event: webwx.MembersLeft, Whom: []string{who}}
	case lineRenamed:
		return &webwx.Rename{Who: who, Topic: l.Topic}
	case lineRecalled:
		return webwx.NewRecall(strconv.FormatInt(l.ID, 10), webwx.UserName(r.chat(viewer)), who)
	}
	return &webwx.System{Text: l.Text}
}

// persons returns accounts as lines name them.
func (s *Server) persons(ctx context.Context, uins ...int64) ([]personIn, error) {
	keys := make([]string, len(uins))
	for i, uin := range uins {
		keys[i] = accountKey(uin)
	}
	docs, err := s.engine.Get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	people := make([]personIn, len(uins))
	for i, d := range docs {
		var a accountDoc
		if err := read(d, &a); err != nil {
			return nil, err
		}
		people[i] = personIn{accountPeer(uins[i]), a.Nick}
	}
	return people, nil
}

// addLine adds a line of p, a room or a friend, to b.
func (s *Server) addLine(b *Batch, p, to peer, l line, boxes ...Box) error {
	return s.add(b, record{Kind: recordMessage, From: p, To: to, Type: webwx.MsgSys, Line: &l}, boxes...)
}
