// Package docs_test keeps the pages of this folder true: it runs what they say.
package docs_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the generated parts of the pages anew")

// A block is a fenced part of a page.
type block struct {
	line int
	kind string // what stands behind the fence
	text string
}

func blocksOf(t *testing.T, page string) []block {
	t.Helper()
	var blocks []block
	open := false
	for i, line := range strings.SplitAfter(pageText(t, page), "\n") {
		kind, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && !open:
			blocks = append(blocks, block{line: i + 1, kind: strings.TrimSpace(kind)})
			open = true
		case fence:
			open = false
		case open:
			blocks[len(blocks)-1].text += line
		}
	}
	if open {
		t.Fatalf("%s: the last block is not closed", page)
	}
	return blocks
}

func pageText(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// like reports whether got is want, in which … stands for any text on one line.
func like(want, got string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want)), "…", ".+")
	return regexp.MustCompile(`^` + pattern + `$`).MatchString(strings.TrimSpace(got))
}
