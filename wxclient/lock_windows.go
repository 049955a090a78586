package wxclient

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

var lockFileEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")

// lockFile takes the exclusive lock of f, which its process loses when it ends.
// It reports held if another has it. The locked byte is far behind the end, since
// on Windows nobody else can read what is locked, and others want to read who
// holds it.
func lockFile(f *os.File) (held bool, err error) {
	const (
		failImmediately = 1
		exclusive       = 2
		errorLocked     = syscall.Errno(33) // ERROR_LOCK_VIOLATION
	)
	at := &syscall.Overlapped{OffsetHigh: 1}
	ok, _, err := lockFileEx.Call(f.Fd(), failImmediately|exclusive, 0, 1, 0, uintptr(unsafe.Pointer(at)))
	if ok != 0 {
		return false, nil
	}
	return errors.Is(err, errorLocked) || errors.Is(err, syscall.ERROR_IO_PENDING), err
}
