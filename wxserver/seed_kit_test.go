package wxserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx/wxphone"
	"github.com/webwx/webwx/wxserver"
)

// The tests in seed_*_test.go prove column S of docs/reference/seed-checklist.md.
// No client of ours is in them: they send bytes and look at bytes. What they call
// each fact by, "S 5.14", is what docs/seed.md is made from.

// s checks one fact of the checklist. no is "S " and its number.
func s[T any](t *testing.T, no, fact string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %s: got %v, want %v", no, fact, got, want)
	}
}

// folk is the world of these tests. Alice is a friend of bob, carol and the
// official account news. She shares a room with dave, who is no friend, and is
// not in the second room. Only alice and bob have phones: passwords take time.
const folk = `
[[account]]
name = "alice"
nick = "爱丽丝"
password = "alice-secret"
friends = ["bob", "carol", "news"]
[[account]]
name = "bob"
nick = "Bob & Co"
password = "bob-secret"
[[account]]
name = "carol"
nick = "卡罗尔"
sex = 2
signature = "<3"
province = "云南"
city = "大理"
[[account]]
name = "dave"
nick = "Dave"
[[account]]
name = "news"
nick = "新闻"
official = true
[[room]]
topic = "周末爬山"
members = ["alice", "bob", "carol", "dave"]
[[room]]
topic = "别人的房间"
members = ["bob", "dave"]
`

// The names of the seed, and two that are nobody's but this server's.
const (
	loginHost = "https://login.weixin.qq.com"
	mainHost  = "https://wx2.qq.com"
	pushHost  = "https://webpush2.weixin.qq.com"
	ownHost   = "http://wx.example:8080"
	addrHost  = "http://127.0.0.1"

	cgi   = "/cgi-bin/mmwebwx-bin/"
	appID = "wx782c26e4c19acffb"
)

// byHand is a house whose visitors bring no client.
type byHand struct {
	*house
	phones map[string]*wxphone.Phone
}

func openByHand(t *testing.T, o wxserver.Options) *byHand {
	t.Helper()
	return &byHand{open(t, o, folk), make(map[string]*wxphone.Phone)}
}

// ring returns the phone of name; it signs in once.
func (h *byHand) ring(name string) *wxphone.Phone {
	h.t.Helper()
	if h.phones[name] == nil {
		h.phones[name] = h.phone(name)
	}
	return h.phones[name]
}

// An answer is what came back, and after how long in the bubble's time.
type answer struct {
	status int
	header http.Header
	body   string
	after  time.Duration
}

// ask makes one request and follows no redirect.
func (h *house) ask(method, url, body string, header ...string) answer {
	h.t.Helper()
	start := time.Now()
	resp, text := h.do(method, url, body, header...)
	return answer{resp.StatusCode, resp.Header, text, time.Since(start)}
}

// later is ask while the test does something else.
func (h *house) later(method, url, body string, header ...string) <-chan answer {
	ch := make(chan answer, 1)
	go func() { ch <- h.ask(method, url, body, header...) }()
	return ch
}

// cookies returns the cookies that a sets, in order.
func (a answer) cookies(t *testing.T) []*http.Cookie {
	t.Helper()
	var out []*http.Cookie
	for _, line := range a.header["Set-Cookie"] {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			t.Fatalf("Set-Cookie %q: %v", line, err)
		}
		out = append(out, c)
	}
	return out
}

// cookieHeader is what a browser sends back of them.
func cookieHeader(cookies []*http.Cookie) string {
	var parts []string
	for _, c := range cookies {
		parts = append(parts, c.Name+"="+c.Value)
	}
	return strings.Join(parts, "; ")
}

var jsloginText = regexp.MustCompile(`^window\.QRLogin\.code = (\d+); window\.QRLogin\.uuid = "([^"]*)";$`)

// uuid asks for a new code.
func (h *house) uuid() string {
	h.t.Helper()
	a := h.ask("GET", loginHost+"/jslogin?appid="+appID+"&fun=new&lang=zh_CN&_=1453124908000", "")
	m := jsloginText.FindStringSubmatch(a.body)
	if m == nil {
		h.t.Fatalf("jslogin answered %q", a.body)
	}
	return m[2]
}

func pollURL(host, uuid, tip string) string {
	return host + cgi + "login?tip=" + tip + "&uuid=" + uuid + "&_=1453124908000"
}

var redirectText = regexp.MustCompile(`^window\.code=200;\nwindow\.redirect_uri="([^"]+)";$`)

// confirmed returns a uuid that name's phone has scanned and confirmed, and the
// redirect_uri that a poll of host gives for it.
func (h *byHand) confirmed(name, host string) (uuid, redirect string) {
	h.t.Helper()
	uuid, p := h.uuid(), h.ring(name)
	if _, err := p.Scan(h.t.Context(), uuid); err != nil {
		h.t.Fatal(err)
	}
	if err := p.Confirm(h.t.Context(), uuid); err != nil {
		h.t.Fatal(err)
	}
	return uuid, h.redirect(host, uuid)
}

