package wxserver_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxserver"
)

const pieceSize = 512 << 10 // endpoints.md §17

// pattern is n bytes that repeat nowhere near.
func pattern(n int) string {
	b := make([]byte, n)
	x := uint32(n) + 1
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return string(b)
}

// stored is what v gets back by a MediaId of his own.
func (h *house) stored(v visitor, mediaID string) string {
	h.t.Helper()
	a := h.fetch(v, "webwxgetmedia?mediaid="+url.QueryEscape(mediaID))
	if a.status != http.StatusOK {
		h.t.Fatalf("MediaId %q: %s", mediaID, a)
	}
	return a.body
}

// Pieces may come in any order, twice, and at the same time.
func TestPieces(t *testing.T) {
	orders := map[string][]int{
		"one after the other": {0, 1, 2, 3, 4}, "the other way round": {4, 3, 2, 1, 0}, "mixed": {2, 0, 4, 1, 3},
		"each twice": {0, 0, 1, 1, 2, 2, 3, 3, 4}, "the first again before the last": {0, 1, 2, 3, 0, 4},
	}
	for name, order := range orders {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, wxserver.Options{}, few)
			alice := h.letIn(h.phone("alice"))
			u := upload{by: alice, name: "big.bin", data: pattern(4*pieceSize + 1000)}
			var resp wire.UploadMediaResponse
			for n, i := range order {
				var a heard
				a, resp = h.piece(u, i, pieceSize)
				if isLast := n == len(order)-1; resp.BaseResponse.Ret != 0 || (resp.MediaID != "") != isLast || resp.StartPos != int64(len(u.data)) {
					t.Errorf("%s: piece %d of %v: %s", name, i, order, a)
				}
			}
			if got := h.stored(alice, resp.MediaID); got != u.data {
				t.Errorf("%s: %d bytes came back, of %d, or others", name, len(got), len(u.data))
			}
			// The answer to the last was lost.
			if _, again := h.piece(u, 4, pieceSize); again.MediaID != resp.MediaID {
				t.Errorf("%s: the last piece again: %+v", name, again)
			}
			part := h.fetch(alice, "webwxgetmedia?mediaid="+url.QueryEscape(resp.MediaID), "Range", "bytes=524280-1048600")
			if part.status != http.StatusPartialContent || part.body != u.data[524280:1048601] {
				t.Errorf("%s: a range over three pieces has status %d and %d bytes", name, part.status, len(part.body))
			}
			end := h.fetch(alice, "webwxgetmedia?mediaid="+url.QueryEscape(resp.MediaID), "Range", "bytes=-7")
			if end.body != u.data[len(u.data)-7:] {
				t.Errorf("%s: the last seven bytes are %q", name, end.body)
			}
			if a := h.fetch(alice, "webwxgetmedia?mediaid="+url.QueryEscape(resp.MediaID), "Range", fmt.Sprintf("bytes=%d-", len(u.data))); a.status != http.StatusRequestedRangeNotSatisfiable {
				t.Errorf("%s: a range after the end: %d", name, a.status)
			}
		})
	}
}

func TestPiecesAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		alice := h.letIn(h.phone("alice"))
		const size, chunks = 10 << 10, 16
		u := upload{by: alice, name: "big.bin", data: pattern(chunks * size)}
		var mu sync.Mutex
		var got []string
		var wg sync.WaitGroup
		for i := range chunks {
			wg.Go(func() {
				a, resp := h.piece(u, i, size)
				mu.Lock()
				defer mu.Unlock()
				if resp.BaseResponse.Ret != 0 {
					t.Errorf("piece %d: %s", i, a)
				}
				if resp.MediaID != "" {
					got = append(got, resp.MediaID)
				}
			})
		}
		wg.Wait()
		slices.Sort(got)
		got = slices.Compact(got)
		if len(got) != 1 || h.stored(alice, got[0]) != u.data {
			t.Errorf("MediaIds %q", got)
		}
	})
}

