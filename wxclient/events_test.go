package wxclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// take collects what n events tell.
func take(t *testing.T, c *Client, n int) []string {
	t.Helper()
	var got []string
	for ev, err := range c.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, told(ev))
		if len(got) >= n {
			break
		}
	}
	return got
}

func told(ev webwx.Event) string {
	switch ev.Kind {
	case webwx.EventContact:
		return "contact " + ev.Contact.NickName
	case webwx.EventGone:
		return "gone " + string(ev.UserName)
	}
	return string(ev.Kind) + " " + ev.Message.MsgID
}

// drain takes events until nothing came for a minute.
func drain(t *testing.T, c *Client) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watch := time.AfterFunc(time.Minute, cancel)
	defer watch.Stop()
	var got []string
	for ev, err := range c.Events(ctx) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			break
		}
		watch.Reset(time.Minute)
		got = append(got, told(ev))
	}
	return got
}

func equal(t *testing.T, got []string, want string) {
	t.Helper()
	if g := strings.Join(got, ", "); g != want {
		t.Errorf("got  %s\nwant %s", g, want)
	}
}

func TestEventsOrder(t *testing.T) { // S 9.9, S 9.29, S 9.30, features.md F
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		page := texts("1", "2")
		page.AddMsgList = append(page.AddMsgList, webwx.Message{MsgType: webwx.MsgStatusNotify}, webwx.Message{MsgType: webwx.MsgStatusNotify})
		page.ModContactList = []wire.ModContact{{Contact: webwx.Contact{UserName: "@carol", NickName: "Carol"}}}
		page.DelContactList = []wire.DelContact{{UserName: "@@unsaved"}}
		page.Profile = wire.Profile{BitFlag: 190, NickName: wire.Buff{Buff: "New Me"}}
		service.add(page)
		equal(t, drain(t, c), "contact New Me, gone @@unsaved, contact Carol, message 1, message 2, status , status ")
		if _, known := c.Contact("@@unsaved"); known {
			t.Error("a room that was left is still known")
		}
		if carol, known := c.Contact("@carol"); !known || carol.NickName != "Carol" {
			t.Error("a new contact is not known")
		}
		if c.Self().NickName != "New Me" {
			t.Errorf("self is %q", c.Self().NickName)
		}
	})
}

func TestEventsDropsRepeatsAndOwn(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		sent, err := c.SendText(t.Context(), "@bob", "hi")
		if err != nil {
			t.Fatal(err)
		}
		service.add(texts("1", "2", "1"), texts("2", sent.MsgID, "3"))
		equal(t, drain(t, c), "message 1, message 2, message 3")
	})
}

func TestEventsContinues(t *testing.T) { // S 9.8
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		first := texts("1")
		first.ContinueFlag = 1
		service.add(first, texts("2"))
		_, n := service.log(0)
		equal(t, take(t, c, 2), "message 1, message 2")
		if got, want := service.ops(n), "synccheck webwxsync webwxsync"; got != want {
			t.Errorf("requests %q, want %q", got, want)
		}
	})
}

func TestEventsKeys(t *testing.T) { // S 9.4, S 9.7
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		one, two := texts("1"), texts("2")
		one.SyncKey = webwx.NewSyncKey(webwx.SyncKeyItem{Key: 2, Val: 7})
		one.SyncCheckKey = webwx.NewSyncKey(webwx.SyncKeyItem{Key: 2, Val: 8})
		two.SyncKey = webwx.SyncKey{Count: -1} // comes with failures: not taken over
		service.add(one, two)
		drain(t, c)
		list, n := service.log(0)
		if last := list[n-1]; last.op != "synccheck" || !strings.Contains(last.query, "synckey=2_8") {
			t.Errorf("synccheck after the pages: %s?%s", last.op, last.query)
		}
		for _, r := range list {
			if r.op == "webwxsync" && strings.Contains(r.body, `"Val":8`) {
				t.Errorf("webwxsync with the key of synccheck: %s", r.body)
			}
		}
	})
}

