package webwx

import (
	"html"
	"strconv"
	"strings"
)

// Text that comes from a server is HTML: README.md §6, messages.md §4. These are
// the only functions that know its rules.

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r\n", "<br/>", "\n", "<br/>")

// Escape turns plain text into the form in which a server sends contents and
// names: &, < and > as entities, line ends as <br/>.
func Escape(text string) string { return escaper.Replace(text) }

// Unescape turns what a server sent into plain text: <br/> becomes a line end,
// an emoji span the emoji, an entity its character. A span whose code is not
// known stays as it is.
func Unescape(content string) string { return decode(content, html.UnescapeString) }

// payload is the text of a content that may be XML. Some captures hold XML that
// is not escaped (messages.md §2, OriContent): there an entity belongs to the
// XML, and only breaks and emoji are decoded.
func payload(content string) string {
	start := strings.TrimLeft(content, " \t\r\n")
	for {
		text, n := "", 0
		if strings.HasPrefix(start, "<") {
			text, n = tag(start)
		}
		if text != "\n" {
			break
		}
		start = strings.TrimLeft(start[n:], " \t\r\n")
	}
	if len(start) > 1 && start[0] == '<' && (start[1] == '?' || isLetter(start[1])) && !strings.HasPrefix(start, "<span ") {
		return decode(content, func(s string) string { return s })
	}
	return Unescape(content)
}

// unified is text with the one line end that messages have.
func unified(text string) string {
	if !strings.Contains(text, "\r\n") {
		return text
	}
	lines := strings.Split(text, "\n")
	for i := range len(lines) - 1 {
		lines[i] = strings.TrimRight(lines[i], "\r")
	}
	return strings.Join(lines, "\n")
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// decode replaces tags, and entities as entity says.
func decode(content string, entity func(string) string) string {
	if !strings.ContainsAny(content, "<&") {
		return content
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(content, '<')
		if i < 0 {
			b.WriteString(entity(content))
			return b.String()
		}
		b.WriteString(entity(content[:i]))
		text, n := tag(content[i:])
		b.WriteString(text)
		content = content[i+n:]
	}
}

// tag reads the line break or emoji span at the start of s, or else its first
// byte, and returns its text and its length.
func tag(s string) (text string, n int) {
	for _, br := range []string{"<br/>", "<br>", "<br />"} {
		if strings.HasPrefix(s, br) {
			return "\n", len(br)
		}
	}
	const open, end = `<span class="emoji emoji`, `"></span>`
	if rest, ok := strings.CutPrefix(s, open); ok {
		rest = rest[:min(len(rest), maxEmoji+len(end))]
		if code, _, ok := strings.Cut(rest, end); ok {
			if e, ok := emoji(code); ok {
				return e, len(open) + len(code) + len(end)
			}
		}
	}
	return s[:1], 1
}

// maxEmoji is the length of the longest code: two code points of five digits.
const maxEmoji = 10

// emoji decodes the hexadecimal code of an emoji span, in which two code points
// may be glued together: 2+4 digits for keycaps, 4+4, and 5+5 for flags.
func emoji(code string) (string, bool) {
	cut := len(code)
	switch len(code) {
	case 2, 3, 4, 5:
	case 6:
		cut = 2
	case 8:
		cut = 4
	case maxEmoji:
		cut = 5
	default:
		return "", false
	}
	var b strings.Builder
	for _, part := range []string{code[:cut], code[cut:]} {
		if part == "" {
			continue
		}
		n, err := strconv.ParseUint(part, 16, 21)
		if err != nil || n < 0x20 || (0xd800 <= n && n <= 0xdfff) {
			return "", false
		}
		b.WriteRune(rune(n))
	}
	return b.String(), true
}

// memberEnd separates the sender's name from the text in a room's message.
const memberEnd = ":<br/>"

// PutMember puts the sender in front of the content of a room's message.
func PutMember(member UserName, content string) string {
	return string(member) + memberEnd + content
}

// CutMember takes the sender from the content of a room's message: messages.md
// §4 rule 2. It reports false if the content names none, as system lines do.
func CutMember(content string) (member UserName, rest string, ok bool) {
	name, rest, found := strings.Cut(content, memberEnd)
	if !found || name == "" || name == "@" {
		return "", content, false
	}
	at := strings.HasPrefix(name, "@")
	for _, c := range []byte(strings.TrimPrefix(name, "@")) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case !at && (c == '_' || c == '-'):
		default:
			return "", content, false
		}
	}
	return UserName(name), rest, true
}