// What does not fit together is refused, and nothing of it stays.
func TestPiecesThatDoNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		alice := h.letIn(h.phone("alice"))
		data := pattern(3000)
		wrong := upload{by: alice, name: "a", data: data}
		send := func(u upload, i int, text string) wire.UploadMediaResponse {
			_, resp := h.sendForm(formOf(u.parts(text, part{name: "chunks", text: "3"}, part{name: "chunk", text: strconv.Itoa(i)})...))
			return resp
		}
		for range 2 {
			send(wrong, 0, data[:1000])
			send(wrong, 1, data[1000:2000])
			if resp := send(wrong, 2, strings.Repeat("x", 1000)); resp.BaseResponse.Ret != webwx.RetParameter || resp.MediaID != "" {
				t.Errorf("a last piece that is wrong: %+v", resp)
			}
		}
		if resp := send(wrong, 2, data[2000:]); resp.MediaID != "" || resp.BaseResponse.Ret != 0 {
			t.Errorf("after that the pieces are still there: %+v", resp)
		}
		long := upload{by: alice, name: "a", data: data, id: 7}
		send(long, 0, data[:2000])
		if resp := send(long, 1, data[:1001]); resp.BaseResponse.Ret != webwx.RetParameter {
			t.Errorf("more than TotalLen: %+v", resp)
		}
		short := upload{by: alice, name: "a", data: data, id: 8}
		send(short, 0, "x")
		send(short, 1, "y")
		if resp := send(short, 2, "z"); resp.BaseResponse.Ret != webwx.RetParameter || resp.MediaID != "" {
			t.Errorf("less than TotalLen: %+v", resp)
		}
		// One that never comes: after an hour the rest is forgotten.
		lost := upload{by: alice, name: "a", data: data, id: 9}
		send(lost, 0, data[:1000])
		send(lost, 1, data[1000:2000])
		time.Sleep(time.Hour + time.Second)
		if resp := send(lost, 2, data[2000:]); resp.MediaID != "" || resp.BaseResponse.Ret != 0 {
			t.Errorf("after an hour: %+v", resp)
		}
		// Two files under one ClientMediaId and no fingerprint, as clients make them
		// within a second: the second is not mixed with the first.
		one := upload{by: alice, name: "a", data: strings.Repeat("a", 3000), noMD5: true}
		two := upload{by: alice, name: "b", data: strings.Repeat("b", 3000), noMD5: true}
		for _, u := range []upload{one, two} {
			send(u, 0, u.data[:1000])
			send(u, 1, u.data[1000:2000])
			if resp := send(u, 2, u.data[2000:]); resp.MediaID == "" || h.stored(alice, resp.MediaID) != u.data {
				t.Errorf("%s: %+v", u.name, resp)
			}
		}
		// Not without an end.
		var last wire.UploadMediaResponse
		for i := range 50 {
			last = send(upload{by: alice, name: "a", data: data, id: 100 + i}, 0, data[:1000])
		}
		if last.BaseResponse.Ret != webwx.RetTooOften {
			t.Errorf("50 unfinished uploads: %+v", last)
		}
	})
}

// Another login's pieces are not one's own.
func TestPiecesOfTwoPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, alice, bob, _ := couple(t, wxserver.Options{})
		data := pattern(2000)
		for _, v := range []visitor{alice, bob} {
			if _, resp := h.piece(upload{by: v, data: data}, 0, 1000); resp.MediaID != "" {
				t.Error("half of a file is there")
			}
		}
		_, resp := h.piece(upload{by: alice, data: data}, 1, 1000)
		if resp.MediaID == "" || h.stored(alice, resp.MediaID) != data {
			t.Errorf("alice's: %+v", resp)
		}
		if a := h.fetch(bob, "webwxgetmedia?mediaid="+url.QueryEscape(resp.MediaID)); a.status != http.StatusNotFound {
			t.Errorf("bob with alice's MediaId: %s", a)
		}
	})
}

