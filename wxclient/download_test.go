package wxclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/webwx/webwx"
)

// fetchAll downloads m into memory.
func fetchAll(t *testing.T, c *Client, m *webwx.Message, o DownloadOptions) ([]byte, error) {
	t.Helper()
	var b bytes.Buffer
	n, err := c.Download(t.Context(), m, &b, o)
	if n != int64(b.Len()) {
		t.Errorf("says %d bytes, wrote %d", n, b.Len())
	}
	return b.Bytes(), err
}

// serveBytes answers as the service does for media: whole, or from where it is
// asked.
func serveBytes(name string, data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
	}
}

func TestDownloadShapes(t *testing.T) { // endpoints.md §19–§22, §35
	const key = "skey=%40crypt_1a2b3c4d_00000000000000000000000000000000"
	file := webwx.Message{
		MsgID: "7", MsgType: webwx.MsgApp, AppMsgType: 6, FromUserName: "@bob", MediaID: "@crypt_m",
		FileName: "图 1.pdf", EncryFileName: "%E5%9B%BE%201%2Epdf", FileSize: "9",
	}
	unnamed := file
	unnamed.EncryFileName = ""
	for _, tt := range []struct {
		name       string
		m          webwx.Message
		o          DownloadOptions
		host, path string
		ranged     string
	}{
		{"picture", webwx.Message{MsgID: "7", MsgType: webwx.MsgImage}, DownloadOptions{}, "wx2", "webwxgetmsgimg?MsgID=7&" + key, ""},
		{"its thumbnail", webwx.Message{MsgID: "7", MsgType: webwx.MsgImage}, DownloadOptions{Thumb: true}, "wx2", "webwxgetmsgimg?MsgID=7&" + key + "&type=slave", ""},
		{"known by number", webwx.Message{NewMsgID: 7, MsgType: webwx.MsgImage}, DownloadOptions{}, "wx2", "webwxgetmsgimg?MsgID=7&" + key, ""},
		{"sticker", webwx.Message{MsgID: "7", MsgType: webwx.MsgEmoticon}, DownloadOptions{}, "wx2", "webwxgetmsgimg?MsgID=7&" + key + "&type=big", ""},
		{"sticker in an app message", webwx.Message{MsgID: "7", MsgType: webwx.MsgApp, AppMsgType: 8}, DownloadOptions{}, "wx2", "webwxgetmsgimg?MsgID=7&" + key + "&type=big", ""},
		{"voice", webwx.Message{MsgID: "7", MsgType: webwx.MsgVoice}, DownloadOptions{}, "wx2", "webwxgetvoice?msgid=7&" + key, ""},
		{"video", webwx.Message{MsgID: "7", MsgType: webwx.MsgVideo}, DownloadOptions{}, "wx2", "webwxgetvideo?msgid=7&" + key, "bytes=0-"},
		{"its picture", webwx.Message{MsgID: "7", MsgType: webwx.MsgMicroVideo}, DownloadOptions{Thumb: true}, "wx2", "webwxgetmsgimg?MsgID=7&" + key + "&type=slave", ""},
		{"picture of a link", webwx.Message{MsgID: "7", MsgType: webwx.MsgApp, AppMsgType: 5, ImgStatus: 2}, DownloadOptions{Thumb: true}, "wx2", "webwxgetmsgimg?MsgID=7&" + key + "&type=slave", ""},
		{"map", webwx.Message{MsgID: "7", MsgType: webwx.MsgText, SubMsgType: 48}, DownloadOptions{}, "wx2", "webwxgetpubliclinkimg?url=xxx&msgid=7&pictype=location", ""},
		{"file", file, DownloadOptions{}, "file.wx2", "webwxgetmedia?sender=%40bob&mediaid=%40crypt_m&encryfilename=%E5%9B%BE+1.pdf&fromuser=200100300&pass_ticket=pt%252Bx&webwx_data_ticket=dt", ""},
		{"file without its encoded name", unnamed, DownloadOptions{}, "file.wx2", "webwxgetmedia?sender=%40bob&mediaid=%40crypt_m&encryfilename=%E5%9B%BE+1.pdf&fromuser=200100300&pass_ticket=pt%252Bx&webwx_data_ticket=dt", ""},
	} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			op, _, _ := strings.Cut(tt.path, "?")
			service.override[op] = serveBytes("x.bin", []byte("the bytes"))
			told := &steps{t: t, total: 9}
			tt.o.Progress = told.tell
			got, err := fetchAll(t, c, &tt.m, tt.o)
			if err != nil || string(got) != "the bytes" {
				t.Fatalf("%s: %q, error %v", tt.name, got, err)
			}
			told.complete(1)
			r := service.last(t, op)
			if url := op + "?" + r.query; url != tt.path || r.host != tt.host+".qq.com" || r.method != "GET" || r.header.Get("Range") != tt.ranged {
				t.Errorf("%s: %s %s, range %q\ngot  %s\nwant %s", tt.name, r.method, r.host, r.header.Get("Range"), url, tt.path)
			}
		})
	}
}

