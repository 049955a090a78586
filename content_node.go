package webwx

import "strings"

// attr finds an attribute's value, nil if n has none of that name.
func (n *node) attr(name string) *string {
	for i := range n.attrs {
		if n.attrs[i].name == name {
			return &n.attrs[i].value
		}
	}
	return nil
}

// kid finds the first element of that name, nil if there is none.
func (n *node) kid(name string) *node {
	for _, k := range n.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// find follows a path such as "appmsg/appattach", nil if it leads nowhere.
func (n *node) find(path string) *node {
	for n != nil && path != "" {
		var step string
		step, path, _ = strings.Cut(path, "/")
		n = n.kid(step)
	}
	return n
}

// at finds the text at a path such as "appmsg/title" or "img@length", nil if n
// has nothing there.
func (n *node) at(path string) *string {
	path, name, isAttr := strings.Cut(path, "@")
	n = n.find(path)
	switch {
	case n == nil:
		return nil
	case isAttr:
		return n.attr(name)
	}
	return &n.text
}

// make is like at, but makes what is missing.
func (n *node) make(path string) *string {
	path, name, isAttr := strings.Cut(path, "@")
	n = n.makeKid(path)
	if !isAttr {
		return &n.text
	}
	if n.attr(name) == nil {
		n.attrs = append(n.attrs, attr{name: name})
	}
	return n.attr(name)
}

func (n *node) makeKid(path string) *node {
	for path != "" {
		var step string
		step, path, _ = strings.Cut(path, "/")
		k := n.kid(step)
		if k == nil {
			k = &node{name: step}
			n.kids = append(n.kids, k)
		}
		n = k
	}
	return n
}

func (n *node) clone() *node {
	c := *n
	c.attrs = append([]attr(nil), n.attrs...)
	c.kids = make([]*node, len(n.kids))
	for i, k := range n.kids {
		c.kids[i] = k.clone()
	}
	return &c
}

// beyond is what n has and base has not, apart from the paths that are known:
// nil if that is nothing. What is empty counts as nothing.
func (n *node) beyond(base *node, at string, known map[string]bool) *node {
	rest := &node{name: n.name, style: style{cdata: n.cdata}}
	has := make(map[string]string, len(base.attrs))
	for _, a := range base.attrs {
		has[a.name] = a.value
	}
	for _, a := range n.attrs {
		if a.value != "" && !known[at+"@"+a.name] && has[a.name] != a.value {
			rest.attrs = append(rest.attrs, a)
		}
	}
	if n.text != base.text && !known[at] {
		rest.text = n.text
	}
	like := matcher(base)
	for _, k := range n.kids {
		path := strings.TrimPrefix(at+"/"+k.name, "/")
		if known[path] {
			continue
		}
		b := like(k.name)
		if b == nil {
			b = &node{}
		}
		if r := k.beyond(b, path, known); r != nil {
			rest.kids = append(rest.kids, r)
		}
	}
	if rest.text == "" && len(rest.attrs)+len(rest.kids) == 0 {
		return nil
	}
	return rest
}

// merge puts into n what beyond found.
func (n *node) merge(rest *node) {
	at := make(map[string]int, len(n.attrs))
	for i, a := range n.attrs {
		at[a.name] = i
	}
	for _, a := range rest.attrs {
		if i, ok := at[a.name]; ok {
			n.attrs[i].value = a.value
		} else {
			n.attrs = append(n.attrs, a)
		}
	}
	if rest.text != "" {
		n.text, n.cdata = rest.text, rest.cdata
	}
	like := matcher(n)
	var added []*node
	for _, k := range rest.kids {
		if own := like(k.name); own != nil {
			own.merge(k)
		} else {
			added = append(added, k.clone())
		}
	}
	n.kids = append(n.kids, added...)
}

// matcher returns a function that gives each element below n once, by name.
func matcher(n *node) func(name string) *node {
	byName := make(map[string][]*node, len(n.kids))
	for _, k := range n.kids {
		byName[k.name] = append(byName[k.name], k)
	}
	return func(name string) *node {
		same := byName[name]
		if len(same) == 0 {
			return nil
		}
		byName[name] = same[1:]
		return same[0]
	}
}
