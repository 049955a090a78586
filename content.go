package webwx

// ContentKind is a short English word for what a content is: stable, for logs,
// files and scripts.
type ContentKind string

// The kinds of content.
const (
	ContentText           ContentKind = "text"
	ContentImage          ContentKind = "image"
	ContentVoice          ContentKind = "voice"
	ContentVideo          ContentKind = "video" // and the small video
	ContentSticker        ContentKind = "sticker"
	ContentLocation       ContentKind = "location"
	ContentLiveLocation   ContentKind = "live_location"
	ContentCard           ContentKind = "card"
	ContentFriendRequest  ContentKind = "friend_request"
	ContentPossibleFriend ContentKind = "possible_friend"
	ContentLink           ContentKind = "link"
	ContentFile           ContentKind = "file"
	ContentMusic          ContentKind = "music"
	ContentMiniProgram    ContentKind = "mini_program"
	ContentQuote          ContentKind = "quote"
	ContentRecord         ContentKind = "record" // merged chat history
	ContentTransfer       ContentKind = "transfer"
	ContentRedPacket      ContentKind = "red_packet"
	ContentArticles       ContentKind = "articles"
	ContentChannels       ContentKind = "channels"
	ContentApp            ContentKind = "app" // any other app message
	ContentSystem         ContentKind = "system"
	ContentMembers        ContentKind = "members" // somebody joined or left a room
	ContentRename         ContentKind = "rename"
	ContentPat            ContentKind = "pat"
	ContentRecall         ContentKind = "recall"
	ContentCall           ContentKind = "call"
	ContentStatus         ContentKind = "status"
	ContentUnknown        ContentKind = "unknown"
)

// Content is what a message says, apart from who says it to whom and when: one
// of *[Text], *[Image], *[Voice], *[Video], *[Sticker], *[Location],
// *[LiveLocation], *[Card], *[FriendRequest], *[PossibleFriend], *[Link],
// *[File], *[Music], *[MiniProgram], *[Quote], *[Record], *[Transfer],
// *[RedPacket], *[Articles], *[Channels], *[App], *[System], *[Members],
// *[Rename], *[Pat], *[Recall], *[Call], *[StatusNotice] and *[Unknown].
// The set is closed, so a type switch can be complete.
//
// The strings in a content are plain text: entities, breaks and emoji spans are
// decoded. A field named Extra keeps the XML that the other fields do not
// account for, so that a content can be passed on without loss.
//
// [Message.Parse] reads a content and Build writes it. Reading what was written
// gives an equal content, except that "\r\n" becomes "\n" in texts, that XML
// cannot hold control characters, and that the lines of [System], [Members] and
// [Rename] are sentences: see there.
type Content interface {
	Kind() ContentKind

	// Build makes the message as a server sends it: MsgType, AppMsgType,
	// SubMsgType, ImgStatus, Content and whatever else the kind fills. Ids,
	// names, time, Status and, in rooms, the sender's prefix ([PutMember]) are
	// left to the caller.
	Build() Message

	// fields is what ties the content to its XML. All its names are among them.
	fields() []field
	// line is the part that tells one content of a kind from another.
	line() string
}

// Parse reads what m says. It never returns nil: what it does not know becomes
// *[Unknown], and media whose XML cannot be read keep it as a Blob. Its work is
// bounded, whatever m holds.
func (m *Message) Parse() Content {
	_, body := m.cut()
	switch m.MsgType {
	case MsgText:
		return m.parseText(body)
	case MsgImage:
		return m.parseImage(body)
	case MsgVoice:
		return m.parseVoice(body)
	case MsgVideo, MsgMicroVideo:
		return m.parseVideo(body)
	case MsgEmoticon:
		return m.parseSticker(body)
	case MsgLocation:
		return m.parseLocation(body)
	case MsgShareCard:
		return m.parseCard(body)
	case MsgVerify:
		return &FriendRequest{m.parseStranger(body)}
	case MsgPossibleFriend:
		return &PossibleFriend{m.parseStranger(body)}
	case MsgApp:
		if c := m.parseApp(body); c != nil {
			return c
		}
	case MsgVoip, MsgVoipNotify, MsgVoipInvite:
		return &Call{Type: m.MsgType, XML: unified(payload(body))}
	case MsgStatusNotify:
		return m.parseStatus(body)
	case MsgSys:
		return parseLine(unified(Unescape(body)))
	case MsgSysNotice:
		return &System{Text: unified(Unescape(body)), Notice: true}
	case MsgRecalled:
		if c := parseSysmsg(body); c != nil {
			return c
		}
	}
	return &Unknown{MsgType: m.MsgType, AppMsgType: m.AppMsgType, SubMsgType: m.SubMsgType, Content: body}
}

// parseText reads type 1, which is not always a text (messages.md §1.1).
func (m *Message) parseText(body string) Content {
	text := unified(Unescape(body))
	switch {
	case m.isLocation(body):
		return m.parseLocation(body)
	case m.AppMsgType == appRedPacket:
		return &RedPacket{Sent: text == redPacketSent}
	}
	return &Text{Text: text}
}

// Text is a text message (messages.md §5.1). Mentions are part of the text: see
// [Mentions] and [Mention].
type Text struct {
	Text string
}

// Kind returns [ContentText].
func (*Text) Kind() ContentKind { return ContentText }

// Build makes a message of type 1.
func (c *Text) Build() Message {
	return Message{MsgType: MsgText, ImgStatus: 1, Content: Escape(c.Text)}
}

func (*Text) fields() []field { return nil }
func (c *Text) line() string  { return c.Text }

// Unknown is a message of a kind that this package does not know, or whose XML
// it cannot read. Content is as it came, without the room's sender prefix, so
// that it can be passed on.
type Unknown struct {
	MsgType                MsgType
	AppMsgType, SubMsgType int
	Content                string
}

// Kind returns [ContentUnknown].
func (*Unknown) Kind() ContentKind { return ContentUnknown }

// Build makes a message with the content as it came.
func (c *Unknown) Build() Message {
	return Message{MsgType: c.MsgType, AppMsgType: c.AppMsgType, SubMsgType: c.SubMsgType, ImgStatus: 1, Content: c.Content}
}

func (c *Unknown) fields() []field { return []field{{"", wireText{&c.Content}}} }
func (c *Unknown) line() string    { return c.MsgType.String() }
