package wxserver

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"
)

// An Engine keeps what a server must not forget. It knows nothing of the
// protocol: it has boxes, documents and blobs.
//
// A box is a log that one account reads. What is posted is stored once and
// listed in any number of boxes; each listing has a position, and the positions
// of a box become visible in order: whoever has read position n will never find
// another entry at or below n. Documents are small values under a key, each with
// a revision. Blobs are large values named by their own hash.
//
// Every engine passes the contract in package wxserver/enginetest. All methods
// may be called at the same time, and end early with the context's error when it
// ends; a Commit whose context ended may still have been done.
type Engine interface {
	// Commit does all of b or nothing of it, and is durable when it returns. A
	// batch that is refused never harms another one. The errors that mean the
	// batch was refused are [ErrConflict], [ErrTooLarge] and [ErrClosed]; any other
	// leaves open whether it was done. An engine may wait past the context's end for
	// a batch that is already being written.
	Commit(ctx context.Context, b *Batch) (Receipt, error)

	// Read returns up to limit entries of box after a position, in order, and the
	// box's head at that moment. A box that was never posted to has head 0.
	Read(ctx context.Context, box Box, after Position, limit int) (Page, error)

	// Post returns a post by its id; its position is 0. The error is [ErrNotFound] if
	// there is none.
	Post(ctx context.Context, id int64) (Entry, error)

	// Get returns one document for each key, in the keys' order, all as of one
	// moment: of two documents written by one batch both are seen or none. A document
	// that does not exist has revision 0 and a nil value.
	Get(ctx context.Context, keys ...string) ([]Doc, error)

	// List returns up to limit documents whose keys begin with prefix and come
	// after the key after, in the order of their keys, bytewise.
	List(ctx context.Context, prefix, after string, limit int) ([]Doc, error)

	// PutBlob stores what r holds, durably, and returns its reference. Storing
	// the same bytes twice keeps them once. It fails with [ErrTooLarge] as soon
	// as r gives more than limit bytes, and with r's error; then nothing is kept.
	PutBlob(ctx context.Context, r io.Reader, limit int64) (BlobRef, error)

	// OpenBlob opens a blob by the hash of its reference. The error is
	// [ErrNotFound] if there is none. The caller closes it.
	OpenBlob(ctx context.Context, hash string) (io.ReadSeekCloser, error)

	// Watch calls moved for each box that a later Commit, here or on another
	// node, posts to or wakes: how far the box now reaches, and position 0 if it
	// was woken, which no post to the same box may hide; box 0 if any box may have
	// moved. It comes after the change can be read. Calls may come late, twice, or in any order, also for moves
	// made just before Watch, and must not block. stop ends the calls; none is running
	// when it returns, so it must not be called from within moved.
	Watch(moved func(box Box, head Position)) (stop func())

	// Close waits for what is under way and releases everything.
	Close() error
}

// Box names a log. Those of accounts are positive, those of QR codes negative.
type Box int64

// Position is a place in one box: 1 for its first entry, and so on.
type Position int32

// MaxPosition is the last position that a box can have. It leaves room for the
// constant that a sync key adds to a position; values on the wire are int32.
const MaxPosition Position = 1<<31 - 1 - syncKeyBase

// Batch is a set of changes that are made together.
type Batch struct {
	// Once, if not empty, makes the batch idempotent: if an earlier batch with the
	// same Once was committed, nothing is done and the receipt says so. A Once is
	// remembered as long as the batch's first post, or for good if there is none.
	// Batches made about the same time do best with a Once that begins alike.
	Once string
	// Docs are written if all of them have the revision they name, before any is
	// written. Of two writes to one key the last wins.
	Docs []Write
	// Posts are stored and listed in their order.
	Posts []Post
	// Wake lists boxes whose watchers should look again although nothing is posted
	// to them, because a document they depend on has changed.
	Wake []Box
}

// Limits of a batch and its parts.
const (
	MaxKey   = 256     // bytes of a document's key and of Once
	MaxValue = 1 << 20 // bytes of a document's value and of a post's body
)

// Post is one thing to be stored once and listed in boxes.
type Post struct {
	// ID names the post. It is positive and must not have been used before, or the
	// batch is refused with ErrConflict.
	ID int64
	// By is the login that caused it.
	By string
	// Time is stored with it, to the millisecond.
	Time time.Time
	// Body is what entries give back. The engine does not change or keep the slice.
	Body []byte
	// Boxes lists the boxes, each at most once.
	Boxes []Box
}

// AnyRevision lets a [Write] go ahead whatever is there.
const AnyRevision int64 = -1

// Write changes one document.
type Write struct {
	Key string
	// If is the revision that the document must have: 0 if it must not exist,
	// AnyRevision if it does not matter.
	If int64
	// Value is the new value; nil removes the document.
	Value []byte
	// Expires, if not zero, is when the document ceases to exist by itself, exact to
	// a millisecond at least.
	Expires time.Time
	// Check, if true, leaves the document as it is: only If matters.
	Check bool
}

// Receipt is what came of a batch.
type Receipt struct {
	// Repeat is true if a batch with the same Once had been committed before.
	Repeat bool
	// ID is the id of the first post, or on a repeat that of the earlier batch;
	// 0 if there is none.
	ID int64
}

// Page is what [Engine.Read] returns.
type Page struct {
	Entries []Entry
	Head    Position // the position of the box's last entry at that moment
}

// Entry is a post as one box lists it.
type Entry struct {
	Position Position
	ID       int64
	By       string
	Time     time.Time
	Body     []byte // do not change it
}

// Doc is a document. Its revision differs from all that it had before, also
// after it was removed and made again.
type Doc struct {
	Key      string
	Value    []byte // do not change it
	Revision int64
}

// BlobRef names a blob.
type BlobRef struct {
	Hash string // lower-case hexadecimal SHA-256
	Size int64
}

// The errors of an engine that callers tell apart.
var (
	// ErrConflict: a document does not have the revision that was asked for, or a
	// post's id is taken. Read again, then try again.
	ErrConflict = errors.New("engine: conflict")
	// ErrTooLarge: a key, value, body or blob is over its limit, or a box is full.
	ErrTooLarge = errors.New("engine: too large")
	// ErrNotFound: there is no such post or blob.
	ErrNotFound = errors.New("engine: not found")
	// ErrClosed: the engine was closed.
	ErrClosed = errors.New("engine: closed")
)

var errNoBox = errors.New("engine: box 0 is no box")

// Validate reports what is wrong with b apart from what is stored: engines call
// it first, so that all refuse the same.
func (b *Batch) Validate() error {
	if len(b.Once) > MaxKey {
		return ErrTooLarge
	}
	for _, w := range b.Docs {
		if w.Key == "" {
			return errors.New("engine: document without a key")
		}
		if len(w.Key) > MaxKey || len(w.Value) > MaxValue {
			return ErrTooLarge
		}
	}
	for _, p := range b.Posts {
		if p.ID <= 0 {
			return errors.New("engine: post without an id")
		}
		if len(p.Body) > MaxValue {
			return ErrTooLarge
		}
		if slices.Contains(p.Boxes, 0) {
			return errNoBox
		}
	}
	if slices.Contains(b.Wake, 0) {
		return errNoBox
	}
	return nil
}
