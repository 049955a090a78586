package wxserver_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// A part is one part of a multipart form; header replaces what it is called.
type part struct {
	name, file, text string
	header           string
}

const boundary = "----WebKitFormBoundaryE19zNvXGzXaLvS5C"

// formOf writes parts byte by byte.
func formOf(parts ...part) string {
	var b strings.Builder
	for _, p := range parts {
		header := p.header
		if header == "" {
			header = `Content-Disposition: form-data; name="` + p.name + `"`
			if p.file != "" {
				header += `; filename="` + p.file + `"` + "\r\nContent-Type: application/octet-stream"
			}
		}
		b.WriteString("--" + boundary + "\r\n" + header + "\r\n\r\n" + p.text + "\r\n")
	}
	return b.String() + "--" + boundary + "--\r\n"
}

func sumOf(data string) string {
	sum := md5.Sum([]byte(data))
	return hex.EncodeToString(sum[:])
}

// An item is a file to be uploaded by v, and what is said of it.
type upload struct {
	by     visitor
	name   string
	data   string // of the whole file
	id     int    // ClientMediaId
	noMD5  bool
	total  string // TotalLen instead of the true one
	fields []part // added
}

func (u upload) request() string {
	total := u.total
	if total == "" {
		total = strconv.Itoa(len(u.data))
	}
	more := ""
	if !u.noMD5 {
		more = `,"FileMd5":"` + sumOf(u.data) + `"`
	}
	return fmt.Sprintf(`{"UploadType":2,%s,"ClientMediaId":%d,"TotalLen":%s,"StartPos":0,"DataLen":%s,"MediaType":4,"FromUserName":"@me","ToUserName":"@you"%s}`,
		u.by.base(), u.id+1, total, total, more)
}

// parts are the parts of the official page, in its order (client-compat.md §9a).
func (u upload) parts(data string, piece ...part) []part {
	p := []part{
		{name: "id", text: "WU_FILE_0"},
		{name: "name", text: u.name},
		{name: "type", text: "application/octet-stream"},
		{name: "lastModifiedDate", text: "Thu Jan 01 1970 08:00:00 GMT+0800"},
		{name: "size", text: strconv.Itoa(len(u.data))},
	}
	p = append(p, piece...)
	p = append(p, part{name: "mediatype", text: "doc"}, part{name: "uploadmediarequest", text: u.request()},
		part{name: "webwx_data_ticket", text: ""}, part{name: "pass_ticket", text: "undefined"})
	p = append(p, u.fields...)
	return append(p, part{name: "filename", file: "blob", text: data})
}

// sendForm posts a form to webwxuploadmedia.
func (h *house) sendForm(body string, header ...string) (heard, wire.UploadMediaResponse) {
	h.t.Helper()
	header = append([]string{"Content-Type", "multipart/form-data; boundary=" + boundary}, header...)
	a := h.knock("POST", base+wire.UploadMedia.Path+"?f=json", body, header...)
	var resp wire.UploadMediaResponse
	resp.BaseResponse.Ret = -999
	if err := wire.Unmarshal([]byte(a.body), &resp); err != nil {
		h.t.Fatalf("upload answered %s", a)
	}
	return a, resp
}

// put uploads a file as a whole and returns its MediaId.
func (h *house) put(v visitor, name, data string) string {
	h.t.Helper()
	u := upload{by: v, name: name, data: data}
	a, resp := h.sendForm(formOf(u.parts(data)...))
	if resp.BaseResponse.Ret != 0 || resp.MediaID == "" || resp.StartPos != int64(len(data)) {
		h.t.Fatalf("upload of %s answered %s", name, a)
	}
	return resp.MediaID
}

// piece uploads one piece of u, size bytes long.
func (h *house) piece(u upload, i, size int) (heard, wire.UploadMediaResponse) {
	h.t.Helper()
	chunks := (len(u.data) + size - 1) / size
	data := u.data[i*size : min((i+1)*size, len(u.data))]
	return h.sendForm(formOf(u.parts(data, part{name: "chunks", text: strconv.Itoa(chunks)}, part{name: "chunk", text: strconv.Itoa(i)})...))
}

