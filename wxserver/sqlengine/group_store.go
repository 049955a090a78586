package sqlengine

import "github.com/webwx/webwx/wxserver"

// revisionBlock is how many revisions are reserved at once: most groups that
// change documents need not write down the last revision.
const revisionBlock = 1 << 16

// store writes what the batches came to.
func (g *group) store() error {
	if err := g.conn.execRows(putPosts, g.postRows); err != nil {
		return err
	}
	if err := g.conn.execRows(putListings, g.listRows); err != nil {
		return err
	}
	if err := g.conn.execRows(putOnce, g.onceRows); err != nil {
		return err
	}
	return g.storeDocs()
}

func (g *group) storeDocs() error {
	if len(g.changed) == 0 {
		return nil
	}
	var put, drop []any
	for _, key := range g.changed {
		d := g.docs[key]
		if d.write.Value == nil {
			drop = append(drop, []byte(key))
		} else {
			put = append(put, []byte(key), d.write.Value, d.revision, expiry(d.write))
		}
	}
	if err := g.conn.execRows(putDocs, put); err != nil {
		return err
	}
	if err := g.conn.execRows(dropDocs, drop); err != nil {
		return err
	}
	if g.revision <= g.reserved {
		return nil
	}
	g.reserved = g.revision + revisionBlock
	return g.conn.exec(setRevision, g.reserved)
}

// expiry returns when a document goes as it is stored, nil for never.
func expiry(w *wxserver.Write) any {
	if w.Expires.IsZero() {
		return nil
	}
	return w.Expires.UnixMicro()
}
