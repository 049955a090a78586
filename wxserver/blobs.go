package wxserver

import (
	"context"
	"errors"
	"io"
	"sort"
)

// openFile opens a stored file by its hash. One that came in pieces is read piece
// by piece.
func (s *Server) openFile(ctx context.Context, hash string) (io.ReadSeekCloser, error) {
	f, err := s.engine.OpenBlob(ctx, hash)
	if !errors.Is(err, ErrNotFound) {
		return f, err
	}
	doc, rev, err := load[fileDoc](ctx, s.engine, fileKey(hash))
	if err != nil {
		return nil, err
	}
	if rev == 0 || len(doc.Parts) == 0 {
		return nil, ErrNotFound
	}
	return newJoined(ctx, s.engine, doc.Parts), nil
}

// joined reads several blobs as one file, with one open at a time.
type joined struct {
	ctx    context.Context
	engine Engine
	parts  []BlobRef
	ends   []int64 // where each part ends
	at     int64
	open   io.ReadSeekCloser
	part   int // which one is open
}

func newJoined(ctx context.Context, e Engine, parts []BlobRef) *joined {
	j := &joined{ctx: ctx, engine: e, parts: parts}
	var end int64
	for _, p := range parts {
		end += p.Size
		j.ends = append(j.ends, end)
	}
	return j
}

func (j *joined) size() int64 {
	if len(j.ends) == 0 {
		return 0
	}
	return j.ends[len(j.ends)-1]
}

// Read implements io.Reader.
func (j *joined) Read(b []byte) (int, error) {
	i := sort.Search(len(j.ends), func(i int) bool { return j.ends[i] > j.at })
	if i == len(j.ends) {
		return 0, io.EOF
	}
	if err := j.turnTo(i); err != nil {
		return 0, err
	}
	n, err := j.open.Read(b[:min(int64(len(b)), j.ends[i]-j.at)])
	j.at += int64(n)
	if err == io.EOF {
		err = nil
		if n == 0 {
			err = io.ErrUnexpectedEOF // the blob is shorter than when it was stored
		}
	}
	return n, err
}

// turnTo opens part i at the place that is to be read next.
func (j *joined) turnTo(i int) error {
	if j.open != nil && j.part == i {
		return nil
	}
	if err := j.Close(); err != nil {
		return err
	}
	f, err := j.engine.OpenBlob(j.ctx, j.parts[i].Hash)
	if err != nil {
		return err
	}
	j.open, j.part = f, i
	_, err = f.Seek(j.at-(j.ends[i]-j.parts[i].Size), io.SeekStart)
	return err
}

var errSeek = errors.New("seek to a place before the start")

// Seek implements io.Seeker.
func (j *joined) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += j.at
	case io.SeekEnd:
		offset += j.size()
	}
	if offset < 0 {
		return 0, errSeek
	}
	if offset != j.at {
		j.at = offset
		if err := j.Close(); err != nil {
			return 0, err
		}
	}
	return j.at, nil
}

// Close implements io.Closer.
func (j *joined) Close() error {
	if j.open == nil {
		return nil
	}
	err := j.open.Close()
	j.open = nil
	return err
}
