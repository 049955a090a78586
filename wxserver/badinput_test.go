package wxserver_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxserver"
)

// A journal keeps what is logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// secretsOf lists what nobody but v may see.
func secretsOf(t *testing.T, v visitor) map[string]string {
	t.Helper()
	q, err := url.ParseQuery(v.ticket)
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{"sid": v.sid, "skey": v.skey, "ticket": q.Get("ticket"), "uuid": q.Get("uuid")}
	for pair := range strings.SplitSeq(v.cookies, "; ") {
		name, value, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "webwx") {
			secrets[name] = value
		}
	}
	_, rest, _ := strings.Cut(v.xml, "<pass_ticket>")
	secrets["pass_ticket"], _, _ = strings.Cut(rest, "</pass_ticket>")
	for name, value := range secrets {
		if len(value) < 8 {
			t.Fatalf("%s of the login is %q", name, value)
		}
	}
	return secrets
}

// quietly fails if the log has a secret, or a line that says something failed.
func (j *journal) quietly(t *testing.T, secrets map[string]string) {
	t.Helper()
	text := j.String()
	for name, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("the log tells the %s:\n%s", name, text)
		}
	}
	for line := range strings.Lines(text) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "panic") {
			t.Errorf("logged: %s", line)
		}
	}
}

// requests are the envelopes that come as JSON, each kind once.
var requests = map[string]any{
	"Init": wire.InitRequest{}, "StatusNotify": wire.StatusNotifyRequest{}, "GetContact": wire.GetContactRequest{},
	"BatchGetContact": wire.BatchGetContactRequest{}, "Sync": wire.SyncRequest{}, "SendMsg": wire.SendMsgRequest{},
	"PhoneSignUp": wire.PhoneSignUpRequest{}, "PhoneLogin": wire.PhoneLoginRequest{},
	"PhoneScan": wire.PhoneCodeRequest{}, "PhoneConfirm": wire.PhoneCodeRequest{}, "PhoneCancel": wire.PhoneCodeRequest{},
	"PhoneLogins": wire.PhoneRequest{}, "PhoneEnd": wire.PhoneEndRequest{},
}

// wrongFor lists values that a field of type t should not have.
func wrongFor(t reflect.Type) []string {
	huge := []string{"-1", "99999999999999999999", "-99999999999999999999", "1e400", "0.5", "4294967296", "9223372036854775807", "-9223372036854775808"}
	wrong := []string{"true", "false", "null", `"text"`, `""`, "17", "{}", "[]", `[{}]`, `{"a":[[]]}`, `"\u0000\ud800"`, "\"\xff\x01\""}
	if t.Kind() != reflect.String {
		wrong = append(wrong, huge...)
	}
	return wrong
}

// spoilt yields bodies for a request of type t, each with one field spoilt. known
// holds the right values of fields by their names.
func spoilt(t reflect.Type, known map[string]string, wrap func(string) string, yield func(field, body string)) {
	var fields []reflect.StructField
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && !f.Anonymous {
			f.Name = name
			fields = append(fields, f)
		}
	}
	body := func(with string, value string) string {
		var parts []string
		for _, f := range fields {
			switch {
			case f.Name == with:
				parts = append(parts, quoted(f.Name)+":"+value)
			case known[f.Name] != "":
				parts = append(parts, quoted(f.Name)+":"+known[f.Name])
			}
		}
		return wrap("{" + strings.Join(parts, ",") + "}")
	}
	for _, f := range fields {
		for _, value := range wrongFor(f.Type) {
			yield(f.Name, body(f.Name, value))
		}
		inner, in := f.Type, func(s string) string { return body(f.Name, s) }
		for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Pointer {
			if inner.Kind() == reflect.Slice {
				outer := in
				in = func(s string) string { return outer("[" + s + "]") }
			}
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			spoilt(inner, known, in, yield)
		}
	}
}

