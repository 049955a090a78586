package enginetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/webwx/webwx/wxserver"
)

// blobOf returns n bytes that depend on seed, and their reference.
func blobOf(seed byte, n int) ([]byte, wxserver.BlobRef) {
	data := bytes.Repeat([]byte{seed, 0, seed + 1}, n/3+1)[:n]
	sum := sha256.Sum256(data)
	return data, wxserver.BlobRef{Hash: hex.EncodeToString(sum[:]), Size: int64(n)}
}

// wantBlob checks that a blob is there.
func wantBlob(t *testing.T, e wxserver.Engine, ref wxserver.BlobRef, want []byte) {
	t.Helper()
	r, err := e.OpenBlob(t.Context(), ref.Hash)
	if err != nil {
		t.Errorf("OpenBlob: %v", err)
		return
	}
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("blob has %d bytes (%v), want %d", len(got), err, len(want))
	}
	if err := r.Close(); err != nil {
		t.Errorf("Close of a blob: %v", err)
	}
}

func wantNoBlob(t *testing.T, e wxserver.Engine, hash string) {
	t.Helper()
	if r, err := e.OpenBlob(t.Context(), hash); !errors.Is(err, wxserver.ErrNotFound) {
		t.Errorf("OpenBlob(%q) = %v, %v, want %v", hash, r, err, wxserver.ErrNotFound)
	}
}

func testBlob(t *testing.T, e wxserver.Engine) {
	for _, size := range []int{0, 1, 1000, 300_000} {
		data, want := blobOf(byte(size), size)
		wantNoBlob(t, e, want.Hash)
		for _, limit := range []int64{int64(size), int64(size) + 1, math.MaxInt64} { // the second time it is kept once
			ref, err := e.PutBlob(t.Context(), iotest.HalfReader(bytes.NewReader(data)), limit)
			if err != nil || ref != want {
				t.Fatalf("PutBlob = %+v, %v, want %+v", ref, err, want)
			}
			wantBlob(t, e, ref, data)
		}
	}
	data, ref := blobOf(0, 1000)
	data[0] ^= 0xff
	ref, err := e.PutBlob(t.Context(), bytes.NewReader(data), 1000)
	if err != nil {
		t.Fatalf("PutBlob: %v", err)
	}
	r, err := e.OpenBlob(t.Context(), ref.Hash)
	if err != nil {
		t.Fatalf("OpenBlob: %v", err)
	}
	defer r.Close()
	for _, at := range []int64{500, 0, 999} {
		if pos, err := r.Seek(at, io.SeekStart); err != nil || pos != at {
			t.Fatalf("Seek = %d, %v, want %d", pos, err, at)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data[at:]) {
			t.Errorf("from %d on: %d bytes, %v", at, len(got), err)
		}
	}
	if size, err := r.Seek(0, io.SeekEnd); err != nil || size != 1000 {
		t.Errorf("Seek to the end = %d, %v, want 1000", size, err)
	}

	for _, hash := range []string{
		"", "x", "../x", "..", "/etc/passwd", "tmp", ref.Hash[:63], ref.Hash + "0", strings.ToUpper(ref.Hash),
		"../../" + ref.Hash[6:], ref.Hash[:2] + "/" + ref.Hash[3:], strings.Repeat("\x00", 64), strings.Repeat("g", 64),
	} {
		wantNoBlob(t, e, hash)
	}
}

func testBlobFails(t *testing.T, e wxserver.Engine) {
	data, ref := blobOf(3, 5000)
	if _, err := e.PutBlob(t.Context(), bytes.NewReader(data), 4999); !errors.Is(err, wxserver.ErrTooLarge) {
		t.Errorf("PutBlob over its limit = %v, want %v", err, wxserver.ErrTooLarge)
	}
	// As soon as: the rest is not waited for.
	endless := &endless{}
	if _, err := e.PutBlob(t.Context(), endless, 100_000); !errors.Is(err, wxserver.ErrTooLarge) {
		t.Errorf("PutBlob without an end = %v, want %v", err, wxserver.ErrTooLarge)
	}
	if endless.given > 1<<20 {
		t.Errorf("PutBlob has read %d bytes with a limit of 100000", endless.given)
	}
	broken := errors.New("broken")
	r := io.MultiReader(bytes.NewReader(data), iotest.ErrReader(broken))
	if _, err := e.PutBlob(t.Context(), r, 1<<20); !errors.Is(err, broken) {
		t.Errorf("PutBlob of a broken reader = %v, want %v", err, broken)
	}
	wantNoBlob(t, e, ref.Hash)
}

// endless gives zeroes for ever.
type endless struct{ given int }

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	e.given += len(p)
	return len(p), nil
}

func testBlobsAtOnce(t *testing.T, e wxserver.Engine) {
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			data, want := blobOf(byte(i%4), 70_000)
			got, err := e.PutBlob(t.Context(), bytes.NewReader(data), 1<<20)
			if err != nil || got != want {
				t.Error(fmt.Errorf("PutBlob = %+v, %w, want %+v", got, err, want))
				return
			}
			wantBlob(t, e, want, data)
		})
	}
	wg.Wait()
}
