package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// print writes a result as one line of JSON, in a single write.
func (a *app) print(v any) error {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	return a.printf("%s", b.String())
}

// printf writes a result as text, in a single write.
func (a *app) printf(format string, args ...any) error {
	_, err := fmt.Fprintf(a.stdout, format, args...)
	return err
}

// table writes rows with their columns aligned; the first is the title.
func (a *app) table(rows [][]string) error {
	for _, row := range rows {
		for i := range row {
			row[i] = clean(row[i])
		}
	}
	return a.printf("%s", columns(rows))
}

// columns puts cells below each other, two blanks apart.
func columns(rows [][]string) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], cells(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", widths[i]-cells(cell)+2))
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// cells is how many columns of a terminal text takes: Chinese characters and
// emoji take two, marks that sit on others none.
func cells(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case wide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

func wide(r rune) bool {
	k := width.LookupRune(r).Kind()
	return k == width.EastAsianWide || k == width.EastAsianFullwidth
}

// clean makes a text of others fit to be shown on one line of a terminal: line
// ends become ↵, and what controls a terminal or turns the direction of writing
// around becomes visible.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return '↵'
		case r == '\t':
			return ' '
		case r < ' ':
			return '␀' + r
		case r == 0x7f:
			return '␡'
		case unicode.IsControl(r), unicode.In(r, unicode.Bidi_Control), r == '\u2028', r == '\u2029', r == unicode.ReplacementChar:
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// shortLen is how much of a text that a program wrote about itself is shown.
const shortLen = 40

// short cuts text that nobody reads to its end.
func short(text string) string {
	if r := []rune(text); len(r) > shortLen {
		return string(r[:shortLen-1]) + "…"
	}
	return text
}
