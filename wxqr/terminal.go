package wxqr

import (
	"fmt"
	"io"
	"strings"
)

// terminalZone is the border in modules on a terminal. Readers make do with
// two, and the rows saved let a login code fit a window of 24 lines.
const terminalZone = 2

// TerminalOptions says how a code is drawn with characters. The zero value is
// plain text for a terminal with light letters on a dark ground.
//
// Plain text cannot know the colours of the terminal: drawn the wrong way
// round, light and dark change places. Many readers, [Decode] and most phones
// among them, read that too, but not all do. Set Invert on terminals with a
// light ground, or Color where escape sequences are understood.
type TerminalOptions struct {
	// Invert draws for dark letters on a light ground, such as paper or a
	// light terminal. The default is light letters on a dark ground.
	Invert bool

	// Color sets black and white by escape sequences, so that the code is
	// right on any ground; Invert then means nothing. The colours are of the
	// 256 colour palette, which themes leave alone. The default is plain text.
	Color bool
}

// WriteTerminal draws the code with half blocks (█ ▀ ▄ and blanks), two rows of
// modules to a line, with a border of two modules. Each line ends in a newline.
// A login code takes 33 columns and 17 lines. The characters must be about
// twice as high as wide, as they are on nearly every terminal.
//
// The code is written in a single Write. The error is that of w.
func (c *Code) WriteTerminal(w io.Writer, o TerminalOptions) error {
	before, after, ink := "", "", false // the letters are the light modules
	switch {
	case o.Color:
		before, after, ink = "\x1b[38;5;16;48;5;231m", "\x1b[0m", true
	case o.Invert:
		ink = true
	}
	var b strings.Builder
	for y := -terminalZone; y < c.Size()+terminalZone; y += 2 {
		b.WriteString(before)
		for x := -terminalZone; x < c.Size()+terminalZone; x++ {
			b.WriteRune(halfBlock(c.Black(x, y) == ink, c.Black(x, y+1) == ink))
		}
		b.WriteString(after)
		b.WriteByte('\n')
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("wxqr: write terminal: %w", err)
	}
	return nil
}

// halfBlock is the character whose upper and lower halves are inked as told.
func halfBlock(upper, lower bool) rune {
	switch {
	case upper && lower:
		return '█'
	case upper:
		return '▀'
	case lower:
		return '▄'
	}
	return ' '
}
