package wxtest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxtest"
)

// echo is a bot as its author would write it: it knows nothing of tests.
func echo(ctx context.Context, c *wxclient.Client) error {
	for ev, err := range c.Events(ctx) {
		if err != nil {
			return err
		}
		if ev.Kind != webwx.EventMessage || ev.Message.Mine(c.Self().UserName) {
			continue
		}
		reply := strings.ToUpper(ev.Message.Text())
		if _, err := c.SendText(ctx, ev.Message.Chat(c.Self().UserName), reply); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// TestBot is the example of the package's comment: a whole bot, login included,
// tested in a bubble.
func TestBot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := wxtest.New(t, "bot", "alice", "bob")
		s.Room("crew", "alice", "bob", "bot")
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		bot := s.Login("bot")
		go func() { done <- echo(ctx, bot) }()

		alice, bob := s.Person("alice"), s.Person("bob")
		alice.Say("bot", "hello")
		alice.Expect("bot", "HELLO")
		time.Sleep(3 * time.Hour) // costs nothing
		bob.Say("crew", "anybody?")
		alice.Expect("crew", "anybody?")
		alice.Expect("crew", "ANYBODY?")
		alice.Silence(time.Minute)

		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("bot ended with %v", err)
		}
	})
}

func TestRealTime(t *testing.T) {
	s := wxtest.New(t, "bot", "alice")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	bot := s.Login("bot")
	go func() { done <- echo(ctx, bot) }()
	alice := s.Person("alice")
	alice.Say("bot", "hello")
	alice.Expect("bot", "HELLO")
	stop()
	<-done
}

func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := wxtest.New(t, "bot", "alice")
		bot := s.Login("bot")
		done := make(chan error, 1)
		go func() { done <- echo(t.Context(), bot) }()
		alice := s.Person("alice")
		alice.Say("bot", "one")
		alice.Expect("bot", "ONE")
		s.Restart()
		time.Sleep(time.Minute) // both find out and come back
		alice.Say("bot", "two")
		alice.Expect("bot", "TWO")
		s.EndLogin("bot")
		if err := <-done; !errors.Is(err, webwx.ErrLoggedOut) {
			t.Errorf("bot ended with %v, want ErrLoggedOut", err)
		}
	})
}

func TestWorldTalks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := wxtest.Start(t, wxtest.Options{World: `
[[account]]
name = "alice"
friends = ["parrot"]
[[account]]
name = "parrot"
echo = true
delay = "2s"
[[account.say]]
to = "alice"
text = "good morning"
after = "8h"
`})
		alice := s.Person("alice")
		start := time.Now()
		alice.Say("parrot", "pretty bird")
		alice.Expect("parrot", "pretty bird")
		if got, want := time.Since(start), 2*time.Second; got != want {
			t.Errorf("echo after %v, want %v", got, want)
		}
		time.Sleep(8 * time.Hour)
		alice.Expect("parrot", "good morning")
	})
}
