-- Bodies are stored once; boxes list them by narrow rows. A box's head is the
-- position of its last listing: it cannot disagree with what it counts.

CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- revision: no document has, or ever had, a revision above it.
INSERT INTO meta (name, value) VALUES ('revision', 0);

CREATE TABLE post (
	id   INTEGER PRIMARY KEY,
	by   TEXT NOT NULL,
	time INTEGER NOT NULL, -- Unix milliseconds
	body BLOB NOT NULL
) STRICT;

CREATE TABLE listing (
	box      INTEGER NOT NULL,
	position INTEGER NOT NULL,
	post     INTEGER NOT NULL, -- post.id
	PRIMARY KEY (box, position)
) STRICT, WITHOUT ROWID;

-- once: which batches were done. A table of its own, not a column of post: it
-- must be indexed anyway, so this keeps the key once, and it also remembers
-- batches without a post.
CREATE TABLE once (
	key  BLOB PRIMARY KEY, -- 16 bytes of Once (or zeroes behind it), 16 of its SHA-256
	post INTEGER NOT NULL  -- post.id of the batch's first post, or 0
) STRICT, WITHOUT ROWID;

CREATE TABLE doc (
	key      BLOB PRIMARY KEY, -- a BLOB, for bytewise order
	value    BLOB NOT NULL,
	revision INTEGER NOT NULL,
	expires  INTEGER -- Unix microseconds; NULL: never
) STRICT, WITHOUT ROWID;

CREATE INDEX doc_expires ON doc (expires) WHERE expires IS NOT NULL;
