//go:build unix && !solaris && !aix

package wxclient

import (
	"errors"
	"os"
	"syscall"
)

// lockFile takes the exclusive lock of f, which its process loses when it ends.
// It reports held if another has it.
func lockFile(f *os.File) (held bool, err error) {
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	return errors.Is(err, syscall.EWOULDBLOCK), err
}
