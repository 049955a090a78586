package wxserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxphone"
	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/memengine"
)

// A spy is an engine that notes what is written, and fails where it is told to.
type spy struct {
	wxserver.Engine

	mu      sync.Mutex
	written []string // the keys and boxes of each batch
	fail    func(op string) error
	late    func(op string) error // as fail, but what was asked for has been done
	seen    func(keys []string)   // called after each Get
}

func newSpy() *spy { return &spy{Engine: memengine.New()} }

func (e *spy) trouble(op string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fail == nil {
		return nil
	}
	return e.fail(op)
}

// failing makes later calls fail as f says; nil ends it.
func (e *spy) failing(f func(op string) error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fail = f
}

func (e *spy) Commit(ctx context.Context, b *wxserver.Batch) (wxserver.Receipt, error) {
	if err := e.trouble("Commit"); err != nil {
		return wxserver.Receipt{}, err
	}
	receipt, err := e.Engine.Commit(ctx, b)
	if err == nil {
		e.note(b)
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.late != nil {
			err = e.late("Commit")
		}
	}
	return receipt, err
}

func (e *spy) note(b *wxserver.Batch) {
	var what []string
	for _, w := range b.Docs {
		what = append(what, w.Key)
	}
	for _, p := range b.Posts {
		what = append(what, fmt.Sprintf("post %s", p.Body))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.written = append(e.written, strings.Join(what, " "))
}

func (e *spy) Read(ctx context.Context, box wxserver.Box, after wxserver.Position, limit int) (wxserver.Page, error) {
	if err := e.trouble("Read"); err != nil {
		return wxserver.Page{}, err
	}
	return e.Engine.Read(ctx, box, after, limit)
}

func (e *spy) Get(ctx context.Context, keys ...string) ([]wxserver.Doc, error) {
	if err := e.trouble("Get"); err != nil {
		return nil, err
	}
	docs, err := e.Engine.Get(ctx, keys...)
	e.mu.Lock()
	seen := e.seen
	e.mu.Unlock()
	if seen != nil {
		seen(keys)
	}
	return docs, err
}

func (e *spy) List(ctx context.Context, prefix, after string, limit int) ([]wxserver.Doc, error) {
	if err := e.trouble("List"); err != nil {
		return nil, err
	}
	return e.Engine.List(ctx, prefix, after, limit)
}

// news returns what was written since it was last asked.
func (e *spy) news() []string {
	synctest.Wait() // acknowledgements are written by and by
	e.mu.Lock()
	defer e.mu.Unlock()
	news := e.written
	e.written = nil
	return news
}

// heard is what came back of a request, and after how long.
type heard struct {
	status int
	header http.Header
	body   string
	after  time.Duration
}

// String shows all of it, without the time of day, so that two answers can be
// compared byte by byte.
func (a heard) String() string {
	h := a.header.Clone()
	h.Del("Date")
	var lines strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		fmt.Fprintf(&lines, "%s: %q\n", name, h[name])
	}
	return fmt.Sprintf("%d after %v\n%s%s", a.status, a.after, lines.String(), a.body)
}

func (h *house) knock(method, url, body string, header ...string) heard {
	h.t.Helper()
	start := time.Now()
	resp, text := h.do(method, url, body, header...)
	return heard{resp.StatusCode, resp.Header, text, time.Since(start)}
}

// A visitor is who sends requests by hand, with these credentials.
type visitor struct {
	uin, sid, skey string
	cookies        string // of the login's reply
	ticket         string // the query of its redirect_uri
	xml            string // the login's reply
}

func (v visitor) base() string {
	uin := v.uin
	if _, err := strconv.ParseInt(uin, 10, 64); err != nil {
		uin = quoted(uin)
	}
	return fmt.Sprintf(`"BaseRequest":{"Uin":%s,"Sid":%s,"Skey":%s,"DeviceID":"e1"}`, uin, quoted(v.sid), quoted(v.skey))
}

// quoted is text in JSON, byte by byte: not all that is sent here is UTF-8.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

func onPhone(p *wxphone.Phone) visitor {
	c := p.Credentials()
	return visitor{uin: strconv.FormatInt(c.Uin, 10), sid: c.Sid, skey: c.Skey}
}

const cgiBin = "/cgi-bin/mmwebwx-bin/"

var (
	uuidPattern   = regexp.MustCompile(`uuid = "([^"]*)"`)
	ticketPattern = regexp.MustCompile(`redirect_uri="[^"?]*\?([^"]*)"`)
	loginPattern  = regexp.MustCompile(`<skey>(.*)</skey><wxsid>(.*)</wxsid><wxuin>(.*)</wxuin>`)
)

func found(t *testing.T, p *regexp.Regexp, text string) []string {
	t.Helper()
	m := p.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("%q does not match %s", text, p)
	}
	return m
}

// code asks for a new QR code.
func (h *house) code() string {
	h.t.Helper()
	return found(h.t, uuidPattern, h.knock("GET", base+"/jslogin?appid="+webwx.AppID, "").body)[1]
}

// ticketOf lets p scan and confirm a new code and returns the query of redirect_uri.
func (h *house) ticketOf(p *wxphone.Phone) (uuid, query string) {
	h.t.Helper()
	uuid = h.code()
	if _, err := p.Scan(h.t.Context(), uuid); err != nil {
		h.t.Fatal(err)
	}
	if err := p.Confirm(h.t.Context(), uuid); err != nil {
		h.t.Fatal(err)
	}
	a := h.knock("GET", base+cgiBin+"login?tip=0&uuid="+uuid, "")
	return uuid, found(h.t, ticketPattern, a.body)[1]
}

// letIn makes a web login by hand.
func (h *house) letIn(p *wxphone.Phone) visitor {
	h.t.Helper()
	_, query := h.ticketOf(p)
	return h.enterBy(query)
}

