//go:build !windows && (!unix || solaris || aix)

package wxclient

import (
	"errors"
	"os"
)

// lockFile fails: without a lock two processes would lose each other's messages.
func lockFile(*os.File) (held bool, err error) {
	return false, errors.ErrUnsupported
}