// A restart loses no piece: they are not in memory.
func TestPiecesOverARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		alice := h.letIn(h.phone("alice"))
		u := upload{by: alice, name: "a", data: pattern(2000)}
		h.piece(u, 0, 1000)
		h.restart(wxserver.Options{Key: []byte("an example key of 32 bytes......"), PasswordMemory: 8})
		_, resp := h.piece(u, 1, 1000)
		if resp.MediaID == "" || h.stored(alice, resp.MediaID) != u.data {
			t.Errorf("after a restart: %+v", resp)
		}
	})
}

// The forms of the clients that are known (endpoints.md §17, client-compat.md).
func TestUploadForms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		alice := h.letIn(h.phone("alice"))
		data := jpegOf(t, 20, 10)
		bare := fmt.Sprintf(`{%s,"ClientMediaId":17,"TotalLen":%d,"StartPos":0,"DataLen":%d,"MediaType":4}`, alice.base(), len(data), len(data))
		empty := visitor{uin: alice.uin}
		ticket := cookieOf(alice, "webwx_data_ticket")
		file := part{name: "filename", file: "blob", text: data}
		long := part{name: "filename", file: "blob", text: data + strings.Repeat("\x00", 2<<20)}
		request := func(text string) part { return part{name: "uploadmediarequest", text: text} }
		for name, c := range map[string]struct {
			parts  []part
			header []string
			data   string
		}{
			"the official page":                  {parts: upload{by: alice, name: "a.jpg", data: data}.parts(data)},
			"wechat-go: the file first":          {parts: []part{file, {name: "id", text: "WU_FILE_0"}, {name: "name", text: "a.jpg"}, {name: "lastModifieDate", text: "x"}, {name: "size", text: strconv.Itoa(len(data))}, {name: "mediatype", text: "pic"}, request(bare), {name: "webwx_data_ticket", text: ticket + "; Path"}, {name: "pass_ticket", text: "x"}}},
			"the file first, larger than memory": {parts: []part{long, request(fmt.Sprintf(`{%s}`, alice.base()))}, data: long.text},
			"the request first":                  {parts: []part{request(bare), file}},
			"TotalLen as text, as wxBot":         {parts: []part{request(fmt.Sprintf(`{%s,"ClientMediaId":"1700000000","TotalLen":"%d"}`, alice.base(), len(data))), file}},
			"by the ticket alone":                {parts: []part{{name: "webwx_data_ticket", text: ticket}, request(`{"TotalLen":` + strconv.Itoa(len(data)) + `}`), file}},
			"by the ticket and an empty sid":     {parts: []part{request("{" + empty.base() + "}"), file, {name: "webwx_data_ticket", text: ticket + "; Path=/"}}},
			"by cookies":                         {parts: []part{request(`{}`), file}, header: []string{"Cookie", alice.cookies}},
			"without a request":                  {parts: []part{file}, header: []string{"Cookie", alice.cookies}},
			"a type that is none":                {parts: []part{request(bare), {header: `Content-Disposition: form-data; name="filename"; filename="a.jpg"` + "\r\nContent-Type: jpeg", text: data}}},
			"a malformed disposition":            {parts: []part{request(bare), {header: `Content-Disposition: form-data; name="filename"; filename=""a".jpg"`, text: data}}},
			"a name without quotes":              {parts: []part{request(bare), {header: `Content-Disposition: form-data; name=filename; filename=a.jpg`, text: data}}},
			"an encoded name":                    {parts: []part{request(bare), {header: `Content-Disposition: form-data; name="filename"; filename*=utf-8''%E5%9B%BE.jpg`, text: data}}},
			"one chunk of one":                   {parts: []part{{name: "chunk", text: "0"}, {name: "chunks", text: "1"}, request(bare), file}},
			"the pieces said after the file":     {parts: []part{request(bare), file, {name: "chunks", text: "1"}, {name: "chunk", text: "0"}}},
		} {
			a, resp := h.sendForm(formOf(c.parts...), c.header...)
			want := c.data
			if want == "" {
				want = data
			}
			if resp.BaseResponse.Ret != 0 || resp.MediaID == "" || resp.StartPos != int64(len(want)) {
				t.Errorf("%s: %s", name, a)
			} else if h.stored(alice, resp.MediaID) != want {
				t.Errorf("%s: other bytes came back", name)
			}
		}
	})
}

func TestUploadsThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, log := newSpy(), new(journal)
		h := openOn(t, e, wxserver.Options{Logger: log.logger(), MaxUpload: 1 << 20}, few)
		alice, bob := h.letIn(h.phone("alice")), h.letIn(h.phone("bob"))
		data := "some bytes"
		request := func(more string) part {
			return part{name: "uploadmediarequest", text: "{" + alice.base() + `,"ClientMediaId":1` + more + "}"}
		}
		file := part{name: "filename", file: "x", text: data}
		other := bob
		other.uin = alice.uin
		many := make([]part, 100)
		for i := range many {
			many[i] = part{name: "id", text: "x"}
		}
		e.news()
		for name, c := range map[string]struct {
			body string
			want webwx.Ret
		}{
			"a wrong fingerprint":            {formOf(request(`,"FileMd5":"`+strings.Repeat("0", 32)+`"`), file), webwx.RetParameter},
			"a wrong one after the file":     {formOf(file, request(`,"FileMd5":"`+strings.Repeat("0", 32)+`"`)), webwx.RetParameter},
			"a fingerprint that is none":     {formOf(request(`,"FileMd5":"../../x"`), file), webwx.RetParameter},
			"too long by its length":         {formOf(request(`,"TotalLen":4294967296`), file), webwx.RetParameter},
			"a length of 2^63-1":             {formOf(request(`,"TotalLen":9223372036854775807`), file), webwx.RetParameter},
			"a length beyond 64 bits":        {formOf(request(`,"TotalLen":99999999999999999999`), file), webwx.RetParameter},
			"a negative length":              {formOf(request(`,"TotalLen":-1`), file), webwx.RetParameter},
			"a size of 4 GiB":                {formOf(part{name: "size", text: "4294967296"}, request(""), file), webwx.RetParameter},
			"too long in fact":               {formOf(request(""), part{name: "filename", file: "x", text: strings.Repeat("x", 1<<20+1)}), webwx.RetParameter},
			"far too long":                   {formOf(request(""), part{name: "filename", file: "x", text: strings.Repeat("x", 3<<20)}), webwx.RetParameter},
			"shorter than it says":           {formOf(request(`,"TotalLen":11`), file), webwx.RetParameter},
			"longer than it says":            {formOf(request(`,"TotalLen":9`), file), webwx.RetParameter},
			"no file":                        {formOf(request("")), webwx.RetParameter},
			"two files":                      {formOf(request(""), file, file), webwx.RetParameter},
			"a chunk out of range":           {formOf(request(""), part{name: "chunks", text: "3"}, part{name: "chunk", text: "3"}, file), webwx.RetParameter},
			"a negative chunk":               {formOf(request(""), part{name: "chunks", text: "3"}, part{name: "chunk", text: "-1"}, file), webwx.RetParameter},
			"chunks without an end":          {formOf(request(""), part{name: "chunks", text: "4294967296"}, part{name: "chunk", text: "0"}, file), webwx.RetParameter},
			"a chunk that is none":           {formOf(request(""), part{name: "chunk", text: "one"}, file), webwx.RetParameter},
			"a chunk of nothing":             {formOf(request(""), part{name: "chunk", text: "1"}, file), webwx.RetParameter},
			"a request that is no JSON":      {formOf(part{name: "uploadmediarequest", text: "<xml/>"}, file), webwx.RetUnparsable},
			"a request nested without end":   {formOf(part{name: "uploadmediarequest", text: strings.Repeat("[", 60000)}, file), webwx.RetUnparsable},
			"a field over 64 KiB":            {formOf(request(""), part{name: "name", text: strings.Repeat("x", 100<<10)}, file), webwx.RetParameter},
			"too many parts":                 {formOf(append(many, request(""), file)...), webwx.RetParameter},
			"a body that breaks off":         {strings.TrimSuffix(formOf(request(""), file), "--"+boundary+"--\r\n"), webwx.RetUnparsable},
			"a body that breaks off earlier": {formOf(request(""), file)[:200], webwx.RetUnparsable},
			"no form at all":                 {"hello", webwx.RetUnparsable},
			"nothing":                        {"", webwx.RetUnparsable},
			"another's sid":                  {formOf(part{name: "uploadmediarequest", text: "{" + other.base() + "}"}, file), webwx.RetMismatch},
			"nobody's ticket":                {formOf(part{name: "webwx_data_ticket", text: "gSdkfj"}, part{name: "uploadmediarequest", text: "{}"}, file), webwx.RetMismatch},
			"no credentials":                 {formOf(file), webwx.RetMismatch},
		} {
			a, resp := h.sendForm(c.body)
			if a.status != http.StatusOK || resp.BaseResponse.Ret != c.want || resp.MediaID != "" {
				t.Errorf("%s: %s, want Ret %d", name, a, c.want)
			}
			if news := e.news(); len(news) > 0 {
				t.Errorf("%s has written %q", name, news)
			}
		}
		for name, kind := range map[string]string{"no boundary": "multipart/form-data", "another type": "application/json", "none": ""} {
			a := h.knock("POST", base+wire.UploadMedia.Path, formOf(request(""), file), "Content-Type", kind)
			if retOf(a) != webwx.RetUnparsable {
				t.Errorf("%s: %s", name, a)
			}
		}
		if _, resp := h.sendForm(formOf(request(`,"FileMd5":"`+strings.ToUpper(sumOf(data))+`"`), file)); resp.MediaID == "" {
			t.Errorf("after all that a right upload: %+v", resp)
		}
		log.quietly(t, nil)
	})
}

