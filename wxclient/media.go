package wxclient

import (
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// File is something to send. It is read piece by piece, and again where a piece
// must be repeated, never as a whole.
type File struct {
	// Name is what the receiver sees, without a folder. Its ending says what the
	// file is, to the service and to receivers.
	Name string
	// Size is how many bytes it has.
	Size int64
	// Reader gives the bytes. They must not change while the file is sent.
	Reader io.ReaderAt
	// ContentType is the MIME type. Empty means the one that Name's ending says.
	ContentType string
	// ModTime is when the file was last changed; zero means now.
	ModTime time.Time

	file *os.File // to be closed
}

// OpenFile opens the named file to send it. Close it after the send.
func OpenFile(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &os.PathError{Op: "send", Path: path, Err: errors.New("not a regular file")}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &File{Name: filepath.Base(path), Size: info.Size(), Reader: f, ModTime: info.ModTime(), file: f}, nil
}

// Close closes what [OpenFile] has opened. Other files need no Close.
func (f *File) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

// ext is the ending of the name without the dot, in lower case.
func (f *File) ext() string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(f.Name), "."))
}

func (f *File) contentType() string {
	if f.ContentType != "" {
		return f.ContentType
	}
	t, _, _ := strings.Cut(mime.TypeByExtension("."+f.ext()), ";") // as browsers say it
	return cmp.Or(t, "application/octet-stream")
}

// Progress is told how far a transfer is: done of total bytes, done growing up to
// total. The goroutine that asked for the transfer calls it; it may be nil. total
// is 0 while nobody knows it.
type Progress func(done, total int64)

// tell calls p if there is one.
func (p Progress) tell(done, total int64) {
	if p != nil {
		p(done, total)
	}
}

// MediaKind is how the service files an upload: mediatype in endpoints.md §17.
type MediaKind string

// The kinds of media. The official page uploads a GIF as a document and sends it
// as a sticker (endpoints.md §14).
const (
	MediaPicture MediaKind = "pic"
	MediaVideo   MediaKind = "video"
	MediaDoc     MediaKind = "doc"
)

// Media is a file that the service has. [Client.SendMedia] sends it, to any number
// of receivers while the login lives.
type Media struct {
	ID   string // MediaId
	Kind MediaKind
	Name string
	Size int64
	// Sticker or Voice says as what a document is to be sent if not as a file.
	Sticker, Voice bool
	// Signature is what webwxcheckupload gave a large file.
	Signature string
}

// SendImage uploads a picture and sends it (endpoints.md §13). A GIF that is to
// move goes with [Client.SendSticker].
//
// What goes wrong before the message itself leaves is an ordinary error, and
// nothing is sent; after that, what [Client.SendText] says of errors holds. Ending
// ctx ends the upload. How large a picture or a file may be is the service's to
// say: the official page stops at 20 MB for pictures and videos, 50 MB for files.
func (c *Client) SendImage(ctx context.Context, to webwx.UserName, f *File, progress Progress) (webwx.Sent, error) {
	return c.sendUpload(ctx, to, MediaPicture, f, progress)
}

// SendVideo uploads an MP4 video and sends it (endpoints.md §15); for errors see
// [Client.SendImage].
func (c *Client) SendVideo(ctx context.Context, to webwx.UserName, f *File, progress Progress) (webwx.Sent, error) {
	return c.sendUpload(ctx, to, MediaVideo, f, progress)
}

// SendFile uploads a file of any kind and sends it as a file (endpoints.md §16);
// for errors see [Client.SendImage].
func (c *Client) SendFile(ctx context.Context, to webwx.UserName, f *File, progress Progress) (webwx.Sent, error) {
	return c.sendUpload(ctx, to, MediaDoc, f, progress)
}

// SendSticker uploads a GIF and sends it as a sticker (endpoints.md §14); for
// errors see [Client.SendImage]. A sticker that the service knows goes with
// [Client.Send] by its MD5.
func (c *Client) SendSticker(ctx context.Context, to webwx.UserName, f *File, progress Progress) (webwx.Sent, error) {
	m, err := c.Upload(ctx, to, MediaDoc, f, progress)
	if err != nil {
		return webwx.Sent{}, err
	}
	m.Sticker = true
	return c.SendMedia(ctx, to, m)
}

// SendVoice uploads a recording, such as an MP3, and sends it as a voice message;
// for errors see [Client.SendImage]. No web client of the official service has
// ever sent one, and the protocol has no place for it: this is the way of package
// wxserver, type 34 with the upload's id. Elsewhere it may be refused;
// [Client.SendFile] works everywhere.
func (c *Client) SendVoice(ctx context.Context, to webwx.UserName, f *File, progress Progress) (webwx.Sent, error) {
	m, err := c.Upload(ctx, to, MediaDoc, f, progress)
	if err != nil {
		return webwx.Sent{}, err
	}
	m.Voice = true
	return c.SendMedia(ctx, to, m)
}

func (c *Client) sendUpload(ctx context.Context, to webwx.UserName, kind MediaKind, f *File, progress Progress) (webwx.Sent, error) {
	m, err := c.Upload(ctx, to, kind, f, progress)
	if err != nil {
		return webwx.Sent{}, err
	}
	return c.SendMedia(ctx, to, m)
}

// SendMedia sends what [Client.Upload] has uploaded, as its kind says; for errors
// see [Client.SendText].
func (c *Client) SendMedia(ctx context.Context, to webwx.UserName, m Media) (webwx.Sent, error) {
	var l letter
	switch {
	case m.Sticker:
		l = letter{to: wire.SendEmoticon, fun: "sys", msg: wire.Msg{Type: webwx.MsgEmoticon, EmojiFlag: emojiFlag, MediaID: m.ID}}
	case m.Voice:
		l = letter{to: wire.SendMsg, msg: wire.Msg{Type: webwx.MsgVoice, MediaID: m.ID}}
	case m.Kind == MediaPicture:
		l = letter{to: wire.SendMsgImg, fun: "async", msg: wire.Msg{Type: webwx.MsgImage, MediaID: m.ID}}
	case m.Kind == MediaVideo:
		l = letter{to: wire.SendVideoMsg, fun: "async", msg: wire.Msg{Type: webwx.MsgVideo, MediaID: m.ID}}
	default:
		file := &webwx.File{Name: m.Name, Size: m.Size, Ext: strings.TrimPrefix(filepath.Ext(m.Name), "."), AttachID: m.ID}
		l = appLetter(file.Build().AppMsgType, file.SendXML())
		l.msg.Signature = m.Signature
	}
	return c.post(ctx, to, l)
}
