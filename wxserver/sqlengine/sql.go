package sqlengine

import "strings"

// All SQL is here and in the folder schema, so that another database needs to be
// told apart in two places only. What is special to SQLite: the pragmas in
// conn.go, PRAGMA user_version, and "?" for a parameter.

// query is a statement; its row, if it has one, is repeated as often as needed.
// One statement of many rows costs a fraction of many statements.
type query struct {
	head, row, tail string
	columns         int // parameters of a row
}

// sizes are how many rows a statement is prepared for; few, since each
// connection keeps them all.
var sizes = [...]int{64, 16, 4, 1}

// fit returns the largest size that is not above rows, which is at least 1.
func (q *query) fit(rows int) int {
	for _, n := range sizes {
		if n <= rows {
			return n
		}
	}
	return 1
}

func (q *query) text(rows int) string {
	if q.row == "" {
		return q.head
	}
	return q.head + strings.TrimSuffix(strings.Repeat(q.row+", ", rows), ", ") + q.tail
}

var (
	begin    = &query{head: `BEGIN IMMEDIATE`}
	snapshot = &query{head: `BEGIN`}
	commit   = &query{head: `COMMIT`}
	rollback = &query{head: `ROLLBACK`}

	lastPost    = &query{head: `SELECT coalesce(max(id), 0) FROM post`}
	getRevision = &query{head: `SELECT value FROM meta WHERE name = 'revision'`}
	setRevision = &query{head: `UPDATE meta SET value = ? WHERE name = 'revision'`}

	findPosts = &query{`SELECT id FROM post WHERE id IN (`, `?`, `)`, 1}
	findOnce  = &query{`SELECT key, post FROM once WHERE key IN (`, `?`, `)`, 1}
	findDocs  = &query{`SELECT key, revision, coalesce(expires, 0) FROM doc WHERE key IN (`, `?`, `)`, 1}

	putPosts    = &query{`INSERT INTO post (id, by, time, body) VALUES `, `(?, ?, ?, ?)`, ``, 4}
	putListings = &query{`INSERT INTO listing (box, position, post) VALUES `, `(?, ?, ?)`, ``, 3}
	putOnce     = &query{`INSERT INTO once (key, post) VALUES `, `(?, ?)`, ``, 2}
	putDocs     = &query{
		`INSERT INTO doc (key, value, revision, expires) VALUES `, `(?, ?, ?, ?)`,
		` ON CONFLICT (key) DO UPDATE SET value = excluded.value, revision = excluded.revision, expires = excluded.expires`, 4,
	}
	dropDocs    = &query{`DELETE FROM doc WHERE key IN (`, `?`, `)`, 1}
	dropExpired = &query{head: `DELETE FROM doc WHERE key IN (SELECT key FROM doc WHERE expires <= ? LIMIT 500)`}

	getHead = &query{head: `SELECT position FROM listing WHERE box = ? ORDER BY position DESC LIMIT 1`}
	// CROSS JOIN: first the listings in order, then each one's post. LIMIT ? alone
	// would let SQLite plan anew for each value, which takes longer than the query.
	getEntries = &query{head: `SELECT l.position, p.id, p.by, p.time, p.body FROM listing l CROSS JOIN post p ON p.id = l.post
		WHERE l.box = ? AND l.position > ? AND l.position <= ? ORDER BY l.position LIMIT ? + 0`}
	getPost = &query{head: `SELECT id, by, time, body FROM post WHERE id = ?`}
	getDocs = &query{`SELECT key, value, revision, coalesce(expires, 0) FROM doc WHERE key IN (`, `?`, `)`, 1}
	// The plus keeps expires out of the choice of an index.
	listDocs = &query{head: `SELECT key, value, revision FROM doc
		WHERE key >= ? AND key < ? AND (+expires IS NULL OR +expires > ?) ORDER BY key LIMIT ? + 0`}
)
