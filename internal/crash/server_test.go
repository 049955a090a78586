package crash_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/history"
	"github.com/webwx/webwx/wxclient"
)

const (
	clients = 8
	sends   = 1000 // at least, in all
)

// TestServerKilled kills the server again and again while eight clients send to
// each other and to their room. They go on with the logins they have; at the end
// every acknowledged message must have been shown to everyone it was for, once, in
// order.
func TestServerKilled(t *testing.T) {
	dice := newDice(t)
	s := serve(t, people(clients))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	h := new(history.History)
	var all []*member
	for i := range clients {
		all = append(all, newMember(t, s, h, i))
	}
	var listening, sending sync.WaitGroup
	for _, m := range all {
		listening.Go(func() { m.listen(ctx) })
	}
	killed := make(chan struct{})
	for i, m := range all {
		pick := rand.New(rand.NewPCG(dice.Uint64(), uint64(i)))
		sending.Go(func() { m.talk(ctx, pick, killed) })
	}
	for n := range *kills {
		pause(t, time.Duration(50+dice.IntN(1500))*time.Millisecond)
		s.kill()
		s.start()
		t.Logf("kill %d: %d sends acknowledged so far", n+1, h.Acknowledged())
	}
	close(killed)
	sending.Wait()
	for _, m := range all { // behind everything whose outcome is unknown
		m.say(ctx, room)
	}
	within(t, 2*time.Minute, "all acknowledged messages shown", func() bool { return len(h.Missing()) == 0 })
	stop()
	listening.Wait()
	for _, fault := range h.Check() {
		t.Error(fault)
	}
	t.Logf("%d sends acknowledged through %d kills", h.Acknowledged(), *kills)
	if h.Acknowledged() < sends {
		t.Errorf("only %d sends were acknowledged, want %d", h.Acknowledged(), sends)
	}
}

// newDice returns the test's randomness and prints its seed.
func newDice(t *testing.T) *rand.Rand {
	n := *seed
	if n == 0 {
		n = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d", n)
	return rand.New(rand.NewPCG(n, 1))
}

// pause lets real processes work for a random while: there is no event to wait
// for, a random moment is the point.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// A member is one client that talks and listens, and notes both.
type member struct {
	t    *testing.T
	h    *history.History
	name string
	c    *wxclient.Client
	to   map[string]webwx.UserName // by name or topic
	who  map[webwx.UserName]string
	n    int
}

func newMember(t *testing.T, s *server, h *history.History, i int) *member {
	t.Helper()
	m := &member{t: t, h: h, name: name(i), c: s.login(t.Context(), name(i)), to: make(map[string]webwx.UserName), who: make(map[webwx.UserName]string)}
	contacts, err := m.c.Contacts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range contacts {
		m.to[c.Name()], m.who[c.UserName] = c.UserName, c.Name()
	}
	if len(m.to) < clients+1 { // the others, the room, the special accounts
		t.Fatalf("%s has only %d contacts", m.name, len(m.to))
	}
	return m
}

// talk sends one message after the other until the kills are over and its part of
// the sends is done.
func (m *member) talk(ctx context.Context, pick *rand.Rand, killed <-chan struct{}) {
	for done := false; !done || m.n < sends/clients; {
		to := room
		for i := pick.IntN(2 * clients); i < clients && to == room; i = pick.IntN(2 * clients) {
			if name(i) != m.name {
				to = name(i)
			}
		}
		m.say(ctx, to)
		select {
		case <-killed:
			done = true
		case <-ctx.Done():
			return
		default:
		}
	}
}

// say sends one message and notes what became of it.
func (m *member) say(ctx context.Context, to string) {
	m.n++
	s := history.Send{From: m.name, Chat: to, To: []string{to}, Text: fmt.Sprintf("%s-%d to %s", m.name, m.n, to)}
	if to == room {
		s.To = nil
		for i := range clients {
			if name(i) != m.name {
				s.To = append(s.To, name(i))
			}
		}
	}
	sent, err := m.c.SendText(ctx, m.to[to], s.Text)
	_, refused := errors.AsType[*webwx.Error](err)
	switch {
	case err == nil:
		s.Outcome, s.ID = history.Acknowledged, sent.MsgID
	case refused:
		s.Outcome = history.Refused
		m.t.Errorf("%s: %v", s.Text, err)
	default:
		s.Outcome = history.Unknown
	}
	m.h.Sent(s)
}

// listen notes what is shown, and goes on after every failure but the end.
func (m *member) listen(ctx context.Context) {
	self := m.c.Self().UserName
	for ctx.Err() == nil {
		for ev, err := range m.c.Events(ctx) {
			if err != nil {
				if errors.Is(err, webwx.ErrLoggedOut) {
					m.t.Errorf("%s: %v", m.name, err)
					return
				}
				break
			}
			if ev.Kind != webwx.EventMessage {
				continue
			}
			m.h.Received(history.Receipt{
				By: m.name, From: m.who[ev.Message.Sender(self)], Chat: m.who[ev.Message.Chat(self)],
				Text: strings.TrimSpace(ev.Message.Text()), ID: ev.Message.MsgID,
			})
		}
	}
}
