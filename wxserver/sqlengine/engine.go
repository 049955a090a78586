// Package sqlengine keeps a server's data in SQLite, in a data folder: it is an
// [wxserver.Engine] that loses nothing it has acknowledged, kill -9 and power
// cuts included.
//
// [Open] opens or makes the folder, which belongs to one process at a time:
//
//	webwx.db         posts, boxes and documents (with -wal and -shm beside it)
//	webwx.lock       locked while the folder is in use; names the process
//	media/ab/abcd…   blobs, by the hexadecimal SHA-256 of their bytes
//	media/tmp        blobs being received
//	server.key       the server's secret; see [ServerKey]
//
// One goroutine writes. It takes all batches that wait, makes one transaction
// of them and answers when that is on disk: a thousand waiting sends share one
// fsync and a lonely send waits for nobody. Readers have connections of their
// own and never wait for the writer.
//
// Locks, in the order in which they may be taken: notifier.calling, then
// notifier.mu; gate.mu and heads.mu are taken alone.
package sqlengine

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/webwx/webwx/wxserver"
)

// Options are the settings of an engine; the zero value is ready for use.
type Options struct {
	// ReadConns is how many reads can run at the same time; more wait. The
	// default is the number of processors, at least 4.
	ReadConns int
	// SweepEvery is how often documents that have expired are removed from the
	// disk; they are invisible before. The default is one minute.
	SweepEvery time.Duration
}

// Engine is the engine. Use [Open]; the zero value is not ready.
type Engine struct {
	dir     string
	lock    *os.File
	gate    gate
	db      *sql.DB
	heads   *heads
	readers chan *conn
	conns   int
	writer  *writer
	watch   *notifier
	blobs   blobs
}

var _ wxserver.Engine = (*Engine)(nil)

// Open opens the data folder dir, and makes it if there is none. It fails with
// [ErrLocked], [ErrNewer], [ErrDamaged] or the system's error. ctx bounds the
// opening only.
func Open(ctx context.Context, dir string, o Options) (_ *Engine, err error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, explain("open", err)
	}
	e := &Engine{dir: abs, heads: newHeads(), watch: newNotifier()}
	defer func() {
		if err != nil {
			err = errors.Join(explain("open "+abs, err), e.release())
		}
	}()
	if err := makeDir(abs); err != nil {
		return nil, err
	}
	if e.lock, err = lockDir(abs); err != nil {
		return nil, err
	}
	if e.blobs, err = openBlobs(abs); err != nil {
		return nil, err
	}
	if err := e.openDB(ctx, o); err != nil {
		return nil, err
	}
	go e.watch.run()
	go e.writer.run(cmp.Or(o.SweepEvery, time.Minute))
	return e, nil
}

// openDB opens the database, brings its schema up to date and makes the writer
// and the readers.
func (e *Engine) openDB(ctx context.Context, o Options) error {
	file := filepath.Join(e.dir, dbName)
	if err := makeFile(file); err != nil {
		return err
	}
	var err error
	if e.db, err = openSQLite(file); err != nil {
		return err
	}
	c, err := newConn(ctx, e.db, writerPragmas)
	if err != nil {
		return err
	}
	e.writer = newWriter(c, e.heads, e.watch)
	if err := migrate(ctx, c.Conn, schemas()); err != nil {
		return err
	}
	if err := e.writer.learn(); err != nil {
		return err
	}
	e.conns = cmp.Or(o.ReadConns, max(4, runtime.GOMAXPROCS(0)))
	e.readers = make(chan *conn, e.conns)
	for range e.conns {
		c, err := newConn(ctx, e.db, readerPragmas)
		if err != nil {
			return err
		}
		e.readers <- c
	}
	return nil
}

// Close implements [wxserver.Engine]. Commits and reads under way are finished
// first.
func (e *Engine) Close() error {
	if !e.gate.shut() {
		return nil
	}
	e.writer.stop()
	e.watch.stop()
	if err := e.release(); err != nil {
		return explain("close", err)
	}
	return nil
}

// release gives back what Open has taken so far. Closing the database also
// closes its connections; the last one folds the log into webwx.db.
func (e *Engine) release() error {
	var errs []error
	if e.readers != nil {
		for range len(e.readers) {
			errs = append(errs, (<-e.readers).close())
		}
	}
	if e.writer != nil {
		errs = append(errs, e.writer.conn.close())
	}
	if e.db != nil {
		errs = append(errs, e.db.Close())
	}
	if e.lock != nil {
		errs = append(errs, unlockDir(e.lock))
	}
	return errors.Join(errs...)
}

// Stats counts what an engine has done since it was opened.
type Stats struct {
	Commits int64 // batches that were written
	Groups  int64 // transactions they were written in; each costs one fsync
}

// Stats returns the counts so far.
func (e *Engine) Stats() Stats {
	return Stats{Commits: e.writer.commits.Load(), Groups: e.writer.groups.Load()}
}
