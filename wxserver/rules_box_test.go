package wxserver_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxserver"
)

// An account's own entries neither wake nor show, but its other logins see them.
func TestOtherLoginsSeeWhatWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w, bob := h.started("alice", mainHost), h.started("bob", mainHost)
		phone, err := h.ring("alice").Client(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer phone.Close()
		names := w.names()

		waiting := w.later("GET", w.checkURL(w.key), "")
		time.Sleep(time.Second)
		sent := w.send(names["Bob &amp; Co"], "from the web", "1")
		m := h.messages(phone, 1)[0]
		if got, want := m.Text(), "from the web"; got != want {
			t.Errorf("the phone read %q, want %q", got, want)
		}
		self := phone.Self().UserName
		if !m.Mine(self) || m.Chat(self) != h.name(phone, "Bob & Co") {
			t.Errorf("the phone sees it from %s to %s, want it from itself (%s) to bob", m.FromUserName, m.ToUserName, self)
		}
		if got, want := m.MsgID, text(t, sent["MsgID"]); got != want {
			t.Errorf("MsgId on the phone = %s, want %s", got, want)
		}
		if a := <-waiting; a.body != synccheck(0, 0) || a.after != 25*time.Second {
			t.Errorf("the sender's own poll answered %s after %v, want nothing after 25 s", a.body, a.after)
		}

		waiting = w.later("GET", w.checkURL(w.key), "")
		time.Sleep(2 * time.Second)
		h.send(phone, "Bob & Co", "from the phone")
		if a := <-waiting; a.body != synccheck(0, 2) || a.after != 2*time.Second {
			t.Errorf("the web login's poll answered %s after %v, want a message after 2 s", a.body, a.after)
		}
		entry := list(t, w.sync()["AddMsgList"])[0]
		if got, want := text(t, entry["FromUserName"]), w.self; got != want {
			t.Errorf("the web login sees it from %s, want from itself: %s", got, want)
		}
		if got, want := text(t, entry["ToUserName"]), names["Bob &amp; Co"]; got != want {
			t.Errorf("the web login sees it to %s, want to bob: %s", got, want)
		}
		h.send(phone, "文件传输助手", "note")
		h.send(phone, "周末爬山", "to all")
		if got, want := w.read(), []string{"note", "to all"}; !slices.Equal(got, want) {
			t.Errorf("the web login read %q, want %q", got, want)
		}
		if got, want := bob.read()[:2], []string{"from the web", "from the phone"}; !slices.Equal(got, want) {
			t.Errorf("bob read %q, want %q", got, want)
		}

		// 100 own sends: nothing to fetch, and the key does not matter.
		start := w.key
		for i := range 100 {
			w.send("filehelper", fmt.Sprint(i), fmt.Sprint("own", i))
		}
		if a := w.check(); a.body != synccheck(0, 0) {
			t.Errorf("after 100 own sends the poll answered %s", a.body)
		}
		if o := w.syncAt(start); string(o["AddMsgCount"]) != "0" || string(o["ContinueFlag"]) != "0" {
			t.Errorf("after 100 own sends webwxsync answered %s messages, ContinueFlag %s", o["AddMsgCount"], o["ContinueFlag"])
		}
		if got := len(h.texts(phone, 100)); got != 100 {
			t.Errorf("the phone read %d of them", got)
		}
	})
}

// A key that is unknown, old or garbage is no error: everything that the login
// has not acknowledged comes again.
func TestStrangeSyncKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w, bob := h.started("alice", mainHost), h.started("bob", mainHost)
		alice := bob.names()["爱丽丝"]
		read := func(key string) []string {
			var texts []string
			o := w.syncAt(json.RawMessage(key))
			if got := ret(t, o); got != 0 {
				t.Errorf("key %s: Ret %d, want 0", key, got)
			}
			for _, m := range list(t, o["AddMsgList"]) {
				texts = append(texts, text(t, m["Content"]))
			}
			return texts
		}
		first := w.key
		bob.send(alice, "one", "1")
		w.sync()
		second := w.key
		bob.send(alice, "two", "2")
		w.syncAt(second) // comes back: one is acknowledged
		for name, key := range map[string]string{
			"no counters":                     `{"Count":0,"List":[]}`,
			"null":                            `null`,
			"an object without a list":        `{}`,
			"a counter that nobody knows":     `{"Count":1,"List":[{"Key":7,"Val":1}]}`,
			"a value before all":              `{"Count":1,"List":[{"Key":2,"Val":1}]}`,
			"a negative value":                `{"Count":1,"List":[{"Key":2,"Val":-600000001}]}`,
			"a value beyond the head":         `{"Count":1,"List":[{"Key":2,"Val":2147483647}]}`,
			"a value that fits no counter":    `{"Count":1,"List":[{"Key":2,"Val":99999999999999999999}]}`,
			"a list of other things":          `{"Count":1,"List":["x",[],null]}`,
			"the newest acknowledged":         string(second),
			"the same with its items swapped": `{"Count":2,"List":[{"Val":1,"Key":1000},{"Val":` + string(keyVal(t, second, "2")) + `,"Key":2}]}`,
		} {
			if got, want := read(key), []string{"two"}; !slices.Equal(got, want) {
				t.Errorf("%s: read %q, want what was not acknowledged: %q", name, got, want)
			}
		}
		for range 3 {
			if got, want := read(string(first)), []string{"one", "two"}; !slices.Equal(got, want) {
				t.Errorf("an old key: read %q, want everything after it: %q", got, want)
			}
		}
	})
}

