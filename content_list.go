package webwx

import (
	"slices"
	"strings"
)

// listOf is a list whose elements have fields of their own.
type listOf[T any] struct {
	p      *[]T
	frame  func() *frame
	fields func(*T) []field
}

func (l listOf[T]) read(nodes []*node) {
	*l.p = nil
	for _, n := range nodes {
		var x T
		l.frame().load(n, func() []field { return l.fields(&x) })
		*l.p = append(*l.p, x)
	}
}

func (l listOf[T]) nodes() []*node {
	var nodes []*node
	for i := range *l.p {
		nodes = append(nodes, l.frame().build(l.fields(&(*l.p)[i])))
	}
	return nodes
}

func (l listOf[T]) mapNames(f func(UserName) UserName) {
	*l.p = slices.Clone(*l.p)
	for i := range *l.p {
		mapFields(l.fields(&(*l.p)[i]), f)
	}
}

// all lists the elements of that name.
func (n *node) all(name string) []*node {
	var all []*node
	for _, k := range n.kids {
		if k.name == name {
			all = append(all, k)
		}
	}
	return all
}

// splitNames reads a comma list of names.
func splitNames(s string) []UserName {
	var names []UserName
	for part := range strings.SplitSeq(cleanXML(s), ",") {
		if part = strings.TrimSpace(part); part != "" {
			names = append(names, UserName(part))
		}
	}
	return names
}

func joinNames(names []UserName) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = string(n)
	}
	return strings.Join(parts, ",")
}