func (h *house) enterBy(query string) visitor {
	h.t.Helper()
	a := h.knock("GET", base+cgiBin+"webwxnewloginpage?fun=new&"+query, "")
	m := found(h.t, loginPattern, a.body)
	var cookies []string
	for _, line := range a.header["Set-Cookie"] {
		pair, _, _ := strings.Cut(line, ";")
		cookies = append(cookies, pair)
	}
	return visitor{uin: m[3], sid: m[2], skey: m[1], cookies: strings.Join(cookies, "; "), ticket: query, xml: a.body}
}

// contactsOf returns the user names of v's contacts, rooms and room members by
// their nicknames.
func (h *house) contactsOf(v visitor) map[string]string {
	h.t.Helper()
	var init wire.InitResponse
	if err := wire.Unmarshal([]byte(h.knock("POST", base+cgiBin+"webwxinit", "{"+v.base()+"}").body), &init); err != nil {
		h.t.Fatal(err)
	}
	names := map[string]string{"self": string(init.User.UserName)}
	for _, c := range init.ContactList {
		names[c.NickName] = string(c.UserName)
		for _, m := range c.MemberList {
			names[m.NickName] = string(m.UserName)
		}
	}
	return names
}

// A door is one way into the server. The lists below must name every one; see
// TestEveryDoorIsGuarded.
type door struct {
	name   string // the variable in internal/wire, or the pattern of a page
	method string
	path   string
	more   string // what the body holds beside the BaseRequest
	query  string
	answer answerKind
	phone  bool // for phones only
	empty  bool // what it asks for is not there: a right login is refused too
	form   bool // the body is a form with a file
}

// An answerKind says how an answer tells a result code.
type answerKind int

const (
	inJSON   answerKind = iota // BaseResponse.Ret
	inScript                   // retcode
	isPush                     // a ret of "1" whatever the reason
	isLogout                   // never fails
	isIcon                     // 404 whatever the reason
	isEmpty                    // nothing whatever the reason
	isDesk                     // a page that says who is logged in
	isSignIn                   // a page with a form to sign in
	isOpen                     // asks nobody for credentials
)