func TestWrongTypes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, log := newSpy(), new(journal)
		h := openOn(t, e, wxserver.Options{Logger: log.logger(), Limits: wxserver.Limits{Failures: -1, Codes: -1}}, few)
		phone := h.phone("alice")
		alice, phones := h.letIn(phone), onPhone(phone)
		e.news()
		for _, d := range doors {
			req, ok := requests[d.name]
			if !ok {
				continue
			}
			v := alice
			if d.phone {
				v = phones
			}
			known := map[string]string{
				"Uin": v.uin, "Sid": quoted(v.sid), "Skey": quoted(v.skey), "DeviceID": `"e1"`,
				"BaseRequest": fmt.Sprintf(`{"Uin":%s,"Sid":%s}`, v.uin, quoted(v.sid)),
				"Type":        "1", "Content": `"x"`, "ToUserName": `"nobody"`, "Code": `"nothing"`, "ID": `"nobody"`,
			}
			tried := 0
			spoilt(reflect.TypeOf(req), known, func(s string) string { return s }, func(field, body string) {
				tried++
				a := h.knock("POST", base+d.path, body)
				got := retOf(a)
				if a.status != http.StatusOK || !json.Valid([]byte(a.body)) || got == webwx.RetSystem || got == -999 {
					t.Errorf("%s with %s spoilt, %s: %s", d.name, field, body, a)
				}
				if news := e.news(); got != webwx.RetOK && len(news) > 0 {
					t.Errorf("%s with %s spoilt, %s: Ret %d, and has written %q", d.name, field, body, got, news)
				}
			})
			if tried < 10 {
				t.Errorf("%s: only %d bodies tried", d.name, tried)
			}
		}
		log.quietly(t, secretsOf(t, alice))
	})
}

