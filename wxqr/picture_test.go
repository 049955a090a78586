package wxqr

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"regexp"
	"strconv"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

func TestPicturesReadBack(t *testing.T) {
	writers := map[string]func(*Code, int) ([]byte, error){"PNG": (*Code).PNG, "JPEG": (*Code).JPEG}
	for kind, write := range writers {
		for name, text := range texts {
			for _, scale := range []int{2, 5, 10} {
				t.Run(fmt.Sprintf("%s of %s at scale %d", kind, name, scale), func(t *testing.T) {
					data, err := write(mustEncode(t, text), scale)
					if err != nil {
						t.Fatal(err)
					}
					got, err := DecodeReader(bytes.NewReader(data))
					if err != nil || got != text {
						t.Errorf("read %q, %v, want %q", got, err, text)
					}
				})
			}
		}
	}
}

// TestStockReader shows our pictures to a reader that shares none of our
// search.
func TestStockReader(t *testing.T) {
	c := mustEncode(t, loginText)
	for _, scale := range []int{3, 6, 10} {
		data, err := c.JPEG(scale)
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
		if err != nil {
			t.Fatal(err)
		}
		result, err := qrcode.NewQRCodeReader().DecodeWithoutHints(bitmap)
		if err != nil {
			t.Errorf("scale %d: %v", scale, err)
			continue
		}
		if got := result.GetText(); got != loginText {
			t.Errorf("scale %d: read %q, want %q", scale, got, loginText)
		}
	}
}

func TestImageHasBorder(t *testing.T) {
	c := mustEncode(t, loginText)
	img, err := c.Image(3)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := img.Bounds(), image.Rect(0, 0, 3*(c.Size()+8), 3*(c.Size()+8)); got != want {
		t.Errorf("bounds %v, want %v", got, want)
	}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			want := color.Gray{Y: 255}
			if c.Black(x/3-4, y/3-4) && x >= 12 && y >= 12 {
				want.Y = 0
			}
			if got := img.At(x, y); got != want {
				t.Fatalf("pixel %d, %d is %v, want %v", x, y, got, want)
			}
		}
	}
}

func TestScaleBounds(t *testing.T) {
	c := mustEncode(t, loginText)
	for _, scale := range []int{-1, 0, c.MaxScale() + 1, 1 << 30} {
		want := fmt.Sprintf("wxqr: scale %d is not from 1 to %d", scale, c.MaxScale())
		_, err1 := c.PNG(scale)
		_, err2 := c.JPEG(scale)
		img, err3 := c.Image(scale)
		if img != nil {
			t.Errorf("scale %d: a picture beside the error", scale)
		}
		for _, err := range []error{err1, err2, err3} {
			if got := fmt.Sprint(err); got != want {
				t.Errorf("error %q, want %q", got, want)
			}
		}
	}
	for _, scale := range []int{1, c.MaxScale()} {
		if img, err := c.Image(scale); err != nil || img.Bounds().Dx() > MaxSide {
			t.Errorf("scale %d: %v, want a picture of up to %d pixels", scale, err, MaxSide)
		}
	}
}

var (
	svgBox = regexp.MustCompile(`viewBox="0 0 (\d+) (\d+)"`)
	svgRun = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)
)

func TestSVGReadsBack(t *testing.T) {
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			svg := mustEncode(t, text).SVG()
			box := svgBox.FindStringSubmatch(svg)
			if box == nil {
				t.Fatalf("no viewBox in %.100q", svg)
			}
			const scale = 4
			side := number(t, box[1]) * scale
			img := image.NewGray(image.Rect(0, 0, side, side))
			fill(img.Pix, 255)
			for _, run := range svgRun.FindAllStringSubmatch(svg, -1) {
				x, y, n := number(t, run[1]), number(t, run[2]), number(t, run[3])
				for i := range scale {
					fill(img.Pix[(y*scale+i)*img.Stride+x*scale:][:n*scale], 0)
				}
			}
			if got, err := Decode(img); err != nil || got != text {
				t.Errorf("read %q, %v, want %q", got, err, text)
			}
		})
	}
}

func number(tb testing.TB, s string) int {
	tb.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// TestKindsOfPicture decodes one code from each kind of picture that the
// decoders make or a caller may have.
func TestKindsOfPicture(t *testing.T) {
	src, err := mustEncode(t, loginText).Image(4)
	if err != nil {
		t.Fatal(err)
	}
	b := src.Bounds()
	offset := image.Rect(-7, 9, b.Dx()-7, b.Dy()+9)
	for name, img := range map[string]interface {
		image.Image
		Set(x, y int, c color.Color)
	}{
		"grey":   image.NewGray(offset),
		"RGBA":   image.NewRGBA(offset),
		"NRGBA":  image.NewNRGBA(offset),
		"16 bit": image.NewRGBA64(offset),
		"CMYK":   image.NewCMYK(offset),
	} {
		t.Run(name, func(t *testing.T) {
			for y := range b.Dy() {
				for x := range b.Dx() {
					img.Set(x-7, y+9, src.At(x, y))
				}
			}
			if got, err := Decode(img); err != nil || got != loginText {
				t.Errorf("read %q, %v", got, err)
			}
			if got, err := Decode(struct{ image.Image }{img}); err != nil || got != loginText {
				t.Errorf("by At alone read %q, %v", got, err)
			}
		})
	}
	t.Run("black on nothing", func(t *testing.T) {
		img := image.NewNRGBA(b)
		for y := range b.Dy() {
			for x := range b.Dx() {
				if src.At(x, y) == (color.Gray{}) {
					img.Set(x, y, color.Black)
				}
			}
		}
		var file bytes.Buffer
		if err := png.Encode(&file, img); err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeReader(&file); err != nil || got != loginText {
			t.Errorf("read %q, %v", got, err)
		}
	})
	t.Run("mirrored", func(t *testing.T) {
		img := image.NewGray(b)
		for i := range img.Pix {
			img.Set(b.Dx()-1-i%b.Dx(), i/b.Dx(), src.At(i%b.Dx(), i/b.Dx()))
		}
		if got, err := Decode(img); err != nil || got != loginText {
			t.Errorf("read %q, %v", got, err)
		}
	})
	t.Run("GIF", func(t *testing.T) {
		var file bytes.Buffer
		if err := gif.Encode(&file, src, nil); err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeReader(&file); err != nil || got != loginText {
			t.Errorf("read %q, %v", got, err)
		}
	})
}
