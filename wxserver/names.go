package wxserver

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/webwx/webwx"
)

// A namer makes the user names of one login and reads them back. A name is one
// AES block, under a key of that login, of the kind, the 7-byte id and eight zero
// bytes that are checked: nobody can make one up, every login has others, and no
// table is needed. A name that reads back is an identity, not a permission.
type namer struct {
	first  cipher.Block
	second cipher.Block // for the other half of a room's name
}

// The kinds of name, the first byte of the block.
const (
	nameAccount   = 1
	nameRoom      = 2
	nameRoomPhoto = 3 // a room's EncryChatRoomId
	nameTicket    = 4 // the ticket of a friend request
)

const blockHex = 2 * aes.BlockSize

// newNamer takes two AES keys of 16 bytes each.
func newNamer(key []byte) *namer {
	first, err := aes.NewCipher(key[:16])
	if err == nil {
		var second cipher.Block
		if second, err = aes.NewCipher(key[16:32]); err == nil {
			return &namer{first, second}
		}
	}
	panic(err) // the lengths are fixed
}

func (n *namer) block(kind byte, id int64) (b [aes.BlockSize]byte) {
	binary.BigEndian.PutUint64(b[:8], uint64(id))
	b[0] = kind
	n.first.Encrypt(b[:], b[:])
	return b
}

// name returns the user name of p.
func (n *namer) name(p peer) webwx.UserName {
	if uin, ok := p.account(); ok {
		b := n.block(nameAccount, uin)
		return webwx.UserName("@" + hex.EncodeToString(b[:]))
	}
	id, ok := p.room()
	if !ok {
		return webwx.UserName(p)
	}
	b := n.block(nameRoom, id)
	var c [aes.BlockSize]byte
	n.second.Encrypt(c[:], b[:])
	return webwx.UserName("@@" + hex.EncodeToString(b[:]) + hex.EncodeToString(c[:]))
}

// photo returns the EncryChatRoomId of a room.
func (n *namer) photo(room int64) string {
	b := n.block(nameRoomPhoto, room)
	return "@" + hex.EncodeToString(b[:])
}

// The form of a friend request's ticket: messages.md §2.1.
const ticketHead, ticketTail = "v2_", "@stranger"

// ticket returns the ticket that stands for n in this login.
func (n *namer) ticket(id int64) string {
	b := n.block(nameTicket, id)
	return ticketHead + hex.EncodeToString(b[:]) + ticketTail
}

// openTicket reads what ticket made.
func (n *namer) openTicket(ticket string) (id int64, ok bool) {
	head, ok := strings.CutSuffix(ticket, ticketTail)
	if !ok {
		return 0, false
	}
	text, ok := strings.CutPrefix(head, ticketHead)
	if !ok {
		return 0, false
	}
	kind, id, ok := n.read(text)
	return id, ok && kind == nameTicket
}

// peer reads a name of this login, also a room's EncryChatRoomId. It reports
// false for anything else.
func (n *namer) peer(name webwx.UserName) (peer, bool) {
	if p := peer(name); p.special() {
		return p, true
	}
	text := string(name)
	if rest, ok := strings.CutPrefix(text, "@@"); ok {
		if len(rest) != 2*blockHex {
			return "", false
		}
		kind, id, ok := n.read(rest[:blockHex])
		if !ok || kind != nameRoom {
			return "", false
		}
		p := roomPeer(id)
		ok = subtle.ConstantTimeCompare([]byte(n.name(p)), []byte(name)) == 1
		return p, ok
	}
	rest, ok := strings.CutPrefix(text, "@")
	if !ok {
		return "", false
	}
	kind, id, ok := n.read(rest)
	switch {
	case !ok:
		return "", false
	case kind == nameAccount:
		return accountPeer(id), true
	case kind == nameRoomPhoto:
		return roomPeer(id), true
	}
	return "", false
}

// read opens one block.
func (n *namer) read(text string) (kind byte, id int64, ok bool) {
	var b [aes.BlockSize]byte
	if len(text) != blockHex || strings.ToLower(text) != text {
		return 0, 0, false
	}
	if _, err := hex.Decode(b[:], []byte(text)); err != nil {
		return 0, 0, false
	}
	n.first.Decrypt(b[:], b[:])
	if binary.BigEndian.Uint64(b[8:]) != 0 {
		return 0, 0, false
	}
	kind, b[0] = b[0], 0
	return kind, int64(binary.BigEndian.Uint64(b[:8])), true
}
