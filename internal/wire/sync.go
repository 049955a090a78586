package wire

import (
	"fmt"

	"github.com/webwx/webwx"
)

// SyncCheck waits until something changed: endpoints.md §10, S 8.
var SyncCheck = Endpoint[SyncCheckRequest, SyncCheckResponse]{
	Op: "synccheck", Host: Push, Path: cgi + "synccheck",
	Official: Form{Method: "GET", Query: []string{"r", "skey", "sid", "uin", "deviceid", "synckey", "_"}},
	Seed:     Form{Method: "GET", JSON: true, Misspelt: true},
}

// SyncCheckRequest is the request of [SyncCheck].
type SyncCheckRequest struct {
	Query
	WithBase
	SyncKey string `param:"synckey"` // see [webwx.SyncKey.String]
}

// SyncCheckResponse is the reply of [SyncCheck].
type SyncCheckResponse struct {
	Retcode  webwx.Ret
	Selector webwx.Selector
}

// MarshalText writes the exact text that clients look for (S 8.4).
func (r *SyncCheckResponse) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, `window.synccheck={retcode:"%d",selector:"%d"}`, r.Retcode, r.Selector), nil
}

// UnmarshalText reads the script. The error is a [webwx.Error] if retcode is not
// zero.
func (r *SyncCheckResponse) UnmarshalText(text []byte) error {
	vars, err := parseScript(string(text))
	if err != nil {
		return err
	}
	code, err := scriptInt(vars, "synccheck.retcode")
	if err != nil {
		return err
	}
	r.Retcode = webwx.Ret(code)
	if r.Retcode != webwx.RetOK {
		return &webwx.Error{Op: "synccheck", Ret: r.Retcode}
	}
	selector, err := scriptInt(vars, "synccheck.selector")
	r.Selector = webwx.Selector(selector)
	return err
}

// Sync fetches what changed since a key: endpoints.md §11, S 9.
var Sync = Endpoint[SyncRequest, SyncResponse]{
	Op: "webwxsync", Host: Main, Path: cgi + "webwxsync",
	Official: Form{Method: "POST", Query: []string{"sid", "skey", "lang", "pass_ticket"}, JSON: true},
	Seed:     Form{Method: "POST", Query: []string{"sid", "skey", "pass_ticket"}, JSON: true, Misspelt: true},
}

// SyncRequest is the request of [Sync].
type SyncRequest struct {
	Query
	WithBase
	SyncKey webwx.SyncKey `json:"SyncKey"`
	RR      Number        `json:"rr"` // bitwise complement of the time
}

// SyncResponse is the reply of [Sync].
type SyncResponse struct {
	Reply
	AddMsgCount            int             `json:"AddMsgCount"`
	AddMsgList             []webwx.Message `json:"AddMsgList"`
	ModContactCount        int             `json:"ModContactCount"`
	ModContactList         []ModContact    `json:"ModContactList"`
	DelContactCount        int             `json:"DelContactCount"`
	DelContactList         []DelContact    `json:"DelContactList"`
	ModChatRoomMemberCount int             `json:"ModChatRoomMemberCount"`
	ModChatRoomMemberList  []webwx.Contact `json:"ModChatRoomMemberList"` // never filled
	Profile                Profile         `json:"Profile"`
	ContinueFlag           int             `json:"ContinueFlag"` // not 0: more waits
	SyncKey                webwx.SyncKey   `json:"SyncKey"`
	SKey                   string          `json:"SKey"`
	SyncCheckKey           webwx.SyncKey   `json:"SyncCheckKey"`
}

// ModContact is a changed contact or room: messages.md §8.4. The real one has
// fewer keys than a [webwx.Contact] and three of its own; this one has them all.
type ModContact struct {
	webwx.Contact
	HeadImgUpdateFlag int            `json:"HeadImgUpdateFlag"`
	ContactType       int            `json:"ContactType"`
	ChatRoomOwner     webwx.UserName `json:"ChatRoomOwner"`
}

// DelContact is a contact or room that is gone: messages.md §8.5.
type DelContact struct {
	UserName    webwx.UserName `json:"UserName"`
	ContactFlag int            `json:"ContactFlag"`
}

// Profile is a change of oneself: messages.md §8.7. BitFlag 0 is none, 190 one.
type Profile struct {
	BitFlag           int    `json:"BitFlag"`
	UserName          Buff   `json:"UserName"`
	NickName          Buff   `json:"NickName"`
	BindUin           int64  `json:"BindUin"`
	BindEmail         Buff   `json:"BindEmail"`
	BindMobile        Buff   `json:"BindMobile"`
	Status            int    `json:"Status"`
	Sex               int    `json:"Sex"`
	PersonalCard      int    `json:"PersonalCard"`
	Alias             string `json:"Alias"`
	HeadImgUpdateFlag int    `json:"HeadImgUpdateFlag"`
	HeadImgUrl        string `json:"HeadImgUrl"`
	Signature         string `json:"Signature"`
}

// Buff is how a [Profile] wraps its texts.
type Buff struct {
	Buff string `json:"Buff"`
}
