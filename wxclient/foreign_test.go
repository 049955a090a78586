package wxclient

import (
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/memnet"
)

// foreign is a service that is not ours and is written from docs/reference alone.
// It objects to every request that the pages do not have exactly so, and answers
// in all the ways that the pages know of.
type foreign struct {
	t *testing.T

	mu       sync.Mutex
	main     string
	answers  map[string][]saying
	log      []heard
	devices  map[string]bool
	cookies  []foreignCookie
	uin, sid string
	skey     string
	ticket   string // as it must be on the wire
	key      string // the text form of the last SyncKey that it gave
	check    string // and of SyncCheckKey
	polls    int    // under way
	inits    int
	over     bool
	replies  int
}

type heard struct {
	op, query, body string
	at              time.Time
}

type foreignCookie struct {
	name, value, domain string
	below               bool // hosts below domain get it too
}

// saying is one answer.
type saying struct {
	text   string
	status int
	after  time.Duration
	cut    bool   // the connection is closed instead
	bare   bool   // no BOM and no gzip
	set    func() // what the service remembers once it has answered so
	header http.Header
}

const (
	fSelf = "@0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" // the long form
	fBob  = "@bb00112233445566778899aabbccddeeff00112233445566778899aabbccddee"
	fRoom = "@@0fedcba98765432100fedcba9876543210fedcba98765432100fedcba9876543"
)

func newForeign(t *testing.T) *foreign {
	f := &foreign{
		t: t, main: "wx2.qq.com", answers: make(map[string][]saying), devices: make(map[string]bool),
		uin: "3000000001", sid: "a/b+c==", skey: "@crypt_0a0b0c0d_xml", ticket: "p%252Bt%252F",
	}
	f.say("jslogin", saying{text: `window.QRLogin.code = 200; window.QRLogin.uuid = "f_-1==";`})
	f.say("qrcode", saying{text: "\xff\xd8\xff picture", bare: true, header: http.Header{"Content-Type": {"image/jpeg"}}})
	f.say("login", f.confirm())
	f.say("webwxnewloginpage", f.credentials(http.StatusOK))
	f.say("webwxinit", f.initial())
	f.say("webwxstatusnotify", saying{text: `{"BaseResponse":{"Ret":0,"ErrMsg":""},"MsgID":"12"}`})
	return f
}

// strange runs test in a bubble with a foreign service.
func strange(t *testing.T, test func(t *testing.T, f *foreign, c *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)))
		f := newForeign(t)
		network := memnet.New()
		server := &http.Server{Handler: f}
		go server.Serve(network.Listen(memnet.Any))
		transport := &http.Transport{DialContext: network.DialContext, DialTLSContext: network.DialContext}
		c, err := New(Options{Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		test(t, f, c)
		c.Close()
		server.Close()
		time.Sleep(time.Second) // the server lingers on connections closed early
	})
}

// say queues answers of an operation. The last one stays.
func (f *foreign) say(op string, answers ...saying) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[op] = answers
}

// objects reports what is wrong with a request.
func (f *foreign) objects(op, format string, args ...any) {
	f.t.Helper()
	f.t.Errorf("request %d, %s: %s", len(f.log), op, fmt.Sprintf(format, args...))
}

func (f *foreign) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	op := path.Base(r.URL.Path)
	if strings.HasPrefix(r.URL.Path, "/qrcode/") {
		op = "qrcode"
	}
	f.mu.Lock()
	f.examine(op, r, string(body))
	f.log = append(f.log, heard{op, r.URL.RawQuery, string(body), time.Now()})
	if op == "synccheck" {
		f.polls++
	}
	queue := f.answers[op]
	if len(queue) == 0 {
		f.objects(op, "nobody expects it")
		queue = []saying{{text: "{}"}}
	}
	if len(queue) > 1 {
		f.answers[op] = queue[1:]
	}
	say := queue[0]
	f.replies++
	turn := f.replies
	f.mu.Unlock()

	hold(r, say.after)
	f.mu.Lock()
	if op == "synccheck" {
		f.polls--
	}
	gone := r.Context().Err() != nil
	if say.set != nil && !gone {
		say.set()
	}
	f.mu.Unlock()
	if say.cut || gone {
		panic(http.ErrAbortHandler)
	}
	say.write(w, r, turn)
}

// write answers in one of several wrappings, in turn.
func (s saying) write(w http.ResponseWriter, r *http.Request, turn int) {
	h := w.Header()
	h.Set("Content-Type", "text/plain")
	maps.Copy(h, s.header)
	text := s.text
	if !s.bare && turn%3 == 0 {
		text = "\ufeff" + text
	}
	var out io.Writer = w
	zip := !s.bare && turn%2 == 0 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
	if zip {
		h.Set("Content-Encoding", "gzip")
	}
	w.WriteHeader(cmp.Or(s.status, http.StatusOK))
	if zip {
		z := gzip.NewWriter(w)
		defer z.Close()
		out = z
	}
	half := len(text) / 2
	io.WriteString(out, text[:half])
	if turn%5 == 0 {
		http.NewResponseController(w).Flush() // in pieces, without a length
	}
	io.WriteString(out, text[half:])
}