func TestDownloadOfNothing(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		_, before := service.log(0)
		for _, m := range []webwx.Message{{MsgType: webwx.MsgText}, {MsgType: webwx.MsgApp, AppMsgType: 5}, {MsgType: webwx.MsgSys}, {MsgType: webwx.MsgShareCard}} {
			if _, err := fetchAll(t, c, &m, DownloadOptions{}); !errors.Is(err, ErrNoMedia) {
				t.Errorf("%v: %v", m.MsgType, err)
			}
		}
		if _, err := fetchAll(t, c, &webwx.Message{MsgType: webwx.MsgVoice}, DownloadOptions{Thumb: true}); !errors.Is(err, ErrNoMedia) {
			t.Error(err)
		}
		if ops := service.ops(before); ops != "" {
			t.Errorf("asked %s", ops)
		}
	})
}

// cutting answers with at most n bytes before the connection breaks.
func cutting(data []byte, n int, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h(&cutWriter{w, n}, r)
	}
}

type cutWriter struct {
	http.ResponseWriter
	left int
}

func (w *cutWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		w.ResponseWriter.Write(p[:len(p)+w.left])
		http.NewResponseController(w.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	return w.ResponseWriter.Write(p)
}

func TestDownloadIsResumed(t *testing.T) {
	data := noise(1 << 20)
	whole := func(w http.ResponseWriter, r *http.Request) { // knows no ranges
		w.Header().Set("Content-Type", "video/mp4")
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		w.Write(data)
	}
	for name, h := range map[string]http.HandlerFunc{"with ranges": serveBytes("a.mp4", data), "without ranges": whole} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			n := 0
			service.override["webwxgetvideo"] = func(w http.ResponseWriter, r *http.Request) {
				n++ // 300 KiB each time; those who know no ranges begin anew
				part := 300 << 10
				if name == "without ranges" {
					part *= n
				}
				cutting(data, part, h)(w, r)
			}
			told := &steps{t: t, total: int64(len(data))}
			got, err := fetchAll(t, c, &webwx.Message{MsgID: "7", MsgType: webwx.MsgVideo}, DownloadOptions{Progress: told.tell})
			if err != nil || !bytes.Equal(got, data) || n != 4 {
				t.Errorf("%s: %d bytes after %d tries, error %v", name, len(got), n, err)
			}
			told.complete(10)
		})
	}
}

func TestDownloadCutForever(t *testing.T) {
	data := noise(1 << 20)
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		n := 0
		service.override["webwxgetvideo"] = func(w http.ResponseWriter, r *http.Request) {
			n++
			cutting(data, 100, serveBytes("a.mp4", data))(w, r)
		}
		got, err := fetchAll(t, c, &webwx.Message{MsgID: "7", MsgType: webwx.MsgVideo}, DownloadOptions{})
		if !errors.Is(err, io.ErrUnexpectedEOF) || n != tries || !bytes.HasPrefix(data, got) || len(got) > 300 {
			t.Errorf("%d bytes after %d tries, error %v", len(got), n, err)
		}
	})
}

