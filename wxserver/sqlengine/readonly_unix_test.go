//go:build unix

package sqlengine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func init() { children["read-only"] = openReadOnly }

// TestReadOnly opens folders that this user may not write to.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // for whom the child becomes
		t.Fatal(err)
	}
	for _, name := range []string{"empty", "used", "database"} {
		folder := filepath.Join(dir, name)
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if name != "empty" {
			e := open(t, folder)
			if err := commitOne(e, 1); err != nil {
				t.Fatal(err)
			}
			e.Close()
		}
		if name == "database" { // all but this can be written
			err := filepath.Walk(folder, func(path string, _ os.FileInfo, err error) error {
				if err != nil {
					return err
				}
				return os.Chmod(path, 0o777)
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(filepath.Join(folder, "webwx.db"), 0o444); err != nil {
				t.Fatal(err)
			}
		} else if err := os.Chmod(folder, 0o555); err != nil {
			t.Fatal(err)
		}
		run(t, "read-only", folder)
		if err := os.Chmod(folder, 0o755); err != nil { // so that it can be removed
			t.Fatal(err)
		}
	}
}

// openReadOnly is for a process of its own: root may write everywhere, so it
// becomes somebody else.
func openReadOnly(dir string) error {
	if os.Getuid() == 0 {
		if err := syscall.Setuid(65534); err != nil {
			return err
		}
	}
	e, err := openChild(dir)
	if err == nil {
		return fmt.Errorf("Open of %s has succeeded, %w", dir, e.Close())
	}
	if !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "cannot be written to") || !strings.Contains(err.Error(), "hint: ") {
		return fmt.Errorf("want an error with the folder, a reason and a hint: %w", err)
	}
	return nil
}
