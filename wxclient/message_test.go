package wxclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webwx/webwx"
)

var clientMsgID = regexp.MustCompile(`"LocalID":"(\d+)","ClientMsgId":"(\d+)"`)

// ids returns the ids of the sends, after checking that both fields agree (S 10.7).
func (f *fake) ids(t *testing.T) []string {
	t.Helper()
	var ids []string
	list, _ := f.log(0)
	for _, r := range list {
		if r.op != "webwxsendmsg" {
			continue
		}
		m := clientMsgID.FindStringSubmatch(r.body)
		if m == nil || m[1] != m[2] {
			t.Fatalf("send without equal ids: %s", r.body)
		}
		ids = append(ids, m[1])
	}
	return ids
}

func TestSendTextRetriesUnderOneID(t *testing.T) {
	faults := map[string]http.HandlerFunc{
		"cut connection": func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
		"bad gateway":    func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"empty body":     func(w http.ResponseWriter, r *http.Request) {},
		"silence":        func(w http.ResponseWriter, r *http.Request) { hold(r, time.Hour) },
	}
	for name, fault := range faults {
		for failures, ok := range map[int]bool{2: true, 3: false} {
			bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
				c := loggedIn(t, service, transport, Options{})
				var mu sync.Mutex
				left := failures
				service.override["webwxsendmsg"] = func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					left--
					fails := left >= 0
					mu.Unlock()
					if fails {
						fault(w, r)
						return
					}
					body, _ := io.ReadAll(r.Body)
					service.serve(w, r, "webwxsendmsg", body)
				}
				sent, err := c.SendText(t.Context(), "@bob", "hi")
				unknown, isUnknown := errors.AsType[*UnknownError](err)
				switch {
				case ok && (err != nil || sent.MsgID == ""):
					t.Errorf("%s: sent %v, error %v", name, sent, err)
				case !ok && (!isUnknown || unknown.LocalID != sent.LocalID || sent.LocalID == ""):
					t.Errorf("%s: sent %v, error %v", name, sent, err)
				}
				for _, id := range service.ids(t) {
					if id != sent.LocalID {
						t.Errorf("%s: id %s, want %s in all tries", name, id, sent.LocalID)
					}
				}
			})
		}
	}
}

func TestSendTextRefused(t *testing.T) { // S 10.9
	for ret, target := range map[int]error{
		1: nil, 1204: webwx.ErrNotFriend, 1205: webwx.ErrTooOften, -1: webwx.ErrTemporary, 1101: webwx.ErrLoggedOut,
	} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			service.override["webwxsendmsg"] = func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `{"BaseResponse":{"Ret":%d,"ErrMsg":"empty message"},"MsgID":"","LocalID":""}`, ret)
			}
			_, err := c.SendText(t.Context(), "@bob", "")
			if want := fmt.Sprintf("webwxsendmsg: ret %d: empty message", ret); err == nil || err.Error() != want {
				t.Errorf("error %v, want %s", err, want)
			}
			if target != nil && !errors.Is(err, target) {
				t.Errorf("error %v is not %v", err, target)
			}
			if n := len(service.ids(t)); n != 1 {
				t.Errorf("ret %d: sent %d times", ret, n)
			}
		})
	}
}

func TestSendTextNeverLeft(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		transport.CloseIdleConnections()
		time.Sleep(time.Second)
		broken := &http.Transport{DialContext: refuse, DialTLSContext: refuse}
		c.http.Transport = broken
		_, err := c.SendText(t.Context(), "@bob", "hi")
		if _, unknown := errors.AsType[*UnknownError](err); unknown || err == nil {
			t.Errorf("error %v: the message certainly was not sent", err)
		}
	})
}

func TestSendTextCancelled(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		service.override["webwxsendmsg"] = func(w http.ResponseWriter, r *http.Request) { hold(r, time.Hour) }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.SendText(ctx, "@bob", "hi")
		if _, unknown := errors.AsType[*UnknownError](err); !unknown || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if n := len(service.ids(t)); n != 1 {
			t.Errorf("sent %d times", n)
		}
	})
}