// Names are those of people, not of the file system.
func TestFileNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		alice := h.letIn(h.phone("alice"))
		for name, want := range map[string]string{
			"photo_1.jpg": "photo%5F1%2Ejpg", "../../etc/passwd": "passwd", `C:\Users\a\b.txt`: "b%2Etxt", "/tmp/x.png": "x%2Epng",
			"%E6%8A%A5%E5%91%8A.pdf": "%E6%8A%A5%E5%91%8A%2Epdf", "报告.pdf": "%E6%8A%A5%E5%91%8A%2Epdf", "..%2F..%2Fx.txt": "x%2Etxt", "100% sure": "100%25%20sure",
			"a\x00b\x1f.txt": "ab%2Etxt", "gpj.\u202eexe": "gpj%2Eexe", "..": "file", "": "file", "  . ": "file", "👩‍👩‍👧.png": "%F0%9F%91%A9%E2%80%8D%F0%9F%91%A9%E2%80%8D%F0%9F%91%A7%2Epng",
			"\xff\xfe.txt": "txt", "a\r\nSet-Cookie: x": "aSet%2DCookie%3A%20x",
		} {
			_, resp := h.sendForm(formOf(part{name: "name", text: name}, part{name: "uploadmediarequest", text: "{" + alice.base() + "}"}, part{name: "filename", text: "x"}))
			if resp.EncryFileName != want {
				t.Errorf("%q became %q, want %q", name, resp.EncryFileName, want)
			}
		}
		_, resp := h.sendForm(formOf(part{name: "name", text: strings.Repeat("长", 4000) + ".tar"}, part{name: "uploadmediarequest", text: "{" + alice.base() + "}"}, part{name: "filename", text: "x"}))
		if plain, err := url.PathUnescape(resp.EncryFileName); err != nil || len(plain) > 255 || !strings.HasSuffix(plain, "长.tar") {
			t.Errorf("a name of 12 KB became %q", resp.EncryFileName)
		}
	})
}