func TestBadBodies(t *testing.T) {
	big := strings.Repeat("x", 1<<20)
	msg := func(base, content, id string) string {
		return "{" + base + `,"Msg":{"Type":1,"Content":` + content + `,"ToUserName":"filehelper","ClientMsgId":` + id + `}}`
	}
	list := func(n int) string {
		return strings.TrimSuffix(strings.Repeat(`{"UserName":"x"},`, n), ",")
	}
	table := []struct {
		name string
		path string
		body func(base string) string
		want webwx.Ret
	}{
		{"no JSON", "webwxsendmsg", func(string) string { return "hello" }, webwx.RetUnparsable},
		{"XML", "webwxsendmsg", func(string) string { return `<?xml version="1.0"?><msg>x</msg>` }, webwx.RetUnparsable},
		{"half an object", "webwxsendmsg", func(b string) string { return "{" + b }, webwx.RetUnparsable},
		{"two objects", "webwxsendmsg", func(b string) string { return "{" + b + "}{}" }, webwx.RetUnparsable},
		{"a list", "webwxsendmsg", func(b string) string { return "[{" + b + "}]" }, webwx.RetUnparsable},
		{"a text", "webwxsendmsg", func(string) string { return `"="` }, webwx.RetUnparsable},
		{"a broken form", "webwxsendmsg", func(string) string { return "sid=%zz&uin=%" }, webwx.RetUnparsable},
		{"UTF-16", "webwxsendmsg", func(string) string { return "\xff\xfe{\x00}\x00" }, webwx.RetUnparsable},
		{"zeros", "webwxsendmsg", func(string) string { return strings.Repeat("\x00", 1000) }, webwx.RetUnparsable},
		{"nothing", "webwxsendmsg", func(string) string { return "" }, webwx.RetMismatch},
		{"an empty object", "webwxsendmsg", func(string) string { return "{}" }, webwx.RetMismatch},
		{"a mebibyte and more", "webwxsendmsg", func(b string) string { return msg(b, quoted(big), `"1"`) }, webwx.RetUnparsable},
		{"nested a hundred thousand deep", "webwxsendmsg", func(b string) string {
			return "{" + b + `,"a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}"
		}, webwx.RetUnparsable},
		{"objects nested deep", "webwxsendmsg", func(b string) string {
			return "{" + b + `,"a":` + strings.Repeat(`{"a":`, 1000) + "1" + strings.Repeat("}", 1000) + "}"
		}, webwx.RetUnparsable},
		{"an empty message", "webwxsendmsg", func(b string) string { return msg(b, `""`, `"1"`) }, webwx.RetParameter},
		{"a message without a receiver", "webwxsendmsg", func(b string) string { return "{" + b + `,"Msg":{"Type":1,"Content":"x"}}` }, webwx.RetNotFriend},
		{"a message over 64 KiB", "webwxsendmsg", func(b string) string { return msg(b, quoted(big[:64<<10+1]), `"1"`) }, webwx.RetParameter},
		{"a client's id over 64 bytes", "webwxsendmsg", func(b string) string { return msg(b, `"x"`, quoted(big[:65])) }, webwx.RetParameter},
		{"another type", "webwxsendmsg", func(b string) string {
			return "{" + b + `,"Msg":{"Type":10000,"Content":"x","ToUserName":"filehelper"}}`
		}, webwx.RetParameter},
		{"a negative type", "webwxsendmsg", func(b string) string {
			return "{" + b + `,"Msg":{"Type":-1,"Content":"x","ToUserName":"filehelper"}}`
		}, webwx.RetParameter},
		{"a key twice, the last one wrong", "webwxsendmsg", func(b string) string { return "{" + b + `,` + strings.Replace(b, `"Uin":`, `"Uin":9`, 1) + "}" }, webwx.RetMismatch},
		{"51 contacts", "webwxbatchgetcontact", func(b string) string { return "{" + b + `,"List":[` + list(51) + "]}" }, webwx.RetParameter},
		{"10,000 contacts", "webwxbatchgetcontact", func(b string) string { return "{" + b + `,"List":[` + list(10_000) + "]}" }, webwx.RetParameter},
		{"200,000 contacts", "webwxbatchgetcontact", func(b string) string {
			return "{" + b + `,"List":[` + strings.TrimSuffix(strings.Repeat("{},", 200_000), ",") + "]}"
		}, webwx.RetUnparsable},
		{"a status nobody knows", "webwxstatusnotify", func(b string) string { return "{" + b + `,"Code":99}` }, webwx.RetParameter},
		{"a negative status", "webwxstatusnotify", func(b string) string { return "{" + b + `,"Code":-3}` }, webwx.RetParameter},
		{"a status beyond 64 bits", "webwxstatusnotify", func(b string) string { return "{" + b + `,"Code":1e30}` }, webwx.RetParameter},
	}
	synctest.Test(t, func(t *testing.T) {
		e, log := newSpy(), new(journal)
		h := openOn(t, e, wxserver.Options{Logger: log.logger()}, few)
		alice := h.letIn(h.phone("alice"))
		e.news()
		for _, c := range table {
			for _, header := range [][]string{nil, {"Content-Type", wire.JSONType}, {"Content-Type", "multipart/form-data; boundary=x"}} {
				a := h.knock("POST", base+cgiBin+c.path, c.body(alice.base()), header...)
				if got := retOf(a); got != c.want || a.status != http.StatusOK || !json.Valid([]byte(a.body)) {
					t.Errorf("%s: %.300s, want status 200 and Ret %d", c.name, a, c.want)
				}
				if news := e.news(); len(news) > 0 {
					t.Errorf("%s has written %q", c.name, news)
				}
			}
		}
		for _, path := range []string{"/jslogin", wire.Logout.Path, "/phone/page"} {
			if a := h.knock("POST", base+path, big+"x"); a.status != http.StatusRequestEntityTooLarge {
				t.Errorf("POST %s of more than a mebibyte: %.300s, want status 413", path, a)
			}
		}
		// Numbers out of any range are patience, not errors.
		for _, seq := range []string{"-1", "5001", "9223372036854775807", "99999999999999999999", "x", "%00"} {
			a := h.knock("POST", base+cgiBin+"webwxgetcontact?seq="+seq, "{"+alice.base()+"}")
			if got := retOf(a); got != webwx.RetOK || !strings.Contains(a.body, `"Seq":0}`) {
				t.Errorf("seq=%s: %.300s, want Ret 0 and Seq 0", seq, a)
			}
		}
		for _, key := range []string{"-1", "0", "599999999", "600000000", "2147483647", "-2147483648"} {
			a := h.knock("POST", base+cgiBin+"webwxsync", "{"+alice.base()+`,"SyncKey":{"Count":-5,"List":[{"Key":2,"Val":`+key+`},{"Key":-1,"Val":0}]}}`)
			if got := retOf(a); got != webwx.RetOK {
				t.Errorf("sync key %s: %.300s, want Ret 0", key, a)
			}
		}
		long := "2_600000000" + strings.Repeat("|2_1", 10_000)
		for _, key := range []string{"2_-1", "2_99999999999", "x", "||||", "%00%ff", "2_600000000|2_600000001", long[:8000]} {
			q := url.Values{"uin": {alice.uin}, "sid": {alice.sid}}.Encode()
			a := h.knock("GET", base+cgiBin+"synccheck?"+q+"&synckey="+key, "")
			if want := `window.synccheck={retcode:"0",selector:"`; a.status != http.StatusOK || !strings.HasPrefix(a.body, want) {
				t.Errorf("synccheck at %.40s: %s", key, a)
			}
		}
		// What is stored comes back whole.
		for _, content := range []string{`"a\u0000b"`, "\"\xff\xc0\"", `"\ud800"`, `"` + strings.Repeat(`\n`, 60<<10) + `"`} {
			if got := retOf(h.knock("POST", base+wire.SendMsg.Path, msg(alice.base(), content, `"1"`))); got != webwx.RetOK {
				t.Errorf("a message of %.20s: Ret %d", content, got)
			}
		}
		sync := h.knock("POST", base+wire.Sync.Path, "{"+onPhone(h.phone("alice")).base()+`,"SyncKey":{"Count":1,"List":[{"Key":2,"Val":600000000}]}}`)
		if !json.Valid([]byte(sync.body)) || !strings.Contains(sync.body, `a\u0000b`) {
			t.Errorf("strange messages come back as %.500s", sync)
		}
		log.quietly(t, secretsOf(t, alice))
	})
}

