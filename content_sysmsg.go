package webwx

import "strings"

// Recall says that a message was taken back (type 10002, messages.md §5.9).
// MsgID is the message's id as the web knows it; empty means the sender's last
// message.
type Recall struct {
	MsgID    string
	NewMsgID string   // only if the XML has another one there
	OldMsgID string   // the phone's
	Session  UserName // the chat
	Text     string   // what is shown instead
	Extra    string
}

var recallFrame = newFrame(`<sysmsg type="revokemsg"><revokemsg><session></session><oldmsgid>0</oldmsgid><msgid>0</msgid><newmsgid>0</newmsgid><replacemsg><![CDATA[]]></replacemsg></revokemsg></sysmsg>`)

func (c *Recall) fields() []field {
	return []field{
		{"revokemsg/session", &c.Session},
		{"revokemsg/oldmsgid", digits{&c.OldMsgID}},
		{"revokemsg/msgid", digits{&c.MsgID}},
		{"revokemsg/newmsgid", digits{&c.NewMsgID}},
		{"revokemsg/replacemsg", &c.Text},
		{extraPath, &c.Extra},
	}
}

// NewRecall makes the recall of a message. name is the name of who took it back
// as the receiver sees it, empty for the one who did.
func NewRecall(msgID string, session UserName, name string) *Recall {
	return &Recall{MsgID: msgID, Session: session, Text: RecallText(name)}
}

// RecallText is what is shown instead of a message that name took back, or
// oneself if name is empty. Known clients compare the latter as a whole.
func RecallText(name string) string {
	if name == "" {
		return "你撤回了一条消息"
	}
	return `"` + name + `" 撤回了一条消息`
}

// Kind returns [ContentRecall].
func (*Recall) Kind() ContentKind { return ContentRecall }

// Build makes a message of type 10002. Both msgid and newmsgid are MsgID: some
// clients read the one, some the other.
func (c *Recall) Build() Message {
	d := *c
	if d.NewMsgID == "" {
		d.NewMsgID = d.MsgID
	}
	return Message{MsgType: MsgRecalled, ImgStatus: 1, Content: Escape(recallFrame().text(d.fields()))}
}

func (c *Recall) line() string { return c.Text }

// digits is a decimal number as text, "0" for none: a known client reads it as
// an integer.
type digits struct{ p *string }

func (d digits) decode(s string) {
	s = strings.TrimLeft(strings.TrimSpace(s), "0")
	if strings.Trim(s, "0123456789") != "" {
		s = ""
	}
	*d.p = s
}

func (d digits) encode() string {
	if s := *d.p; s != "" && strings.Trim(s, "0123456789") == "" {
		return s
	}
	return "0"
}

func (digits) mapNames(func(UserName) UserName) {}

// Pat is a pat (拍一拍): of type 10002 with names (messages.md §5.9), or a system
// line with display names (§5.8), which is then in Line.
type Pat struct {
	FromUser UserName
	Chat     UserName
	Patted   UserName
	Template string // the line, with names as in "${wxid_a}"
	Line     string
	Extra    string
}

var patFrame = newFrame(`<sysmsg type="pat"><pat><fromusername></fromusername><chatusername></chatusername><pattedusername></pattedusername><template><![CDATA[]]></template></pat></sysmsg>`)

func (c *Pat) fields() []field {
	return []field{
		{"pat/fromusername", &c.FromUser},
		{"pat/chatusername", &c.Chat},
		{"pat/pattedusername", &c.Patted},
		{"pat/template", templateText{&c.Template}},
		{extraPath, &c.Extra},
	}
}

// PatLine is the line that tells of a pat, as known clients look for it. An empty
// name is oneself.
func PatLine(who, whom string) string {
	switch {
	case who == "" && whom == "":
		return "我拍了拍自己"
	case who == "":
		return "我拍了拍 " + quoted(whom)
	case whom == "":
		return quoted(who) + " 拍了拍我"
	}
	return quoted(who) + " 拍了拍 " + quoted(whom)
}

// isPat reports whether a grey line tells of a pat. openwechat looks for 拍了拍
// alone, but names may hold that too.
func isPat(text string) bool {
	before, after, ok := strings.Cut(text, "拍了拍")
	return ok && before != "" && after != "" && len(text) <= maxLine
}

// Kind returns [ContentPat].
func (*Pat) Kind() ContentKind { return ContentPat }

// Build makes a message of type 10002, or of type 10000 if there is a line.
func (c *Pat) Build() Message {
	if c.Line != "" {
		return systemLine(c.Line)
	}
	return Message{MsgType: MsgRecalled, ImgStatus: 1, Content: Escape(patFrame().text(c.fields()))}
}

func (c *Pat) line() string {
	if c.Line != "" {
		return c.Line
	}
	return c.Template
}

// parseSysmsg reads type 10002, nil if it is none of the known ones.
func parseSysmsg(body string) Content {
	root, ok := readTree(payload(body))
	if !ok || root.name != "sysmsg" {
		return nil
	}
	switch {
	case root.kid("revokemsg") != nil:
		var c Recall
		recallFrame().load(root, c.fields)
		if c.NewMsgID == c.MsgID {
			c.NewMsgID = ""
		}
		return &c
	case root.kid("pat") != nil:
		var c Pat
		patFrame().load(root, c.fields)
		return &c
	case root.find("sysmsgtemplate/content_template") != nil:
		return parseTemplate(root)
	}
	return nil
}