// Where a login starts.
func TestInitIsRepeatable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w, bob := h.enter("alice", mainHost), h.started("bob", mainHost)
		alice := bob.names()["爱丽丝"]
		at := func(o object) string { return string(keyVal(t, o["SyncKey"], "2")) }

		both := []<-chan answer{
			w.later("POST", mainHost+cgi+"webwxinit", w.body("")),
			w.later("POST", mainHost+cgi+"webwxinit", strings.Replace(w.body(""), `"Uin":`+w.uin, `"Uin":"`+w.uin+`"`, 1)),
		}
		x, y := parse(t, (<-both[0]).body), parse(t, (<-both[1]).body)
		for _, key := range []string{"SyncKey", "SKey", "User", "ChatSet", "ContactList"} {
			if string(x[key]) != string(y[key]) {
				t.Errorf("two webwxinit at once: %s = %s and %s", key, x[key], y[key])
			}
		}
		start := w.init()
		bob.send(alice, "one", "1")
		bob.send(alice, "two", "2")
		if got, want := at(w.init()), at(start); got != want {
			t.Errorf("webwxinit while two messages wait: key %s, want the start %s", got, want)
		}
		first := w.sync()
		if got, want := len(list(t, first["AddMsgList"])), 2; got != want {
			t.Errorf("after the repeated webwxinit %d messages came, want %d", got, want)
		}
		got := w.key
		if again := at(w.init()); again != at(start) {
			t.Errorf("webwxinit before the new key came back: key %s, want the start %s", again, at(start))
		}
		if n := len(list(t, w.sync()["AddMsgList"])); n != 2 {
			t.Errorf("so the messages come again: %d, want 2", n)
		}
		w.syncAt(got) // comes back with the new key
		if again, want := at(w.init()), string(keyVal(t, got, "2")); again != want {
			t.Errorf("webwxinit after the new key came back: key %s, want %s", again, want)
		}
		for name, key := range map[string]json.RawMessage{"the first key": start["SyncKey"], "the newest key": got} {
			if r := ret(t, w.syncAt(key)); r != 0 {
				t.Errorf("%s after all: Ret %d, want 0", name, r)
			}
		}
		if again, want := at(w.init()), string(keyVal(t, got, "2")); again != want {
			t.Errorf("webwxinit after an old key came back: key %s, want the newest acknowledged %s", again, want)
		}
	})
}

