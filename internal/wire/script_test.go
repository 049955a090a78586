package wire_test

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

const redirectURI = "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=AZk3x@qrticket_0&uuid=Qx7bPd_kRA==&lang=zh_CN&scan=1700000000"

// script is a reply that travels as a text.
type script interface {
	encoding.TextMarshaler
	encoding.TextUnmarshaler
}

// scripts are the exact texts of endpoints.md §1, §3 and §10.
var scripts = []struct {
	name  string
	value script
	text  string
}{
	{"a uuid (S 1.9)", &wire.JSLoginResponse{Code: 200, UUID: "Qx7bPd_kRA=="}, `window.QRLogin.code = 200; window.QRLogin.uuid = "Qx7bPd_kRA==";`},
	{"no uuid", &wire.JSLoginResponse{Code: 400}, `window.QRLogin.code = 400; window.QRLogin.uuid = "";`},
	{"nothing happened (S 3.8)", &wire.LoginPollResponse{Code: webwx.LoginWaiting}, `window.code=408;`},
	{"scanned (S 3.9)", &wire.LoginPollResponse{Code: webwx.LoginScanned, Avatar: []byte("\xff\xd8\xff\xe0")}, `window.code=201;window.userAvatar = 'data:img/jpg;base64,/9j/4A==';`},
	{"confirmed (S 3.11)", &wire.LoginPollResponse{Code: webwx.LoginConfirmed, RedirectURI: redirectURI}, "window.code=200;\nwindow.redirect_uri=\"" + redirectURI + "\";"},
	{"expired", &wire.LoginPollResponse{Code: webwx.LoginExpired}, `window.code=400;`},
	{"a message waits (S 8.4)", &wire.SyncCheckResponse{Retcode: 0, Selector: webwx.SelectorMessage}, `window.synccheck={retcode:"0",selector:"2"}`},
	{"nothing new", &wire.SyncCheckResponse{}, `window.synccheck={retcode:"0",selector:"0"}`},
}

func TestScriptsAreExact(t *testing.T) {
	for _, tt := range scripts {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.value.MarshalText()
			if err != nil || string(got) != tt.text {
				t.Errorf("got  %q, %v\nwant %q", got, err, tt.text)
			}
			back := reflect.New(reflect.TypeOf(tt.value).Elem()).Interface().(script)
			if err := back.UnmarshalText([]byte(tt.text)); err != nil || !reflect.DeepEqual(back, tt.value) {
				t.Errorf("read back as %+v, %v, want %+v", back, err, tt.value)
			}
		})
	}
}

func TestAFailedSyncCheckIsAnError(t *testing.T) {
	// The text of S 8.6: the phone ended the login.
	text, err := (&wire.SyncCheckResponse{Retcode: webwx.RetLoggedOut}).MarshalText()
	if want := `window.synccheck={retcode:"1100",selector:"0"}`; err != nil || string(text) != want {
		t.Errorf("got %q, %v, want %q", text, err, want)
	}
	resp, err := wire.SyncCheck.ReadReply(text)
	if werr, ok := errors.AsType[*webwx.Error](err); !ok || *werr != (webwx.Error{Op: "synccheck", Ret: webwx.RetLoggedOut}) {
		t.Errorf("err = %v, want ret 1100", err)
	}
	if got, want := fmt.Sprint(err), "synccheck: ret 1100: logged out on the phone"; got != want {
		t.Errorf("err = %q, want %q", got, want)
	}
	if resp == nil || resp.Retcode != webwx.RetLoggedOut {
		t.Errorf("resp = %+v, want what came with the error", resp)
	}
}

