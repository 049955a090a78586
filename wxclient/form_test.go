package wxclient

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// The ten steps, each literally in either form. Numbers that change are replaced:
// MS is the time in milliseconds, NOT its complement, DEVICE a device id, ID a
// ClientMsgId.
const (
	brText = `"BaseRequest":{"Uin":200100300,"Sid":"Kq2wT-9xLm_4aPzB","Skey":"@crypt_1a2b3c4d_00000000000000000000000000000000","DeviceID":"DEVICE"}`
	skText = `%40crypt_1a2b3c4d_00000000000000000000000000000000`
)

type literal struct{ seed, method, target, body string }

var seedForm = []literal{
	{"S 1.1–1.7", "GET", "login.weixin.qq.com/jslogin?appid=wx782c26e4c19acffb&fun=new&lang=zh_CN&_=MS", ""},
	{"S 2.1–2.4", "POST", "login.weixin.qq.com/qrcode/uuid1==", "t=webwx&_=MS"},
	{"S 3.1–3.6", "GET", "login.weixin.qq.com/cgi-bin/mmwebwx-bin/login?tip=1&uuid=uuid1%3D%3D&_=MS", ""},
	{"S 4.1–4.5", "GET", "wx2.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A_t@qrticket_0&uuid=uuid1==&lang=zh_CN&scan=1700000000&extra=x&fun=new", ""},
	{"S 5.1–5.4", "POST", "wx2.qq.com/cgi-bin/mmwebwx-bin/webwxinit", `{` + brText + `}`},
	{"S 6.1–6.6", "POST", "wx2.qq.com/cgi-bin/mmwebwx-bin/webwxstatusnotify", `{` + brText + `,"Code":3,"FromUserName":"@self","ToUserName":"@self","ClientMsgId":MS}`},
	{"S 7.1–7.4", "POST", "wx2.qq.com/cgi-bin/mmwebwx-bin/webwxgetcontact", `{` + brText + `}`},
	{"S 8.1–8.3", "GET", "webpush2.weixin.qq.com/cgi-bin/mmwebwx-bin/synccheck", `{` + brText + `}`},
	{"S 9.1–9.5", "POST", "wx2.qq.com/cgi-bin/mmwebwx-bin/webwxsync?sid=Kq2wT-9xLm_4aPzB&skey=" + skText + "&pass_ticket=pt%252Bx", `{` + brText + `,"SyncKey":{"Count":2,"List":[{"Key":1,"Val":5},{"Key":2,"Val":100}]},"rr":NOT}`},
	{"S 10.1–10.8", "POST", "wx2.qq.com/cgi-bin/mmwebwx-bin/webwxsendmsg?pass_ticket=pt%252Bx", `{` + brText + `,"Msg":{"Type":1,"Content":"你好 <b>&\n","FromUserName":"@self","ToUserName":"@bob","LocalID":"ID","ClientMsgId":"ID"}}`},
}

var defaultForm = []literal{
	{"S 1", "GET", "login.weixin.qq.com/jslogin?appid=wx782c26e4c19acffb&redirect_uri=https%3A%2F%2Fwx.qq.com%2Fcgi-bin%2Fmmwebwx-bin%2Fwebwxnewloginpage&fun=new&lang=zh_CN&_=MS", ""},
	{"S 2", "GET", "login.weixin.qq.com/qrcode/uuid1==?t=webwx&_=MS", ""},
	{"S 3", "GET", "login.weixin.qq.com/cgi-bin/mmwebwx-bin/login?loginicon=true&uuid=uuid1%3D%3D&tip=1&r=NOT&_=MS", ""},
	{"S 4", "GET", "wx2.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A_t@qrticket_0&uuid=uuid1==&lang=zh_CN&scan=1700000000&extra=x&fun=new&version=v2", ""},
	{"S 5", "POST", "wx2.qq.com/cgi-bin/mmwebwx-bin/webwxinit?r=NOT&lang=zh_CN&pass_ticket=pt%252Bx", `{` + brText + `}`},
	{"S 6", "POST", "wx2.qq.com/cgi-bin/mmwebwx-bin/webwxstatusnotify?lang=zh_CN&pass_ticket=pt%252Bx", `{` + brText + `,"Code":3,"FromUserName":"@self","ToUserName":"@self","ClientMsgId":MS}`},
	{"S 7", "GET", "wx2.qq.com/cgi-bin/mmwebwx-bin/webwxgetcontact?lang=zh_CN&pass_ticket=pt%252Bx&r=MS&seq=0&skey=" + skText, ""},
	{"S 8", "GET", "webpush.wx2.qq.com/cgi-bin/mmwebwx-bin/synccheck?r=MS&skey=" + skText + "&sid=Kq2wT-9xLm_4aPzB&uin=200100300&deviceid=DEVICE&synckey=1_5%7C2_100&_=MS", ""},
	{"S 9", "POST", "wx2.qq.com/cgi-bin/mmwebwx-bin/webwxsync?sid=Kq2wT-9xLm_4aPzB&skey=" + skText + "&lang=zh_CN&pass_ticket=pt%252Bx", `{` + brText + `,"SyncKey":{"Count":2,"List":[{"Key":1,"Val":5},{"Key":2,"Val":100}]},"rr":NOT}`},
	{"S 10", "POST", "wx2.qq.com/cgi-bin/mmwebwx-bin/webwxsendmsg?lang=zh_CN&pass_ticket=pt%252Bx", `{` + brText + `,"Msg":{"Type":1,"Content":"你好 <b>&\n","FromUserName":"@self","ToUserName":"@bob","LocalID":"ID","ClientMsgId":"ID"},"Scene":0}`},
}

