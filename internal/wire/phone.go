package wire

import "github.com/webwx/webwx"

// The phone's own calls: what the protocol takes for granted because a real phone
// does it out of sight. They are described in docs/phone-api.md. All take and give
// JSON, are proved by a BaseRequest, and answer with a BaseResponse, like the rest.

func phone[Req, Resp any](name string) Endpoint[Req, Resp] {
	form := Form{Method: "POST", JSON: true}
	return Endpoint[Req, Resp]{Op: "phone/" + name, Host: Login, Path: "/phone/" + name, Official: form}
}

// The calls of the phone.
var (
	PhoneSignUp  = phone[PhoneSignUpRequest, PhoneLoginResponse]("signup")
	PhoneLogin   = phone[PhoneLoginRequest, PhoneLoginResponse]("login")
	PhoneLogout  = phone[PhoneRequest, PhoneReply]("logout")
	PhoneScan    = phone[PhoneCodeRequest, PhoneCodeResponse]("scan")
	PhoneConfirm = phone[PhoneCodeRequest, PhoneReply]("confirm")
	PhoneCancel  = phone[PhoneCodeRequest, PhoneReply]("cancel")
	PhoneLogins  = phone[PhoneRequest, PhoneLoginsResponse]("logins")
	PhoneEnd     = phone[PhoneEndRequest, PhoneReply]("end")

	PhoneJoin     = phone[PhoneJoinRequest, PhoneJoinResponse]("join")
	PhoneUnfriend = phone[PhoneUnfriendRequest, PhoneReply]("unfriend")
	PhoneBlock    = phone[PhoneBlockRequest, PhoneReply]("block")
)

// PhoneRequest is a request that says no more than whose it is.
type PhoneRequest struct{ WithBase }

// PhoneReply is a reply that says no more than what came of it.
type PhoneReply struct{ Reply }

// PhoneSignUpRequest makes an account and signs in.
type PhoneSignUpRequest struct {
	Name     string `json:"Name"`
	Password string `json:"Password"`
	NickName string `json:"NickName"` // default: Name
	Invite   string `json:"Invite"`   // where the server asks for an invitation
}

// PhoneLoginRequest signs in.
type PhoneLoginRequest struct {
	Name     string `json:"Name"`
	Password string `json:"Password"`
}

// PhoneLoginResponse gives the credentials of a phone: they are good for every
// endpoint of the protocol.
type PhoneLoginResponse struct {
	Reply
	Uin        int64  `json:"Uin"`
	Sid        string `json:"Sid"`
	Skey       string `json:"Skey"`
	PassTicket string `json:"PassTicket"`
}

// Credentials returns them as one.
func (r *PhoneLoginResponse) Credentials() webwx.Credentials {
	return webwx.Credentials{Uin: r.Uin, Sid: r.Sid, Skey: r.Skey, PassTicket: r.PassTicket}
}

// PhoneCodeRequest names a QR code: its text, or the bare uuid.
type PhoneCodeRequest struct {
	WithBase
	Code string `json:"Code"`
}

// PhoneCodeResponse says who asks to be let in.
type PhoneCodeResponse struct {
	Reply
	UUID    string `json:"UUID"`
	Device  string `json:"Device"`  // what the program calls itself
	Address string `json:"Address"` // where it asks from
	Created int64  `json:"Created"` // unix seconds
}

// PhoneLoginsResponse lists the account's logins, and the push logins that wait
// to be confirmed.
type PhoneLoginsResponse struct {
	Reply
	Logins  []PhoneLoginInfo    `json:"Logins"`
	Pending []PhoneCodeResponse `json:"Pending"`
}

// PhoneLoginInfo is one login.
type PhoneLoginInfo struct {
	ID      string `json:"ID"`
	Phone   bool   `json:"Phone"`
	This    bool   `json:"This"` // the one that asks
	Device  string `json:"Device"`
	Created int64  `json:"Created"` // unix seconds
	Seen    int64  `json:"Seen"`    // unix seconds, to the hour
}

// PhoneEndRequest ends a login; without an ID, the web login.
type PhoneEndRequest struct {
	WithBase
	ID string `json:"ID"`
}

// PhoneJoinRequest accepts an invitation into a room.
type PhoneJoinRequest struct {
	WithBase
	Ticket string `json:"Ticket"` // or the link that holds it
}

// PhoneJoinResponse names the room.
type PhoneJoinResponse struct {
	Reply
	ChatRoomName webwx.UserName `json:"ChatRoomName"`
}

// PhoneUnfriendRequest takes somebody out of one's contacts.
type PhoneUnfriendRequest struct {
	WithBase
	UserName webwx.UserName `json:"UserName"`
}

// PhoneBlockRequest puts a friend on one's blacklist, or takes him from it.
type PhoneBlockRequest struct {
	WithBase
	UserName webwx.UserName `json:"UserName"`
	OP       int            `json:"OP"` // 1 or 0
}
