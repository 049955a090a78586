package wxqr

import (
	"math"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
)

// point is a place in a picture, in pixels, or in a code, in modules.
type point struct{ x, y float64 }

func (p point) minus(q point) point { return point{p.x - q.x, p.y - q.y} }

func (p point) length() float64 { return math.Hypot(p.x, p.y) }

// pose is how a code lies in a picture, as far as its three finder patterns
// tell.
type pose struct {
	corner, right, below point   // centres of the finder patterns
	fourth               point   // where a fourth would have its centre
	modules              float64 // between the centres of neighbouring ones, estimated
}

// newPose measures a code from the centres of its finder patterns. It reports
// false if there are no finder patterns there.
//
// A camera maps a line of modules so that the distance between two of them is
// their number times the geometric mean of their sizes, and how the size
// changes along the two sides fixes the perspective.
func newPose(bits *gozxing.BitMatrix, corner, right, below point) (pose, bool) {
	across, acrossGrowth, ok1 := measure(bits, corner, right)
	down, downGrowth, ok2 := measure(bits, corner, below)
	if !ok1 || !ok2 {
		return pose{}, false
	}
	// In units of the distance between centres a point (u, v) of the code is
	// seen at corner + (u·a + v·b) / (1 + u·p + v·q).
	p, q := acrossGrowth-1, downGrowth-1
	depth := 1 + p + q
	if depth < 0.25 {
		return pose{}, false
	}
	a, b := right.minus(corner), below.minus(corner)
	fourth := point{
		corner.x + (a.x*(1+p)+b.x*(1+q))/depth,
		corner.y + (a.y*(1+p)+b.y*(1+q))/depth,
	}
	return pose{corner, right, below, fourth, (across + down) / 2}, true
}

// measure counts the modules between two finder patterns, and tells by what
// factor the depth of the picture grows from one to the other.
func measure(bits *gozxing.BitMatrix, from, to point) (modules, growth float64, ok bool) {
	near, ok1 := moduleSize(bits, from, to)
	far, ok2 := moduleSize(bits, to, from)
	if !ok1 || !ok2 {
		return 0, 0, false
	}
	return to.minus(from).length() / math.Sqrt(near*far), math.Sqrt(near / far), true
}

// moduleSize is the size of the modules of the finder pattern at p in the
// direction of q, which is a seventh of the pattern's.
func moduleSize(bits *gozxing.BitMatrix, p, q point) (float64, bool) {
	d := q.minus(p)
	length := d.length()
	if length < 1 {
		return 0, false
	}
	d = point{d.x / length, d.y / length}
	forth, ok1 := reach(bits, p, d, length)
	back, ok2 := reach(bits, p, point{-d.x, -d.y}, length)
	return (forth + back) / 7, ok1 && ok2
}

// reach is the distance from the centre p of a finder pattern to its edge in
// direction d: through dark, light and dark again.
func reach(bits *gozxing.BitMatrix, p, d point, limit float64) (float64, bool) {
	const step = 0.25
	changes, dark := 0, true
	for r := 0.0; r < limit; r += step {
		if bits.Get(int(p.x+r*d.x), int(p.y+r*d.y)) == dark {
			continue
		}
		dark = !dark
		if changes++; changes == 3 {
			return r - step/2, true
		}
	}
	return 0, false
}

// grid maps the modules of a code of some size to a picture.
type grid struct {
	size      int
	transform *common.PerspectiveTransform
}

// newGrid places a code of size modules so that the point mark of it, which
// lies towards the fourth corner, is seen at seen.
func (p pose) newGrid(size int, mark, seen point) grid {
	near, far := 3.5, float64(size)-3.5
	return grid{size, common.PerspectiveTransform_QuadrilateralToQuadrilateral(
		near, near, far, near, mark.x, mark.y, near, far,
		p.corner.x, p.corner.y, p.right.x, p.right.y, seen.x, seen.y, p.below.x, p.below.y)}
}

// locate is where in the picture a point of the code is seen.
func (g grid) locate(p point) point {
	xy := [2]float64{p.x, p.y}
	g.transform.TransformPoints(xy[:])
	return point{xy[0], xy[1]}
}

// black reports whether the picture is dark at a point of the code.
func (g grid) black(bits *gozxing.BitMatrix, x, y float64) bool {
	p := g.locate(point{x, y})
	// A wild transformation has infinities and NaN, which no int can hold.
	return p.x >= 0 && p.y >= 0 && p.x < float64(bits.GetWidth()) && p.y < float64(bits.GetHeight()) &&
		bits.Get(int(p.x), int(p.y))
}

// sample reads all modules.
func (g grid) sample(bits *gozxing.BitMatrix) *gozxing.BitMatrix {
	out, _ := gozxing.NewSquareBitMatrix(g.size) // fails for size 0 only
	for y := range g.size {
		for x := range g.size {
			if g.black(bits, float64(x)+0.5, float64(y)+0.5) {
				out.Set(x, y)
			}
		}
	}
	return out
}

// alignment looks for the alignment pattern nearest to the fourth corner and
// returns its centre in the picture. Codes of version 1 have none.
func (g grid) alignment(bits *gozxing.BitMatrix) (point, bool) {
	const (
		around = 5.0 // modules to search in each direction
		step   = 0.25
		enough = 22 // of the pattern's 25 modules
	)
	home := float64(g.size) - 6.5
	best, sum, ties := enough-1, point{}, 0.0
	for dy := -around; dy <= around; dy += step {
		for dx := -around; dx <= around; dx += step {
			switch n := g.likeness(bits, home+dx, home+dy, best); {
			case n > best:
				best, sum, ties = n, point{dx, dy}, 1
			case n == best && n >= enough:
				sum, ties = point{sum.x + dx, sum.y + dy}, ties+1
			}
		}
	}
	if ties == 0 {
		return point{}, false
	}
	// Several offsets fit equally well; the middle of them is the best guess.
	return g.locate(point{home + sum.x/ties, home + sum.y/ties}), true
}

// likeness counts the modules around a point of the code that are as in an
// alignment pattern. It gives up when it cannot reach least.
func (g grid) likeness(bits *gozxing.BitMatrix, x, y float64, least int) int {
	n := 25
	for i := -2; i <= 2; i++ {
		for j := -2; j <= 2; j++ {
			ring := max(abs(i), abs(j))
			if g.black(bits, x+float64(j), y+float64(i)) != (ring != 1) {
				if n--; n < least {
					return 0
				}
			}
		}
	}
	return n
}
