package wxclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

func textLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// refuse is a network on which nobody listens.
func refuse(ctx context.Context, network, addr string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
}

func pageOf(seq int64, names ...string) *wire.GetContactResponse {
	page := &wire.GetContactResponse{MemberCount: len(names), Seq: seq}
	for _, name := range names {
		user, nick, _ := strings.Cut(name, "=")
		nick, remark, _ := strings.Cut(nick, "/")
		page.MemberList = append(page.MemberList, webwx.Contact{UserName: webwx.UserName(user), NickName: nick, RemarkName: remark})
	}
	return page
}

func names(contacts []webwx.Contact) string {
	var b strings.Builder
	for i := range contacts {
		fmt.Fprintf(&b, "%s ", contacts[i].UserName)
	}
	return strings.TrimSpace(b.String())
}

func TestContactsPages(t *testing.T) { // S 7.5
	for _, form := range []Form{Default, Seed} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{Form: form})
			service.contacts = []*wire.GetContactResponse{
				pageOf(1, "@bob=Bob", "filehelper=File"), pageOf(2, "@carol=Carol", "@bob=Bob"), pageOf(2, "@@room=Room"),
			}
			got, err := c.Contacts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if form == Seed { // the fake reads seq from the query in any form
				if list, n := service.log(0); list[n-1].query != "seq=2" {
					t.Errorf("third page asked with %q", list[n-1].query)
				}
			}
			if got, want := names(got), "@bob filehelper @carol @@room @@unsaved"; got != want {
				t.Errorf("form %d: contacts %q, want %q", form, got, want)
			}
			if c.Listed() != 4 {
				t.Errorf("listed %d", c.Listed())
			}
			if bob, ok := c.Contact("@bob"); !ok || bob.NickName != "Bob" {
				t.Errorf("bob is %v", bob)
			}
		})
	}
}

func TestContactsAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		seq := int64(0)
		service.override["webwxgetcontact"] = func(w http.ResponseWriter, r *http.Request) {
			seq++
			wire.GetContact.WriteReply(w, pageOf(seq, fmt.Sprintf("@u%d=x", seq)))
		}
		if got, err := c.Contacts(t.Context()); err != nil || len(got) != maxPages+2 {
			t.Errorf("%d contacts, error %v", len(got), err)
		}
	})
}

func TestContactsFollowChanges(t *testing.T) { // S 9.30
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		service.contacts = []*wire.GetContactResponse{pageOf(0, "@bob=Bob/Bobby", "@carol=Carol", "@dave=Dave")}
		service.contacts[0].MemberList[0].PYInitial = "B"
		if _, err := c.Contacts(t.Context()); err != nil {
			t.Fatal(err)
		}
		page := texts("1")
		page.DelContactList = []wire.DelContact{{UserName: "@carol"}}
		page.ModContactList = []wire.ModContact{
			{Contact: webwx.Contact{UserName: "@bob", NickName: "Bob"}},
			{Contact: webwx.Contact{UserName: "@eve", NickName: "Eve"}},
		}
		service.add(page)
		take(t, c, 4)
		bob, _ := c.Contact("@bob")
		if bob.RemarkName != "" || bob.PYInitial != "B" {
			t.Errorf("bob is %+v: the remark was removed, the pinyin was not in the news", bob)
		}
		// Dave was deleted while nobody looked; Eve is told by changes only.
		service.contacts = []*wire.GetContactResponse{pageOf(0, "@bob=Bob")}
		got, err := c.Contacts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got, want := names(got), "@bob filehelper @@unsaved @eve"; got != want {
			t.Errorf("contacts %q, want %q", got, want)
		}
	})
}

func TestRoomsHaveMembers(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		page := pageOf(0)
		for i := range 60 {
			page.MemberList = append(page.MemberList, webwx.Contact{UserName: webwx.UserName(fmt.Sprintf("@@r%d", i)), NickName: "room"})
		}
		service.contacts = []*wire.GetContactResponse{page}
		_, n := service.log(0)
		rooms, err := c.Rooms(t.Context())
		if err != nil || len(rooms) != 61 {
			t.Fatalf("%d rooms, error %v", len(rooms), err)
		}
		for _, room := range rooms {
			if len(room.MemberList) != 1 {
				t.Errorf("%s has members %v", room.UserName, room.MemberList)
			}
		}
		if got, want := service.ops(n), "webwxgetcontact webwxbatchgetcontact webwxbatchgetcontact"; got != want {
			t.Errorf("requests %q, want %q", got, want)
		}
		if room, _ := c.Contact("@@r59"); len(room.MemberList) != 1 {
			t.Error("members were not kept")
		}
	})
}

func TestFind(t *testing.T) {
	const stranger = "@@0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		service.contacts = []*wire.GetContactResponse{pageOf(0,
			"@a=Bob/Bob at work", "@b=Bob", "@c=Tom &amp; Co", "@self=Me", "@d=Me", "weixin=Team")}
		for text, want := range map[string]string{
			"@a": "@a", "filehelper": "filehelper", "Bob at work": "@a", "Tom & Co": "@c", "Tom &amp; Co": "@c",
			"Me": "@d", "@self": "@self", "weixin": "weixin", stranger: stranger, "Unsaved": "@@unsaved",
		} {
			if got, err := c.Find(t.Context(), text); err != nil || string(got.UserName) != want {
				t.Errorf("%q is %s, error %v", text, got.UserName, err)
			}
		}
		_, err := c.Find(t.Context(), "Bob")
		if many, ok := errors.AsType[*AmbiguousError](err); !ok || names(many.Candidates) != "@a @b" {
			t.Errorf("Bob: %v", err)
		}
		for _, text := range []string{"", "nobody", "@nobody"} {
			_, err := c.Find(t.Context(), text)
			if none, ok := errors.AsType[*NotFoundError](err); !ok || none.Text != text {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}

func TestFindFileHelperAsksNobody(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		store := new(memoryStore)
		loggedIn(t, service, transport, Options{Store: store})
		c := newClient(t, transport, Options{Store: store})
		if err := c.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, n := service.log(0)
		if _, err := c.Find(t.Context(), "filehelper"); err != nil || service.ops(n) != "" {
			t.Errorf("error %v, requests %q", err, service.ops(n))
		}
	})
}