// Browsers ask before they upload to another host (endpoints.md §17).
func TestUploadsOfPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{TrustedOrigins: []string{"https://chat.example.com"}}, few)
		alice := h.letIn(h.phone("alice"))
		const official = "https://file.wx.qq.com" + cgiBin + "webwxuploadmedia?f=json"
		body := formOf(upload{by: alice, data: "x"}.parts("x")...)
		kind := "multipart/form-data; boundary=" + boundary
		for _, c := range []struct {
			target, origin, site string
			allowed              bool
		}{
			{official, "https://wx.qq.com", "same-site", true},
			{official, "https://web.wechat.com", "cross-site", false},
			{base + wire.UploadMedia.Path, base, "same-origin", true},
			{base + wire.UploadMedia.Path, "https://chat.example.com", "cross-site", true},
			{base + wire.UploadMedia.Path, "https://evil.example", "cross-site", false},
			{base + wire.UploadMedia.Path, "null", "cross-site", false},
		} {
			ask := h.knock("OPTIONS", c.target, "", "Origin", c.origin, "Access-Control-Request-Method", "POST", "Sec-Fetch-Site", c.site)
			do := h.knock("POST", c.target, body, "Origin", c.origin, "Sec-Fetch-Site", c.site, "Content-Type", kind, "Cookie", alice.cookies)
			for what, a := range map[string]heard{"OPTIONS": ask, "POST": do} {
				want, with := "", ""
				if c.allowed {
					want, with = c.origin, "true"
				}
				if a.header.Get("Access-Control-Allow-Origin") != want || a.header.Get("Access-Control-Allow-Credentials") != with {
					t.Errorf("%s from %s to %s: %s", what, c.origin, c.target, a)
				}
			}
			if ask.status != http.StatusNoContent {
				t.Errorf("OPTIONS from %s: %s", c.origin, ask)
			}
			if ok := do.status == http.StatusOK && retOf(do) == 0; ok != c.allowed {
				t.Errorf("POST from %s: %s", c.origin, do)
			}
		}
		// Cookies alone do not upload from another page, even a trusted one.
		a, resp := h.sendForm(formOf(part{name: "uploadmediarequest", text: "{}"}, part{name: "filename", text: "x"}), "Origin", "https://chat.example.com", "Cookie", alice.cookies)
		if resp.BaseResponse.Ret != webwx.RetMismatch {
			t.Errorf("by cookies from another origin: %s", a)
		}
	})
}

// webwxcheckupload knows what the same account has uploaded, and nothing else.
func TestCheckUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, alice, bob, names := couple(t, wxserver.Options{})
		data := pattern(5000)
		check := func(v visitor, md5 string, size int) wire.CheckUploadResponse {
			a := h.knock("POST", base+wire.CheckUpload.Path, "{"+v.base()+fmt.Sprintf(`,"FromUserName":"","ToUserName":"","FileSize":%d,"FileMd5":"%s","FileName":"报告_1.pdf","FileType":7}`, size, md5))
			var resp wire.CheckUploadResponse
			if err := wire.Unmarshal([]byte(a.body), &resp); err != nil {
				t.Fatal(err)
			}
			return resp
		}
		none := check(alice, sumOf(data), len(data))
		if none.MediaID != "" || len(none.AESKey) != 32 || none.Signature == "" || none.EncryFileName != "%E6%8A%A5%E5%91%8A%5F1%2Epdf" {
			t.Errorf("before: %+v", none)
		}
		u := upload{by: alice, name: "报告_1.pdf", data: data}
		h.sendForm(formOf(u.parts(data)...))
		known := check(alice, strings.ToUpper(sumOf(data)), len(data))
		if known.MediaID == "" || h.stored(alice, known.MediaID) != data {
			t.Errorf("after: %+v", known)
		}
		if his := check(bob, sumOf(data), len(data)); his.MediaID != "" || his.AESKey == known.AESKey {
			t.Errorf("bob's: %+v", his)
		}
		if other := check(alice, sumOf(data), len(data)+1); other.MediaID != "" {
			t.Errorf("another size: %+v", other)
		}
		h.told(alice, "webwxsendappmsg", names[bobsNick], `"Type":6,"Content":"<appmsg><title>报告</title><type>6</type><appattach><attachid>`+known.MediaID+`</attachid></appattach></appmsg>","Signature":`+quoted(known.Signature)+`,`+ids(1))
		h.fetch(bob, mediaPath(h.last(bob))).is(t, "sent at once", "application/octet-stream", data)
		for name, resp := range map[string]wire.CheckUploadResponse{
			"no fingerprint": check(alice, "", 1), "not one": check(alice, "x", 1), "4 GiB": check(alice, sumOf(data), 1<<32), "negative": check(alice, sumOf(data), -1),
		} {
			if resp.BaseResponse.Ret != webwx.RetParameter || resp.MediaID != "" || resp.Signature != "" {
				t.Errorf("%s: %+v", name, resp)
			}
		}
	})
}