// What each request must be: method, host, the names of its parameters in their
// order, and the keys of its body.
var foreignRules = map[string]struct{ method, host, params, keys string }{
	"jslogin":              {"GET", "login.weixin.qq.com", "appid redirect_uri fun lang _", ""},
	"qrcode":               {"GET", "login.weixin.qq.com", "t _", ""},
	"login":                {"GET", "login.weixin.qq.com", "loginicon uuid tip r _", ""},
	"webwxnewloginpage":    {"GET", "MAIN", "ticket uuid lang scan fun version", ""},
	"webwxinit":            {"POST", "MAIN", "r lang pass_ticket", "BaseRequest"},
	"webwxstatusnotify":    {"POST", "MAIN", "lang pass_ticket", "BaseRequest Code FromUserName ToUserName ClientMsgId"},
	"webwxgetcontact":      {"GET", "MAIN", "lang pass_ticket r seq skey", ""},
	"webwxbatchgetcontact": {"POST", "MAIN", "type r lang pass_ticket", "BaseRequest Count List"},
	"synccheck":            {"GET", "webpush.MAIN", "r skey sid uin deviceid synckey _", ""},
	"webwxsync":            {"POST", "MAIN", "sid skey lang pass_ticket", "BaseRequest SyncKey rr"},
	"webwxsendmsg":         {"POST", "MAIN", "lang pass_ticket", "BaseRequest Msg Scene"},
}

// What may follow what, until the login is complete.
var foreignOrder = map[string]string{
	"": "jslogin", "jslogin": "qrcode", "qrcode": "login", "login": "login jslogin webwxnewloginpage",
	"webwxnewloginpage": "webwxinit", "webwxinit": "webwxstatusnotify",
}

var deviceForm = regexp.MustCompile(`^e\d{15}$`)

// examine objects to all that the pages do not have. f.mu is held.
func (f *foreign) examine(op string, r *http.Request, body string) {
	rule, known := foreignRules[op]
	if !known {
		f.objects(op, "the pages do not know it")
		return
	}
	if f.over {
		f.objects(op, "the login is over")
	}
	last := ""
	if len(f.log) > 0 {
		last = f.log[len(f.log)-1].op
	}
	if next, bound := foreignOrder[last]; bound && op != last && !slices.Contains(strings.Fields(next), op) {
		f.objects(op, "comes after %q, want one of %q", last, next)
	}
	host := strings.Replace(rule.host, "MAIN", f.main, 1)
	if r.Method != rule.method || r.Host != host {
		f.objects(op, "%s to %s, want %s to %s", r.Method, r.Host, rule.method, host)
	}
	if prefix := map[string]string{"jslogin": "/jslogin", "qrcode": "/qrcode/f_-1=="}[op]; r.URL.Path != cmp.Or(prefix, "/cgi-bin/mmwebwx-bin/"+op) {
		f.objects(op, "path %s", r.URL.Path)
	}
	var names []string
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, _, _ := strings.Cut(part, "=")
		names = append(names, name)
	}
	if got := strings.Join(names, " "); got != rule.params {
		f.objects(op, "parameters %q, want %q", got, rule.params)
	}
	f.examineValues(op, r)
	f.examineCookies(op, r)
	referer := "https://wx.qq.com/"
	if f.inits > 0 || op == "webwxinit" {
		referer = "https://" + f.main + "/"
	}
	if got := r.Header.Get("Referer"); got != referer {
		f.objects(op, "Referer %q, want %q", got, referer)
	}
	if rule.keys == "" {
		if body != "" {
			f.objects(op, "body %q", body)
		}
		return
	}
	f.examineBody(op, r, body, rule.keys)
}

func (f *foreign) examineValues(op string, r *http.Request) {
	q := r.URL.Query()
	now := time.Now().UnixMilli()
	for name, want := range map[string]string{
		"appid": "wx782c26e4c19acffb", "fun": "new", "lang": "zh_CN", "_": fmt.Sprint(now), "t": "webwx", "loginicon": "true", "uuid": "f_-1==",
		"type": "ex", "version": "v2", "skey": f.skey, "sid": f.sid, "uin": f.uin, "synckey": f.check,
	} {
		if q.Has(name) && q.Get(name) != want {
			f.objects(op, "parameter %s = %q, want %q", name, q.Get(name), want)
		}
	}
	if q.Has("pass_ticket") && !strings.Contains("&"+r.URL.RawQuery+"&", "&pass_ticket="+f.ticket+"&") {
		f.objects(op, "pass_ticket in %s, want %s", r.URL.RawQuery, f.ticket)
	}
	r1, r2 := fmt.Sprint(now), fmt.Sprint(int32(^uint32(now&0xffffffff)))
	if got := q.Get("r"); q.Has("r") && got != r1 && got != r2 {
		f.objects(op, "r = %s, want %s or %s", got, r1, r2)
	}
	if q.Has("deviceid") {
		f.examineDevice(op, q.Get("deviceid"))
	}
	if op == "synccheck" && f.polls > 0 {
		f.objects(op, "another one is under way")
	}
}

