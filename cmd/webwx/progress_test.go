package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A bar ends with its transfer, whether that came to its end, broke, or never
// began.
func TestTransferEnds(t *testing.T) {
	for _, steps := range [][2]int64{{0, 0}, {5, 10}, {10, 10}} {
		f, err := os.Create(filepath.Join(t.TempDir(), "terminal"))
		if err != nil {
			t.Fatal(err)
		}
		bar := &transfer{to: f, name: "file "}
		if steps[1] > 0 {
			bar.told(steps[0], steps[1])
		}
		bar.end()
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Only a terminal gets a bar.
func TestNoBarWithoutTerminal(t *testing.T) {
	a := newTestApp(t, english, new(strings.Builder))
	if told, end := a.progress("file"); told != nil {
		t.Error("a bar for what is no terminal")
	} else {
		end()
	}
}
