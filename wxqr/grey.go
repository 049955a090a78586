package wxqr

import (
	"image"
	"math"
)

// grey is a picture of one byte per pixel, row by row, 0 for black.
type grey struct {
	pix           []byte
	width, height int
}

func newGrey(width, height int) *grey {
	return &grey{make([]byte, width*height), width, height}
}

// luminance is the brightness of a picture, laid on white where it is
// transparent.
func luminance(img image.Image) *grey {
	b := img.Bounds()
	g := newGrey(b.Dx(), b.Dy())
	switch img := img.(type) { // the types that pictures mostly have, faster
	case *image.Gray:
		for y := range g.height {
			copy(g.row(y), img.Pix[img.PixOffset(b.Min.X, b.Min.Y+y):])
		}
	case *image.YCbCr:
		for y := range g.height {
			copy(g.row(y), img.Y[img.YOffset(b.Min.X, b.Min.Y+y):])
		}
	case *image.Paletted:
		// A broken picture may have indexes beyond its palette.
		var levels [256]byte
		for i, c := range img.Palette[:min(len(img.Palette), 256)] {
			levels[i] = level(c.RGBA())
		}
		for y := range g.height {
			from := img.Pix[img.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range g.row(y) {
				g.row(y)[x] = levels[from[x]]
			}
		}
	case image.RGBA64Image:
		for y := range g.height {
			for x := range g.row(y) {
				c := img.RGBA64At(b.Min.X+x, b.Min.Y+y)
				g.row(y)[x] = level(uint32(c.R), uint32(c.G), uint32(c.B), uint32(c.A))
			}
		}
	default:
		for y := range g.height {
			for x := range g.row(y) {
				g.row(y)[x] = level(img.At(b.Min.X+x, b.Min.Y+y).RGBA())
			}
		}
	}
	return g
}

// level is the brightness of a colour, alpha-premultiplied 16 bits each, on
// white. Green counts twice, as the eye has it.
func level(r, g, b, a uint32) byte {
	return byte(((r+2*g+b)/4 + 0xffff - min(a, 0xffff)) >> 8)
}

func (g *grey) row(y int) []byte { return g.pix[y*g.width : (y+1)*g.width] }

// side is the longer of width and height.
func (g *grey) side() int { return max(g.width, g.height) }

// reduce shrinks the picture by a whole factor. Each pixel becomes the mean of
// the block it replaces, which takes away noise as well.
func (g *grey) reduce(factor int) *grey {
	if factor <= 1 {
		return g
	}
	out := newGrey(max(g.width/factor, 1), max(g.height/factor, 1))
	fx, fy := min(factor, g.width), min(factor, g.height)
	for y := range out.height {
		to := out.row(y)
		for x := range to {
			sum := 0
			for i := range fy {
				for _, p := range g.row(y*fy + i)[x*fx : (x+1)*fx] {
					sum += int(p)
				}
			}
			to[x] = byte(sum / (fx * fy))
		}
	}
	return out
}

// turn rotates the picture about its middle and enlarges it, on a canvas that
// holds all of it. New corners are white.
func (g *grey) turn(degrees, scale float64) *grey {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	w, h := float64(g.width), float64(g.height)
	out := newGrey(
		int(math.Ceil((w*math.Abs(cos)+h*math.Abs(sin))*scale)),
		int(math.Ceil((w*math.Abs(sin)+h*math.Abs(cos))*scale)))
	for y := range out.height {
		dy := (float64(y) + 0.5 - float64(out.height)/2) / scale
		to := out.row(y)
		for x := range to {
			dx := (float64(x) + 0.5 - float64(out.width)/2) / scale
			to[x] = g.sample(dx*cos+dy*sin+w/2-0.5, dy*cos-dx*sin+h/2-0.5)
		}
	}
	return out
}

// sample is the brightness at a point between pixels, weighed from the four
// around it; outside of the picture it is white.
func (g *grey) sample(x, y float64) byte {
	if x < 0 || y < 0 || x > float64(g.width-1) || y > float64(g.height-1) {
		return 0xff
	}
	ix, iy := int(x), int(y)
	fx, fy := x-float64(ix), y-float64(iy)
	jx, jy := min(ix+1, g.width-1), min(iy+1, g.height-1)
	upper, lower := g.row(iy), g.row(jy)
	top := float64(upper[ix])*(1-fx) + float64(upper[jx])*fx
	bottom := float64(lower[ix])*(1-fx) + float64(lower[jx])*fx
	return byte(top*(1-fy) + bottom*fy + 0.5)
}
