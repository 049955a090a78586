package sqlengine

import (
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// Errors of [Open] that callers tell apart. ErrDamaged may also come later.
var (
	// ErrLocked: another process, or another engine of this one, uses the folder.
	ErrLocked = errors.New("in use")
	// ErrNewer: the folder was written by a later version of this program.
	ErrNewer = errors.New("made by a newer webwx")
	// ErrDamaged: the database is not one of ours, or cannot be read.
	ErrDamaged = errors.New("damaged")
)

// explain says what to do about the errors of SQLite that people can cure.
func explain(op string, err error) error {
	var code int
	if e, ok := errors.AsType[*driver.Error](err); ok {
		code = e.Code() & 0xff // the rest says where it happened
	}
	switch code {
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return fmt.Errorf("sqlengine: %s: the database is %w: %w (hint: put back a copy of the data folder)", op, ErrDamaged, err)
	case codes.SQLITE_READONLY, codes.SQLITE_CANTOPEN:
		return fmt.Errorf("sqlengine: %s: the data folder cannot be written to: %w (hint: its files must belong to this user)", op, err)
	case codes.SQLITE_FULL:
		return fmt.Errorf("sqlengine: %s: no room in the data folder: %w (hint: make room on its disk; no restart is needed)", op, err)
	default:
		return fmt.Errorf("sqlengine: %s: %w", op, err)
	}
}