var doors = []door{
	{name: "JSLogin", method: "GET", path: wire.JSLogin.Path, query: "appid=" + webwx.AppID, answer: isOpen},
	{name: "QRCode", method: "GET", path: wire.QRCode.Path, answer: isOpen},
	{name: "LoginPoll", method: "GET", path: wire.LoginPoll.Path, answer: isOpen},
	{name: "NewLoginPage", method: "GET", path: wire.NewLoginPage.Path, answer: isOpen},
	{name: "PushLogin", method: "GET", path: wire.PushLogin.Path, answer: isPush},
	{name: "Logout", method: "POST", path: wire.Logout.Path, query: "redirect=1&type=1", answer: isLogout},
	{name: "Init", method: "POST", path: wire.Init.Path},
	{name: "StatusNotify", method: "POST", path: wire.StatusNotify.Path, more: `"Code":3,"FromUserName":"","ToUserName":""`},
	{name: "POST /webwxstatusnotify", method: "POST", path: "/webwxstatusnotify", more: `"Code":3`},
	{name: "GetContact", method: "POST", path: wire.GetContact.Path},
	{name: "BatchGetContact", method: "POST", path: wire.BatchGetContact.Path, more: `"Count":1,"List":[{"UserName":"filehelper"}]`},
	{name: "SyncCheck", method: "GET", path: wire.SyncCheck.Path, answer: inScript},
	{name: "Sync", method: "POST", path: wire.Sync.Path, more: `"SyncKey":{"Count":1,"List":[{"Key":2,"Val":600000001}]}`},
	{name: "SendMsg", method: "POST", path: wire.SendMsg.Path, more: `"Msg":{"Type":1,"Content":"x","ToUserName":"filehelper","LocalID":"1","ClientMsgId":"1"}`},
	{name: "PhoneSignUp", method: "POST", path: wire.PhoneSignUp.Path, answer: isOpen},
	{name: "PhoneLogin", method: "POST", path: wire.PhoneLogin.Path, answer: isOpen},
	{name: "PhoneLogout", method: "POST", path: wire.PhoneLogout.Path, phone: true},
	{name: "PhoneScan", method: "POST", path: wire.PhoneScan.Path, more: `"Code":"CODE"`, phone: true},
	{name: "PhoneConfirm", method: "POST", path: wire.PhoneConfirm.Path, more: `"Code":"CODE"`, phone: true},
	{name: "PhoneCancel", method: "POST", path: wire.PhoneCancel.Path, more: `"Code":"CODE"`, phone: true},
	{name: "PhoneLogins", method: "POST", path: wire.PhoneLogins.Path, phone: true},
	{name: "PhoneEnd", method: "POST", path: wire.PhoneEnd.Path, more: `"ID":""`, phone: true},
	{name: "PhoneJoin", method: "POST", path: wire.PhoneJoin.Path, more: `"Ticket":"x"`, phone: true},
	{name: "PhoneUnfriend", method: "POST", path: wire.PhoneUnfriend.Path, more: `"UserName":"@x"`, phone: true},
	{name: "PhoneBlock", method: "POST", path: wire.PhoneBlock.Path, more: `"UserName":"@x","OP":1`, phone: true},
	{name: "CreateChatRoom", method: "POST", path: wire.CreateChatRoom.Path, more: `"MemberList":[{"UserName":"@x"}],"Topic":"x"`, empty: true},
	{name: "UpdateChatRoom", method: "POST", path: wire.UpdateChatRoom.Path, more: `"ChatRoomName":"@@x","NewTopic":"x"`, empty: true},
	{name: "VerifyUser", method: "POST", path: wire.VerifyUser.Path, more: `"Opcode":2,"VerifyUserList":[{"Value":"@x"}]`, empty: true},
	{name: "Oplog", method: "POST", path: wire.Oplog.Path, more: `"CmdId":3,"OP":1,"UserName":"@x"`, empty: true},
	{name: "RevokeMsg", method: "POST", path: wire.RevokeMsg.Path, more: `"SvrMsgId":"1"`, empty: true},
	{name: "SearchContact", method: "POST", path: wire.SearchContact.Path, more: `"KeyWord":"x"`},
	{name: "GetIcon", method: "GET", path: wire.GetIcon.Path, query: "username=filehelper", answer: isIcon},
	{name: "GetHeadImg", method: "GET", path: wire.GetHeadImg.Path, query: "username=filehelper", answer: isIcon},
	{name: "UploadMedia", method: "POST", path: wire.UploadMedia.Path, form: true},
	{name: "CheckUpload", method: "POST", path: wire.CheckUpload.Path, more: `"FileMd5":"0f1e2d3c4b5a69788796a5b4c3d2e1f0","FileSize":30000000`},
	{name: "SendMsgImg", method: "POST", path: wire.SendMsgImg.Path, more: `"Msg":{"Type":3,"MediaId":"@crypt_1_2","ToUserName":"filehelper","ClientMsgId":"1"}`, empty: true},
	{name: "SendEmoticon", method: "POST", path: wire.SendEmoticon.Path, more: `"Msg":{"Type":47,"MediaId":"@crypt_1_2","ToUserName":"filehelper","ClientMsgId":"1"}`, empty: true},
	{name: "SendVideoMsg", method: "POST", path: wire.SendVideoMsg.Path, more: `"Msg":{"Type":43,"MediaId":"@crypt_1_2","ToUserName":"filehelper","ClientMsgId":"1"}`, empty: true},
	{name: "SendAppMsg", method: "POST", path: wire.SendAppMsg.Path, more: `"Msg":{"Type":5,"Content":"<appmsg><title>x</title><type>5</type></appmsg>","ToUserName":"filehelper","ClientMsgId":"1"}`},
	{name: "GetMsgImg", method: "GET", path: wire.GetMsgImg.Path, query: "MsgID=1", answer: isEmpty},
	{name: "GetVideo", method: "GET", path: wire.GetVideo.Path, query: "msgid=1", answer: isEmpty},
	{name: "GetVoice", method: "GET", path: wire.GetVoice.Path, query: "msgid=1", answer: isEmpty},
	{name: "GetMedia", method: "GET", path: wire.GetMedia.Path, query: "mediaid=@crypt_1_2", answer: isIcon},
	{name: "Preview", method: "GET", path: wire.Preview.Path, query: "fun=preview&mediaid=@crypt_1_2", answer: isIcon},
	{name: "GetPublicLinkImg", method: "GET", path: wire.GetPublicLinkImg.Path, query: "url=xxx&msgid=1&pictype=location", answer: isIcon},
	{name: "GET /wx_emoji/{id}/{$}", method: "GET", path: "/wx_emoji/x/", answer: isOpen},
	{name: "CheckURL", method: "GET", path: wire.CheckURL.Path, query: "requrl=http%3A%2F%2Fexample.com", answer: isIcon},
	{name: "StatReport", method: "POST", path: wire.StatReport.Path, answer: isOpen},
	{name: "SendFeedback", method: "POST", path: wire.SendFeedback.Path, more: `"Content":"x"`},
	{name: "GET /zh_CN/htmledition/v2/images/spacer.gif", method: "GET", path: "/zh_CN/htmledition/v2/images/spacer.gif", answer: isOpen},
	{name: "GET /zh_CN/htmledition/v2/sound/msg.mp3", method: "GET", path: "/zh_CN/htmledition/v2/sound/msg.mp3", answer: isOpen},
	{name: "GET /favicon.ico", method: "GET", path: "/favicon.ico", answer: isOpen},
	{name: "GET /cgi-bin/mmsupport-bin/reportforweb", method: "GET", path: "/cgi-bin/mmsupport-bin/reportforweb", answer: isOpen},
	{name: "GET /{$}", method: "GET", path: "/", answer: isDesk},
	{name: "GET /phone", method: "GET", path: "/phone", answer: isSignIn},
	{name: "POST /phone/page", method: "POST", path: "/phone/page", answer: isSignIn},
	{name: "GET /l/{uuid}", method: "GET", path: "/l/x", answer: isOpen},
	{name: "GET /pages/{file}", method: "GET", path: "/pages/desk.js", answer: isOpen},
	{name: "GET /healthz", method: "GET", path: "/healthz", answer: isOpen},
}

// sourceOf parses the program text of a folder.
func sourceOf(t *testing.T, dir string) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// endpoints lists the variables of internal/wire that are an endpoint.
func endpoints(t *testing.T) []string {
	var names []string
	for _, f := range sourceOf(t, "../internal/wire") {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			var of ast.Expr
			switch v := spec.Values[0].(type) {
			case *ast.CompositeLit:
				of = v.Type
			case *ast.CallExpr:
				of = v.Fun
			}
			if list, ok := of.(*ast.IndexListExpr); ok {
				if name, ok := list.X.(*ast.Ident); ok && (name.Name == "Endpoint" || name.Name == "phone") {
					names = append(names, spec.Names[0].Name)
				}
			}
			return true
		})
	}
	return names
}

// patterns lists the texts under which this package registers a handler by hand.
func patterns(t *testing.T) []string {
	var names []string
	for _, f := range sourceOf(t, ".") {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "HandleFunc" && sel.Sel.Name != "both" {
				return true
			}
			arg := call.Args[0]
			if sum, ok := arg.(*ast.BinaryExpr); ok && sel.Sel.Name == "both" {
				arg = sum.Y // cgiPath + "webwxgeticon"
			}
			if lit, ok := arg.(*ast.BasicLit); ok {
				text, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, text)
			}
			return true
		})
	}
	return names
}

