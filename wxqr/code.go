// Package wxqr turns text into QR codes and pictures of QR codes back into
// text.
//
// [Encode] makes a [Code]. Show it with [Code.WriteTerminal], send it with
// [Code.PNG], [Code.JPEG] or [Code.SVG], or draw it yourself from [Code.Size]
// and [Code.Black]. [Decode] and [DecodeReader] read a code from a picture,
// photographs included: turned by any angle, seen from the side, unevenly lit,
// noisy.
//
// A login begins with one of these codes, so a program that logs in has to
// show it:
//
//	code, err := wxqr.Encode("https://login.weixin.qq.com/l/" + uuid)
//	if err != nil {
//		return err
//	}
//	return code.WriteTerminal(os.Stderr, wxqr.TerminalOptions{})
//
// Nothing here keeps state: every function may be called from any goroutine,
// and a Code does not change once made. All work is bounded; the limits are
// the constants [MaxSide], [MaxPixels] and [MaxBytes].
package wxqr

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"rsc.io/qr/coding"
)

// QuietZone is the width in modules of the light border that the pictures of a
// code carry on each side. The standard asks for four.
const QuietZone = 4

// ErrTextTooLong is returned by [Encode] for text that no QR code can hold:
// at level M about 2331 bytes, 3391 capital letters and digits, or 5596 digits.
var ErrTextTooLong = errors.New("wxqr: text too long for a QR code")

// maxText is the most that any code can hold at level M, digits alone, so that
// longer text need not be looked at.
const maxText = 5596

// Code is a QR code: a square of dark and light modules without its border.
// [Encode] makes it; the zero value is of no use.
type Code struct {
	// Text is what the code says.
	Text string

	matrix *coding.Code
}

// Encode makes the smallest code that holds text, at error correction level M
// or better. M survives the loss of some 15% of the code, which a shadow or a
// finger needs; L would not, and Q and H cost a larger code, whose modules are
// smaller on the same paper. Where the smallest code has room for Q or H
// anyway, that is taken.
//
// Text must be valid UTF-8 and not empty. Text that does not fit is
// [ErrTextTooLong].
func Encode(text string) (*Code, error) {
	switch {
	case text == "":
		return nil, errors.New("wxqr: empty text")
	case !utf8.ValidString(text):
		return nil, errors.New("wxqr: text is not UTF-8")
	}
	tooLong := fmt.Errorf("%w: %d bytes", ErrTextTooLong, len(text))
	if len(text) > maxText {
		return nil, tooLong
	}
	segment := segmentOf(text)
	version, level, ok := fit(segment)
	if !ok {
		return nil, tooLong
	}
	matrix, err := bestMask(segment, version, level)
	if err != nil {
		return nil, fmt.Errorf("wxqr: encode: %w", err)
	}
	return &Code{Text: text, matrix: matrix}, nil
}

// segmentOf picks the densest mode that can hold all of text.
func segmentOf(text string) coding.Encoding {
	modes := []coding.Encoding{coding.Num(text), coding.Alpha(text)}
	for _, mode := range modes {
		if mode.Check() == nil {
			return mode
		}
	}
	return coding.String(text)
}

// fit finds the smallest version that holds the segment at level M, and the
// best level which that version still affords.
func fit(segment coding.Encoding) (coding.Version, coding.Level, bool) {
	for version := coding.Version(coding.MinVersion); version <= coding.MaxVersion; version++ {
		bits := segment.Bits(version)
		for level := coding.H; level >= coding.M; level-- {
			if bits <= version.DataBytes(level)*8 {
				return version, level, true
			}
		}
	}
	return 0, 0, false
}

// Size is the number of modules on a side, border excluded: 21 to 177, always
// 1 more than a multiple of 4.
func (c *Code) Size() int { return c.matrix.Size }

// Black reports whether the module in column x and row y, counted from the top
// left, is dark. Modules outside of the code are light.
func (c *Code) Black(x, y int) bool { return c.matrix.Black(x, y) }
