package wire

import "github.com/webwx/webwx"

// Init starts a session: endpoints.md §6, S 5.
var Init = Endpoint[InitRequest, InitResponse]{
	Op: "webwxinit", Host: Main, Path: cgi + "webwxinit",
	Official: Form{Method: "POST", Query: []string{"r", "lang", "pass_ticket"}, JSON: true},
	Seed:     Form{Method: "POST", JSON: true},
}

// InitRequest is the request of [Init].
type InitRequest struct {
	Query
	WithBase
}

// InitResponse is the reply of [Init].
type InitResponse struct {
	Reply
	Count               int              `json:"Count"`
	ContactList         []webwx.Contact  `json:"ContactList"`
	SyncKey             webwx.SyncKey    `json:"SyncKey"`
	User                webwx.User       `json:"User"`
	ChatSet             string           `json:"ChatSet"`
	SKey                string           `json:"SKey"`
	ClientVersion       int              `json:"ClientVersion"`
	SystemTime          int64            `json:"SystemTime"` // unix seconds
	GrayScale           int              `json:"GrayScale"`
	InviteStartCount    int              `json:"InviteStartCount"`
	MPSubscribeMsgCount int              `json:"MPSubscribeMsgCount"`
	MPSubscribeMsgList  []MPSubscribeMsg `json:"MPSubscribeMsgList"`
	ClickReportInterval int              `json:"ClickReportInterval"` // milliseconds
}

// MPSubscribeMsg is what an official account published.
type MPSubscribeMsg struct {
	UserName       webwx.UserName `json:"UserName"`
	MPArticleCount int            `json:"MPArticleCount"`
	MPArticleList  []MPArticle    `json:"MPArticleList"`
	Time           int64          `json:"Time"`
	NickName       string         `json:"NickName"`
}

// MPArticle is one article of a [MPSubscribeMsg].
type MPArticle struct {
	Title  string `json:"Title"`
	Digest string `json:"Digest"`
	Cover  string `json:"Cover"`
	URL    string `json:"Url"`
}

// StatusNotify tells the phone what a session did: endpoints.md §7, S 6.
var StatusNotify = Endpoint[StatusNotifyRequest, StatusNotifyResponse]{
	Op: "webwxstatusnotify", Host: Main, Path: cgi + "webwxstatusnotify",
	Official: Form{Method: "POST", Query: []string{"lang", "pass_ticket"}, JSON: true},
	Seed:     Form{Method: "POST", JSON: true},
}

// StatusNotifyRequest is the request of [StatusNotify].
type StatusNotifyRequest struct {
	Query
	WithBase
	Code         webwx.StatusCode `json:"Code"`
	FromUserName webwx.UserName   `json:"FromUserName"`
	ToUserName   webwx.UserName   `json:"ToUserName"`
	ClientMsgID  Number           `json:"ClientMsgId"`
}

// StatusNotifyResponse is the reply of [StatusNotify].
type StatusNotifyResponse struct {
	Reply
	MsgID string `json:"MsgID"`
}
