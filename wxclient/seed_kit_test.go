package wxclient

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx"
)

// The tests in seed_*_test.go prove column C ("client") of docs/reference/seed-checklist.md:
// only the transport is replaced, and its answers are the texts of the seed. What
// they call each fact by, "S 5.14", is what docs/seed.md is made from.

// fact checks one fact of the checklist. no is "S " and its number.
func fact[T any](t *testing.T, no, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %s: got %v, want %v", no, what, got, want)
	}
}

// wireText is a transport that answers from a script of texts and writes down
// what it was asked.
type wireText struct {
	mu      sync.Mutex
	asked   []asked
	answers map[string][]said // by operation, used up; the last one stays
}

type asked struct {
	op, method, scheme, host, path, query string
	header                                http.Header
	body                                  string
	at                                    time.Time
}

// said is an answer. Without a status it is 200.
type said struct {
	text   string
	status int
	after  time.Duration
	header http.Header
}

func (w *wireText) RoundTrip(r *http.Request) (*http.Response, error) {
	a := asked{path.Base(r.URL.Path), r.Method, r.URL.Scheme, r.URL.Host, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Clone(), "", time.Now()}
	if strings.HasPrefix(r.URL.Path, "/qrcode/") {
		a.op = "qrcode"
	}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		a.body = string(body)
	}
	w.mu.Lock()
	w.asked = append(w.asked, a)
	queue := w.answers[a.op]
	if len(queue) > 1 {
		w.answers[a.op] = queue[1:]
	}
	w.mu.Unlock()
	if len(queue) == 0 {
		return nil, errors.New("nobody asked for " + a.op)
	}
	return queue[0].reply(r)
}

func (s said) reply(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(s.after):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	header := s.header.Clone()
	if header == nil {
		header = make(http.Header)
	}
	return &http.Response{StatusCode: cmp.Or(s.status, http.StatusOK), Header: header, Body: io.NopCloser(strings.NewReader(s.text)), ContentLength: int64(len(s.text)), Request: r}, nil
}

// say replaces the answers of an operation.
func (w *wireText) say(op string, answers ...said) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[op] = answers
}

func lines(list ...string) []said {
	out := make([]said, len(list))
	for i, text := range list {
		out[i] = said{text: text}
	}
	return out
}

// log returns what was asked of an operation, "" for all.
func (w *wireText) log(op string) []asked {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []asked
	for _, a := range w.asked {
		if op == "" || a.op == op {
			list = append(list, a)
		}
	}
	return list
}

// last returns the last request of an operation, a zero one if there is none.
func (w *wireText) last(op string) asked {
	list := w.log(op)
	if len(list) == 0 {
		return asked{}
	}
	return list[len(list)-1]
}

func (w *wireText) ops() string {
	var ops []string
	for _, a := range w.log("") {
		ops = append(ops, a.op)
	}
	return strings.Join(ops, " ")
}

// param returns a parameter of the query, "absent" if it is not there.
func (a asked) param(name string) string {
	q, err := url.ParseQuery(a.query)
	if err != nil || !q.Has(name) {
		return "absent"
	}
	return q.Get(name)
}

// exactly returns the header spelt so, which Get would change.
func (a asked) exactly(name string) []string { return a.header[name] }

// url is everything before the query.
func (a asked) url() string { return a.scheme + "://" + a.host + a.path }

const (
	seedUUID     = "Qx7bPd_kRA=="
	seedRedirect = "https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A_t@qrticket_0&uuid=Qx7bPd_kRA==&lang=zh_CN&scan=1453124900&odd=%2b~!(')*,x&flag&=e"
	seedSkey     = "@crypt_1a2b3c4d_0123"
	seedSid      = "Kq2wT/9xLm+4aPzB"
	jsonType     = "application/json; charset=UTF-8"
	cgiBin       = "/cgi-bin/mmwebwx-bin/"
	okReply      = `"BaseResponse":{"Ret":0,"ErrMsg":""}`
	seedKeys     = `{"Count":4,"List":[{"Key":1,"Val":635705559},{"Key":2,"Val":635705726},{"Key":3,"Val":635705552},{"Key":1000,"Val":1453101063}]}`
	newKeys      = `{"Count":7,"List":[{"Val":635705560,"Key":1},{"Val":635705727,"Key":2},{"Key":3,"Val":635705552},{"Val":7,"Key":11},{"Key":201,"Val":1453124908},{"Key":1000,"Val":1453101063},{"Key":1001,"Val":0}]}`
)

