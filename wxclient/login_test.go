package wxclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// follow logs in and returns the codes of the events, and the error.
func follow(t *testing.T, c *Client) (codes string, err error) {
	t.Helper()
	var b strings.Builder
	for ev, err := range c.Login(t.Context()) {
		if err != nil {
			return strings.TrimSpace(b.String()), err
		}
		fmt.Fprintf(&b, "%d ", ev.Code)
		if ev.Code == 0 && (ev.QR != webwx.CodeURL(ev.UUID) || string(ev.Image) != "JPEG") {
			t.Errorf("event shows %q with picture %q", ev.QR, ev.Image)
		}
	}
	return strings.TrimSpace(b.String()), nil
}

// tips returns the tip parameters of all polls.
func (f *fake) tips() string {
	list, _ := f.log(0)
	var tips []string
	for _, r := range list {
		if r.op == "login" {
			q, _ := url.ParseQuery(r.query)
			tips = append(tips, q.Get("uuid")+q.Get("tip"))
		}
	}
	return strings.Join(tips, " ")
}

func TestLoginFollowsPoll(t *testing.T) { // S 3.3, S 3.4, S 3.7–3.10
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		service.polls = []string{
			"window.code=408;",
			"window.code=201;window.userAvatar = 'data:img/jpg;base64,QVY=';",
			"window.code=201;window.userAvatar = 'data:img/jpg;base64,QVY=';",
			"window.code=408;",
			service.confirmed(),
		}
		c := newClient(t, transport, Options{})
		var avatars, codes []string
		for ev, err := range c.Login(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, ev.Code.String())
			avatars = append(avatars, string(ev.Avatar))
		}
		equal(t, codes, "code 0, waiting, scanned, waiting")
		equal(t, avatars, ", , AV, ")
		if got, want := service.tips(), "uuid1==1 uuid1==1 uuid1==0 uuid1==0 uuid1==0"; got != want {
			t.Errorf("tips %q, want %q", got, want)
		}
		if got, want := service.ops(0), "jslogin qrcode login login login login login webwxnewloginpage webwxinit webwxstatusnotify"; got != want {
			t.Errorf("order %q, want %q", got, want) // S 0.7, webwxinit once
		}
		if u := c.Self(); u.UserName != self || c.InviteStartCount() != 40 || len(c.ChatSet()) != 2 { // S 5.29, S 5.34, S 5.37
			t.Errorf("self %v, invite %d, chats %v", u, c.InviteStartCount(), c.ChatSet())
		}
	})
}

func TestLoginRenewsCode(t *testing.T) { // S 0.1
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		service.polls = []string{"window.code=400;", "window.code=201;", "window.code=202;", "window.code=500;", service.confirmed()}
		codes, err := follow(t, newClient(t, transport, Options{}))
		if codes != "0 0 201 202 0 0" || err != nil {
			t.Errorf("events %q, error %v", codes, err)
		}
		if got, want := service.tips(), "uuid1==1 uuid2==1 uuid2==0 uuid3==1 uuid4==1"; got != want {
			t.Errorf("polls %q, want %q", got, want)
		}
	})
}

func TestLoginGivesUpAfterMaxCodes(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		service.override["login"] = func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "window.code=400;") }
		began := time.Now()
		codes, err := follow(t, newClient(t, transport, Options{MaxCodes: 4}))
		if codes != "0 0 0 0" || !errors.Is(err, webwx.ErrExpired) {
			t.Errorf("events %q, error %v", codes, err)
		}
		if took := time.Since(began); took < 2*time.Second {
			t.Errorf("four codes in %v: that is hammering", took)
		}
	})
}

func TestLoginBarred(t *testing.T) { // S 4.7
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		service.override["webwxnewloginpage"] = func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "<error><ret>1203</ret><message>为了你的帐号安全</message></error>")
		}
		service.confirm()
		_, err := follow(t, newClient(t, transport, Options{}))
		if !errors.Is(err, webwx.ErrBarred) || err.Error() != "webwxnewloginpage: ret 1203: 为了你的帐号安全" {
			t.Errorf("error %v", err)
		}
	})
}

