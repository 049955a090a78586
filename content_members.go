package webwx

import (
	"regexp"
	"slices"
	"strings"
)

// MembersEvent is what happened to a room's members.
type MembersEvent string

// The events of a room's members.
const (
	MembersInvited MembersEvent = "invited" // Who invited Whom
	MembersByCode  MembersEvent = "by_code" // Whom joined by the code that Who showed
	MembersRemoved MembersEvent = "removed" // Who removed Whom
	MembersLeft    MembersEvent = "left"    // Whom left; the owner alone is told
)

// Members says who joined or left a room: a system line (messages.md §5.8). It
// holds the names as people see them, since the line holds no others, and an
// empty name is oneself.
//
// Lines are read in Chinese and English and written in Chinese. So that nobody's
// name can pretend another event, Build writes a straight quote in a name as a
// curved one (”). A "、" in a name cannot be told from the one between names.
type Members struct {
	Event  MembersEvent
	Who    string
	Whom   []string
	Others []string // who is in the room already, when oneself is invited
	// Template is the XML of a line that came as a template: see [System].
	Template string
}

// Kind returns [ContentMembers].
func (*Members) Kind() ContentKind { return ContentMembers }

// Build makes a message of type 10000, or 10002 from a template.
func (c *Members) Build() Message { return fromTemplate(c.Template, c.text()) }

func (c *Members) fields() []field { return []field{{"", xmlText{&c.Template}}} }
func (c *Members) line() string    { return strings.TrimSpace(c.text()) }

func quoted(name string) string { return `"` + unquote(name) + `"` }

func unquote(name string) string { return strings.ReplaceAll(name, `"`, "”") }

func listed(names []string) string { return unquote(strings.Join(names, "、")) }

// text is the line. Every blank counts: messages.md §5.8.
func (c *Members) text() string {
	self := slices.Contains(c.Whom, "")
	rest := slices.DeleteFunc(slices.Clone(c.Whom), func(s string) bool { return s == "" })
	whom := `"` + listed(rest) + `"`
	switch {
	case c.Event == MembersByCode && c.Who == "":
		return `" ` + listed(rest) + `"通过扫描你分享的二维码加入群聊`
	case c.Event == MembersByCode:
		return `" ` + listed(rest) + `"通过扫描` + quoted(c.Who) + `分享的二维码加入群聊`
	case c.Event == MembersRemoved && self:
		return "你被" + quoted(c.Who) + "移出群聊"
	case c.Event == MembersRemoved && c.Who == "":
		return "你将" + whom + "移出了群聊"
	case c.Event == MembersRemoved:
		return quoted(c.Who) + "将" + whom + "移出了群聊"
	case c.Event == MembersLeft:
		return whom + "退出了群聊"
	case c.Who == "":
		return "你邀请" + whom + "加入了群聊  "
	case self && len(rest) > 0:
		return quoted(c.Who) + "邀请你和" + whom + "加入了群聊"
	case self && len(c.Others) > 0:
		return quoted(c.Who) + "邀请你加入了群聊，群聊参与人还有：" + listed(c.Others)
	case self:
		return quoted(c.Who) + "邀请你加入了群聊"
	}
	return quoted(c.Who) + "邀请" + whom + "加入了群聊"
}