// An upload may take long, as long as it goes on.
func TestSlowUploads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, few)
		alice := h.letIn(h.phone("alice"))
		data := pattern(4 << 20)
		body := formOf(part{name: "uploadmediarequest", text: "{" + alice.base() + "}"}, part{name: "filename", file: "x", text: data})
		var wg sync.WaitGroup
		defer wg.Wait()
		send := func(perSecond int) (*http.Response, error) {
			r, w := io.Pipe()
			wg.Go(func() {
				for rest := body; rest != ""; {
					n := min(len(rest), perSecond)
					if _, err := w.Write([]byte(rest[:n])); err != nil {
						return
					}
					rest = rest[n:]
					time.Sleep(time.Second)
				}
				_ = w.Close() // never fails
			})
			req, err := http.NewRequestWithContext(t.Context(), "POST", base+wire.UploadMedia.Path, r)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
			return h.transport.RoundTrip(req)
		}
		start := time.Now()
		resp, err := send(40 << 10)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		var got wire.UploadMediaResponse
		if err := errors.Join(err, wire.Unmarshal(text, &got)); err != nil || got.MediaID == "" || time.Since(start) < 90*time.Second {
			t.Errorf("after %v: %s, %v", time.Since(start), text, err)
		}
		start = time.Now()
		resp, err = send(500)
		if err == nil {
			defer resp.Body.Close()
			if text, err = io.ReadAll(resp.Body); err == nil && strings.Contains(string(text), `"Ret":0`) {
				t.Errorf("500 bytes a second: %s", text)
			}
		}
		if after := time.Since(start); after > 3*time.Minute {
			t.Errorf("500 bytes a second are borne for %v", after)
		}
	})
}

// A trouble of the server's own is told as such, and leaves nothing half done.
func TestUploadsInTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newSpy()
		h := openOn(t, e, wxserver.Options{}, few)
		alice := h.letIn(h.phone("alice"))
		u := upload{by: alice, name: "a", data: pattern(2000)}
		h.piece(u, 0, 1000)
		picture := quoted(h.put(alice, "a.gif", gifOf(t, 2, 2)))
		for _, op := range []string{"Commit", "Get"} {
			e.failing(func(got string) error {
				if got == op {
					return errors.New("no room on the disk")
				}
				return nil
			})
			for what, a := range map[string]heard{
				"a file": first(h.sendForm(formOf(u.parts(u.data)...))), "a piece": first(h.piece(u, 1, 1000)),
				"a send": h.tell(alice, "webwxsendmsgimg", "filehelper", `"Type":3,"MediaId":`+picture+`,`+ids(1)),
			} {
				if retOf(a) != webwx.RetSystem || strings.Contains(a.body, "disk") {
					t.Errorf("%s while %s fails: %s", what, op, a)
				}
			}
			e.failing(nil)
		}
		if _, resp := h.piece(u, 1, 1000); resp.MediaID == "" || h.stored(alice, resp.MediaID) != u.data {
			t.Errorf("afterwards: %+v", resp)
		}
	})
}

func first(a heard, _ wire.UploadMediaResponse) heard { return a }
