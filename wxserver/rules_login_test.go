package wxserver_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx/wxserver"
)

const week = 7 * 24 * time.Hour

// How a session ends, and what it is told.
func TestWhatADeadLoginIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		end      func(h *byHand, w *web)
		ret      int64
		synccode []int // of one synccheck after another
	}{
		"the phone ended it": {
			func(h *byHand, _ *web) {
				if err := h.ring("alice").End(h.t.Context(), ""); err != nil {
					h.t.Error(err)
				}
			}, 1100, []int{1100, 1100, 1100, 1101, 1101},
		},
		"another web login": {func(h *byHand, _ *web) { h.enter("alice", mainHost) }, 1101, []int{1101, 1101, 1101, 1101}},
		"its own logout":    {func(_ *byHand, w *web) { w.post("webwxlogout", "") }, 1101, []int{1101, 1101, 1101, 1101}},
		"expiry":            {func(*byHand, *web) { time.Sleep(week + time.Minute) }, 1101, []int{1101, 1101, 1101, 1101}},
		"unknown credentials": {
			func(_ *byHand, w *web) { w.sid = strings.Repeat("A", 16) }, 1102, []int{1102, 1102, 1102, 1102},
		},
		"mismatched credentials": {func(_ *byHand, w *web) { w.uin = "1" + w.uin }, 1102, []int{1102, 1102, 1102, 1102}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := openByHand(t, wxserver.Options{})
				w := h.started("alice", mainHost)
				alive := w.post("webwxinit", "")
				c.end(h, w)
				for i, code := range c.synccode {
					a := w.check()
					if got, want := a.body, synccheck(code, 0); got != want || a.status != 200 {
						t.Errorf("synccheck %d: %d %s, want %s", i, a.status, got, want)
					}
					if a.after < time.Second {
						t.Errorf("synccheck %d was answered after %v, want at least 1 s", i, a.after)
					}
				}
				for _, op := range []string{"webwxsync", "webwxgetcontact", "webwxbatchgetcontact", "webwxstatusnotify", "webwxsendmsg"} {
					a := w.post(op, `"Code":3,"Msg":{"Type":1,"Content":"x","ToUserName":"filehelper"}`)
					if got := ret(t, parse(t, a.body)); got != c.ret {
						t.Errorf("%s: Ret %d, want %d", op, got, c.ret)
					}
					if a.after < time.Second {
						t.Errorf("%s was answered after %v, want at least 1 s", op, a.after)
					}
				}
				a := w.post("webwxinit", "")
				o := parse(t, a.body)
				if got, want := ret(t, o), max(c.ret, 1101); got != want {
					t.Errorf("webwxinit: Ret %d, want %d", got, want)
				}
				if got, want := keysOf(t, []byte(a.body)), keysOf(t, []byte(alive.body)); !slices.Equal(got, want) {
					t.Errorf("webwxinit has keys %q, want all: %q", got, want)
				}
				for _, k := range initKeys {
					if got := kind(o[k.key]); got != k.kind {
						t.Errorf("webwxinit: kind of %s = %s, want %s", k.key, got, k.kind)
					}
				}
				if a.after < time.Second {
					t.Errorf("webwxinit was answered after %v, want at least 1 s", a.after)
				}
			})
		})
	}
}

// The reason is kept for seven days, over restarts.
func TestTheReasonIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := []byte("an example key of 32 bytes......")
		h := openByHand(t, wxserver.Options{Key: key})
		w, bob := h.started("alice", mainHost), h.started("bob", mainHost)
		if err := h.ring("alice").End(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		bob.post("webwxlogout", "")
		told := func(when string, wantAlice, wantBob int64) {
			t.Helper()
			if got := ret(t, w.syncAt(w.key)); got != wantAlice {
				t.Errorf("%s: the login that the phone ended is told %d, want %d", when, got, wantAlice)
			}
			if got := ret(t, bob.syncAt(bob.key)); got != wantBob {
				t.Errorf("%s: the login that logged out is told %d, want %d", when, got, wantBob)
			}
		}
		told("at once", 1100, 1101)
		h.restart(wxserver.Options{Key: key})
		told("after a restart", 1100, 1101)
		time.Sleep(week - time.Hour)
		h.restart(wxserver.Options{Key: key})
		told("nearly seven days later, after another restart", 1100, 1101)
		time.Sleep(2 * time.Hour)
		h.restart(wxserver.Options{Key: key})
		told("after that", 1102, 1102)
	})
}