func (f *foreign) examineDevice(op, id string) {
	if !deviceForm.MatchString(id) || f.devices[id] {
		f.objects(op, "DeviceID %q is not e and 15 digits, or not new", id)
	}
	f.devices[id] = true
}

func (f *foreign) examineBody(op string, r *http.Request, body, keys string) {
	if got := r.Header.Get("Content-Type"); got != "application/json; charset=UTF-8" {
		f.objects(op, "Content-Type %q", got)
	}
	var o map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		f.objects(op, "body %q: %v", body, err)
		return
	}
	var base struct {
		Uin                 json.Number
		Sid, Skey, DeviceID string
	}
	if err := json.Unmarshal(o["BaseRequest"], &base); err != nil || base.Uin.String() != f.uin || base.Sid != f.sid || base.Skey != f.skey {
		f.objects(op, "BaseRequest %s, want %s %s %s; error %v", o["BaseRequest"], f.uin, f.sid, f.skey, err)
	}
	if got := strings.Count(string(o["BaseRequest"]), ":"); got != 4 {
		f.objects(op, "BaseRequest has %d keys: %s", got, o["BaseRequest"])
	}
	f.examineDevice(op, base.DeviceID)
	want := strings.Fields(keys)
	for _, key := range want {
		if o[key] == nil {
			f.objects(op, "no %s in %s", key, body)
		}
	}
	if len(o) != len(want) {
		f.objects(op, "keys of %s, want %s", body, keys)
	}
	switch op {
	case "webwxsync":
		if got := keyText(f.t, o["SyncKey"]); got != f.key {
			f.objects(op, "SyncKey %s, want %s", got, f.key)
		}
	case "webwxsendmsg":
		var msg map[string]any
		if err := json.Unmarshal(o["Msg"], &msg); err != nil || len(msg) != 6 || msg["Type"] != 1.0 || msg["LocalID"] != msg["ClientMsgId"] || msg["FromUserName"] != fSelf {
			f.objects(op, "Msg %s: %v", o["Msg"], err)
		}
		if id, _ := msg["ClientMsgId"].(string); len(id) != 17 {
			f.objects(op, "ClientMsgId %q", id)
		}
	case "webwxinit":
		if f.inits++; f.inits > 1 && f.key != "" {
			f.objects(op, "for the second time")
		}
	}
}

// keyText reads a SyncKey in the form of synccheck, "" if its Count is wrong.
func keyText(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var key struct {
		Count int
		List  []struct{ Key, Val int }
	}
	if err := json.Unmarshal(raw, &key); err != nil || key.Count != len(key.List) {
		return fmt.Sprintf("%s (%v)", raw, err)
	}
	var parts []string
	for _, it := range key.List {
		parts = append(parts, fmt.Sprintf("%d_%d", it.Key, it.Val))
	}
	return strings.Join(parts, "|")
}

// examineCookies wants exactly the cookies whose Domain covers the host.
func (f *foreign) examineCookies(op string, r *http.Request) {
	var want []string
	for _, c := range f.cookies {
		if r.Host == c.domain || c.below && strings.HasSuffix(r.Host, "."+c.domain) {
			want = append(want, c.name+"="+c.value)
		}
	}
	var got []string
	for _, c := range r.Cookies() {
		got = append(got, c.Name+"="+c.Value)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		f.objects(op, "cookies to %s %q, want %q", r.Host, got, want)
	}
}

func (f *foreign) confirm() saying {
	return saying{text: "window.code=200;\nwindow.redirect_uri=\"https://" + f.main + `/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A-b_c@qrticket_0&uuid=f_-1==&lang=zh_CN&scan=1769904000";`}
}

