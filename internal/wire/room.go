package wire

import "github.com/webwx/webwx"

// CreateChatRoom makes a room: endpoints.md §27.
var CreateChatRoom = Endpoint[CreateChatRoomRequest, CreateChatRoomResponse]{
	Op: "webwxcreatechatroom", Host: Main, Path: cgi + "webwxcreatechatroom",
	Official: Form{Method: "POST", Query: []string{"r", "lang", "pass_ticket"}, JSON: true},
}

// CreateChatRoomRequest is the request of [CreateChatRoom].
type CreateChatRoomRequest struct {
	Query
	WithBase
	MemberCount int          `json:"MemberCount" wire:"out"`
	MemberList  []RoomMember `json:"MemberList"`
	Topic       string       `json:"Topic"`
}

// RoomMember names somebody to be in a room.
type RoomMember struct {
	UserName webwx.UserName `json:"UserName"`
}

// CreateChatRoomResponse is the reply of [CreateChatRoom]. Members whose
// MemberStatus is not 0 could not be added.
type CreateChatRoomResponse struct {
	Reply
	Topic        string         `json:"Topic"`
	PYInitial    string         `json:"PYInitial"`
	QuanPin      string         `json:"QuanPin"`
	MemberCount  int            `json:"MemberCount"`
	MemberList   []webwx.Member `json:"MemberList"`
	ChatRoomName webwx.UserName `json:"ChatRoomName"`
	BlackList    string         `json:"BlackList"`
}

// UpdateChatRoom changes a room: endpoints.md §28. Fun says how; without it the
// part that is filled in does.
var UpdateChatRoom = Endpoint[UpdateChatRoomRequest, UpdateChatRoomResponse]{
	Op: "webwxupdatechatroom", Host: Main, Path: cgi + "webwxupdatechatroom",
	Official: Form{Method: "POST", Query: []string{"fun", "lang", "pass_ticket"}, JSON: true},
}

// The values of UpdateChatRoomRequest.Fun.
const (
	RoomAdd    = "addmember"
	RoomInvite = "invitemember"
	RoomRemove = "delmember"
	RoomRename = "modtopic"
	RoomLeave  = "quitchatroom"
)

// UpdateChatRoomRequest is the request of [UpdateChatRoom]. Lists are names joined
// by commas; an array, which WeixinBot sends, is read too (endpoints.md §28).
type UpdateChatRoomRequest struct {
	Query
	WithBase
	Fun              string         `param:"fun"`
	ChatRoomName     webwx.UserName `json:"ChatRoomName"`
	AddMemberList    string         `json:"AddMemberList,omitempty" wire:"joined"`
	InviteMemberList string         `json:"InviteMemberList,omitempty" wire:"joined"`
	DelMemberList    string         `json:"DelMemberList,omitempty" wire:"joined"`
	NewTopic         string         `json:"NewTopic,omitempty"`
}

// UpdateChatRoomResponse is the reply of [UpdateChatRoom].
type UpdateChatRoomResponse struct {
	Reply
	MemberCount int            `json:"MemberCount"`
	MemberList  []webwx.Member `json:"MemberList"`
}
