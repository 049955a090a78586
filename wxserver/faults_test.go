package wxserver_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxphone"
	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/memengine"
)

// together runs each of fs at the same time and waits for all.
func together(fs ...func()) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for _, f := range fs {
		wg.Go(func() {
			<-start
			f()
		})
	}
	close(start)
	wg.Wait()
}

func TestTwoPhonesConfirmAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		one, two, bobs := h.phone("alice"), h.phone("alice"), h.phone("bob")
		for range 10 {
			uuid := h.code()
			errs := make([]error, 3)
			together(
				func() { _, errs[0] = one.Scan(t.Context(), uuid) },
				func() { _, errs[1] = two.Scan(t.Context(), uuid) },
				func() { _, errs[2] = bobs.Scan(t.Context(), uuid) },
			)
			phones := []*wxphone.Phone{one, two, bobs}
			if alices := errs[0] == nil && errs[1] == nil; alices == (errs[2] == nil) || (errs[0] == nil) != (errs[1] == nil) {
				t.Fatalf("scans of one code by alice, alice and bob: %v", errs)
			}
			confirmed := make([]error, 3)
			together(
				func() { confirmed[0] = phones[0].Confirm(t.Context(), uuid) },
				func() { confirmed[1] = phones[1].Confirm(t.Context(), uuid) },
				func() { confirmed[2] = phones[2].Confirm(t.Context(), uuid) },
			)
			for i := range confirmed {
				if (confirmed[i] == nil) != (errs[i] == nil) {
					t.Errorf("scan of phone %d: %v, its confirmation: %v", i, errs[i], confirmed[i])
				}
			}
			a := h.knock("GET", base+cgiBin+"login?uuid="+uuid, "")
			v := h.enterBy(found(t, ticketPattern, a.body)[1])
			want := onPhone(one).uin
			if errs[2] == nil {
				want = onPhone(bobs).uin
			}
			if v.uin != want {
				t.Errorf("the login is of %s, want %s", v.uin, want)
			}
		}
	})
}

func TestRedeemsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		phone := h.phone("alice")
		for range 5 {
			_, ticket := h.ticketOf(phone)
			_, rival := h.ticketOf(phone)
			same := make([]visitor, 6)
			var other visitor
			redeems := []func(){func() { other = h.enterBy(rival) }}
			for i := range same {
				redeems = append(redeems, func() { same[i] = h.enterOrNot(ticket) })
			}
			together(redeems...)
			// Of two logins of one account the later one lives, whoever it is; a ticket
			// gives one login only.
			var one visitor
			for _, v := range same {
				if v.sid != "" && one.sid != "" && v.xml != one.xml {
					t.Errorf("one ticket gave\n%s\nand\n%s", one.xml, v.xml)
				}
				if v.sid != "" {
					one = v
				}
			}
			alive := 0
			for _, v := range []visitor{one, other} {
				if v.sid == "" {
					continue
				}
				switch got := retOf(h.knock("POST", base+wire.Init.Path, "{"+v.base()+"}")); got {
				case webwx.RetOK:
					alive++
				case webwx.RetKicked:
				default:
					t.Errorf("a login after the race: Ret %d", got)
				}
			}
			if alive != 1 {
				t.Errorf("%d web logins of one account live, want 1", alive)
			}
		}
	})
}

// enterOrNot is enterBy for a ticket whose login may be over already.
func (h *house) enterOrNot(ticket string) visitor {
	a := h.knock("GET", base+wire.NewLoginPage.Path+"?fun=new&"+ticket, "")
	if m := loginPattern.FindStringSubmatch(a.body); m != nil {
		return visitor{uin: m[3], sid: m[2], skey: m[1], xml: a.body}
	}
	if !strings.HasPrefix(a.body, "<error><ret>-14</ret>") {
		h.t.Errorf("newloginpage in a race: %s", a)
	}
	return visitor{}
}

func TestRedeemWhileThePhoneEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		phone := h.phone("alice")
		h.letIn(phone)
		for range 10 {
			_, ticket := h.ticketOf(phone)
			var v visitor
			together(
				func() { v = h.enterOrNot(ticket) },
				func() { _ = phone.End(t.Context(), "") }, // which of the two it ends is open
				func() { v2 := h.enterOrNot(ticket); _ = v2 },
			)
			logins, _, err := phone.Logins(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			web := 0
			for _, l := range logins {
				if !l.Phone {
					web++
				}
			}
			if v.sid == "" {
				continue
			}
			got := retOf(h.knock("POST", base+wire.Sync.Path, "{"+v.base()+"}"))
			if web == 0 && got != webwx.RetLoggedOut || web == 1 && got != webwx.RetOK || web > 1 {
				t.Errorf("the phone lists %d web logins, and webwxsync answers Ret %d", web, got)
			}
		}
	})
}