// credentials is the login page, with cookies of all sorts.
func (f *foreign) credentials(status int) saying {
	const expires = "; Path=/; Expires=Mon, 02 Feb 2026 12:00:00 GMT"
	return saying{
		status: status,
		text: `<error><ret>0</ret><message></message><skey>` + f.skey + `</skey><wxsid>` + f.sid + `</wxsid><wxuin>` + f.uin +
			`</wxuin><pass_ticket>p%2Bt%2F</pass_ticket><isgrayscale>1</isgrayscale><more>x</more></error>`,
		header: http.Header{"Set-Cookie": {
			"wxuin=" + f.uin + "; Domain=" + f.main + expires + "; Secure",
			"wxsid=" + f.sid + "; Domain=" + f.main + expires + "; Secure",
			"webwx_data_ticket=d/t+1; Domain=.qq.com" + expires + "; Secure",
			"mm_lang=zh_CN" + expires, // for this host alone
			"evil=1; Domain=com" + expires, "evil=2; Domain=evil.example" + expires, "evil=3; Domain=wx.qq.com" + expires, "evil=4; Domain=file." + f.main + expires,
			"old=1; Path=/; Expires=Thu, 01-Jan-1970 00:00:30 GMT", "elsewhere=1; Path=/other",
		}},
		set: func() {
			f.cookies = []foreignCookie{{"wxuin", f.uin, f.main, true}, {"wxsid", f.sid, f.main, true}, {"webwx_data_ticket", "d/t+1", "qq.com", true}, {"mm_lang", "zh_CN", f.main, false}}
		},
	}
}

// initial is webwxinit: texts where the pages have numbers, a changed SKey, what
// nobody asked for.
func (f *foreign) initial() saying {
	return saying{
		text: `{"BaseResponse":{"Ret":"0","ErrMsg":""},"Count":"2","ContactList":[{"UserName":"filehelper","NickName":"x","Sex":"0"},{"UserName":"` + fBob + `","NickName":"Bob <span class=\"emoji emoji1f604\"></span>"}],` +
			`"SyncKey":{"Count":4,"List":[{"Key":1,"Val":640000001},{"Key":2,"Val":640000002},{"Key":3,"Val":640000003},{"Key":1000,"Val":1769904000}]},` +
			`"User":{"Uin":"` + f.uin + `","UserName":"` + fSelf + `","NickName":"Me &amp; I","Sex":"1","Surprise":[{}]},"ChatSet":"` + fBob + `,,` + fBob + `,","SKey":"@crypt_0a0b0c0d_init","SystemTime":"1769904000","InviteStartCount":"40","MPSubscribeMsgList":null,"Other":{"a":null}}`,
		set: func() {
			f.skey = "@crypt_0a0b0c0d_init"
			f.key = "1_640000001|2_640000002|3_640000003|1000_1769904000"
			f.check = f.key
		},
	}
}

// page is a reply of webwxsync with the key given in its text form, "" for none.
func (f *foreign) page(key string, rest ...string) saying {
	s := saying{}
	var items []string
	for i, part := range strings.Split(key, "|") {
		k, v, _ := strings.Cut(part, "_")
		item := `{"Key":` + k + `,"Val":` + v + `}`
		if i%2 == 1 {
			item = `{ "Val" : "` + v + `", "More":1, "Key" : ` + k + ` }`
		}
		items = append(items, item)
	}
	count := len(items)
	if key == "" {
		items, count = nil, 0
	} else {
		s.set = func() { f.key, f.check = key, key }
	}
	list := fmt.Sprintf(`{"Count":%d,"List":[%s]}`, count, strings.Join(items, ","))
	s.text = `{"BaseResponse":{"ErrMsg":"","Ret":0},"SyncKey":` + list + `,"SyncCheckKey":` + list
	for _, part := range rest {
		s.text += "," + part
	}
	s.text += "}"
	return s
}

func msgs(list ...string) string {
	return fmt.Sprintf(`"AddMsgCount":"%d","AddMsgList":[%s]`, len(list), strings.Join(list, ","))
}

func msg(id, from, to, kind, content string) string {
	return fmt.Sprintf(`{"MsgId":%s,"FromUserName":"%s","ToUserName":"%s","MsgType":%s,"Content":%q,"CreateTime":1769904000,"Future":{"x":[1,{}]}}`, id, from, to, kind, content)
}

func notice(id, code, content string) string {
	return fmt.Sprintf(`{"MsgId":"%s","FromUserName":"%s","ToUserName":"%s","MsgType":51,"StatusNotifyCode":%s,"StatusNotifyUserName":"%s,%s","Content":%q}`, id, fSelf, fBob, code, fBob, fRoom, content)
}

func check(retcode, selector int, after time.Duration) saying {
	return saying{text: fmt.Sprintf(`window.synccheck={retcode:"%d",selector:"%d"}`, retcode, selector), after: after}
}

// ends is a synccheck that ends the login.
func (f *foreign) ends(retcode int, after time.Duration) saying {
	s := check(retcode, 0, after)
	s.set = func() { f.over = true }
	return s
}

// since returns what was asked since n, as operations, and the times in seconds.
func (f *foreign) since(n int) (ops []string, at []time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range f.log[n:] {
		ops, at = append(ops, h.op), append(at, h.at)
	}
	return ops, at
}