func (h *house) redirect(host, uuid string) string {
	h.t.Helper()
	a := h.ask("GET", pollURL(host, uuid, "0"), "")
	m := redirectText.FindStringSubmatch(a.body)
	if m == nil {
		h.t.Fatalf("poll of a confirmed code answered %q", a.body)
	}
	return m[1]
}

var loginXML = regexp.MustCompile(`^<error><ret>0</ret><message>OK</message><skey>([^<\s]+)</skey><wxsid>([^<\s]+)</wxsid>` +
	`<wxuin>(\d+)</wxuin><pass_ticket>([^<\s]+)</pass_ticket><isgrayscale>1</isgrayscale></error>$`)

// web is a web login made by hand.
type web struct {
	*house
	main                   string // scheme and host
	uin, sid, skey, ticket string
	cookies                []*http.Cookie
	key                    json.RawMessage // the newest sync key
	self                   string
}

// enter logs name in on host.
func (h *byHand) enter(name, host string) *web {
	h.t.Helper()
	_, redirect := h.confirmed(name, host)
	return h.redeem(redirect, host)
}

// redeem fetches the credentials of redirect from host.
func (h *house) redeem(redirect, host string) *web {
	h.t.Helper()
	u, err := url.Parse(redirect)
	if err != nil {
		h.t.Fatal(err)
	}
	a := h.ask("GET", host+u.RequestURI()+"&fun=new", "")
	m := loginXML.FindStringSubmatch(a.body)
	if m == nil {
		h.t.Fatalf("webwxnewloginpage answered %q", a.body)
	}
	return &web{house: h, main: host, skey: m[1], sid: m[2], uin: m[3], ticket: m[4], cookies: a.cookies(h.t)}
}

// started is enter and webwxinit.
func (h *byHand) started(name, host string) *web {
	h.t.Helper()
	w := h.enter(name, host)
	w.init()
	return w
}

func (w *web) base() string {
	return fmt.Sprintf(`"BaseRequest":{"Uin":%s,"Sid":"%s","Skey":"%s","DeviceID":"e123456789012345"}`, w.uin, w.sid, w.skey)
}

// body is a JSON body with the BaseRequest and more.
func (w *web) body(more string) string {
	if more != "" {
		more = "," + more
	}
	return "{" + w.base() + more + "}"
}

// post sends the seed's form of a request: no query, a JSON body.
func (w *web) post(op, more string) answer {
	w.t.Helper()
	return w.ask("POST", w.main+cgi+op, w.body(more), "Content-Type", "application/json; charset=UTF-8")
}

// call is post for a reply that is JSON.
func (w *web) call(op, more string) object {
	w.t.Helper()
	return parse(w.t, w.post(op, more).body)
}

// init calls webwxinit and keeps what the other calls need.
func (w *web) init() object {
	w.t.Helper()
	o := w.call("webwxinit", "")
	w.key, w.self = o["SyncKey"], text(w.t, parse(w.t, o["User"])["UserName"])
	return o
}

// sync calls webwxsync and takes over its key.
func (w *web) sync() object {
	w.t.Helper()
	o := w.syncAt(w.key)
	w.key = o["SyncKey"]
	return o
}

// syncAt calls webwxsync with any key.
func (w *web) syncAt(key json.RawMessage) object {
	w.t.Helper()
	return w.call("webwxsync", `"SyncKey":`+string(key)+`,"rr":-1453124909`)
}

// read takes everything that waits and returns the texts that are no notices.
func (w *web) read() []string {
	w.t.Helper()
	var texts []string
	for {
		o := w.sync()
		for _, m := range list(w.t, o["AddMsgList"]) {
			if string(m["MsgType"]) != "51" {
				texts = append(texts, text(w.t, m["Content"]))
			}
		}
		if string(o["ContinueFlag"]) == "0" {
			return texts
		}
	}
}

// checkURL is the official form of synccheck with a key.
func (w *web) checkURL(key json.RawMessage) string {
	w.t.Helper()
	q := url.Values{
		"r": {"1453124908000"}, "skey": {w.skey}, "sid": {w.sid}, "uin": {w.uin}, "deviceid": {"e123456789012345"},
		"synckey": {keyText(w.t, key)}, "_": {"1453124908000"},
	}
	return pushHost + cgi + "synccheck?" + q.Encode()
}

func (w *web) check() answer {
	w.t.Helper()
	return w.ask("GET", w.checkURL(w.key), "")
}

func synccheck(retcode, selector int) string {
	return fmt.Sprintf(`window.synccheck={retcode:"%d",selector:"%d"}`, retcode, selector)
}

// send sends text under a client's id and returns the reply.
func (w *web) send(to, content, id string) object {
	w.t.Helper()
	return w.call("webwxsendmsg", w.msg(to, content, id))
}

