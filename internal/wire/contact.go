package wire

import "github.com/webwx/webwx"

// GetContact lists the contacts, a page at a time: endpoints.md §8, S 7.
var GetContact = Endpoint[GetContactRequest, GetContactResponse]{
	Op: "webwxgetcontact", Host: Main, Path: cgi + "webwxgetcontact",
	Official: Form{Method: "GET", Query: []string{"lang", "pass_ticket", "r", "seq", "skey"}},
	Seed:     Form{Method: "POST", JSON: true, Misspelt: true},
}

// GetContactRequest is the request of [GetContact].
type GetContactRequest struct {
	Query
	WithBase
	Seq int64 `param:"seq"` // 0 first, then the reply's Seq
}

// GetContactResponse is the reply of [GetContact]. A Seq other than 0 asks for
// the next page.
type GetContactResponse struct {
	Reply
	MemberCount int             `json:"MemberCount"`
	MemberList  []webwx.Contact `json:"MemberList"`
	Seq         int64           `json:"Seq"`
}

// BatchGetContact gives the details of up to 50 contacts: endpoints.md §9.
var BatchGetContact = Endpoint[BatchGetContactRequest, BatchGetContactResponse]{
	Op: "webwxbatchgetcontact", Host: Main, Path: cgi + "webwxbatchgetcontact",
	Official: Form{Method: "POST", Query: []string{"type", "r", "lang", "pass_ticket"}, JSON: true},
}

// BatchGetContactRequest is the request of [BatchGetContact]. Its Count is only
// written: some clients send another thing under that name.
type BatchGetContactRequest struct {
	Query
	WithBase
	Type  string      `param:"type"` // "ex"
	Count int         `json:"Count" wire:"out"`
	List  []BatchItem `json:"List"`
}

// BatchItem asks for one contact. EncryChatRoomID names the room if it is a
// member; some clients call it ChatRoomId.
type BatchItem struct {
	UserName        webwx.UserName `json:"UserName"`
	EncryChatRoomID string         `json:"EncryChatRoomId" wire:"also=ChatRoomId"`
}

// BatchGetContactResponse is the reply of [BatchGetContact], in the order asked.
type BatchGetContactResponse struct {
	Reply
	Count       int             `json:"Count"`
	ContactList []webwx.Contact `json:"ContactList"`
}