func TestEventNotTakenComesAgain(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		path := filepath.Join(t.TempDir(), "me.pos")
		position, err := OpenPosition(path)
		if err != nil {
			t.Fatal(err)
		}
		store := new(memoryStore)
		c := loggedIn(t, service, transport, Options{Store: store, Position: position})
		service.add(texts("1", "2", "3"))
		equal(t, take(t, c, 2), "message 1, message 2") // left in the body of the second
		position.Close()

		// Another process: the page comes again, since no newer key acknowledged it.
		if position, err = OpenPosition(path); err != nil {
			t.Fatal(err)
		}
		c = newClient(t, transport, Options{Store: store, Position: position})
		if _, err := follow(t, c); err != nil {
			t.Fatal(err)
		}
		service.add(texts("1", "2", "3"))
		equal(t, drain(t, c), "message 2, message 3")
		position.Close()

		// A third one goes on from the key of the page that was taken as a whole.
		if position, err = OpenPosition(path); err != nil {
			t.Fatal(err)
		}
		defer position.Close()
		c = newClient(t, transport, Options{Store: store, Position: position})
		if _, err := follow(t, c); err != nil {
			t.Fatal(err)
		}
		_, n := service.log(0)
		service.add(texts("3", "4"))
		equal(t, drain(t, c), "message 4")
		list, _ := service.log(n)
		if !strings.Contains(list[1].body, `"SyncKey":{"Count":1,"List":[{"Key":2,"Val":102}]}`) {
			t.Errorf("went on from %s", list[1].body)
		}
	})
}

func TestLoggedOutSendsNothingMore(t *testing.T) { // S 8.6
	for _, code := range []webwx.Ret{webwx.RetLoggedOut, webwx.RetKicked, webwx.RetMismatch} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			store := new(memoryStore)
			c := loggedIn(t, service, transport, Options{Store: store})
			service.set(func() { service.retcode = code })
			began := time.Now()
			var over error
			for _, err := range c.Events(t.Context()) {
				over = err
			}
			refused, ok := errors.AsType[*webwx.Error](over)
			if !ok || refused.Ret != code || !errors.Is(over, webwx.ErrLoggedOut) {
				t.Errorf("%d: error %v", code, over)
			}
			if took := time.Since(began); took > 100*time.Millisecond {
				t.Errorf("%d: told after %v", code, took)
			}
			_, n := service.log(0)
			for name, call := range calls(t, c) {
				if err := call(); !errors.Is(err, over) {
					t.Errorf("%s after %d: %v", name, code, err)
				}
			}
			time.Sleep(time.Minute)
			if rest := service.ops(n); rest != "" {
				t.Errorf("after %d: %s", code, rest)
			}
			if saved, err := store.Load(t.Context()); err != nil || saved.Ended != code {
				t.Errorf("saved session: %v, %v", saved, err)
			}
		})
	}
}

// calls has every method that sends something.
func calls(t *testing.T, c *Client) map[string]func() error {
	ctx := t.Context()
	all := map[string]func() error{
		"UUID":         func() error { _, err := c.UUID(ctx); return err },
		"QRCode":       func() error { _, err := c.QRCode(ctx, "u"); return err },
		"WaitLogin":    func() error { _, err := c.WaitLogin(ctx, "u", 1); return err },
		"NewLoginPage": func() error { return c.NewLoginPage(ctx, "https://wx.qq.com/x?ticket=1") },
		"Init":         func() error { return c.Init(ctx) },
		"StatusNotify": func() error { return c.StatusNotify(ctx, webwx.StatusInit, self) },
		"Contacts":     func() error { _, err := c.Contacts(ctx); return err },
		"Rooms":        func() error { _, err := c.Rooms(ctx); return err },
		"Details":      func() error { _, err := c.Details(ctx, "@bob"); return err },
		"Find":         func() error { _, err := c.Find(ctx, "bob"); return err },
		"SyncCheck":    func() error { _, err := c.SyncCheck(ctx); return err },
		"Sync":         func() error { _, err := c.Sync(ctx); return err },
		"SendText":     func() error { _, err := c.SendText(ctx, "@bob", "x"); return err },
		"Events": func() error {
			for _, err := range c.Events(ctx) {
				return err
			}
			return nil
		},
	}
	maps.Copy(all, moreCalls(ctx, c))
	return all
}

func TestRefusedSendEndsParkedPoll(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		ended := make(chan error, 1)
		go func() {
			for _, err := range c.Events(t.Context()) {
				ended <- err
			}
		}()
		time.Sleep(time.Second) // it is parked now
		service.set(func() {
			service.override["webwxsendmsg"] = func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, `{"BaseResponse":{"Ret":1101,"ErrMsg":""}}`)
			}
		})
		began := time.Now()
		if _, err := c.SendText(t.Context(), "@bob", "x"); !errors.Is(err, webwx.ErrLoggedOut) {
			t.Errorf("send: %v", err)
		}
		if err := <-ended; !errors.Is(err, webwx.ErrLoggedOut) || time.Since(began) > 0 {
			t.Errorf("events ended with %v after %v", err, time.Since(began))
		}
	})
}

