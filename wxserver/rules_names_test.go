package wxserver_test

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx/wxphone"
	"github.com/webwx/webwx/wxserver"
)

func TestNamesAreOfOneLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w, bob := h.started("alice", mainHost), h.started("bob", mainHost)
		names, theirs := w.names(), bob.names()
		peer, room := names["Bob &amp; Co"], names["周末爬山"]
		n := 0
		send := func(to string) int64 { n++; return ret(t, w.send(to, "x", fmt.Sprint(n))) }
		for _, to := range []string{peer, room, w.self, "filehelper"} {
			if got := send(to); got != 0 {
				t.Fatalf("send to %s: Ret %d", to, got)
			}
		}
		for nick, name := range names {
			if nick != "文件传输助手" && name == theirs[nick] {
				t.Errorf("%s is called %s in two logins", nick, name)
			}
		}

		refused := map[string]string{
			"a person in capitals":                 "@" + strings.ToUpper(peer[1:]),
			"a room in capitals":                   "@@" + strings.ToUpper(room[2:]),
			"a person cut short":                   peer[:len(peer)-1],
			"a room cut short":                     room[:len(room)-2],
			"a room cut to its half":               room[:34],
			"a person with more behind":            peer + "0",
			"a person with a blank before":         " " + peer,
			"a person with a blank behind":         peer + " ",
			"a person without its sign":            peer[1:],
			"a person as a room":                   "@@" + peer[1:],
			"a person twice as a room":             "@@" + peer[1:] + peer[1:],
			"a room as a person":                   "@" + room[2:34],
			"the other half of a room as a person": "@" + room[34:],
			"a room whose halves are swapped":      "@@" + room[34:] + room[2:34],
			"a person as another login knows him":  theirs["卡罗尔"],
			"oneself as another login knows one":   theirs["爱丽丝"],
			"a room as another login knows it":     theirs["周末爬山"],
			"a sign alone":                         "@",
			"a word that is no special account":    "filehelpe",
			"a special account in capitals":        "FileHelper",
			"a stored id of a person":              "u:" + bob.uin,
			"a login name":                         "bob",
			"a number":                             bob.uin,
			"zeros":                                "@" + strings.Repeat("0", 32),
		}
		for what, to := range refused {
			if got := send(to); got != 1204 {
				t.Errorf("%s (%s): Ret %d, want 1204", what, to, got)
			}
		}
		for _, name := range []string{peer, room} {
			for i := len(name) - 1; i > 1; i-- { // each digit changed
				digit := "0"
				if name[i] == '0' {
					digit = "1"
				}
				if got := send(name[:i] + digit + name[i+1:]); got != 1204 {
					t.Errorf("%s with digit %d changed: Ret %d, want 1204", name, i, got)
				}
			}
		}
		w.read()
		for _, name := range []string{peer, room} { // each digit as each other one
			var wrong []string
			for i := strings.LastIndexByte(name, '@') + 1; i < len(name); i++ {
				for _, digit := range strings.ReplaceAll("0123456789abcdef", name[i:i+1], "") {
					wrong = append(wrong, name[:i]+string(digit)+name[i+1:])
				}
			}
			for some := range slices.Chunk(wrong, 50) {
				ask := `"List":[{"UserName":"` + strings.Join(some, `"},{"UserName":"`) + `"}]`
				for i, c := range list(t, w.call("webwxbatchgetcontact", ask)["ContactList"]) {
					if text(t, c["UserName"]) != some[i] || text(t, c["HeadImgUrl"]) != "" {
						t.Errorf("%s, which nobody has, is known as %s %q", some[i], c["UserName"], c["NickName"])
					}
				}
			}
		}

		again := h.started("alice", mainHost)
		for nick, name := range again.names() {
			if nick != "文件传输助手" && name == names[nick] {
				t.Errorf("%s is called %s in a later login too", nick, name)
			}
		}
		if got := ret(t, again.send(peer, "x", "y")); got != 1204 {
			t.Errorf("a name of the login before: Ret %d, want 1204", got)
		}
	})
}

// A name that can be read is an identity, not a permission.
func TestNamesAreNoPermission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w := h.started("alice", mainHost)
		names := w.names()
		if names["Dave"] == "" {
			t.Fatal("dave, a member of a room, has no name")
		}
		if got := ret(t, w.send(names["Dave"], "x", "1")); got != 1204 {
			t.Errorf("send to a member who is no friend: Ret %d, want 1204", got)
		}
		if err := h.server.Befriend(t.Context(), "alice", "dave"); err != nil {
			t.Fatal(err)
		}
		if got := ret(t, w.send(names["Dave"], "x", "1")); got != 0 {
			t.Errorf("send to him as a friend: Ret %d, want 0", got)
		}
	})
}

// A copier is an engine that keeps a copy of all that it is given.
type copier struct {
	wxserver.Engine
	mu     sync.Mutex
	stored bytes.Buffer
	ids    []string // of logins
}

func (r *copier) Commit(ctx context.Context, b *wxserver.Batch) (wxserver.Receipt, error) {
	r.mu.Lock()
	fmt.Fprintf(&r.stored, "once %s\n", b.Once)
	for _, w := range b.Docs {
		fmt.Fprintf(&r.stored, "%s: %s\n", w.Key, w.Value)
		if id, ok := strings.CutPrefix(w.Key, "login/"); ok {
			r.ids = append(r.ids, id)
		}
	}
	for _, p := range b.Posts {
		fmt.Fprintf(&r.stored, "post by %s: %s\n", p.By, p.Body)
	}
	r.mu.Unlock()
	return r.Engine.Commit(ctx, b)
}

