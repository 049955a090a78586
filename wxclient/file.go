package wxclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
)

// FileStore keeps a session in a file that only its owner can read (0600, in a
// folder of 0700 if it has to be made). Writing replaces the file as a whole, so
// a reader sees the old session or the new one.
type FileStore struct {
	// Path names the file.
	Path string
	// Key, if set, seals the file with AES-256-GCM. It is 32 bytes long and secret;
	// a sealed file opens with no other.
	Key []byte
	// Logger, if set, is told when a file that others could read was repaired.
	Logger *slog.Logger
}

// Load reads the file. A file that others may read is made private first.
func (f *FileStore) Load(context.Context) (*Session, error) {
	f.protect()
	text, err := os.ReadFile(f.Path)
	if err != nil {
		return nil, err
	}
	if text, err = f.unseal(text); err != nil {
		return nil, fmt.Errorf("session file %s: %w", f.Path, err)
	}
	var s Session
	if err := json.Unmarshal(text, &s); err != nil || s.Version < 1 {
		return nil, f.damaged(err)
	}
	if s.Version > SessionVersion {
		return nil, fmt.Errorf("session file %s: %w", f.Path, newerError(s.Version))
	}
	return &s, nil
}

// damaged never quotes the file: it holds credentials.
func (f *FileStore) damaged(err error) error {
	reason := "not a session"
	if broken, ok := errors.AsType[*json.SyntaxError](err); ok {
		reason = fmt.Sprintf("not JSON at byte %d", broken.Offset)
	}
	return fmt.Errorf("session file %s is damaged (%s): remove it and log in again", f.Path, reason)
}

// protect takes the file's rights from everybody else.
func (f *FileStore) protect() {
	info, err := os.Stat(f.Path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return
	}
	err = os.Chmod(f.Path, 0o600)
	if f.Logger != nil {
		f.Logger.Warn("session file could be read by others", "path", f.Path, "was", info.Mode().Perm(), "repair", err)
	}
}

// Save replaces the file.
func (f *FileStore) Save(_ context.Context, s *Session) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if text, err = f.seal(text); err != nil {
		return fmt.Errorf("session file %s: %w", f.Path, err)
	}
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		return err
	}
	return replaceFile(f.Path, append(bytes.TrimSpace(text), '\n'))
}

// Remove deletes the file.
func (f *FileStore) Remove(context.Context) error {
	if err := os.Remove(f.Path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// replaceFile writes a private file, all or nothing, even if power fails.
func replaceFile(path string, text []byte) error {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // fails once it is renamed
	_, err = temp.Write(text)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a rename last. Windows has no such thing.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