// A login that is ended while the server reads it is over for the next request:
// when it reads it for the first time, and when it reads it again.
func TestEndWhileTheLoginIsRead(t *testing.T) {
	key := []byte("an example key of 32 bytes......")
	for name, known := range map[string]bool{"for the first time": false, "again": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newSpy()
				h := openOn(t, e, wxserver.Options{Key: key}, few)
				phone := h.phone("alice")
				alice := h.letIn(phone)
				if !known {
					h.reopen(t, key) // it remembers nobody
				} else {
					h.phone("alice") // what it knows of the account's logins is old now
				}
				var rival sync.WaitGroup
				ask := func() webwx.Ret { return retOf(h.knock("POST", base+wire.Sync.Path, "{"+alice.base()+"}")) }
				e.onceSeen("login/", func() {
					if err := phone.End(t.Context(), ""); err != nil {
						t.Error(err)
					}
					rival.Go(func() { ask() }) // it may be faster than the one that is reading
					time.Sleep(time.Minute)
				})
				ask()
				if got := ask(); got != webwx.RetLoggedOut {
					t.Errorf("after its end: Ret %d, want 1100", got)
				}
				rival.Wait()
			})
		})
	}
}

// onceSeen calls f after the next Get of a key with this prefix.
func (e *spy) onceSeen(prefix string, f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = func(keys []string) {
		e.mu.Lock()
		hit := e.seen != nil && len(keys) > 0 && strings.HasPrefix(keys[0], prefix)
		if hit {
			e.seen = nil
		}
		e.mu.Unlock()
		if hit {
			f()
		}
	}
}

func TestSendsWhileAFriendshipEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, people)
		alice, carol := h.letIn(h.phone("alice")), h.letIn(h.phone("carol"))
		to := h.contactsOf(alice)["卡罗尔"]
		taken := make([]bool, 20)
		send := func(i int) webwx.Ret {
			return retOf(h.knock("POST", base+wire.SendMsg.Path, "{"+alice.base()+fmt.Sprintf(`,"Msg":{"Type":1,"Content":"no %d.","ToUserName":"%s","ClientMsgId":"%d"}}`, i, to, i)))
		}
		jobs := []func(){func() { h.forget(t, "friend/") }}
		for i := range taken {
			jobs = append(jobs, func() {
				switch got := send(i); got {
				case webwx.RetOK:
					taken[i] = true
				case webwx.RetNotFriend:
				default:
					t.Errorf("send in a race: Ret %d", got)
				}
			})
		}
		together(jobs...)
		if got := send(99); got != webwx.RetNotFriend {
			t.Errorf("a send after the end: Ret %d, want 1204", got)
		}
		box := h.knock("POST", base+wire.Sync.Path, "{"+carol.base()+"}").body
		for i, ok := range taken {
			if got := strings.Contains(box, fmt.Sprintf("no %d.", i)); got != ok {
				t.Errorf("message %d: accepted %t, arrived %t", i, ok, got)
			}
		}
	})
}

var errEngine = errors.New("the engine has no more room")

// nth fails the n-th call only, and tells whether it came to that.
func nth(n int) (f func(string) error, failed func() bool) {
	count := 0
	return func(string) error {
		count++
		if count == n {
			return errEngine
		}
		return nil
	}, func() bool { return count >= n }
}

func TestEngineErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, log := newSpy(), new(journal)
		h := openOn(t, e, wxserver.Options{Logger: log.logger(), Limits: wxserver.Limits{Codes: -1}}, people)
		phone, bobs := h.phone("alice"), h.phone("bob")
		alice := h.letIn(phone)
		phones := onPhone(phone)
		to := h.contactsOf(alice)["Bob &amp; Co"]
		q := url.Values{"uin": {alice.uin}, "sid": {alice.sid}, "skey": {alice.skey}, "synckey": {"2_600000000"}}.Encode()
		waits := h.code()
		_, ticket := h.ticketOf(bobs)
		own := []string{"Cookie", alice.cookies, "Accept", "text/html"}
		onPage := []string{"Cookie", "webwx_phone=" + phones.uin + "." + phones.sid}

		status := func(code int) func(heard) bool { return func(a heard) bool { return a.status == code } }
		says := func(text string) func(heard) bool {
			return func(a heard) bool { return a.status == http.StatusOK && strings.HasPrefix(a.body, text) }
		}
		ret := func(code webwx.Ret) func(heard) bool {
			return func(a heard) bool { return a.status == http.StatusOK && retOf(a) == code }
		}
		post := func(path string, v visitor, more string) func() heard {
			return func() heard { return h.knock("POST", base+path, "{"+v.base()+more+"}") }
		}
		get := func(path string, header ...string) func() heard {
			return func() heard { return h.knock("GET", base+path, "", header...) }
		}
		for _, c := range []struct {
			name    string
			ask     func() heard
			trouble func(heard) bool
			fine    func(heard) bool
		}{
			{"jslogin", get("/jslogin?appid=" + webwx.AppID), says("window.QRLogin.code = 500;"), says("window.QRLogin.code = 200;")},
			{"login", get(cgiBin + "login?uuid=" + waits), says("window.code=500;"), says("window.code=408;")},
			{"qrcode", get("/qrcode/" + waits), status(500), status(200)},
			{"webwxnewloginpage", get(wire.NewLoginPage.Path + "?fun=new&" + ticket), says("<error><ret>-1</ret>"), says("<error><ret>0</ret>")},
			{"webwxpushloginurl", get(wire.PushLogin.Path, own...), says(`{"ret":"1"`), says(`{"ret":"0"`)},
			{"webwxinit", post(wire.Init.Path, alice, ""), ret(-1), ret(0)},
			{"webwxstatusnotify", post(wire.StatusNotify.Path, alice, `,"Code":3`), ret(-1), ret(0)},
			{"a read notice", post(wire.StatusNotify.Path, alice, `,"Code":1,"ToUserName":"`+to+`"`), ret(-1), ret(0)},
			{"webwxgetcontact", post(wire.GetContact.Path, alice, ""), ret(-1), ret(0)},
			{"webwxbatchgetcontact", post(wire.BatchGetContact.Path, alice, `,"List":[{"UserName":"`+to+`"}]`), ret(-1), ret(0)},
			{"webwxsendmsg", post(wire.SendMsg.Path, alice, `,"Msg":{"Type":1,"Content":"once","ToUserName":"`+to+`","ClientMsgId":"1"}`), ret(-1), ret(0)},
			{"webwxsync", post(wire.Sync.Path, alice, `,"SyncKey":{"Count":1,"List":[{"Key":2,"Val":600000001}]}`), ret(-1), ret(0)},
			{"synccheck", get(wire.SyncCheck.Path + "?" + q), says(`window.synccheck={retcode:"0",selector:"0"}`), says(`window.synccheck={retcode:"0",selector:"2"}`)},
			{"phone/login", func() heard {
				return h.knock("POST", base+wire.PhoneLogin.Path, `{"Name":"carol","Password":"carol-secret"}`)
			}, ret(-1), ret(0)},
			{"phone/scan", post(wire.PhoneScan.Path, phones, `,"Code":"`+waits+`"`), ret(-1), ret(0)},
			{"phone/confirm", post(wire.PhoneConfirm.Path, phones, `,"Code":"`+waits+`"`), ret(-1), ret(0)},
			{"phone/logins", post(wire.PhoneLogins.Path, phones, ""), ret(-1), ret(0)},
			{"webwxgeticon", get(cgiBin+"webwxgeticon?username="+to, own...), status(500), status(200)},
			{"the desk", get("/", own...), status(500), status(200)},
			{"the phone's page", get("/phone", onPage...), func(a heard) bool { return a.status == 500 || a.status == 200 }, status(200)},
			{"phone/end", post(wire.PhoneEnd.Path, phones, ""), ret(-1), ret(0)},
			{"phone/logout", post(wire.PhoneLogout.Path, phones, ""), ret(-1), ret(0)},
		} {
			for n := 1; ; n++ {
				f, failed := nth(n)
				e.failing(f)
				a := c.ask()
				e.failing(nil)
				if !failed() {
					if !c.fine(a) {
						t.Errorf("%s after the engine has recovered: %.400s", c.name, a)
					}
					if n == 1 {
						t.Errorf("%s asks the engine nothing", c.name)
					}
					break
				}
				if !c.trouble(a) && !c.fine(a) { // the call may have been one that does not matter
					t.Errorf("%s when the engine fails at call %d: %.400s", c.name, n, a)
				}
				if c.name == "synccheck" && strings.Contains(a.body, `selector:"0"`) && a.after < time.Second {
					t.Errorf("synccheck in trouble is answered after %v, want 1s at least", a.after)
				}
				if strings.Contains(a.String(), errEngine.Error()) {
					t.Errorf("%s tells what is wrong inside: %s", c.name, a)
				}
			}
		}
		if !strings.Contains(log.String(), errEngine.Error()) {
			t.Error("the log does not tell what is wrong")
		}
		for name, secret := range secretsOf(t, alice) {
			if strings.Contains(log.String(), secret) {
				t.Errorf("the log tells the %s", name)
			}
		}
		bob := h.letIn(bobs)
		box := h.knock("POST", base+wire.Sync.Path, "{"+bob.base()+`,"SyncKey":{"Count":1,"List":[{"Key":2,"Val":600000000}]}}`).body
		if got := strings.Count(box, `"once"`); got != 1 {
			t.Errorf("a message sent until it was accepted arrived %d times", got)
		}
	})
}