// A raw connection, for what no http.Client would send.
type raw struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

func (h *house) dial() *raw {
	h.t.Helper()
	c, err := h.network.Dial("tcp", "wx.example:80")
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	return &raw{c, h.t, bufio.NewReader(c)}
}

func (c *raw) say(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
}

// hear reads one answer; nil if the connection is closed first.
func (c *raw) hear() *heard {
	c.t.Helper()
	start := time.Now()
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil
	}
	return &heard{resp.StatusCode, resp.Header, string(body), time.Since(start)}
}

func TestBadMethodsAndPaths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, log := newSpy(), new(journal)
		h := openOn(t, e, wxserver.Options{Logger: log.logger()}, few)
		alice := h.letIn(h.phone("alice"))
		e.news()
		for _, d := range doors {
			path := strings.ReplaceAll(d.path, "{uuid}", "x")
			for _, method := range []string{"PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND", "get"} {
				if d.form && method == "OPTIONS" {
					continue // browsers ask before they upload: see TestUploadsOfPages
				}
				a := h.knock(method, base+path, "{"+alice.base()+"}")
				if a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") == "" {
					t.Errorf("%s %s: %s, want status 405 and what is allowed", method, path, a)
				}
			}
		}
		for path, want := range map[string]int{
			"/nothing": 404, "/%00": 404, "/%ff%fe": 404, "/..%2f..%2fetc%2fpasswd": 404, "/pages/": 404, "/pages/%00": 404, "/pages/%ff": 404,
			"/pages/..%2fserver.go": 404, "/pages/phone.html": 404, "/qrcode/": 404, "/qrcode/a/b": 404, "/qrcode/%2e%2e%2f": 404,
			"/l/": 404, "/cgi-bin/": 404, "/cgi-bin/mmwebwx-bin/": 404, "/jslogin/": 404, "/jslogin%2f": 404, "/JSLOGIN": 404,
			"/phone/": 404, "/phone/nothing": 404, "/phone/login": 405, "/healthz": 200, "/pages/" + strings.Repeat("x", 30<<10): 404,
			"/jslogin?" + strings.Repeat("&", 10_000): 200, "/jslogin?%zz=%&;=;": 200, "/jslogin?appid=%00": 200,
		} {
			if a := h.knock("GET", base+path, ""); a.status != want {
				t.Errorf("GET %.60s: status %d, want %d", path, a.status, want)
			}
		}
		// A path that is not clean leads to the clean one, on this server.
		for path, want := range map[string]string{
			"//jslogin": "/jslogin", "/x/../jslogin": "/jslogin", "/cgi-bin//mmwebwx-bin/login": "/cgi-bin/mmwebwx-bin/login",
			"//evil.example.net/": "/evil.example.net/", "//evil.example.net/..": "/", "/./": "/",
		} {
			c := h.dial()
			c.say("GET " + path + " HTTP/1.1\r\nHost: wx.example\r\nConnection: close\r\n\r\n")
			if a := c.hear(); a == nil || a.header.Get("Location") != want {
				t.Errorf("GET %s: %v, want it sent to %s", path, a, want)
			}
		}
		// HEAD is GET without the body.
		if a := h.knock("HEAD", base+"/phone", ""); a.status != http.StatusOK || a.body != "" {
			t.Errorf("HEAD /phone: %s", a)
		}
		if news := e.news(); len(news) > 0 {
			t.Errorf("bad requests have written %q", news)
		}
		log.quietly(t, secretsOf(t, alice))
	})
}

func TestHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(journal)
		h := open(t, wxserver.Options{Logger: log.logger()}, few)
		phone := h.phone("alice")
		uuid, ticket := h.ticketOf(phone)
		for _, c := range []struct {
			host, origin, domain string
		}{
			{"wx.example", "http://wx.example", "wx.example"},
			{"WX.Example:8080", "http://WX.Example:8080", "wx.example"},
			{"wx.example.", "http://wx.example.", ""},
			{"localhost:8080", "http://localhost:8080", ""},
			{"[::1]:8080", "http://[::1]:8080", ""},
			{"[::1]", "http://[::1]", ""},
			{"127.0.0.1", "http://127.0.0.1", ""},
			{"my_server.example", "http://my_server.example", ""},
			{"-x.example", "http://-x.example", ""},
			{"a..b", "http://a..b", ""},
			{strings.Repeat("x", 64) + ".example", "http://" + strings.Repeat("x", 64) + ".example", ""},
			{"wx.qq.com", "https://wx.qq.com", "wx.qq.com"},
			{"WX.QQ.COM:443", "https://wx.qq.com", "wx.qq.com"},
		} {
			con := h.dial()
			con.say("GET " + cgiBin + "login?uuid=" + uuid + " HTTP/1.1\r\nHost: " + c.host + "\r\n\r\n")
			a := con.hear()
			if want := `window.redirect_uri="` + c.origin + cgiBin + "webwxnewloginpage?"; a == nil || !strings.Contains(a.body, want) {
				t.Errorf("Host %s: login answers %v, want %s", c.host, a, want)
			}
			con.say("GET / HTTP/1.1\r\nHost: " + c.host + "\r\nConnection: close\r\n\r\n")
			a = con.hear()
			cookie, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
			if err != nil || cookie.Domain != c.domain {
				t.Errorf("Host %s: cookie %v, %v, want domain %q", c.host, cookie, err, c.domain)
			}
		}
		for _, host := range []string{"a;b", "a'b", "a,b.example", "x(y)", "a$b", "", "a b", "<script>", "wx.example/x", "\xff", strings.Repeat("h", 70<<10)} {
			con := h.dial()
			con.say("GET " + cgiBin + "login?uuid=" + uuid + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
			a := con.hear()
			if host == "" && a != nil && a.status == http.StatusOK { // HTTP allows it, and nobody does it
				continue
			}
			if a == nil || a.status != http.StatusBadRequest && a.status != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("Host %.20q: %v, want status 400", host, a)
			}
		}
		log.quietly(t, secretsOf(t, h.enterBy(ticket)))
	})
}

func TestHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, log := newSpy(), new(journal)
		h := openOn(t, e, wxserver.Options{Logger: log.logger()}, few)
		alice := h.letIn(h.phone("alice"))
		e.news()
		many := strings.Repeat("a=b; ", 2500)
		for _, c := range []struct {
			name   string
			header []string
			want   webwx.Ret
		}{
			{"thousands of cookies", []string{"Cookie", many + alice.cookies}, webwx.RetOK},
			{"a cookie twice, the first one wrong", []string{"Cookie", "wxsid=x; " + alice.cookies}, webwx.RetMismatch},
			{"cookies that are none", []string{"Cookie", ";;;=;=x;\"" + alice.cookies}, webwx.RetMismatch},
			{"a cookie with a broken name", []string{"Cookie", "w(x)sid=" + alice.sid}, webwx.RetMismatch},
			{"many headers", append(slices.Repeat([]string{"X-A", "b"}, 2000), "Cookie", alice.cookies), webwx.RetOK},
			{"a broken Origin", []string{"Cookie", alice.cookies, "Origin", "http://[::1"}, -999},
			{"a broken site", []string{"Cookie", alice.cookies, "Sec-Fetch-Site", "SAME-ORIGIN"}, -999},
			{"languages", []string{"Cookie", alice.cookies, "Accept-Language", strings.Repeat("zh,", 10_000)}, webwx.RetOK},
		} {
			a := h.knock("POST", base+wire.GetContact.Path, "{}", c.header...)
			if got := retOf(a); got != c.want || a.status >= 500 {
				t.Errorf("%s: %.300s, want Ret %d", c.name, a, c.want)
			}
		}
		con := h.dial()
		con.say("GET /healthz HTTP/1.1\r\nHost: x\r\nCookie: " + strings.Repeat("c", 80<<10) + "\r\n\r\n")
		if a := con.hear(); a == nil || a.status != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("80 KiB of header: %v, want status 431", a)
		}
		if news := e.news(); len(news) > 0 {
			t.Errorf("strange headers have written %q", news)
		}
		log.quietly(t, secretsOf(t, alice))
	})
}

// busy counts the requests being answered.
type busy struct {
	http.Handler
	n atomic.Int64
}

func (b *busy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.n.Add(1)
	defer b.n.Add(-1)
	b.Handler.ServeHTTP(w, r)
}

// count puts a counter before the server; call it before the first request.
func (h *house) count() *busy {
	b := &busy{Handler: h.http.Handler}
	h.http.Handler = b
	return b
}

func TestBadConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, log := newSpy(), new(journal)
		h := openOn(t, e, wxserver.Options{Logger: log.logger()}, few)
		busy := h.count()
		alice := h.letIn(h.phone("alice"))
		e.news()
		post := "POST " + wire.SendMsg.Path + " HTTP/1.1\r\nHost: wx.example\r\n"
		body := "{" + alice.base() + `,"Msg":{"Type":1,"Content":"x","ToUserName":"filehelper","ClientMsgId":"9"}}`
		length := "Content-Length: " + strconv.Itoa(len(body)+10) + "\r\n\r\n"
		for _, c := range []struct {
			name string
			do   func(c *raw)
			ret  webwx.Ret // of the answer, if there must be one
			in   time.Duration
		}{
			{"a body shorter than it says, then silence", func(c *raw) { c.say(post + length + body) }, webwx.RetUnparsable, 30 * time.Second},
			{"a body shorter than it says, then the end", func(c *raw) {
				c.say(post + length + body)
				_ = c.Conn.(interface{ CloseWrite() error }).CloseWrite()
			}, webwx.RetUnparsable, 0},
			{"a byte a minute", func(c *raw) {
				c.say(post + length)
				for i := range 3 {
					time.Sleep(time.Minute)
					if _, err := io.WriteString(c, body[i:i+1]); err != nil {
						return
					}
				}
			}, 0, 4 * time.Minute},
			{"chunks that are none", func(c *raw) { c.say(post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n") }, webwx.RetUnparsable, 0},
			{"two mebibytes of chunks without a length", func(c *raw) {
				chunk := fmt.Sprintf("%x\r\n%s\r\n", 64<<10, strings.Repeat("x", 64<<10))
				go func() { _, _ = io.WriteString(c, post+"Transfer-Encoding: chunked\r\n\r\n"+strings.Repeat(chunk, 32)) }()
			}, webwx.RetUnparsable, time.Second},
			{"a length and chunks", func(c *raw) { c.say(post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n") }, webwx.RetMismatch, 2 * time.Second},
			{"a negative length", func(c *raw) { c.say(post + "Content-Length: -1\r\n\r\n") }, 0, time.Second},
			{"a header without an end", func(c *raw) { c.say(post + "X-A: ") }, 0, 10 * time.Second},
			{"nothing", func(*raw) {}, 0, 10 * time.Second},
			{"garbage", func(c *raw) { c.say("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n") }, 0, time.Second},
		} {
			con := h.dial()
			start := time.Now()
			c.do(con)
			a := con.hear()
			if c.ret != 0 && (a == nil || retOf(*a) != c.ret) {
				t.Errorf("%s: %v, want Ret %d", c.name, a, c.ret)
			}
			if got := time.Since(start); got > c.in {
				t.Errorf("%s: answered or closed after %v, want %v at most", c.name, got, c.in)
			}
			con.Close()
			time.Sleep(time.Minute)
			if n := busy.n.Load(); n != 0 {
				t.Errorf("%s: %d requests are still at work", c.name, n)
			}
			if news := e.news(); len(news) > 0 {
				t.Errorf("%s has written %q", c.name, news)
			}
		}
		// A body that breaks off does nothing by the cookies beside it.
		half := h.dial()
		half.say("POST " + wire.Logout.Path + " HTTP/1.1\r\nHost: wx.example\r\nCookie: " + alice.cookies + "\r\nContent-Length: 100\r\n\r\nsid=")
		if a := half.hear(); a == nil || a.status != http.StatusBadRequest {
			t.Errorf("half a logout: %v, want status 400", a)
		}
		if news := e.news(); len(news) > 0 {
			t.Errorf("half a logout has written %q", news)
		}
		// Whoever does not take the answers loses the connection.
		con := h.dial()
		go func() {
			q := "GET /phone HTTP/1.1\r\nHost: wx.example\r\n\r\n"
			_, _ = io.WriteString(con, strings.Repeat(q, 10_000)) // ends with the connection
		}()
		time.Sleep(10 * time.Minute)
		taken, err := io.ReadAll(con)
		if n := bytes.Count(taken, []byte("HTTP/1.1 200 OK")); n == 0 || n > 1000 {
			t.Errorf("a client that did not read for 10 minutes still gets %d answers of 10,000, %v", n, err)
		}
		// A connection with nothing to say is closed.
		idle := h.dial()
		idle.say("GET /healthz HTTP/1.1\r\nHost: wx.example\r\n\r\n")
		idle.hear()
		start := time.Now()
		if a := idle.hear(); a != nil {
			t.Errorf("an idle connection hears %s", a)
		}
		if got := time.Since(start); got < time.Minute || got > 5*time.Minute {
			t.Errorf("an idle connection is closed after %v", got)
		}
		log.quietly(t, secretsOf(t, alice))
	})
}

// The time for a body does not end a poll that came with one.
func TestPollWithABodyIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{Hold: 3 * time.Minute}, few)
		alice := h.letIn(h.phone("alice"))
		h.knock("POST", base+wire.Sync.Path, "{"+alice.base()+"}")
		a := h.knock("POST", base+wire.SyncCheck.Path, "{"+alice.base()+"}")
		if want := `window.synccheck={retcode:"0",selector:"0"}`; a.body != want || a.after != 3*time.Minute {
			t.Errorf("a poll with a body: %s, want %s after 3m0s", a, want)
		}
	})
}

