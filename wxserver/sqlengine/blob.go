package sqlengine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/webwx/webwx/wxserver"
)

// blobs is the folder that holds blobs.
type blobs struct{ dir string }

// openBlobs makes the folder and removes what was being received when the last
// process ended.
func openBlobs(dir string) (blobs, error) {
	b := blobs{filepath.Join(dir, "media")}
	if err := os.RemoveAll(b.tmp()); err != nil {
		return b, unwritable(dir, err)
	}
	if err := makeDir(b.tmp()); err != nil {
		return b, err
	}
	return b, errors.Join(syncDir(b.dir), syncDir(dir))
}

// tmp is beside the blobs: a rename works only within one file system.
func (b blobs) tmp() string { return filepath.Join(b.dir, "tmp") }

func (b blobs) file(hash string) string { return filepath.Join(b.dir, hash[:2], hash) }

// PutBlob implements [wxserver.Engine].
func (e *Engine) PutBlob(ctx context.Context, r io.Reader, limit int64) (wxserver.BlobRef, error) {
	if err := e.gate.enter(ctx); err != nil {
		return wxserver.BlobRef{}, err
	}
	defer e.gate.leave()
	file, ref, err := e.blobs.receive(ctx, r, limit)
	if err != nil {
		return wxserver.BlobRef{}, err
	}
	if err := e.blobs.keep(file, ref); err != nil {
		os.Remove(file) // if it is still there and this fails, the next start does it
		return wxserver.BlobRef{}, explain("blob", err)
	}
	return ref, nil
}

// receive writes what r gives into a file of its own, durably.
func (b blobs) receive(ctx context.Context, r io.Reader, limit int64) (file string, ref wxserver.BlobRef, err error) {
	f, err := os.CreateTemp(b.tmp(), "")
	if err != nil {
		return "", ref, explain("blob", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name()) // if not, the next start does
		}
	}()
	sum := sha256.New()
	ref.Size, err = io.Copy(io.MultiWriter(f, sum), &bounded{ctx, r, limit})
	if err != nil {
		return "", ref, err
	}
	if err := f.Sync(); err != nil {
		return "", ref, explain("blob", err)
	}
	if err := f.Close(); err != nil {
		return "", ref, explain("blob", err)
	}
	ref.Hash = hex.EncodeToString(sum.Sum(nil))
	return f.Name(), ref, nil
}

// keep gives a received file its name. What is there under that name already has
// the same bytes; but if it was cut off by a failing disk, it is replaced.
func (b blobs) keep(file string, ref wxserver.BlobRef) error {
	to := b.file(ref.Hash)
	if old, err := os.Stat(to); err == nil && old.Size() == ref.Size {
		if err := os.Remove(file); err != nil {
			return err
		}
		// Whoever made it may not have got to this line yet.
		return syncDir(filepath.Dir(to))
	}
	switch err := os.Mkdir(filepath.Dir(to), 0o700); {
	case err == nil:
		if err := syncDir(b.dir); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	if err := os.Rename(file, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

// bounded is a reader that ends with its context, and fails when it has given
// more than left bytes.
type bounded struct {
	ctx  context.Context
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, wxserver.ErrTooLarge
	}
	return n, err
}

// OpenBlob implements [wxserver.Engine].
func (e *Engine) OpenBlob(ctx context.Context, hash string) (io.ReadSeekCloser, error) {
	if err := e.gate.enter(ctx); err != nil {
		return nil, err
	}
	defer e.gate.leave()
	if !isHash(hash) {
		return nil, wxserver.ErrNotFound
	}
	f, err := os.Open(e.blobs.file(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, wxserver.ErrNotFound
	}
	if err != nil {
		return nil, explain("blob", err)
	}
	return f, nil
}

// isHash reports whether s can be the hash of a blob, and with that, a file name.
func isHash(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 2*sha256.Size
}
