package wire

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// TypeError says that a value of the JSON text cannot become the field it is
// for. Everything else was still read.
type TypeError struct {
	// Field is the key of the field, such as "ToUserName"; it is empty when the
	// whole text is of the wrong kind.
	Field string
	// Got is what stands there, such as "object".
	Got string
	// Want is the kind of the field, such as "string".
	Want string
}

// Error names the key.
func (e *TypeError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("the text is a JSON %s, want %s", e.Got, e.Want)
	}
	return fmt.Sprintf("%s is a JSON %s, want %s", e.Field, e.Got, e.Want)
}

// maxDepth bounds how deep lists and objects may nest. The protocol needs five.
const maxDepth = 64

// maxItems bounds the items of all lists in one text. A contact takes some five
// hundred bytes in memory but needs only three in a hostile text.
const maxItems = 1 << 17

var (
	errSyntax = errors.New("malformed JSON")
	errDepth  = errors.New("JSON nested too deep")
	errItems  = errors.New("JSON lists too long")
)

// Unmarshal reads JSON text into the struct that v points to. It takes a number
// where a text is wanted and a text where a number is, keys in another case,
// null for anything, and control characters inside texts; unknown keys are
// skipped, and a whole number may be written with a fraction or an exponent.
// What fits nowhere gives a [TypeError] after the rest was read. If a key comes
// twice, the last one counts.
func Unmarshal(data []byte, v any) error {
	d := decoder{data: data}
	err := d.value(reflect.ValueOf(v).Elem(), 0)
	if err == nil {
		if d.space(); d.at != len(d.data) {
			err = d.syntax("text after the value")
		}
	}
	if err != nil {
		return err
	}
	if d.mismatch != nil {
		return d.mismatch
	}
	return nil
}

type decoder struct {
	data     []byte
	at       int
	items    int    // list items read so far
	field    string // the key of the field whose value is being read
	mismatch *TypeError
}

func (d *decoder) syntax(what string) error {
	return fmt.Errorf("%w at byte %d: %s", errSyntax, d.at, what)
}

func (d *decoder) space() {
	for d.at < len(d.data) {
		switch d.data[d.at] {
		case ' ', '\t', '\r', '\n':
			d.at++
		default:
			return
		}
	}
}

// peek returns the next byte that is not blank, 0 at the end.
func (d *decoder) peek() byte {
	d.space()
	if d.at == len(d.data) {
		return 0
	}
	return d.data[d.at]
}

func (d *decoder) wrong(got string, v reflect.Value) {
	if d.mismatch == nil && v.IsValid() {
		d.mismatch = &TypeError{Field: d.field, Got: got, Want: v.Kind().String()}
	}
}

// value reads one value into v; a v that is not valid skips it.
func (d *decoder) value(v reflect.Value, depth int) error {
	if depth > maxDepth {
		return errDepth
	}
	c := d.peek()
	if c != 'n' && v.IsValid() && v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	switch {
	case c == '{':
		return d.object(v, depth)
	case c == '[':
		return d.list(v, depth)
	case c == '"':
		text, err := d.text()
		if err == nil {
			d.set(v, text, "string")
		}
		return err
	case c == '-' || '0' <= c && c <= '9':
		return d.number(v)
	}
	return d.word(v)
}

func (d *decoder) object(v reflect.Value, depth int) error {
	start, outer := d.at, d.field
	var p *plan
	if v.IsValid() && v.Kind() == reflect.Struct {
		p = planOf(v.Type())
	} else {
		d.wrong("object", v)
	}
	err := d.each('}', func() error {
		if d.peek() != '"' {
			return d.syntax("want a key")
		}
		key, err := d.text()
		if err != nil {
			return err
		}
		if d.peek() != ':' {
			return d.syntax("want a colon")
		}
		d.at++
		var fv reflect.Value
		joined := false
		if p != nil {
			if f := p.lookup(key); f != nil {
				fv, d.field, joined = v.FieldByIndex(f.index), f.name, f.joined
				if f.also != "" && !fv.IsZero() && strings.EqualFold(f.also, string(key)) {
					fv = reflect.Value{}
				}
			}
		}
		if fv.IsValid() && joined && d.peek() == '[' {
			var items []string
			err = d.value(reflect.ValueOf(&items).Elem(), depth+1)
			fv.SetString(strings.Join(items, ","))
		} else {
			err = d.value(fv, depth+1)
		}
		d.field = outer
		return err
	})
	if err == nil && p != nil && p.raw != nil {
		v.FieldByIndex(p.raw).SetBytes(d.data[start:d.at:d.at])
	}
	return err
}

