package wxclient

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// last returns the last request for op, with its credentials and ids replaced by
// words: body and query are then always the same.
func (f *fake) last(t *testing.T, op string) request {
	t.Helper()
	list, _ := f.log(0)
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].op == op {
			r := list[i]
			if b, rest, ok := strings.Cut(r.body, `"DeviceID":"`); ok && len(rest) > 16 {
				r.body = b + `"DeviceID":"` + rest[16:]
			}
			r.body = strings.Replace(r.body, fmt.Sprintf(`"BaseRequest":{"Uin":%d,"Sid":"%s","Skey":"%s","DeviceID":""}`, uin, sid, skey), `BR`, 1)
			r.body = clientMsgID.ReplaceAllStringFunc(r.body, func(s string) string {
				if m := clientMsgID.FindStringSubmatch(s); m[1] != m[2] {
					t.Errorf("%s: ids %s and %s", op, m[1], m[2])
				}
				return "IDs"
			})
			return r
		}
	}
	t.Fatalf("no %s among %s", op, f.ops(0))
	return request{}
}

const tickets = "lang=zh_CN&pass_ticket=pt%252Bx"

func TestSendShapes(t *testing.T) { // endpoints.md §12–§16
	file := `<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>a.pdf</title><des></des><action></action><type>6</type><content></content><url></url><lowurl></lowurl><appattach><totallen>7</totallen><attachid>@m</attachid><fileext>pdf</fileext></appattach><extinfo></extinfo></appmsg>`
	picture := (&webwx.Image{AESKey: "k"}).SendXML()
	const names = `"FromUserName":"@self","ToUserName":"@bob",IDs`
	for _, tt := range []struct {
		name        string
		content     webwx.Content
		op, query   string
		typ         int
		xml, extras string
		scene       int
	}{
		{"text", &webwx.Text{Text: "a<b\n"}, "webwxsendmsg", tickets, 1, "a<b\n", "", 0},
		{"card", &webwx.Card{UserName: "@c", NickName: "C"}, "webwxsendmsg", tickets, 42, `<msg username="@c" nickname="C"/>`, "", 0},
		{"place", &webwx.Location{Label: "L"}, "webwxsendmsg", tickets, 48, (&webwx.Location{Label: "L"}).SendXML(), "", 0},
		{"link", &webwx.Link{Title: "T", URL: "http://u"}, "webwxsendappmsg", "fun=async&f=json&" + tickets, 5, (&webwx.Link{Title: "T", URL: "http://u"}).SendXML(), "", 0},
		{"file by id", &webwx.File{Name: "a.pdf", Size: 7, Ext: "pdf", MediaID: "@m"}, "webwxsendappmsg", "fun=async&f=json&" + tickets, 6, file, "", 0},
		{"quote", &webwx.Quote{Text: "Q"}, "webwxsendappmsg", "fun=async&f=json&" + tickets, 57, (&webwx.Quote{Text: "Q"}).SendXML(), "", 0},
		{"app", &webwx.App{Type: 99, Title: "T"}, "webwxsendappmsg", "fun=async&f=json&" + tickets, 99, (&webwx.App{Type: 99, Title: "T"}).SendXML(), "", 0},
		{"picture passed on", &webwx.Image{AESKey: "k"}, "webwxsendmsgimg", "fun=async&f=json&" + tickets, 3, picture, "", 2},
		{"small video passed on", &webwx.Video{Small: true}, "webwxsendvideomsg", "fun=async&f=json&" + tickets, 62, (&webwx.Video{Small: true}).SendXML(), "", 2},
		{"sticker", &webwx.Sticker{MD5: "0f"}, "webwxsendemoticon", "fun=sys&" + tickets, 47, "", `,"EmojiFlag":2,"EMoticonMd5":"0f"`, 0},
	} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			sent, err := c.Send(t.Context(), "@bob", tt.content)
			if err != nil || sent.MsgID != "901" || sent.LocalID == "" {
				t.Fatalf("%s: sent %v, error %v", tt.name, sent, err)
			}
			xml, _ := wire.Marshal(tt.xml)
			want := fmt.Sprintf(`{BR,"Msg":{"Type":%d,"Content":%s,%s%s},"Scene":%d}`, tt.typ, xml, names, tt.extras, tt.scene)
			got := service.last(t, tt.op)
			if got.body != want || got.query != tt.query || got.method != "POST" || got.host != "wx2.qq.com" {
				t.Errorf("%s: %s %s ?%s\ngot  %s\nwant %s", tt.name, got.method, got.host, got.query, got.body, want)
			}
			if !c.acknowledged("901") {
				t.Errorf("%s: would come back", tt.name)
			}
		})
	}
}

