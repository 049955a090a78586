package webwx

// Member is one person in a room (messages.md §8.3). NickName is the friend's
// remark if there is one, DisplayName the name chosen for this room; both are
// HTML: see [Unescape].
type Member struct {
	Uin             int64    `json:"Uin"` // 0
	UserName        UserName `json:"UserName"`
	NickName        string   `json:"NickName"`
	AttrStatus      uint32   `json:"AttrStatus"`
	PYInitial       string   `json:"PYInitial"`
	PYQuanPin       string   `json:"PYQuanPin"`
	RemarkPYInitial string   `json:"RemarkPYInitial"`
	RemarkPYQuanPin string   `json:"RemarkPYQuanPin"`
	MemberStatus    int      `json:"MemberStatus"` // not 0: could not be added
	DisplayName     string   `json:"DisplayName"`
	KeyWord         string   `json:"KeyWord"`
}

// Name is what the room shows for m: the display name, else the nickname, else
// the user name; as plain text.
func (m *Member) Name() string {
	for _, s := range []string{m.DisplayName, m.NickName} {
		if s != "" {
			return Unescape(s)
		}
	}
	return string(m.UserName)
}