// The texts of the seed, every value another so that no two can be mixed up.
var (
	seedLogin = `<error><ret>0</ret><message>OK</message><skey>` + seedSkey + `</skey><wxsid>` + seedSid + `</wxsid><wxuin>200100300</wxuin><pass_ticket>abc%2Bdef%3D</pass_ticket><isgrayscale>1</isgrayscale></error>`
	seedUser  = `{"Uin":200100300,"UserName":"@me","NickName":"昵称","HeadImgUrl":"/cgi-bin/mmwebwx-bin/webwxgeticon?seq=1","RemarkName":"r","PYInitial":"NC","PYQuanPin":"nicheng","RemarkPYInitial":"R","RemarkPYQuanPin":"rr","HideInputBarFlag":2,"StarFriend":3,"Sex":1,"Signature":"s","AppAccountFlag":4,"VerifyFlag":5,"ContactFlag":6,"WebWxPluginSwitch":7,"HeadImgFlag":8,"SnsFlag":17}`
	seedInit  = `{` + okReply + `,"Count":2,"ContactList":[{"UserName":"filehelper","NickName":"文件传输助手"},{"UserName":"@@room","NickName":"群"}],"SyncKey":` + seedKeys + `,"User":` + seedUser + `,"ChatSet":"filehelper,@@room,weixin,","SKey":"@crypt_new","ClientVersion":369297683,"SystemTime":1453124908,"GrayScale":1,"InviteStartCount":40,"MPSubscribeMsgCount":2,"MPSubscribeMsgList":[{"UserName":"@mp","MPArticleCount":1,"MPArticleList":[{"Title":"t","Digest":"d","Cover":"c","Url":"u"}],"Time":9,"NickName":"n"},{"UserName":"@mp2"}],"ClickReportInterval":600000}`
	seedEntry = `{"Uin":1,"UserName":"@news","NickName":"新闻","HeadImgUrl":"/h","ContactFlag":3,"MemberCount":0,"MemberList":[],"RemarkName":"备注","HideInputBarFlag":2,"Sex":4,"Signature":"签名","VerifyFlag":8,"OwnerUin":5,"PYInitial":"XW","PYQuanPin":"xinwen","RemarkPYInitial":"BZ","RemarkPYQuanPin":"beizhu","StarFriend":6,"AppAccountFlag":7,"Statues":9,"AttrStatus":4294967295,"Province":"福建","City":"福州","Alias":"gh_alias","SnsFlag":10,"UniFriend":11,"DisplayName":"群昵称","ChatRoomId":12,"KeyWord":"gh_","EncryChatRoomId":"@enc"}`
	seedPage  = `{` + okReply + `,"MemberCount":1,"MemberList":[` + seedEntry + `],"Seq":0}`
	seedMsg   = `{"FromUserName":"@bob","PlayLength":10,"RecommendInfo":{"UserName":"@card","NickName":"名片","QQNum":1},"Content":"内容 &lt;a&gt;","StatusNotifyUserName":"@x","StatusNotifyCode":5,"Status":3,"VoiceLength":20,"ToUserName":"@me","ForwardFlag":30,"AppMsgType":40,"AppInfo":{"Type":50,"AppID":"wxapp"},"Url":"http://u","ImgStatus":1,"MsgType":1,"ImgHeight":60,"MediaId":"@crypt_media","FileName":"f.pdf","FileSize":"70","MsgId":"7000000000000000001","NewMsgId":7000000000000000001,"CreateTime":1453124908}`
	seedSync  = `{"BaseResponse":{"ErrMsg":"","Ret":0},"SyncKey":` + newKeys + `,"ContinueFlag":0,"AddMsgCount":1,"AddMsgList":[` + seedMsg + `],"ModChatRoomMemberCount":0,"ModContactList":[],"DelContactList":[],"ModChatRoomMemberList":[],"DelContactCount":0,"ModContactCount":0}`
	seedQuiet = `{"BaseResponse":{"ErrMsg":"","Ret":0},"SyncKey":` + newKeys + `,"ContinueFlag":0,"AddMsgCount":0,"AddMsgList":[]}`
)

