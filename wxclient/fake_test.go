package wxclient

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/memnet"
	"github.com/webwx/webwx/internal/wire"
)

// request is what the fake service has received.
type request struct {
	op, method, host, path, query string
	header                        http.Header
	body                          string
	at                            time.Time
}

// fake is a service that follows a script. What a test does not script goes as
// with the real one: polls are held, syncs are empty, calls succeed.
type fake struct {
	t *testing.T

	mu       sync.Mutex
	requests []request
	main     string                      // base of redirect_uri
	polls    []string                    // answers of login
	pages    []*wire.SyncResponse        // answers of webwxsync
	contacts []*wire.GetContactResponse  // pages of webwxgetcontact
	retcode  webwx.Ret                   // of synccheck and of JSON calls
	override map[string]http.HandlerFunc // by operation
	stream   map[string]http.HandlerFunc // the same, for bodies that must not be kept
	uuids    int
	key      int
	sent     int
	wake     chan struct{}
}

const (
	self = "@self"
	skey = "@crypt_1a2b3c4d_00000000000000000000000000000000"
	sid  = "Kq2wT-9xLm_4aPzB"
	uin  = 200100300
)

func newFake(t *testing.T) *fake {
	return &fake{t: t, main: "https://wx2.qq.com", override: make(map[string]http.HandlerFunc), stream: make(map[string]http.HandlerFunc), wake: make(chan struct{}, 1)}
}

// bubble runs f in a synctest bubble with a fake service and a client's transport.
func bubble(t *testing.T, f func(t *testing.T, service *fake, transport *http.Transport)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		service := newFake(t)
		network := memnet.New()
		server := &http.Server{Handler: service}
		go server.Serve(network.Listen(memnet.Any))
		transport := &http.Transport{DialContext: network.DialContext, DialTLSContext: network.DialContext}
		t.Cleanup(func() {
			transport.CloseIdleConnections()
			server.Close()
			time.Sleep(time.Second) // the server lingers on connections closed early
		})
		f(t, service, transport)
	})
}

// newClient makes a client of a fake service.
func newClient(t *testing.T, transport *http.Transport, o Options) *Client {
	t.Helper()
	o.Transport = transport
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// loggedIn makes a client that has logged in by a code that is confirmed at once.
func loggedIn(t *testing.T, service *fake, transport *http.Transport, o Options) *Client {
	t.Helper()
	c := newClient(t, transport, o)
	service.confirm()
	for ev, err := range c.Login(t.Context()) {
		if err != nil {
			t.Fatalf("login after %v: %v", ev, err)
		}
	}
	return c
}

// confirm lets the next poll answer 200.
func (f *fake) confirm() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.polls = append(f.polls, f.confirmed())
}

func (f *fake) confirmed() string {
	return fmt.Sprintf("window.code=200;\nwindow.redirect_uri=\"%s/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A_t@qrticket_0&uuid=uuid1==&lang=zh_CN&scan=1700000000&extra=x\";", f.main)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	stream := f.stream[path.Base(r.URL.Path)]
	f.mu.Unlock()
	if stream != nil {
		stream(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	op := path.Base(r.URL.Path)
	if strings.HasPrefix(r.URL.Path, "/qrcode/") {
		op = "qrcode"
	}
	f.mu.Lock()
	f.requests = append(f.requests, request{op, r.Method, r.Host, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Clone(), string(body), time.Now()})
	special := f.override[op]
	f.mu.Unlock()
	if special != nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		special(w, r)
		return
	}
	f.serve(w, r, op, body)
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request, op string, body []byte) {
	f.mu.Lock()
	base := wire.Reply{BaseResponse: wire.BaseResponse{Ret: f.retcode}}
	f.mu.Unlock()
	switch op {
	case "jslogin":
		f.mu.Lock()
		f.uuids++
		uuid := fmt.Sprintf("uuid%d==", f.uuids)
		f.mu.Unlock()
		wire.JSLogin.WriteReply(w, &wire.JSLoginResponse{Code: 200, UUID: uuid})
	case "qrcode":
		picture := wire.Image("JPEG")
		wire.QRCode.WriteReply(w, &picture)
	case "login":
		io.WriteString(w, f.poll(r))
	case "webwxnewloginpage":
		for _, c := range []string{"wxuin=200100300", "wxsid=" + sid, "webwx_data_ticket=dt", "webwx_auth_ticket=at"} {
			w.Header().Add("Set-Cookie", c+"; Path=/; Domain="+hostOnly(r.Host)+"; Expires="+time.Now().Add(12*time.Hour).UTC().Format(http.TimeFormat))
		}
		wire.NewLoginPage.WriteReply(w, &wire.NewLoginPageResponse{Message: "OK", Skey: skey, WxSid: sid, WxUin: uin, PassTicket: "pt%2Bx", IsGrayscale: 1})
	case "webwxinit":
		wire.Init.WriteReply(w, f.init(base))
	case "webwxstatusnotify":
		wire.StatusNotify.WriteReply(w, &wire.StatusNotifyResponse{Reply: base, MsgID: "1"})
	case "webwxgetcontact":
		wire.GetContact.WriteReply(w, f.contactPage(base, r.URL.Query().Get("seq")))
	case "webwxbatchgetcontact":
		req, _ := wire.BatchGetContact.ReadRequest(r, body)
		resp := &wire.BatchGetContactResponse{Reply: base, Count: len(req.List)}
		for _, it := range req.List {
			resp.ContactList = append(resp.ContactList, webwx.Contact{UserName: it.UserName, NickName: "room", MemberCount: 1, MemberList: []webwx.Member{{UserName: self}}})
		}
		wire.BatchGetContact.WriteReply(w, resp)
	case "synccheck":
		wire.SyncCheck.WriteReply(w, f.check(r))
	case "webwxsync":
		wire.Sync.WriteReply(w, f.page(base))
	case "webwxsendmsg", "webwxsendmsgimg", "webwxsendvideomsg", "webwxsendemoticon", "webwxsendappmsg":
		req, _ := wire.SendMsg.ReadRequest(r, body)
		f.mu.Lock()
		f.sent++
		id := fmt.Sprint(900 + f.sent)
		f.mu.Unlock()
		wire.SendMsg.WriteReply(w, &wire.SendMsgResponse{Reply: base, MsgID: id, LocalID: req.Msg.LocalID})
	case "webwxuploadmedia":
		wire.UploadMedia.WriteReply(w, &wire.UploadMediaResponse{Reply: base, MediaID: "@crypt_media"})
	case "webwxrevokemsg", "webwxoplog", "webwxverifyuser":
		wire.Oplog.WriteReply(w, &wire.OplogResponse{Reply: base})
	case "webwxpushloginurl":
		wire.PushLogin.WriteReply(w, &wire.PushLoginResponse{Ret: "0", Msg: "all ok", UUID: "push=="})
	case "webwxlogout":
		wire.Logout.WriteReply(w, &wire.LogoutResponse{Reply: base})
	default:
		http.NotFound(w, r)
	}
}

func hostOnly(host string) string {
	if strings.HasPrefix(host, "[") {
		return "" // an address of version 6 has no domain
	}
	name, _, _ := strings.Cut(host, ":")
	return name
}

// poll answers from the script, or 408 after the time that the real one holds.
func (f *fake) poll(r *http.Request) string {
	f.mu.Lock()
	if len(f.polls) > 0 {
		text := f.polls[0]
		f.polls = f.polls[1:]
		f.mu.Unlock()
		return text
	}
	f.mu.Unlock()
	hold(r, 25*time.Second)
	return "window.code=408;"
}

func hold(r *http.Request, d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.Context().Done():
	}
}

