//go:build !windows

package wxclient

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Windows has no rights of that kind.
func TestFileStoreRepairsRights(t *testing.T) {
	var log bytes.Buffer
	store := &FileStore{Path: filepath.Join(t.TempDir(), "me.json"), Logger: textLogger(&log)}
	if err := store.Save(t.Context(), sampleSession()); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(store.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Load(t.Context()); err != nil {
		t.Error(err)
	}
	checkPrivateFile(t, store.Path)
	if !strings.Contains(log.String(), "could be read by others") || strings.Contains(log.String(), sid) {
		t.Errorf("log: %s", log.String())
	}
}