func TestScriptsAreReadPatiently(t *testing.T) {
	uuid := &wire.JSLoginResponse{Code: 200, UUID: "Qx7bPd_kRA=="}
	confirmed := &wire.LoginPollResponse{Code: 200, RedirectURI: redirectURI}
	message := &wire.SyncCheckResponse{Selector: 2}
	tests := []struct {
		name, text string
		want       script
	}{
		{"the seed's text without the final semicolon", `window.QRLogin.code = 200; window.QRLogin.uuid = "Qx7bPd_kRA=="`, uuid},
		{"no blanks, single quotes", `window.QRLogin.code=200;window.QRLogin.uuid='Qx7bPd_kRA=='`, uuid},
		{"the uuid first", `window.QRLogin.uuid="Qx7bPd_kRA==";window.QRLogin.code=200;`, uuid},
		{"line ends and blanks", "\r\n window.QRLogin.code \t=\n 200 ;\r\nwindow.QRLogin.uuid = \"Qx7bPd_kRA==\" ;\n", uuid},
		{"a byte-order mark", "\ufeff" + `window.QRLogin.code = 200; window.QRLogin.uuid = "Qx7bPd_kRA==";`, uuid},
		{"the code between quotes", `window.QRLogin.code = "200"; window.QRLogin.uuid = "Qx7bPd_kRA==";`, uuid},
		{"other statements before it", `window.QRLogin={};window.onload();window.QRLogin.code = 200; window.QRLogin.uuid = "Qx7bPd_kRA==";`, uuid},
		{"redirect_uri on the same line", `window.code=200;window.redirect_uri="` + redirectURI + `";`, confirmed},
		{"redirect_uri on a line of its own", "window.code=200;\r\nwindow.redirect_uri=\"" + redirectURI + "\";\r\n", confirmed},
		{"redirect_uri with blanks and single quotes", "window.code = 200;\n window.redirect_uri = '" + redirectURI + "'", confirmed},
		{"a scan without an avatar", `window.code=201;`, &wire.LoginPollResponse{Code: 201}},
		{"a scan with a damaged avatar", `window.code=201;window.userAvatar = 'data:img/jpg;base64,/9j/4';`, &wire.LoginPollResponse{Code: 201}},
		{"a scan with another kind of avatar", `window.code=201;window.userAvatar = "data:image/png;base64,AAEC";`, &wire.LoginPollResponse{Code: 201, Avatar: []byte{0, 1, 2}}},
		{"a scan with an avatar that is no data", `window.code=201;window.userAvatar = 'http://example.com/a.jpg';`, &wire.LoginPollResponse{Code: 201}},
		{"an unknown code", `window.code=999;`, &wire.LoginPollResponse{Code: 999}},
		{"a check with blanks and a semicolon", `window.synccheck = { retcode : "0" , selector : "2" } ;`, message},
		{"a check with quoted keys", `window.synccheck={"retcode":"0",'selector':'2'}`, message},
		{"a check with bare numbers", `window.synccheck={retcode:0,selector:2}`, message},
		{"a check the other way round", `window.synccheck={selector:"2",retcode:"0"}`, message},
		{"a check without an end", `window.synccheck={retcode:"0",selector:"2"`, message},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := reflect.New(reflect.TypeOf(tt.want).Elem()).Interface().(script)
			if err := got.UnmarshalText([]byte(tt.text)); err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%q\n got %+v, %v\nwant %+v", tt.text, got, err, tt.want)
			}
		})
	}
}

