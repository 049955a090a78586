package webwx

import "strings"

// parseTemplate reads a line whose names stand beside it.
func parseTemplate(root *node) Content {
	t := root.find("sysmsgtemplate/content_template")
	var text string
	if p := t.at("template"); p != nil {
		text = *p
	}
	if links := t.kid("link_list"); links != nil {
		names := make(map[string]string)
		for _, l := range links.kids {
			if name := l.attr("name"); name != nil && *name != "" {
				names[*name] = linkText(l)
			}
		}
		text = expand(text, names)
	}
	switch c := parseLine(text).(type) {
	case *Members:
		c.Template = root.String()
		return c
	case *Rename:
		c.Template = root.String()
		return c
	}
	return &System{Text: text, Template: root.String()}
}

// expand puts names where text has them as in "$name$". It stops at maxLine, for a
// small template could become a large line.
func expand(text string, names map[string]string) string {
	var b strings.Builder
	for b.Len() <= maxLine {
		before, after, ok := strings.Cut(text, "$")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, rest, ended := strings.Cut(after, "$")
		if shown, known := names[name]; ended && known {
			b.WriteString(shown)
			text = rest
		} else {
			b.WriteByte('$')
			text = after
		}
	}
	return ""
}

// linkText is what a link of a template shows: names, or for an undo link
// nothing.
func linkText(l *node) string {
	members := l.kid("memberlist")
	if members == nil {
		return ""
	}
	separator := "、"
	if s := l.at("separator"); s != nil && *s != "" {
		separator = *s
	}
	var names []string
	for _, m := range members.kids {
		if nick := m.at("nickname"); nick != nil {
			names = append(names, *nick)
		}
	}
	return strings.Join(names, separator)
}