// A login in use lives on; it is over when it was idle for its life.
func TestUseKeepsALogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		w := h.started("alice", mainHost)
		for range 4 {
			time.Sleep(week - 2*time.Hour)
			if got := ret(t, w.sync()); got != 0 {
				t.Fatalf("a login used every six days: Ret %d", got)
			}
		}
	})
}

func TestLogoutForms(t *testing.T) {
	const jsonOK = `{"BaseResponse":{"Ret":0,"ErrMsg":""}}`
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		for _, c := range []struct {
			name, method, query, body string
			header                    []string
			cookies, browser, ends    bool
		}{
			{
				"the official page's form", "POST", "?redirect=1&type=0&skey=SKEY", "sid=SID&uin=UIN",
				[]string{"Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html,application/xhtml+xml", "Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "navigate"},
				true, true, true,
			},
			{"a browser's GET", "GET", "?redirect=1&type=1&skey=SKEY", "", []string{"Accept", "text/html"}, true, true, true},
			{"openwechat", "GET", "?redirect=1&type=1&skey=SKEY", "", nil, true, false, true},
			{"wechat-robot", "GET", "?redirect=1&type=1&sKey=SKEY", "", nil, true, false, true},
			{"wechat4u", "POST", "?redirect=1&type=0&skey=SKEY&lang=zh_CN", "", nil, true, false, true},
			{"wechat-go", "POST", "?redirect=1&type=1&skey=SKEY", "{}", []string{"Content-Type", "application/x-www-form-urlencoded"}, true, false, true},
			{"wwdk", "POST", "?redirect=0&type=1&skey=SKEY", "sid=SID&uin=UIN", nil, false, false, true},
			{"a BaseRequest", "POST", "", `{"BaseRequest":{"Uin":UIN,"Sid":"SID"}}`, nil, false, false, true},
			{"an unknown skey is empty, as the page sends it", "POST", "?redirect=1&type=0&skey=", "sid=SID&uin=UIN", []string{"Accept", "text/html"}, true, true, true},
			{"no credentials in a browser", "GET", "", "", []string{"Accept", "text/html"}, false, true, false},
			{"no credentials", "POST", "?redirect=1", "", nil, false, false, false},
			{"wrong credentials", "POST", "", "sid=x&uin=UIN", nil, false, false, false},
			{"a body that cannot be read", "POST", "?redirect=1", "{", nil, false, false, false},
		} {
			w := h.started("alice", mainHost)
			fill := strings.NewReplacer("SKEY", w.skey, "SID", w.sid, "UIN", w.uin).Replace
			header := c.header
			if c.cookies {
				header = append([]string{"Cookie", cookieHeader(w.cookies)}, header...)
			}
			for _, round := range []string{"first", "repeated"} { // a dead login may log out too
				a := h.ask(c.method, mainHost+cgi+"webwxlogout"+fill(c.query), fill(c.body), header...)
				if c.browser && (a.status != 301 || a.header.Get("Location") != "/") {
					t.Errorf("%s, %s: %d to %q, want 301 to /", c.name, round, a.status, a.header.Get("Location"))
				}
				if !c.browser && (a.status != 200 || a.body != jsonOK) {
					t.Errorf("%s, %s: %d %s, want 200 %s", c.name, round, a.status, a.body, jsonOK)
				}
				cleared := make(map[string]bool)
				for _, cookie := range a.cookies(t) {
					cleared[cookie.Name] = cookie.Value == "" && cookie.Expires.Before(time.Now()) && cookie.Domain == "wx2.qq.com" && cookie.Path == "/"
				}
				if !cleared["wxsid"] || !cleared["wxuin"] {
					t.Errorf("%s, %s: cookies %q, want wxsid and wxuin cleared", c.name, round, a.header["Set-Cookie"])
				}
				for _, keep := range []string{"webwxuvid", "webwx_auth_ticket"} {
					if _, ok := cleared[keep]; ok {
						t.Errorf("%s, %s: cookie %s is touched, which a push login needs", c.name, round, keep)
					}
				}
			}
			want := int64(0)
			if c.ends {
				want = 1101
			}
			if got := ret(t, w.syncAt(w.key)); got != want {
				t.Errorf("%s: the login is told %d afterwards, want %d", c.name, got, want)
			}
			home := h.ask("GET", mainHost+"/", "", "Cookie", cookieHeader(w.cookies))
			if got := strings.Contains(home.body, `isLogin: !!"1"`); got == c.ends {
				t.Errorf("%s: / says isLogin %v afterwards, want %v", c.name, got, !c.ends)
			}
		}
	})
}

