package wxserver_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// playRest makes a client do everything that is not one of the ten steps, so that
// every endpoint has its exchange.
func playRest(t *testing.T, h *house, rec *recorder, c, bob *wxclient.Client) {
	ctx := t.Context()
	to := h.name(c, "Bob & Co")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	picture := file("cat & dog.png", examplePicture(t))
	_, err := c.SendImage(ctx, to, picture, nil)
	must(err)
	_, err = c.SendSticker(ctx, to, file("wink.gif", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;")), nil)
	must(err)
	_, err = c.SendVideo(ctx, to, file("walk.mp4", []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")), nil)
	must(err)
	_, err = c.SendVoice(ctx, to, file("hello.mp3", []byte("ID3\x03\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x00")), nil)
	must(err)
	_, err = c.SendFile(ctx, to, file("report.pdf", []byte("%PDF-1.4 small")), nil)
	must(err)
	_, err = c.SendFile(ctx, to, &wxclient.File{Name: "large.bin", Size: 26 << 20, Reader: zeros{}}, nil)
	must(err)
	_, err = c.Send(ctx, to, &webwx.Location{Latitude: 26.08, Longitude: 119.29, Label: "somewhere"})
	must(err)

	carol := h.name(c, "卡罗尔")
	_, err = c.Send(ctx, to, &webwx.Card{UserName: carol, NickName: "卡罗尔"})
	must(err)
	_, err = c.Send(ctx, to, &webwx.Quote{Text: "as she said", Refer: webwx.Refer{
		MsgType: webwx.MsgText, MsgID: "1", FromUser: carol, ChatUser: to, DisplayName: "卡罗尔", Content: "hello",
	}})
	must(err)
	_, err = c.SendMention(ctx, h.name(c, "周末爬山"), "look", carol)
	must(err)

	// Bob answers with the same kinds, so that alice downloads them.
	alice := h.name(bob, "爱丽丝")
	for _, send := range []func() (webwx.Sent, error){
		func() (webwx.Sent, error) { return bob.SendImage(ctx, alice, picture, nil) },
		func() (webwx.Sent, error) {
			return bob.SendVideo(ctx, alice, file("walk.mp4", []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")), nil)
		},
		func() (webwx.Sent, error) {
			return bob.SendVoice(ctx, alice, file("hello.mp3", []byte("ID3\x03\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x00")), nil)
		},
		func() (webwx.Sent, error) {
			return bob.SendFile(ctx, alice, file("report.pdf", []byte("%PDF-1.4 small")), nil)
		},
	} {
		_, err := send()
		must(err)
	}
	for _, m := range h.messages(c, 4) {
		_, err := c.Download(ctx, &m, io.Discard, wxclient.DownloadOptions{})
		must(err)
	}
	_, err = c.Avatar(ctx, to, io.Discard)
	must(err)
	_, err = c.Avatar(ctx, h.name(c, "周末爬山"), io.Discard)
	must(err)

	must(c.SetRemark(ctx, to, "鲍勃"))
	must(c.Pin(ctx, to, true))
	must(c.MarkRead(ctx, to))
	sent, err := c.SendText(ctx, to, "never mind")
	must(err)
	must(c.Recall(ctx, sent, to))
	room, err := c.CreateRoom(ctx, "三人行", to, h.name(c, "卡罗尔"))
	must(err)
	must(c.RenameRoom(ctx, room.UserName, "四人行"))
	_, err = c.SearchContact(ctx, "mallory")
	must(err)
	found, err := c.SearchContact(ctx, "mallory")
	must(err)
	if len(found) != 1 {
		t.Fatalf("search found %d contacts, want mallory", len(found))
	}
	must(c.AddFriend(ctx, found[0].UserName, "我是爱丽丝"))
	playPage(t, rec, c)
}

// playPage calls what only the official page calls: endpoints.md §30–§32, §34, §35.
func playPage(t *testing.T, rec *recorder, c *wxclient.Client) {
	const cgi = "https://wx.qq.com/cgi-bin/mmwebwx-bin/"
	cookies := rec.cookies
	for _, call := range []struct{ method, url, body string }{
		{"GET", cgi + "webwxcheckurl?requrl=" + url.QueryEscape("https://example.com/?a=1&b=2") + "&opcode=2&scene=1&username=" + string(c.Self().UserName), ""},
		{"POST", cgi + "webwxstatreport?fun=new", `{"BaseRequest":"","Count":1,"List":[{"Type":1,"Text":"{}"}]}`},
		{"POST", cgi + "webwxsendfeedback", `{"MachineType":"webwx","Content":"【webwx】 good","ReportType":0}`},
		{"GET", cgi + "webwxpreview?fun=preview&mediaid=unknown", ""},
		{"GET", cgi + "webwxgetpubliclinkimg?url=xxx&msgid=1&pictype=location", ""},
	} {
		r, err := http.NewRequestWithContext(t.Context(), call.method, call.url, strings.NewReader(call.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Cookie", cookies)
		resp, err := rec.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func file(name string, data []byte) *wxclient.File {
	return &wxclient.File{Name: name, Size: int64(len(data)), Reader: bytes.NewReader(data)}
}

// zeros is a file of nothing but zeros.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}

func examplePicture(t *testing.T) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 16, 12))
	for i := range 12 {
		img.SetGray(i, i, color.Gray{Y: 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
