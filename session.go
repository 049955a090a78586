package webwx

// Credentials prove a login. They come from the login XML (S 4.9) and are sent
// with every later call, so keep them as you would keep a password.
type Credentials struct {
	// Uin is the account's number.
	Uin int64 `json:"uin"`
	// Sid is the wxsid, which alone decides whether a call is accepted.
	Sid string `json:"sid"`
	// Skey is the session key; webwxinit may replace it (S 5.30).
	Skey string `json:"skey"`
	// PassTicket goes into the query of nearly every call.
	PassTicket string `json:"pass_ticket"`
}

// Valid reports whether the parts that every call needs are there.
func (c Credentials) Valid() bool { return c.Uin != 0 && c.Sid != "" }