// Nothing that is stored tells a login's names or opens a login.
func TestNothingSecretIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := []byte("an example key of 32 bytes......")
		h := &byHand{open(t, wxserver.Options{Key: key}, ""), make(map[string]*wxphone.Phone)}
		rec := &copier{Engine: h.engine}
		h.engine = rec
		h.restart(wxserver.Options{Key: key})
		world, err := wxserver.ReadWorld(strings.NewReader(folk))
		if err != nil {
			t.Fatal(err)
		}
		if err := h.server.Populate(t.Context(), world); err != nil {
			t.Fatal(err)
		}

		secrets := map[string]string{"alice's password": "alice-secret", "bob's password": "bob-secret"}
		keep := func(what, value string) {
			if len(value) >= 8 {
				secrets[what] = value
			}
		}
		_, redirect := h.confirmed("alice", mainHost)
		u, err := url.Parse(redirect)
		if err != nil {
			t.Fatal(err)
		}
		keep("login ticket", u.Query().Get("ticket"))
		first := h.redeem(redirect, mainHost)
		first.init()
		bob := h.started("bob", mainHost)
		logins := []*web{first, bob}
		for round := range 2 { // every way in which something is stored
			w := logins[len(logins)-1]
			if round == 0 {
				w = first
			}
			names := w.names()
			for nick, name := range names {
				if strings.HasPrefix(name, "@") {
					keep(fmt.Sprintf("name of %s in login %d", nick, round), name)
				}
			}
			for _, to := range []string{names["Bob &amp; Co"], names["周末爬山"], "filehelper"} {
				w.send(to, "hello", "14531249080001234")
				w.call("webwxstatusnotify", fmt.Sprintf(`"Code":1,"FromUserName":"%s","ToUserName":"%s","ClientMsgId":1`, w.self, to))
			}
			w.call("webwxstatusnotify", `"Code":3`)
			w.check()
			w.read()
			bob.read()
			if round == 0 {
				auth := h.ask("GET", mainHost+cgi+"webwxpushloginurl?uin="+w.uin, "", "Cookie", cookieHeader(w.cookies))
				uuid := text(t, parse(t, auth.body)["uuid"])
				if err := h.ring("alice").Confirm(t.Context(), uuid); err != nil {
					t.Fatal(err)
				}
				next := h.redeem(h.redirect(mainHost, uuid), mainHost)
				next.init()
				logins = append(logins, next)
			}
		}
		for nick, name := range bob.names() {
			if strings.HasPrefix(name, "@") {
				keep("name of "+nick+" in bob's login", name)
			}
		}
		if err := h.server.Befriend(t.Context(), "alice", "dave"); err != nil {
			t.Fatal(err)
		}
		if err := h.ring("bob").End(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		for name, p := range h.phones {
			c := p.Credentials()
			keep("sid of the phone of "+name, c.Sid)
			keep("skey of the phone of "+name, c.Skey)
			keep("pass_ticket of the phone of "+name, c.PassTicket)
		}
		for i, w := range logins {
			keep(fmt.Sprint("skey of login ", i), w.skey)
			keep(fmt.Sprint("sid of login ", i), w.sid)
			keep(fmt.Sprint("pass_ticket of login ", i), w.ticket)
			keep(fmt.Sprint("own name of login ", i), w.self)
			for _, c := range w.cookies {
				if c.Name != "wxuin" && c.Name != "wxloadtime" && c.Name != "mm_lang" {
					keep(fmt.Sprintf("cookie %s of login %d", c.Name, i), c.Value)
				}
			}
		}
		last := logins[len(logins)-1]
		last.call("webwxlogout", "")
		time.Sleep(time.Minute) // acknowledgements are written

		rec.mu.Lock()
		stored, ids := rec.stored.String(), rec.ids
		rec.mu.Unlock()
		if len(secrets) < 40 || len(ids) < 5 || !strings.Contains(stored, "hello") {
			t.Fatalf("the test kept %d secrets, %d logins and %d bytes: it does not see enough", len(secrets), len(ids), len(stored))
		}
		for what, value := range secrets {
			if strings.Contains(stored, value) {
				t.Errorf("%s is stored: %s", what, value)
			}
			if hex := strings.TrimLeft(value, "@"); strings.Contains(stored, hex) {
				t.Errorf("%s is stored without its sign: %s", what, hex)
			}
		}
		for _, form := range []string{`@[0-9a-f]{32}`, `@crypt_`, `@qrticket`} {
			if m := regexp.MustCompile(form).FindString(stored); m != "" {
				t.Errorf("something of the form %s is stored: %s", form, m)
			}
		}

		// With all that is stored, but not the server's key, nothing opens.
		live := h.started("alice", mainHost)
		for _, id := range ids {
			o := parse(t, h.ask("POST", mainHost+cgi+"webwxinit", strings.Replace(live.body(""), live.sid, id, 1)).body)
			if got := ret(t, o); got != 1102 {
				t.Errorf("a stored login id as sid: Ret %d, want 1102", got)
			}
		}
		for _, m := range regexp.MustCompile(`sid/([0-9a-f]+)`).FindAllStringSubmatch(stored, -1) {
			o := parse(t, h.ask("POST", mainHost+cgi+"webwxinit", strings.Replace(live.body(""), live.sid, m[1], 1)).body)
			if got := ret(t, o); got != 1102 {
				t.Errorf("a stored index as sid: Ret %d, want 1102", got)
			}
		}
		h.restart(wxserver.Options{Key: []byte("another key, also of 32 bytes...")})
		if got := ret(t, live.call("webwxinit", "")); got != 1102 {
			t.Errorf("a login under another server key: Ret %d, want 1102", got)
		}
		h.restart(wxserver.Options{Key: key})
		if got := ret(t, live.call("webwxinit", "")); got != 0 {
			t.Errorf("the same login under its own key, after a restart: Ret %d, want 0", got)
		}
	})
}