func TestTenSteps(t *testing.T) { // S 0.7, S 0.8
	for form, want := range map[Form][]literal{Default: defaultForm, Seed: seedForm} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{Form: form})
			if _, err := c.Contacts(t.Context()); err != nil {
				t.Fatal(err)
			}
			service.add(texts("1"))
			for _, err := range c.Events(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
			if _, err := c.SendText(t.Context(), "@bob", "你好 <b>&\n"); err != nil {
				t.Fatal(err)
			}
			got, _ := service.log(0)
			if len(got) != len(want) {
				t.Fatalf("form %d: %d requests: %s", form, len(got), service.ops(0))
			}
			for i, w := range want {
				if g := masked(got[i]); g != (literal{w.seed, w.method, w.target, w.body}.String()) {
					t.Errorf("form %d, %s:\n got %s\nwant %s", form, w.seed, g, literal{w.seed, w.method, w.target, w.body})
				}
				checkHeaders(t, form, got[i])
			}
		})
	}
}

func (l literal) String() string { return l.method + " " + l.target + "\n" + l.body }

var masks = []struct {
	re *regexp.Regexp
	by string
}{
	{regexp.MustCompile(`\be\d{15}\b`), "DEVICE"},
	{regexp.MustCompile(`(\br=|"rr":)-?\d{1,10}\b`), "${1}NOT"},
	{regexp.MustCompile(`"9466848\d{9}"`), `"ID"`}, // in a bubble it is the year 2000, with a digit less
	{regexp.MustCompile(`([=:])9466848\d{5}\b`), "${1}MS"},
}

// masked writes a request as a literal is written.
func masked(r request) string {
	target := r.host + r.path
	if r.query != "" {
		target += "?" + r.query
	}
	text := fmt.Sprintf("%s %s\n%s", r.method, target, r.body)
	for _, m := range masks {
		text = m.re.ReplaceAllString(text, m.by)
	}
	return text
}

func checkHeaders(t *testing.T, form Form, r request) {
	t.Helper()
	const json = "application/json; charset=UTF-8"
	if strings.HasPrefix(r.body, "{") && r.header.Get("Content-Type") != json { // S 5.3, S 6.2
		t.Errorf("%s: Content-Type = %q", r.op, r.header.Get("Content-Type"))
	}
	misspelt := map[string]bool{"webwxgetcontact": true, "synccheck": true, "webwxsync": true, "webwxsendmsg": true}
	if form == Seed && misspelt[r.op] && r.header.Get("Contenttype") != json { // S 7.3, S 8.3, S 9.2, S 10.2
		t.Errorf("%s: ContentType = %q", r.op, r.header.Get("Contenttype"))
	}
	if !strings.HasPrefix(r.header.Get("User-Agent"), "Mozilla/5.0") {
		t.Errorf("%s: User-Agent = %q", r.op, r.header.Get("User-Agent"))
	}
	if got, want := r.header.Get("Referer") != "", form == Default; got != want {
		t.Errorf("%s: Referer = %q in form %d", r.op, r.header.Get("Referer"), form)
	}
}
