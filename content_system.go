package webwx

import "strings"

// System is a grey line that is none of the lines with a content of their own
// (type 10000, messages.md §5.8; with Notice type 9999). A text that reads like
// one of those becomes that one when it is parsed again.
type System struct {
	Text   string
	Notice bool
	// Template is the XML of a line that came as a template with its names
	// (type 10002, messages.md §5.9). Build sends it again instead of the text.
	Template string
}

// systemLine is a message of type 10000.
func systemLine(text string) Message {
	return Message{MsgType: MsgSys, ImgStatus: 1, Content: Escape(text)}
}

// fromTemplate is a line as a template, if it came as one.
func fromTemplate(template, text string) Message {
	if template == "" {
		return systemLine(text)
	}
	return Message{MsgType: MsgRecalled, ImgStatus: 1, Content: Escape(template)}
}

// Kind returns [ContentSystem].
func (*System) Kind() ContentKind { return ContentSystem }

// Build makes a message of type 10000, 9999 or 10002.
func (c *System) Build() Message {
	m := fromTemplate(c.Template, c.Text)
	if c.Notice {
		m.MsgType = MsgSysNotice
	}
	return m
}

func (c *System) fields() []field { return []field{{"", xmlText{&c.Template}}} }
func (c *System) line() string    { return c.Text }

// SystemEvent is what a [System] line tells.
type SystemEvent string

// The events of messages.md §5.8 that have no content of their own.
const (
	SystemFriendAdded  SystemEvent = "friend_added"   // oneself added a friend
	SystemAddedBy      SystemEvent = "added_by"       // a friend added oneself
	SystemAccepted     SystemEvent = "accepted"       // a friend accepted; names nobody
	SystemNotFriend    SystemEvent = "not_friend"     // a send came to nothing
	SystemGreeting     SystemEvent = "greeting_ended" // above is what was said before
	SystemGroupPayment SystemEvent = "group_payment"  // on the phone
	SystemWarning      SystemEvent = "warning"        // of strangers
	SystemOther        SystemEvent = "other"
)

// systemTexts are the lines word for word, for known clients match them: what
// stands before the name and after it.
var systemTexts = []struct {
	event         SystemEvent
	before, after string
}{
	{SystemFriendAdded, "你已添加了", "，现在可以开始聊天了。"},
	{SystemFriendAdded, "You have added ", " as your WeChat contact. Start chatting!"},
	{SystemAddedBy, "", "刚刚把你添加到通讯录，现在可以开始聊天了。"},
	{SystemAccepted, "我通过了你的朋友验证请求，现在我们可以开始聊天了", ""},
	{SystemNotFriend, "", "开启了朋友验证，你还不是他（她）朋友。请先发送朋友验证请求，对方验证通过后，才能聊天。发送朋友验证"},
	{SystemGreeting, "以上是打招呼的内容", ""},
	{SystemGroupPayment, "群收款消息，请在手机上查看", ""},
	{SystemWarning, "如果陌生人主动添加你为朋友，请谨慎核实对方身份。", ""},
}

// NewSystem makes the line of an event. name is the other person's, where the
// event has one.
func NewSystem(event SystemEvent, name string) *System {
	for _, t := range systemTexts {
		if t.event == event {
			if t.event == SystemAccepted || t.before != "" && t.after == "" {
				name = ""
			}
			return &System{Text: t.before + name + t.after}
		}
	}
	return &System{Text: name}
}

// Event tells what the line says, and about whom.
func (c *System) Event() (event SystemEvent, name string) {
	for _, t := range systemTexts {
		if t.after == "" {
			if strings.HasPrefix(c.Text, t.before) {
				return t.event, ""
			}
			continue
		}
		rest, ok := strings.CutPrefix(c.Text, t.before)
		if name, rest, found := strings.Cut(rest, t.after); ok && found && rest == "" {
			return t.event, name
		}
	}
	return SystemOther, ""
}

// parseLine finds out what a grey line says.
func parseLine(text string) Content {
	switch strings.TrimSpace(text) {
	case redPacketReceived:
		return &RedPacket{}
	case redPacketSent:
		return &RedPacket{Sent: true}
	case liveEnded:
		return &LiveLocation{Ended: true}
	}
	if c := parseMembers(text); c != nil {
		return c
	}
	if c := parseRename(text); c != nil {
		return c
	}
	c := &System{Text: text}
	if event, _ := c.Event(); event == SystemOther && isPat(text) {
		return &Pat{Line: text}
	}
	return c
}