func (f *foreign) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.log)
}

// calm fails if more than most requests came within any second.
func (f *foreign) calm(n, most int) {
	f.t.Helper()
	ops, at := f.since(n)
	for i := most; i < len(at); i++ {
		if d := at[i].Sub(at[i-most]); d < time.Second {
			f.t.Errorf("%d requests in %v: %v", most+1, d, ops[i-most:i+1])
			return
		}
	}
}

func TestForeignLogin(t *testing.T) {
	strange(t, func(t *testing.T, f *foreign, c *Client) {
		waiting := saying{text: "window.code=408;", after: 27 * time.Second}
		story := slices.Repeat([]saying{waiting}, 10)
		story = append(story,
			saying{text: "window.code=400;", after: time.Second},
			saying{text: "window.code=201"}, saying{text: "window.code=201;", after: time.Second}, saying{text: "window.code=202;", after: time.Second}, // no avatar, twice, cancelled
			saying{text: "<html>502</html>", status: 502},
			saying{text: "window.code=201;window.userAvatar = 'data:img/jpg;base64,@@@';", after: time.Second},
			f.confirm(), f.confirm())
		f.say("login", story...)
		var codes []string
		for ev, err := range c.Login(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, fmt.Sprint(int(ev.Code)))
		}
		if got, want := strings.Join(codes, " "), "0"+strings.Repeat(" 408", 10)+" 0 201 202 0 201"; got != want {
			t.Errorf("codes %s, want %s", got, want)
		}
		var tips []string
		for _, h := range f.log {
			if q, _ := url.ParseQuery(h.query); h.op == "login" {
				tips = append(tips, q.Get("tip"))
			}
		}
		if got, want := strings.Join(tips, ""), strings.Repeat("1", 12)+"00"+"11"+"0"; got != want {
			t.Errorf("tips %s, want %s", got, want)
		}
		if u := c.Self(); u.UserName != fSelf || u.Uin != 3000000001 || u.Sex != 1 {
			t.Errorf("self is %+v", u)
		}
		f.calm(0, 6)
	})
}

func TestForeignLoginPages(t *testing.T) {
	const uri = `https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=t&uuid=f_-1==&lang=zh_CN&scan=1`
	for _, tt := range []struct {
		name  string
		poll  string
		pages func(f *foreign) []saying
		want  error
	}{
		{"redirect_uri on one line", `window.code=200;window.redirect_uri="` + uri + `";`, nil, nil},
		{"on two lines", "window.code=200;\r\nwindow.redirect_uri=\"" + uri + "\";\r\n", nil, nil},
		{"without the last semicolon", `window.code=200; window.redirect_uri = "` + uri + `"`, nil, nil},
		{"301 without Location, all in the body", "", func(f *foreign) []saying { return []saying{f.credentials(301)} }, nil},
		{"redirecturl first", "", func(f *foreign) []saying {
			return []saying{{text: "<error><ret>0</ret><redirecturl>" + strings.ReplaceAll(uri, "&", "&amp;") + "</redirecturl></error>"}, f.credentials(200)}
		}, nil},
		{"trouble twice, then fine", "", func(f *foreign) []saying {
			return []saying{{text: "<html>bad gateway</html>", status: 502}, {text: "<error><ret>-1</ret></error>"}, f.credentials(200)}
		}, nil},
		{"barred, with a message", "", func(f *foreign) []saying {
			return []saying{{text: "<error><ret>1203</ret><message>为了你的帐号安全，此微信号不能登录网页微信。</message></error>"}}
		}, webwx.ErrBarred},
		{"a used ticket", "", func(f *foreign) []saying {
			return []saying{{text: "<error><ret>-14</ret><message/></error>"}}
		}, webwx.ErrExpired},
	} {
		strange(t, func(t *testing.T, f *foreign, c *Client) {
			if tt.poll != "" {
				f.say("login", saying{text: tt.poll})
			}
			if tt.pages != nil {
				f.say("webwxnewloginpage", tt.pages(f)...)
			}
			var end error
			for _, err := range c.Login(t.Context()) {
				end = err
			}
			if tt.want == nil && end != nil || !errors.Is(end, tt.want) {
				t.Errorf("%s: error %v, want %v", tt.name, end, tt.want)
			}
		})
	}
}

// enter logs c in and returns how many requests that took.
func (f *foreign) enter(c *Client) int {
	f.t.Helper()
	for ev, err := range c.Login(f.t.Context()) {
		if err != nil {
			f.t.Fatalf("login after %v: %v", ev, err)
		}
	}
	return f.count()
}

