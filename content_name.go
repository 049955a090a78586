package webwx

import (
	"reflect"
	"slices"
	"strings"
)

// MapNames returns a copy of c in which f has replaced every name of an account
// or a room. A server can so keep permanent ids in what it stores, and give each
// login its own names. f is not asked for the empty name, and should return what
// it does not know as it is.
//
// Besides the fields of type [UserName] these are the names in the XML that a
// content keeps as text, in elements and attributes that are known to hold
// names, and those in the template of a [Pat]. Free text is never touched.
func MapNames(c Content, f func(UserName) UserName) Content {
	v := reflect.New(reflect.TypeOf(c).Elem())
	v.Elem().Set(reflect.ValueOf(c).Elem())
	mapped := v.Interface().(Content)
	mapFields(mapped.fields(), f)
	return mapped
}

func mapFields(fields []field, f func(UserName) UserName) {
	for _, field := range fields {
		switch p := field.p.(type) {
		case *UserName:
			*p = mapName(*p, f)
		case *[]UserName:
			*p = mapList(*p, f)
		case value:
			p.mapNames(f)
		case list:
			p.mapNames(f)
		case *string:
			if field.path == extraPath {
				*p = mapXML(*p, f)
			}
		}
	}
}

func mapName(n UserName, f func(UserName) UserName) UserName {
	if n == "" {
		return ""
	}
	return f(n)
}

func mapList(names []UserName, f func(UserName) UserName) []UserName {
	names = slices.Clone(names)
	for i, n := range names {
		names[i] = mapName(n, f)
	}
	return names
}

// nameHolders are the elements and attributes of messages.md §5 and §6 that hold
// a name or a comma list of names.
var nameHolders = []string{
	"fromusername", "tousername", "username", "encryptusername", "chatusername", "pattedusername",
	"fromusr", "chatusr", "realchatname", "session", "usernamelist", "atusername", "atuserlist", "atchatroomname",
	"chatroomusername", "sourceusername", "sharecardusername",
}

// mapXML maps the names in an XML that is kept as text. It stays as it is, byte
// for byte, if nothing changes.
func mapXML(src string, f func(UserName) UserName) string {
	root, ok := readTree(src)
	if !ok || !root.mapNames(f) {
		return src
	}
	return root.String()
}

// mapNames maps the names below n, and reports whether any changed.
func (n *node) mapNames(f func(UserName) UserName) (changed bool) {
	one := func(s *string) {
		names := splitNames(*s)
		if mapped := mapList(names, f); !slices.Equal(mapped, names) {
			*s, changed = joinNames(mapped), true
		}
	}
	for i := range n.attrs {
		if slices.Contains(nameHolders, n.attrs[i].name) {
			one(&n.attrs[i].value)
		}
	}
	if len(n.kids) == 0 && slices.Contains(nameHolders, n.name) {
		one(&n.text)
	}
	for _, k := range n.kids {
		changed = k.mapNames(f) || changed
	}
	return changed
}

// xmlText is a string of XML in which names are mapped.
type xmlText struct{ p *string }

func (x xmlText) decode(s string)                    { *x.p = s }
func (x xmlText) encode() string                     { return *x.p }
func (x xmlText) mapNames(f func(UserName) UserName) { *x.p = mapXML(*x.p, f) }

// wireText is the same in the form of a message's Content.
type wireText struct{ p *string }

func (x wireText) decode(s string) { *x.p = s }
func (x wireText) encode() string  { return *x.p }
func (x wireText) mapNames(f func(UserName) UserName) {
	src := payload(*x.p)
	if mapped := mapXML(src, f); mapped != src {
		*x.p = Escape(mapped)
	}
}

// templateText is a pat's template, where names stand as in "${wxid_a}".
type templateText struct{ p *string }

func (x templateText) decode(s string) { *x.p = s }
func (x templateText) encode() string  { return *x.p }
func (x templateText) mapNames(f func(UserName) UserName) {
	var b strings.Builder
	rest := *x.p
	for {
		before, after, ok := strings.Cut(rest, "${")
		name, tail, ended := strings.Cut(after, "}")
		if !ok || !ended {
			b.WriteString(rest)
			*x.p = b.String()
			return
		}
		b.WriteString(before + "${" + string(mapName(UserName(name), f)) + "}")
		rest = tail
	}
}
