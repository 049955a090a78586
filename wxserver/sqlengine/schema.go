package sqlengine

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// The schema's versions: schema/1.sql makes version 1 of nothing, 2.sql makes
// version 2 of version 1, and so on. A file is never changed once released; each
// version leaves a data folder in testdata that later ones must open.
//
// A migration library was weighed: it would bring a table of its own, modules
// for databases we do not use, and would still leave the check for a newer
// schema to us. SQLite has a place for the version in its header.
//
//go:embed schema
var schemaFiles embed.FS

// applicationID marks our databases in their header: "webx".
const applicationID = 0x77656278

// schemas returns the text of each version, the first one at index 0.
func schemas() []string {
	var all []string
	for {
		text, err := fs.ReadFile(schemaFiles, path.Join("schema", fmt.Sprintf("%d.sql", len(all)+1)))
		if errors.Is(err, fs.ErrNotExist) {
			return all
		}
		if err != nil {
			panic(err) // embedded
		}
		all = append(all, string(text))
	}
}

// migrate brings the database to the last of the versions, each in a
// transaction of its own.
func migrate(ctx context.Context, c *sql.Conn, versions []string) error {
	var id, version, tables int
	if err := c.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&id); err != nil {
		return err
	}
	if err := c.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	if err := c.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&tables); err != nil {
		return err
	}
	if id != applicationID && (id != 0 || version != 0 || tables != 0) {
		return fmt.Errorf("%w: it is a database of another program", ErrDamaged)
	}
	if version > len(versions) {
		return fmt.Errorf("%w (schema %d, this program knows %d)", ErrNewer, version, len(versions))
	}
	for v := version; v < len(versions); v++ {
		script := fmt.Sprintf("BEGIN IMMEDIATE;\n%s\nPRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT;", versions[v], applicationID, v+1)
		if _, err := c.ExecContext(ctx, script); err != nil {
			_, _ = c.ExecContext(ctx, `ROLLBACK`) // fails if SQLite has done it by itself
			return fmt.Errorf("migrate to schema %d: %w", v+1, err)
		}
	}
	return nil
}