func TestEveryDoorIsGuarded(t *testing.T) {
	var got []string
	for _, d := range doors {
		got = append(got, d.name)
	}
	want := append(endpoints(t), patterns(t)...)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the matrix tests\n%q\nthe server has\n%q", got, want)
	}
}

// through makes a request through d as v. Where there is no body for the
// credentials they stand in the query or the cookies.
func (h *house) through(d door, v visitor, code string) heard {
	h.t.Helper()
	target, header := base+d.path, []string{}
	query, body := d.query, ""
	switch {
	case d.answer == isIcon || d.answer == isEmpty || d.answer == isPush || d.answer == isDesk:
		header = append(header, "Cookie", cookiesOf(v, "webwx_auth_ticket="+url.QueryEscape(v.sid)))
	case d.answer == isSignIn:
		header = append(header, "Cookie", cookiesOf(v, "webwx_phone="+plain(v.uin)+"."+plain(v.sid)))
		if d.method == "POST" {
			body = "do=end"
		}
	case d.form:
		body = formOf(part{name: "uploadmediarequest", text: "{" + v.base() + `,"ClientMediaId":1,"TotalLen":1}`}, part{name: "filename", file: "x", text: "x"})
		header = append(header, "Content-Type", "multipart/form-data; boundary="+boundary)
	case d.method == "GET":
		query += "&" + url.Values{"uin": {v.uin}, "sid": {v.sid}, "skey": {v.skey}}.Encode()
	default:
		body = "{" + v.base()
		if d.more != "" {
			body += "," + strings.ReplaceAll(d.more, "CODE", code)
		}
		body += "}"
	}
	if query != "" {
		target += "?" + query
	}
	return h.knock(d.method, target, body, header...)
}

// plain leaves out what an http.Client would not send in a header.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7f || r == ';' {
			return 'x'
		}
		return r
	}, text)
}

func cookiesOf(v visitor, more string) string {
	return "wxuin=" + plain(v.uin) + "; wxsid=" + plain(v.sid) + "; " + more
}

// few is the world of people, in which only alice and bob can sign in: to hash
// passwords takes most of a test's time.
var few = strings.NewReplacer("password = \"carol-secret\"\n", "", "password = \"mallory-secret\"\n", "").Replace(people)

// crowd is the world of the matrix: dave and erin exist to lose their logins.
const crowd = people + `
[[account]]
name = "dave"
password = "dave-secret"
[[account]]
name = "erin"
password = "erin-secret"
[[room]]
topic = "bob's own"
members = ["bob", "carol"]
[[room]]
topic = "two"
members = ["alice", "bob"]
`

func TestWrongCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newSpy()
		h := openOn(t, e, wxserver.Options{}, crowd)
		// Who has been idle for too long comes first, because of the time it takes.
		expired := h.letIn(h.phone("erin"))
		time.Sleep(7*24*time.Hour + time.Minute)
		daves := h.phone("dave")
		kicked := h.letIn(daves)
		left := h.letIn(daves)
		h.knock("POST", base+wire.Logout.Path, "{"+left.base()+"}")
		carols := h.phone("carol")
		ended := h.letIn(carols)
		if err := carols.End(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		alices, bobs := h.phone("alice"), h.phone("bob")
		alice, bob := h.letIn(alices), h.letIn(bobs)
		gone := h.phone("mallory")
		signedOut := onPhone(gone)
		if err := gone.SignOut(t.Context()); err != nil {
			t.Fatal(err)
		}
		code := h.code()

		mix := func(uin, sid visitor) visitor { return visitor{uin: uin.uin, sid: sid.sid, skey: sid.skey} }
		garbage := func(text string) visitor { return visitor{uin: alice.uin, sid: text, skey: alice.skey} }
		cases := []struct {
			name string
			who  visitor
			ret  webwx.Ret
		}{
			{"a sid that nobody has", garbage("AAAAAAAAAAAAAAAA"), webwx.RetMismatch},
			{"nothing at all", visitor{}, webwx.RetMismatch},
			{"no sid, but a right uin and skey", visitor{uin: alice.uin, skey: alice.skey}, webwx.RetMismatch},
			{"a right sid, but no uin", visitor{sid: alice.sid, skey: alice.skey}, webwx.RetMismatch},
			{"a uin that is no number", visitor{uin: "abc", sid: alice.sid, skey: alice.skey}, webwx.RetMismatch},
			{"a negative uin", visitor{uin: "-" + alice.uin, sid: alice.sid, skey: alice.skey}, webwx.RetMismatch},
			{"a uin beyond 64 bits", visitor{uin: "99999999999999999999", sid: alice.sid, skey: alice.skey}, webwx.RetMismatch},
			{"a sid cut short", garbage(alice.sid[:15]), webwx.RetMismatch},
			{"a sid in another case", garbage(strings.ToUpper(alice.sid + "x")), webwx.RetMismatch},
			{"a sid of 10 KB", garbage(strings.Repeat("s", 10<<10)), webwx.RetMismatch},
			{"a sid of control characters", garbage("\x00\x01\x1f\x7f\r\n"), webwx.RetMismatch},
			{"a sid that is not UTF-8", garbage("\xff\xfe\xc0\xaf"), webwx.RetMismatch},
			{"a sid that is a path", garbage("../../login/x"), webwx.RetMismatch},
			{"another's sid with the own uin", mix(alice, bob), webwx.RetMismatch},
			{"the own sid with another's uin", mix(bob, alice), webwx.RetMismatch},
			{"the sid of another's phone with the own uin", mix(alice, onPhone(bobs)), webwx.RetMismatch},
			{"another's dead sid with the own uin", mix(alice, ended), webwx.RetMismatch},
			{"a login that the phone ended", ended, webwx.RetLoggedOut},
			{"a login that another one ended", kicked, webwx.RetKicked},
			{"a login that was logged out", left, webwx.RetKicked},
			{"a login idle for more than 7 days", expired, webwx.RetKicked},
			{"a phone that has signed out", signedOut, webwx.RetKicked},
		}
		for _, d := range doors {
			if d.answer == isOpen {
				continue
			}
			e.news()
			var unknown heard
			for i, c := range cases {
				got := h.through(d, c.who, code)
				d.check(t, c.name, got, c.ret)
				if news := e.news(); len(news) > 0 {
					t.Errorf("%s with %s has written %q", d.name, c.name, news)
				}
				if i == 0 {
					unknown = got
				}
				if c.ret == webwx.RetMismatch && got.String() != unknown.String() {
					t.Errorf("%s with %s answers\n%s\nbut with %s\n%s", d.name, c.name, got, cases[0].name, unknown)
				}
				for _, secret := range []string{alice.sid, alice.skey, bob.sid, bob.skey} {
					if strings.Contains(got.String(), secret) {
						t.Errorf("%s with %s answers a secret: %s", d.name, c.name, got)
					}
				}
			}
			if d.phone { // a right login of the wrong kind
				got := h.through(d, alice, code)
				d.check(t, "a web login", got, webwx.RetMismatch)
				if news := e.news(); len(news) > 0 {
					t.Errorf("%s with a web login has written %q", d.name, news)
				}
			}
		}
		// A web login is no phone on the phone's page either.
		page := h.knock("GET", base+"/phone", "", "Cookie", "webwx_phone="+alice.uin+"."+alice.sid)
		if strings.Contains(page.body, "爱丽丝") || !strings.Contains(page.body, `value="signin"`) {
			t.Errorf("the phone's page shows a web login its account:\n%s", page.body)
		}
		// All that was for nothing: the right ones still work.
		for name, v := range map[string]visitor{"alice": alice, "bob": bob, "alice's phone": onPhone(alices)} {
			if got := retOf(h.knock("POST", base+wire.Init.Path, "{"+v.base()+"}")); got != webwx.RetOK {
				t.Errorf("%s after all that: Ret %d", name, got)
			}
		}
	})
}