func TestEventsTrouble(t *testing.T) {
	faults := map[string]http.HandlerFunc{
		"bad gateway":    func(w http.ResponseWriter, r *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) },
		"HTML":           func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>sign in to the hotel</html>") },
		"truncated":      func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"BaseResponse":{"Ret":0,"Err`) },
		"system error":   func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"BaseResponse":{"Ret":-1}}`) },
		"empty":          func(w http.ResponseWriter, r *http.Request) {},
		"cut connection": func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
	}
	for name, fault := range faults {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			service.add(texts("1"))
			service.override["webwxsync"] = fault
			time.AfterFunc(20*time.Second, func() { service.set(func() { delete(service.override, "webwxsync") }) })
			_, n := service.log(0)
			began := time.Now()
			if got := take(t, c, 1); len(got) != 1 || got[0] != "message 1" {
				t.Errorf("%s: got %v", name, got)
			}
			if took := time.Since(began); took > 40*time.Second {
				t.Errorf("%s: came after %v", name, took)
			}
			checkRate(t, service, n)
			if ops := strings.Fields(service.ops(n)); strings.Count(strings.Join(ops, " "), "synccheck") != 1 {
				t.Errorf("%s: %v: what an answered poll said still holds", name, ops)
			}
		})
	}
}

// checkRate fails if more than a few requests were sent within any second. In
// trouble a client sends at most four: now, and after about 1/4, 1/2 and 1 s; the
// poll before them makes five, and net/http may repeat one that was cut off.
func checkRate(t *testing.T, service *fake, n int) {
	t.Helper()
	const most = 6
	list, _ := service.log(n)
	for i := most; i < len(list); i++ {
		if d := list[i].at.Sub(list[i-most].at); d < time.Second {
			t.Fatalf("%d requests within %v: %s", most+1, d, service.ops(n))
		}
	}
}

func TestEventsOutage(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		down := func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }
		service.override["synccheck"] = down
		_, n := service.log(0)
		began := time.Now()
		var end error
		for _, err := range c.Events(t.Context()) {
			end = err
		}
		if !errors.Is(end, ErrUnreachable) || webwx.Advise(end) != webwx.AdviceWait {
			t.Errorf("error %v", end)
		}
		for _, secret := range []string{sid, skey, "pt%2Bx", "skey"} {
			if strings.Contains(end.Error(), secret) {
				t.Errorf("error tells a secret: %v", end)
			}
		}
		if took := time.Since(began); took < time.Minute || took > 80*time.Second {
			t.Errorf("gave up after %v", took)
		}
		checkRate(t, service, n)
		if list, _ := service.log(n); len(list) > 40 { // net/http repeats a GET once on a used connection
			t.Errorf("%d requests", len(list))
		}
		service.set(func() { delete(service.override, "synccheck") })
		service.add(texts("1"))
		equal(t, take(t, c, 1), "message 1") // goes on where it was
	})
}

func TestEventsSilentService(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		service.override["synccheck"] = func(w http.ResponseWriter, r *http.Request) { hold(r, time.Hour) }
		began := time.Now()
		for _, err := range c.Events(t.Context()) {
			if !errors.Is(err, ErrUnreachable) || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
		}
		if took := time.Since(began); took > 2*time.Minute {
			t.Errorf("gave up after %v", took)
		}
	})
}

func TestEventsDoesNotSpin(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		"always something, never anything": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `window.synccheck={retcode:"0",selector:"3"}`)
		},
		"nothing, at once": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `window.synccheck={retcode:"0",selector:"0"}`)
		},
		"too often": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `window.synccheck={retcode:"1205",selector:"0"}`)
		},
	}
	for name, answer := range answers {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			service.override["synccheck"] = answer
			_, n := service.log(0)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			for _, err := range c.Events(ctx) {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if list, _ := service.log(n); len(list) > 60 {
				t.Errorf("%s: %d requests in two minutes", name, len(list))
			}
			checkRate(t, service, n)
		})
	}
}

func TestEventsSelectors(t *testing.T) { // S 8.5, S 8.7–8.9
	for selector, syncs := range map[string]bool{"0": false, "2": true, "4": true, "6": true, "7": true} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			service.override["synccheck"] = func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, `window.synccheck={retcode:"0",selector:"`+selector+`"}`)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			for range c.Events(ctx) {
			}
			if got := strings.Contains(service.ops(0), "webwxsync"); got != syncs {
				t.Errorf("selector %s: webwxsync called: %v", selector, got)
			}
		})
	}
}

func TestEventsBusyAndSaving(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		store := new(memoryStore)
		c := loggedIn(t, service, transport, Options{Store: store})
		service.override["webwxsync"] = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Set-Cookie", "wxsid=newsid; Domain=wx2.qq.com; Path=/")
			service.serve(w, r, "webwxsync", nil)
		}
		service.add(texts("1"), texts("2"))
		for ev, err := range c.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if ev.Message.MsgID == "2" {
				break // the first page was taken as a whole by now
			}
			for _, err := range c.Events(t.Context()) {
				if !errors.Is(err, ErrBusy) {
					t.Errorf("second Events: %v", err)
				}
			}
		}
		saved, err := store.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, cookie := range saved.Cookies {
			if cookie.Name == "wxsid" && cookie.Value != "newsid" {
				t.Errorf("saved cookie %v", cookie)
			}
		}
	})
}

func TestEventsPositionFails(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		position, err := OpenPosition(filepath.Join(t.TempDir(), "me.pos"))
		if err != nil {
			t.Fatal(err)
		}
		c := loggedIn(t, service, transport, Options{Position: position})
		service.add(texts("1", "2"))
		n := 0
		for _, err := range c.Events(t.Context()) {
			if err != nil {
				if n != 1 {
					t.Errorf("error %v after %d events", err, n)
				}
				return
			}
			n++
			position.Close()
		}
		t.Error("no error")
	})
}

func TestSyncByHand(t *testing.T) { // S 0.6
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		first := texts("1")
		first.ContinueFlag = 1
		service.add(first, texts("2"))
		if s, err := c.SyncCheck(t.Context()); s != webwx.SelectorMessage || err != nil {
			t.Errorf("selector %d, error %v", s, err)
		}
		for i, more := range []bool{true, false} {
			page, err := c.Sync(t.Context())
			if err != nil || len(page.Events) != 1 || page.More != more {
				t.Errorf("page %d: %v, error %v", i, page, err)
			}
		}
		if s, err := c.SyncCheck(t.Context()); s != webwx.SelectorNothing || err != nil {
			t.Errorf("selector %d, error %v", s, err)
		}
	})
}

func TestEventsOfResumedLogin(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		store := new(memoryStore)
		loggedIn(t, service, transport, Options{Store: store})
		c := newClient(t, transport, Options{Store: store})
		for _, err := range c.Events(t.Context()) {
			if !errors.Is(err, ErrNoSession) {
				t.Errorf("before Resume: %v", err)
			}
		}
		if err := c.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Sync(t.Context()); err == nil {
			t.Error("Sync without a key")
		}
		_, n := service.log(0)
		service.add(texts("1"))
		equal(t, take(t, c, 1), "message 1")
		if got, want := service.ops(n), "webwxinit synccheck webwxsync"; got != want {
			t.Errorf("requests %q, want %q", got, want)
		}
	})
}

// What only tells the time is saved now and then; a store that fails ends nothing.
func TestEventsSavesSeldom(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		store := &countingStore{}
		c := loggedIn(t, service, transport, Options{Store: store})
		pages := 0
		service.override["webwxsync"] = func(w http.ResponseWriter, r *http.Request) {
			pages++
			w.Header().Add("Set-Cookie", fmt.Sprintf("wxpluginkey=%d; Domain=wx2.qq.com; Path=/", pages))
			service.serve(w, r, "webwxsync", nil)
		}
		for i := range 100 {
			service.add(texts(fmt.Sprint(i)))
		}
		store.saves, store.fail = 0, true
		if got := drain(t, c); len(got) != 100 {
			t.Errorf("%d messages", len(got))
		}
		if store.saves != 1 {
			t.Errorf("saved %d times, want once at the end", store.saves)
		}
	})
}

// countingStore counts what is saved, and can fail at it.
type countingStore struct {
	memoryStore
	saves int
	fail  bool
}

func (s *countingStore) Save(ctx context.Context, saved *Session) error {
	s.saves++
	if s.fail {
		return errors.New("disk full")
	}
	return s.memoryStore.Save(ctx, saved)
}
