//go:build unix

package sqlengine

import (
	"errors"
	"os"
	"syscall"
)

// openLocked opens a file for writing that no other process holds open this way;
// it fails with ErrLocked if one does.
func openLocked(file string) (*os.File, error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		return nil, err
	}
	return f, nil
}

func readOnlyFS(err error) bool { return errors.Is(err, syscall.EROFS) }
