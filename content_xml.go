package webwx

import (
	"encoding/xml"
	"io"
	"strings"
	"unicode/utf8"
)

// What hostile XML may cost. The largest honest payload, a merged history, has
// some 100 KiB, 12 levels and a few thousand elements.
const (
	maxXML   = 1 << 20
	maxDepth = 64
	maxNodes = 1 << 14 // elements and attributes
)

// node is an element. Contents are read into a tree and not into structs,
// because what a content does not model must not be lost: see [field].
type node struct {
	name  string
	attrs []attr
	text  string
	kids  []*node
	style

	pieces []string // of text, while it is read
}

type attr struct{ name, value string }

// style is how the model of a content writes an element. Clients that read with
// patterns depend on it (messages.md §5). The zero style is <a b="c"></a>.
type style struct {
	lead, tail string // white space before the start tag, and before the end tag
	short      string // how an element without content ends, as in " />"
	single     bool   // single quotes
	cdata      bool
}

// readTree reads the first element of src, as tolerantly as encoding/xml can:
// lone ampersands, attributes without quotes, any prologue, unknown entities.
func readTree(src string) (*node, bool) {
	if len(src) > maxXML {
		return nil, false
	}
	src = cleanXML(src)
	i := strings.IndexByte(src, '<')
	for i >= 0 && strings.HasPrefix(src[i:], "<?") {
		_, src, _ = strings.Cut(src[i:], "?>")
		i = strings.IndexByte(src, '<')
	}
	if i < 0 {
		return nil, false
	}
	if n, ok := scanTree(src[i:]); ok {
		return n, true
	}
	if repaired := repairTitle(src[i:]); repaired != "" {
		return scanTree(repaired)
	}
	return nil, false
}

// repairTitle escapes the title of an app message: the official page and most
// clients put a file's name there as it is (endpoints.md §16, client-compat.md §9a).
func repairTitle(src string) string {
	const open, end = "<title>", "</title>"
	before, rest, ok := strings.Cut(src, open)
	title, after, ended := strings.Cut(rest, end)
	if !ok || !ended || strings.HasPrefix(title, cdataOpen) {
		return ""
	}
	return before + open + strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(title) + end + after
}

// scanTree reads the element at the start of src.
func scanTree(src string) (*node, bool) {
	d := xml.NewDecoder(strings.NewReader(src))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var open []*node
	space := ""
	for count := 0; ; {
		from := d.InputOffset()
		tok, err := d.RawToken()
		if err != nil {
			return nil, false
		}
		to := d.InputOffset()
		switch tok := tok.(type) {
		case xml.StartElement:
			n := newNode(tok, src[from:to])
			n.lead, space = space, ""
			if count += 1 + len(tok.Attr); count > maxNodes || len(open) == maxDepth {
				return nil, false
			}
			if len(open) > 0 {
				up := open[len(open)-1]
				up.kids = append(up.kids, n)
			}
			open = append(open, n)
		case xml.CharData:
			if len(open) > 0 {
				n := open[len(open)-1]
				n.cdata = n.cdata || strings.HasPrefix(src[from:], cdataOpen)
				n.pieces = append(n.pieces, string(tok))
				if space = ""; len(strings.TrimSpace(string(tok))) == 0 {
					space = string(tok)
				}
			}
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1].name != joined(tok.Name) {
				return nil, false
			}
			n := open[len(open)-1]
			n.end(from == to, src[:from], space)
			space = ""
			if open = open[:len(open)-1]; len(open) == 0 {
				return n, true
			}
		}
	}
}

func newNode(tok xml.StartElement, source string) *node {
	n := &node{name: joined(tok.Name)}
	seen := make(map[string]bool, len(tok.Attr))
	for _, a := range tok.Attr[:min(len(tok.Attr), maxNodes)] {
		if name := joined(a.Name); !seen[name] {
			seen[name] = true
			n.attrs = append(n.attrs, attr{name, a.Value})
		}
	}
	n.single = strings.Contains(source, "='")
	return n
}

// end finishes n, whose source ends with before if it ended by itself.
func (n *node) end(short bool, before, space string) {
	switch {
	case short && strings.HasSuffix(before, " />"):
		n.short = " />"
	case short:
		n.short = "/>"
	}
	n.text, n.pieces = strings.Join(n.pieces, ""), nil
	if len(n.kids) > 0 {
		n.text, n.tail = strings.TrimSpace(n.text), space
	}
}

func joined(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

// cleanXML takes out of s what no XML can hold, not even as an entity.
func cleanXML(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !inXML(r) || r == utf8.RuneError }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if inXML(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, "\ufffd"))
}

func inXML(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r < 0xd800:
		return true
	case r < 0xe000:
		return false
	}
	return r != 0xfffe && r != 0xffff
}

const cdataOpen, cdataEnd = "<![CDATA[", "]]>"

var (
	textEscaper   = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")
	doubleEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;")
	singleEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `'`, "&#39;", "\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;")
	// A section ends before what it cannot hold and begins again after it.
	cdataEscaper = strings.NewReplacer("]]>", "]]"+cdataEnd+cdataOpen+">", "\r", cdataEnd+"&#xD;"+cdataOpen)
)

// String writes n in its style.
func (n *node) String() string {
	var b strings.Builder
	n.write(&b)
	return b.String()
}

func (n *node) write(b *strings.Builder) {
	b.WriteString(n.lead)
	b.WriteByte('<')
	b.WriteString(n.name)
	quote, escaper := `"`, doubleEscaper
	if n.single {
		quote, escaper = "'", singleEscaper
	}
	for _, a := range n.attrs {
		b.WriteString(" " + a.name + "=" + quote + escaper.Replace(cleanXML(a.value)) + quote)
	}
	if n.short != "" && n.text == "" && len(n.kids) == 0 {
		b.WriteString(n.short)
		return
	}
	b.WriteByte('>')
	if n.cdata {
		b.WriteString(cdataOpen + cdataEscaper.Replace(cleanXML(n.text)) + cdataEnd)
	} else {
		b.WriteString(textEscaper.Replace(cleanXML(n.text)))
	}
	for _, kid := range n.kids {
		kid.write(b)
	}
	b.WriteString(n.tail + "</" + n.name + ">")
}