// A commit may have been done although its error says nothing of the kind.
func TestEngineErrorsAfterTheDeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newSpy()
		h := openOn(t, e, wxserver.Options{}, few)
		phone := h.phone("alice")
		alice, bob := h.letIn(phone), h.letIn(h.phone("bob"))
		to := h.contactsOf(alice)["Bob &amp; Co"]
		_, ticket := h.ticketOf(phone)
		fail := func(f func(string) error) {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.late = f
		}
		send := "{" + alice.base() + `,"Msg":{"Type":1,"Content":"once","ToUserName":"` + to + `","ClientMsgId":"1"}}`
		fail(func(string) error { return errEngine })
		first := h.knock("POST", base+wire.SendMsg.Path, send)
		login := h.knock("GET", base+wire.NewLoginPage.Path+"?fun=new&"+ticket, "")
		fail(nil)
		if got := retOf(first); got != webwx.RetSystem {
			t.Errorf("the send: %s, want Ret -1", first)
		}
		if !strings.HasPrefix(login.body, "<error><ret>-1</ret>") {
			t.Errorf("the ticket: %s, want ret -1", login)
		}
		v := h.enterBy(ticket) // the same again
		again := h.knock("POST", base+wire.SendMsg.Path, strings.Replace(send, alice.base(), v.base(), 1))
		if got := retOf(again); got != webwx.RetNotFriend {
			t.Errorf("another login's send with the first one's name: Ret %d, want 1204", got)
		}
		again = h.knock("POST", base+wire.SendMsg.Path, strings.ReplaceAll(strings.Replace(send, alice.base(), v.base(), 1), to, h.contactsOf(v)["Bob &amp; Co"]))
		if got := retOf(again); got != webwx.RetOK {
			t.Errorf("the repeated send: %s, want Ret 0", again)
		}
		box := h.knock("POST", base+wire.Sync.Path, "{"+bob.base()+"}").body
		if got := strings.Count(box, `"once"`); got != 1 {
			t.Errorf("the message arrived %d times, want once", got)
		}
	})
}

// What has been acknowledged is written when Close returns, also under load.
func TestCloseWritesAcknowledgements(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newSpy()
		h := openOn(t, e, wxserver.Options{}, few)
		bob := h.letIn(h.phone("bob"))
		phone := h.phone("alice")
		h.ringing(t, phone, bob)
		alice := h.letIn(phone)
		e.news()
		key := `,"SyncKey":{"Count":1,"List":[{"Key":2,"Val":60000000%d}]}`
		var held heard
		together(func() { held = h.knock("POST", base+wire.SyncCheck.Path, "{"+onPhone(phone).base()+"}") },
			func() {
				for i := range 5 {
					h.knock("POST", base+wire.Sync.Path, "{"+bob.base()+fmt.Sprintf(key, i)+"}")
				}
				h.knock("POST", base+wire.Sync.Path, "{"+alice.base()+fmt.Sprintf(key, 2)+"}")
				synctest.Wait()
				if err := h.server.Close(); err != nil {
					t.Error(err)
				}
			})
		if want := `window.synccheck={retcode:"0",selector:"0"}`; held.body != want || held.after != 0 {
			t.Errorf("the poll held at Close: %s, want %s at once", held, want)
		}
		e.mu.Lock()
		all := strings.Join(e.written, "\n")
		e.mu.Unlock()
		if !strings.Contains(all, "ack/") {
			t.Errorf("written: %s, want the acknowledgements", all)
		}
		docs, err := e.List(t.Context(), "ack/", "", 10)
		if err != nil || len(docs) == 0 {
			t.Errorf("acknowledgements stored: %v, %v", docs, err)
		}
	})
}

