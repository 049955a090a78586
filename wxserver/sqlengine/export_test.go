package sqlengine

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/webwx/webwx/wxserver"
)

// What the tests of package sqlengine_test need from inside. They use it only
// while nothing is committed: the connection belongs to the writer.

// SetMaxPages lets the database grow to n pages: then, to SQLite, the disk is
// full. 0 takes the limit away.
func (e *Engine) SetMaxPages(n int) error {
	if n == 0 {
		n = 1<<32 - 2
	}
	_, err := e.writer.conn.ExecContext(context.Background(), fmt.Sprintf(`PRAGMA max_page_count = %d`, n))
	return err
}

// Exec changes the database behind the engine's back.
func (e *Engine) Exec(sql string, args ...any) error {
	_, err := e.writer.conn.ExecContext(context.Background(), sql, args...)
	e.heads.forget()
	return err
}

// Int returns a number from the database.
func (e *Engine) Int(query string) (n int, err error) {
	err = e.writer.conn.QueryRowContext(context.Background(), query).Scan(&n)
	return n, err
}

// Plan returns how SQLite runs a statement of the engine.
func (e *Engine) Plan(name string) (string, error) {
	q := map[string]*query{"entries": getEntries, "head": getHead, "documents": listDocs, "expired": dropExpired}[name]
	rows, err := e.writer.conn.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+q.text(1), make([]any, 4)...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return "", err
		}
		plan.WriteString(detail + "\n")
	}
	return plan.String(), rows.Err()
}

// Schema returns the text of all that the database has.
func (e *Engine) Schema() (text string, err error) {
	err = e.writer.conn.QueryRowContext(context.Background(),
		`SELECT group_concat(name || ': ' || coalesce(sql, ''), x'0a' ORDER BY name) FROM sqlite_schema`).Scan(&text)
	return text, err
}

// ForgetHead makes the engine look up a head again.
func (e *Engine) ForgetHead(box wxserver.Box) {
	e.heads.mu.Lock()
	defer e.heads.mu.Unlock()
	delete(e.heads.of, box)
}

// Migrate runs migrate with other versions.
func Migrate(ctx context.Context, c *sql.Conn, versions []string) error {
	return migrate(ctx, c, versions)
}

// OpenSQLite opens the database of a folder.
func OpenSQLite(file string) *sql.DB {
	db, err := openSQLite(file)
	if err != nil {
		panic(err)
	}
	return db
}
