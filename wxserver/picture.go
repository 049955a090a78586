package wxserver

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	_ "image/gif" // pictures that people send
	"image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"strings"
	"sync"
)

const (
	thumbSide = 180      // pixels of a thumbnail's longer side
	maxPixels = 16 << 20 // of a picture that is decoded: some 64 MiB of memory
	painters  = 2        // how many are decoded at a time
)

// examine fills in what the bytes of a file tell: its type, and of a picture its
// size and a thumbnail. It reads a bounded part of r, and what it cannot make
// sense of is a file like any other.
func (s *Server) examine(ctx context.Context, m *media, r io.ReadSeeker) error {
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	m.Type = sniff(head[:n])
	if _, err = r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(m.Type, "image/"):
		return s.paint(ctx, m, r)
	case m.Type == "video/mp4":
		m.Millis, err = mp4Length(r, m.Size)
	case m.Type == "audio/mpeg":
		m.Millis, err = mp3Length(r, m.Size)
	}
	return err
}

// sniff tells the type of a file from its first bytes.
func sniff(head []byte) string {
	switch {
	case len(head) > 11 && string(head[4:8]) == "ftyp" && string(head[8:10]) != "he": // not HEIC
		return "video/mp4"
	case len(head) > 3 && head[0] == 0xff && head[1]&0xe6 == 0xe2: // a frame of layer III
		return "audio/mpeg"
	case bytes.HasPrefix(head, []byte("#!AMR")):
		return "audio/amr"
	case bytes.HasPrefix(head, []byte("#!SILK")), bytes.HasPrefix(head, []byte("\x02#!SILK")):
		return "audio/silk"
	}
	kind, _, _ := strings.Cut(http.DetectContentType(head), ";")
	return kind
}

// paint measures a picture and makes its thumbnail. One that is too large to be
// decoded, or of a kind that is not known here, has none.
func (s *Server) paint(ctx context.Context, m *media, r io.ReadSeeker) error {
	src := &source{r: r}
	conf, _, err := image.DecodeConfig(src)
	if err != nil || conf.Width <= 0 || conf.Height <= 0 {
		return src.err
	}
	m.Width, m.Height = conf.Width, conf.Height
	if conf.Width > maxPixels/conf.Height {
		return nil
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	select {
	case s.painting <- struct{}{}:
		defer func() { <-s.painting }()
	case <-ctx.Done():
		return ctx.Err()
	}
	img, _, err := image.Decode(src)
	if err != nil {
		return src.err
	}
	w, h := fit(conf.Width, conf.Height)
	return s.keepThumb(ctx, m, shrink(img, w, h))
}

func (s *Server) keepThumb(ctx context.Context, m *media, img image.Image) error {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 80}); err != nil {
		return err
	}
	ref, err := s.engine.PutBlob(ctx, &b, int64(b.Len()))
	m.Thumb = &thumb{Hash: ref.Hash, Size: ref.Size, Width: img.Bounds().Dx(), Height: img.Bounds().Dy()}
	if err != nil {
		m.Thumb = nil
	}
	return err
}

// A source tells an engine's error from that of a picture which cannot be decoded.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// fit is the size of a thumbnail.
func fit(w, h int) (int, int) {
	if long := max(w, h); long > thumbSide {
		return max(w*thumbSide/long, 1), max(h*thumbSide/long, 1)
	}
	return w, h
}

// shrink draws img w by h pixels large, on white. Each pixel is the mean of up to
// 4 by 4 of those it stands for.
func shrink(img image.Image, w, h int) image.Image {
	const samples = 4
	from := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			var r, g, b uint32
			for i := range samples * samples {
				sx := (x*samples + i%samples) * from.Dx() / (w * samples)
				sy := (y*samples + i/samples) * from.Dy() / (h * samples)
				cr, cg, cb, ca := img.At(from.Min.X+sx, from.Min.Y+sy).RGBA()
				r, g, b = r+(cr+0xffff-ca)>>8, g+(cg+0xffff-ca)>>8, b+(cb+0xffff-ca)>>8
			}
			const n = samples * samples
			out.SetRGBA(x, y, color.RGBA{uint8(r / n), uint8(g / n), uint8(b / n), 255})
		}
	}
	return out
}

// film is what stands for a video of which no picture is known.
var film = sync.OnceValue(func() []byte {
	img := image.NewRGBA(image.Rect(0, 0, filmWidth, filmHeight))
	for y := range filmHeight {
		for x := range filmWidth {
			c := color.RGBA{48, 48, 52, 255}
			// A triangle that points to the right.
			if dx, dy := x-filmWidth/2+12, y-filmHeight/2; dx >= 0 && dx < 30 && dy < 18-dx*18/30 && -dy < 18-dx*18/30 {
				c = color.RGBA{235, 235, 235, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return encodeJPEG(img)
})

const (
	filmWidth  = 120
	filmHeight = 90
)

func encodeJPEG(img image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}
