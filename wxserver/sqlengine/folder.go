package sqlengine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const lockName = "webwx.lock"

// makeDir makes a folder that only its owner can enter, and those above it.
func makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return unwritable(dir, err)
	}
	return nil
}

// makeFile makes an empty file that only its owner can read, if there is none.
// SQLite gives the files beside a database the permissions of the database.
func makeFile(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return unwritable(filepath.Dir(file), err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	return syncDir(filepath.Dir(file))
}

// lockDir takes the folder for this process, until unlockDir or its end, however
// it ends.
func lockDir(dir string) (*os.File, error) {
	file := filepath.Join(dir, lockName)
	f, err := openLocked(file)
	if errors.Is(err, ErrLocked) {
		who, _ := os.ReadFile(file) // without it the error says less
		return nil, fmt.Errorf("it is %w by process %s (hint: stop that one, or give this one another folder)",
			ErrLocked, strings.TrimSpace(string(who)))
	}
	if err != nil {
		return nil, unwritable(dir, err)
	}
	if err := writePID(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(f, os.Getpid())
	return err
}

// unlockDir leaves the file where it is: if it were removed, two processes could
// each hold a lock on a file of that name.
func unlockDir(f *os.File) error {
	return errors.Join(f.Truncate(0), f.Close())
}

// unwritable adds what to do to the commonest error of a first start.
func unwritable(dir string, err error) error {
	if errors.Is(err, fs.ErrPermission) || readOnlyFS(err) {
		return fmt.Errorf("%s cannot be written to: %w (hint: choose a folder that this user owns)", dir, err)
	}
	return err
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there; NTFS logs names itself
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