func retOf(a heard) webwx.Ret {
	var r wire.PhoneReply
	r.BaseResponse.Ret = -999
	_ = wire.Unmarshal([]byte(a.body), &r) // -999 tells
	return r.BaseResponse.Ret
}

// check reports an answer that does not say ret the way that d says it.
func (d door) check(t *testing.T, name string, got heard, ret webwx.Ret) {
	t.Helper()
	if d.path == wire.Init.Path && ret == webwx.RetLoggedOut {
		ret = webwx.RetKicked // design: webwxinit of any dead session
	}
	ok, hold := got.status == http.StatusOK, time.Second
	switch d.answer {
	case inJSON:
		ok = ok && retOf(got) == ret && json.Valid([]byte(got.body))
	case inScript:
		ok = ok && got.body == fmt.Sprintf(`window.synccheck={retcode:"%d",selector:"0"}`, ret)
	case isPush:
		ok, hold = ok && strings.Contains(got.body, `"ret":"1"`) && strings.Contains(got.body, `"uuid":""`), 0
	case isLogout:
		ok, hold = ok && retOf(got) == webwx.RetOK, 0
	case isIcon:
		ok, hold = got.status == http.StatusNotFound, 0
	case isEmpty:
		ok, hold = ok && got.body == "", 0
	case isDesk:
		ok, hold = ok && strings.Contains(got.body, `isLogin: !!""`), 0
	case isSignIn:
		ok = (ok || got.status == http.StatusUnprocessableEntity) && strings.Contains(got.body, `value="signin"`)
		hold = 0
	}
	if !ok {
		t.Errorf("%s with %s: want code %d, got %s", d.name, name, ret, got)
	}
	if got.after < hold && !(d.phone && got.after == hold) {
		t.Errorf("%s with %s answered after %v, want %v at least", d.name, name, got.after, hold)
	}
}

// A right sid decides: what stands beside it may be stale.
func TestRightSidDecides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		alice := h.letIn(h.phone("alice"))
		for name, skey := range map[string]string{
			"no skey": "", "a wrong skey": "@crypt_00000000_00000000000000000000000000000000", "garbage": "\x00\xff", "10 KB": strings.Repeat("k", 10<<10),
		} {
			v := alice
			v.skey = skey
			for _, d := range doors {
				if d.answer == inJSON && !d.phone && !d.empty {
					if got := retOf(h.through(d, v, "")); got != webwx.RetOK {
						t.Errorf("%s with a right sid and %s: Ret %d, want 0", d.name, name, got)
					}
				}
			}
		}
		onlyCookies := []string{"Cookie", "wxuin=" + alice.uin + "; wxsid=" + alice.sid}
		send := `{"Msg":{"Type":1,"Content":"x","ToUserName":"filehelper","ClientMsgId":"7"}}`
		for name, c := range map[string]struct {
			query  string
			header []string
			want   webwx.Ret
		}{
			"cookies of a program":                       {"", nil, webwx.RetOK},
			"cookies of a page of ours":                  {"", []string{"Sec-Fetch-Site", "same-origin", "Origin", base}, webwx.RetOK},
			"cookies of an old browser's page of ours":   {"", []string{"Origin", base}, webwx.RetOK},
			"cookies and a right skey":                   {"?skey=" + url.QueryEscape(alice.skey), nil, webwx.RetOK},
			"cookies and a wrong skey":                   {"?skey=x", nil, webwx.RetMismatch},
			"cookies and a wrong skey on a page of ours": {"?skey=x", []string{"Sec-Fetch-Site", "same-origin"}, webwx.RetMismatch},
			"cookies of a page of the official site":     {"", []string{"Origin", "https://wx.qq.com"}, webwx.RetMismatch},
			"the same with a right skey":                 {"?skey=" + url.QueryEscape(alice.skey), []string{"Origin", "https://wx.qq.com"}, webwx.RetOK},
		} {
			got := h.knock("POST", base+wire.SendMsg.Path+c.query, send, append(onlyCookies, c.header...)...)
			if retOf(got) != c.want {
				t.Errorf("%s: %s, want Ret %d", name, got, c.want)
			}
		}
	})
}

func TestForeignNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newSpy()
		h := openOn(t, e, wxserver.Options{}, crowd)
		alices := h.phone("alice")
		before := h.letIn(alices)
		earlier := h.contactsOf(before)
		alice, bob := h.letIn(alices), h.letIn(h.phone("bob"))
		mine, his := h.contactsOf(alice), h.contactsOf(bob)
		phones := h.contactsOf(onPhone(alices))
		// Alice leaves the room; carol is no friend any more. Their names still mean
		// them, but give no right.
		room, carol := mine["周末爬山"], mine["卡罗尔"]
		h.forget(t, "member/", "rooms/", "friend/")
		e.news()

		person, group := "@"+strings.Repeat("0", 32), "@@"+strings.Repeat("0", 64)
		cases := []struct{ name, user, like string }{
			{"another person's name of a friend of both", his["卡罗尔"], person},
			{"another person's name of oneself", his["爱丽丝"], person},
			{"the name of one's own earlier login", earlier["self"], person},
			{"a friend's name of one's own earlier login", earlier["Bob &amp; Co"], person},
			{"a friend's name on one's own phone", phones["Bob &amp; Co"], person},
			{"a former friend, whom one shares nothing with", carol, person},
			{"another person's name of a room of both", his["周末爬山"], group},
			{"a room that one is not in", his["bob's own"], group},
			{"a room's name of one's own earlier login", earlier["周末爬山"], group},
			{"a room that one has left", room, group},
			{"a room's name cut short", room[:65], group[:65]},
			{"a room's name with one half changed", room[:66-32] + strings.Repeat("0", 32), group},
			{"a name in capital letters", strings.ToUpper(mine["Bob &amp; Co"]), person},
			{"a peer's permanent id", "u:" + bob.uin, "u:" + strings.Repeat("1", len(bob.uin))},
			{"a room's permanent id", "r:1099511627776", "r:1111111111111"},
			{"10 KB", "@" + strings.Repeat("a", 10<<10), "@" + strings.Repeat("b", 10<<10)},
			{"control characters", "@\x01\x02", "@\x03\x04"},
		}
		uses := []struct {
			name string
			ask  func(user string) heard
			want func(heard) bool
		}{
			{"webwxsendmsg", func(user string) heard {
				return h.knock("POST", base+wire.SendMsg.Path, "{"+alice.base()+`,"Msg":{"Type":1,"Content":"x","ToUserName":`+quoted(user)+`,"ClientMsgId":"1"}}`)
			}, func(a heard) bool { return retOf(a) == webwx.RetNotFriend }},
			{"webwxsendmsg as", func(user string) heard {
				return h.knock("POST", base+wire.SendMsg.Path, "{"+alice.base()+`,"Msg":{"Type":1,"Content":"x","FromUserName":`+quoted(user)+`,"ToUserName":"filehelper","ClientMsgId":"1"}}`)
			}, func(a heard) bool { return retOf(a) == webwx.RetParameter }},
			{"webwxstatusnotify", func(user string) heard {
				return h.knock("POST", base+wire.StatusNotify.Path, "{"+alice.base()+`,"Code":1,"ToUserName":`+quoted(user)+`}`)
			}, func(a heard) bool { return retOf(a) == webwx.RetParameter }},
			{"webwxbatchgetcontact", func(user string) heard {
				return h.knock("POST", base+wire.BatchGetContact.Path, "{"+alice.base()+`,"List":[{"UserName":`+quoted(user)+`}]}`)
			}, func(a heard) bool { return retOf(a) == webwx.RetOK }},
			{"webwxbatchgetcontact of a member", func(user string) heard {
				return h.knock("POST", base+wire.BatchGetContact.Path, "{"+alice.base()+`,"List":[{"UserName":`+quoted(user)+`,"EncryChatRoomId":"`+room+`"}]}`)
			}, func(a heard) bool { return retOf(a) == webwx.RetOK }},
			{"webwxoplog", func(user string) heard {
				return h.knock("POST", base+wire.Oplog.Path, "{"+alice.base()+`,"CmdId":2,"RemarkName":"x","UserName":`+quoted(user)+`}`)
			}, func(a heard) bool { return retOf(a) == webwx.RetParameter }},
			{"webwxcreatechatroom", func(user string) heard {
				return h.knock("POST", base+wire.CreateChatRoom.Path, "{"+alice.base()+`,"MemberList":[{"UserName":`+quoted(user)+`}]}`)
			}, func(a heard) bool { return retOf(a) == webwx.RetLogic }},
			{"webwxupdatechatroom", func(user string) heard {
				return h.knock("POST", base+wire.UpdateChatRoom.Path+"?fun=modtopic", "{"+alice.base()+`,"NewTopic":"x","ChatRoomName":`+quoted(user)+`}`)
			}, func(a heard) bool { return retOf(a) == webwx.RetParameter }},
			{"webwxupdatechatroom?fun=addmember", func(user string) heard {
				return h.knock("POST", base+wire.UpdateChatRoom.Path+"?fun=addmember", "{"+alice.base()+`,"ChatRoomName":"`+mine["two"]+`","AddMemberList":`+quoted(user)+`}`)
			}, func(a heard) bool { return retOf(a) == webwx.RetLogic }},
			{"webwxupdatechatroom?fun=invitemember", func(user string) heard {
				return h.knock("POST", base+wire.UpdateChatRoom.Path+"?fun=invitemember", "{"+alice.base()+`,"ChatRoomName":"`+mine["two"]+`","InviteMemberList":`+quoted(user)+`}`)
			}, func(a heard) bool { return retOf(a) == webwx.RetLogic }},
			{"webwxupdatechatroom?fun=delmember", func(user string) heard {
				return h.knock("POST", base+wire.UpdateChatRoom.Path+"?fun=delmember", "{"+alice.base()+`,"ChatRoomName":"`+mine["two"]+`","DelMemberList":`+quoted(user)+`}`)
			}, func(a heard) bool { return retOf(a) == webwx.RetParameter }},
			{"webwxverifyuser with a ticket", func(user string) heard {
				return h.knock("POST", base+wire.VerifyUser.Path, "{"+alice.base()+`,"Opcode":3,"VerifyUserList":[{"VerifyUserTicket":"v2_x@stranger","Value":`+quoted(user)+`}]}`)
			}, func(a heard) bool { return retOf(a) == webwx.RetTicket }},
			{"webwxgeticon", func(user string) heard {
				return h.knock("GET", base+cgiBin+"webwxgeticon?username="+url.QueryEscape(user), "", "Cookie", alice.cookies)
			}, func(a heard) bool { return a.status == http.StatusNotFound }},
		}
		for _, use := range uses {
			for _, c := range cases {
				if c.user == "" {
					t.Fatalf("%s: no such name in %v and %v", c.name, mine, his)
				}
				got, want := use.ask(c.user), use.ask(c.like)
				if !use.want(got) {
					t.Errorf("%s of %s: %s", use.name, c.name, got)
				}
				same, other := got.without(t, c.user), want.without(t, c.like)
				if same != other {
					t.Errorf("%s of %s answers\n%s\nbut of a name that nobody has\n%s", use.name, c.name, same, other)
				}
				if news := e.news(); len(news) > 0 {
					t.Errorf("%s of %s has written %q", use.name, c.name, news)
				}
			}
		}
	})
}

