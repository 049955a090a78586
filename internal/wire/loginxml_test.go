package wire_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

var loggedIn = wire.NewLoginPageResponse{
	Message: "OK", Skey: "@crypt_1a2b3c4d_0123456789abcdef0123456789abcdef", WxSid: "Kq2wT/9xLm+4aPzB",
	WxUin: 200100300, PassTicket: "abc%2Bdef%3D", IsGrayscale: 1,
}

// The exact line of endpoints.md §4 (S 4.6–4.10).
const loginXML = `<error><ret>0</ret><message>OK</message><skey>@crypt_1a2b3c4d_0123456789abcdef0123456789abcdef</skey>` +
	`<wxsid>Kq2wT/9xLm+4aPzB</wxsid><wxuin>200100300</wxuin><pass_ticket>abc%2Bdef%3D</pass_ticket><isgrayscale>1</isgrayscale></error>`

var sameLogin = cmpopts.IgnoreFields(wire.NewLoginPageResponse{}, "XMLName")

func TestLoginXMLIsExact(t *testing.T) {
	text, err := loggedIn.MarshalText()
	if err != nil || string(text) != loginXML {
		t.Errorf("got  %s, %v\nwant %s", text, err, loginXML)
	}
	got, err := wire.NewLoginPage.ReadReply([]byte(loginXML))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&loggedIn, got, sameLogin); diff != "" {
		t.Errorf("read back (-want +got)\n%s", diff)
	}
	want := webwx.Credentials{Uin: 200100300, Sid: "Kq2wT/9xLm+4aPzB", Skey: "@crypt_1a2b3c4d_0123456789abcdef0123456789abcdef", PassTicket: "abc%2Bdef%3D"}
	if c := got.Credentials(); c != want {
		t.Errorf("Credentials = %+v, want %+v", c, want)
	}
}

func TestLoginXMLOfAFailure(t *testing.T) {
	text, err := (&wire.NewLoginPageResponse{Ret: webwx.RetBarred, Message: "A & B <c>\nd", Skey: "kept back"}).MarshalText()
	if want := `<error><ret>1203</ret><message>A &amp; B &lt;c&gt;&#10;d</message></error>`; err != nil || string(text) != want {
		t.Errorf("got  %s, %v\nwant %s", text, err, want)
	}
	resp, err := wire.NewLoginPage.ReadReply(text)
	werr, ok := errors.AsType[*webwx.Error](err)
	if want := (webwx.Error{Op: "webwxnewloginpage", Ret: webwx.RetBarred, Msg: "A & B <c>\nd"}); !ok || *werr != want {
		t.Errorf("err = %v, want %v", err, &want)
	}
	if !errors.Is(err, webwx.ErrBarred) || resp == nil {
		t.Errorf("err = %v, resp = %v: want ErrBarred and what came with it", err, resp)
	}
	if got, want := fmt.Sprint(err), "webwxnewloginpage: ret 1203: A & B <c>\nd"; got != want {
		t.Errorf("err = %q, want %q", got, want)
	}
}