// numbersAsTexts writes every number of a reply as a text.
func numbersAsTexts(reply string) string {
	return regexp.MustCompile(`:(-?\d+)`).ReplaceAllString(reply, `:"$1"`)
}

func newWireText() *wireText {
	return &wireText{answers: map[string][]said{
		"jslogin": lines(`window.QRLogin.code = 200; window.QRLogin.uuid = "` + seedUUID + `"`), // as the seed has it
		"qrcode":  lines("\xff\xd8\xffJPEG"),
		"login": {
			{text: "window.code=408;", after: 25 * time.Second},
			{text: "window.code=201;", after: time.Second},
			{text: `window.code=200;window.redirect_uri="` + seedRedirect + `";`, after: time.Second},
		},
		"webwxnewloginpage": {{text: seedLogin, header: http.Header{"Set-Cookie": {"wxsid=cookie/sid+; Domain=wx2.qq.com; Path=/", "webwx_data_ticket=dt; Domain=.qq.com; Path=/"}}}},
		"webwxinit":         lines(seedInit),
		"webwxstatusnotify": lines(`{` + okReply + `,"MsgID":"1","More":{"a":[1]}}`),
		"webwxgetcontact":   lines(seedPage),
		"synccheck":         {{text: `window.synccheck={retcode:"0",selector:"0"}`, after: 25 * time.Second}, {text: `window.synccheck={retcode:"0",selector:"2"}`, after: time.Second}, {text: `window.synccheck={retcode:"0",selector:"0"}`, after: 25 * time.Second}},
		"webwxsync":         lines(seedSync, seedQuiet),
		"webwxsendmsg":      lines(`{` + okReply + `,"MsgID":"7000000000000000009","LocalID":"x","More":1}`),
		"webwxlogout":       lines(`{` + okReply + `}`),
	}}
}

// seedRun runs f in a bubble, at the time that the seed was written, with a client
// whose transport answers with the seed's texts.
func seedRun(t *testing.T, o Options, f func(t *testing.T, c *Client, w *wireText)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Unix(1453124908, 123e6)))
		w := newWireText()
		o.Transport = w
		c, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		f(t, c, w)
	})
}

// enterBy logs c in, and returns the codes that it told.
func enterBy(t *testing.T, c *Client) []webwx.LoginCode {
	t.Helper()
	var codes []webwx.LoginCode
	for ev, err := range c.Login(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, ev.Code)
	}
	return codes
}

// tenSteps does all ten steps as a program does them.
func tenSteps(t *testing.T, c *Client) (contacts []webwx.Contact, got webwx.Event, sent webwx.Sent) {
	t.Helper()
	enterBy(t, c)
	contacts, err := c.Contacts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for ev, err := range c.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = ev
		break
	}
	if sent, err = c.SendText(t.Context(), "@bob", rawText); err != nil {
		t.Fatal(err)
	}
	return contacts, got, sent
}

// rawText has all that JSON encoders like to escape.
const rawText = "你好 <b>&\"'/\\\n\u2028\u2029😀"

// field returns the field of a struct that travels under key.
func field(v any, key string) any {
	s := reflect.Indirect(reflect.ValueOf(v))
	for f, value := range s.Fields() {
		if f.Tag.Get("json") == key {
			return value.Interface()
		}
	}
	return "no field " + key
}

var (
	deviceText = regexp.MustCompile(`\be\d{15}\b`)
	sentID     = regexp.MustCompile(`"\d{17}"`)
)

func has(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}
