package wire

import "github.com/webwx/webwx"

// Oplog sets a remark or pins a chat: endpoints.md §25.
var Oplog = Endpoint[OplogRequest, OplogResponse]{
	Op: "webwxoplog", Host: Main, Path: cgi + "webwxoplog",
	Official: Form{Method: "POST", Query: []string{"lang", "pass_ticket"}, JSON: true},
}

// The commands of [Oplog].
const (
	OplogRemark = 2
	OplogPin    = 3
)

// OplogRequest is the request of [Oplog]. A RemarkName that is absent leaves the
// remark as it is; an empty one clears it.
type OplogRequest struct {
	Query
	WithBase
	UserName   webwx.UserName `json:"UserName"`
	CmdID      int            `json:"CmdId"`
	OP         *int           `json:"OP,omitempty"` // 1 pins, 0 does not
	RemarkName *string        `json:"RemarkName,omitempty"`
}

// OplogResponse is the reply of [Oplog].
type OplogResponse struct{ Reply }

// VerifyUser asks for a friendship, or answers a request: endpoints.md §26.
var VerifyUser = Endpoint[VerifyUserRequest, VerifyUserResponse]{
	Op: "webwxverifyuser", Host: Main, Path: cgi + "webwxverifyuser",
	Official: Form{Method: "POST", Query: []string{"r", "lang", "pass_ticket"}, JSON: true},
}

// The values of VerifyUserRequest.Opcode.
const (
	VerifyAdd    = 1
	VerifyAsk    = 2
	VerifyAccept = 3
	VerifyRefuse = 4
)

// SceneWeb is where a web client's friend request comes from.
const SceneWeb = 33

// VerifyUserRequest is the request of [VerifyUser].
type VerifyUserRequest struct {
	Query
	WithBase
	Opcode             int          `json:"Opcode"`
	VerifyUserListSize int          `json:"VerifyUserListSize" wire:"out"`
	VerifyUserList     []VerifyItem `json:"VerifyUserList"`
	VerifyContent      string       `json:"VerifyContent"`
	SceneListCount     int          `json:"SceneListCount" wire:"out"`
	SceneList          []int        `json:"SceneList"`
	Skey               string       `json:"skey" wire:"out"` // one client puts a sync key there
}

// VerifyItem names whom a [VerifyUserRequest] is about.
type VerifyItem struct {
	Value            webwx.UserName `json:"Value"`
	VerifyUserTicket string         `json:"VerifyUserTicket"`
}

// VerifyUserResponse is the reply of [VerifyUser].
type VerifyUserResponse struct{ Reply }

// RevokeMsg takes back a message: endpoints.md §24.
var RevokeMsg = Endpoint[RevokeMsgRequest, RevokeMsgResponse]{
	Op: "webwxrevokemsg", Host: Main, Path: cgi + "webwxrevokemsg",
	Official: Form{Method: "POST", Query: []string{"lang", "pass_ticket"}, JSON: true},
}

// RevokeMsgRequest is the request of [RevokeMsg].
type RevokeMsgRequest struct {
	Query
	WithBase
	ClientMsgID string         `json:"ClientMsgId"`
	SvrMsgID    string         `json:"SvrMsgId"`
	ToUserName  webwx.UserName `json:"ToUserName"`
}

// RevokeMsgResponse is the reply of [RevokeMsg].
type RevokeMsgResponse struct {
	Reply
	Introduction string `json:"Introduction"`
	SysWording   string `json:"SysWording"`
}

// SearchContact looks for contacts: endpoints.md §33.
var SearchContact = Endpoint[SearchContactRequest, SearchContactResponse]{
	Op: "webwxsearchcontact", Host: Main, Path: cgi + "webwxsearchcontact",
	Official: Form{Method: "POST", Query: []string{"lang", "pass_ticket"}, JSON: true},
}

// SearchContactRequest is the request of [SearchContact].
type SearchContactRequest struct {
	Query
	WithBase
	KeyWord string `json:"KeyWord"`
}

// SearchContactResponse is the reply of [SearchContact].
type SearchContactResponse struct {
	Reply
	List []SearchItem `json:"List"`
}

// SearchItem is one contact found.
type SearchItem struct {
	EncryUserName webwx.UserName `json:"EncryUserName"`
}

// StatReport is the page's own statistics: endpoints.md §31. It is always
// accepted, and its content is not looked at.
var StatReport = Endpoint[StatReportRequest, StatReportResponse]{
	Op: "webwxstatreport", Host: Main, Path: cgi + "webwxstatreport",
	Official: Form{Method: "POST", Query: []string{"fun", "lang", "pass_ticket"}, JSON: true},
}

// StatReportRequest is the request of [StatReport].
type StatReportRequest struct {
	Query
	Fun string `param:"fun"` // "new"
}

// StatReportResponse is the reply of [StatReport].
type StatReportResponse struct{ Reply }

// SendFeedback sends a remark to the operator: endpoints.md §32.
var SendFeedback = Endpoint[SendFeedbackRequest, SendFeedbackResponse]{
	Op: "webwxsendfeedback", Host: Main, Path: cgi + "webwxsendfeedback",
	Official: Form{Method: "POST", Query: []string{"lang", "pass_ticket"}, JSON: true},
}

// SendFeedbackRequest is the request of [SendFeedback].
type SendFeedbackRequest struct {
	Query
	WithBase
	MachineType string `json:"MachineType"` // "webwx"
	Content     string `json:"Content"`
	ReportType  int    `json:"ReportType"`
}

// SendFeedbackResponse is the reply of [SendFeedback].
type SendFeedbackResponse struct{ Reply }

// CheckURL leads to a link of a message: endpoints.md §30. Its reply is a
// redirect.
var CheckURL = Endpoint[CheckURLRequest, Image]{
	Op: "webwxcheckurl", Host: Main, Path: cgi + "webwxcheckurl",
	Official: Form{Method: "GET", Query: []string{"requrl", "skey", "deviceid", "pass_ticket", "opcode", "scene", "username"}},
}

// CheckURLRequest is the request of [CheckURL].
type CheckURLRequest struct {
	Query
	RequestURL string         `param:"requrl"`
	Opcode     int            `param:"opcode"` // 2
	Scene      int            `param:"scene"`  // 1
	UserName   webwx.UserName `param:"username"`
}
