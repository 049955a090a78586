package wxserver_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxserver"
)

func TestTenSteps(t *testing.T) {
	for form, name := range map[wxclient.Form]string{wxclient.Default: "default form", wxclient.Seed: "seed form"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, wxserver.Options{}, people)
				alice := h.login("alice", wxclient.Options{Form: form})
				bob := h.login("bob", wxclient.Options{Form: form})
				contacts, err := alice.Contacts(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if got, want := len(contacts), 5; got != want { // filehelper, weixin, the room, bob, carol
					t.Errorf("contacts = %d, want %d", got, want)
				}
				h.send(alice, "Bob & Co", "你好 <b>\n\u2028\"\\")
				if got, want := h.texts(bob, 1), []string{"你好 <b>\n\u2028\"\\"}; !slices.Equal(got, want) {
					t.Errorf("bob read %q, want %q", got, want)
				}
				h.send(bob, "周末爬山", "hello all")
				m := h.messages(alice, 1)[0]
				if got, want := m.Text(), "hello all"; got != want {
					t.Errorf("alice read %q in the room, want %q", got, want)
				}
				if got, want := m.Sender(alice.Self().UserName), h.name(alice, "Bob & Co"); got != want {
					t.Errorf("sender = %s, want %s", got, want)
				}
				if err := alice.Logout(t.Context()); err != nil {
					t.Error(err)
				}
				for _, err := range alice.Events(t.Context()) {
					if !errors.Is(err, webwx.ErrLoggedOut) {
						t.Errorf("events after logout: %v", err)
					}
				}
			})
		})
	}
}

func TestMessageWakesPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, people)
		alice, bob := h.login("alice", wxclient.Options{}), h.login("bob", wxclient.Options{})
		h.name(alice, "Bob & Co")
		start := time.Now()
		done := make(chan webwx.Sent, 1)
		go func() {
			time.Sleep(70 * time.Second) // two idle polls come and go first
			done <- h.send(alice, "Bob & Co", "hello")
		}()
		m := h.messages(bob, 1)[0]
		if got, want := time.Since(start), 70*time.Second; got != want {
			t.Errorf("arrived after %v, want %v", got, want)
		}
		if got, want := m.MsgID, (<-done).MsgID; got != want {
			t.Errorf("MsgId = %s, sender was told %s", got, want)
		}
	})
}

func TestOwnSendsWakeNoPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, people)
		alice := h.login("alice", wxclient.Options{})
		if _, err := alice.Sync(t.Context()); err != nil { // the list of chats
			t.Fatal(err)
		}
		start := time.Now()
		selector := make(chan webwx.Selector)
		go func() {
			s, err := alice.SyncCheck(t.Context())
			if err != nil {
				t.Error(err)
			}
			selector <- s
		}()
		for i := range 100 {
			h.send(alice, "Bob & Co", fmt.Sprint(i))
		}
		if got := <-selector; got != webwx.SelectorNothing {
			t.Errorf("selector = %d after own sends, want 0", got)
		}
		if got, want := time.Since(start), 25*time.Second; got != want {
			t.Errorf("poll answered after %v, want %v", got, want)
		}
	})
}

func TestWhereALoginStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, people)
		alice := h.login("alice", wxclient.Options{})
		h.send(alice, "Bob & Co", "before the first login ever")
		bob := h.login("bob", wxclient.Options{})
		h.send(alice, "Bob & Co", "one")
		h.send(alice, "Bob & Co", "two")
		if got, want := h.texts(bob, 2), []string{"one", "two"}; !slices.Equal(got, want) {
			t.Fatalf("bob read %q, want %q", got, want)
		}
		h.quiet(bob) // comes back with the newest key
		if err := bob.Logout(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.send(alice, "Bob & Co", "three, while bob was away")
		again := h.login("bob", wxclient.Options{})
		if got, want := h.texts(again, 1), []string{"three, while bob was away"}; !slices.Equal(got, want) {
			t.Errorf("bob's next login read %q, want %q", got, want)
		}
	})
}

func TestHowALoginEnds(t *testing.T) {
	end := map[string]struct {
		do   func(h *house, bob *wxclient.Client) error
		want webwx.Ret
	}{
		"another web login kicks it": {func(h *house, _ *wxclient.Client) error {
			h.login("bob", wxclient.Options{})
			return nil
		}, webwx.RetKicked},
		"the phone ends it": {func(h *house, _ *wxclient.Client) error {
			return h.phone("bob").End(h.t.Context(), "")
		}, webwx.RetLoggedOut},
	}
	for name, c := range end {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, wxserver.Options{}, people)
				bob := h.login("bob", wxclient.Options{})
				fatal := make(chan error, 1)
				go func() {
					for _, err := range bob.Events(t.Context()) {
						if err != nil {
							fatal <- err
						}
					}
				}()
				time.Sleep(10 * time.Second)
				if err := c.do(h, bob); err != nil {
					t.Fatal(err)
				}
				err := <-fatal
				werr, ok := errors.AsType[*webwx.Error](err)
				if !ok || werr.Ret != c.want {
					t.Errorf("events ended with %v, want ret %d", err, c.want)
				}
			})
		})
	}
}
