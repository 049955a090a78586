package wxserver_test

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/memengine"
)

// dump returns everything that an engine holds of the server's: documents by their
// keys, and the bodies of posts with who wrote them.
func dump(t *testing.T, e wxserver.Engine) (docs []wxserver.Doc, entries map[wxserver.Box][]wxserver.Entry) {
	t.Helper()
	after := ""
	for {
		page, err := e.List(t.Context(), "", after, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		docs = append(docs, page...)
		after = page[len(page)-1].Key
	}
	entries = make(map[wxserver.Box][]wxserver.Entry)
	for _, d := range docs {
		uin, ok := strings.CutPrefix(d.Key, "account/")
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(uin, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		page, err := e.Read(t.Context(), wxserver.Box(n), 0, 1_000_000)
		if err != nil {
			t.Fatal(err)
		}
		entries[wxserver.Box(n)] = page.Entries
	}
	return docs, entries
}

// thief copies what a dump gave into an engine of its own.
func thief(t *testing.T, docs []wxserver.Doc, entries map[wxserver.Box][]wxserver.Entry) wxserver.Engine {
	t.Helper()
	e := memengine.New()
	b := &wxserver.Batch{}
	for _, d := range docs {
		b.Docs = append(b.Docs, wxserver.Write{Key: d.Key, Value: d.Value})
	}
	id := int64(0)
	for box, list := range entries {
		for _, entry := range list {
			id++
			b.Posts = append(b.Posts, wxserver.Post{ID: id, By: entry.By, Time: entry.Time, Body: entry.Body, Boxes: []wxserver.Box{box}})
		}
	}
	if _, err := e.Commit(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestStolenDatabase(t *testing.T) {
	key := []byte("an example key of 32 bytes......")
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{Key: key, SignUp: wxserver.SignUpInvite}, people)
		// A busy day: logins of all kinds, sends, a push login, codes in all states.
		alices, bobs := h.phone("alice"), h.phone("bob")
		first := h.letIn(alices)
		alice, bob := h.letIn(alices), h.letIn(bobs)
		names := h.contactsOf(alice)
		for i, to := range []string{names["Bob &amp; Co"], names["周末爬山"], "filehelper", names["self"]} {
			body := "{" + alice.base() + `,"Msg":{"Type":1,"Content":"the day's message","FromUserName":"` + names["self"] + `","ToUserName":"` + to + `","ClientMsgId":"` + strconv.Itoa(i) + `"}}`
			if got := retOf(h.knock("POST", base+wire.SendMsg.Path, body)); got != webwx.RetOK {
				t.Fatalf("send to %s: Ret %d", to, got)
			}
			note := "{" + alice.base() + `,"Code":` + strconv.Itoa([]int{1, 2, 3, 5}[i]) + `,"FromUserName":"` + names["self"] + `","ToUserName":"` + to + `"}`
			if got := retOf(h.knock("POST", base+wire.StatusNotify.Path, note)); got != webwx.RetOK {
				t.Fatalf("notice about %s: Ret %d", to, got)
			}
		}
		h.knock("POST", base+wire.Sync.Path, "{"+bob.base()+"}")
		if a := h.knock("GET", base+wire.PushLogin.Path+"?uin="+alice.uin, "", "Cookie", alice.cookies); !strings.Contains(a.body, `"ret":"0"`) {
			t.Fatalf("push login: %s", a)
		}
		h.code()
		_, waiting := h.ticketOf(bobs)
		invitation, err := h.server.Invite(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()

		docs, entries := dump(t, h.engine)
		var all strings.Builder
		var logins []string
		uins, rooms := make(map[int64]bool), make(map[int64]bool)
		for _, d := range docs {
			all.WriteString(d.Key + "\n" + string(d.Value) + "\n")
			kind, rest, _ := strings.Cut(d.Key, "/")
			n, _ := strconv.ParseInt(rest, 10, 64) // 0 where it is no number
			switch kind {
			case "login":
				logins = append(logins, rest)
			case "account":
				uins[n] = true
			case "room":
				rooms[n] = true
			}
		}
		messages := 0
		for _, list := range entries {
			for _, entry := range list {
				all.WriteString(entry.By + "\n" + string(entry.Body) + "\n")
				messages++
			}
		}
		if len(logins) < 5 || len(uins) != 4 || len(rooms) != 1 || messages < 10 || !strings.Contains(all.String(), "the day's message") {
			t.Fatalf("the day was not busy: %d logins, %d accounts, %d rooms, %d entries", len(logins), len(uins), len(rooms), messages)
		}
		stored := all.String()
		secret := func(what, text string) {
			t.Helper()
			if strings.Contains(stored, text) || strings.Contains(stored, strings.ReplaceAll(text, "/", `\/`)) {
				t.Errorf("stored: %s %q", what, text)
			}
		}
		// The logins that are known from outside, to prove that SecretsOf means them.
		seen := make(map[string]bool)
		for _, id := range logins {
			for what, text := range wxserver.SecretsOf(key, id) {
				secret(what, text)
				seen[text] = true
			}
			account, room := wxserver.NamesOf(key, id)
			for uin := range uins {
				secret("a user name", account(uin))
				seen[account(uin)] = true
			}
			for id := range rooms {
				secret("a room's name", room(id))
				seen[room(id)] = true
			}
		}
		for what, text := range map[string]string{
			"alice's sid": alice.sid, "bob's skey": bob.skey, "alice's name": names["self"], "the room's name": names["周末爬山"],
			"the earlier sid": first.sid, "the phone's sid": onPhone(alices).sid,
		} {
			if !seen[text] {
				t.Errorf("%s, %q, is of no login that is stored", what, text)
			}
		}
		for what, text := range secretsOf(t, bob) {
			secret("bob's "+what, text)
		}
		for _, name := range []string{"alice", "bob", "carol", "mallory"} {
			secret("a password", name+"-secret")
		}
		secret("an invitation", invitation)
		secret("the key", string(key))
		ticket, _, _ := strings.Cut(strings.TrimPrefix(waiting, "ticket="), "&")
		secret("a ticket that waits", ticket)

		h.useStolen(t, docs, entries, alice, bob, waiting)
		h.reopen(t, key, alice, bob, onPhone(alices))
	})
}

// useStolen runs a server with another key on the copy: nothing opens a session.
func (h *house) useStolen(t *testing.T, docs []wxserver.Doc, entries map[wxserver.Box][]wxserver.Entry, alice, bob visitor, ticket string) {
	t.Helper()
	copied := thief(t, docs, entries)
	other, err := wxserver.New(copied, wxserver.Options{Key: []byte("the key that the thief has made.")})
	if err != nil {
		t.Fatal(err)
	}
	mine := h.http.Handler
	h.http.Handler = other
	for name, v := range map[string]visitor{"alice": alice, "bob": bob} {
		if got := retOf(h.knock("POST", base+wire.Init.Path, "{"+v.base()+"}")); got != webwx.RetMismatch {
			t.Errorf("with another key %s's login: Ret %d, want 1102", name, got)
		}
	}
	if a := h.knock("GET", base+wire.NewLoginPage.Path+"?fun=new&"+ticket, ""); !strings.Contains(a.body, "<ret>-14</ret>") {
		t.Errorf("with another key a ticket gives %s", a)
	}
	if a := h.knock("GET", base+wire.PushLogin.Path, "", "Cookie", alice.cookies); !strings.Contains(a.body, `"ret":"1"`) {
		t.Errorf("with another key the auth ticket gives %s", a)
	}
	// Nor do the ids that are stored, where a sid is asked for.
	for _, d := range docs {
		kind, id, _ := strings.Cut(d.Key, "/")
		var text string
		if kind == "sid" && json.Unmarshal(d.Value, &text) != nil || kind != "sid" && kind != "login" {
			continue
		}
		for _, sid := range []string{id, text} {
			v := visitor{uin: alice.uin, sid: sid}
			if got := retOf(h.knock("POST", base+wire.Init.Path, "{"+v.base()+"}")); got != webwx.RetMismatch {
				t.Errorf("what is stored under %s opens a session: Ret %d", d.Key, got)
			}
		}
	}
	h.http.Handler = mine
	if err := other.Close(); err != nil {
		t.Error(err)
	}
}

// reopen runs a new server with the right key on the same data: logins go on.
func (h *house) reopen(t *testing.T, key []byte, alive ...visitor) {
	t.Helper()
	if err := h.server.Close(); err != nil {
		t.Error(err)
	}
	server, err := wxserver.New(h.engine, wxserver.Options{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	h.server, h.http.Handler = server, server
	for i, v := range alive {
		if got := retOf(h.knock("POST", base+wire.Init.Path, "{"+v.base()+"}")); got != webwx.RetOK {
			t.Errorf("with the right key login %d: Ret %d, want 0", i, got)
		}
	}
}
