package wxclient

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// part is one part of an upload's form.
type part struct{ head, value string }

// parts reads a form as it was sent.
func parts(t *testing.T, contentType, body string) []part {
	t.Helper()
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	var list []part
	for r := multipart.NewReader(strings.NewReader(body), params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		value, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		head := strings.TrimPrefix(p.Header.Get("Content-Disposition"), "form-data; ")
		if ct := p.Header.Get("Content-Type"); ct != "" {
			head += "; " + ct
		}
		list = append(list, part{head, string(value)})
	}
}

// noise is n bytes of which no two pieces are alike.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

func fileOf(name string, b []byte) *File {
	return &File{Name: name, Size: int64(len(b)), Reader: bytes.NewReader(b), ModTime: time.Date(2024, 2, 3, 4, 5, 6, 0, time.UTC)}
}

func TestUploadForm(t *testing.T) { // endpoints.md §17, client-compat.md §9a
	for _, tt := range []struct {
		name   string
		size   int
		kind   MediaKind
		mime   string
		chunks bool
	}{
		{`a "b" & 图.png`, 3, MediaPicture, "image/png", false},
		{"plain.TXT", 1, MediaDoc, "text/plain", false},
		{"film.mp4", pieceSize, MediaVideo, "video/mp4", false},
		{"notes.unheardof", pieceSize + 1, MediaDoc, "application/octet-stream", true},
	} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			data := noise(tt.size)
			_, before := service.log(0)
			if _, err := c.Upload(t.Context(), "@bob", tt.kind, fileOf(tt.name, data), nil); err != nil {
				t.Fatal(err)
			}
			list, _ := service.log(before)
			sum := md5.Sum(data)
			var got []byte
			for i, r := range list {
				if r.op != "webwxuploadmedia" || r.host != "file.wx2.qq.com" || r.query != "f=json" || r.method != "POST" {
					t.Errorf("request %d: %s %s %s?%s", i, r.method, r.host, r.op, r.query)
				}
				var base struct{ BaseRequest struct{ DeviceID string } }
				form := parts(t, r.header.Get("Content-Type"), r.body)
				last := len(form) - 1
				id := "0"
				if tt.chunks {
					id = fmt.Sprint(i)
				}
				want := []part{{`name="id"`, "WU_FILE_0"}, {`name="name"`, tt.name}, {`name="type"`, tt.mime}}
				want = append(want, part{`name="lastModifiedDate"`, "Sat Feb 03 2024 04:05:06 GMT+0000 (Coordinated Universal Time)"}, part{`name="size"`, fmt.Sprint(tt.size)})
				if tt.chunks {
					want = append(want, part{`name="chunks"`, "2"}, part{`name="chunk"`, id})
				}
				at := len(want) + 1
				if err := json.Unmarshal([]byte(form[at].value), &base); err != nil {
					t.Fatal(err)
				}
				want = append(want, part{`name="mediatype"`, string(tt.kind)}, part{`name="uploadmediarequest"`, fmt.Sprintf(
					`{"UploadType":2,"BaseRequest":{"Uin":%d,"Sid":"%s","Skey":"%s","DeviceID":"%s"},"ClientMediaId":%d,"TotalLen":%d,"StartPos":0,"DataLen":%d,"MediaType":4,"FromUserName":"@self","ToUserName":"@bob","FileMd5":"%s"}`,
					uin, sid, skey, base.BaseRequest.DeviceID, time.Now().UnixMilli(), tt.size, tt.size, hex.EncodeToString(sum[:]))})
				want = append(want, part{`name="webwx_data_ticket"`, "dt"}, part{`name="pass_ticket"`, "pt+x"},
					part{`name="filename"; filename="` + strings.ReplaceAll(tt.name, `"`, "%22") + `"; application/octet-stream`, form[last].value})
				for j := range max(len(form), len(want)) {
					if j >= len(form) || j >= len(want) || form[j] != want[j] {
						t.Fatalf("%s, part %d:\ngot  %.300v\nwant %.300v", tt.name, j, form[j:], want[j:])
					}
				}
				got = append(got, form[last].value...)
			}
			if want := (tt.size + pieceSize - 1) / pieceSize; len(list) != want || !bytes.Equal(got, data) {
				t.Errorf("%s: %d requests, %d bytes; want %d, %d", tt.name, len(list), len(got), want, tt.size)
			}
		})
	}
}