func TestDownloadOfWrongSize(t *testing.T) {
	for _, tt := range []struct {
		name, fileSize string
		h              http.HandlerFunc
		want           SizeError
		tries          int
	}{
		{"nothing", "9", func(w http.ResponseWriter, r *http.Request) {}, SizeError{"webwxgetmedia", 0, 9}, 3},
		{"nothing, and nobody knows how much", "", func(w http.ResponseWriter, r *http.Request) {}, SizeError{"webwxgetmedia", 0, 0}, 3},
		{"less than the message says", "9", serveBytes("a.bin", []byte("four")), SizeError{"webwxgetmedia", 4, 9}, 1},
		{"more than the message says", "3", serveBytes("a.bin", []byte("four")), SizeError{"webwxgetmedia", 4, 3}, 1},
		{"less, and then no more", "9", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") != "" {
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
				return
			}
			w.Header().Set("Content-Type", "image/png")
			io.WriteString(w, "four")
			w.(http.Flusher).Flush()
		}, SizeError{"webwxgetmedia", 4, 9}, 2},
	} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			service.override["webwxgetmedia"] = tt.h
			_, before := service.log(0)
			m := &webwx.Message{MsgID: "7", MsgType: webwx.MsgApp, AppMsgType: 6, MediaID: "@m", FileSize: tt.fileSize}
			_, err := fetchAll(t, c, m, DownloadOptions{})
			size, ok := errors.AsType[*SizeError](err)
			list, _ := service.log(before)
			if !ok || *size != tt.want || len(list) != tt.tries || !errors.Is(err, webwx.ErrTemporary) {
				t.Errorf("%s: %v after %d tries", tt.name, err, len(list))
			}
		})
	}
	for want, err := range map[string]error{
		"webwxgetvideo: the service has sent nothing": &SizeError{"webwxgetvideo", 0, 0},
		"webwxgetvideo: got 5 bytes, not 9":           &SizeError{"webwxgetvideo", 5, 9},
	} {
		if err.Error() != want {
			t.Error(err)
		}
	}
}

func TestDownloadThatComesLate(t *testing.T) { // endpoints.md §20
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		n := 0
		service.override["webwxgetvideo"] = func(w http.ResponseWriter, r *http.Request) {
			if n++; n == 3 {
				serveBytes("a.mp4", []byte("film"))(w, r)
			}
		}
		got, err := fetchAll(t, c, &webwx.Message{MsgID: "7", MsgType: webwx.MsgVideo}, DownloadOptions{})
		if err != nil || string(got) != "film" {
			t.Errorf("%q, error %v", got, err)
		}
	})
}

func TestDownloadThatIsNoMedia(t *testing.T) {
	html := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			io.WriteString(w, "<html>proxy</html>")
		}
	}
	for _, tt := range []struct {
		name, err string
		h         http.HandlerFunc
		tries     int
	}{
		{"not there", `webwxgetmsgimg: HTTP status 404 Not Found: "<html>proxy</html>"`, html(404), 1},
		{"a proxy's page", `webwxgetmsgimg: HTTP status 200: answer is no media: "<html>proxy</html>"`, html(200), 3},
		{"bad gateway", `webwxgetmsgimg: HTTP status 502 Bad Gateway: "<html>proxy</html>"`, html(502), 3},
		{"another part", "webwxgetmsgimg: HTTP status 206 Partial Content: another part than was asked for", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			w.Header().Set("Content-Range", "bytes 5-8/9")
			w.WriteHeader(http.StatusPartialContent)
			io.WriteString(w, "four")
		}, 1},
		{"a refusal", "webwxgetmsgimg: ret 1: no", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"BaseResponse":{"Ret":1,"ErrMsg":"no"}}`)
		}, 1},
		{"the end of the login", "webwxgetmsgimg: ret 1101: login ended", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"BaseResponse":{"Ret":1101,"ErrMsg":""}}`)
		}, 1},
	} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			service.override["webwxgetmsgimg"] = tt.h
			_, before := service.log(0)
			got, err := fetchAll(t, c, &webwx.Message{MsgID: "7", MsgType: webwx.MsgImage}, DownloadOptions{})
			list, _ := service.log(before)
			if err == nil || err.Error() != tt.err || len(got) != 0 || len(list) != tt.tries {
				t.Errorf("%s: %v after %d tries, %d bytes", tt.name, err, len(list), len(got))
			}
			_, err = c.loggedIn()
			if over := errors.Is(err, webwx.ErrLoggedOut); over != strings.Contains(tt.err, "1101") {
				t.Errorf("%s: afterwards %v", tt.name, err)
			}
		})
	}
}

