package wxqr

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

// MaxSide is the largest width and height in pixels of a picture made here.
const MaxSide = 4096

// jpegQuality keeps the edges of the modules clean enough for any reader. The
// colours are two, so a higher quality would only add bytes.
const jpegQuality = 90

// MaxScale is the largest scale that [Code.Image], [Code.PNG] and [Code.JPEG]
// take for this code: the one whose picture just fits in [MaxSide].
func (c *Code) MaxScale() int { return MaxSide / (c.Size() + 2*QuietZone) }

// Image draws the code black on white with scale pixels to a module and a
// border of [QuietZone] modules; its side is (Size + 8) × scale pixels. Scale
// must be from 1 to [Code.MaxScale]; anything else is an error.
func (c *Code) Image(scale int) (image.Image, error) {
	img, err := c.draw(scale)
	if err != nil {
		return nil, err // not a nil *image.Paletted
	}
	return img, nil
}

// PNG is the picture of [Code.Image] as a PNG file of one bit per pixel, and
// has the same errors.
func (c *Code) PNG(scale int) ([]byte, error) {
	img, err := c.draw(scale)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("wxqr: png: %w", err)
	}
	return b.Bytes(), nil
}

// JPEG is the picture of [Code.Image] as a grey JPEG file, and has the same
// errors. Scales from 2 on read well everywhere; at 1 the compression blurs
// modules into each other.
func (c *Code) JPEG(scale int) ([]byte, error) {
	img, err := c.draw(scale)
	if err != nil {
		return nil, err
	}
	// The encoder writes one component for image.Gray, three for all else.
	grey := image.NewGray(img.Rect)
	for i, p := range img.Pix {
		grey.Pix[i] = 0xff * (1 - p)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, grey, &jpeg.Options{Quality: jpegQuality}); err != nil {
		return nil, fmt.Errorf("wxqr: jpeg: %w", err)
	}
	return b.Bytes(), nil
}

// draw is Image with its type: white is 0 in the palette and black is 1.
func (c *Code) draw(scale int) (*image.Paletted, error) {
	if scale < 1 || scale > c.MaxScale() {
		return nil, fmt.Errorf("wxqr: scale %d is not from 1 to %d", scale, c.MaxScale())
	}
	side := (c.Size() + 2*QuietZone) * scale
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.Gray{Y: 0xff}, color.Gray{Y: 0}})
	for y := range c.Size() {
		top := (y + QuietZone) * scale * img.Stride
		row := img.Pix[top : top+img.Stride]
		for x := range c.Size() {
			if c.Black(x, y) {
				from := (x + QuietZone) * scale
				fill(row[from:from+scale], 1)
			}
		}
		for i := 1; i < scale; i++ {
			copy(img.Pix[top+i*img.Stride:], row)
		}
	}
	return img, nil
}

func fill(pix []byte, v byte) {
	for i := range pix {
		pix[i] = v
	}
}
