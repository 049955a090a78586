// Package pinyin spells names in Latin letters, as the PYInitial and PYQuanPin
// of a contact do: 张三 is "ZS" and "zhangsan". Clients sort and search by them.
//
// The rules are those seen in answers of the official servers:
//
//   - a Han character gives its syllable, without tone and with v for ü, and the
//     first letter of it;
//   - Latin letters and digits stay, in the initials as capitals: "Joe" is "JOE"
//     and "Joe". Those of markup do too, so a name with an emoji in it, as it is
//     sent, gives "Crossspanclassemojiemoji1f343span"; pass it as it is sent;
//   - spaces, punctuation, kana, Greek and Cyrillic letters and what else GBK has
//     beside Han characters are left out;
//   - anything else, an emoji as such for example, is one question mark.
//
// The readings (readings.txt) are those of github.com/mozillazg/go-pinyin; a test
// writes the file. Importing the library itself would cost every start of every
// program 1.3 ms and 1.8 MB for its table, used or not, and its regular
// expressions a name 15 µs.
package pinyin

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// longest is how many characters and words of a name are spelled. Names are much
// shorter; it bounds the answer for those that are not.
const longest = 512

// Of returns how name is spelled: its initials and in full.
func Of(name string) (initials, full string) {
	var s spelling
	han := leadingHan(name)
	for n := 0; name != "" && n < longest; n++ {
		read, size := word(name)
		if n == 0 && read == nil && han >= 2 && han <= 4 {
			read, size = surname(name)
		}
		if read == nil {
			r, width := utf8.DecodeRuneInString(name)
			s.add(r)
			size = width
		}
		for _, syllable := range read {
			s.syllable(syllable)
		}
		name = name[size:]
	}
	return s.initials.String(), s.full.String()
}

// spelling is what [Of] has so far.
type spelling struct {
	initials, full strings.Builder
}

func (s *spelling) syllable(text string) {
	s.initials.WriteByte(text[0] - 'a' + 'A')
	s.full.WriteString(text)
}

func (s *spelling) add(r rune) {
	if '！' <= r && r <= '～' { // full-width forms of ASCII
		r += '!' - '！'
	}
	switch syllable := read(r); {
	case syllable != "":
		s.syllable(syllable)
	case 'a' <= r && r <= 'z':
		s.initials.WriteByte(byte(r) - 'a' + 'A')
		s.full.WriteByte(byte(r))
	case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		s.initials.WriteByte(byte(r))
		s.full.WriteByte(byte(r))
	case r < utf8.RuneSelf, unicode.Is(silent, r), unicode.In(r, unicode.Mn, unicode.Cf, unicode.Z):
	default:
		s.initials.WriteByte('?')
		s.full.WriteByte('?')
	}
}

// leadingHan counts the Han characters that name begins with, up to five.
func leadingHan(name string) int {
	n := 0
	for _, r := range name {
		if n == 5 || read(r) == "" {
			break
		}
		n++
	}
	return n
}

// silent are, about, the characters of GBK that are neither ASCII nor Han.
var silent = &unicode.RangeTable{R16: []unicode.Range16{
	{0x00B0, 0x00B7, 1}, // ° · as in 迪丽·热巴
	{0x0391, 0x03C9, 1}, // Greek
	{0x0401, 0x0451, 1}, // Cyrillic
	{0x2010, 0x203B, 1}, // dashes, quotation marks, …
	{0x2160, 0x2179, 1}, // Roman numerals
	{0x2190, 0x2199, 1}, // arrows
	{0x2208, 0x22BF, 1}, // mathematics
	{0x2460, 0x249B, 1}, // numbers in circles
	{0x2500, 0x25E5, 1}, // lines and shapes
	{0x2605, 0x2606, 1}, // stars
	{0x2640, 0x2642, 1}, // female, male
	{0x3000, 0x301E, 1}, // 、。「」
	{0x3041, 0x309E, 1}, // hiragana
	{0x30A1, 0x30F6, 1}, // katakana
	{0x30FC, 0x30FE, 1},
	{0x3105, 0x3129, 1}, // bopomofo
	{0xFFE0, 0xFFE5, 1}, // ￥
}}
