package wxclient

import (
	"os"
	"path/filepath"
	"slices"
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