func TestWhatKnownClientsReadInTheLoginXML(t *testing.T) {
	const skey = "@crypt_1a2b3c4d_0123456789abcdef0123456789abcdef"
	tests := []struct{ client, pattern, want string }{
		{"Mojo-Weixin takes the whole line", `^<error>(.*)</error>$`, strings.TrimSuffix(strings.TrimPrefix(loginXML, "<error>"), "</error>")},
		{"wechat-robot: no blank inside", `<skey>(\S+)</skey>`, skey},
		{"wechat-robot, sid", `<wxsid>(\S+)</wxsid>`, "Kq2wT/9xLm+4aPzB"},
		{"wechat-robot, uin", `<wxuin>(\S+)</wxuin>`, "200100300"},
		{"wechat-robot, ticket", `<pass_ticket>(\S+)</pass_ticket>`, "abc%2Bdef%3D"},
		{"wechat4u, ret", `<ret>(.*)</ret>`, "0"},
		{"wechat4u, skey", `<skey>(.*)</skey>`, skey},
		{"official, message", `<message>(.*)</message>`, "OK"},
	}
	for _, tt := range tests {
		t.Run(tt.client, func(t *testing.T) {
			m := regexp.MustCompile(tt.pattern).FindStringSubmatch(loginXML)
			if len(m) != 2 || m[1] != tt.want {
				t.Errorf("%s gives %q, want %q", tt.pattern, m, tt.want)
			}
		})
	}
	t.Run("Mojo-Weixin, openwechat and ItChat find seven elements that are not empty", func(t *testing.T) {
		pairs := regexp.MustCompile(`<([a-z_]+)>([^<>]+)</([a-z_]+)>`).FindAllStringSubmatch(loginXML, -1)
		var names []string
		for _, p := range pairs {
			names = append(names, p[1])
		}
		if got, want := strings.Join(names, " "), "ret message skey wxsid wxuin pass_ticket isgrayscale"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("wechat-go and openwechat decode it strictly", func(t *testing.T) {
		var got struct {
			XMLName     xml.Name `xml:"error"`
			Ret         int      `xml:"ret"`
			WxUin       int64    `xml:"wxuin"`
			IsGrayscale int      `xml:"isgrayscale"`
		}
		if err := xml.Unmarshal([]byte(loginXML), &got); err != nil || got.Ret != 0 || got.WxUin != 200100300 || got.IsGrayscale != 1 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestLoginXMLIsReadPatiently(t *testing.T) {
	want := func(change func(*wire.NewLoginPageResponse)) wire.NewLoginPageResponse {
		r := wire.NewLoginPageResponse{Skey: "@k", WxSid: "s", WxUin: 5, PassTicket: "p"}
		change(&r)
		return r
	}
	const four = "<skey>@k</skey><wxsid>s</wxsid><wxuin>5</wxuin><pass_ticket>p</pass_ticket>"
	tests := []struct {
		name, text string
		want       wire.NewLoginPageResponse
	}{
		{"the empty message of later years", "<error><ret>0</ret><message></message>" + four + "</error>", want(func(*wire.NewLoginPageResponse) {})},
		{"an element closed at once", "<error><ret>0</ret><message/>" + four + "</error>", want(func(*wire.NewLoginPageResponse) {})},
		{"blanks and line ends", "\n<error>\n <ret> 0 </ret>\n <skey> @k </skey>\n <wxsid>\ns\n</wxsid> <wxuin> 5 </wxuin> <pass_ticket>p </pass_ticket>\n</error>\n", want(func(*wire.NewLoginPageResponse) {})},
		{"another order", "<error><pass_ticket>p</pass_ticket><wxuin>5</wxuin><wxsid>s</wxsid><skey>@k</skey><ret>0</ret></error>", want(func(*wire.NewLoginPageResponse) {})},
		{"unknown elements", "<error><x><y>1</y></x><ret>0</ret>" + four + "<z/></error>", want(func(*wire.NewLoginPageResponse) {})},
		{"a lone ampersand in the message", "<error><ret>0</ret><message>A & B &c</message>" + four + "</error>", want(func(r *wire.NewLoginPageResponse) { r.Message = "A & B &c" })},
		{"character data sections", "<error><ret>0</ret><message><![CDATA[a<b]]></message>" + four + "</error>", want(func(r *wire.NewLoginPageResponse) { r.Message = "a<b" })},
		{"an XML declaration", `<?xml version="1.0" encoding="UTF-8"?><error><ret>0</ret>` + four + "</error>", want(func(*wire.NewLoginPageResponse) {})},
		{"a byte-order mark", "\ufeff<error><ret>0</ret>" + four + "</error>", want(func(*wire.NewLoginPageResponse) {})},
		{"an empty isgrayscale", "<error><ret>0</ret>" + four + "<isgrayscale></isgrayscale></error>", want(func(*wire.NewLoginPageResponse) {})},
		{
			"a redirecturl instead of credentials", "<error><ret>0</ret><redirecturl>https://wx2.qq.com/x?a=1&amp;b=2</redirecturl></error>",
			wire.NewLoginPageResponse{RedirectURL: "https://wx2.qq.com/x?a=1&b=2"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got wire.NewLoginPageResponse
			if err := got.UnmarshalText([]byte(tt.text)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, sameLogin); diff != "" {
				t.Errorf("%s (-want +got)\n%s", tt.text, diff)
			}
		})
	}
}

func TestLoginXMLRefuses(t *testing.T) {
	tests := []struct{ name, text string }{
		{"nothing", ""},
		{"a page", "<html><body>502</body></html>"},
		{"JSON", `{"ret":0}`},
		{"no credentials", "<error><ret>0</ret><message>OK</message></error>"},
		{"credentials without a sid", "<error><ret>0</ret><wxuin>5</wxuin><wxsid></wxsid></error>"},
		{"a ret that is no number", "<error><ret>x</ret></error>"},
		{"half a text", loginXML[:100]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := wire.NewLoginPage.ReadReply([]byte(tt.text))
			if _, ok := errors.AsType[*webwx.Error](err); err == nil || ok || got != nil {
				t.Errorf("got %+v, %v, want an error that is no *webwx.Error", got, err)
			}
		})
	}
}

func FuzzLoginXML(f *testing.F) {
	f.Add([]byte(loginXML))
	f.Add([]byte("<error><ret>1203</ret><message>A &amp; B</message></error>"))
	f.Add([]byte("<error><ret>0</ret><message>a & <![CDATA[b]]>&#10;</message><wxsid>s</wxsid><wxuin>5</wxuin><redirecturl>x</redirecturl></error>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var first, second wire.NewLoginPageResponse
		err := first.UnmarshalText(text)
		werr, refused := errors.AsType[*webwx.Error](err)
		if err != nil && !refused {
			return
		}
		if first.RedirectURL != "" && !first.Credentials().Valid() {
			return // a server of ours never sends one
		}
		one, err := first.MarshalText()
		if err != nil || strings.ContainsAny(string(one), "\r\n") {
			t.Fatalf("%q: wrote %q, %v", text, one, err)
		}
		err = second.UnmarshalText(one)
		if again, ok := errors.AsType[*webwx.Error](err); ok != refused || ok && *again != *werr || !ok && err != nil {
			t.Fatalf("%q: wrote %q, read as %v, want %v", text, one, err, werr)
		}
		if two, err := second.MarshalText(); err != nil || string(two) != string(one) {
			t.Fatalf("%q: wrote %q, then %q, %v", text, one, two, err)
		}
	})
}
