package wxserver

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"os"
	"time"
)

// spoolMemory is how much of a file is kept in memory while it arrives: a piece
// of 512 KiB (endpoints.md §17) never touches a disk before it is stored.
const spoolMemory = 1 << 20

// A spool takes in a file of which it is not yet known what it is for: the fields
// of a form may come after it. The engine gets to see it only when all is right.
type spool struct {
	mem  bytes.Buffer
	file *os.File // the whole, if it is too large for mem
	size int64
	md5  hash.Hash
}

// errFileTooLarge is a file over its limit; its reader is told how large it may be.
var errFileTooLarge = errors.New("file too large")

// receive takes in what r gives, up to limit bytes.
func (s *spool) receive(r io.Reader, limit int64, dir string) error {
	s.md5 = md5.New()
	r = io.TeeReader(io.LimitReader(r, limit+1), s.md5)
	n, err := io.CopyN(&s.mem, r, spoolMemory+1)
	s.size = n
	if err == io.EOF {
		err = nil
	} else if err == nil {
		err = s.spill(r, dir)
	}
	if err == nil && s.size > limit {
		err = errFileTooLarge
	}
	return err
}

// spill goes on in a file.
func (s *spool) spill(r io.Reader, dir string) error {
	f, err := os.CreateTemp(dir, "webwx-upload-")
	if err != nil {
		return diskError{err}
	}
	s.file = f
	_ = os.Remove(f.Name()) // while it is open, where systems allow it; close tries again
	if _, err := f.Write(s.mem.Bytes()); err != nil {
		return diskError{err}
	}
	s.mem = bytes.Buffer{}
	n, err := io.Copy(diskWriter{f}, r)
	s.size += n
	return err
}

// A diskError is this machine's fault, not the client's.
type diskError struct{ error }

func (e diskError) Unwrap() error { return e.error }

type diskWriter struct{ w io.Writer }

func (d diskWriter) Write(p []byte) (int, error) {
	n, err := d.w.Write(p)
	if err != nil {
		err = diskError{err}
	}
	return n, err
}

// reader reads the file from its start.
func (s *spool) reader() (io.ReadSeeker, error) {
	if s.file == nil {
		return bytes.NewReader(s.mem.Bytes()), nil
	}
	_, err := s.file.Seek(0, io.SeekStart)
	return s.file, err
}

func (s *spool) sum() string { return hex.EncodeToString(s.md5.Sum(nil)) }

// close gives up the spool's room.
func (s *spool) close() {
	s.mem = bytes.Buffer{}
	if s.file != nil {
		_ = s.file.Close()           // nothing of it is needed any more
		_ = os.Remove(s.file.Name()) // may be gone already
	}
}

// minRate is how fast a client must at least send a file or take one, in bytes a
// second, to keep a connection.
const minRate = 16 << 10

// paced is a body that may take long, as long as it goes on.
type paced struct {
	io.ReadCloser
	control *http.ResponseController
	start   time.Time
	got     int64
	set     int64 // got when the deadline was set last
}

func newPaced(w http.ResponseWriter, r *http.Request) *paced {
	return &paced{ReadCloser: r.Body, control: http.NewResponseController(w), start: time.Now()}
}

func (p *paced) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.got += int64(n)
	if p.got-p.set >= minRate {
		p.set = p.got
		_ = p.control.SetReadDeadline(p.start.Add(bodyTime + atMinRate(p.got))) // recorders in tests have none
		_ = p.control.SetWriteDeadline(time.Now().Add(bodyTime + atMinRate(p.got) + writeTime))
	}
	return n, err
}

func atMinRate(n int64) time.Duration { return time.Duration(n/minRate) * time.Second }