func TestForeignContacts(t *testing.T) {
	strange(t, func(t *testing.T, f *foreign, c *Client) {
		f.enter(c)
		entry := func(name, nick string) string {
			return fmt.Sprintf(`{"UserName":"%s","NickName":%q,"MemberList":null,"AttrStatus":"4294967295","VerifyFlag":"0"}`, name, nick)
		}
		page := func(seq string, list ...string) saying {
			return saying{text: `{"Seq":` + seq + `,"MemberList":[` + strings.Join(list, ",") + `],"MemberCount":0,"BaseResponse":{"Ret":0}}`}
		}
		refused := saying{text: `{"BaseResponse":{"Ret":1205,"ErrMsg":""},"MemberCount":0,"MemberList":[],"Seq":0}`}
		f.say("webwxgetcontact", refused,
			page("700", entry(fBob, `Bob <span class="emoji emoji1f604"></span>`), entry("@aa", "")), page(`"800"`, entry("@cc", "C &lt;3")), page("800", entry("@dd", "D")))
		if _, err := c.Contacts(t.Context()); !errors.Is(err, webwx.ErrTooOften) || webwx.Advise(err) != webwx.AdviceWait {
			t.Errorf("1205: %v", err)
		}
		all, err := c.Contacts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range all {
			got = append(got, all[i].Name())
		}
		equal(t, got, "Bob 😄, @aa, C <3, D, x")
		ops, _ := f.since(0)
		if n := strings.Count(strings.Join(ops, " "), "webwxgetcontact"); n != 4 {
			t.Errorf("%d pages asked for, want 4: the last Seq repeats", n)
		}
		f.say("webwxgetcontact", page("0", entry(fBob, "Bob")))
		f.say("webwxbatchgetcontact", saying{text: `{"BaseResponse":{"Ret":0,"ErrMsg":""},"Count":1,"ContactList":[{"UserName":"` + fRoom + `","NickName":"","MemberCount":"2","EncryChatRoomId":"@e",` +
			`"MemberList":[{"UserName":"` + fSelf + `","Uin":"1"},{"UserName":"@mm","NickName":"M"}]}]}`})
		room, err := c.Details(t.Context(), fRoom)
		if err != nil || len(room) != 1 || len(room[0].MemberList) != 2 {
			t.Errorf("room %+v, error %v", room, err)
		}
		if known, ok := c.Contact(fRoom); !ok || known.MemberList[1].NickName != "M" {
			t.Errorf("the room is not known: %+v", known)
		}
	})
}

