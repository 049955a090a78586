package sqlengine

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	keyName = "server.key"
	keySize = 32
)

// ServerKey returns the secret of the server whose data folder is dir, and makes
// it, durably, when there is none. Every secret of a login is derived from it, so
// that it must never change and be read by nobody else: ServerKey fails if others
// may read the file, or if it does not hold 32 bytes in hexadecimal.
func ServerKey(dir string) ([]byte, error) {
	key, err := serverKey(dir)
	if err != nil {
		return nil, fmt.Errorf("sqlengine: server key: %w", err)
	}
	return key, nil
}

func serverKey(dir string) ([]byte, error) {
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, keyName)
	if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
		if err := createKey(dir, file); err != nil {
			return nil, unwritable(dir, err)
		}
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s may be read by others, its mode is %#o (hint: chmod 600 %s)", file, info.Mode().Perm(), file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keySize {
		return nil, fmt.Errorf("%s does not hold %d bytes in hexadecimal (hint: put back a copy; with a new key, everybody has to log in again)", file, keySize)
	}
	return key, nil
}

// createKey makes the file whole or not at all: a link, unlike a rename, never
// replaces a key that another process has made meanwhile, and that one is as good.
func createKey(dir, file string) (err error) {
	key := make([]byte, keySize)
	rand.Read(key) // never fails
	f, err := os.CreateTemp(dir, keyName+".*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, werr := fmt.Fprintln(f, hex.EncodeToString(key))
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}
