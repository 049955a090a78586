package wxqr

import (
	"math"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// search looks for a code in a picture, in the ways that cost least and find
// most first.
func search(g *grey) (string, error) {
	for _, render := range renderings(g) {
		if text, ok := guard(func() (string, bool) { return read(render()) }); ok {
			return text, nil
		}
	}
	return "", ErrNoCode
}

const (
	coarseSide = 1200 // first look at pictures reduced to this many pixels
	smallSide  = 800  // enlarge pictures no larger than this
)

// renderings lists ways to make a picture black and white. The first reads
// nearly every code that can be read; the others are for very small or large
// modules, for noise, and for light codes on dark ground.
func renderings(full *grey) []func() *gozxing.BitMatrix {
	g := full.reduce((full.side() + coarseSide - 1) / coarseSide)
	wide := g.side()/10 + 10
	all := []func() *gozxing.BitMatrix{
		func() *gozxing.BitMatrix { return localThreshold(g, wide) },
		func() *gozxing.BitMatrix { return localThreshold(g, wide/4) },
		func() *gozxing.BitMatrix { return localThreshold(g.reduce(2), wide/2) },
		func() *gozxing.BitMatrix { return globalThreshold(g) },
		func() *gozxing.BitMatrix { return inverse(localThreshold(g, wide)) },
		func() *gozxing.BitMatrix { return inverse(globalThreshold(g)) },
		func() *gozxing.BitMatrix { return localThreshold(g.turn(45, 1), wide) },
		func() *gozxing.BitMatrix { return localThreshold(g.reduce(4), wide/4) },
	}
	if g.side() <= smallSide {
		all = append(all, func() *gozxing.BitMatrix { return localThreshold(g.turn(30, 2), 2*wide) })
	}
	if full != g {
		all = append(all, func() *gozxing.BitMatrix { return localThreshold(full, wide) })
	}
	return all
}

// inverse swaps dark and light.
func inverse(bits *gozxing.BitMatrix) *gozxing.BitMatrix {
	bits.FlipAll()
	return bits
}

// guard calls f and takes a panic for a no. The picture comes from a stranger,
// and gozxing's index arithmetic was written for a language with exceptions.
func guard(f func() (string, bool)) (text string, ok bool) {
	defer func() {
		if recover() != nil {
			text, ok = "", false
		}
	}()
	return f()
}

// read looks for a code in a black and white picture.
func read(bits *gozxing.BitMatrix) (string, bool) {
	for _, t := range triples(findCorners(bits)) {
		p, ok := newPose(bits, t.corner, t.right, t.below)
		if !ok {
			continue
		}
		for _, size := range sizes(p.modules) {
			if text, ok := p.read(bits, size); ok {
				return text, true
			}
		}
	}
	return "", false
}

// sizes lists the sizes of code whose finder patterns may be so many modules
// apart, the likeliest first.
func sizes(modules float64) []int {
	if math.IsNaN(modules) || modules > 200 || modules < 1 {
		return nil
	}
	likely := 4*int(math.Round((modules+7-17)/4)) + 17
	second := likely + 4
	if modules+7 < float64(likely) {
		second = likely - 4
	}
	var all []int
	for _, size := range []int{likely, second, 2*likely - second} {
		if size >= 21 && size <= 177 {
			all = append(all, size)
		}
	}
	return all
}

// read reads a code of some size in this pose: by its alignment pattern, by the
// perspective of its finder patterns, and as if seen from the front.
func (p pose) read(bits *gozxing.BitMatrix, size int) (string, bool) {
	far := float64(size) - 3.5
	g := p.newGrid(size, point{far, far}, p.fourth)
	if size > 21 {
		if seen, ok := g.alignment(bits); ok {
			mark := point{float64(size) - 6.5, float64(size) - 6.5}
			if text, ok := decode(p.newGrid(size, mark, seen).sample(bits)); ok {
				return text, true
			}
		}
	}
	if text, ok := decode(g.sample(bits)); ok {
		return text, true
	}
	flat := point{p.right.x + p.below.x - p.corner.x, p.right.y + p.below.y - p.corner.y}
	return decode(p.newGrid(size, point{far, far}, flat).sample(bits))
}

// decode reads the text from the modules of a code.
func decode(modules *gozxing.BitMatrix) (string, bool) {
	return guard(func() (string, bool) {
		result, err := decoder.NewDecoder().Decode(modules, nil)
		if err != nil {
			return "", false
		}
		return result.GetText(), result.GetText() != ""
	})
}