func TestSendRetriesUnderOneID(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		var ids []string
		service.override["webwxsendappmsg"] = func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			ids = append(ids, clientMsgID.FindString(string(body)))
			if len(ids) < 3 {
				panic(http.ErrAbortHandler)
			}
			service.serve(w, r, "webwxsendappmsg", body)
		}
		if _, err := c.Send(t.Context(), "@bob", &webwx.Link{Title: "T"}); err != nil {
			t.Fatal(err)
		}
		if len(ids) != 3 || ids[0] != ids[1] || ids[1] != ids[2] {
			t.Errorf("ids %v", ids)
		}
	})
}

func TestSendWhatCannotBeSent(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		_, before := service.log(0)
		for _, content := range []webwx.Content{
			&webwx.System{Text: "x"}, &webwx.Voice{}, &webwx.Transfer{}, &webwx.Sticker{Store: true}, &webwx.Card{}, &webwx.Unknown{}, &webwx.Recall{},
		} {
			if _, err := c.Send(t.Context(), "@bob", content); !errors.Is(err, ErrCannotSend) || !strings.HasPrefix(err.Error(), string(content.Kind())) {
				t.Errorf("%T: %v", content, err)
			}
		}
		if ops := service.ops(before); ops != "" {
			t.Errorf("sent %s", ops)
		}
	})
}

func TestSendMention(t *testing.T) { // endpoints.md §12
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		service.override["webwxbatchgetcontact"] = func(w http.ResponseWriter, r *http.Request) {
			room := webwx.Contact{UserName: "@@r", NickName: "R", MemberList: []webwx.Member{
				{UserName: self}, {UserName: "@b", NickName: "Bob"}, {UserName: "@c", NickName: "C", DisplayName: "卡 &amp; 罗"},
			}}
			wire.BatchGetContact.WriteReply(w, &wire.BatchGetContactResponse{Count: 1, ContactList: []webwx.Contact{room}})
		}
		c := loggedIn(t, service, transport, Options{})
		if _, err := c.SendMention(t.Context(), "@@r", "hi @Bob\u2005!", "@b", "@c"); err != nil {
			t.Fatal(err)
		}
		want := `{BR,"Msg":{"Type":1,"Content":"@卡 & 罗` + "\u2005" + `hi @Bob` + "\u2005" + `!","FromUserName":"@self","ToUserName":"@@r",IDs,` +
			`"MsgSource":"<msgsource><atusername>@b,@c</atusername><atchatroomname>@@r</atchatroomname></msgsource>"},"Scene":0}`
		if got := service.last(t, "webwxsendmsg").body; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if _, err := c.SendMention(t.Context(), "@@r", "hi", "@stranger"); err == nil || err.Error() != `R: no contact is called "@stranger"` {
			t.Errorf("stranger: %v", err)
		}
		if _, err := c.SendMention(t.Context(), "@@r", "hi"); err != nil {
			t.Fatal(err)
		}
		if got := service.last(t, "webwxsendmsg").body; strings.Contains(got, "MsgSource") {
			t.Errorf("nobody is mentioned: %s", got)
		}
	})
}

func TestForward(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		m := (&webwx.File{Name: "a.txt", Size: 3, Ext: "txt", AttachID: "@cdn_1", MediaID: "@mine"}).Build()
		m.FromUserName = "@bob"
		if _, err := c.Forward(t.Context(), "@carol", &m); err != nil {
			t.Fatal(err)
		}
		if got := service.last(t, "webwxsendappmsg").body; !strings.Contains(got, "<attachid>@mine</attachid>") || !strings.Contains(got, `"ToUserName":"@carol"`) {
			t.Error(got)
		}
		text := webwx.Message{MsgType: webwx.MsgText, FromUserName: "@@room", Content: "@b:<br/>a &lt; b"}
		if _, err := c.Forward(t.Context(), "@carol", &text); err != nil {
			t.Fatal(err)
		}
		if got := service.last(t, "webwxsendmsg").body; !strings.Contains(got, `"Content":"a < b"`) {
			t.Error(got)
		}
	})
}