func TestLoginPageWith301(t *testing.T) { // README.md §8
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		service.override["webwxnewloginpage"] = func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusMovedPermanently)
			fmt.Fprintf(w, "<error><ret>0</ret><message></message><skey>%s</skey><wxsid>%s</wxsid><wxuin>%d</wxuin><pass_ticket>p</pass_ticket></error>", skey, sid, uin)
		}
		service.confirm()
		if _, err := follow(t, newClient(t, transport, Options{})); err != nil {
			t.Error(err)
		}
	})
}

func TestLoginFollowsRedirectURLOnce(t *testing.T) {
	for target, ok := range map[string]bool{"https://wx8.qq.com/moved?ticket=2": true, "https://evil.example/moved": false} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			service.override["webwxnewloginpage"] = func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, "<error><ret>1</ret><redirecturl>%s</redirecturl></error>", target)
			}
			service.override["moved"] = func(w http.ResponseWriter, r *http.Request) { service.serve(w, r, "webwxnewloginpage", nil) }
			service.confirm()
			_, err := follow(t, newClient(t, transport, Options{}))
			if (err == nil) != ok {
				t.Errorf("%s: error %v", target, err)
			}
			list, _ := service.log(0)
			if last := list[len(list)-1]; ok && last.host != "wx8.qq.com" {
				t.Errorf("last request went to %s", last.host)
			}
			for _, r := range list {
				if r.host == "evil.example" {
					t.Errorf("foreign host was asked for %s", r.path)
				}
			}
		})
	}
}

func TestLoginHosts(t *testing.T) { // S 3.13, README.md §3.1
	for _, tt := range []struct{ name, main, server, push, want string }{
		{"wx2", "https://wx2.qq.com", "", "", "login.weixin.qq.com wx2.qq.com webpush.wx2.qq.com"},
		{"abroad", "https://web.wechat.com", "", "", "login.weixin.qq.com web.wechat.com webpush.web.wechat.com"},
		{"with a port", "https://wx.qq.com:8443", "", "", "login.weixin.qq.com wx.qq.com:8443 webpush.wx.qq.com:8443"},
		{"an address has no hosts below it", "https://192.0.2.1", "", "", "login.weixin.qq.com 192.0.2.1 192.0.2.1"},
		{"another push host", "https://wx.qq.com", "", "webpush2.weixin.qq.com", "login.weixin.qq.com wx.qq.com webpush2.weixin.qq.com"},
		{"one server for all", "https://wx.qq.com", "http://127.0.0.1:8080", "", "127.0.0.1:8080 127.0.0.1:8080 127.0.0.1:8080"},
	} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			service.main = tt.main
			c := loggedIn(t, service, transport, Options{Server: tt.server, PushHost: tt.push})
			service.add(texts("1"))
			if _, err := c.SyncCheck(t.Context()); err != nil {
				t.Fatal(err)
			}
			list, n := service.log(0)
			if got := list[0].host + " " + list[n-2].host + " " + list[n-1].host; got != tt.want {
				t.Errorf("%s: hosts %q, want %q", tt.name, got, tt.want)
			}
		})
	}
}

func TestLoginRefusesDowngrade(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		service.main = "http://wx.qq.com"
		service.confirm()
		if _, err := follow(t, newClient(t, transport, Options{})); err == nil || strings.Contains(err.Error(), "ticket") {
			t.Errorf("error %v", err)
		}
	})
}

func TestLoginExtras(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		loggedIn(t, service, transport, Options{
			LoginHeader: http.Header{"Client-Version": {"2.0.0"}, "Referer": {"https://wx.qq.com/?target=t"}},
			LoginQuery:  url.Values{"mod": {"desktop"}},
		})
		list, _ := service.log(0)
		page := list[3]
		if page.header.Get("Client-Version") != "2.0.0" || page.header.Get("Referer") != "https://wx.qq.com/?target=t" || !strings.HasSuffix(page.query, "&mod=desktop") {
			t.Errorf("login page got %v, query %s", page.header, page.query)
		}
		if !strings.Contains(list[0].query, "webwxnewloginpage%3Fmod%3Ddesktop") {
			t.Errorf("jslogin query %s", list[0].query)
		}
		if list[4].header.Get("Client-Version") != "" {
			t.Error("the extra header went to other calls too")
		}
	})
}

func TestLoginWithoutPicture(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		service.override["qrcode"] = http.NotFound
		service.confirm()
		c := newClient(t, transport, Options{})
		for ev, err := range c.Login(t.Context()) {
			if err != nil || ev.QR == "" || ev.Image != nil {
				t.Errorf("event %v, error %v", ev, err)
			}
		}
	})
}

