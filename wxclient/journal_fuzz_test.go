package wxclient

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// FuzzJournal opens what is no journal, or was one. What is read once must be
// written and read again the same.
func FuzzJournal(f *testing.F) {
	f.Add([]byte("webwx position 1\nlogin a l\nkey 1_5|2_7\nm 11\nm 12\n"))
	f.Add([]byte("webwx position 1\nlogin a\nkey x\nm \nm a b\n\n\x00"))
	f.Add([]byte("webwx pos"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "me.pos")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		first, err := OpenPosition(path)
		if err != nil {
			return
		}
		first.Close()
		second, err := OpenPosition(path)
		if err != nil {
			t.Fatal(err)
		}
		defer second.Close()
		if first.account != second.account || first.login != second.login || first.key.String() != second.key.String() || !slices.Equal(first.taken.ids, second.taken.ids) {
			t.Errorf("read again: %+v\nfirst: %+v", second.place, first.place)
		}
	})
}

// FuzzTornJournal ends a process in the middle of a write, any number of times.
// What was written when the journal was opened is on the disk as a whole.
// What is known then is what was known at some moment before: nothing is made up,
// and nothing is lost that came before what is known.
func FuzzTornJournal(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 4, 5, 6, 230, 7, 8, 9, 255, 1, 2, 3})
	f.Add([]byte{9, 250, 9, 250, 9, 250, 30, 31, 32, 254})
	f.Fuzz(func(t *testing.T, script []byte) {
		path := filepath.Join(t.TempDir(), "me.pos")
		p := open(t, path)
		whole := p.size
		if _, err := p.Start("account", "login"); err != nil {
			t.Fatal(err)
		}
		var known []string // the states that were written, one after each write
		for i, step := range script[:min(len(script), 64)] {
			var err error
			switch {
			case step >= 200: // the process dies, and of its last writes some bytes are missing
				p = torn(t, p, path, min(int64(step-200), p.size-whole), known)
				whole = p.size
				_, err = p.Start("account", "login")
			case step%3 == 0:
				err = p.Advance(key(i))
			default:
				err = p.Take(strconv.Itoa(1000 + i))
			}
			if err != nil {
				t.Fatal(err)
			}
			known = append(known, stateOf(p))
		}
		p.Close()
	})
}

func stateOf(p *FilePosition) string { return p.key.String() + strings.Join(p.taken.ids, " ") }

// torn cuts missing bytes off the journal and opens it again.
func torn(t *testing.T, p *FilePosition, path string, missing int64, known []string) *FilePosition {
	t.Helper()
	p.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text[:int64(len(text))-missing], 0o600); err != nil {
		t.Fatal(err)
	}
	p = open(t, path)
	state := stateOf(p)
	if state != "" && !slices.Contains(known, state) {
		t.Errorf("after a cut of %d bytes: state %q, want one of %q", missing, state, known)
	}
	if missing == 0 && len(known) > 0 && state != known[len(known)-1] {
		t.Errorf("nothing was cut, but state %q is not the last one %q", state, known[len(known)-1])
	}
	return p
}
