package interop

import (
	"slices"
	"testing"
)

// The names as this program gives them: it takes what looks like a tag away.
const (
	wechatyAlice = "Alice "
	wechatyTopic = "周末  & tea"
)

// TestWechaty logs a Wechaty bot in, on the wechat4u puppet, and lets it talk.
func TestWechaty(t *testing.T) {
	t.Parallel()
	s := serve(t)
	alice, bob := s.person("alice"), s.person("bob")
	p := s.run("wechaty")
	alice.letIn(p)
	if got := p.await("login").Text; got != wechatyAlice {
		t.Errorf("logged in as %q, want %q", got, wechatyAlice)
	}
	p.await("ready")
	var friends []string
	p.call(&friends, "friends")
	for _, nick := range []string{"Bob", carolNick} {
		if !slices.Contains(friends, nick) {
			t.Errorf("%s is not among the friends %q", nick, friends)
		}
	}
	var members []string
	p.call(&members, "members", wechatyTopic)
	slices.Sort(members)
	if want := []string{wechatyAlice, "Bob", carolNick}; !slices.Equal(members, want) {
		t.Errorf("members %q, want %q", members, want)
	}
	for _, text := range texts {
		bob.say(aliceNick, text.plain)
		if got := p.text(text.shown); got.From != "Bob" || got.Room != "" {
			t.Errorf("%q came from %q in %q", text.plain, got.From, got.Room)
		}
		bob.say(topic, "room: "+text.plain)
		if got := p.text("room: " + text.shown); got.From != "Bob" || got.Room != wechatyTopic {
			t.Errorf("%q came from %q in %q", text.plain, got.From, got.Room)
		}
		p.call(nil, "say", "Bob", text.plain)
		if got := bob.hears(text.plain); got.FromUserName != bob.find(aliceNick).UserName {
			t.Errorf("bob got %q from %s", text.plain, got.FromUserName)
		}
		p.call(nil, "sayInRoom", wechatyTopic, "all: "+text.plain)
		if got := bob.hears("all: " + text.plain); got.FromUserName != bob.find(topic).UserName {
			t.Errorf("bob got %q from %s", text.plain, got.FromUserName)
		}
	}
	p.unharmed()
	if err := alice.phone.End(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	p.await("logout")
}

// text waits for a text that Wechaty shows.
func (p *program) text(text string) event {
	p.t.Helper()
	return p.said.await(p.t, "the text "+text, func(ev event) bool {
		return ev.Event == "text" && ev.Text == text && !ev.Self
	})
}