func TestDownloadChangesMeanwhile(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		n := 0
		service.override["webwxgetvideo"] = func(w http.ResponseWriter, r *http.Request) {
			data := noise(1000 + n)
			n++
			cutting(data, 500, serveBytes("a.mp4", data))(w, r)
		}
		_, err := fetchAll(t, c, &webwx.Message{MsgID: "7", MsgType: webwx.MsgVideo}, DownloadOptions{})
		if err == nil || !strings.HasSuffix(err.Error(), "file has changed meanwhile") || n != 2 {
			t.Errorf("%v after %d tries", err, n)
		}
	})
}

func TestDownloadStalls(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		slow := func(pause time.Duration) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "video/mp4")
				w.Header().Set("Content-Length", "10")
				for i := range 10 {
					if i > 0 {
						hold(r, pause)
					}
					io.WriteString(w, "x")
					w.(http.Flusher).Flush()
				}
			}
		}
		m := &webwx.Message{MsgID: "7", MsgType: webwx.MsgVideo}
		service.override["webwxgetvideo"] = slow(stallTime - time.Second) // slow, but it comes
		if got, err := fetchAll(t, c, m, DownloadOptions{}); err != nil || len(got) != 10 {
			t.Errorf("slow: %q, error %v", got, err)
		}
		service.override["webwxgetvideo"] = slow(time.Hour)
		began := time.Now()
		_, err := fetchAll(t, c, m, DownloadOptions{})
		if _, late := errors.AsType[*lateError](err); !late || time.Since(began) > 3*stallTime+10*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestDownloadCancelled(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		service.override["webwxgetvideo"] = serveBytes("a.mp4", noise(4<<20))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, before := service.log(0)
		n, err := c.Download(ctx, &webwx.Message{MsgID: "7", MsgType: webwx.MsgVideo}, io.Discard, DownloadOptions{Progress: func(done, total int64) {
			if done > total/2 {
				cancel()
			}
		}})
		list, _ := service.log(before)
		if !errors.Is(err, context.Canceled) || n >= 4<<20 || len(list) != 1 {
			t.Errorf("%d bytes, error %v after %d tries", n, err, len(list))
		}
	})
}

// full is a disk with room for n bytes.
type full struct{ n int }

var errFull = errors.New("disk full")

func (f *full) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestDownloadThatCannotBeWritten(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		service.override["webwxgetvideo"] = serveBytes("a.mp4", noise(1<<20))
		_, before := service.log(0)
		_, err := c.Download(t.Context(), &webwx.Message{MsgID: "7", MsgType: webwx.MsgVideo}, &full{100 << 10}, DownloadOptions{})
		if list, _ := service.log(before); err != errFull || len(list) != 1 {
			t.Errorf("%v after %d tries", err, len(list))
		}
	})
}

func TestDownloadOfHundredMegabytesIsFlat(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		service.override["webwxgetmedia"] = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Disposition", "attachment")
			w.Header().Set("Content-Length", fmt.Sprint(hundred))
			io.CopyN(w, endless{}, hundred)
		}
		before, most, calls := heap(), uint64(0), 0
		m := &webwx.Message{MsgID: "7", MsgType: webwx.MsgApp, AppMsgType: 6, MediaID: "@m", FileSize: fmt.Sprint(hundred)}
		n, err := c.Download(t.Context(), m, io.Discard, DownloadOptions{Progress: func(done, total int64) {
			if calls++; calls%1000 == 0 {
				most = max(most, heap())
			}
		}})
		if err != nil || n != hundred {
			t.Fatalf("%d bytes, error %v", n, err)
		}
		if most == 0 || most > before+8<<20 {
			t.Errorf("heap grew from %d to %d KiB", before>>10, most>>10)
		}
	})
}