// Several requests sent at once are answered one after another, a held poll in
// between too.
func TestPipelining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		alice := h.letIn(h.phone("alice"))
		q := url.Values{"uin": {alice.uin}, "sid": {alice.sid}}.Encode()
		c := h.dial()
		c.say("GET /healthz HTTP/1.1\r\nHost: wx.example\r\n\r\n" +
			"GET " + wire.SyncCheck.Path + "?" + q + " HTTP/1.1\r\nHost: wx.example\r\n\r\n" +
			"GET " + wire.GetContact.Path + "?" + q + " HTTP/1.1\r\nHost: wx.example\r\n\r\n")
		for i, want := range []string{"ok\n", `window.synccheck={retcode:"0",selector:"0"}`, `{"BaseResponse":{"Ret":0`} {
			if a := c.hear(); a == nil || !strings.HasPrefix(a.body, want) {
				t.Errorf("answer %d: %v, want %s…", i+1, a, want)
			}
		}
	})
}

func TestClientGoesAwayDuringAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, log := newSpy(), new(journal)
		h := openOn(t, e, wxserver.Options{Logger: log.logger()}, few)
		busy := h.count()
		bobs := h.phone("bob")
		alice, bob := h.letIn(h.phone("alice")), h.letIn(bobs)
		name := h.contactsOf(alice)["Bob &amp; Co"]
		uuid := h.code()
		time.Sleep(time.Minute)
		e.news()
		q := url.Values{"uin": {bob.uin}, "sid": {bob.sid}}.Encode()
		for _, path := range []string{wire.SyncCheck.Path + "?" + q, wire.LoginPoll.Path + "?uuid=" + uuid} {
			var polls []*raw
			for range 20 {
				c := h.dial()
				c.say("GET " + path + " HTTP/1.1\r\nHost: wx.example\r\n\r\n")
				polls = append(polls, c)
			}
			synctest.Wait()
			if got := busy.n.Load(); got != 20 {
				t.Errorf("%s: %d polls are held, want 20", path, got)
			}
			for _, c := range polls {
				c.Close()
			}
			synctest.Wait()
			if got := busy.n.Load(); got != 0 {
				t.Errorf("%s: %d polls are held for clients that have gone", path, got)
			}
		}
		if news := e.news(); len(news) > 0 {
			t.Errorf("clients that have gone have written %q", news)
		}
		// What comes in the moment that the client goes is told to the next one.
		c := h.dial()
		c.say("GET " + wire.SyncCheck.Path + "?" + q + " HTTP/1.1\r\nHost: wx.example\r\n\r\n")
		synctest.Wait()
		go c.Close()
		send := "{" + alice.base() + `,"Msg":{"Type":1,"Content":"not lost","ToUserName":"` + name + `","ClientMsgId":"1"}}`
		if got := retOf(h.knock("POST", base+wire.SendMsg.Path, send)); got != webwx.RetOK {
			t.Fatalf("send: Ret %d", got)
		}
		if a := h.knock("GET", base+wire.SyncCheck.Path+"?"+q, ""); a.body != `window.synccheck={retcode:"0",selector:"2"}` {
			t.Errorf("the next poll: %s", a)
		}
		for range 2 { // the first answer may have been lost too
			if a := h.knock("POST", base+wire.Sync.Path, "{"+bob.base()+"}"); !strings.Contains(a.body, "not lost") {
				t.Errorf("webwxsync: %s", a)
			}
		}
		log.quietly(t, secretsOf(t, bob))
	})
}
