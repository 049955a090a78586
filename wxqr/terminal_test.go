package wxqr

import (
	"errors"
	"image"
	"strings"
	"testing"
)

// screen draws lines of half blocks as a terminal does, with cells of 6 × 12
// pixels, letters in one shade and the ground in another.
func screen(tb testing.TB, text string, letter, ground byte) image.Image {
	tb.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	const w, h = 6, 12
	columns := len([]rune(lines[0]))
	// The terminal is larger than the code.
	img := image.NewGray(image.Rect(0, 0, (columns+10)*w, (len(lines)+10)*h))
	fill(img.Pix, ground)
	for row, line := range lines {
		cells := []rune(line)
		if len(cells) != columns {
			tb.Fatalf("line %d has %d columns, want %d", row, len(cells), columns)
		}
		for column, cell := range cells {
			upper, lower := strings.ContainsRune("█▀", cell), strings.ContainsRune("█▄", cell)
			for y := range h {
				if y < h/2 && upper || y >= h/2 && lower {
					fill(img.Pix[(row*h+y)*img.Stride+column*w:][:w], letter)
				}
			}
		}
	}
	return img
}

func drawn(tb testing.TB, c *Code, o TerminalOptions) string {
	tb.Helper()
	var b strings.Builder
	if err := c.WriteTerminal(&b, o); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func TestTerminalReadsBack(t *testing.T) {
	for _, test := range []struct {
		name           string
		options        TerminalOptions
		letter, ground byte
	}{
		{"a dark terminal", TerminalOptions{}, 220, 20},
		{"a light terminal", TerminalOptions{Invert: true}, 20, 240},
		{"a light terminal taken for a dark one", TerminalOptions{}, 20, 240},
		{"a dark terminal taken for a light one", TerminalOptions{Invert: true}, 220, 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			img := screen(t, drawn(t, mustEncode(t, loginText), test.options), test.letter, test.ground)
			if got, err := Decode(img); err != nil || got != loginText {
				t.Errorf("read %q, %v, want %q", got, err, loginText)
			}
		})
	}
}

func TestTerminalColor(t *testing.T) {
	const before, after = "\x1b[38;5;16;48;5;231m", "\x1b[0m"
	c := mustEncode(t, loginText)
	for _, invert := range []bool{false, true} {
		text := drawn(t, c, TerminalOptions{Color: true, Invert: invert})
		var plain strings.Builder
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, before) || !strings.HasSuffix(line, after+"\n") {
				t.Fatalf("line %q does not set and reset the colours", line)
			}
			plain.WriteString(strings.TrimSuffix(strings.TrimPrefix(line, before), after+"\n") + "\n")
		}
		if got, want := plain.String(), drawn(t, c, TerminalOptions{Invert: true}); got != want {
			t.Errorf("black on white is\n%s\nwant\n%s", got, want)
		}
	}
}

func TestTerminalSize(t *testing.T) {
	lines := strings.Split(drawn(t, mustEncode(t, "https://login.weixin.qq.com/l/Qx7bPd_kRA=="), TerminalOptions{}), "\n")
	if got, want := len(lines)-1, 17; got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
	if got, want := len([]rune(lines[0])), 33; got != want {
		t.Errorf("%d columns, want %d", got, want)
	}
}

// broken is a terminal that has gone away.
type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestTerminalError(t *testing.T) {
	gone := errors.New("gone")
	if err := mustEncode(t, "x").WriteTerminal(broken{gone}, TerminalOptions{}); !errors.Is(err, gone) {
		t.Errorf("error %v, want %v", err, gone)
	}
}
