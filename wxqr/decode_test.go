package wxqr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/gif"
	"image/png"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// hugePNG is the head of a PNG file that says it is this large.
func hugePNG(width, height uint32) []byte {
	chunk := []byte("IHDR")
	chunk = binary.BigEndian.AppendUint32(chunk, width)
	chunk = binary.BigEndian.AppendUint32(chunk, height)
	chunk = append(chunk, 8, 0, 0, 0, 0)
	head := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13)
	return binary.BigEndian.AppendUint32(append(head, chunk...), crc32.ChecksumIEEE(chunk))
}

func encodePNG(tb testing.TB, img image.Image) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestDecodeReaderRefuses(t *testing.T) {
	jpeg, err := mustEncode(t, loginText).JPEG(4)
	if err != nil {
		t.Fatal(err)
	}
	scans := append(bytes.Clone(jpeg), bytes.Repeat([]byte{0xff, 0xda}, maxScans)...)
	lost := errors.New("connection lost")
	for _, test := range []struct {
		name string
		file io.Reader
		want error
	}{
		{"an empty file", strings.NewReader(""), ErrFormat},
		{"a text", strings.NewReader("hello"), ErrFormat},
		{"a format of others", strings.NewReader("RIFF\x00\x00\x00\x00WEBPVP8 "), ErrFormat},
		{"half a picture", bytes.NewReader(jpeg[:len(jpeg)/2]), ErrFormat},
		{"a head alone", bytes.NewReader(hugePNG(10, 10)), ErrFormat},
		{"a JPEG of very many scans", bytes.NewReader(scans), ErrFormat},
		{"a very wide picture", bytes.NewReader(hugePNG(1<<30, 1)), ErrTooLarge},
		{"a very large picture", bytes.NewReader(hugePNG(1<<27, 1<<27)), ErrTooLarge},
		{"a picture just too large", bytes.NewReader(hugePNG(4096, 4097)), ErrTooLarge},
		{"a file too large", io.MultiReader(bytes.NewReader(jpeg), zeros{}), ErrTooLarge},
		{"a white picture", bytes.NewReader(encodePNG(t, image.NewAlpha(image.Rect(0, 0, 100, 100)))), ErrNoCode},
		{"a reader that fails", iotest.ErrReader(lost), lost},
	} {
		t.Run(test.name, func(t *testing.T) {
			if text, err := DecodeReader(test.file); !errors.Is(err, test.want) || text != "" {
				t.Errorf("read %q, error %v, want %v", text, err, test.want)
			}
		})
	}
}

// zeros is a file without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestDecodeRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		img  image.Image
		want error
	}{
		{"no picture", nil, ErrNoCode},
		{"an empty picture", image.NewGray(image.Rectangle{}), ErrNoCode},
		{"one pixel", image.NewGray(image.Rect(0, 0, 1, 1)), ErrNoCode},
		{"a line", image.NewGray(image.Rect(0, 0, 5000, 1)), ErrNoCode},
		{"a column", image.NewGray(image.Rect(0, 0, 1, 5000)), ErrNoCode},
		{"a palette without colours", image.NewPaletted(image.Rect(0, 0, 50, 50), nil), ErrNoCode},
		{"an endless picture", image.Black, ErrTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			if text, err := Decode(test.img); !errors.Is(err, test.want) || text != "" {
				t.Errorf("read %q, error %v, want %v", text, err, test.want)
			}
		})
	}
}

// hostile are pictures made to keep a reader busy.
func hostile(side int) map[string]image.Image {
	random := rand.New(rand.NewPCG(1, 2))
	finder := [8]string{"#######.", "#.....#.", "#.###.#.", "#.###.#.", "#.###.#.", "#.....#.", "#######.", "........"}
	draw := func(shade func(x, y int) byte) image.Image {
		img := image.NewGray(image.Rect(0, 0, side, side))
		for i := range img.Pix {
			img.Pix[i] = shade(i%side, i/side)
		}
		return img
	}
	ink := func(c byte) byte { return 255 * (c & 1) /* '#' is odd, '.' even */ }
	return map[string]image.Image{
		"finder patterns everywhere": draw(func(x, y int) byte { return ^ink(finder[y%8][x%8]) }),
		"large finder patterns":      draw(func(x, y int) byte { return ^ink(finder[y/3%8][x/3%8]) }),
		"bars like finder patterns":  draw(func(x, y int) byte { return ^ink(finder[3][x%8]) }),
		"noise":                      draw(func(x, y int) byte { return byte(random.Uint32()) }),
		"coarse noise":               draw(func(x, y int) byte { return byte((x/4*7919 ^ y/4*104729) >> 3) }),
	}
}

func TestHostilePictures(t *testing.T) {
	for name, img := range hostile(250) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if text, err := Decode(img); !errors.Is(err, ErrNoCode) {
				t.Errorf("read %q, error %v, want %v", text, err, ErrNoCode)
			}
		})
	}
}

func BenchmarkHostile(b *testing.B) {
	for name, img := range hostile(4096) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Decode(img); !errors.Is(err, ErrNoCode) {
					b.Fatal(err)
				}
			}
		})
	}
}

// FuzzDecodeReader looks for files that break the reader: whatever the file,
// the answer is a text or one of the errors, and comes soon.
func FuzzDecodeReader(f *testing.F) {
	c := mustEncode(f, "x")
	for _, write := range []func(*Code, int) ([]byte, error){(*Code).PNG, (*Code).JPEG} {
		data, err := write(c, 2)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	img, err := c.Image(2)
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := gif.Encode(&b, img, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(hugePNG(1<<20, 1<<20))
	for _, img := range hostile(64) {
		f.Add(encodePNG(f, img))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := DecodeReader(bytes.NewReader(data))
		switch {
		case err == nil && text == "":
			t.Error("no text and no error")
		case err == nil, errors.Is(err, ErrNoCode), errors.Is(err, ErrTooLarge), errors.Is(err, ErrFormat):
		default:
			t.Errorf("error %v is none of those promised", err)
		}
	})
}

// FuzzDecode shows the reader pictures made of the input, a bit to a module,
// dressed up with finder patterns: damaged codes, which a file fuzzer would
// not find.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("x"), uint8(0))
	f.Add(bytes.Repeat([]byte{0x5a, 0x81}, 300), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, version uint8) {
		c := mustEncode(t, strings.Repeat("x", 10+int(version)%64))
		for i := range min(len(data)*8, c.Size()*c.Size()) {
			x, y := i%c.Size(), i/c.Size()
			if data[i/8]>>(i%8)&1 == 1 && (x > 8 || y > 8) {
				c.matrix.Bitmap[y*c.matrix.Stride+x/8] ^= 1 << (7 - x&7)
			}
		}
		img, err := c.Image(3)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := Decode(img); (err == nil) == (text == "") {
			t.Errorf("read %q, error %v", text, err)
		}
	})
}
