package sqlengine

import (
	"bytes"
	"context"
	"database/sql"
	"time"

	"github.com/webwx/webwx/wxserver"
)

// reader lets a call in and gives it a connection; giveBack ends both.
func (e *Engine) reader(ctx context.Context) (*conn, error) {
	if err := e.gate.enter(ctx); err != nil {
		return nil, err
	}
	select {
	case c := <-e.readers:
		return c, nil
	case <-ctx.Done():
		e.gate.leave()
		return nil, ctx.Err()
	}
}

func (e *Engine) giveBack(c *conn) {
	e.readers <- c
	e.gate.leave()
}

// Read implements [wxserver.Engine]. Nothing new costs no query if the box was
// posted to since the engine was opened.
func (e *Engine) Read(ctx context.Context, box wxserver.Box, after wxserver.Position, limit int) (wxserver.Page, error) {
	head, known := e.heads.get(box)
	if known && (after >= head || limit <= 0) {
		if err := e.gate.enter(ctx); err != nil {
			return wxserver.Page{}, err
		}
		e.gate.leave()
		return wxserver.Page{Head: head}, nil
	}
	c, err := e.reader(ctx)
	if err != nil {
		return wxserver.Page{}, err
	}
	defer e.giveBack(c)
	if !known {
		if head, err = c.head(box); err != nil {
			return wxserver.Page{}, explain("read", err)
		}
	}
	page := wxserver.Page{Head: head}
	if after >= head || limit <= 0 {
		return page, nil
	}
	// Entries never change and have no gaps, so those up to a head are what they
	// were when that was the head.
	args := []any{int64(box), int64(after), int64(head), limit}
	err = c.query(getEntries, 1, args, func(row *sql.Rows) error {
		var e wxserver.Entry
		var ms int64
		err := row.Scan(&e.Position, &e.ID, &e.By, &ms, &e.Body)
		e.Time = time.UnixMilli(ms)
		page.Entries = append(page.Entries, e)
		return err
	})
	if err != nil {
		return wxserver.Page{}, explain("read", err)
	}
	return page, nil
}

// Post implements [wxserver.Engine].
func (e *Engine) Post(ctx context.Context, id int64) (wxserver.Entry, error) {
	c, err := e.reader(ctx)
	if err != nil {
		return wxserver.Entry{}, err
	}
	defer e.giveBack(c)
	var entry wxserver.Entry
	err = c.query(getPost, 1, []any{id}, func(row *sql.Rows) error {
		var ms int64
		err := row.Scan(&entry.ID, &entry.By, &ms, &entry.Body)
		entry.Time = time.UnixMilli(ms)
		return err
	})
	switch {
	case err != nil:
		return wxserver.Entry{}, explain("read", err)
	case entry.ID == 0:
		return wxserver.Entry{}, wxserver.ErrNotFound
	}
	return entry, nil
}

// head reads how far a box reaches from the database.
func (c *conn) head(box wxserver.Box) (wxserver.Position, error) {
	head, err := c.number(getHead, int64(box))
	return wxserver.Position(head), err
}

// Get implements [wxserver.Engine]. All documents are as they were at one moment.
func (e *Engine) Get(ctx context.Context, keys ...string) ([]wxserver.Doc, error) {
	c, err := e.reader(ctx)
	if err != nil {
		return nil, err
	}
	defer e.giveBack(c)
	found, err := c.docs(keys, time.Now().UnixMicro())
	if err != nil {
		return nil, explain("get", err)
	}
	docs := make([]wxserver.Doc, len(keys))
	for i, key := range keys {
		docs[i] = found[key]
		docs[i].Key = key
	}
	return docs, nil
}

// docs finds documents that have not expired. One statement sees one moment;
// for more than one a transaction does.
func (c *conn) docs(keys []string, now int64) (found map[string]wxserver.Doc, err error) {
	args := make([]any, len(keys))
	for i, key := range keys {
		args[i] = []byte(key)
	}
	for len(args) > 0 && len(args) < sizes[0] && getDocs.fit(len(args)) != len(args) {
		args = append(args, args[0]) // up to the next size, so that one will do
	}
	if len(args) > sizes[0] {
		if err := c.exec(snapshot); err != nil {
			return nil, err
		}
		defer func() {
			if cerr := c.exec(commit); err == nil {
				err = cerr
			}
		}()
	}
	found = make(map[string]wxserver.Doc, len(keys))
	err = c.queryRows(getDocs, args, func(row *sql.Rows) error {
		var d wxserver.Doc
		var expires int64
		err := row.Scan(&d.Key, &d.Value, &d.Revision, &expires)
		if expires == 0 || now < expires {
			found[d.Key] = withValue(d)
		}
		return err
	})
	return found, err
}

// withValue tells an empty value from none: the driver reads both as nil.
func withValue(d wxserver.Doc) wxserver.Doc {
	if d.Value == nil {
		d.Value = []byte{}
	}
	return d
}

// beyond is after every key.
var beyond = bytes.Repeat([]byte{0xff}, wxserver.MaxKey+1)

// List implements [wxserver.Engine].
func (e *Engine) List(ctx context.Context, prefix, after string, limit int) ([]wxserver.Doc, error) {
	c, err := e.reader(ctx)
	if err != nil {
		return nil, err
	}
	defer e.giveBack(c)
	from := []byte(prefix)
	if after >= prefix {
		from = append([]byte(after), 0) // the next key there can be
	}
	var docs []wxserver.Doc
	args := []any{from, behind(prefix), time.Now().UnixMicro(), max(limit, 0)}
	err = c.query(listDocs, 1, args, func(row *sql.Rows) error {
		var d wxserver.Doc
		err := row.Scan(&d.Key, &d.Value, &d.Revision)
		docs = append(docs, withValue(d))
		return err
	})
	if err != nil {
		return nil, explain("list", err)
	}
	return docs, nil
}

// behind returns the first key that comes after all that begin with prefix.
func behind(prefix string) []byte {
	end := bytes.TrimRight([]byte(prefix), "\xff")
	if len(end) == 0 {
		return beyond
	}
	end[len(end)-1]++
	return end
}
