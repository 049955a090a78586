package wxclient

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

const (
	// pieceSize is how much travels in one request (endpoints.md §17).
	pieceSize = 512 << 10
	// checkFrom is the size above which the service is asked whether it has the
	// file (endpoints.md §18).
	checkFrom = 25 << 20
	// pieceTime is how long one piece may take.
	pieceTime = time.Minute
)

// ErrEmptyFile: a file of no bytes is not sent. The official page refuses it too.
var ErrEmptyFile = errors.New("file is empty")

// Upload gives a file to the service without sending it. to is who will get it
// first; [Client.SendMedia] may send it to others too. It goes in pieces of 512
// KiB, one after the other, each repeated if the network fails. A file above 25
// MiB that the service has already is not uploaded again. When Upload returns, also
// because ctx ended, the file is no longer read.
func (c *Client) Upload(ctx context.Context, to webwx.UserName, kind MediaKind, f *File, progress Progress) (Media, error) {
	self, err := c.loggedIn()
	switch {
	case err != nil:
		return Media{}, err
	case f.Size <= 0:
		return Media{}, fmt.Errorf("%s: %w", f.Name, ErrEmptyFile)
	}
	u := &upload{c: c, f: f, kind: kind, progress: progress}
	u.req = wire.UploadMediaRequest{
		F: "json", UploadType: 2,
		TotalLen: f.Size, DataLen: f.Size, MediaType: attachment,
		FromUserName: self.UserName, ToUserName: to,
	}
	if u.req.FileMD5, err = f.md5(ctx); err != nil {
		return Media{}, err
	}
	m := Media{Kind: kind, Name: f.Name, Size: f.Size}
	if f.Size > checkFrom {
		if m.ID, err = u.check(ctx); err != nil {
			return Media{}, err
		}
	}
	if m.ID == "" {
		if m.ID, err = u.run(ctx); err != nil {
			return Media{}, err
		}
	}
	m.Signature = u.req.Signature
	progress.tell(f.Size, f.Size)
	return m, nil
}

// attachment is the only MediaType that is used (endpoints.md §17).
const attachment = 4

// md5 reads the file once.
func (f *File) md5(ctx context.Context) (string, error) {
	sum, buf := md5.New(), make([]byte, 64<<10)
	r := io.NewSectionReader(f.Reader, 0, f.Size)
	for n := int64(0); n < f.Size; {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		k, err := r.Read(buf)
		sum.Write(buf[:k])
		n += int64(k)
		switch {
		case err == io.EOF && n < f.Size:
			return "", fmt.Errorf("%s: has %d bytes, not %d", f.Name, n, f.Size)
		case err != nil && err != io.EOF:
			return "", fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// upload is one file on its way.
type upload struct {
	c        *Client
	f        *File
	kind     MediaKind
	progress Progress
	told     int64 // the last progress
	req      wire.UploadMediaRequest
}

// check asks whether the service has the file, and returns its id if so.
func (u *upload) check(ctx context.Context) (id string, err error) {
	resp, err := repeat(ctx, u.c, wire.CheckUpload, &wire.CheckUploadRequest{
		FromUserName: u.req.FromUserName, ToUserName: u.req.ToUserName,
		FileSize: u.f.Size, FileMD5: u.req.FileMD5, FileName: u.f.Name, FileType: checkType,
	})
	if err != nil {
		return "", err
	}
	u.req.AESKey, u.req.Signature = resp.AESKey, resp.Signature
	return resp.MediaID, nil
}

// checkType is the only FileType that is used (endpoints.md §18).
const checkType = 7

// run uploads all pieces. Should the service not give an id for the last one, as
// when it had that piece twice, all of them go once more.
func (u *upload) run(ctx context.Context) (id string, err error) {
	for range 2 {
		u.req.ClientMediaID = wire.Number(u.c.mediaID())
		pieces := (u.f.Size + pieceSize - 1) / pieceSize
		for i := range pieces {
			if id, err = u.piece(ctx, i, pieces); err != nil {
				return "", err
			}
			u.advance(min((i+1)*pieceSize, u.f.Size))
		}
		if id != "" {
			return id, nil
		}
	}
	return "", &HTTPError{Op: wire.UploadMedia.Op, Status: http.StatusOK, Err: errors.New("reply without a MediaId")}
}

// advance tells of progress that was not told yet.
func (u *upload) advance(done int64) {
	if done > u.told && done < u.f.Size { // the end is told when the service has an id
		u.told = done
		u.progress.tell(done, u.f.Size)
	}
}

// piece uploads one piece, repeating it if the network fails.
func (u *upload) piece(ctx context.Context, i, pieces int64) (id string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	err = u.c.again(ctx, func() error {
		req := u.req
		k := &call{within: pieceTime, limit: smallBody}
		u.c.fill(wire.BaseOf(&req), wire.QueryOf(&req), k)
		file := &gate{file: u.f.Reader}
		defer file.shut()
		r, err := u.request(ctx, file, &req, i, pieces)
		if err != nil {
			return err
		}
		resp, err := answer(u.c, wire.UploadMedia, r, k)
		if err == nil {
			id = resp.MediaID
		}
		return err
	})
	return id, err
}

// mediaID returns a ClientMediaId: milliseconds, but greater than the one before.
func (c *Client) mediaID() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastFile = max(millis(), c.lastFile+1)
	return c.lastFile
}

// dataTicket is the cookie that uploads and downloads of files repeat.
func (c *Client) dataTicket() string { return c.jar.value(c.base(wire.File), "webwx_data_ticket") }

// passTicket is the ticket with its percent signs decoded (endpoints.md §17).
func (c *Client) passTicket() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	ticket := c.session.Credentials.PassTicket
	if plain, err := url.PathUnescape(ticket); err == nil {
		return plain
	}
	return ticket
}
