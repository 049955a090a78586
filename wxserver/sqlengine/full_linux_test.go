package sqlengine_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func init() { children["tmpfs"] = surviveTmpfs }

// TestDiskFull fills a small file system. Only root may mount one: others get
// name spaces of their own in which they are root.
func TestDiskFull(t *testing.T) {
	cmd := child(t, "tmpfs", t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, syscall.EPERM) || cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 3:
		// The same test with another cause, so that this one never says nothing.
		t.Logf("no file system of its own (%v %s): with limited files instead", err, out)
		run(t, "limit", t.TempDir())
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	}
}

// surviveTmpfs is for a process whose mounts are its own. Exit code 3 means that
// it could not mount.
func surviveTmpfs(dir string) (err error) {
	// Else a mount would show outside.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err != nil {
		return err
	}
	folder := filepath.Join(dir, "data")
	e, err := openChild(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	err = surviveFull(e, func() error {
		if err := wantNoBlobRoom(e, folder, 1<<20); err != nil {
			return err
		}
		return remount(dir)
	})
	if err != nil {
		return fmt.Errorf("on a full disk: %w", err)
	}
	return errors.Join(checkFull(e), os.Remove(ballast))
}

// remount makes room.
func remount(dir string) error {
	return syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=64m")
}
