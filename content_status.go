package webwx

import "strconv"

// StatusNotice tells what another device of the same account did (type 51,
// messages.md §6).
type StatusNotice struct {
	Code  StatusCode
	Names []UserName // the chat, or with [StatusChats] the recent chats
	// XMLNames are the names inside the XML if they are others. There the real
	// service has the lasting ids, as many and in the same order.
	XMLNames []UserName
	Unread   []UnreadChat
	Extra    string
}

// UnreadChat says until when a chat has been read.
type UnreadChat struct {
	UserName UserName
	LastRead int64 // unix seconds
}

var statusFrame = newFrame("<msg>\n<op id='0'>\n<username></username>\n<unreadchatlist></unreadchatlist>\n<unreadfunctionlist></unreadfunctionlist>\n</op>\n</msg>")

var unreadFrame = newFrame("<chat><username></username><lastreadtime>0</lastreadtime></chat>")

func (c *StatusNotice) fields() []field {
	code := strconv.Itoa(int(c.Code))
	return []field{
		{"", &c.Names},
		{"op@id", &code},
		{"op/username", &c.XMLNames},
		{"op/unreadchatlist/chat", listOf[UnreadChat]{&c.Unread, unreadFrame, func(u *UnreadChat) []field {
			return []field{{"username", &u.UserName}, {"lastreadtime", &u.LastRead}}
		}}},
		{extraPath, &c.Extra},
	}
}

// Kind returns [ContentStatus].
func (*StatusNotice) Kind() ContentKind { return ContentStatus }

// Build makes a message of type 51.
func (c *StatusNotice) Build() Message {
	d := *c
	if len(d.XMLNames) == 0 {
		d.XMLNames = d.Names
	}
	return Message{
		MsgType: MsgStatusNotify, ImgStatus: 1, StatusNotifyCode: c.Code, StatusNotifyUserName: joinNames(c.Names),
		Content: Escape(statusFrame().text(d.fields())),
	}
}

func (c *StatusNotice) line() string { return strconv.Itoa(int(c.Code)) }

func (m *Message) parseStatus(body string) *StatusNotice {
	c := StatusNotice{Code: m.StatusNotifyCode, Names: splitNames(m.StatusNotifyUserName)}
	if root, ok := readTree(payload(body)); ok && root.name == "msg" {
		if id := root.at("op@id"); id != nil && c.Code == 0 {
			n, _ := strconv.Atoi(*id)
			c.Code = StatusCode(n)
		}
		statusFrame().load(root, c.fields)
	}
	if inXML := joinNames(c.XMLNames); len(c.Names) == 0 {
		c.Names, c.XMLNames = c.XMLNames, nil
	} else if inXML == joinNames(c.Names) {
		c.XMLNames = nil
	}
	return &c
}