func TestForeignEvents(t *testing.T) {
	strange(t, func(t *testing.T, f *foreign, c *Client) {
		f.enter(c)
		const member = "@dd00112233445566778899aabbccddeeff"
		seven := "1_640000001|2_640000010|3_640000003|11_5|201_1769904001|1000_1769904000|1001_0"
		ten := "1_640000001|2_640000011|3_640000003|11_5|13_0|201_1769904002|203_7|1000_1769904000|1001_0|1004_2"
		four := "2_640000012|1_640000001|3_640000003|1000_1769904000"
		replaced := f.page("1_640000001|2_640000020", msgs(msg("5", fBob, fSelf, "1", "five")), `"SKey":"@crypt_0a0b0c0d_sync"`)
		replaced.header = http.Header{"Set-Cookie": {
			"wxsid=new/sid+; Domain=wx2.qq.com; Path=/; Expires=Mon, 02 Feb 2026 12:00:00 GMT", "webwx_data_ticket=; Domain=.qq.com; Path=/; Max-Age=0",
			"wxpluginkey=1769904003; Domain=wx2.qq.com; Path=/",
		}}
		moved := replaced.set
		replaced.set = func() {
			moved()
			f.skey = "@crypt_0a0b0c0d_sync"
			f.cookies = []foreignCookie{{"wxuin", f.uin, f.main, true}, {"wxsid", "new/sid+", f.main, true}, {"mm_lang", "zh_CN", f.main, false}, {"wxpluginkey", "1769904003", f.main, true}}
		}
		f.say("synccheck",
			check(0, 2, 3*time.Second),                                                         // Ret -1, then two pages
			check(0, 7, time.Second), check(0, 3, 0), check(0, 4, time.Second), check(0, 6, 0), // nothing, nothing, a change, a deletion
			saying{text: "oops", status: 500}, saying{text: "<html>", status: 502}, saying{after: time.Hour}, check(0, 0, 25*time.Second),
			check(0, 2, time.Second), // an HTML page, then new cookies and SKey
			check(0, 2, time.Second), // notices
			f.ends(1100, 5*time.Second))
		f.say("webwxsync",
			saying{text: `{"BaseResponse":{"Ret":-1,"ErrMsg":""},"SyncKey":{"Count":0,"List":[]},"SyncCheckKey":{"Count":0,"List":[]},"AddMsgList":[]}`},
			f.page(seven, `"ContinueFlag":1`, msgs(
				msg("7000000000000000001", fBob, fSelf, "1", "a &lt;b&gt; &amp; c<br/>d"),
				msg(`"2"`, fRoom, fSelf, `"1"`, member+":<br/>hi"),
				msg("3", fSelf, fRoom, "1", "from my phone"),
				notice("4", "4", "&lt;msg&gt;<br/>&lt;op id='4'&gt;&lt;/op&gt;&lt;/msg&gt;"))),
			f.page(ten, `"ContinueFlag":0`, `"ModContactList":null`, msgs(msg("7000000000000000001", fBob, fSelf, "1", "again"), msg("6", fBob, fSelf, "9876", "unknown kind"))),
			f.page(four, `"AddMsgCount":0`),
			f.page("", `"AddMsgList":null`),
			f.page("2_640000013", `"ModContactCount":1,"ModContactList":[{"UserName":"@new","NickName":"New","MemberList":null}]`),
			f.page("2_640000014", `"DelContactCount":1,"DelContactList":[{"UserName":"`+fBob+`","ContactFlag":"0"}]`),
			saying{text: "<html>proxy error</html>", status: 502},
			replaced,
			f.page("2_640000021", msgs(notice("8", "1", ""), notice("9", "2", ""), notice("10", "5", "&lt;msg/&gt;"), notice("11", `"9"`, ""), notice("8", "1", ""))))
		n := f.count()
		var got []string
		var end error
		for ev, err := range c.Events(t.Context()) {
			if err != nil {
				end = err
				continue
			}
			line := told(ev)
			if m := ev.Message; m != nil && ev.Kind == webwx.EventMessage {
				line += fmt.Sprintf(" %q by %.4s in %.4s", m.Text(), m.Sender(fSelf), m.Chat(fSelf))
			} else if m != nil {
				line += fmt.Sprintf(" code %d", m.StatusNotifyCode)
			}
			got = append(got, line)
		}
		want := []string{
			`message 7000000000000000001 "a <b> & c\nd" by @bb0 in @bb0`, `message 2 "hi" by @dd0 in @@0f`, `message 3 "from my phone" by @012 in @@0f`, `status 4 code 4`,
			`message 6 "unknown kind" by @bb0 in @bb0`, "contact New", "gone " + fBob, `message 5 "five" by @bb0 in @bb0`,
			"status 8 code 1", "status 9 code 2", "status 10 code 5", "status 11 code 9",
		}
		equal(t, got, strings.Join(want, ", "))
		if refused, _ := errors.AsType[*webwx.Error](end); refused == nil || refused.Ret != 1100 || refused.Op != "synccheck" {
			t.Errorf("error %v", end)
		}
		f.calm(n, 6)
		ops, at := f.since(n)
		if told := time.Since(at[len(at)-1]) - 5*time.Second; told != 0 {
			t.Errorf("logout told after %v", told)
		}
		time.Sleep(time.Hour)
		if rest, _ := f.since(n + len(ops)); len(rest) > 0 {
			t.Errorf("after the end: %v", rest)
		}
	})
}

func TestForeignSends(t *testing.T) {
	refusal := func(ret int) saying {
		return saying{text: fmt.Sprintf(`{"BaseResponse":{"Ret":%d,"ErrMsg":""},"MsgID":"","LocalID":""}`, ret)}
	}
	accepted := saying{text: `{"BaseResponse":{"Ret":"0","ErrMsg":""},"MsgID":777,"LocalID":1}`}
	for _, tt := range []struct {
		name    string
		answers []saying
		tries   int
		want    error
	}{
		{"too often", []saying{refusal(1205)}, 1, webwx.ErrTooOften},
		{"system error is a refusal", []saying{refusal(-1)}, 1, webwx.ErrTemporary},
		{"no friend", []saying{refusal(1204)}, 1, webwx.ErrNotFriend},
		{"the login is over", []saying{refusal(1101)}, 1, webwx.ErrLoggedOut},
		{"no answer, then one", []saying{{cut: true}, accepted}, 2, nil},
		{"a proxy's page, then an answer", []saying{{text: "<html>", status: 502}, accepted}, 2, nil},
		{"no answer ever", []saying{{cut: true}}, 3, io.EOF},
		{"silence, then an answer", []saying{{after: time.Hour}, accepted}, 2, nil},
	} {
		strange(t, func(t *testing.T, f *foreign, c *Client) {
			n := f.enter(c)
			f.say("webwxsendmsg", tt.answers...)
			sent, err := c.SendText(t.Context(), fBob, "<你好>")
			if tt.want == nil && (err != nil || sent.MsgID != "777") || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("%s: sent %v, error %v, want %v", tt.name, sent, err, tt.want)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			if got := len(f.log) - n; got != tt.tries {
				t.Errorf("%s: sent %d times, want %d", tt.name, got, tt.tries)
			}
			for _, h := range f.log[n:] {
				if !strings.Contains(h.body, `"LocalID":"`+sent.LocalID+`"`) {
					t.Errorf("%s: not sent under %s: %s", tt.name, sent.LocalID, h.body)
				}
			}
		})
	}
}