func TestWhereTheNextLoginStarts(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		options wxserver.Options
		run     func(t *testing.T, h *byHand, bob *web, to string) *web // returns alice's next login
		want    []string
	}{
		"the first login ever starts at the head": {
			run: func(_ *testing.T, h *byHand, bob *web, to string) *web {
				bob.send(to, "before", "1")
				return h.started("alice", mainHost)
			},
		},
		"after a logout it starts at what was acknowledged, not at what was delivered": {
			run: func(_ *testing.T, h *byHand, bob *web, to string) *web {
				w := h.started("alice", mainHost)
				bob.send(to, "acknowledged", "1")
				w.sync()
				w.sync()
				bob.send(to, "delivered", "2")
				w.sync()
				w.post("webwxlogout", "")
				bob.send(to, "away", "3")
				return h.started("alice", mainHost)
			},
			want: []string{"delivered", "away"},
		},
		"a login that is kicked out hands over in the same way": {
			run: func(_ *testing.T, h *byHand, bob *web, to string) *web {
				w := h.started("alice", mainHost)
				bob.send(to, "acknowledged", "1")
				w.sync()
				w.check()
				bob.send(to, "waiting", "2")
				return h.started("alice", mainHost)
			},
			want: []string{"waiting"},
		},
		"a login that never synced hands over its own start": {
			run: func(_ *testing.T, h *byHand, bob *web, to string) *web {
				w := h.started("alice", mainHost)
				w.sync()
				bob.send(to, "one", "1")
				h.enter("alice", mainHost)
				bob.send(to, "two", "2")
				return h.started("alice", mainHost)
			},
			want: []string{"one", "two"},
		},
		"the phone's reading does not count": {
			run: func(t *testing.T, h *byHand, bob *web, to string) *web {
				h.started("alice", mainHost)
				bob.send(to, "one", "1")
				p, err := h.ring("alice").Client(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				h.texts(p, 1)
				return h.started("alice", mainHost)
			},
			want: []string{"one"},
		},
		"it goes at most 7 days back": {
			run: func(_ *testing.T, h *byHand, bob *web, to string) *web {
				h.started("alice", mainHost)
				bob.send(to, "nine days old", "1")
				time.Sleep(3 * day)
				bob.send(to, "six days old", "2")
				time.Sleep(6 * day)
				return h.started("alice", mainHost)
			},
			want: []string{"six days old"},
		},
		"the same when the login before was ended long ago": {
			run: func(_ *testing.T, h *byHand, bob *web, to string) *web {
				h.started("alice", mainHost).post("webwxlogout", "")
				time.Sleep(3 * day)
				bob.send(to, "27 days old", "1")
				time.Sleep(24 * day)
				bob.send(to, "three days old", "2")
				time.Sleep(3 * day)
				return h.started("alice", mainHost)
			},
			want: []string{"three days old"},
		},
		"configured, it starts at the head": {
			options: wxserver.Options{StartAtHead: true},
			run: func(_ *testing.T, h *byHand, bob *web, to string) *web {
				h.started("alice", mainHost)
				bob.send(to, "waiting", "1")
				return h.started("alice", mainHost)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.options.LoginLife = 100 * day // bob's, who stays
				h := openByHand(t, c.options)
				bob := h.started("bob", mainHost)
				w := c.run(t, h, bob, bob.names()["爱丽丝"])
				if got := w.read(); !slices.Equal(got, c.want) {
					t.Errorf("the login read %q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestALoginGoesBackAThousandMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		bob := h.started("bob", mainHost)
		to := bob.names()["爱丽丝"]
		h.started("alice", mainHost)
		const sent, want = 1010, 1000
		for i := range sent {
			if i%100 == 0 {
				time.Sleep(time.Minute) // not too often
			}
			if got := ret(t, bob.send(to, fmt.Sprint(i), fmt.Sprint(i))); got != 0 {
				t.Fatalf("send %d: Ret %d", i, got)
			}
		}
		got := h.started("alice", mainHost).read()
		if len(got) != want || got[0] != fmt.Sprint(sent-want) || got[want-1] != fmt.Sprint(sent-1) {
			t.Errorf("of %d messages the next login read %d, from %q to %q, want the last %d", sent, len(got), got[0], got[len(got)-1], want)
		}
	})
}

// The list of recent chats comes once after each webwxinit.
func TestListOfChatsOncePerInit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w := h.enter("alice", mainHost)
		phone := h.ring("alice").Credentials()
		p := &web{house: h.house, main: mainHost, uin: fmt.Sprint(phone.Uin), sid: phone.Sid, skey: phone.Skey}
		p.init()
		lists := func(w *web) (n int) {
			for _, m := range list(t, w.sync()["AddMsgList"]) {
				if string(m["StatusNotifyCode"]) == fmt.Sprint(int(webwx.StatusChats)) {
					n++
				}
			}
			return n
		}
		for round := range 3 {
			key := w.key
			w.init()
			if round > 0 {
				w.key = key
			}
			for range 3 {
				w.call("webwxstatusnotify", `"Code":3`)
			}
			if got, want := lists(w), 1; got != want {
				t.Errorf("webwxinit %d, three notices: %d lists, want %d", round, got, want)
			}
			time.Sleep(5 * time.Minute) // wechat4u's heartbeat
			w.call("webwxstatusnotify", `"Code":3`)
			if got := lists(w); got != 0 {
				t.Errorf("webwxinit %d, a notice later: %d lists, want none", round, got)
			}
		}
		if got := lists(p); got != 0 {
			t.Errorf("the phone got %d lists of the web login, want none", got)
		}
	})
}