func TestLoginOutage(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		service.override["login"] = func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusBadGateway) }
		_, err := follow(t, newClient(t, transport, Options{}))
		if !errors.Is(err, ErrUnreachable) || !errors.Is(err, webwx.ErrTemporary) {
			t.Errorf("error %v", err)
		}
		if _, n := service.log(0); n > 20 {
			t.Errorf("%d requests in a minute", n)
		}
	})
}

func TestLoginLeftAndBusy(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := newClient(t, transport, Options{})
		for range c.Login(t.Context()) {
			for _, err := range c.Login(t.Context()) {
				if !errors.Is(err, ErrBusy) {
					t.Errorf("second login: %v", err)
				}
			}
			break
		}
		_, n := service.log(0)
		time.Sleep(time.Minute)
		if rest := service.ops(n); rest != "" {
			t.Errorf("after the loop was left: %s", rest)
		}
	})
}

func TestLoginTakesUpSavedSession(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		store := new(memoryStore)
		loggedIn(t, service, transport, Options{Store: store})
		_, n := service.log(0)
		c := newClient(t, transport, Options{Store: store})
		if codes, err := follow(t, c); codes != "" || err != nil {
			t.Errorf("events %q, error %v", codes, err)
		}
		list, _ := service.log(n)
		if got, want := service.ops(n), "webwxinit webwxstatusnotify"; got != want || list[0].host != "wx2.qq.com" {
			t.Errorf("requests %q to %s, want %q", got, list[0].host, want)
		}
		if cookies := list[0].header.Get("Cookie"); !strings.Contains(cookies, "wxsid="+sid) { // S 4.11
			t.Errorf("cookies %q", cookies)
		}
	})
}

func TestLoginByPush(t *testing.T) { // endpoints.md §5
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		inits := 0
		service.override["webwxinit"] = func(w http.ResponseWriter, r *http.Request) {
			if inits++; inits == 1 {
				io.WriteString(w, `{"BaseResponse":{"Ret":1101,"ErrMsg":""}}`)
				return
			}
			service.serve(w, r, "webwxinit", nil)
		}
		service.confirm()
		_, n := service.log(0)
		if codes, err := follow(t, c); codes != "201" || err != nil {
			t.Errorf("events %q, error %v", codes, err)
		}
		if got, want := service.ops(n), "webwxinit webwxpushloginurl login webwxnewloginpage webwxinit webwxstatusnotify"; got != want {
			t.Errorf("requests %q, want %q", got, want)
		}
	})
}

func TestLoginByCodeWhenPushIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		c.end(&webwx.Error{Op: "synccheck", Ret: webwx.RetKicked}, nil)
		if err := c.update(t.Context(), webwx.RetKicked); err != nil {
			t.Fatal(err)
		}
		service.override["webwxpushloginurl"] = func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"ret":"1","msg":"no","uuid":""}`)
		}
		service.confirm()
		_, n := service.log(0)
		if codes, err := follow(t, c); codes != "0" || err != nil {
			t.Errorf("events %q, error %v", codes, err)
		}
		if got, want := service.ops(n), "webwxpushloginurl jslogin qrcode login webwxnewloginpage webwxinit webwxstatusnotify"; got != want {
			t.Errorf("requests %q, want %q: a session known to be over is not asked for", got, want)
		}
	})
}

func TestLoginLeavesForeignSessionAlone(t *testing.T) {
	store := &memoryStore{saved: &Session{Version: 1, Server: "http://a", Credentials: webwx.Credentials{Uin: 1, Sid: "s"}}}
	c, err := New(Options{Server: "http://b", Store: store})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range c.Login(t.Context()) {
		if err == nil || !strings.Contains(err.Error(), "http://a") {
			t.Errorf("error %v", err)
		}
	}
}

func TestResume(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		store := new(memoryStore)
		if err := newClient(t, transport, Options{Store: store}).Resume(t.Context()); !errors.Is(err, ErrNoSession) {
			t.Errorf("nothing saved: %v", err)
		}
		first := loggedIn(t, service, transport, Options{Store: store})
		_, n := service.log(0)
		c := newClient(t, transport, Options{Store: store})
		if err := c.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.SendText(t.Context(), webwx.FileHelper, "hi"); err != nil {
			t.Error(err)
		}
		if got := service.ops(n); got != "webwxsendmsg" {
			t.Errorf("requests %q", got)
		}
		if err := first.Logout(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := store.Load(t.Context()); err == nil {
			t.Error("session is still saved after logout")
		}
		_, n = service.log(0)
		if _, err := first.SendText(t.Context(), "@bob", "x"); !errors.Is(err, webwx.ErrLoggedOut) {
			t.Errorf("send after logout: %v", err)
		}
		synctest.Wait()
		if got := service.ops(n); got != "" {
			t.Errorf("after logout: %s", got)
		}
	})
}

func TestNewChecksServer(t *testing.T) {
	for _, tt := range []struct{ name, server, want string }{
		{"a slash at the end does not count", "http://127.0.0.1:8080/", "http://127.0.0.1:8080"},
		{"nor does case", "HTTP://WX.Example/", "http://wx.example"},
		{"an address of version 6", "http://[::1]:8080", "http://[::1]:8080"},
		{"one with a zone", "http://[fe80::1%25eth0]:8080/", "http://[fe80::1%25eth0]:8080"},
		{"a path would be lost on the way", "http://x/path", ""},
		{"so would a query", "http://x?q=1", ""},
		{"no scheme", "127.0.0.1:8080", ""},
		{"another scheme", "ftp://x", ""},
		{"no host", "http://", ""},
		{"no host but a port", "http://:8080", ""},
		{"a user", "http://u:p@x", ""},
		{"no URL", ":", ""},
	} {
		c, err := New(Options{Server: tt.server})
		if (err == nil) != (tt.want != "") {
			t.Errorf("%s: %s gives error %v", tt.name, tt.server, err)
		}
		if err == nil && c.base(wire.Push) != tt.want {
			t.Errorf("%s: base %s, want %s", tt.name, c.base(wire.Push), tt.want)
		}
	}
}

// With one server for all hosts every step works, whatever the address looks like.
func TestLoginAtAddresses(t *testing.T) {
	for server, host := range map[string]string{
		"http://[::1]:8080/": "[::1]:8080", "http://[fe80::1%25eth0]:8080": "[fe80::1]:8080", "http://localhost": "localhost", "https://wx.example:8443": "wx.example:8443",
	} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{Server: server})
			service.add(texts("1"))
			equal(t, take(t, c, 1), "message 1")
			list, n := service.log(0)
			for _, r := range list {
				if r.host != host {
					t.Errorf("%s: %s went to %s", server, r.op, r.host)
				}
			}
			if cookies := list[n-1].header.Get("Cookie"); !strings.Contains(cookies, "wxsid="+sid) {
				t.Errorf("%s: cookies %q", server, cookies)
			}
		})
	}
}

func TestInitReplacesSkey(t *testing.T) { // S 4.12, S 5.30
	for given, want := range map[string]string{"@crypt_new": "@crypt_new", "": skey} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			service.override["webwxinit"] = func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `{"BaseResponse":{"Ret":0},"SKey":"%s","User":{"UserName":"@self"},"SyncKey":{"Count":1,"List":[{"Key":1,"Val":1}]}}`, given)
			}
			loggedIn(t, service, transport, Options{})
			list, n := service.log(0)
			if got := list[n-1]; !strings.Contains(got.body, `"Skey":"`+want+`"`) {
				t.Errorf("SKey %q: next request has %s", given, got.body)
			}
		})
	}
}

func TestLoginRetriesLostAnswers(t *testing.T) { // endpoints.md §4: the ticket works again
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		for _, op := range []string{"jslogin", "webwxnewloginpage", "webwxinit", "webwxstatusnotify"} {
			failed := false
			service.override[op] = func(w http.ResponseWriter, r *http.Request) {
				if !failed {
					failed = true
					panic(http.ErrAbortHandler)
				}
				service.serve(w, r, op, nil)
			}
		}
		service.confirm()
		if codes, err := follow(t, newClient(t, transport, Options{})); codes != "0" || err != nil {
			t.Errorf("events %q, error %v", codes, err)
		}
	})
}

func TestLogoutOfUnreachableService(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		store := new(memoryStore)
		c := loggedIn(t, service, transport, Options{Store: store})
		service.override["webwxlogout"] = func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }
		if err := c.Logout(t.Context()); err == nil {
			t.Error("no error")
		}
		if _, err := store.Load(t.Context()); err != nil {
			t.Errorf("the session is gone, but not ended: %v", err)
		}
		service.override["webwxlogout"] = func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/", http.StatusMovedPermanently) // as for browsers
		}
		if err := c.Logout(t.Context()); err != nil {
			t.Error(err)
		}
		list, n := service.log(0)
		if got, want := masked(list[n-1]), "POST wx2.qq.com/cgi-bin/mmwebwx-bin/webwxlogout?redirect=1&type=0&skey="+skText+"\nsid=Kq2wT-9xLm_4aPzB&uin=200100300"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if err := c.Logout(t.Context()); err != nil {
			t.Errorf("second logout: %v", err)
		}
	})
}

// A robot that goes on sending while its program logs in again is refused: the
// dead credentials would be refused too, and that must not end the new login.
func TestSendDuringNewLogin(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		service.set(func() { service.retcode = webwx.RetLoggedOut })
		for _, err := range c.Events(t.Context()) {
			if !errors.Is(err, webwx.ErrLoggedOut) {
				t.Fatal(err)
			}
		}
		service.override["webwxpushloginurl"] = http.NotFound
		service.set(func() { service.retcode = 0 })
		send := func(when string) {
			_, n := service.log(0)
			if _, err := c.SendText(t.Context(), "@bob", "x"); !errors.Is(err, webwx.ErrLoggedOut) {
				t.Errorf("%s: error %v", when, err)
			}
			if err := c.Init(t.Context()); !errors.Is(err, webwx.ErrLoggedOut) {
				t.Errorf("%s: webwxinit: error %v", when, err)
			}
			if got := service.ops(n); got != "" {
				t.Errorf("%s: sent %s", when, got)
			}
		}
		for range c.Login(t.Context()) {
			send("while the new code is shown")
			break
		}
		send("after a login that was given up")
		service.confirm()
		if _, err := follow(t, c); err != nil {
			t.Fatal(err)
		}
		if _, err := c.SendText(t.Context(), "@bob", "x"); err != nil {
			t.Errorf("after the new login: %v", err)
		}
	})
}

// What an earlier login is told late does not end the present one.
func TestLateRefusalOfEarlierLogin(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		late := make(chan error, 1)
		service.override["webwxsendmsg"] = func(w http.ResponseWriter, r *http.Request) {
			hold(r, 10*time.Second)
			io.WriteString(w, `{"BaseResponse":{"Ret":1101,"ErrMsg":""}}`)
		}
		go func() {
			_, err := c.SendText(t.Context(), "@bob", "x")
			late <- err
		}()
		time.Sleep(time.Second)
		if err := c.NewLoginPage(t.Context(), "https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=t"); err != nil {
			t.Fatal(err)
		}
		if err := c.Init(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-late; !errors.Is(err, webwx.ErrLoggedOut) {
			t.Errorf("late send: %v", err)
		}
		if _, err := c.Contacts(t.Context()); err != nil {
			t.Errorf("the present login: %v", err)
		}
	})
}

// Wherever a context ends, the call ends at once, and nothing is sent or left
// running afterwards.
func TestCancelledAtEachStep(t *testing.T) {
	for op := range strings.FieldsSeq("jslogin qrcode login webwxnewloginpage webwxinit webwxstatusnotify webwxgetcontact webwxbatchgetcontact synccheck webwxsync webwxsendmsg webwxlogout") {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			service.override[op] = func(w http.ResponseWriter, r *http.Request) {
				time.AfterFunc(time.Second, cancel)
				hold(r, time.Hour)
			}
			c := newClient(t, transport, Options{})
			service.confirm()
			service.add(texts("1"))
			began := time.Now()
			if err := everything(ctx, c); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: error %v", op, err)
			}
			if took := time.Since(began); took != time.Second {
				t.Errorf("%s: ended after %v", op, took)
			}
			_, n := service.log(0)
			time.Sleep(time.Hour)
			if rest := service.ops(n); rest != "" {
				t.Errorf("%s: afterwards %s", op, rest)
			}
			if err := everything(ctx, c); !errors.Is(err, context.Canceled) || service.ops(n) != "" {
				t.Errorf("%s: with a context that has ended: error %v, requests %q", op, err, service.ops(n))
			}
		})
	}
}

// everything does all that a client can, until the first error.
func everything(ctx context.Context, c *Client) error {
	if _, err := c.loggedIn(); err != nil {
		for _, err := range c.Login(ctx) {
			if err != nil {
				return err
			}
		}
	}
	if _, err := c.Rooms(ctx); err != nil {
		return err
	}
	if _, err := c.SendText(ctx, "@bob", "x"); err != nil {
		return err
	}
	for _, err := range c.Events(ctx) {
		if err != nil {
			return err
		}
		break
	}
	return c.Logout(ctx)
}

// Two programs share a file: the one that is kicked by the other's login must not
// write its dead session over the new one, and its logout not remove that.
func TestDeadSessionLeavesNewOneAlone(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		store := new(memoryStore)
		old := loggedIn(t, service, transport, Options{Store: store})
		saved, err := store.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		saved.Credentials.Sid = "of-the-new-login"
		if err := store.Save(t.Context(), saved); err != nil {
			t.Fatal(err)
		}
		service.set(func() { service.retcode = webwx.RetKicked })
		for _, err := range old.Events(t.Context()) {
			if !errors.Is(err, webwx.ErrLoggedOut) {
				t.Error(err)
			}
		}
		if err := old.Logout(t.Context()); err != nil {
			t.Error(err)
		}
		if now, err := store.Load(t.Context()); err != nil || now.Credentials.Sid != "of-the-new-login" || now.Ended != 0 {
			t.Errorf("saved session is now %+v, error %v", now, err)
		}
		if err := store.Remove(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := old.update(t.Context(), webwx.RetKicked); err != nil {
			t.Error(err)
		}
		if _, err := store.Load(t.Context()); err == nil {
			t.Error("a session that was removed is back")
		}
	})
}

// Commands that only look and send never write the session.
func TestReadersDoNotSave(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		store := new(countingStore)
		loggedIn(t, service, transport, Options{Store: store})
		store.saves = 0
		for _, op := range []string{"webwxgetcontact", "webwxsendmsg", "webwxbatchgetcontact"} {
			service.override[op] = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Add("Set-Cookie", "wxsid=changed; Domain=wx2.qq.com; Path=/")
				body, _ := io.ReadAll(r.Body)
				service.serve(w, r, op, body)
			}
		}
		c := newClient(t, transport, Options{Store: store})
		if err := c.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Rooms(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := c.SendText(t.Context(), "@bob", "x"); err != nil {
			t.Error(err)
		}
		service.override["webwxsendmsg"] = func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"BaseResponse":{"Ret":1101,"ErrMsg":""}}`)
		}
		if _, err := c.SendText(t.Context(), "@bob", "x"); !errors.Is(err, webwx.ErrLoggedOut) {
			t.Error(err)
		}
		if store.saves != 0 {
			t.Errorf("saved %d times", store.saves)
		}
	})
}

