package interop

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// picture returns a PNG file.
func picture(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 120, 80))
	for i := range 120 {
		img.Set(i, i%80, color.RGBA{R: 255, A: 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sample returns a file that wechat4u itself brings along.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(install(t, "wechat4u"), "node_modules", "wechat4u", "media", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// receives waits for a message of a type, and downloads what it has.
func (p *person) receives(kind webwx.MsgType) (*webwx.Message, []byte) {
	p.t.Helper()
	m := p.seen.await(p.t, "a message of type "+kind.String(), func(ev webwx.Event) bool {
		return ev.Kind == webwx.EventMessage && ev.Message.MsgType == kind
	}).Message
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	var b bytes.Buffer
	if _, err := p.chat.Download(ctx, m, &b, wxclient.DownloadOptions{}); err != nil {
		p.t.Fatalf("download of %+v: %v", m, err)
	}
	return m, b.Bytes()
}

// TestWechat4uSendsMedia sends a picture, a sticker, a video and files, and
// compares what arrives byte by byte.
func TestWechat4uSendsMedia(t *testing.T) {
	t.Parallel()
	s := serve(t)
	alice, bob := s.person("alice"), s.person("bob")
	p := s.aliceRuns(alice)
	toBob := p.everybody()["Bob"].UserName
	for _, tt := range []struct {
		name string
		data []byte
		kind webwx.MsgType
	}{
		{"a.png", picture(t), webwx.MsgImage},
		{"test.gif", sample(t, "test.gif"), webwx.MsgEmoticon},
		{"test.mp4", sample(t, "test.mp4"), webwx.MsgVideo},
		{"报告 <1> & co.txt", sample(t, "test.txt"), webwx.MsgApp},
		{"in pieces.bin", bytes.Repeat([]byte("0123456789abcdef"), 1<<16), webwx.MsgApp},
	} {
		p.call(nil, "sendMsg", file(tt.name, tt.data), toBob)
		m, got := bob.receives(tt.kind)
		if !bytes.Equal(got, tt.data) {
			t.Errorf("%s: %d bytes arrived, %d were sent, or others", tt.name, len(got), len(tt.data))
		}
		if tt.kind == webwx.MsgApp && m.FileName != tt.name {
			t.Errorf("the file is called %q, want %q", m.FileName, tt.name)
		}
	}
	p.unharmed()
}

// download is what the program's get methods return.
type download struct{ Type, Data string }

func (d download) bytes(t *testing.T) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(d.Data)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestWechat4uReceivesMedia lets the program download what the phone sent, and
// pictures of people.
func TestWechat4uReceivesMedia(t *testing.T) {
	t.Parallel()
	s := serve(t)
	alice, bob := s.person("alice"), s.person("bob")
	p := s.aliceRuns(alice)
	all := p.everybody()
	to := bob.find(aliceNick).UserName
	for _, tt := range []struct {
		name, mime string
		data       []byte
		kind       webwx.MsgType
		send       func(context.Context, webwx.UserName, *wxclient.File, wxclient.Progress) (webwx.Sent, error)
		get        func(m webwx.Message) (method string, args []any)
	}{
		{"a.png", "image/", picture(t), webwx.MsgImage, bob.chat.SendImage, func(m webwx.Message) (string, []any) {
			return "getMsgImg", []any{m.MsgID}
		}},
		{"test.mp4", "video/mp4", sample(t, "test.mp4"), webwx.MsgVideo, bob.chat.SendVideo, func(m webwx.Message) (string, []any) {
			return "getVideo", []any{m.MsgID}
		}},
		{"big.bin", "application/octet-stream", bytes.Repeat([]byte("0123456789abcdef"), 1<<16), webwx.MsgApp, bob.chat.SendFile, func(m webwx.Message) (string, []any) {
			return "getDoc", []any{m.FromUserName, m.MediaID, m.FileName}
		}},
	} {
		f := &wxclient.File{Name: tt.name, Reader: bytes.NewReader(tt.data), Size: int64(len(tt.data))}
		if _, err := tt.send(t.Context(), to, f, nil); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		m := p.said.await(t, tt.name, func(ev event) bool { return ev.Event == "message" && ev.Message.MsgType == tt.kind }).Message
		method, args := tt.get(m)
		var got download
		p.call(&got, method, args...)
		if data := got.bytes(t); !bytes.Equal(data, tt.data) {
			t.Errorf("%s: %d bytes arrived, %d were sent, or others", tt.name, len(data), len(tt.data))
		}
		if !strings.HasPrefix(got.Type, tt.mime) {
			t.Errorf("%s has type %s, want %s", tt.name, got.Type, tt.mime)
		}
	}
	var head download
	p.call(&head, "getHeadImg", all["Bob"].HeadImgUrl)
	if _, _, err := image.DecodeConfig(bytes.NewReader(head.bytes(t))); err != nil && head.Type != "image/jpeg" {
		t.Errorf("Bob's picture (%s): %v", head.Type, err)
	}
	p.unharmed()
}