// memberLines are the lines, more special ones first. A group's name says whose
// names it holds. What follows two blanks is a link of the phone's.
var memberLines = []struct {
	event MembersEvent
	self  bool // oneself is among those it happened to
	re    *regexp.Regexp
}{
	{MembersInvited, false, line(`你邀请"(?P<whom>.+?)"加入了群聊`)},
	{MembersInvited, true, line(`"(?P<who>[^"]+)"邀请你加入了群聊(?:，群聊参与人还有：(?P<others>.+))?`)},
	{MembersInvited, true, line(`"(?P<who>[^"]+)"邀请你和"(?P<whom>.+?)"加入了群聊`)},
	{MembersInvited, false, line(`"(?P<who>.+?)"邀请"(?P<whom>.+?)"加入了群聊`)},
	{MembersByCode, false, line(`" ?(?P<whom>[^"]+)"通过扫描你分享的二维码加入群聊`)},
	{MembersByCode, false, line(`" ?(?P<whom>.+?)"通过扫描"(?P<who>.+?)"分享的二维码加入群聊`)},
	{MembersRemoved, false, line(`你将"(?P<whom>.+?)"移出了群聊`)},
	{MembersRemoved, true, line(`你被"(?P<who>.+?)"移出群聊`)},
	{MembersRemoved, false, line(`"(?P<who>[^"]+)"将"(?P<whom>.+?)"移出了群聊`)},
	{MembersLeft, false, line(`"(?P<whom>[^"]+)"退出了群聊`)},

	{MembersInvited, false, line(`You invited "?(?P<whom>.+?)"? to the group chat\.?`)},
	{MembersInvited, true, line(`"?(?P<who>[^"]+?)"? invited you to a group chat with "?(?P<others>.+?)"?\.?`)},
	{MembersInvited, true, line(`"?(?P<who>[^"]+?)"? invited you to (?:a|the) group chat\.?`)},
	{MembersInvited, true, line(`"?(?P<who>[^"]+?)"? invited you and "?(?P<whom>.+?)"? to (?:the|a) group chat\.?`)},
	{MembersInvited, false, line(`"?(?P<who>[^"]+?)"? invited "?(?P<whom>.+?)"? to (?:the|a) group chat\.?`)},
	{MembersByCode, false, line(`" ?(?P<whom>.+?)" joined group chat via the QR code you shared\.?`)},
	{MembersByCode, false, line(`" ?(?P<whom>.+?)" joined the group chat via the QR Code shared by "(?P<who>.+?)"\.?`)},
	{MembersRemoved, false, line(`You removed "(?P<whom>.+?)" from the group chat\.?`)},
	{MembersRemoved, true, line(`You were removed from the group chat by "(?P<who>.+?)"\.?`)},
	{MembersLeft, false, line(`"(?P<whom>[^"]+)" left the group chat\.?`)},
}

func line(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`^(?s:` + pattern + `)(?s:  .*)?$`)
}

// maxLine is how long a line may be that is looked at.
const maxLine = 16 << 10

func parseMembers(text string) Content {
	if len(text) > maxLine || !strings.Contains(text, "群聊") && !strings.Contains(text, "group chat") {
		return nil
	}
	for _, l := range memberLines {
		found := l.re.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		c := &Members{Event: l.event}
		if l.self {
			c.Whom = []string{""}
		}
		for i, name := range l.re.SubexpNames() {
			switch {
			case found[i] == "":
			case name == "who":
				c.Who = found[i]
			case name == "whom":
				c.Whom = append(c.Whom, split(found[i])...)
			case name == "others":
				c.Others = split(found[i])
			}
		}
		return c
	}
	return nil
}

// split takes a list of names apart. English lines on the web have "、" too.
func split(names string) []string {
	return slices.DeleteFunc(strings.Split(names, "、"), func(s string) bool { return s == "" })
}

// Rename says that a room has a new topic: a system line (messages.md §5.8). An
// empty Who is oneself. Quotes in Who are written as in [Members].
type Rename struct {
	Who   string
	Topic string
	// Template is the XML of a line that came as a template: see [System].
	Template string
}

// Kind returns [ContentRename].
func (*Rename) Kind() ContentKind { return ContentRename }

// Build makes a message of type 10000, or 10002 from a template.
func (c *Rename) Build() Message { return fromTemplate(c.Template, c.text()) }

func (c *Rename) fields() []field { return []field{{"", xmlText{&c.Template}}} }
func (c *Rename) line() string    { return c.text() }

func (c *Rename) text() string {
	who := "你"
	if c.Who != "" {
		who = quoted(c.Who)
	}
	return who + "修改群名为“" + c.Topic + "”"
}

var renameLines = []*regexp.Regexp{
	regexp.MustCompile(`^(?s:你|"([^"]+)")修改群名为“((?s:.*))”$`),
	regexp.MustCompile(`^(?s:You|"?([^"]+?)"?) changed the group name to "((?s:.*))"\.?$`),
}

func parseRename(text string) Content {
	if len(text) > maxLine {
		return nil
	}
	for _, re := range renameLines {
		if found := re.FindStringSubmatch(text); found != nil {
			return &Rename{Who: found[1], Topic: found[2]}
		}
	}
	return nil
}
