package wxserver

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/webwx/webwx"
)

// FuzzNames reads anything as a user name: only what the namer made reads back,
// and no other login's namer reads it.
func FuzzNames(f *testing.F) {
	key := bytes.Repeat([]byte("k"), 32)
	n, other := newNamer(key), newNamer(bytes.Repeat([]byte("o"), 32))
	for _, id := range []int64{0, 1, 1 << 31, 1<<48 - 1} {
		f.Add(string(n.name(accountPeer(id))), id)
		f.Add(string(n.name(roomPeer(id))), id)
		f.Add(n.photo(id), id)
		f.Add(strings.ToUpper(string(n.name(accountPeer(id)))), id)
	}
	b := n.block(9, 1)
	f.Add("@"+hex.EncodeToString(b[:]), int64(2))
	for _, name := range []string{"", "@", "@@", "filehelper", "weixin", "u:1", "r:1", "@" + strings.Repeat("z", 32), "@@" + strings.Repeat("0", 64)} {
		f.Add(name, int64(3))
	}
	f.Fuzz(func(t *testing.T, name string, id int64) {
		if p, ok := n.peer(webwx.UserName(name)); ok && !p.special() {
			room, _ := p.room()
			if string(n.name(p)) != name && n.photo(room) != name {
				t.Errorf("%q reads as %s, which is called %q", name, p, n.name(p))
			}
			if q, ok := other.peer(webwx.UserName(name)); ok {
				t.Errorf("%q is %s for one login and %s for another", name, p, q)
			}
		}
		if id = id & (1<<56 - 1); id < 0 {
			return
		}
		for _, p := range []peer{accountPeer(id), roomPeer(id)} {
			if got, ok := n.peer(n.name(p)); !ok || got != p {
				t.Errorf("%s is called %s, which reads as %q", p, n.name(p), got)
			}
		}
	})
}

// FuzzTicket opens anything as a ticket: only what was made opens, and only for
// what it was made.
func FuzzTicket(f *testing.F) {
	s := &secrets{bytes.Repeat([]byte("k"), KeySize)}
	id := text64(make([]byte, idBytes))
	f.Add(s.ticket("auth", id, 48), make([]byte, idBytes))
	f.Add(s.ticket("data", id, 16), []byte("0123456789abcdef"))
	f.Add(s.ticket("auth", id, 48)+"\n", []byte("x"))
	f.Add("", []byte(nil))
	f.Add(strings.Repeat("A", 86), []byte("\xff"))
	f.Fuzz(func(t *testing.T, text string, raw []byte) {
		if id, err := s.openTicket("auth", text, 48); err == nil {
			if made := s.ticket("auth", id, 48); made != text {
				t.Errorf("%q opens as that of %s, which is %q", text, id, made)
			}
			if _, err := s.openTicket("data", text, 48); err == nil {
				t.Errorf("%q opens for something else too", text)
			}
		}
		id := text64(append(make([]byte, idBytes), raw...)[len(raw):])
		if got, err := s.openTicket("data", s.ticket("data", id, 16), 16); err != nil || got != id {
			t.Errorf("the ticket of %s opens as that of %s, %v", id, got, err)
		}
	})
}

// FuzzPasswordHash reads anything as a stored password: what is taken prints and
// reads again, and costs no more than is allowed.
func FuzzPasswordHash(f *testing.F) {
	f.Add(noPassword(argonMemory))
	f.Add("$argon2id$v=19$m=99999999,t=2,p=1$AAAA$AAAA")
	f.Add("$argon2id$v=19$m=8,t=0,p=0$$")
	f.Add("$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA")
	f.Add("$argon2id$v=19$m=8,t=1,p=257$AAAA$AAAA")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHash(text)
		if err != nil {
			return
		}
		if h.memory > maxMemory || h.time > maxTime || h.time == 0 || h.threads > maxThreads || h.threads == 0 || len(h.key) == 0 || len(h.key) > maxSalt {
			t.Errorf("%q costs too much: %+v", text, h)
		}
		again, err := parseHash(h.String())
		if err != nil || again.String() != h.String() {
			t.Errorf("%q prints as %q, which reads as %q, %v", text, h, again, err)
		}
	})
}