func (f *fake) init(base wire.Reply) *wire.InitResponse {
	return &wire.InitResponse{
		Reply: base, Count: 2, SKey: skey, ChatSet: "filehelper,@@unsaved,", InviteStartCount: 40,
		User:        webwx.User{Uin: uin, UserName: self, NickName: "Me"},
		ContactList: []webwx.Contact{{UserName: "filehelper", NickName: "File"}, {UserName: "@@unsaved", NickName: "Unsaved"}},
		SyncKey:     webwx.NewSyncKey(webwx.SyncKeyItem{Key: 1, Val: 5}, webwx.SyncKeyItem{Key: 2, Val: 100}),
	}
}

func (f *fake) contactPage(base wire.Reply, seq string) *wire.GetContactResponse {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := 0
	fmt.Sscan(cmp.Or(seq, "0"), &i)
	if i >= len(f.contacts) {
		return &wire.GetContactResponse{Reply: base}
	}
	page := *f.contacts[i]
	page.Reply = base
	return &page
}

// add queues a page of messages and wakes the poll.
func (f *fake) add(pages ...*wire.SyncResponse) {
	f.mu.Lock()
	f.pages = append(f.pages, pages...)
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *fake) check(r *http.Request) *wire.SyncCheckResponse {
	until := time.After(25 * time.Second)
	for {
		f.mu.Lock()
		resp := &wire.SyncCheckResponse{Retcode: f.retcode}
		waiting := len(f.pages) > 0
		f.mu.Unlock()
		if waiting {
			resp.Selector = webwx.SelectorMessage
		}
		if waiting || resp.Retcode != 0 {
			return resp
		}
		select {
		case <-f.wake:
		case <-until:
			return resp
		case <-r.Context().Done():
			return resp
		}
	}
}

func (f *fake) page(base wire.Reply) *wire.SyncResponse {
	f.mu.Lock()
	defer f.mu.Unlock()
	page := &wire.SyncResponse{}
	if len(f.pages) > 0 {
		page, f.pages = f.pages[0], f.pages[1:]
		if page.SyncKey.Count == 0 {
			f.key++
			page.SyncKey = webwx.NewSyncKey(webwx.SyncKeyItem{Key: 2, Val: 100 + f.key})
			page.SyncCheckKey = page.SyncKey
		}
	}
	page.Reply = base
	return page
}

// set runs f under the fake's lock.
func (f *fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// log returns what was received since n, and how much that makes in all.
func (f *fake) log(n int) ([]request, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]request(nil), f.requests[n:]...), len(f.requests)
}

func (f *fake) ops(n int) string {
	var ops []string
	list, _ := f.log(n)
	for _, r := range list {
		ops = append(ops, r.op)
	}
	return strings.Join(ops, " ")
}

// texts makes a page of one message each.
func texts(ids ...string) *wire.SyncResponse {
	page := &wire.SyncResponse{AddMsgCount: len(ids)}
	for _, id := range ids {
		page.AddMsgList = append(page.AddMsgList, webwx.Message{MsgID: id, MsgType: webwx.MsgText, FromUserName: "@bob", ToUserName: self, Content: "text " + id})
	}
	return page
}