func TestForeignEndsDuringSend(t *testing.T) {
	strange(t, func(t *testing.T, f *foreign, c *Client) {
		n := f.enter(c)
		f.say("webwxsendmsg", saying{after: time.Hour})
		f.say("synccheck", check(0, 0, 20*time.Second), f.ends(1102, 7*time.Second))
		sent := make(chan error, 1)
		began := time.Now()
		go func() {
			time.Sleep(25 * time.Second)
			_, err := c.SendText(t.Context(), fBob, "x")
			sent <- err
		}()
		var end error
		for _, err := range c.Events(t.Context()) {
			end = err
		}
		err := <-sent
		if _, unknown := errors.AsType[*UnknownError](err); !unknown || !errors.Is(err, webwx.ErrLoggedOut) {
			t.Errorf("send: %v", err)
		}
		if took := time.Since(began); !errors.Is(end, webwx.ErrLoggedOut) || took != 27*time.Second {
			t.Errorf("events: %v after %v", end, took)
		}
		time.Sleep(time.Hour)
		if ops, _ := f.since(n); len(ops) != 3 {
			t.Errorf("requests %v", ops)
		}
	})
}

// Whoever tells it, the end is told at once, and what came before it is not lost.
func TestForeignEnds(t *testing.T) {
	for _, code := range []int{1100, 1101, 1102} {
		for _, op := range []string{"synccheck", "webwxsync"} {
			strange(t, func(t *testing.T, f *foreign, c *Client) {
				n := f.enter(c)
				page := f.page("2_9", `"ContinueFlag":1`, msgs(msg("1", fBob, fSelf, "1", "x")))
				over := saying{text: fmt.Sprintf(`{"BaseResponse":{"Ret":%d,"ErrMsg":""},"SyncKey":{"Count":0,"List":[]},"AddMsgList":[]}`, code), set: func() { f.over = true }}
				if op == "synccheck" {
					page, over = f.page("2_9", msgs(msg("1", fBob, fSelf, "1", "x"))), saying{}
				}
				f.say("synccheck", check(0, 2, time.Second), f.ends(code, 0))
				f.say("webwxsync", page, over)
				began := time.Now()
				var got []string
				for ev, err := range c.Events(t.Context()) {
					if err == nil {
						got = append(got, told(ev))
						continue
					}
					if refused, _ := errors.AsType[*webwx.Error](err); refused == nil || int(refused.Ret) != code || refused.Op != op || webwx.Advise(err) != webwx.AdviceLogin {
						t.Errorf("%s %d: error %v", op, code, err)
					}
				}
				equal(t, got, "message 1")
				if took := time.Since(began); took != time.Second {
					t.Errorf("%s %d: told after %v", op, code, took)
				}
				time.Sleep(time.Hour)
				if ops, _ := f.since(n); len(ops) != 3 {
					t.Errorf("%s %d: requests %v, want three", op, code, ops)
				}
			})
		}
	}
}

// A service that was away comes back: Events goes on exactly where it was.
func TestForeignComesBack(t *testing.T) {
	strange(t, func(t *testing.T, f *foreign, c *Client) {
		n := f.enter(c)
		page := f.page("1_1|2_5", msgs(msg("1", fBob, fSelf, "1", "x"), msg("2", fBob, fSelf, "1", "x")))
		moved := page.set
		page.set = func() { moved(); f.check = "1_1|2_6" }
		page.text = strings.Replace(page.text, `"SyncCheckKey":{"Count":2,"List":[{"Key":1,"Val":1},{ "Val" : "5"`, `"SyncCheckKey":{"Count":2,"List":[{"Key":1,"Val":1},{ "Val" : "6"`, 1)
		f.say("synccheck", check(0, 2, 0), saying{text: "<html>", status: 503})
		f.say("webwxsync", page)
		var got []string
		for ev, err := range c.Events(t.Context()) {
			if err != nil {
				if !errors.Is(err, ErrUnreachable) {
					t.Errorf("error %v", err)
				}
				continue
			}
			got = append(got, told(ev))
		}
		f.calm(n, 6)
		f.say("synccheck", check(0, 2, 0), check(0, 0, 25*time.Second))
		f.say("webwxsync", f.page("1_1|2_9", msgs(msg("2", fBob, fSelf, "1", "x"), msg("3", fBob, fSelf, "1", "x"))))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for ev, err := range c.Events(ctx) {
			if err != nil {
				break
			}
			got = append(got, told(ev))
		}
		equal(t, got, "message 1, message 2, message 3")
	})
}
