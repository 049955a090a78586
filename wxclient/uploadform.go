package wxclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/webwx/webwx/internal/wire"
)

// request writes the form of one piece as the official page does: the same parts
// in the same order (client-compat.md §9a). The piece itself is read from the file
// while it is sent.
func (u *upload) request(ctx context.Context, file io.ReaderAt, req *wire.UploadMediaRequest, i, pieces int64) (*http.Request, error) {
	boundary := fmt.Sprintf("----WebKitFormBoundary%08x%08x", u.c.random(1<<32), u.c.random(1<<32))
	head, err := u.fields(boundary, req, i, pieces)
	if err != nil {
		return nil, err
	}
	start := i * pieceSize
	size := min(pieceSize, u.f.Size-start)
	tail := "\r\n--" + boundary + "--\r\n"

	r, err := wire.UploadMedia.NewRequest(ctx, wire.UploadMedia.Official, u.c.base(wire.File), req)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
	r.ContentLength = int64(len(head)) + size + int64(len(tail))
	r.GetBody = func() (io.ReadCloser, error) {
		piece := io.NewSectionReader(file, start, size)
		return io.NopCloser(io.MultiReader(bytes.NewReader(head), piece, strings.NewReader(tail))), nil
	}
	r.Body, err = r.GetBody()
	return r, err
}

// fields is the form up to the bytes of the piece.
func (u *upload) fields(boundary string, req *wire.UploadMediaRequest, i, pieces int64) ([]byte, error) {
	text, err := wire.Marshal(req)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	field := func(name, value string) {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", boundary, name, value)
	}
	field("id", "WU_FILE_0")
	field("name", u.f.Name)
	field("type", u.f.contentType())
	field("lastModifiedDate", u.f.modified())
	field("size", strconv.FormatInt(u.f.Size, 10))
	if pieces > 1 {
		field("chunks", strconv.FormatInt(pieces, 10))
		field("chunk", strconv.FormatInt(i, 10))
	}
	field("mediatype", string(u.kind))
	field("uploadmediarequest", string(text))
	field("webwx_data_ticket", u.c.dataTicket())
	field("pass_ticket", u.c.passTicket())
	fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"filename\"; filename=\"%s\"\r\nContent-Type: application/octet-stream\r\n\r\n", boundary, quoted.Replace(u.f.Name))
	return b.Bytes(), nil
}

// quoted makes of a file name what browsers put between quotes.
var quoted = strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A")

// modified is the time of the last change as a browser's script prints it.
func (f *File) modified() string {
	t := f.ModTime
	if t.IsZero() {
		t = time.Now()
	}
	return t.UTC().Format("Mon Jan 02 2006 15:04:05 GMT-0700 (Coordinated Universal Time)")
}

// gate lets net/http read a file until it is shut: a request that was given up may
// still be writing when its error is known, and the file is its owner's again.
type gate struct {
	mu   sync.Mutex
	file io.ReaderAt // nil when shut
}

var errShut = errors.New("upload is over")

// ReadAt reads the file.
func (g *gate) ReadAt(p []byte, off int64) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.file == nil {
		return 0, errShut
	}
	return g.file.ReadAt(p, off)
}

// shut waits for a read under way, and allows no more.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.file = nil
}
