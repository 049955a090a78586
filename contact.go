package webwx

import "strings"

// ContactFlag is a set of bits that say how an account stands to its own list
// (messages.md §9).
type ContactFlag int64

// The bits of a ContactFlag. A normal friend has FlagContact and FlagChat.
const (
	FlagContact   ContactFlag = 1 << 0  // in the address book
	FlagChat      ContactFlag = 1 << 1  // in the chat list
	FlagRoom      ContactFlag = 1 << 2  // a room saved to the contacts
	FlagBlack     ContactFlag = 1 << 3  // blacklisted
	FlagHidden    ContactFlag = 1 << 5  // hidden
	FlagFavourite ContactFlag = 1 << 6  // starred
	FlagMuted     ContactFlag = 1 << 9  // notifications off
	FlagPinned    ContactFlag = 1 << 11 // pinned to the top
)

// The VerifyFlag values that matter (messages.md §9).
const (
	// VerifyOfficial is the bit that makes an account official.
	VerifyOfficial = 8
	// VerifyWeixin is the value of the account [Weixin].
	VerifyWeixin = 56
)

// Contact is a person, an official account or a room as contact lists show it:
// messages.md §8.1, S 7.6–7.35. The order of the fields is that of the wire.
//
// NickName, RemarkName, DisplayName and Signature are HTML: see [Unescape].
type Contact struct {
	Uin              int64       `json:"Uin"` // 0 in lists: others' numbers are not told
	UserName         UserName    `json:"UserName"`
	NickName         string      `json:"NickName"`   // for a room its topic, which may be empty
	HeadImgUrl       string      `json:"HeadImgUrl"` // path and query below the main host
	ContactFlag      ContactFlag `json:"ContactFlag"`
	MemberCount      int         `json:"MemberCount"`
	MemberList       []Member    `json:"MemberList"` // rooms only; webwxgetcontact leaves it empty
	RemarkName       string      `json:"RemarkName"`
	HideInputBarFlag int         `json:"HideInputBarFlag"`
	Sex              int         `json:"Sex"` // 0 unknown, 1 male, 2 female
	Signature        string      `json:"Signature"`
	VerifyFlag       int         `json:"VerifyFlag"`
	OwnerUin         int64       `json:"OwnerUin"`
	PYInitial        string      `json:"PYInitial"` // pinyin initials, upper case
	PYQuanPin        string      `json:"PYQuanPin"` // pinyin, lower case
	RemarkPYInitial  string      `json:"RemarkPYInitial"`
	RemarkPYQuanPin  string      `json:"RemarkPYQuanPin"`
	StarFriend       int         `json:"StarFriend"`
	AppAccountFlag   int         `json:"AppAccountFlag"`
	Statues          int         `json:"Statues"` // rooms: 1 notifications on, 0 muted (the protocol's spelling)
	AttrStatus       uint32      `json:"AttrStatus"`
	Province         string      `json:"Province"`
	City             string      `json:"City"`
	Alias            string      `json:"Alias"`
	SnsFlag          int         `json:"SnsFlag"`
	UniFriend        int         `json:"UniFriend"`
	DisplayName      string      `json:"DisplayName"`
	ChatRoomID       int64       `json:"ChatRoomId"`
	KeyWord          string      `json:"KeyWord"` // the first three characters of the stable id, such as "gh_"
	EncryChatRoomID  string      `json:"EncryChatRoomId"`
	IsOwner          int         `json:"IsOwner"` // 1 if oneself owns the room
}

// Name is what a person would call c: the remark, else the nickname, else the
// user name; as plain text.
func (c *Contact) Name() string {
	for _, s := range []string{c.RemarkName, c.NickName} {
		if s != "" {
			return Unescape(s)
		}
	}
	return string(c.UserName)
}

// ContactKind tells apart what a contact list mixes.
type ContactKind string

// The kinds of contact.
const (
	KindFriend   ContactKind = "friend"
	KindRoom     ContactKind = "room"
	KindOfficial ContactKind = "official"
	KindSpecial  ContactKind = "special"
)

// Kind says what c is. Official accounts are known by their VerifyFlag (S 7.36).
func (c *Contact) Kind() ContactKind {
	switch {
	case c.UserName.IsRoom():
		return KindRoom
	case c.UserName.IsSpecial():
		return KindSpecial
	case c.VerifyFlag&VerifyOfficial != 0, strings.HasPrefix(c.KeyWord, "gh_"):
		return KindOfficial
	}
	return KindFriend
}

// User is oneself as webwxinit tells it (S 5.9–5.27): exactly these 19 keys,
// because a known client cannot read any other.
type User struct {
	Uin               int64       `json:"Uin"`
	UserName          UserName    `json:"UserName"`
	NickName          string      `json:"NickName"`
	HeadImgUrl        string      `json:"HeadImgUrl"`
	RemarkName        string      `json:"RemarkName"`
	PYInitial         string      `json:"PYInitial"`
	PYQuanPin         string      `json:"PYQuanPin"`
	RemarkPYInitial   string      `json:"RemarkPYInitial"`
	RemarkPYQuanPin   string      `json:"RemarkPYQuanPin"`
	HideInputBarFlag  int         `json:"HideInputBarFlag"`
	StarFriend        int         `json:"StarFriend"`
	Sex               int         `json:"Sex"`
	Signature         string      `json:"Signature"`
	AppAccountFlag    int         `json:"AppAccountFlag"`
	VerifyFlag        int         `json:"VerifyFlag"`
	ContactFlag       ContactFlag `json:"ContactFlag"`
	WebWxPluginSwitch int         `json:"WebWxPluginSwitch"`
	HeadImgFlag       int         `json:"HeadImgFlag"`
	SnsFlag           int         `json:"SnsFlag"`
}