func TestScriptsThatSayNothing(t *testing.T) {
	tests := []struct {
		name, text string
		into       script
	}{
		{"nothing", "", &wire.LoginPollResponse{}},
		{"a page", "<html><script>var window = 1;</script></html>", &wire.LoginPollResponse{}},
		{"JSON", `{"code":200}`, &wire.LoginPollResponse{}},
		{"only the word", "window.", &wire.LoginPollResponse{}},
		{"a name without a value", "window.code=", &wire.LoginPollResponse{}},
		{"a code that is no number", "window.code=ok;", &wire.LoginPollResponse{}},
		{"a code beyond 32 bits", "window.code=4294967496;", &wire.LoginPollResponse{}},
		{"a comparison", "if (window.code==200) {}", &wire.LoginPollResponse{}},
		{"confirmed without a redirect_uri", "window.code=200;", &wire.LoginPollResponse{}},
		{"200 without a uuid", "window.QRLogin.code = 200;", &wire.JSLoginResponse{}},
		{"200 with an empty uuid", `window.QRLogin.code = 200; window.QRLogin.uuid = "";`, &wire.JSLoginResponse{}},
		{"a check without a retcode", `window.synccheck={selector:"2"}`, &wire.SyncCheckResponse{}},
		{"a check without a selector", `window.synccheck={retcode:"0"}`, &wire.SyncCheckResponse{}},
		{"a check that is a number", `window.synccheck=0`, &wire.SyncCheckResponse{}},
		{"objects nested without an end", "window.synccheck=" + strings.Repeat("{a:", 1<<20), &wire.SyncCheckResponse{}},
		{"a name without an end", "window." + strings.Repeat("a", 1<<20), &wire.SyncCheckResponse{}},
		{"a very long name with very many members", "window." + strings.Repeat("a", 1<<19) + "={" + strings.Repeat("a:1,", 1<<17), &wire.SyncCheckResponse{}},
		{"very many names", strings.Repeat("window.", 1<<17), &wire.SyncCheckResponse{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.into.UnmarshalText([]byte(tt.text))
			if _, ok := errors.AsType[*webwx.Error](err); err == nil || ok {
				t.Errorf("got %+v, %v, want an error", tt.into, err)
			}
			if len(fmt.Sprint(err)) > 200 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}

func TestScriptsRefuseWhatWouldBreakOut(t *testing.T) {
	for _, bad := range []string{`a"b`, "a'b", `a\b`, "a;b", "a\nb", "a\rb"} {
		for _, v := range []script{&wire.JSLoginResponse{Code: 200, UUID: bad}, &wire.LoginPollResponse{Code: 200, RedirectURI: bad}} {
			if text, err := v.MarshalText(); err == nil {
				t.Errorf("%T of %q wrote %q", v, bad, text)
			}
		}
	}
}

func TestWhatKnownClientsExtract(t *testing.T) {
	marshal := func(v script) string {
		text, err := v.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	uuid := marshal(&wire.JSLoginResponse{Code: 200, UUID: "Qx7bPd_kRA=="})
	waiting := marshal(&wire.LoginPollResponse{Code: 408})
	scanned := marshal(&wire.LoginPollResponse{Code: 201, Avatar: []byte("\xff\xd8\xff\xe0")})
	confirmed := marshal(&wire.LoginPollResponse{Code: 200, RedirectURI: redirectURI})
	check := marshal(&wire.SyncCheckResponse{Selector: 2})
	ended := marshal(&wire.SyncCheckResponse{Retcode: 1101})
	blanks := regexp.MustCompile(`\s`)
	const avatar = "data:img/jpg;base64,/9j/4A=="

	tests := []struct {
		client, pattern, text string
		want                  string // the groups of each match, joined by blanks
	}{
		{"ItChat, uuid", `window.QRLogin.code = (\d+); window.QRLogin.uuid = "(\S+?)";`, uuid, "200 Qx7bPd_kRA=="},
		{"openwechat, uuid", `uuid = "(.*?)";`, uuid, "Qx7bPd_kRA=="},
		{"wechat-robot, uuid", `window.QRLogin.code = (\d+); window.QRLogin.uuid = "(\S+?)";`, uuid, "200 Qx7bPd_kRA=="},
		{"WeixinBot, uuid", `window.QRLogin.code = (\d+); window.QRLogin.uuid = "(\S+?)"`, uuid, "200 Qx7bPd_kRA=="},
		{"wechat-go, uuid: the first text between quotes", `^[^"]*"([^"]*)"`, uuid, "Qx7bPd_kRA=="},
		{"Mojo-Weixin, uuid: after removing blanks", `window\.QRLogin\.code=(\d+);window\.QRLogin\.uuid="([^"]+)"`, blanks.ReplaceAllString(uuid, ""), "200 Qx7bPd_kRA=="},
		{"wwdk, uuid: statements at semicolons", `(?:^|;)\s*([^;]+)`, uuid, `window.QRLogin.code = 200 window.QRLogin.uuid = "Qx7bPd_kRA=="`},

		{"openwechat and WeixinBot, waiting", `window.code=(\d+);`, waiting, "408"},
		{"openwechat and WeixinBot, scanned", `window.code=(\d+);`, scanned, "201"},
		{"openwechat and WeixinBot, confirmed", `window.code=(\d+);`, confirmed, "200"},
		{"puppet-wechat4u, avatar", `window\.userAvatar = '(.+)'`, scanned, avatar},
		{"wechat-go, avatar", `window.userAvatar = '(.*)';`, scanned, avatar},
		{"Mojo-Weixin, scanned", `window\.(.+?)=(.+?);`, scanned, "code 201 userAvatar   'data:img/jpg"},
		{"Mojo-Weixin, confirmed", `window\.(.+?)=(.+?);`, confirmed, `code 200 redirect_uri "` + redirectURI + `"`},
		{"WeixinBot, redirect_uri", `window.redirect_uri="(\S+?)";`, confirmed, redirectURI},
		{"ItChat, redirect_uri: greedy", `window.redirect_uri="(\S+)";`, confirmed, redirectURI},
		{"wechat-robot, redirect_uri: greedy", `window.redirect_uri="(\S+)";`, confirmed, redirectURI},
		{"openwechat, redirect_uri", `window.redirect_uri="(.*?)"`, confirmed, redirectURI},
		{"wechat-go, redirect_uri: the first text between quotes", `^[^"]*"([^"]*)"`, confirmed, redirectURI},
		{"wechat4u, host of redirect_uri", `^((?:\w+\.)+\w+)`, strings.TrimPrefix(redirectURI, "https://"), "wx.qq.com"},
		{"ItChat, base of redirect_uri: up to the last slash", `^(.*)/`, redirectURI, "https://wx.qq.com/cgi-bin/mmwebwx-bin"},

		{"ItChat, WeixinBot, wechat-robot, openwechat and wechat-go, check", `window.synccheck={retcode:"(\d+)",selector:"(\d+)"}`, check, "0 2"},
		{"the same, login over", `window.synccheck={retcode:"(\d+)",selector:"(\d+)"}`, ended, "1101 0"},
		{"Mojo-Weixin, check", `window\.synccheck=\{retcode:"([^"]+)",selector:"([^"]+)"\}`, check, "0 2"},
	}
	for _, tt := range tests {
		t.Run(tt.client, func(t *testing.T) {
			var groups []string
			for _, m := range regexp.MustCompile(tt.pattern).FindAllStringSubmatch(tt.text, -1) {
				groups = append(groups, m[1:]...)
			}
			if got := strings.Join(groups, " "); got != tt.want {
				t.Errorf("%s on %q\n got %q\nwant %q", tt.pattern, tt.text, got, tt.want)
			}
		})
	}
}

func FuzzScript(f *testing.F) {
	for _, tt := range scripts {
		f.Add(tt.text)
	}
	f.Add(`window.synccheck={retcode:"1101",selector:"0"}`)
	f.Add("window.code = 200;\n window.redirect_uri = 'https://wx.qq.com/?a=b'")
	f.Add(`window.onload();window.synccheck = { "retcode" : 0 , selector : 2 } ;`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, first := range []script{&wire.JSLoginResponse{}, &wire.LoginPollResponse{}, &wire.SyncCheckResponse{}} {
			if first.UnmarshalText([]byte(text)) != nil {
				continue
			}
			one, err := first.MarshalText()
			if err != nil {
				continue // a value that no script may hold
			}
			second := reflect.New(reflect.TypeOf(first).Elem()).Interface().(script)
			if err := second.UnmarshalText(one); err != nil {
				t.Fatalf("%q: wrote %q, which is refused: %v", text, one, err)
			}
			if two, err := second.MarshalText(); err != nil || string(two) != string(one) {
				t.Fatalf("%q: wrote %q, then %q, %v", text, one, two, err)
			}
		}
	})
}