// without is a with NAME instead of a user name, which some answers repeat.
func (a heard) without(t *testing.T, user string) string {
	t.Helper()
	text, err := json.Marshal(user)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(a.String(), string(text), "NAME")
}

// forget removes the friendship of alice and carol, and alice from the room that
// both are in, behind the server's back.
func (h *house) forget(t *testing.T, prefixes ...string) {
	t.Helper()
	uin := make(map[string]string)
	for _, name := range []string{"alice", "carol"} {
		n, err := h.server.FindAccount(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		uin[name] = strconv.FormatInt(n, 10)
	}
	has := func(key string) bool {
		docs, err := h.engine.Get(t.Context(), key)
		return err == nil && docs[0].Revision != 0
	}
	b := &wxserver.Batch{}
	for _, prefix := range prefixes {
		docs, err := h.engine.List(t.Context(), prefix, "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			parts := strings.Split(d.Key, "/")
			of := slices.Contains(parts, uin["alice"])
			switch prefix {
			case "friend/":
				of = of && slices.Contains(parts, uin["carol"])
			case "member/":
				of = of && has("member/"+parts[1]+"/"+uin["carol"])
			case "rooms/":
				of = of && has("member/"+parts[2]+"/"+uin["carol"])
			}
			if of {
				b.Docs = append(b.Docs, wxserver.Write{Key: d.Key, If: wxserver.AnyRevision})
			}
		}
	}
	if _, err := h.engine.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func TestForeignCodesAndTickets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newSpy()
		h := openOn(t, e, wxserver.Options{}, few)
		alices, bobs := h.phone("alice"), h.phone("bob")
		expired := h.code()
		time.Sleep(5 * time.Minute)
		half := h.code() // scanned, then too old
		if _, err := alices.Scan(t.Context(), half); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		used, ticket := h.ticketOf(alices)
		alice := h.enterBy(ticket)
		others := h.code()
		if _, err := bobs.Scan(t.Context(), others); err != nil {
			t.Fatal(err)
		}
		confirmed, foreign := h.ticketOf(bobs)
		const nobodys = "AAAAAAAAAAAA"
		codes := map[string]string{
			"too old": expired, "scanned, then too old": half, "used": used, "garbage": "%00%ff", "10 KB": strings.Repeat("u", 10<<10), "a path": "..%2Flogin%2Fx",
		}
		phone := onPhone(alices)
		asks := map[string]func(uuid string) heard{
			"login":  func(uuid string) heard { return h.knock("GET", base+cgiBin+"login?uuid="+uuid, "") },
			"qrcode": func(uuid string) heard { return h.knock("GET", base+"/qrcode/"+uuid, "") },
			"newlogin": func(uuid string) heard {
				return h.knock("GET", base+cgiBin+"webwxnewloginpage?fun=new&ticket=x&uuid="+uuid, "")
			},
		}
		onCode := make(map[string]func(uuid string) heard)
		for _, d := range []door{{name: "scan", path: wire.PhoneScan.Path}, {name: "confirm", path: wire.PhoneConfirm.Path}, {name: "cancel", path: wire.PhoneCancel.Path}} {
			onCode[d.name] = func(uuid string) heard {
				return h.knock("POST", base+d.path, "{"+phone.base()+`,"Code":"`+uuid+`"}`)
			}
		}
		e.news()
		same := func(op, name string, got, want heard) {
			t.Helper()
			if got.String() != want.String() {
				t.Errorf("%s of a code that is %s answers\n%s\nbut of one that nobody has\n%s", op, name, got, want)
			}
			if news := e.news(); len(news) > 0 {
				t.Errorf("%s of a code that is %s has written %q", op, name, news)
			}
		}
		for op, ask := range asks {
			want := ask(nobodys)
			for name, uuid := range codes {
				same(op, name, ask(uuid), want)
			}
		}
		for op, ask := range onCode {
			want := ask(nobodys)
			if retOf(want) != webwx.RetTicket {
				t.Errorf("phone/%s of a code that nobody has: %s, want Ret %d", op, want, webwx.RetTicket)
			}
			for name, uuid := range map[string]string{
				"too old": expired, "scanned, then too old": half, "used": used, "scanned by another": others, "confirmed by another": confirmed,
			} {
				same("phone/"+op, name, ask(uuid), want)
			}
		}
		// Tickets: of another code, none, and one that was used.
		q, err := url.ParseQuery(foreign)
		if err != nil {
			t.Fatal(err)
		}
		no := h.knock("GET", base+wire.NewLoginPage.Path+"?fun=new&ticket=x&uuid="+nobodys, "")
		if want := "<error><ret>-14</ret>"; !strings.HasPrefix(no.body, want) || len(no.header["Set-Cookie"]) > 0 {
			t.Errorf("a ticket that nobody has: %s, want %s…", no, want)
		}
		for name, query := range map[string]string{
			"a ticket of another code":    "ticket=" + url.QueryEscape(q.Get("ticket")) + "&uuid=" + others,
			"a confirmed code, no ticket": "uuid=" + confirmed,
			"another's used code":         "ticket=" + url.QueryEscape(q.Get("ticket")) + "&uuid=" + used,
			"a ticket of garbage":         "ticket=%00%ff&uuid=" + confirmed,
			"a ticket of 10 KB":           "ticket=" + strings.Repeat("A", 10<<10) + "&uuid=" + confirmed,
			"a code that waits":           "ticket=x&uuid=" + others,
		} {
			got := h.knock("GET", base+wire.NewLoginPage.Path+"?fun=new&"+query, "")
			if got.String() != no.String() {
				t.Errorf("%s answers\n%s\nwant\n%s", name, got, no)
			}
		}
		if news := e.news(); len(news) > 0 {
			t.Errorf("wrong tickets have written %q", news)
		}
		if again := h.enterBy(ticket); again.xml != alice.xml || again.sid != alice.sid {
			t.Errorf("the same ticket gave\n%s\nthen\n%s", alice.xml, again.xml)
		}
		time.Sleep(301 * time.Second)
		if late := h.knock("GET", base+wire.NewLoginPage.Path+"?fun=new&"+ticket, ""); late.String() != no.String() {
			t.Errorf("a ticket after 301 s answers\n%s\nwant\n%s", late, no)
		}
		if got := retOf(h.knock("POST", base+wire.Init.Path, "{"+alice.base()+"}")); got != webwx.RetOK {
			t.Errorf("its login has ended with it: Ret %d", got)
		}
	})
}

func TestUnknownNameIsLikeAWrongPassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newSpy()
		h := openOn(t, e, wxserver.Options{}, people+"\n[[account]]\nname = \"nopassword\"\n")
		phone := h.phone("alice")
		ask := func(name, password string) heard {
			return h.knock("POST", base+wire.PhoneLogin.Path, `{"Name":`+quoted(name)+`,"Password":`+quoted(password)+`}`)
		}
		e.news()
		want := ask("alice", "wrong-password")
		if got := retOf(want); got != webwx.RetMismatch || want.after != time.Second {
			t.Errorf("a wrong password: %s, want Ret 1102 after 1s", want)
		}
		for name, got := range map[string]heard{
			"a name that nobody has":        ask("nobody", "wrong-password"),
			"an account without a password": ask("nopassword", ""),
			"another's password":            ask("alice", "bob-secret"),
			"no name":                       ask("", "alice-secret"),
			"a name that cannot be":         ask("\x00/\xff", "alice-secret"),
			"a right name and more":         ask("alice"+strings.Repeat("x", 64), "alice-secret"),
			"a password of 10 KB":           ask("bob", strings.Repeat("p", 10<<10)),
		} {
			if got.String() != want.String() {
				t.Errorf("%s answers\n%s\nbut a wrong password\n%s", name, got, want)
			}
		}
		if news := e.news(); len(news) > 0 {
			t.Errorf("wrong passwords have written %q", news)
		}
		// The end of another's login is the end of one that nobody has.
		phones := h.phone("bob")
		logins, _, err := phones.Logins(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		e.news()
		end := func(id string) heard {
			return h.knock("POST", base+wire.PhoneEnd.Path, "{"+onPhone(phone).base()+`,"ID":`+quoted(id)+`}`)
		}
		none := end("AAAAAAAAAAAAAAAAAAAAAA")
		for name, got := range map[string]heard{"another's login": end(logins[0].ID), "garbage": end("\x00"), "10 KB": end(strings.Repeat("x", 10<<10)), "a web login where there is none": end("")} {
			if got.String() != none.String() || retOf(got) != webwx.RetLogic {
				t.Errorf("the end of %s answers\n%s\nof one that nobody has\n%s", name, got, none)
			}
		}
		if news := e.news(); len(news) > 0 {
			t.Errorf("wrong logins to end have written %q", news)
		}
	})
}

// Many guesses at the same time are no more than one after another.
func TestGuessesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newSpy()
		h := openOn(t, e, wxserver.Options{Limits: wxserver.Limits{FailuresBurst: 3}}, few)
		e.mu.Lock()
		e.seen = func([]string) { time.Sleep(time.Second) } // so that all who may begin do
		e.mu.Unlock()
		var mu sync.Mutex
		got := make(map[webwx.Ret]int)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				a := h.knock("POST", base+wire.PhoneLogin.Path, `{"Name":"alice","Password":"wrong-password"}`)
				mu.Lock()
				defer mu.Unlock()
				got[retOf(a)]++
			})
		}
		wg.Wait()
		if got[webwx.RetMismatch] > 4 || got[webwx.RetMismatch]+got[webwx.RetTooOften] != 20 {
			t.Errorf("of 20 guesses at once, allowed 3: answers %v", got)
		}
	})
}
