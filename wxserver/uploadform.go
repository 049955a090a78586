package wxserver

import (
	"cmp"
	"io"
	"mime/multipart"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// uploadForm is what an upload says besides the file itself (endpoints.md §17).
type uploadForm struct {
	req    wire.UploadMediaRequest
	name   string
	ticket string
	md5    string
	total  int64 // 0 if nothing says it
	chunk  int
	chunks int // 0 or 1: the file comes as a whole
	spool  spool
}

// proof reports whether the form itself names a login.
func (f *uploadForm) proof() bool { return f.req.BaseRequest.Sid != "" || f.ticket != "" }

// field takes a part that is not the file. What no known client sends is skipped,
// and so is what stands there under a name that some of them misspell, since
// nothing depends on it.
func (f *uploadForm) field(name string, p io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(p, maxField+1))
	if err != nil {
		return err
	}
	if len(raw) > maxField {
		return refuse(webwx.RetParameter, "a field is over 64 KiB")
	}
	text := strings.TrimSpace(string(raw))
	switch strings.ToLower(name) {
	case "name":
		f.name = string(raw)
	case "size":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			f.total = cmp.Or(f.total, n)
		}
	case "chunk", "chunks":
		return f.piece(strings.ToLower(name), text)
	case "webwx_data_ticket":
		f.ticket = text
	case "uploadmediarequest":
		return f.request(raw)
	}
	return nil
}

func (f *uploadForm) piece(name, text string) error {
	n, err := strconv.Atoi(cmp.Or(text, "0"))
	if err != nil || n < 0 || n > maxPieces {
		return refuse(webwx.RetParameter, name+" is out of range")
	}
	if name == "chunk" {
		f.chunk = n
	} else {
		f.chunks = n
	}
	return nil
}

func (f *uploadForm) request(raw []byte) error {
	if err := wire.Unmarshal(raw, &f.req); err != nil {
		if _, ok := err.(*wire.TypeError); ok {
			return err
		}
		return wire.ErrUnparsable
	}
	md5, ok := cleanMD5(f.req.FileMD5)
	if !ok {
		return refuse(webwx.RetParameter, "FileMd5 is no MD5")
	}
	if f.req.TotalLen < 0 || f.req.TotalLen > tooMuch {
		return refuse(webwx.RetParameter, "TotalLen is out of range")
	}
	f.md5, f.total = md5, cmp.Or(f.req.TotalLen, f.total)
	return nil
}

// check looks at the form as a whole.
func (f *uploadForm) check(limit int64) error {
	switch {
	case f.spool.md5 == nil:
		return refuse(webwx.RetParameter, "no file")
	case f.total < 0, f.total > limit:
		return refuse(webwx.RetParameter, "file over "+sizeText(limit))
	case f.chunk > 0 && f.chunk >= f.chunks:
		return refuse(webwx.RetParameter, "chunk is out of range")
	}
	f.name = fileName(f.name)
	return nil
}

var (
	namePattern     = regexp.MustCompile(`(?i)[; ]name="?([^";]*)`)
	fileNamePattern = regexp.MustCompile(`(?i)[; ]filename="?([^";]*)`)
)

// partName returns the name of a part, also of one whose header is malformed, and
// whether it is the file.
func partName(p *multipart.Part) (name string, isFile bool) {
	name = p.FormName()
	if name == "" {
		if m := namePattern.FindStringSubmatch(p.Header.Get("Content-Disposition")); m != nil {
			name = m[1]
		}
	}
	return name, name == "filename" || rawFileName(p) != "" && !knownField[strings.ToLower(name)]
}

var knownField = map[string]bool{
	"id": true, "name": true, "type": true, "size": true, "chunk": true, "chunks": true, "mediatype": true,
	"uploadmediarequest": true, "webwx_data_ticket": true, "pass_ticket": true,
}

func rawFileName(p *multipart.Part) string {
	if name := p.FileName(); name != "" {
		return name
	}
	if m := fileNamePattern.FindStringSubmatch(p.Header.Get("Content-Disposition")); m != nil {
		return m[1]
	}
	return ""
}

// sizeText is a number of bytes for people.
func sizeText(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}

// A crowd counts who is in, so that nobody takes all the room.
type crowd struct {
	mu    sync.Mutex
	limit int
	in    map[int64]int
}

func (c *crowd) enter(who int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.in == nil {
		c.in = make(map[int64]int)
	}
	if c.in[who] >= c.limit {
		return false
	}
	c.in[who]++
	return true
}

func (c *crowd) leave(who int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.in[who]--; c.in[who] == 0 {
		delete(c.in, who)
	}
}
