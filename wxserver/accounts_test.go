package wxserver_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxphone"
	"github.com/webwx/webwx/wxserver"
)

func TestAccountsAreListedByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, people)
		accounts, err := h.server.Accounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, a := range accounts {
			names = append(names, a.Name)
			if !a.HasPassword || a.Uin == 0 || a.NickName == "" || a.Created.IsZero() {
				t.Errorf("account %s is told as %+v", a.Name, a)
			}
		}
		if got, want := len(names), 4; got != want || names[0] != "alice" || names[3] != "mallory" {
			t.Errorf("names = %v, want alice, bob, carol, mallory", names)
		}
	})
}

func TestNewPasswordEndsLogins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, people)
		o := wxphone.Options{Server: "http://wx.test", Transport: h.transport}
		phone, err := wxphone.SignIn(t.Context(), o, "bob", "bob-secret")
		if err != nil {
			t.Fatal(err)
		}
		if err := h.server.SetPassword(t.Context(), "Bob", "another-secret"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := phone.Logins(t.Context()); !errors.Is(err, webwx.ErrLoggedOut) {
			t.Errorf("the old login answers %v, want logged out", err)
		}
		if _, err := wxphone.SignIn(t.Context(), o, "bob", "bob-secret"); !errors.Is(err, webwx.ErrLoggedOut) {
			t.Errorf("the old password answers %v, want refused", err)
		}
		if _, err := wxphone.SignIn(t.Context(), o, "bob", "another-secret"); err != nil {
			t.Errorf("the new password answers %v", err)
		}
		if err := h.server.SetPassword(t.Context(), "nobody", "another-secret"); !errors.Is(err, wxserver.ErrNoAccount) {
			t.Errorf("SetPassword of nobody = %v, want ErrNoAccount", err)
		}
	})
}

func TestRemovedAccountLeavesContactsAndRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, people)
		o := wxphone.Options{Server: "http://wx.test", Transport: h.transport}
		bob, err := wxphone.SignIn(t.Context(), o, "bob", "bob-secret")
		if err != nil {
			t.Fatal(err)
		}
		c, err := bob.Client(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		alice, err := c.Find(t.Context(), "爱丽丝")
		if err != nil {
			t.Fatal(err)
		}
		if err := h.server.RemoveAccount(t.Context(), "Alice"); err != nil {
			t.Fatal(err)
		}
		page, err := c.Sync(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		gone := false
		for _, ev := range page.Events {
			gone = gone || ev.Kind == webwx.EventGone && ev.UserName == alice.UserName
		}
		if !gone {
			t.Errorf("bob is told %+v, want that alice is gone", page.Events)
		}
		rooms, err := c.Rooms(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(rooms) != 1 || len(rooms[0].MemberList) != 2 {
			t.Fatalf("bob's rooms are %+v, want one with two members", rooms)
		}
		if _, err := h.server.FindAccount(t.Context(), "alice"); !errors.Is(err, wxserver.ErrNoAccount) {
			t.Errorf("FindAccount = %v, want ErrNoAccount", err)
		}
		if _, err := c.SendText(t.Context(), alice.UserName, "still there?"); !errors.Is(err, webwx.ErrNotFriend) {
			t.Errorf("a message to alice answers %v, want not a friend", err)
		}
		if _, err := h.server.AddAccount(t.Context(), wxserver.Account{Name: "alice"}); err != nil {
			t.Errorf("the name is not free again: %v", err)
		}
	})
}