// tell sends msg, the inside of Msg without its names, to a user, by op.
func (h *house) tell(v visitor, op, to, msg string) heard {
	h.t.Helper()
	return h.knock("POST", base+cgiBin+op+"?fun=async&f=json", "{"+v.base()+`,"Msg":{`+msg+`,"ToUserName":`+quoted(to)+`},"Scene":0}`)
}

// told is tell that has to succeed; it returns the id.
func (h *house) told(v visitor, op, to, msg string) string {
	h.t.Helper()
	a := h.tell(v, op, to, msg)
	var resp wire.SendMsgResponse
	if err := wire.Unmarshal([]byte(a.body), &resp); err != nil || resp.BaseResponse.Ret != 0 || resp.MsgID == "" {
		h.t.Fatalf("%s of %s answered %s", op, msg, a)
	}
	return resp.MsgID
}

// inbox returns all messages in the box of v that are no notices.
func (h *house) inbox(v visitor) []webwx.Message {
	h.t.Helper()
	var all []webwx.Message
	key := `{"Count":1,"List":[{"Key":2,"Val":600000000}]}`
	for {
		a := h.knock("POST", base+wire.Sync.Path, "{"+v.base()+`,"SyncKey":`+key+`}`)
		var resp wire.SyncResponse
		if err := wire.Unmarshal([]byte(a.body), &resp); err != nil || resp.BaseResponse.Ret != 0 {
			h.t.Fatalf("webwxsync answered %s", a)
		}
		for _, m := range resp.AddMsgList {
			if m.Raw = nil; m.MsgType != webwx.MsgStatusNotify {
				all = append(all, m)
			}
		}
		if resp.ContinueFlag == 0 {
			return all
		}
		next, err := wire.Marshal(&resp.SyncKey)
		if err != nil {
			h.t.Fatal(err)
		}
		key = string(next)
	}
}

// last is the newest message of v.
func (h *house) last(v visitor) webwx.Message {
	h.t.Helper()
	all := h.inbox(v)
	if len(all) == 0 {
		h.t.Fatal("no message came")
	}
	return all[len(all)-1]
}

// fetch gets path with the cookies of v.
func (h *house) fetch(v visitor, path string, header ...string) heard {
	h.t.Helper()
	return h.knock("GET", base+cgiBin+path, "", append([]string{"Cookie", v.cookies}, header...)...)
}

func mediaPath(m webwx.Message) string {
	return "webwxgetmedia?sender=" + url.QueryEscape(string(m.FromUserName)) + "&mediaid=" + url.QueryEscape(m.MediaID) +
		"&encryfilename=" + url.QueryEscape(m.EncryFileName) + "&fromuser=1&pass_ticket=undefined"
}

// is fails unless a holds data under a type, whole.
func (a heard) is(t *testing.T, what, kind, data string) {
	t.Helper()
	if a.status != http.StatusOK || a.body != data || a.header.Get("Content-Type") != kind || a.header.Get("Content-Length") != strconv.Itoa(len(data)) {
		t.Errorf("%s: %d, %q of %s bytes, body equal %t; want 200, %q, %d bytes", what, a.status, a.header.Get("Content-Type"), a.header.Get("Content-Length"), a.body == data, kind, len(data))
	}
	if a.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(a.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%s may run as a page: %v", what, a.header)
	}
}

// isNothing fails unless a is the answer for what there is not.
func (a heard) isNothing(t *testing.T, what string) {
	t.Helper()
	if a.status != http.StatusOK || a.body != "" || a.header.Get("Content-Length") != "0" {
		t.Errorf("%s: want an empty 200, got %s", what, a)
	}
}

// drawing is a picture of w by h pixels.
func drawing(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, color.RGBA{uint8(x), uint8(y), uint8(x ^ y), 255})
		}
	}
	return img
}

func jpegOf(t *testing.T, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, drawing(w, h), nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func pngOf(t *testing.T, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, drawing(w, h)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gifOf(t *testing.T, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, drawing(w, h), nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sizeOf is the size of a picture.
func sizeOf(t *testing.T, data string) image.Point {
	t.Helper()
	conf, _, err := image.DecodeConfig(strings.NewReader(data))
	if err != nil {
		t.Fatalf("%d bytes are no picture: %v", len(data), err)
	}
	return image.Pt(conf.Width, conf.Height)
}
