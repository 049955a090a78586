package sqlengine_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/webwx/webwx/wxserver/sqlengine"
)

func TestServerKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	keys := make([][]byte, 16)
	var wg sync.WaitGroup
	for i := range keys { // all at once, and all get the same
		wg.Go(func() {
			var err error
			if keys[i], err = sqlengine.ServerKey(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, key := range keys {
		if len(key) != 32 || !bytes.Equal(key, keys[0]) {
			t.Errorf("key = %x, want %x", key, keys[0])
		}
	}
	if again, err := sqlengine.ServerKey(dir); err != nil || !bytes.Equal(again, keys[0]) {
		t.Errorf("key = %x, %v, want %x", again, err, keys[0])
	}
	if other, err := sqlengine.ServerKey(t.TempDir()); err != nil || bytes.Equal(other, keys[0]) {
		t.Errorf("another folder's key = %x, %v", other, err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("folder has %v, %v, want the key only", files, err)
	}
}

func TestServerKeyRefused(t *testing.T) {
	good := strings.Repeat("0f", 32)
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want string // "" if it is taken
	}{
		"as we write it":        {good + "\n", 0o600, ""},
		"read only":             {good, 0o400, ""},
		"empty":                 {"", 0o600, "does not hold 32 bytes"},
		"short":                 {good[2:], 0o600, "does not hold 32 bytes"},
		"long":                  {good + "00", 0o600, "does not hold 32 bytes"},
		"not hexadecimal":       {"xx" + good[2:], 0o600, "does not hold 32 bytes"},
		"readable by the group": {good, 0o640, "may be read by others, its mode is 0640"},
		"readable by all":       {good, 0o604, "may be read by others, its mode is 0604"},
	} {
		if runtime.GOOS == "windows" && c.mode&0o077 != 0 {
			continue // modes mean nothing there
		}
		dir := t.TempDir()
		file := filepath.Join(dir, "server.key")
		if err := os.WriteFile(file, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, c.mode); err != nil { // whatever the umask is
			t.Fatal(err)
		}
		_, err := sqlengine.ServerKey(dir)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), file)):
			t.Errorf("%s: %v, want %q of %s", name, err, c.want, file)
		}
		if text, err := os.ReadFile(file); err != nil || string(text) != c.text {
			t.Errorf("%s: the file was changed", name)
		}
	}
}
