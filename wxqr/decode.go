package wxqr

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
)

const (
	// MaxPixels is the largest area of a picture that is decoded: 16
	// megapixels, a little more than most cameras of phones deliver.
	MaxPixels = 16 << 20

	// MaxBytes is the largest picture file that [DecodeReader] reads, 16 MiB.
	MaxBytes = 16 << 20

	// maxScans bounds the passes of a progressive JPEG over its picture. An
	// encoder makes about ten; a file made to keep us busy, a million.
	maxScans = 100
)

var (
	// ErrNoCode is returned when no QR code could be read from a picture:
	// there is none, or it is too small, too blurred or too damaged.
	ErrNoCode = errors.New("wxqr: no QR code in the picture")

	// ErrTooLarge is returned for a picture of more than [MaxPixels] or a file
	// of more than [MaxBytes].
	ErrTooLarge = errors.New("wxqr: picture too large")

	// ErrFormat is returned by [DecodeReader] for a file that is no picture
	// in PNG, JPEG or GIF, or a broken one.
	ErrFormat = errors.New("wxqr: not a PNG, JPEG or GIF picture")
)

// Decode reads the QR code in a picture and returns its text. The code may be
// turned by any angle, mirrored, light on dark, seen from the side, or one
// small part of the picture; each module should be 3 pixels wide or more. Of
// several codes it returns one.
//
// Errors are [ErrNoCode] and [ErrTooLarge]. The text is a stranger's: check it
// before use.
//
// A code is mostly found in milliseconds. To give up on a picture of 16
// megapixels takes about a second, and 120 MB of memory beside the picture,
// which when decoded from a file may itself take 250 MB; a server should limit
// how many it looks at together.
func Decode(img image.Image) (string, error) {
	if img == nil {
		return "", ErrNoCode
	}
	size := img.Bounds().Size()
	if err := checkArea(size.X, size.Y); err != nil {
		return "", err
	}
	return search(luminance(img))
}

// DecodeReader is [Decode] for a picture file in PNG, JPEG or GIF, of which
// only the first frame counts. The format is told by the file's first bytes.
// It reads up to [MaxBytes] and looks at the size of the picture before it
// makes room for one.
//
// Errors are those of Decode, [ErrFormat], and those of r.
func DecodeReader(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return "", fmt.Errorf("wxqr: read picture: %w", err)
	}
	if len(data) > MaxBytes {
		return "", fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxBytes)
	}
	img, err := open(data)
	if err != nil {
		return "", err
	}
	return Decode(img)
}

// format is a kind of picture file. The formats are listed here rather than
// taken from the registry of package image, where any import may add one whose
// decoder is not bounded.
type format struct {
	magic  string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var formats = [...]format{
	{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
	{"\xff\xd8", jpeg.DecodeConfig, jpeg.Decode},
	{"GIF8", gif.DecodeConfig, gif.Decode},
}

// open decodes a picture file if its size is within bounds.
func open(data []byte) (image.Image, error) {
	for _, f := range formats {
		if !bytes.HasPrefix(data, []byte(f.magic)) {
			continue
		}
		config, err := f.config(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		if err := checkArea(config.Width, config.Height); err != nil {
			return nil, err
		}
		if bytes.Count(data, []byte{0xff, 0xda}) > maxScans && f.magic == "\xff\xd8" {
			return nil, fmt.Errorf("%w: more than %d scans", ErrFormat, maxScans)
		}
		img, err := f.decode(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		return img, nil
	}
	return nil, ErrFormat
}

// checkArea refuses pictures that are empty or too large.
func checkArea(width, height int) error {
	switch {
	case width <= 0 || height <= 0:
		return ErrNoCode
	case width > MaxPixels || height > MaxPixels/width:
		return fmt.Errorf("%w: %d × %d pixels", ErrTooLarge, width, height)
	}
	return nil
}
