package wxqr

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
)

const loginText = "https://login.weixin.qq.com/l/Qx7bPd_kRA=="

// texts are what a code may hold, by the name of what is special about them.
var texts = map[string]string{
	"a login code":            loginText,
	"one letter":              "x",
	"digits":                  "0123456789012345678901",
	"capital letters":         "HTTPS://WEB.WECHAT.COM/",
	"Chinese":                 "微信网页版",
	"two bytes of UTF-8":      "é",
	"an emoji":                "👋🏽 hello",
	"lines and a zero byte":   "a\nb\x00c",
	"a text of many versions": strings.Repeat("https://wx.qq.com/", 20),
}

func mustEncode(tb testing.TB, text string) *Code {
	tb.Helper()
	c, err := Encode(text)
	if err != nil {
		tb.Fatalf("Encode(%q): %v", text, err)
	}
	return c
}

// modules is the matrix of a code as the decoder takes it.
func modules(c *Code) *gozxing.BitMatrix {
	bits, _ := gozxing.NewSquareBitMatrix(c.Size())
	for y := range c.Size() {
		for x := range c.Size() {
			if c.Black(x, y) {
				bits.Set(x, y)
			}
		}
	}
	return bits
}

func TestEncodeText(t *testing.T) {
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			c := mustEncode(t, text)
			if c.Text != text {
				t.Errorf("Text = %q, want %q", c.Text, text)
			}
			if got, ok := decode(modules(c)); !ok || got != text {
				t.Errorf("decoded %q, %v, want %q", got, ok, text)
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, test := range []struct {
		name, text, want string
	}{
		{"empty text", "", "wxqr: empty text"},
		{"a text that is not UTF-8", "a\xff", "wxqr: text is not UTF-8"},
		{"one byte too many", strings.Repeat("x", 2332), "wxqr: text too long for a QR code: 2332 bytes"},
		{"one letter too many", strings.Repeat("X", 3392), "wxqr: text too long for a QR code: 3392 bytes"},
		{"one digit too many", strings.Repeat("1", 5597), "wxqr: text too long for a QR code: 5597 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Encode(test.text)
			if got := fmt.Sprint(err); got != test.want {
				t.Errorf("error %q, want %q", got, test.want)
			}
			if got, want := errors.Is(err, ErrTextTooLong), strings.Contains(test.want, "long"); got != want {
				t.Errorf("is ErrTextTooLong = %v, want %v", got, want)
			}
		})
	}
}

// TestEncodeVersions makes the fullest code of every version, up to the limits
// that ErrTextTooLong names.
func TestEncodeVersions(t *testing.T) {
	seen := map[int]bool{}
	for n := 14; n <= 2331; n++ {
		text := strings.Repeat("x", n)
		version, _, _ := fit(segmentOf(text))
		if seen[int(version)] {
			continue
		}
		seen[int(version)] = true
		c := mustEncode(t, text)
		if got, want := c.Size(), 17+4*int(version); got != want {
			t.Errorf("%d bytes: size %d, want %d", n, got, want)
		}
		if got, ok := decode(modules(c)); !ok || got != text {
			t.Errorf("%d bytes: decoded %q, %v", n, got, ok)
		}
	}
	if got, want := len(seen), 40; got != want {
		t.Errorf("tried %d versions, want %d", got, want)
	}
	for _, text := range []string{strings.Repeat("X", 3391), strings.Repeat("1", 5596)} {
		if got := mustEncode(t, text).Size(); got != 177 {
			t.Errorf("size %d for %d letters, want 177", got, len(text))
		}
	}
}

func TestBlackOutsideIsLight(t *testing.T) {
	c := mustEncode(t, "x")
	for _, p := range [][2]int{{-1, 0}, {0, -1}, {c.Size(), 0}, {0, c.Size()}, {1 << 30, 1 << 30}} {
		if c.Black(p[0], p[1]) {
			t.Errorf("Black(%d, %d) = true outside of the code", p[0], p[1])
		}
	}
	if !c.Black(0, 0) {
		t.Error("Black(0, 0) = false, want the corner of a finder pattern")
	}
}