// A login without a code: the phone only confirms. endpoints.md §5.
func TestPushLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		phone, bob := h.ring("alice"), h.enter("bob", mainHost)
		w := h.started("alice", mainHost)
		push := func(host, uin, cookies string) object {
			return parse(t, h.ask("GET", host+cgi+"webwxpushloginurl?uin="+uin, "", "Cookie", cookies).body)
		}
		itchat := func(w *web) string {
			parts := []string{"login_frequency=2", "last_wxuin=" + w.uin, "MM_WX_NOTIFY_STATE=1", "MM_WX_SOUND_STATE=1", "wxpluginkey=1", "wxuin=" + w.uin}
			for _, c := range w.cookies {
				if c.Name == "webwxuvid" || c.Name == "webwx_auth_ticket" || c.Name == "wxloadtime" {
					parts = append(parts, c.Name+"="+c.Value)
				}
			}
			return strings.Join(parts, "; ")
		}
		for name, c := range map[string]struct{ uin, cookies string }{
			"no cookies":                    {w.uin, ""},
			"cookies of another account":    {w.uin, itchat(bob)},
			"a ticket that is cut":          {w.uin, strings.TrimSuffix(itchat(w), itchat(w)[len(itchat(w))-2:])},
			"a ticket that nobody gave out": {w.uin, "wxuin=" + w.uin + "; webwx_auth_ticket=" + strings.Repeat("A", 86)},
			"the sid alone":                 {w.uin, "wxuin=" + w.uin + "; wxsid=" + w.sid},
		} {
			o := push(mainHost, c.uin, c.cookies)
			if text(t, o["ret"]) != "1" || text(t, o["uuid"]) != "" || text(t, o["msg"]) == "" {
				t.Errorf("%s: %v, want ret 1 and an empty uuid", name, o)
			}
		}

		for _, c := range []struct {
			name, host string
			end        func()
		}{
			{"while the login lives", mainHost, func() {}},
			{"after a logout, on the login host", loginHost, func() { w.post("webwxlogout", "") }},
			{"after the login has expired", mainHost, func() { time.Sleep(week + time.Hour) }},
		} {
			c.end()
			o := push(c.host, w.uin, itchat(w))
			uuid := text(t, o["uuid"])
			if text(t, o["ret"]) != "0" || text(t, o["msg"]) != "all ok" || uuid == "" {
				t.Fatalf("%s: %v, want ret 0 and a uuid", c.name, o)
			}
			if _, pending, err := phone.Logins(t.Context()); err != nil || len(pending) != 1 || pending[0].UUID != uuid {
				t.Errorf("%s: the phone sees %v (%v), want the code", c.name, pending, err)
			}
			if err := h.ring("bob").Confirm(t.Context(), uuid); err == nil {
				t.Errorf("%s: somebody else's phone may confirm", c.name)
			}
			waiting := h.later("GET", pollURL(loginHost, uuid, "1"), "")
			time.Sleep(8 * time.Second)
			if err := phone.Confirm(t.Context(), uuid); err != nil {
				t.Fatal(err)
			}
			a := <-waiting
			m := redirectText.FindStringSubmatch(a.body)
			if m == nil || a.after != 8*time.Second {
				t.Fatalf("%s: the poll answered %q after %v, want 200 after 8 s", c.name, a.body, a.after)
			}
			next := h.redeem(m[1], mainHost)
			if next.uin != w.uin || next.sid == w.sid {
				t.Errorf("%s: uin %s, want a new login of %s", c.name, next.uin, w.uin)
			}
			w = next
			w.init()
		}

		uuid := text(t, push(mainHost, w.uin, itchat(w))["uuid"])
		waiting := h.later("GET", pollURL(loginHost, uuid, "1"), "")
		time.Sleep(time.Second)
		if err := phone.Cancel(t.Context(), uuid); err != nil {
			t.Fatal(err)
		}
		if got := (<-waiting).body; got != "window.code=202;" {
			t.Errorf("after a cancelled push login: %q, want 202", got)
		}
		if err := phone.Confirm(t.Context(), uuid); err != nil {
			t.Errorf("the push login after its cancel: %v", err)
		}
		if got := h.ask("GET", pollURL(loginHost, uuid, "1"), "").body; !redirectText.MatchString(got) {
			t.Errorf("after a late confirmation: %q, want 200", got)
		}
	})
}

