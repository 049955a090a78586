package pinyin

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"
)

// readings has one syllable a line, a space, and every character whose most
// usual reading it is.
//
//go:embed readings.txt
var readings string

// exceptions has the surnames and words that are read otherwise than their
// characters one by one.
//
//go:embed exceptions.txt
var exceptions string

// The table begins with 〇, the only one below the main blocks.
const firstHan, lastHan = 0x3007, 0x9FFF

// table says which of syllables a character is; 0, the empty one, is none.
type table struct {
	index     [lastHan - firstHan + 1]uint16
	syllables []string
}

var load = sync.OnceValue(func() *table {
	t := &table{syllables: []string{""}}
	for line := range strings.Lines(readings) {
		syllable, characters, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, r := range characters {
			t.index[r-firstHan] = uint16(len(t.syllables))
		}
		t.syllables = append(t.syllables, syllable)
	}
	return t
})

// read returns the syllable of r, "" if it is not a Han character.
func read(r rune) string {
	if r < firstHan || r > lastHan {
		return ""
	}
	t := load()
	return t.syllables[t.index[r-firstHan]]
}

// special are the parsed exceptions.
type special struct {
	surnames, words map[string][]string
}

var loadSpecial = sync.OnceValue(func() special {
	s := special{make(map[string][]string), make(map[string][]string)}
	var section map[string][]string
	for line := range strings.Lines(exceptions) {
		switch fields := strings.Fields(line); {
		case len(fields) == 0 || fields[0] == "#":
		case fields[0] == "[surnames]":
			section = s.surnames
		case fields[0] == "[words]":
			section = s.words
		default:
			section[fields[0]] = fields[1:]
		}
	}
	return s
})

// surname returns how the surname that name begins with is read and how many
// bytes it has, if it is an exception.
func surname(name string) ([]string, int) {
	two, one := prefix(name, 2), prefix(name, 1)
	surnames := loadSpecial().surnames
	if read := surnames[two]; read != nil {
		return read, len(two)
	}
	return surnames[one], len(one)
}

// word is [surname] for words, all of two characters, which may stand anywhere.
func word(text string) ([]string, int) {
	if text[0] < utf8.RuneSelf {
		return nil, 0
	}
	two := prefix(text, 2)
	return loadSpecial().words[two], len(two)
}

// prefix returns the first n characters of text.
func prefix(text string, n int) string {
	size := 0
	for ; n > 0; n-- {
		_, width := utf8.DecodeRuneInString(text[size:])
		size += width
	}
	return text[:size]
}