// Behind a proxy the same requests go to the same hosts; one that refuses is told
// as that, and what was to be sent is known not to have left.
func TestBehindProxy(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		proxied := newTransport()
		proxied.DialContext = transport.DialContext
		proxied.Proxy = http.ProxyURL(parsed(t, "http://proxy.example:3128"))
		c := loggedIn(t, service, proxied, Options{Server: "http://wx.example"})
		if _, err := c.SendText(t.Context(), "@bob", "x"); err != nil {
			t.Error(err)
		}
		list, _ := service.log(0)
		for _, r := range list {
			if r.host != "wx.example" {
				t.Errorf("%s went to %s", r.op, r.host)
			}
		}

		service.override["."] = func(w http.ResponseWriter, r *http.Request) { // CONNECT has no path
			http.Error(w, "who are you?", http.StatusProxyAuthRequired)
		}
		c = newClient(t, proxied, Options{})
		c.begin(c.hosts, webwx.Credentials{Uin: uin, Sid: sid})
		c.session.User.UserName = self
		_, err := c.SendText(t.Context(), "@bob", "x")
		if _, unknown := errors.AsType[*UnknownError](err); unknown || err == nil || !strings.Contains(err.Error(), "proxy answered 407 Proxy Authentication Required") {
			t.Errorf("error %v", err)
		}
	})
}
