package wxserver

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/webwx/webwx"
)

// A file that comes in pieces is stored in pieces, under the hash of the whole:
// none is copied, any node can take any piece, and a restart loses none.

const (
	maxPieces     = 2048
	maxUnfinished = 32              // uploads in pieces of one account, at a time
	maxUploads    = 500             // the same with those that were finished just now
	pieceLife     = time.Hour       // after the last piece
	doneLife      = 5 * time.Minute // for repeats of a piece whose answer was lost
)

// uploadDoc is an upload in pieces: upload/<uin>/<index>.
type uploadDoc struct {
	Parts []BlobRef `json:"parts"`          // those that are missing have no hash
	Done  string    `json:"done,omitempty"` // the hash of the whole
}

// uploadKeyOf names the upload that a piece belongs to. Clients give the same
// ClientMediaId to all uploads of a second (endpoints.md §17).
func uploadKeyOf(sess *session, f *uploadForm) string {
	h := sha256.New()
	for _, part := range []any{sess.id, f.req.ClientMediaID, f.md5, f.total, f.chunks, f.req.ToUserName} {
		text := fmt.Sprint(part)
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	return uploadsPrefix(sess.uin) + hex.EncodeToString(h.Sum(nil)[:16])
}

func uploadsPrefix(uin int64) string { return fmt.Sprintf("upload/%d/", uin) }

// takePiece stores one piece. It returns the file when that was the last one that
// was missing, and again for each repeat, whose answer may have been lost.
func (s *Server) takePiece(ctx context.Context, sess *session, f *uploadForm) (*media, error) {
	r, err := f.spool.reader()
	if err != nil {
		return nil, err
	}
	piece, err := s.engine.PutBlob(ctx, r, s.opts.MaxUpload)
	if err != nil {
		return nil, err
	}
	key := uploadKeyOf(sess, f)
	for {
		doc, rev, err := load[uploadDoc](ctx, s.engine, key)
		if err == nil && rev == 0 {
			err = s.roomForUpload(ctx, sess.uin)
		}
		if err != nil {
			return nil, err
		}
		if doc.Done != "" && doc.Parts[f.chunk] != piece {
			doc = uploadDoc{} // another file under the same id
		}
		if doc.Parts == nil {
			doc.Parts = make([]BlobRef, f.chunks)
		}
		doc.Parts[f.chunk] = piece
		missing, size := doc.progress()
		if size > s.opts.MaxUpload || f.total > 0 && size > f.total {
			return nil, s.dropUpload(ctx, key, errLength)
		}
		if missing == 0 && doc.Done == "" {
			return s.join(ctx, sess, f, key, doc)
		}
		life := pieceLife
		if doc.Done != "" {
			life = doneLife
		}
		_, err = s.engine.Commit(ctx, &Batch{Docs: []Write{expiring(key, rev, doc, time.Now().Add(life))}})
		switch {
		case errors.Is(err, ErrConflict):
		case err != nil || doc.Done == "":
			return nil, err
		default:
			file, _, err := load[fileDoc](ctx, s.engine, fileKey(doc.Done))
			return &file.media, err
		}
	}
}

func (d *uploadDoc) progress() (missing int, size int64) {
	for _, p := range d.Parts {
		if p.Hash == "" {
			missing++
		}
		size += p.Size
	}
	return missing, size
}

func (s *Server) roomForUpload(ctx context.Context, uin int64) error {
	docs, err := s.engine.List(ctx, uploadsPrefix(uin), "", maxUploads)
	if err != nil {
		return err
	}
	unfinished := 0
	for _, d := range docs {
		var doc uploadDoc
		if err := read(d, &doc); err != nil {
			return err
		}
		if doc.Done == "" {
			unfinished++
		}
	}
	if len(docs) == maxUploads || unfinished >= maxUnfinished {
		return refuse(webwx.RetTooOften, "more uploads at a time than this server takes")
	}
	return nil
}

// dropUpload forgets an upload, and returns why.
func (s *Server) dropUpload(ctx context.Context, key string, why error) error {
	if _, err := s.engine.Commit(ctx, &Batch{Docs: []Write{{Key: key, If: AnyRevision}}}); err != nil {
		return err
	}
	return why
}

// join makes one file of an upload whose pieces are all there. If two pieces came
// at the same time both may do so: it is the same file.
func (s *Server) join(ctx context.Context, sess *session, f *uploadForm, key string, doc uploadDoc) (*media, error) {
	all := newJoined(ctx, s.engine, doc.Parts)
	defer all.Close()
	m := media{Size: all.size()}
	if f.total > 0 && m.Size != f.total {
		return nil, s.dropUpload(ctx, key, errLength)
	}
	whole, sum := sha256.New(), md5.New()
	if _, err := io.Copy(io.MultiWriter(whole, sum), all); err != nil {
		return nil, fmt.Errorf("pieces: %w", err)
	}
	m.Hash, m.MD5 = hex.EncodeToString(whole.Sum(nil)), hex.EncodeToString(sum.Sum(nil))
	if f.md5 != "" && !strings.EqualFold(f.md5, m.MD5) {
		return nil, s.dropUpload(ctx, key, errMD5)
	}
	m, err := s.keep(ctx, sess.uin, m, doc.Parts, func() (io.ReadSeeker, error) {
		_, err := all.Seek(0, io.SeekStart)
		return all, err
	})
	if err != nil {
		return nil, err
	}
	doc.Done = m.Hash
	_, err = s.engine.Commit(ctx, &Batch{Docs: []Write{expiring(key, AnyRevision, doc, time.Now().Add(doneLife))}})
	return &m, err
}
