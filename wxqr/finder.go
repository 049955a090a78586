package wxqr

import (
	"cmp"
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// What follows bounds the work on one black and white picture. gozxing's own
// search tries all triples of finder patterns, whose number a hostile picture
// decides.
const (
	maxHits    = 20000 // places that look like a finder pattern along a row
	maxFinders = 500   // different patterns among them
	maxCorners = 40    // patterns, the likeliest, that are put together
	maxTriples = 12    // triples, the likeliest, that are read
)

// findCorners lists the likely finder patterns of a picture, those seen on
// most rows first.
func findCorners(bits *gozxing.BitMatrix) []*detector.FinderPattern {
	finder := detector.NewFinderPatternFinder(bits, nil)
	hits := 0
	for y := 0; y < bits.GetHeight() && hits < maxHits && len(finder.GetPossibleCenters()) < maxFinders; y++ {
		scanRow(bits, y, func(runs []int, end int) bool {
			hits++
			return finder.HandlePossibleCenter(runs, y, end)
		})
	}
	corners := slices.Clone(finder.GetPossibleCenters())
	slices.SortStableFunc(corners, func(a, b *detector.FinderPattern) int {
		return cmp.Compare(b.GetCount(), a.GetCount())
	})
	return corners[:min(len(corners), maxCorners)]
}

// scanRow calls found for each five runs of a row, dark first and last, that
// are 1:1:3:1:1 long, with the column after them. If found says yes, the next
// search begins after the runs, else after the first two of them.
func scanRow(bits *gozxing.BitMatrix, y int, found func(runs []int, end int) bool) {
	var runs [5]int
	n := 0 // the current run; even ones are dark
	for x := 0; x <= bits.GetWidth(); x++ {
		dark := x < bits.GetWidth() && bits.Get(x, y)
		if dark == (n%2 == 0) {
			runs[n]++
			continue
		}
		switch {
		case n == 0 && runs[0] == 0: // light before the first dark run
			continue
		case n < 4:
			n++
			runs[n] = 1
			continue
		}
		if detector.FinderPatternFinder_foundPatternCross(runs[:]) && found(runs[:], x) {
			runs, n = [5]int{}, 0
			continue
		}
		runs, n = [5]int{runs[2], runs[3], runs[4], 1}, 3
	}
}

// triple is three finder patterns that may be the corners of one code.
type triple struct {
	corner, right, below point
	odd                  float64 // how far from a right angle with equal sides and modules
}

// triples puts finder patterns together, the likeliest corners first.
func triples(corners []*detector.FinderPattern) []triple {
	var all []triple
	for i := range corners {
		for j := range i {
			for k := range j {
				if t, ok := newTriple(corners[i], corners[j], corners[k]); ok {
					all = append(all, t)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b triple) int { return cmp.Compare(a.odd, b.odd) })
	return all[:min(len(all), maxTriples)]
}

// newTriple orders three patterns as the corners of a code. It reports false
// if no camera could see a code so.
func newTriple(a, b, c *detector.FinderPattern) (triple, bool) {
	small := min(a.GetEstimatedModuleSize(), b.GetEstimatedModuleSize(), c.GetEstimatedModuleSize())
	large := max(a.GetEstimatedModuleSize(), b.GetEstimatedModuleSize(), c.GetEstimatedModuleSize())
	p, q, r := gozxing.ResultPoint_OrderBestPatterns(a, b, c)
	t := triple{
		corner: point{q.GetX(), q.GetY()},
		right:  point{r.GetX(), r.GetY()},
		below:  point{p.GetX(), p.GetY()},
	}
	across, down := t.right.minus(t.corner), t.below.minus(t.corner)
	w, h := across.length(), down.length()
	// The centres are 14 modules apart in the smallest code, 170 in the
	// largest. Turned by 45 degrees, modules seem larger by half.
	if large > 2.5*small || min(w, h) < 8*small || max(w, h) > 200*large {
		return triple{}, false
	}
	cos := (across.x*down.x + across.y*down.y) / (w * h)
	t.odd = math.Abs(cos) + math.Abs(math.Log(w/h)) + math.Log(large/small)
	return t, t.odd < 2
}
