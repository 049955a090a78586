package wxqr

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// photo says how a code is photographed. The zero value is a fair picture.
type photo struct {
	module  float64 // pixels per module, 4 if zero
	angle   float64 // degrees
	tilt    float64 // how much nearer one edge is than the opposite one: 0.2 is 20%
	light   float64 // how much darker the right side is than the left: 0.5 is half
	noise   float64 // standard deviation of each pixel, of 255
	quality int     // of the JPEG, 40 if zero
}

// take photographs a code: it stands, turned and tilted, on a grey wall, and
// the picture has been through JPEG.
func (p photo) take(tb testing.TB, c *Code) image.Image {
	tb.Helper()
	if p.module == 0 {
		p.module = 4
	}
	if p.quality == 0 {
		p.quality = 40
	}
	sheet := float64(c.Size() + 2*QuietZone)
	side := int(sheet*p.module*1.5) + 20
	random := rand.New(rand.NewPCG(1, uint64(p.angle*10)))
	img := image.NewGray(image.Rect(0, 0, side, side))
	sin, cos := math.Sincos(p.angle * math.Pi / 180)
	at := func(px, py float64) float64 {
		x, y := (px-float64(side)/2)/p.module, (py-float64(side)/2)/p.module
		x, y = x*cos+y*sin, y*cos-x*sin
		depth := 1 + p.tilt*y/sheet
		x, y = x/depth+sheet/2, y/depth+sheet/2
		switch {
		case x < 0 || y < 0 || x >= sheet || y >= sheet:
			return 150
		case c.Black(int(x)-QuietZone, int(y)-QuietZone):
			return 40
		}
		return 225
	}
	const n = 2 // samples per pixel and direction
	for y := range side {
		for x := range side {
			sum := 0.0
			for i := range n * n {
				sum += at(float64(x)+(float64(i%n)+0.5)/n, float64(y)+(float64(i/n)+0.5)/n)
			}
			v := sum / (n * n) * (1 - p.light*float64(x)/float64(side))
			v += random.NormFloat64() * p.noise
			img.Pix[y*img.Stride+x] = byte(max(0, min(255, v)))
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: p.quality}); err != nil {
		tb.Fatal(err)
	}
	out, err := jpeg.Decode(&b)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func TestPhotographs(t *testing.T) {
	for _, test := range []struct {
		name  string
		photo photo
		step  float64 // degrees from one picture to the next
	}{
		{"turned by any angle", photo{module: 3}, 6},
		{"as small as can be", photo{module: 2.5}, 24},
		{"very large", photo{module: 14}, 120},
		{"seen from the side", photo{tilt: 0.3}, 15},
		{"seen from far to the side", photo{module: 6, tilt: 0.5}, 40},
		{"unevenly lit", photo{light: 0.7}, 24},
		{"noisy", photo{noise: 15}, 24},
		{"very noisy", photo{module: 6, noise: 30}, 40},
		{"all of it together", photo{tilt: 0.2, light: 0.5, noise: 10}, 15},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := mustEncode(t, loginText)
			for angle := 0.0; angle < 360; angle += test.step {
				p := test.photo
				p.angle = angle
				if got, err := Decode(p.take(t, c)); err != nil || got != loginText {
					t.Errorf("turned by %v degrees: read %q, %v", angle, got, err)
				}
			}
		})
	}
}

// TestLargeCodes photographs codes of many modules, where a small error in the
// perspective is large at the far corner.
func TestLargeCodes(t *testing.T) {
	for _, bytes := range []int{100, 250, 500} {
		text := strings.Repeat("abcde", bytes/5)
		c := mustEncode(t, text)
		for _, angle := range []float64{0, 33, 200} {
			p := photo{module: 4, angle: angle, tilt: 0.15, light: 0.3, noise: 5, quality: 60}
			if got, err := Decode(p.take(t, c)); err != nil || got != text {
				t.Errorf("%d modules turned by %v degrees: read %.20q, %v", c.Size(), angle, got, err)
			}
		}
	}
}

// TestPartOfPicture hides a small code in a large busy picture.
func TestPartOfPicture(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 1800, 1500))
	for i := range img.Pix {
		x, y := i%1800, i/1800
		img.Pix[i] = byte(128 + 60*math.Sin(float64(x)/40) + 50*math.Sin(float64(y)/17))
	}
	small := photo{module: 4, angle: 20, noise: 5}.take(t, mustEncode(t, loginText))
	draw.Draw(img, small.Bounds().Add(image.Pt(1200, 1000)), small, image.Point{}, draw.Src)
	if got, err := Decode(img); err != nil || got != loginText {
		t.Errorf("read %q, %v, want %q", got, err, loginText)
	}
}
