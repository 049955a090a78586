package wxqr

import "github.com/makiuchi-d/gozxing"

// localThreshold splits a picture into dark and light by comparing each pixel
// with the mean of the square around it, which follows uneven light. The
// square is 2*radius+1 pixels wide and should hold several modules.
func localThreshold(g *grey, radius int) *gozxing.BitMatrix {
	bits, _ := gozxing.NewBitMatrix(g.width, g.height) // fails for empty pictures only
	// sums[x] of a row is the sum of all pixels above and to the left. It may
	// wrap around; the differences come out right all the same.
	stride := g.width + 1
	sums := make([]uint32, stride*(g.height+1))
	for y := range g.height {
		var line uint32
		above, here := sums[y*stride:(y+1)*stride], sums[(y+1)*stride:]
		for x, p := range g.row(y) {
			line += uint32(p)
			here[x+1] = above[x+1] + line
		}
	}
	for y := range g.height {
		y0, y1 := max(y-radius, 0), min(y+radius+1, g.height)
		top, bottom := sums[y0*stride:], sums[y1*stride:]
		for x, p := range g.row(y) {
			x0, x1 := max(x-radius, 0), min(x+radius+1, g.width)
			sum := bottom[x1] - bottom[x0] - top[x1] + top[x0]
			n := uint32((x1 - x0) * (y1 - y0))
			// Dark means a little below the mean, or flat ground would be
			// split by its noise.
			if (uint32(p)+flatness)*n < sum {
				bits.Set(x, y)
			}
		}
	}
	return bits
}

// flatness is how far below the mean a dark pixel lies at least, of 255.
const flatness = 6

// globalThreshold splits a picture at the one level that best tells its two
// kinds of pixels apart (Otsu's method). It suits clean pictures with modules
// too large or a code too small for the local one.
func globalThreshold(g *grey) *gozxing.BitMatrix {
	bits, _ := gozxing.NewBitMatrix(g.width, g.height)
	limit := otsu(g.pix)
	for y := range g.height {
		for x, p := range g.row(y) {
			if int(p) <= limit {
				bits.Set(x, y)
			}
		}
	}
	return bits
}

// otsu is the level, itself dark, whose two sides differ most.
func otsu(pix []byte) int {
	var histogram [256]int
	total := 0
	for _, p := range pix {
		histogram[p]++
		total += int(p)
	}
	limit, best := 0, -1.0
	dark, darkSum := 0, 0
	for level, n := range histogram {
		dark += n
		darkSum += n * level
		light := len(pix) - dark
		if dark == 0 || light == 0 {
			continue
		}
		difference := float64(darkSum)/float64(dark) - float64(total-darkSum)/float64(light)
		if v := float64(dark) * float64(light) * difference * difference; v > best {
			best, limit = v, level
		}
	}
	return limit
}