func TestSendTextWithEndedContext(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.SendText(ctx, "@bob", "hi")
		if _, unknown := errors.AsType[*UnknownError](err); unknown || !errors.Is(err, context.Canceled) {
			t.Errorf("error %v: the message certainly was not sent", err)
		}
	})
}

func TestSendTextConcurrently(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, err := c.SendText(t.Context(), "@bob", "hi"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		seen := make(map[string]bool)
		for _, id := range service.ids(t) {
			if seen[id] {
				t.Errorf("id %s was used twice", id)
			}
			seen[id] = true
		}
	})
}

func TestLocalID(t *testing.T) { // S 10.8
	c, err := New(Options{Rand: bytes.NewReader(make([]byte, 1<<16))})
	if err != nil {
		t.Fatal(err)
	}
	last := int64(0)
	for range 1000 {
		id := c.localID()
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil || len(id) != 17 || n <= last {
			t.Fatalf("id %s after %d", id, last)
		}
		last = n
	}
	if ms := last / 10_000; ms < time.Now().Add(-time.Minute).UnixMilli() || ms > time.Now().Add(time.Minute).UnixMilli() {
		t.Errorf("id %d does not begin with the time", last)
	}
}

func TestErrorsTellNoSecrets(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		var log bytes.Buffer
		c := loggedIn(t, service, transport, Options{Logger: textLogger(&log)})
		for _, body := range []string{
			`{"BaseResponse":{"Ret":0},"SKey":"` + skey, "<error><skey>" + skey, "<html>" + skey + "</html>", "window.x='" + sid + "'", "<html>plain</html>",
		} {
			service.override["webwxsync"] = func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, body) }
			_, err := c.Sync(t.Context())
			odd, ok := errors.AsType[*HTTPError](err)
			if !ok || strings.Contains(err.Error(), skey) || strings.Contains(err.Error(), sid) {
				t.Errorf("%s: error %v", body, err)
			}
			if strings.Contains(body, "plain") != (odd.Snippet != "") {
				t.Errorf("%s: snippet %q", body, odd.Snippet)
			}
		}
		transport.CloseIdleConnections()
		c.http.Transport = &http.Transport{DialContext: refuse, DialTLSContext: refuse}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		for _, err := range c.Events(ctx) {
			log.WriteString(err.Error())
		}
		for _, secret := range []string{sid, skey, "pt%2Bx", "pt%252Bx", "uuid1", "A_t@qrticket"} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("log tells %s:\n%s", secret, log.String())
			}
		}
		if log.Len() == 0 {
			t.Error("nothing was logged")
		}
	})
}

func TestErrorTexts(t *testing.T) {
	bob := webwx.Contact{UserName: "@a", NickName: "Bob &amp; Co"}
	for want, err := range map[string]error{
		`message 17 may or may not be sent: EOF`:                       &UnknownError{LocalID: "17", Err: io.EOF},
		`"Bob" may be any of 2 contacts: Bob & Co (@a), Bob & Co (@a)`: &AmbiguousError{Text: "Bob", Candidates: []webwx.Contact{bob, bob}},
		`no contact is called "x"`:                                     &NotFoundError{Text: "x"},
		`me.pos is held by process 12, which syncs this session`:       &LockedError{Path: "me.pos", PID: 12},
		`me.pos is held by another process, which syncs this session`:  &LockedError{Path: "me.pos"},
		`webwxsync: HTTP status 502 Bad Gateway: "<html>"`:             &HTTPError{Op: "webwxsync", Status: 502, Snippet: "<html>"},
		`webwxsync: HTTP status 200: reply is not JSON`:                &HTTPError{Op: "webwxsync", Status: 200, Err: errors.New("webwxsync: reply is not JSON")},
		`no answer within 35s`:                                         &lateError{pollTime},
		`keep position: disk full`:                                     &keptError{errors.New("disk full")},
	} {
		if err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	}
}
