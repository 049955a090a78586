package wire

import "github.com/webwx/webwx"

// SendMsg sends text: endpoints.md §12, S 10.
var SendMsg = Endpoint[SendMsgRequest, SendMsgResponse]{
	Op: "webwxsendmsg", Host: Main, Path: cgi + "webwxsendmsg",
	Official: Form{Method: "POST", Query: []string{"lang", "pass_ticket"}, JSON: true},
	Seed:     Form{Method: "POST", Query: []string{"pass_ticket"}, JSON: true, Misspelt: true},
}

// SendMsgRequest is the request of [SendMsg].
type SendMsgRequest struct {
	Query
	WithBase
	Fun   string `param:"fun"` // "async" or "sys", of the sends that are not text
	F     string `param:"f"`   // "json"
	Msg   Msg    `json:"Msg"`
	Scene *int   `json:"Scene,omitempty"` // 0, or 2 for a forwarded message; the seed has none
}

// Msg is a message on its way out.
type Msg struct {
	Type         webwx.MsgType  `json:"Type"`
	Content      string         `json:"Content"` // plain text, "\n" for line ends
	FromUserName webwx.UserName `json:"FromUserName"`
	ToUserName   webwx.UserName `json:"ToUserName"`
	LocalID      string         `json:"LocalID"`
	ClientMsgID  string         `json:"ClientMsgId"`
	MsgSource    string         `json:"MsgSource,omitempty"`

	// What a send by reference says instead of, or beside, Content.
	MediaID     string `json:"MediaId,omitempty"`
	EmojiFlag   int    `json:"EmojiFlag,omitempty"`
	EMoticonMD5 string `json:"EMoticonMd5,omitempty"` // the protocol's spelling
	Signature   string `json:"Signature,omitempty"`
}

// SendMsgResponse is the reply of all sends.
type SendMsgResponse struct {
	Reply
	MsgID   string `json:"MsgID"`
	LocalID string `json:"LocalID"`
}
