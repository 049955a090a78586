package wxqr

import "rsc.io/qr/coding"

// bestMask draws the segment under each of the eight masks and keeps the one
// with the fewest features that mislead a reader, as the standard asks.
func bestMask(segment coding.Encoding, version coding.Version, level coding.Level) (*coding.Code, error) {
	var best *coding.Code
	least := 0
	for mask := range coding.Mask(8) {
		plan, err := coding.NewPlan(version, level, mask)
		if err != nil {
			return nil, err
		}
		code, err := plan.Encode(segment)
		if err != nil {
			return nil, err
		}
		if p := penalty(code); best == nil || p < least {
			best, least = code, p
		}
	}
	return best, nil
}

// penalty is the standard's measure of how badly a code will read: the sum of
// four rules over rows, columns, blocks and the share of dark modules.
func penalty(code *coding.Code) int {
	sum, dark := 0, 0
	for i := range code.Size {
		sum += linePenalty(code.Size, func(j int) bool { return code.Black(j, i) })
		sum += linePenalty(code.Size, func(j int) bool { return code.Black(i, j) })
		for j := range code.Size {
			if code.Black(j, i) {
				dark++
			}
			if isBlock(code, j, i) {
				sum += 3
			}
		}
	}
	area := code.Size * code.Size
	return sum + 10*(abs(2*dark-area)*10/area) // 10 for each 5% away from half
}

// isBlock reports whether the four modules from x, y on have one colour.
func isBlock(code *coding.Code, x, y int) bool {
	if x+1 >= code.Size || y+1 >= code.Size {
		return false
	}
	colour := code.Black(x, y)
	return code.Black(x+1, y) == colour && code.Black(x, y+1) == colour && code.Black(x+1, y+1) == colour
}

// linePenalty counts, in one row or column, runs of five and more modules of
// one colour, and whatever looks like a finder pattern beside four light ones.
func linePenalty(size int, black func(int) bool) int {
	const (
		finder = 0b1011101
		before = finder        // 0000 1011101
		after  = finder << 4   // 1011101 0000
		window = 0b11111111111 // 11 modules
	)
	sum, run, seen := 0, 0, 0
	for i := range size {
		seen = seen << 1 & window
		if black(i) {
			seen |= 1
		}
		if i > 0 && black(i) == black(i-1) {
			run++
		} else {
			run = 1
		}
		switch {
		case run == 5:
			sum += 3
		case run > 5:
			sum++
		}
		if i >= 10 && (seen == before || seen == after) {
			sum += 40
		}
	}
	return sum
}

func abs(n int) int {
	return max(n, -n)
}
