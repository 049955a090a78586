package webwx

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MsgSource is what the official page sends beside a text that mentions somebody
// (endpoints.md §12). The service does not tell receivers on the web; for them a
// mention is text: see [Mentions].
type MsgSource struct {
	AtUserNames []UserName // atusername, as the web page writes it
	AtUserList  []UserName // atuserlist, as phones write it
	Room        UserName   // atchatroomname
	Extra       string
}

var msgSourceFrame = newFrame(`<msgsource></msgsource>`)

func (s *MsgSource) fields() []field {
	return []field{
		{"atusername", &s.AtUserNames}, {"atchatroomname", &s.Room}, {"atuserlist", &s.AtUserList}, {extraPath, &s.Extra},
	}
}

// MarshalText writes s as the XML of a send, nothing if s is empty.
func (s *MsgSource) MarshalText() ([]byte, error) {
	text := msgSourceFrame().text(s.fields())
	if text == "<msgsource></msgsource>" {
		return nil, nil
	}
	return []byte(text), nil
}

// UnmarshalText reads the XML of a send. What is not such XML is an empty source,
// since a text is worth sending without its mentions.
func (s *MsgSource) UnmarshalText(text []byte) error {
	*s = MsgSource{}
	readXML(payload(string(text)), msgSourceFrame(), s.fields)
	return nil
}

// Mentioned lists everybody that s mentions, once.
func (s *MsgSource) Mentioned() []UserName {
	var names []UserName
	for _, n := range slices.Concat(s.AtUserNames, s.AtUserList) {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// MapNames is [MapNames] for s.
func (s *MsgSource) MapNames(f func(UserName) UserName) *MsgSource {
	c := *s
	mapFields(c.fields(), f)
	return &c
}

// mentionEnd is the four-per-em space that ends a mention (messages.md §4 rule 5).
const mentionEnd = "\u2005"

// Mention is the text that mentions whoever is called name in a room.
func Mention(name string) string { return "@" + name + mentionEnd }

// Mentions lists those of names that text mentions, in the order in which it
// does, each once: "@", the name, and then a four-per-em space, another blank or
// the end. Of names that begin alike the longest counts. Names are plain text.
func Mentions(text string, names []string) []string {
	var found []string
	for rest := text; ; {
		_, after, ok := strings.Cut(rest, "@")
		if !ok {
			return found
		}
		rest = after
		longest := ""
		for _, name := range names {
			if len(name) > len(longest) && strings.HasPrefix(after, name) && ends(after[len(name):]) {
				longest = name
			}
		}
		if longest != "" {
			rest = after[len(longest):]
			if !slices.Contains(found, longest) {
				found = append(found, longest)
			}
		}
	}
}

func ends(rest string) bool {
	r, n := utf8.DecodeRuneInString(rest)
	return n == 0 || unicode.IsSpace(r)
}
