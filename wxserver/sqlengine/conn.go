package sqlengine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

const dbName = "webwx.db"

// Pragmas of all connections. fullfsync is for macOS, where fsync alone does not
// reach the disk; elsewhere it is without effect.
const basePragmas = `
	PRAGMA busy_timeout = 5000;
	PRAGMA synchronous = FULL;
	PRAGMA fullfsync = ON;
	PRAGMA checkpoint_fullfsync = ON;
	PRAGMA temp_store = MEMORY;
	PRAGMA trusted_schema = OFF;
`

// The writer's cache holds the pages that are written again and again: the last
// of each busy box and the inner ones of the once table. A checkpoint each 4,000
// pages (16 MB) writes a page that changed often only once.
const writerPragmas = basePragmas + `
	PRAGMA journal_mode = WAL;
	PRAGMA cache_size = -65536;
	PRAGMA wal_autocheckpoint = 4000;
	PRAGMA journal_size_limit = 67108864;
`

// A reader's cache is emptied by every commit, so that a large one is a waste;
// the system's page cache does the work.
const readerPragmas = basePragmas + `
	PRAGMA query_only = ON;
	PRAGMA cache_size = -2048;
`

// openSQLite opens the database file, whose path is absolute. Connections are
// made later.
func openSQLite(file string) (*sql.DB, error) {
	path := filepath.ToSlash(file)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	// A file name may hold ? and %, which mean something in SQLite's addresses.
	return sql.Open("sqlite", "file://"+(&url.URL{Path: path}).EscapedPath())
}

// conn is a connection of its own with the statements it has prepared. One
// goroutine at a time uses it.
//
// Statements run without the caller's context: they are short, and the driver
// starts a goroutine for each statement whose context can end.
type conn struct {
	*sql.Conn
	stmts map[key]*sql.Stmt
}

type key struct {
	query *query
	rows  int
}

func newConn(ctx context.Context, db *sql.DB, pragmas string) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := c.ExecContext(ctx, pragmas); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return &conn{Conn: c, stmts: make(map[key]*sql.Stmt)}, nil
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		s.Close() // cannot fail in a way that matters: the connection ends too
	}
	return c.Conn.Close()
}

// stmt returns q for that many rows, prepared.
func (c *conn) stmt(q *query, rows int) (*sql.Stmt, error) {
	k := key{q, rows}
	if s := c.stmts[k]; s != nil {
		return s, nil
	}
	s, err := c.PrepareContext(context.Background(), q.text(rows))
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	c.stmts[k] = s
	return s, nil
}

// exec runs q, which does not repeat.
func (c *conn) exec(q *query, args ...any) error {
	s, err := c.stmt(q, 1)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(context.Background(), args...)
	return err
}

// execRows runs q for all rows in args, in as few statements as it takes.
func (c *conn) execRows(q *query, args []any) error {
	for len(args) > 0 {
		n := q.fit(len(args) / q.columns)
		s, err := c.stmt(q, n)
		if err != nil {
			return err
		}
		if _, err := s.ExecContext(context.Background(), args[:n*q.columns]...); err != nil {
			return err
		}
		args = args[n*q.columns:]
	}
	return nil
}

// query runs q for that many rows of args and calls scan for each row found.
func (c *conn) query(q *query, rows int, args []any, scan func(*sql.Rows) error) error {
	s, err := c.stmt(q, rows)
	if err != nil {
		return err
	}
	found, err := s.QueryContext(context.Background(), args...)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		if err := scan(found); err != nil {
			return err
		}
	}
	return found.Err()
}

// queryRows is query for any number of args, one a row.
func (c *conn) queryRows(q *query, args []any, scan func(*sql.Rows) error) error {
	for len(args) > 0 {
		n := q.fit(len(args))
		if err := c.query(q, n, args[:n], scan); err != nil {
			return err
		}
		args = args[n:]
	}
	return nil
}

// number returns the number that q finds, or 0.
func (c *conn) number(q *query, args ...any) (n int64, err error) {
	err = c.query(q, 1, args, func(row *sql.Rows) error { return row.Scan(&n) })
	return n, err
}