func TestSendMediaShapes(t *testing.T) { // endpoints.md §13–§16
	const ids = `"FromUserName":"@self","ToUserName":"@bob",IDs,"MediaId":"@crypt_media"`
	type send = func(*Client, context.Context, webwx.UserName, *File, Progress) (webwx.Sent, error)
	for _, tt := range []struct {
		file, op, kind, query, msg string
		send                       send
	}{
		{"a.jpg", "webwxsendmsgimg", "pic", "fun=async&f=json&", `"Type":3,"Content":"",` + ids, (*Client).SendImage},
		{"a.mp4", "webwxsendvideomsg", "video", "fun=async&f=json&", `"Type":43,"Content":"",` + ids, (*Client).SendVideo},
		{"a.gif", "webwxsendemoticon", "doc", "fun=sys&", `"Type":47,"Content":"",` + ids + `,"EmojiFlag":2`, (*Client).SendSticker},
		{"a.mp3", "webwxsendmsg", "doc", "", `"Type":34,"Content":"",` + ids, (*Client).SendVoice},
		{"a.TXT", "webwxsendappmsg", "doc", "fun=async&f=json&", `"Type":6,"Content":"<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>a.TXT</title><des></des><action></action><type>6</type><content></content><url></url><lowurl></lowurl><appattach><totallen>5</totallen><attachid>@crypt_media</attachid><fileext>TXT</fileext></appattach><extinfo></extinfo></appmsg>","FromUserName":"@self","ToUserName":"@bob",IDs`, (*Client).SendFile},
	} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			sent, err := tt.send(c, t.Context(), "@bob", fileOf(tt.file, []byte("bytes")), nil)
			if err != nil || sent.MsgID == "" {
				t.Fatalf("%s: %v %v", tt.file, sent, err)
			}
			got := service.last(t, tt.op)
			if want := `{BR,"Msg":{` + tt.msg + `},"Scene":0}`; got.body != want || got.query != tt.query+tickets {
				t.Errorf("%s?%s\ngot  %s\nwant %s", tt.op, got.query, got.body, want)
			}
			form := service.last(t, "webwxuploadmedia")
			if !strings.Contains(form.body, "name=\"mediatype\"\r\n\r\n"+tt.kind+"\r\n") {
				t.Errorf("%s: not a %s", tt.file, tt.kind)
			}
		})
	}
}

func TestUploadOnceSendTwice(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		_, before := service.log(0)
		m, err := c.Upload(t.Context(), "@bob", MediaPicture, fileOf("a.png", noise(9)), nil)
		if err != nil || m != (Media{ID: "@crypt_media", Kind: MediaPicture, Name: "a.png", Size: 9}) {
			t.Fatalf("%+v %v", m, err)
		}
		for _, to := range []webwx.UserName{"@bob", "@carol"} {
			if _, err := c.SendMedia(t.Context(), to, m); err != nil {
				t.Error(err)
			}
		}
		if got := service.ops(before); got != "webwxuploadmedia webwxsendmsgimg webwxsendmsgimg" {
			t.Error(got)
		}
	})
}

// steps is a Progress that checks what it is told.
type steps struct {
	t     *testing.T
	total int64
	seen  []int64
}

func (s *steps) tell(done, total int64) {
	if total != s.total || done <= 0 || done > total || len(s.seen) > 0 && done <= s.seen[len(s.seen)-1] {
		s.t.Errorf("progress %d of %d after %v", done, total, s.seen)
	}
	s.seen = append(s.seen, done)
}

func (s *steps) complete(n int) {
	s.t.Helper()
	if len(s.seen) < n || s.seen[len(s.seen)-1] != s.total {
		s.t.Errorf("progress %v, want %d steps up to %d", s.seen, n, s.total)
	}
}