func (d *decoder) list(v reflect.Value, depth int) error {
	ok := v.IsValid() && v.Kind() == reflect.Slice
	if !ok {
		d.wrong("array", v)
	} else {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
	return d.each(']', func() error {
		if !ok {
			return d.value(reflect.Value{}, depth+1)
		}
		if d.items++; d.items > maxItems {
			return errItems
		}
		n := v.Len()
		if n == v.Cap() {
			v.Grow(1)
		}
		v.SetLen(n + 1)
		v.Index(n).SetZero()
		return d.value(v.Index(n), depth+1)
	})
}

// each calls item for each item up to the closing bracket end.
func (d *decoder) each(end byte, item func() error) error {
	d.at++
	if d.peek() == end {
		d.at++
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		switch d.peek() {
		case ',':
			d.at++
		case end:
			d.at++
			return nil
		default:
			return d.syntax("want a comma or a closing bracket")
		}
	}
}

// text reads a string at the opening quote. The result may share memory with the
// input, and need not be UTF-8: see validText.
func (d *decoder) text() ([]byte, error) {
	d.at++
	start := d.at
	for i := start; i < len(d.data); i++ {
		switch d.data[i] {
		case '"':
			d.at = i + 1
			return d.data[start:i], nil
		case '\\':
			return d.escaped(start, i)
		}
	}
	return nil, d.syntax("text without an end")
}

// escaped goes on with a string whose first backslash is at i.
func (d *decoder) escaped(start, i int) ([]byte, error) {
	b := append([]byte(nil), d.data[start:i]...)
	for i < len(d.data) {
		c := d.data[i]
		i++
		if c == '"' {
			d.at = i
			return b, nil
		}
		if c != '\\' {
			b = append(b, c)
			continue
		}
		if i == len(d.data) {
			break
		}
		c = d.data[i]
		i++
		switch c {
		case '"', '\\', '/':
			b = append(b, c)
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r, n := d.codePoint(i)
			if n == 0 {
				d.at = i
				return nil, d.syntax("bad \\u escape")
			}
			b = utf8.AppendRune(b, r)
			i += n
		default:
			d.at = i
			return nil, d.syntax("unknown escape")
		}
	}
	d.at = len(d.data)
	return nil, d.syntax("text without an end")
}

// codePoint reads the four hexadecimal digits at i, and the second half of a
// surrogate pair if they are its first, and returns how many bytes it took: 0 if
// there are no digits.
func (d *decoder) codePoint(i int) (rune, int) {
	r := hex4(d.data[i:])
	if r < 0 {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 4
	}
	if i+6 <= len(d.data) && d.data[i+4] == '\\' && d.data[i+5] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(d.data[i+6:])); pair != utf8.RuneError {
			return pair, 10
		}
	}
	return utf8.RuneError, 4
}

func hex4(b []byte) rune {
	if len(b) < 4 {
		return -1
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

// validText returns b as text, each byte that is not UTF-8 replaced by U+FFFD.
func validText(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return string([]rune(string(b)))
}

// set puts text, which stands in the input as the kind got, into v.
func (d *decoder) set(v reflect.Value, text []byte, got string) {
	if !v.IsValid() {
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if u.UnmarshalText(text) != nil {
			d.wrong(got, v)
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(validText(text))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := parseNumber(string(text))
		if err != nil || v.OverflowInt(n) {
			d.wrong(got, v)
			return
		}
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := parseNumber(string(text))
		if err != nil || n < 0 || v.OverflowUint(uint64(n)) {
			d.wrong(got, v)
			return
		}
		v.SetUint(uint64(n))
	default:
		d.wrong(got, v)
	}
}

// parseNumber reads a whole number; one written with a fraction or an exponent
// is taken if it is whole, but beyond 2^53 only as exactly as a float64 can hold
// it. The empty text is 0.
func parseNumber(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := parseInt(s)
	if err == nil {
		return n, nil
	}
	f, ferr := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if ferr != nil || f >= 1<<63 || f < -1<<63 || f != math.Trunc(f) {
		return 0, err
	}
	return int64(f), nil
}

func (d *decoder) number(v reflect.Value) error {
	start := d.at
	digits := func() bool {
		from := d.at
		for d.at < len(d.data) && '0' <= d.data[d.at] && d.data[d.at] <= '9' {
			d.at++
		}
		return d.at > from
	}
	is := func(set string) bool {
		for i := range len(set) {
			if d.at < len(d.data) && d.data[d.at] == set[i] {
				d.at++
				return true
			}
		}
		return false
	}
	is("-")
	ok := digits()
	if ok && is(".") {
		ok = digits()
	}
	if ok && is("eE") {
		is("+-")
		ok = digits()
	}
	if !ok {
		return d.syntax("malformed number")
	}
	d.set(v, d.data[start:d.at], "number")
	return nil
}

// word reads true, false or null.
func (d *decoder) word(v reflect.Value) error {
	for _, w := range []string{"true", "false", "null"} {
		if end := d.at + len(w); end <= len(d.data) && string(d.data[d.at:end]) == w {
			d.at = end
			switch {
			case w == "null" || !v.IsValid():
			case v.Kind() == reflect.Bool:
				v.SetBool(w == "true")
			default:
				d.wrong("boolean", v)
			}
			return nil
		}
	}
	return d.syntax("want a value")
}