// endless is a reader of zeros.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestAvatar(t *testing.T) { // endpoints.md §23
	const path = "/cgi-bin/mmwebwx-bin/"
	const key = "skey=%40crypt_1a2b3c4d_00000000000000000000000000000000"
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		service.override["webwxgeticon"] = serveBytes("a.jpg", []byte("face"))
		service.override["webwxgetheadimg"] = serveBytes("a.jpg", []byte("room"))
		c.mu.Lock()
		c.session.User.HeadImgUrl = path + "webwxgeticon?seq=5&username=@self&skey=@s"
		c.book.put(&webwx.Contact{UserName: "@bob", HeadImgUrl: path + "webwxgeticon?seq=6&username=@bob&skey=@s"})
		c.book.put(&webwx.Contact{UserName: "@evil", HeadImgUrl: "https://evil.example/steal"})
		c.book.put(&webwx.Contact{UserName: "@@room", HeadImgUrl: path + "webwxgetheadimg?seq=7&username=@@room&skey=", EncryChatRoomID: "@encry"})
		c.mu.Unlock()
		for _, tt := range []struct {
			name, room webwx.UserName
			op, query  string
			want       string
		}{
			{self, "", "webwxgeticon", "seq=5&username=@self&skey=@s", "face"},
			{"@bob", "", "webwxgeticon", "seq=6&username=@bob&skey=@s", "face"},
			{"@stranger", "", "webwxgeticon", "seq=0&username=%40stranger&" + key, "face"},
			{"@evil", "", "webwxgeticon", "seq=0&username=%40evil&" + key, "face"},
			{"@@room", "", "webwxgetheadimg", "seq=7&username=@@room&skey=", "room"},
			{"@@other", "", "webwxgetheadimg", "seq=0&username=%40%40other&" + key, "room"},
			{"@m", "@@room", "webwxgeticon", "seq=0&username=%40m&" + key + "&chatroomid=%40encry", "face"},
			{"@m", "@@other", "webwxgeticon", "seq=0&username=%40m&" + key + "&chatroomid=%40%40other", "face"},
		} {
			var b bytes.Buffer
			var err error
			if tt.room == "" {
				_, err = c.Avatar(t.Context(), tt.name, &b)
			} else {
				_, err = c.MemberAvatar(t.Context(), tt.room, tt.name, &b)
			}
			r := service.last(t, tt.op)
			if err != nil || b.String() != tt.want || r.query != tt.query || r.host != "wx2.qq.com" {
				t.Errorf("%s: %q, error %v\ngot  %s ?%s\nwant ?%s", tt.name, b.String(), err, r.host, r.query, tt.query)
			}
		}
		service.override["webwxgeticon"] = func(w http.ResponseWriter, r *http.Request) {}
		if _, err := c.Avatar(t.Context(), "@bob", io.Discard); err == nil {
			t.Error("an empty picture is no error")
		}
	})
}

func TestDownloadThatNeverLeaves(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		transport.CloseIdleConnections()
		c.http.Transport = &http.Transport{DialContext: refuse, DialTLSContext: refuse}
		_, err := fetchAll(t, c, &webwx.Message{MsgID: "7", MsgType: webwx.MsgVideo}, DownloadOptions{})
		if err == nil || !strings.HasPrefix(err.Error(), "webwxgetvideo: ") || strings.Contains(err.Error(), "skey") {
			t.Error(err)
		}
	})
}

func TestDownloadOfUnknownSize(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		service.override["webwxgetvoice"] = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "audio/mp3")
			io.WriteString(w, "so")
			w.(http.Flusher).Flush()
			io.WriteString(w, "und")
		}
		told := []int64{}
		got, err := fetchAll(t, c, &webwx.Message{MsgID: "7", MsgType: webwx.MsgVoice}, DownloadOptions{Progress: func(done, total int64) {
			told = append(told, total)
		}})
		if err != nil || string(got) != "sound" || len(told) == 0 || told[0] != 0 {
			t.Errorf("%q, totals %v, error %v", got, told, err)
		}
	})
}

func TestDownloadCutShortByTheEndOfTheLogin(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		service.override["webwxgetvideo"] = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "video/mp4")
			w.Header().Set("Content-Length", "9")
			io.WriteString(w, "film")
			w.(http.Flusher).Flush()
			hold(r, time.Hour)
		}
		service.override["webwxoplog"] = func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"BaseResponse":{"Ret":1101}}`)
		}
		go func() {
			time.Sleep(time.Second)
			if err := c.Pin(t.Context(), "@bob", true); !errors.Is(err, webwx.ErrLoggedOut) {
				t.Error(err)
			}
		}()
		began := time.Now()
		got, err := fetchAll(t, c, &webwx.Message{MsgID: "7", MsgType: webwx.MsgVideo}, DownloadOptions{})
		if !errors.Is(err, webwx.ErrLoggedOut) || string(got) != "film" || time.Since(began) > 2*time.Second {
			t.Errorf("%q after %v, error %v", got, time.Since(began), err)
		}
	})
}