// ringing puts a few entries into boxes and reads them all with phone.
func (h *house) ringing(t *testing.T, phone *wxphone.Phone, from visitor) {
	t.Helper()
	to := h.contactsOf(from)["爱丽丝"]
	for i := range 5 {
		send := fmt.Sprintf(`,"Msg":{"Type":1,"Content":"x","ToUserName":"%s","ClientMsgId":"%d"}}`, to, i)
		if got := retOf(h.knock("POST", base+wire.SendMsg.Path, "{"+from.base()+send)); got != webwx.RetOK {
			t.Fatalf("send: Ret %d", got)
		}
	}
	c, err := phone.Client(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	h.texts(c, 5)
	h.quiet(c)
}

// The logins of others may acknowledge all the time: nobody's login waits for it.
func TestLoginDoesNotWaitForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowAcks{Engine: memengine.New()}
		h := openOn(t, slow, wxserver.Options{}, few)
		phone := h.phone("alice")
		bob := h.letIn(h.phone("bob"))
		h.letIn(phone)
		_, ticket := h.ticketOf(phone)
		stuck := make(chan struct{})
		slow.stuck.Store(&stuck)
		h.ackOf(t, bob)
		synctest.Wait()
		start := time.Now()
		h.enterBy(ticket)
		if got := time.Since(start); got != 0 {
			t.Errorf("a login took %v while others' acknowledgements were written", got)
		}
		if !slow.waits.Load() {
			t.Error("no acknowledgement was being written")
		}
		close(stuck)
	})
}

// ackOf makes v acknowledge something new.
func (h *house) ackOf(t *testing.T, v visitor) {
	t.Helper()
	h.knock("POST", base+wire.StatusNotify.Path, "{"+v.base()+`,"Code":1,"ToUserName":"filehelper"}`)
	a := h.knock("POST", base+wire.Sync.Path, "{"+v.base()+"}")
	_, key, _ := strings.Cut(a.body, `"SyncKey":`)
	key, _, _ = strings.Cut(key, `,"SKey"`)
	h.knock("POST", base+wire.Sync.Path, "{"+v.base()+`,"SyncKey":`+key+"}")
}

// slowAcks commits no acknowledgement while it is stuck.
type slowAcks struct {
	wxserver.Engine
	stuck atomic.Pointer[chan struct{}]
	waits atomic.Bool
}

func (e *slowAcks) Commit(ctx context.Context, b *wxserver.Batch) (wxserver.Receipt, error) {
	if stuck := e.stuck.Load(); stuck != nil && len(b.Docs) > 0 && strings.HasPrefix(b.Docs[0].Key, "ack/") {
		e.waits.Store(true)
		<-*stuck
	}
	return e.Engine.Commit(ctx, b)
}

// Without a bubble: what a server starts it ends.
func TestServerLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	engine := memengine.New()
	server, err := wxserver.New(engine, wxserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	uuid := httptest.NewRecorder()
	server.ServeHTTP(uuid, httptest.NewRequestWithContext(t.Context(), "GET", "/jslogin?appid="+webwx.AppID, nil))
	poll := wire.LoginPoll.Path + "?uuid=" + found(t, uuidPattern, uuid.Body.String())[1]
	polls := make([]func(), 10)
	for i := range polls {
		polls[i] = func() {
			w := httptest.NewRecorder()
			server.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", poll, nil))
			if got, want := w.Body.String(), "window.code=408;"; got != want {
				t.Errorf("a poll at the end: %s, want %s", got, want)
			}
		}
	}
	together(append(polls, func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})...)
	if err := engine.Close(); err != nil {
		t.Error(err)
	}
}
