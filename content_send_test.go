package webwx

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSendXML(t *testing.T) {
	tests := []struct {
		name string
		c    interface{ SendXML() string }
		want string
	}{
		{
			"a file, endpoints.md §16", &File{Name: "a&b.txt", Size: 5, Ext: "txt", MediaID: "@crypt_1"},
			`<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>a&amp;b.txt</title><des></des><action></action><type>6</type><content></content><url></url><lowurl></lowurl><appattach><totallen>5</totallen><attachid>@crypt_1</attachid><fileext>txt</fileext></appattach><extinfo></extinfo></appmsg>`,
		},
		{
			"a link", &Link{Title: "T", Description: "D", URL: "http://a/?b&c"},
			`<appmsg appid='' sdkver=''><title>T</title><des>D</des><action></action><type>5</type><content></content><url>http://a/?b&amp;c</url><lowurl></lowurl><appattach><totallen></totallen><attachid></attachid><fileext></fileext></appattach><extinfo></extinfo></appmsg>`,
		},
		{
			"a quote", &Quote{Text: "yes", Refer: Refer{MsgType: 1, Content: "no?"}},
			`<appmsg appid='' sdkver=''><title>yes</title><des></des><action></action><type>57</type><content></content><url></url><lowurl></lowurl><appattach><totallen></totallen><attachid></attachid><fileext></fileext></appattach><extinfo></extinfo><refermsg><type>1</type><content>no?</content></refermsg></appmsg>`,
		},
		{"a card, endpoints.md §12", &Card{UserName: "@0a", NickName: `"X" & Y`}, `<msg username="@0a" nickname="&quot;X&quot; &amp; Y"/>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.c.SendXML()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A send holds no frame around the app message, and no entry.
func TestParseSendUndoesSendXML(t *testing.T) {
	for _, model := range everyContent() {
		if _, ok := model.(interface{ SendXML() string }); !ok {
			continue
		}
		t.Run(string(model.Kind()), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := reflect.New(reflect.TypeOf(model).Elem()).Interface().(Content)
				fill(t, reflect.ValueOf(c).Elem(), "")
				settle(t, c)
				if frame := reflect.ValueOf(c).Elem().FieldByName("AppFrame"); frame.IsValid() {
					frame.Set(reflect.ValueOf(AppFrame{AppID: "wx1"}))
				}
				switch s := c.(type) {
				case *Image:
					if s.Blob != "" {
						*s = Image{Blob: s.Blob}
					}
				case *Video:
					if s.Blob != "" {
						*s = Video{Blob: s.Blob, Small: s.Small}
					}
				case *Card:
					*s = Card{UserName: s.UserName + "x", NickName: s.NickName}
				case *Location:
					s.Picture, s.Label = "", s.Label+"x"
				case *File:
					s.MediaID, s.AttachID = "", s.AttachID+"x"
				}
				text := c.(interface{ SendXML() string }).SendXML()
				got, err := ParseSend(c.Build().MsgType, text)
				if c.Kind() == ContentLocation {
					got, err = ParseSend(MsgLocation, text)
				}
				if err != nil {
					t.Fatalf("%v: %q", err, text)
				}
				if diff := cmp.Diff(c, got); diff != "" {
					t.Fatalf("sent %q (-want +got):\n%s", text, diff)
				}
			})
		})
	}
}

func TestParseSendOfKnownClients(t *testing.T) {
	file := &File{Name: "a&b.txt", Size: 5, Ext: "txt", AttachID: "@crypt_1", AppFrame: AppFrame{AppID: "wxeb7ec651dd0aefa9"}}
	angle := *file
	angle.Name = "a<b>&c.txt"
	tests := []struct {
		name, content string
		typ           MsgType
		want          Content
	}{
		{"the official page, whose title is raw", `<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>a&b.txt</title><des></des><action></action><type>6</type><content></content><url></url><lowurl></lowurl><appattach><totallen>5</totallen><attachid>@crypt_1</attachid><fileext>txt</fileext></appattach><extinfo></extinfo></appmsg>`, 6, file},
		{"a title with angle brackets", `<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>a<b>&c.txt</title><type>6</type><appattach><totallen>5</totallen><attachid>@crypt_1</attachid><fileext>txt</fileext></appattach></appmsg>`, 6, &angle},
		{"openwechat, a struct in its own order", `<appmsg appid="wxeb7ec651dd0aefa9" sdkver=""><type>6</type><title>a&amp;b.txt</title><des></des><action></action><content></content><url></url><lowurl></lowurl><extinfo></extinfo><appattach><totallen>5</totallen><attachid>@crypt_1</attachid><fileext>txt</fileext></appattach></appmsg>`, 6, file},
		{"without a type in the XML", `<appmsg appid='wxeb7ec651dd0aefa9'><title>a&amp;b.txt</title><appattach><totallen>5</totallen><attachid>@crypt_1</attachid><fileext>txt</fileext></appattach></appmsg>`, 6, file},
		{"wxpy, as type 49 and in its frame", `<msg><appmsg appid='wxeb7ec651dd0aefa9'><title>a&amp;b.txt</title><type>6</type><appattach><totallen>5</totallen><attachid>@crypt_1</attachid><fileext>txt</fileext></appattach></appmsg></msg>`, 49, file},
		{"a song, whose type is also a picture's", `<appmsg><title>T</title><type>3</type></appmsg>`, 3, &Music{Title: "T"}},
		{"a forwarded picture", `<?xml version="1.0"?><msg><img length="5" /></msg>`, 3, &Image{Size: 5}},
		{"a sticker", `<msg><emoji md5="0f1e"/></msg>`, 47, &Sticker{MD5: "0f1e"}},
		{"a card", `<msg username="@0a" nickname="小 & 新"/>`, 42, &Card{UserName: "@0a", NickName: "小 & 新"}},
		{"a text stays as it is", "<appmsg>&amp;<br/>\r\n", 1, &Text{"<appmsg>&amp;<br/>\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseSend(tt.typ, tt.content)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, bad := range []struct {
		typ     MsgType
		content string
	}{{6, "no XML"}, {49, "<msg></msg>"}, {42, "<msg/>"}, {48, "somewhere"}, {10000, "x"}, {10002, "<sysmsg/>"}, {37, "<msg/>"}} {
		if c, err := ParseSend(bad.typ, bad.content); err == nil || !strings.HasPrefix(err.Error(), "webwx: ") {
			t.Errorf("ParseSend(%d, %q) = %#v, %v, want an error", bad.typ, bad.content, c, err)
		}
	}
}