// A code that is cancelled says so once and can be used again.
func TestCancelledCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		ctx, alice, bob, uuid := t.Context(), h.ring("alice"), h.ring("bob"), h.uuid()
		poll := func() answer { return h.ask("GET", pollURL(loginHost, uuid, "0"), "") }
		if err := alice.Confirm(ctx, uuid); err == nil {
			t.Error("a code can be confirmed without a scan")
		}
		if err := alice.Cancel(ctx, uuid); err == nil {
			t.Error("a code can be cancelled without a scan")
		}
		if _, err := alice.Scan(ctx, uuid); err != nil {
			t.Fatal(err)
		}
		if _, err := bob.Scan(ctx, uuid); err == nil {
			t.Error("a second phone may scan a code")
		}
		if err := bob.Confirm(ctx, uuid); err == nil {
			t.Error("a second phone may confirm a code")
		}
		if got := poll().body; !avatarText.MatchString(got) {
			t.Errorf("after the scan: %q, want 201", got)
		}
		waiting := h.later("GET", pollURL(loginHost, uuid, "0"), "")
		time.Sleep(3 * time.Second)
		if err := alice.Cancel(ctx, uuid); err != nil {
			t.Fatal(err)
		}
		if a := <-waiting; a.body != "window.code=202;" || a.after != 3*time.Second {
			t.Errorf("after the cancel: %q after %v, want 202 after 3 s", a.body, a.after)
		}
		if a := poll(); a.body != "window.code=408;" || a.after != 25*time.Second {
			t.Errorf("then: %q after %v, want 408 after 25 s", a.body, a.after)
		}
		if _, err := bob.Scan(ctx, uuid); err != nil {
			t.Errorf("another phone scans the cancelled code: %v", err)
		}
		if got := poll().body; !avatarText.MatchString(got) {
			t.Errorf("after the second scan: %q, want 201", got)
		}
		if err := alice.Confirm(ctx, uuid); err == nil {
			t.Error("the phone that cancelled may confirm for the other")
		}
		if err := bob.Confirm(ctx, uuid); err != nil {
			t.Fatal(err)
		}
		w := h.redeem(h.redirect(mainHost, uuid), mainHost)
		if got, want := w.uin, fmt.Sprint(bob.Credentials().Uin); got != want {
			t.Errorf("the login is of %s, want of who confirmed: %s", got, want)
		}
	})
}

// A code lives five minutes, and again after its scan.
func TestACodeExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openByHand(t, wxserver.Options{})
		ctx, phone := t.Context(), h.ring("alice")
		poll := func(uuid string) string { return h.ask("GET", pollURL(loginHost, uuid, "1"), "").body }

		uuid := h.uuid()
		time.Sleep(5*time.Minute - 30*time.Second)
		if got := poll(uuid); got != "window.code=408;" {
			t.Errorf("before five minutes: %q, want 408", got)
		}
		time.Sleep(10 * time.Second)
		if got := poll(uuid); got != "window.code=400;" {
			t.Errorf("after five minutes: %q, want 400", got)
		}
		if got := h.ask("GET", loginHost+"/qrcode/"+uuid, "").status; got != 404 {
			t.Errorf("image of an expired code: status %d, want 404", got)
		}
		if _, err := phone.Scan(ctx, uuid); err == nil {
			t.Error("an expired code can be scanned")
		}

		uuid = h.uuid()
		time.Sleep(4 * time.Minute)
		if _, err := phone.Scan(ctx, uuid); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Minute)
		if got := poll(uuid); !avatarText.MatchString(got) {
			t.Errorf("four minutes after the scan: %q, want 201", got)
		}
		if err := phone.Confirm(ctx, uuid); err != nil {
			t.Errorf("confirmation four minutes after the scan: %v", err)
		}
		uuid = h.uuid()
		if _, err := phone.Scan(ctx, uuid); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		if err := phone.Confirm(ctx, uuid); err == nil {
			t.Error("a code can be confirmed five minutes after its scan")
		}
	})
}
