package webwx

import (
	"strconv"
	"strings"
	"sync"
)

// field ties a place in a content's XML to the variable that holds it. One list
// of fields reads a content, writes it, and finds the names in it, so the three
// cannot disagree.
//
// A path leads from the root's children: "appmsg/title", "img@length", "@scene".
// The empty path is for what is not in the XML, and [extraPath] for a string
// that keeps all of the XML that no other field and no default accounts for.
type field struct {
	path string
	p    any // *string, *UserName, *int, *int64, *[]UserName, value or list
}

const extraPath = "*"

// value is a variable with an encoding of its own.
type value interface {
	decode(s string)
	encode() string // "" is the zero value
	mapNames(f func(UserName) UserName)
}

// list is a repeated element.
type list interface {
	read(nodes []*node)
	nodes() []*node
	mapNames(f func(UserName) UserName)
}

// frame is what a content's XML looks like when it says nothing.
type frame struct {
	prologue string
	root     *node
}

// newFrame reads a frame when it is needed first.
func newFrame(model string) func() *frame {
	return sync.OnceValue(func() *frame {
		root, ok := readTree(model)
		if !ok {
			panic("webwx: not XML: " + model)
		}
		prologue, _, _ := strings.Cut(model, "<"+root.name)
		return &frame{prologue, root}
	})
}

// load reads fields from n. fields is asked again and again, since some are
// computed.
func (fr *frame) load(n *node, fields func() []field) {
	var extra *string
	known := make(map[string]bool)
	for _, f := range fields() {
		if f.path == extraPath {
			extra = f.p.(*string)
		} else if f.path != "" {
			f.read(n)
			known[f.path] = true
		}
	}
	if extra == nil {
		return
	}
	*extra = ""
	bare := fr.build(fields())
	// The second pass puts the rest into the order in which build writes it.
	for range 2 {
		rest := n.beyond(bare, "", known)
		if rest == nil {
			return
		}
		*extra = rest.String()
		n = fr.build(fields())
	}
}

// readXML fills a content from its payload: false if that is not its XML.
func readXML(src string, fr *frame, fields func() []field) bool {
	root, ok := readTree(src)
	if !ok || root.name != fr.root.name {
		return false
	}
	fr.load(root, fields)
	return true
}

// build makes the tree of fields in the order and style of the frame.
func (fr *frame) build(fields []field) *node {
	n := fr.root.clone()
	for _, f := range fields {
		if f.path != "" && f.path != extraPath {
			f.write(n)
		}
	}
	for _, f := range fields {
		if f.path == extraPath {
			if rest, ok := readTree(*f.p.(*string)); ok && rest.name == n.name {
				n.merge(rest)
			}
		}
	}
	return n
}

// text is the document of fields.
func (fr *frame) text(fields []field) string { return fr.prologue + fr.build(fields).String() }

func (f field) read(n *node) {
	if l, ok := f.p.(list); ok {
		parent, name := splitPath(f.path)
		if n = n.find(parent); n != nil {
			l.read(n.all(name))
		}
		return
	}
	s := n.at(f.path)
	if s == nil {
		return
	}
	switch p := f.p.(type) {
	case *string:
		*p = *s
	case *UserName:
		*p = UserName(*s)
	case *int:
		*p, _ = strconv.Atoi(strings.TrimSpace(*s))
	case *int64:
		*p, _ = strconv.ParseInt(strings.TrimSpace(*s), 10, 64)
	case *[]UserName:
		*p = splitNames(*s)
	case value:
		p.decode(*s)
	}
}

func (f field) write(n *node) {
	if l, ok := f.p.(list); ok {
		if nodes := l.nodes(); len(nodes) > 0 {
			parent, _ := splitPath(f.path)
			n = n.makeKid(parent)
			n.kids = append(n.kids, nodes...)
		}
		return
	}
	s, zero := f.encode()
	if !zero || n.at(f.path) != nil {
		*n.make(f.path) = s
	}
}

func (f field) encode() (s string, zero bool) {
	switch p := f.p.(type) {
	case *string:
		return *p, *p == ""
	case *UserName:
		return string(*p), *p == ""
	case *int:
		return strconv.Itoa(*p), *p == 0
	case *int64:
		return strconv.FormatInt(*p, 10), *p == 0
	case *[]UserName:
		return joinNames(*p), len(*p) == 0
	case value:
		s = p.encode()
	}
	return s, s == ""
}

// splitPath takes the last element off a path.
func splitPath(path string) (parent, name string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}
