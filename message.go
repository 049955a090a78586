package webwx

import "fmt"

// MsgType is the kind of a message (messages.md §1.1).
type MsgType int

// The message types that occur on the web.
const (
	MsgText           MsgType = 1 // also locations (SubMsgType 48)
	MsgImage          MsgType = 3
	MsgVoice          MsgType = 34
	MsgVerify         MsgType = 37 // friend request
	MsgPossibleFriend MsgType = 40
	MsgShareCard      MsgType = 42
	MsgVideo          MsgType = 43
	MsgEmoticon       MsgType = 47 // sticker
	MsgLocation       MsgType = 48 // only when sending
	MsgApp            MsgType = 49 // link, file, mini program …: AppMsgType tells
	MsgVoip           MsgType = 50
	MsgStatusNotify   MsgType = 51 // a notice between own devices, no chat message
	MsgVoipNotify     MsgType = 52
	MsgVoipInvite     MsgType = 53
	MsgMicroVideo     MsgType = 62
	MsgSysNotice      MsgType = 9999
	MsgSys            MsgType = 10000 // grey system line
	MsgRecalled       MsgType = 10002 // recall, pat and other sysmsg
)

var msgKind = map[MsgType]string{
	MsgText: "text", MsgImage: "image", MsgVoice: "voice", MsgVerify: "friend_request",
	MsgPossibleFriend: "possible_friend", MsgShareCard: "card", MsgVideo: "video",
	MsgEmoticon: "sticker", MsgLocation: "location", MsgApp: "app", MsgVoip: "call",
	MsgStatusNotify: "status", MsgVoipNotify: "call", MsgVoipInvite: "call",
	MsgMicroVideo: "video", MsgSysNotice: "system", MsgSys: "system", MsgRecalled: "recall",
}

// String is a short English word for t, such as "text", or "type N".
func (t MsgType) String() string {
	if s, ok := msgKind[t]; ok {
		return s
	}
	return fmt.Sprintf("type %d", int(t))
}

// StatusCode says what a status notice tells (messages.md §6).
type StatusCode int

// The status codes.
const (
	StatusRead  StatusCode = 1 // a chat was read
	StatusEnter StatusCode = 2 // a chat was opened on the phone
	StatusInit  StatusCode = 3 // sent once by a client that has initialised (S 6.4)
	StatusChats StatusCode = 4 // the list of recent chats
	StatusQuit  StatusCode = 5 // a chat was left on the phone (S 9.29)
)

// Message is one entry of AddMsgList: messages.md §2, S 9.10–9.28. The order of
// the fields is that of the wire. Content is HTML, and in rooms begins with its
// sender: [Message.Text] and [Message.Sender] take it apart, and [Message.Parse]
// tells what it says.
type Message struct {
	MsgID                string        `json:"MsgId"` // decimal; the same number as NewMsgID
	FromUserName         UserName      `json:"FromUserName"`
	ToUserName           UserName      `json:"ToUserName"`
	MsgType              MsgType       `json:"MsgType"`
	Content              string        `json:"Content"`
	Status               int           `json:"Status"`
	ImgStatus            int           `json:"ImgStatus"`   // 2 when there is a thumbnail
	CreateTime           int64         `json:"CreateTime"`  // unix seconds
	VoiceLength          int           `json:"VoiceLength"` // milliseconds
	PlayLength           int           `json:"PlayLength"`  // seconds
	FileName             string        `json:"FileName"`
	FileSize             string        `json:"FileSize"` // decimal or empty
	MediaID              string        `json:"MediaId"`
	URL                  string        `json:"Url"`
	AppMsgType           int           `json:"AppMsgType"`
	StatusNotifyCode     StatusCode    `json:"StatusNotifyCode"`
	StatusNotifyUserName string        `json:"StatusNotifyUserName"` // one name, or a comma list
	RecommendInfo        RecommendInfo `json:"RecommendInfo"`
	ForwardFlag          int           `json:"ForwardFlag"`
	AppInfo              AppInfo       `json:"AppInfo"`
	HasProductID         int           `json:"HasProductId"`
	Ticket               string        `json:"Ticket"`
	ImgHeight            int           `json:"ImgHeight"`
	ImgWidth             int           `json:"ImgWidth"`
	SubMsgType           int           `json:"SubMsgType"`
	NewMsgID             int64         `json:"NewMsgId"`
	OriContent           string        `json:"OriContent"`
	EncryFileName        string        `json:"EncryFileName"`

	// Raw is the entry as a client received it, nil for a message that was made
	// here. It shares memory with the other messages of its reply: do not change it.
	Raw []byte `json:"-" wire:"raw"`
}

// RecommendInfo is the person in a friend request or a name card (messages.md §2.1).
type RecommendInfo struct {
	UserName   UserName `json:"UserName"`
	NickName   string   `json:"NickName"`
	QQNum      int64    `json:"QQNum"`
	Province   string   `json:"Province"`
	City       string   `json:"City"`
	Content    string   `json:"Content"`
	Signature  string   `json:"Signature"`
	Alias      string   `json:"Alias"`
	Scene      int      `json:"Scene"`
	VerifyFlag int      `json:"VerifyFlag"`
	AttrStatus uint32   `json:"AttrStatus"`
	Sex        int      `json:"Sex"`
	Ticket     string   `json:"Ticket"`
	OpCode     int      `json:"OpCode"`
}

// AppInfo names the program that an app message came from (S 9.21).
type AppInfo struct {
	AppID string `json:"AppID"`
	Type  int    `json:"Type"`
}

// Mine reports whether the account self sent m from another of its devices.
func (m *Message) Mine(self UserName) bool {
	return m.FromUserName == self || m.FromUserName == ""
}

// Chat is the other end of the conversation: the room, the friend, or for own
// messages from another device their receiver.
func (m *Message) Chat(self UserName) UserName {
	if m.Mine(self) {
		return m.ToUserName
	}
	return m.FromUserName
}

// Sender is who wrote m. In a room it is the member named in the content, and
// the room itself for system lines.
func (m *Message) Sender(self UserName) UserName {
	if m.Mine(self) {
		return self
	}
	if member, _ := m.cut(); member != "" {
		return member
	}
	return m.FromUserName
}

// cut returns the member that the content names, if any, and the rest. Only
// what others write in a room names one (messages.md §4 rule 2).
func (m *Message) cut() (member UserName, content string) {
	if m.FromUserName.IsRoom() && m.MsgType != MsgSys {
		member, content, _ = CutMember(m.Content)
		return member, content
	}
	return "", m.Content
}

// Text is the content as a person would read it: without the room's sender
// prefix, entities, line breaks and emoji decoded. For kinds other than text it
// is the message's XML.
func (m *Message) Text() string {
	_, content := m.cut()
	return Unescape(content)
}

// Sent is what a send came to: the service's id, by which the message can be
// recalled, and the id that this client gave it.
type Sent struct {
	MsgID   string `json:"msg_id"`
	LocalID string `json:"local_id"`
}
