package wxclient_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

type sending = func(*wxclient.Client, context.Context, webwx.UserName, *wxclient.File, wxclient.Progress) (webwx.Sent, error)

func TestHouseMediaBothWays(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		film := append([]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), noise(600<<10)...)
		for _, tt := range []struct {
			name string
			kind webwx.ContentKind
			data []byte
			send sending
		}{
			{"a.png", webwx.ContentImage, pngOf(h, 500, 400), (*wxclient.Client).SendImage},
			{"a.gif", webwx.ContentSticker, gifOf(h), (*wxclient.Client).SendSticker},
			{"a.mp4", webwx.ContentVideo, film, (*wxclient.Client).SendVideo},
			{"a.mp3", webwx.ContentVoice, append([]byte("ID3\x03\x00\x00\x00\x00\x00\x00"), noise(4000)...), (*wxclient.Client).SendVoice},
			{"报告 & \"b\".txt", webwx.ContentFile, noise(1300 << 10), (*wxclient.Client).SendFile},
		} {
			for _, to := range []string{"bob", "hills"} {
				sent, err := tt.send(h.alice, t.Context(), h.name(h.alice, to), fileOf(tt.name, tt.data), nil)
				if err != nil {
					t.Fatalf("%s to %s: %v", tt.name, to, err)
				}
				m := h.next(h.bob, tt.kind)
				if m.MsgID != sent.MsgID {
					t.Errorf("%s to %s: message %s, want %s", tt.name, to, m.MsgID, sent.MsgID)
				}
				if got := h.fetch(h.bob, m, wxclient.DownloadOptions{}); !bytes.Equal(got, tt.data) {
					t.Errorf("%s to %s: got %d other bytes, want %d", tt.name, to, len(got), len(tt.data))
				}
				if f, ok := m.Parse().(*webwx.File); ok && (f.Name != tt.name || f.Size != int64(len(tt.data))) {
					t.Errorf("file %+v", f)
				}
				own := &webwx.Message{MsgID: sent.MsgID, MsgType: m.MsgType, AppMsgType: m.AppMsgType}
				if tt.kind == webwx.ContentImage {
					if got := h.fetch(h.alice, own, wxclient.DownloadOptions{}); !bytes.Equal(got, tt.data) {
						t.Errorf("%s to %s: own copy is %d other bytes", tt.name, to, len(got))
					}
					if thumb := h.fetch(h.bob, m, wxclient.DownloadOptions{Thumb: true}); len(thumb) == 0 || bytes.Equal(thumb, tt.data) {
						t.Errorf("%s to %s: thumbnail of %d bytes", tt.name, to, len(thumb))
					}
				}
				if tt.kind == webwx.ContentVoice { // cannot be passed on
					continue
				}
				if _, err := h.bob.Forward(t.Context(), h.name(h.bob, "carol"), m); err != nil {
					t.Fatalf("%s to %s: forward: %v", tt.name, to, err)
				}
				passed := h.next(h.carol, tt.kind)
				if to == "hills" {
					passed = h.next(h.carol, tt.kind) // the first is alice's own, to the room
				}
				if got := h.fetch(h.carol, passed, wxclient.DownloadOptions{}); !bytes.Equal(got, tt.data) {
					t.Errorf("%s to %s: passed on are %d other bytes", tt.name, to, len(got))
				}
			}
		}
	})
}

func TestHouseInstantSend(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		data := noise(26 << 20)
		var told []int64
		progress := func(done, total int64) {
			if total != int64(len(data)) || len(told) > 0 && done <= told[len(told)-1] {
				t.Errorf("progress %d of %d after %d steps", done, total, len(told))
			}
			told = append(told, done)
		}
		_, err := h.alice.SendFile(t.Context(), h.name(h.alice, "bob"), fileOf("big.iso", data), progress)
		h.check(err)
		if n := h.ops.of("webwxuploadmedia"); n != 52 || len(told) != 52 || told[51] != int64(len(data)) {
			t.Errorf("%d uploads, progress %v", n, told)
		}
		told = nil
		_, err = h.alice.SendFile(t.Context(), h.name(h.alice, "carol"), fileOf("same.iso", data), progress)
		h.check(err)
		if n := h.ops.of("webwxuploadmedia"); n != 52 || h.ops.of("webwxcheckupload") != 2 || len(told) != 1 {
			t.Errorf("the same file again: %d uploads, progress %v", n, told)
		}
		m := h.next(h.carol, webwx.ContentFile)
		if got := h.fetch(h.carol, m, wxclient.DownloadOptions{}); !bytes.Equal(got, data) || m.FileName != "same.iso" {
			t.Errorf("%s: got %d other bytes", m.FileName, len(got))
		}
	})
}

func TestHouseUploadOnceSendTwice(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		data := pngOf(h, 20, 20)
		media, err := h.alice.Upload(t.Context(), h.name(h.alice, "bob"), wxclient.MediaPicture, fileOf("a.png", data), nil)
		h.check(err)
		for _, to := range []string{"bob", "carol"} {
			_, err := h.alice.SendMedia(t.Context(), h.name(h.alice, to), media)
			h.check(err)
		}
		for _, c := range []*wxclient.Client{h.bob, h.carol} {
			if got := h.fetch(c, h.next(c, webwx.ContentImage), wxclient.DownloadOptions{}); !bytes.Equal(got, data) {
				t.Errorf("got %d other bytes", len(got))
			}
		}
		if n := h.ops.of("webwxuploadmedia"); n != 1 {
			t.Errorf("%d uploads", n)
		}
	})
}

func TestHouseCancelledUploadSendsNothing(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := h.alice.SendFile(ctx, h.name(h.alice, "bob"), fileOf("a.bin", noise(5<<20)), func(done, total int64) {
			if done > total/2 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || h.ops.of("webwxsendappmsg") != 0 || h.ops.of("webwxuploadmedia") > 6 {
			t.Errorf("%v after %d uploads, %d sends", err, h.ops.of("webwxuploadmedia"), h.ops.of("webwxsendappmsg"))
		}
		time.Sleep(time.Minute)
		_, err = h.alice.SendText(t.Context(), h.name(h.alice, "bob"), "after that")
		h.check(err)
		h.take(h.bob, func(ev webwx.Event) bool {
			if ev.Kind == webwx.EventMessage && ev.Message.Text() != "after that" {
				t.Errorf("bob got %q", ev.Message.Text())
			}
			return ev.Kind == webwx.EventMessage
		})
	})
}

func TestHouseAvatars(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var faces [4]bytes.Buffer
		room, bob := h.name(h.alice, "hills"), h.name(h.alice, "bob")
		for i, name := range []webwx.UserName{bob, h.alice.Self().UserName, room} {
			if n, err := h.alice.Avatar(t.Context(), name, &faces[i]); err != nil || n == 0 {
				t.Errorf("avatar %d: %d bytes, error %v", i, n, err)
			}
		}
		if _, err := h.alice.MemberAvatar(t.Context(), room, bob, &faces[3]); err != nil || !bytes.Equal(faces[3].Bytes(), faces[0].Bytes()) {
			t.Errorf("member: %d bytes, error %v", faces[3].Len(), err)
		}
	})
}
