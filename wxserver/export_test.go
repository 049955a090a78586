package wxserver

import "encoding/hex"

// SecretsOf returns what the login with this id proves itself by, and the key of
// its user names in the forms in which somebody might store it, each by what it is.
func SecretsOf(key []byte, id string) map[string]string {
	s := &secrets{key}
	l, names := s.login(id), s.derive("names", id, 32)
	return map[string]string{
		"sid": l.sid, "skey": l.skey, "pass_ticket": l.passTicket, "data ticket": l.dataTicket, "auth ticket": l.authTicket, "uvid": l.uvid,
		"name key": string(names), "name key in hex": hex.EncodeToString(names), "name key in base64": text64(names),
	}
}

// NamesOf returns how the login with this id calls accounts and rooms.
func NamesOf(key []byte, id string) (account, room func(id int64) string) {
	n := (&secrets{key}).login(id).names
	return func(uin int64) string { return string(n.name(accountPeer(uin))) },
		func(id int64) string { return string(n.name(roomPeer(id))) }
}

// TicketOf is the ticket of a confirmed code.
func TicketOf(key []byte, uuid, nonce string) string { return (&secrets{key}).loginTicket(uuid, nonce) }