func TestLargeFileIsAskedFor(t *testing.T) { // endpoints.md §18
	for _, known := range []string{"", "@instant"} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			service.override["webwxcheckupload"] = func(w http.ResponseWriter, r *http.Request) {
				wire.CheckUpload.WriteReply(w, &wire.CheckUploadResponse{MediaID: known, AESKey: "aes", Signature: "sig"})
			}
			pieces := 0
			service.stream["webwxuploadmedia"] = func(w http.ResponseWriter, r *http.Request) {
				form, err := r.MultipartReader()
				for err == nil {
					var p *multipart.Part
					if p, err = form.NextPart(); err == nil && p.FormName() == "uploadmediarequest" {
						text, _ := io.ReadAll(p)
						if !strings.HasSuffix(string(text), `,"AESKey":"aes","Signature":"sig"}`) {
							t.Errorf("request %s", text)
						}
					}
				}
				pieces++
				reply := &wire.UploadMediaResponse{}
				if pieces == 51 {
					reply.MediaID = "@uploaded"
				}
				wire.UploadMedia.WriteReply(w, reply)
			}
			data := make([]byte, checkFrom+1)
			sum := md5.Sum(data)
			_, before := service.log(0)
			told := &steps{t: t, total: checkFrom + 1}
			if _, err := c.SendFile(t.Context(), "@bob", fileOf("big.iso", data), told.tell); err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf(`{BR,"FromUserName":"@self","ToUserName":"@bob","FileSize":%d,"FileMd5":"%x","FileName":"big.iso","FileType":7}`, len(data), sum)
			if got := service.last(t, "webwxcheckupload"); got.body != want || got.query != tickets || got.host != "wx2.qq.com" {
				t.Errorf("%s?%s\ngot  %s\nwant %s", got.host, got.query, got.body, want)
			}
			if got := service.ops(before); got != "webwxcheckupload webwxsendappmsg" {
				t.Error(got)
			}
			id, n := "@uploaded", 51
			if known != "" {
				id, n = known, 0
			}
			told.complete(max(n, 1))
			got := service.last(t, "webwxsendappmsg").body
			if pieces != n || !strings.Contains(got, "<attachid>"+id+"</attachid>") || !strings.Contains(got, `,"Signature":"sig"}`) {
				t.Errorf("%d pieces, %s", pieces, got)
			}
		})
	}
}

func TestEmptyFileIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		_, before := service.log(0)
		_, err := c.SendFile(t.Context(), "@bob", fileOf("a.txt", nil), nil)
		if !errors.Is(err, ErrEmptyFile) || err.Error() != "a.txt: file is empty" || service.ops(before) != "" {
			t.Errorf("%v, sent %s", err, service.ops(before))
		}
		short := &File{Name: "a.txt", Size: 10, Reader: strings.NewReader("123")}
		if _, err = c.SendFile(t.Context(), "@bob", short, nil); err == nil || err.Error() != "a.txt: has 3 bytes, not 10" || service.ops(before) != "" {
			t.Errorf("%v, sent %s", err, service.ops(before))
		}
	})
}

func TestOpenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "图.txt")
	if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFile(path)
	if err != nil || f.Name != "图.txt" || f.Size != 3 || f.ModTime.IsZero() {
		t.Fatalf("%+v %v", f, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := OpenFile(filepath.Dir(path)); err == nil || !strings.HasSuffix(err.Error(), "not a regular file") {
		t.Error(err)
	}
	if _, err := OpenFile(path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if err := (&File{}).Close(); err != nil {
		t.Error(err)
	}
}

func TestPiecesAreRepeated(t *testing.T) {
	faults := map[string]http.HandlerFunc{
		"cut before the body": func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
		"cut after the body": func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler)
		},
		"bad gateway": func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusBadGateway)
		},
		"silence":      func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); hold(r, time.Hour) },
		"system error": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"BaseResponse":{"Ret":-1}}`) },
	}
	for name, fault := range faults {
		for failures, ok := range map[int]bool{2: true, 3: false} {
			bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
				c := loggedIn(t, service, transport, Options{})
				var mu sync.Mutex
				left, got := failures, map[string][]byte{}
				service.stream["webwxuploadmedia"] = func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					defer mu.Unlock()
					if len(got) == 1 && left > 0 {
						left--
						fault(w, r)
						return
					}
					file, _, err := r.FormFile("filename")
					if err != nil {
						t.Error(err)
						return
					}
					got[r.FormValue("chunk")], _ = io.ReadAll(file)
					reply := &wire.UploadMediaResponse{}
					if len(got) == 3 {
						reply.MediaID = "@all"
					}
					wire.UploadMedia.WriteReply(w, reply)
				}
				data := noise(2*pieceSize + 7)
				told := &steps{t: t, total: int64(len(data))}
				_, before := service.log(0)
				_, err := c.SendImage(t.Context(), "@bob", fileOf("a.png", data), told.tell)
				if !ok {
					if err == nil || service.ops(before) != "" {
						t.Errorf("%s: error %v, sent %s", name, err, service.ops(before))
					}
					if _, unknown := errors.AsType[*UnknownError](err); unknown {
						t.Errorf("%s: %v: the message certainly was not sent", name, err)
					}
					return
				}
				all := bytes.Join([][]byte{got["0"], got["1"], got["2"]}, nil)
				if err != nil || !bytes.Equal(all, data) {
					t.Errorf("%s: error %v, %d bytes", name, err, len(all))
				}
				told.complete(3)
			})
		}
	}
}

func TestUploadWithoutAnID(t *testing.T) {
	for answers, ok := range map[int]bool{1: true, 2: false} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			uploads := map[string]int{}
			service.stream["webwxuploadmedia"] = func(w http.ResponseWriter, r *http.Request) {
				var req struct{ ClientMediaId json.Number }
				json.Unmarshal([]byte(r.FormValue("uploadmediarequest")), &req)
				uploads[req.ClientMediaId.String()]++
				reply := &wire.UploadMediaResponse{}
				if len(uploads) > answers {
					reply.MediaID = "@late"
				}
				wire.UploadMedia.WriteReply(w, reply)
			}
			data := noise(pieceSize + 1)
			told := &steps{t: t, total: int64(len(data))}
			m, err := c.Upload(t.Context(), "@bob", MediaDoc, fileOf("a", data), told.tell)
			if len(uploads) != 2 || ok && (err != nil || m.ID != "@late") || !ok && (err == nil || err.Error() != "webwxuploadmedia: HTTP status 200: reply without a MediaId") {
				t.Errorf("%v %v after %v", m, err, uploads)
			}
			if ok {
				told.complete(2)
			}
		})
	}
}

func TestUploadCancelled(t *testing.T) {
	for name, where := range map[string]int{"in the first piece": 0, "in the middle": 2, "in the last piece": 4} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			pieces := 0
			service.stream["webwxuploadmedia"] = func(w http.ResponseWriter, r *http.Request) {
				if pieces == where {
					io.CopyN(io.Discard, r.Body, 1000)
					cancel()
					if _, err := io.Copy(io.Discard, r.Body); err == nil {
						hold(r, time.Hour)
					}
					return
				}
				pieces++
				io.Copy(io.Discard, r.Body)
				wire.UploadMedia.WriteReply(w, &wire.UploadMediaResponse{})
			}
			_, before := service.log(0)
			began := time.Now()
			data := noise(4*pieceSize + 1)
			sent, err := c.SendVideo(ctx, "@bob", fileOf("a.mp4", data), nil)
			clear(data) // it is the caller's again: the race detector watches
			if !errors.Is(err, context.Canceled) || sent != (webwx.Sent{}) || time.Since(began) > time.Second {
				t.Errorf("%s: %v %v after %v", name, sent, err, time.Since(began))
			}
			time.Sleep(time.Minute)
			if pieces != where || service.ops(before) != "" {
				t.Errorf("%s: %d pieces, then sent %q", name, pieces, service.ops(before))
			}
		})
	}
}

func TestUploadEndsWithTheLogin(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		pieces := 0
		service.override["webwxuploadmedia"] = func(w http.ResponseWriter, r *http.Request) {
			pieces++
			io.WriteString(w, `{"BaseResponse":{"Ret":1101}}`)
		}
		_, err := c.SendFile(t.Context(), "@bob", fileOf("a", noise(3*pieceSize)), nil)
		if !errors.Is(err, webwx.ErrLoggedOut) || pieces != 1 {
			t.Errorf("%v after %d pieces", err, pieces)
		}
		if _, err := c.SendText(t.Context(), "@bob", "x"); !errors.Is(err, webwx.ErrLoggedOut) {
			t.Error(err)
		}
	})
}

// zeros is a file of any length without bytes in memory.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }

// heap is how much memory is in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

const hundred = 100 << 20

func TestUploadOfHundredMegabytesIsFlat(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		var received int64
		var most uint64
		service.stream["webwxuploadmedia"] = func(w http.ResponseWriter, r *http.Request) {
			n, _ := io.Copy(io.Discard, r.Body)
			received += n
			reply := &wire.UploadMediaResponse{}
			if received > hundred {
				reply.MediaID = "@all"
			}
			wire.UploadMedia.WriteReply(w, reply)
		}
		service.override["webwxcheckupload"] = func(w http.ResponseWriter, r *http.Request) {
			wire.CheckUpload.WriteReply(w, &wire.CheckUploadResponse{})
		}
		before := heap()
		told := &steps{t: t, total: hundred}
		_, err := c.SendFile(t.Context(), "@bob", &File{Name: "a.bin", Size: hundred, Reader: zeros{}}, func(done, total int64) {
			told.tell(done, total)
			if len(told.seen)%50 == 0 {
				most = max(most, heap())
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		told.complete(200)
		if most > before+8<<20 {
			t.Errorf("heap grew from %d to %d KiB", before>>10, most>>10)
		}
	})
}
