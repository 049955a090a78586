package wxserver

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// The small things that the official page asks for: endpoints.md §30–§32, §35, §36.

func (s *Server) staticRoutes() {
	s.mux.HandleFunc("GET /zh_CN/htmledition/v2/images/spacer.gif", static("image/gif", spacer))
	s.mux.HandleFunc("GET /zh_CN/htmledition/v2/sound/msg.mp3", static("audio/mpeg", ping))
	s.mux.HandleFunc("GET /favicon.ico", static("image/x-icon", favicon))
	s.mux.HandleFunc("GET /cgi-bin/mmsupport-bin/reportforweb", static("image/gif", spacer))
}

// static answers with a file that never changes.
func static(kind string, file func() []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		_ = serveBytes(w, file()) // a reader that has gone needs no answer
	}
}

func serveBytes(w http.ResponseWriter, b []byte) error {
	h := w.Header()
	h.Set("Content-Length", strconv.Itoa(len(b)))
	h.Set("Cache-Control", "max-age=604800")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(b) // a reader that has gone needs no answer
	return nil
}

func servePicture(w http.ResponseWriter, jpeg []byte) error {
	w.Header().Set("Content-Type", "image/jpeg")
	return serveBytes(w, jpeg)
}

// spacer is one transparent pixel.
func spacer() []byte {
	b, err := base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
	if err != nil {
		panic(err)
	}
	return b
}

// ping is a tenth of a second of silence, in frames of MPEG 1 layer III at 128
// kbit/s: the page plays it with each new message.
func ping() []byte {
	frame := make([]byte, 417)
	copy(frame, "\xff\xfb\x90\x64")
	return bytes.Repeat(frame, 4)
}

// favicon is a green square with room in the middle, as an icon file of one PNG.
var favicon = sync.OnceValue(func() []byte {
	const side = 16
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			img.SetRGBA(x, y, color.RGBA{26, 173, 25, 255})
			if x > 3 && x < 12 && y > 4 && y < 11 {
				img.SetRGBA(x, y, color.RGBA{255, 255, 255, 255})
			}
		}
	}
	var p bytes.Buffer
	if err := png.Encode(&p, img); err != nil {
		panic(err) // a buffer takes everything
	}
	head := []byte{0, 0, 1, 0, 1, 0, side, side, 0, 0, 1, 0, 32, 0}
	head = binary.LittleEndian.AppendUint32(head, uint32(p.Len()))
	head = binary.LittleEndian.AppendUint32(head, uint32(len(head)+4))
	return append(head, p.Bytes()...)
})

// mapPicture answers with a map that shows a pin, and no place on earth: this
// server has no maps. It is the same for all messages, so it tells nothing.
func (s *Server) mapPicture(w http.ResponseWriter, r *http.Request, req *wire.MediaRequest) error {
	sess, err := s.reader(r, req)
	if err == nil && sess == nil {
		err = errNoMedia
	}
	if err != nil {
		return notFound(w, err)
	}
	return servePicture(w, streets())
}

var streets = sync.OnceValue(func() []byte {
	const w, h = 240, 160
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{233, 230, 223, 255}
			if x%60 < 5 || (y+x/6)%48 < 5 {
				c = color.RGBA{255, 255, 255, 255}
			}
			dx, dy := x-w/2, y-h/2
			if dx*dx+(dy+14)*(dy+14) < 100 || dy >= -10 && dy < 6 && dx*2 < 8-dy && -dx*2 < 8-dy {
				c = color.RGBA{218, 68, 52, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return encodeJPEG(img)
})

const maxURL = 8 << 10 // bytes of a link

// checkURL leads a person from a message to what it links to. It does so only for
// a login, and only to web pages; they are not told where the person came from,
// because that address holds the login's secrets.
func (s *Server) checkURL(w http.ResponseWriter, r *http.Request, req *wire.CheckURLRequest) error {
	_, err := s.authenticate(r, wire.QueryOf(req), nil, reads)
	if errors.Is(err, webwx.ErrLoggedOut) {
		return notFound(w, errNoMedia)
	}
	if err != nil {
		return err
	}
	u, err := url.Parse(req.RequestURL)
	if err != nil || len(req.RequestURL) > maxURL || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		http.Error(w, "not the address of a web page", http.StatusBadRequest)
		return nil
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, u.String(), http.StatusFound)
	return nil
}

// statReport accepts everything, also before there is a login, and looks at nothing.
func (s *Server) statReport(w http.ResponseWriter, r *http.Request) {
	_, _ = io.CopyN(io.Discard, r.Body, maxBody) // whatever it is
	s.reply(r, wire.StatReport.Op, wire.StatReport.WriteReply(w, new(wire.StatReportResponse)))
}

// maxFeedback is how many bytes of a remark the operator gets to read.
const maxFeedback = 1000

// sendFeedback writes a remark into the log.
func (s *Server) sendFeedback(ctx context.Context, c *call, req *wire.SendFeedbackRequest) (*wire.SendFeedbackResponse, error) {
	if !s.limits.sends.take(strconv.FormatInt(c.uin, 10)) {
		return nil, refuse(webwx.RetTooOften, "more remarks than this server takes from one account")
	}
	s.log.InfoContext(ctx, "feedback", "uin", c.uin, "text", clip(req.Content, maxFeedback))
	return new(wire.SendFeedbackResponse), nil
}
