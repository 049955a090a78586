package wxserver_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/sqlengine"
)

// Whatever people send each other, no browser runs it as a page of this server.
func TestNothingRunsHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, alice, bob, names := couple(t, wxserver.Options{})
		for name, c := range map[string]struct{ data, kind string }{
			"evil.html": {"<!DOCTYPE html><script>alert(1)</script>", "application/octet-stream"},
			"evil.svg":  {`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "application/octet-stream"},
			"evil.xml":  {`<?xml version="1.0"?><x/>`, "application/octet-stream"},
			"evil.js":   {"alert(1)", "application/octet-stream"},
			"evil.jpg":  {"<script>alert(1)</script>", "application/octet-stream"},
			"evil.txt":  {"<html><script>alert(1)</script>", "text/plain; charset=utf-8"},
			"none":      {"<html>", "application/octet-stream"},
			"empty.txt": {"", "text/plain; charset=utf-8"},
		} {
			id := h.put(alice, name, c.data)
			h.told(alice, "webwxsendappmsg", names[bobsNick], `"Type":6,"Content":`+quoted(`<appmsg><title>`+name+`</title><type>6</type><appattach><attachid>`+id+`</attachid></appattach></appmsg>`)+`,`+ids(1))
			a := h.fetch(bob, mediaPath(h.last(bob)))
			a.is(t, name, c.kind, c.data)
			pic := h.told(alice, "webwxsendmsgimg", names[bobsNick], `"Type":3,"MediaId":`+quoted(id)+`,`+ids(2))
			as := h.fetch(bob, "webwxgetmsgimg?MsgID="+pic)
			as.is(t, name+" as a picture", "application/octet-stream", c.data)
			shown := h.fetch(alice, "webwxpreview?fun=preview&mediaid="+url.QueryEscape(id))
			for what, a := range map[string]heard{"file": a, "picture": as, "preview": shown} {
				if !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
					t.Errorf("%s as a %s is shown: %v", name, what, a.header)
				}
			}
		}
	})
}

// Pictures that are none, or that would take too much, are files like any other.
func TestPicturesThatAreNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		alice := h.letIn(h.phone("alice"))
		huge := []byte(pngOf(t, 1, 1))
		binary.BigEndian.PutUint32(huge[16:], 100_000)
		binary.BigEndian.PutUint32(huge[20:], 100_000)
		binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
		good := pngOf(t, 300, 150)
		for name, c := range map[string]struct {
			data string
			w, h int
		}{
			"good": {good, 180, 90}, "small": {gifOf(t, 3, 2), 3, 2}, "long": {pngOf(t, 2000, 1), 180, 1}, "100,000 by 100,000": {string(huge), 0, 0},
			"cut short": {good[:len(good)/2], 0, 0}, "only a head": {"\x89PNG\r\n\x1a\n", 0, 0}, "only two bytes": {"\xff\xd8", 0, 0}, "a GIF of no size": {"GIF89a\x00\x00\x00\x00\x00\x00\x00", 0, 0},
		} {
			u := upload{by: alice, name: name, data: c.data}
			a, resp := h.sendForm(formOf(u.parts(c.data)...))
			if resp.BaseResponse.Ret != 0 || resp.CDNThumbImgWidth != c.w || resp.CDNThumbImgHeight != c.h {
				t.Errorf("%s: %s, want a thumbnail of %d by %d", name, a, c.w, c.h)
			}
			id := h.told(alice, "webwxsendmsgimg", "filehelper", `"Type":3,"MediaId":`+quoted(resp.MediaID)+`,`+ids(1))
			if small := h.fetch(alice, "webwxgetmsgimg?type=slave&MsgID="+id); c.w == 0 && small.body != c.data {
				t.Errorf("%s: without a thumbnail the whole should come", name)
			}
		}
		for name, data := range map[string]string{
			"an mp4 of no boxes": "\x00\x00\x00\x18ftypisom", "a box of length 0": "\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x00moov", "a box longer than all": "\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\xff\xff\xff\xffmoov",
			"boxes without an end": "\x00\x00\x00\x10ftypisom\x00\x00\x00\x00" + strings.Repeat("\x00\x00\x00\x08free", 1000), "an mp3 of a tag": "ID3\x03\x00\x00\x7f\x7f\x7f\x7f", "an mp3 of a byte": "\xff\xfb\xff\xff",
		} {
			id := quoted(h.put(alice, "x", data))
			video := h.told(alice, "webwxsendvideomsg", "filehelper", `"Type":43,"MediaId":`+id+`,`+ids(2))
			h.fetch(alice, "webwxgetvideo?msgid="+video)
			voice := h.told(alice, "webwxsendmsg", "filehelper", `"Type":34,"MediaId":`+id+`,`+ids(3))
			if a := h.fetch(alice, "webwxgetvoice?msgid="+voice); a.body != data {
				t.Errorf("%s: %s", name, a)
			}
		}
	})
}

// filehelper leads to one's own other devices.
func TestFileHelperMedia(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		phone := h.phone("alice")
		alice := h.letIn(phone)
		data := jpegOf(t, 10, 10)
		id := h.told(alice, "webwxsendmsgimg", "filehelper", `"Type":3,"MediaId":`+quoted(h.put(alice, "a.jpg", data))+`,`+ids(1))
		got := h.last(onPhone(phone))
		if got.MsgID != id || got.ToUserName != "filehelper" {
			t.Errorf("the phone got %+v", got)
		}
		p := onPhone(phone)
		h.knock("GET", base+wire.GetMsgImg.Path+"?MsgID="+id+"&sid="+url.QueryEscape(p.sid)+"&uin="+p.uin, "").is(t, "on the phone", "image/jpeg", data)
	})
}

func TestSmallEndpoints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, log := newSpy(), new(journal)
		h := openOn(t, e, wxserver.Options{Logger: log.logger()}, few)
		alice := h.letIn(h.phone("alice"))
		e.news()
		// webwxcheckurl leads to web pages only, and only who is logged in.
		check := func(target string, header ...string) heard {
			return h.knock("GET", base+wire.CheckURL.Path+"?requrl="+url.QueryEscape(target)+"&skey=&deviceid=e1&pass_ticket=x&opcode=2&scene=1&username=@self", "", header...)
		}
		own := []string{"Cookie", alice.cookies}
		for _, target := range []string{"http://example.com/?a=b&c=d#e", "https://例子.example/路"} {
			a := check(target, own...)
			u, err := url.Parse(target)
			if err != nil {
				t.Fatal(err)
			}
			if a.status != http.StatusFound || a.header.Get("Location") != u.String() || a.header.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("%s: %s", target, a)
			}
			if a := check(target); a.status != http.StatusNotFound || a.header.Get("Location") != "" {
				t.Errorf("%s without a login: %s", target, a)
			}
		}
		for _, target := range []string{"", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.com", "/phone", "ftp://example.com", "http://", "http://a\r\nX: y", "https://" + strings.Repeat("a", 9000)} {
			if a := check(target, own...); a.status != http.StatusBadRequest || a.header.Get("Location") != "" {
				t.Errorf("%.100q: %s", target, a)
			}
		}
		for _, body := range []string{"", "{}", "[", `{"BaseRequest":"","Count":1,"List":[{"Type":1,"Text":"x"}]}`, `{"BaseRequest":{"Uin":"xuin=1","Sid":[]},"Count":"many","List":{}}`, "\xff", strings.Repeat("x", 2<<20)} {
			a := h.knock("POST", base+wire.StatReport.Path+"?fun=new", body)
			if a.status != http.StatusOK || retOf(a) != 0 {
				t.Errorf("webwxstatreport of %.60q: %s", body, a)
			}
		}
		for _, text := range []string{"good", strings.Repeat("bad ", 20000), ""} {
			if a := h.knock("POST", base+wire.SendFeedback.Path, "{"+alice.base()+`,"MachineType":"webwx","Content":"`+text+`","ReportType":0}`); retOf(a) != 0 {
				t.Errorf("webwxsendfeedback: %s", a)
			}
		}
		if text := log.String(); len(text) > 10_000 || !strings.Contains(text, "feedback") {
			t.Errorf("the log has %d bytes", len(text))
		}
		for path, kind := range map[string]string{
			"/zh_CN/htmledition/v2/images/spacer.gif": "image/gif", "/zh_CN/htmledition/v2/sound/msg.mp3": "audio/mpeg", "/favicon.ico": "image/x-icon",
			"/cgi-bin/mmsupport-bin/reportforweb?rid=1&rkey=2&rvalue=3": "image/gif",
		} {
			a := h.knock("GET", base+path, "")
			if a.status != http.StatusOK || a.header.Get("Content-Type") != kind || a.header.Get("Content-Length") != strconv.Itoa(len(a.body)) || len(a.body) == 0 || len(a.body) > 4096 {
				t.Errorf("%s: %s", path, a)
			}
		}
		if news := e.news(); len(news) > 0 {
			t.Errorf("written: %q", news)
		}
		log.quietly(t, secretsOf(t, alice))
	})
}

// A blob that is gone, or shorter than it was, is an error and no short answer.
func TestLostBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newSpy()
		lossy := &shortBlobs{Engine: e}
		h := openOn(t, lossy, wxserver.Options{}, few)
		alice := h.letIn(h.phone("alice"))
		u := upload{by: alice, data: pattern(3000)}
		h.piece(u, 0, 1000)
		h.piece(u, 1, 1000)
		_, resp := h.piece(u, 2, 1000)
		lossy.cut = true
		r, err := http.NewRequestWithContext(t.Context(), "GET", base+wire.GetMedia.Path+"?mediaid="+url.QueryEscape(resp.MediaID), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Cookie", alice.cookies)
		a, err := h.transport.RoundTrip(r)
		if err != nil {
			return
		}
		defer a.Body.Close()
		if text, err := io.ReadAll(a.Body); err == nil && a.StatusCode == http.StatusOK {
			t.Errorf("%d bytes came as if they were all", len(text))
		}
	})
}

type shortBlobs struct {
	wxserver.Engine
	cut bool
}

func (e *shortBlobs) OpenBlob(ctx context.Context, hash string) (io.ReadSeekCloser, error) {
	f, err := e.Engine.OpenBlob(ctx, hash)
	if err != nil || !e.cut {
		return f, err
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return closing{bytes.NewReader(data[:len(data)-1])}, nil
}

type closing struct{ io.ReadSeeker }

func (closing) Close() error { return nil }

// A hundred megabytes go through in little memory, whole and in pieces, both ways.
func TestLargeFilesInLittleMemory(t *testing.T) {
	e, err := sqlengine.Open(t.Context(), t.TempDir(), sqlengine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	s, err := wxserver.New(e, wxserver.Options{TempDir: t.TempDir(), PasswordMemory: 8})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	w, err := wxserver.ReadWorld(strings.NewReader(few))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Populate(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	v := signIn(t, s)
	const size = 100 << 20
	peak := watchHeap(t)
	head := formOf(part{name: "uploadmediarequest", text: fmt.Sprintf(`{%s,"ClientMediaId":1,"TotalLen":%d}`, v.base(), size)})
	head = strings.TrimSuffix(head, "--"+boundary+"--\r\n") + "--" + boundary + "\r\nContent-Disposition: form-data; name=\"filename\"; filename=\"big\"\r\n\r\n"
	whole := post(t, s, io.MultiReader(strings.NewReader(head), io.LimitReader(newNoise(0), size), strings.NewReader("\r\n--"+boundary+"--\r\n")))
	fetchAll(t, s, v, whole.MediaID, size)
	var last wire.UploadMediaResponse
	src := newNoise(1)
	for i := range size / pieceSize {
		data := make([]byte, pieceSize)
		if _, err := io.ReadFull(src, data); err != nil {
			t.Fatal(err)
		}
		last = post(t, s, strings.NewReader(formOf(part{name: "chunks", text: strconv.Itoa(size / pieceSize)}, part{name: "chunk", text: strconv.Itoa(i)},
			part{name: "uploadmediarequest", text: fmt.Sprintf(`{%s,"ClientMediaId":2,"TotalLen":%d}`, v.base(), size)}, part{name: "filename", file: "big", text: string(data)})))
	}
	fetchAll(t, s, v, last.MediaID, size)
	if got := peak(); got > 24<<20 {
		t.Errorf("the heap grew by %d MiB", got>>20)
	}
}

func signIn(t *testing.T, s *wxserver.Server) visitor {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "POST", base+wire.PhoneLogin.Path, strings.NewReader(`{"Name":"alice","Password":"alice-secret"}`))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var resp wire.PhoneLoginResponse
	if err := wire.Unmarshal(w.Body.Bytes(), &resp); err != nil || resp.Sid == "" {
		t.Fatalf("signing in: %s", w.Body)
	}
	return visitor{uin: strconv.FormatInt(resp.Uin, 10), sid: resp.Sid, skey: resp.Skey}
}

func post(t *testing.T, s *wxserver.Server, body io.Reader) wire.UploadMediaResponse {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "POST", base+wire.UploadMedia.Path, body)
	r.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var resp wire.UploadMediaResponse
	if err := wire.Unmarshal(w.Body.Bytes(), &resp); err != nil || resp.BaseResponse.Ret != 0 {
		t.Fatalf("upload: %s", w.Body)
	}
	return resp
}

func fetchAll(t *testing.T, s *wxserver.Server, v visitor, mediaID string, size int64) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", base+wire.GetMedia.Path+"?mediaid="+url.QueryEscape(mediaID)+"&uin="+v.uin+"&sid="+url.QueryEscape(v.sid), nil)
	w := &counter{header: make(http.Header)}
	s.ServeHTTP(w, r)
	if w.n != size || w.status != http.StatusOK {
		t.Errorf("status %d and %d bytes, want %d", w.status, w.n, size)
	}
}

// A counter takes a reply and keeps only how long it is.
type counter struct {
	header http.Header
	status int
	n      int64
}

func (c *counter) Header() http.Header    { return c.header }
func (c *counter) WriteHeader(status int) { c.status = status }
func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// noise gives bytes without an end, no block like another.
type noise struct {
	block []byte
	count uint64
	rest  []byte
}

func newNoise(seed int) *noise { return &noise{block: []byte(pattern(64<<10 + seed))} }

func (n *noise) Read(p []byte) (int, error) {
	if len(n.rest) == 0 {
		n.count++
		binary.BigEndian.PutUint64(n.block, n.count)
		n.rest = n.block
	}
	copied := copy(p, n.rest)
	n.rest = n.rest[copied:]
	return copied, nil
}

// watchHeap returns how far the heap has grown at most until it is asked.
func watchHeap(t *testing.T) func() uint64 {
	t.Helper()
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	runtime.GC()
	start, peak := inUse(), uint64(0)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			peak = max(peak, inUse())
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
	return func() uint64 {
		close(stop)
		wg.Wait()
		return max(peak, start) - start
	}
}