func (w *web) msg(to, content, id string) string {
	w.t.Helper()
	quoted, err := json.Marshal(content)
	if err != nil {
		w.t.Fatal(err)
	}
	return fmt.Sprintf(`"Msg":{"Type":1,"Content":%s,"FromUserName":"%s","ToUserName":"%s","LocalID":"%s","ClientMsgId":"%s"}`,
		quoted, w.self, to, id, id)
}

// names maps nicknames to the user names of this login, room members included.
func (w *web) names() map[string]string {
	w.t.Helper()
	names := make(map[string]string)
	o := w.call("webwxinit", "")
	for _, c := range list(w.t, o["ContactList"]) {
		names[text(w.t, c["NickName"])] = text(w.t, c["UserName"])
		for _, m := range list(w.t, c["MemberList"]) {
			names[text(w.t, m["NickName"])] = text(w.t, m["UserName"])
		}
	}
	return names
}

// object is a JSON object whose values are still text.
type object map[string]json.RawMessage

func parse[T ~string | ~[]byte](t *testing.T, raw T) object {
	t.Helper()
	var o object
	if err := json.Unmarshal([]byte(raw), &o); err != nil {
		t.Fatalf("%.200q is no JSON object: %v", string(raw), err)
	}
	return o
}

func list(t *testing.T, raw json.RawMessage) []object {
	t.Helper()
	var l []object
	if err := json.Unmarshal(raw, &l); err != nil {
		t.Fatalf("%.200q is no JSON list of objects: %v", raw, err)
	}
	return l
}

func text(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var v string
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%.200q is no JSON text: %v", raw, err)
	}
	return v
}

func number(t *testing.T, raw json.RawMessage) int64 {
	t.Helper()
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		t.Fatalf("%.200q is no JSON integer: %v", raw, err)
	}
	return n
}

// ret is the result code of a reply.
func ret(t *testing.T, o object) int64 {
	t.Helper()
	return number(t, parse(t, o["BaseResponse"])["Ret"])
}

// kind names what a JSON value is; an int is written without point and exponent
// and fits 32 bits.
func kind(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "absent"
	}
	switch raw[0] {
	case '"':
		return "text"
	case '[':
		return "list"
	case '{':
		return "object"
	case 'n':
		return "null"
	case 't', 'f':
		return "bool"
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	switch {
	case err != nil:
		return "fraction"
	case n != int64(int32(n)):
		return "long"
	}
	return "int"
}

// keysOf lists the keys of a JSON object in the order they are written.
func keysOf(t *testing.T, raw json.RawMessage) []string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	if tok, err := d.Token(); err != nil || tok != json.Delim('{') {
		t.Fatalf("%.200q is no JSON object", raw)
	}
	var keys []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
	}
	return keys
}

// keyText is a sync key as synccheck takes it.
func keyText(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var parts []string
	for _, it := range list(t, parse(t, raw)["List"]) {
		parts = append(parts, string(it["Key"])+"_"+string(it["Val"]))
	}
	return strings.Join(parts, "|")
}

// contentTypes are what JSON bodies have been seen under.
var contentTypes = [][]string{
	{"Content-Type", "application/json; charset=UTF-8"},
	{},
	{"Content-Type", "application/x-www-form-urlencoded"},
	{"ContentType", "application/json; charset=UTF-8"},
	{"Content-Type", "application/x-www-form-urlencoded", "ContentType", "application/json; charset=UTF-8"},
	{"Content-Type", "text/plain;charset=utf-8"},
	{"Content-Type", "no type at all"},
}

// everyWay sends a JSON body to op under every content type, by GET and POST, to
// every host, and says where the answer is not Ret 0.
func (w *web) everyWay(op, more string) (trouble []string) {
	w.t.Helper()
	for _, method := range []string{"POST", "GET"} {
		for _, header := range contentTypes {
			a := w.ask(method, w.main+cgi+op, w.body(more), header...)
			if a.status != http.StatusOK || ret(w.t, parse(w.t, a.body)) != 0 {
				trouble = append(trouble, fmt.Sprintf("%s with %q: %d %s", method, header, a.status, a.body))
			}
		}
	}
	for _, host := range []string{loginHost, mainHost, "https://wx.qq.com", pushHost, ownHost, addrHost} {
		a := w.ask("POST", host+cgi+op, w.body(more))
		if a.status != http.StatusOK || ret(w.t, parse(w.t, a.body)) != 0 {
			trouble = append(trouble, fmt.Sprintf("on %s: %d %s", host, a.status, a.body))
		}
	}
	return trouble
}

func jsonList(t *testing.T, raw json.RawMessage) []json.RawMessage {
	t.Helper()
	var l []json.RawMessage
	if err := json.Unmarshal(raw, &l); err != nil {
		t.Fatalf("%.200q is no JSON list: %v", raw, err)
	}
	return l
}

// restart ends the server and starts another on the same engine.
func (h *house) restart(o wxserver.Options) {
	h.t.Helper()
	synctest.Wait() // else http.Server may be closed before it serves
	h.stop()
	h.start(o)
}
