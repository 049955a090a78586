//go:build linux || darwin

package sqlengine_test

import (
	"errors"
	"fmt"
	"os/signal"
	"syscall"
	"testing"
)

func init() { children["limit"] = surviveLimit }

// TestFileLimit runs into a limit on the size of files, which the system
// enforces for any user: writes fail in the middle of a commit.
func TestFileLimit(t *testing.T) { run(t, "limit", t.TempDir()) }

// surviveLimit is for a process of its own: the limit is the process's.
func surviveLimit(dir string) (err error) {
	signal.Ignore(syscall.SIGXFSZ) // then write fails with EFBIG
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		return err
	}
	setLimit := func(soft uint64) error {
		l := old
		l.Cur = min(soft, old.Max)
		return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l)
	}
	e, err := openChild(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if err := setLimit(1_000_000); err != nil {
		return err
	}
	err = surviveFull(e, func() error {
		if err := wantNoBlobRoom(e, dir, 2_000_000); err != nil {
			return err
		}
		return setLimit(old.Max)
	})
	if err != nil {
		return fmt.Errorf("with limited files: %w", err)
	}
	return checkFull(e)
}
