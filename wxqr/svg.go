package wxqr

import (
	"fmt"
	"strings"
)

// SVG is the code as an SVG document, black on white with a border of
// [QuietZone] modules. Its user unit is one module and it names no size, so it
// fills whatever box it is put in. The document holds no text from the code
// and needs no escaping to stand inside of an HTML page.
func (c *Code) SVG() string {
	side := c.Size() + 2*QuietZone
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`, side, side)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="`, side, side)
	for y := range c.Size() {
		for x := 0; x < c.Size(); {
			run := c.run(x, y)
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+QuietZone, y+QuietZone, run, run)
			}
			x += max(run, 1)
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}

// run counts the dark modules from x, y on to the right.
func (c *Code) run(x, y int) int {
	n := 0
	for c.Black(x+n, y) {
		n++
	}
	return n
}
