package sqlengine

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/webwx/webwx/wxserver"
)

// group is one transaction for many batches. It first looks up, in few
// statements, all that the batches depend on; then decides each batch in memory,
// in the order in which they came, so that a refused one leaves no trace; and
// writes what came of it, again in few statements.
type group struct {
	*writer
	now int64 // Unix microseconds

	// What is stored, as the batches decided so far have changed it.
	once     map[onceKey]int64
	docs     map[string]docState
	posts    map[int64]bool
	heads    map[wxserver.Box]wxserver.Position
	lastPost int64

	// What to write, and whom to tell.
	postRows, listRows, onceRows []any
	changed                      []string // keys of documents
	moved                        map[wxserver.Box]wxserver.Position
	woken                        map[wxserver.Box]struct{}
	written                      int // batches
}

// docState is what a group knows of a document; revision 0 if there is none.
type docState struct {
	revision int64
	expires  int64           // Unix microseconds, or 0
	write    *wxserver.Write // the last change, if any
}

func newGroup(w *writer) *group {
	return &group{
		writer:   w,
		now:      time.Now().UnixMicro(),
		once:     make(map[onceKey]int64),
		docs:     make(map[string]docState),
		posts:    make(map[int64]bool),
		heads:    make(map[wxserver.Box]wxserver.Position),
		moved:    make(map[wxserver.Box]wxserver.Position),
		woken:    make(map[wxserver.Box]struct{}),
		lastPost: w.lastPost,
	}
}

func (g *group) write(requests []*request) error {
	if err := g.look(requests); err != nil {
		return err
	}
	for _, r := range requests {
		r.receipt, r.err = g.decide(r)
	}
	return g.store()
}

// look reads what the batches depend on.
func (g *group) look(requests []*request) error {
	var once, posts, docs []any
	for _, r := range requests {
		if r.batch.Once != "" {
			once = append(once, r.once[:])
		}
		for i := range r.batch.Docs {
			if w := &r.batch.Docs[i]; w.If != wxserver.AnyRevision {
				docs = append(docs, []byte(w.Key))
			}
		}
		for i := range r.batch.Posts {
			p := &r.batch.Posts[i]
			if p.ID <= g.lastPost { // a larger one cannot be taken
				posts = append(posts, p.ID)
			}
			if err := g.lookHeads(p.Boxes); err != nil {
				return err
			}
		}
	}
	err := g.conn.queryRows(findOnce, once, func(row *sql.Rows) error {
		var key sql.RawBytes
		var post int64
		err := row.Scan(&key, &post)
		g.once[onceKey(key)] = post
		return err
	})
	if err != nil {
		return err
	}
	err = g.conn.queryRows(findPosts, posts, func(row *sql.Rows) error {
		var id int64
		err := row.Scan(&id)
		g.posts[id] = true
		return err
	})
	if err != nil {
		return err
	}
	return g.conn.queryRows(findDocs, docs, func(row *sql.Rows) error {
		var key string
		var d docState
		err := row.Scan(&key, &d.revision, &d.expires)
		if d.expires == 0 || g.now < d.expires {
			g.docs[key] = d
		}
		return err
	})
}

func (g *group) lookHeads(boxes []wxserver.Box) error {
	for _, box := range boxes {
		if _, ok := g.heads[box]; ok {
			continue
		}
		head, ok := g.writer.heads.get(box)
		if !ok {
			var err error
			if head, err = g.conn.head(box); err != nil {
				return err
			}
		}
		g.heads[box] = head
	}
	return nil
}

// decide refuses a batch, or does it in memory.
func (g *group) decide(r *request) (wxserver.Receipt, error) {
	if r.batch.Once != "" {
		if id, ok := g.once[r.once]; ok {
			return wxserver.Receipt{Repeat: true, ID: id}, nil
		}
	}
	if err := g.check(r.batch); err != nil {
		return wxserver.Receipt{}, err
	}
	for i := range r.batch.Docs {
		g.change(&r.batch.Docs[i])
	}
	for i := range r.batch.Posts {
		g.post(&r.batch.Posts[i])
	}
	for _, box := range r.batch.Wake {
		g.woken[box] = struct{}{}
	}
	var receipt wxserver.Receipt
	if len(r.batch.Posts) > 0 {
		receipt.ID = r.batch.Posts[0].ID
	}
	if r.batch.Once != "" {
		g.once[r.once] = receipt.ID
		g.onceRows = append(g.onceRows, r.once[:], receipt.ID)
	}
	g.written++
	return receipt, nil
}

// check reports whether b can be done as a whole.
func (g *group) check(b *wxserver.Batch) error {
	for i := range b.Docs {
		if w := &b.Docs[i]; w.If != wxserver.AnyRevision && w.If != g.docs[w.Key].revision {
			return fmt.Errorf("%w: document %q", wxserver.ErrConflict, w.Key)
		}
	}
	for i := range b.Posts {
		p := &b.Posts[i]
		if g.posts[p.ID] {
			return fmt.Errorf("%w: post id %d", wxserver.ErrConflict, p.ID)
		}
		for j := range i {
			if b.Posts[j].ID == p.ID {
				return fmt.Errorf("%w: post id %d twice", wxserver.ErrConflict, p.ID)
			}
		}
		for _, box := range p.Boxes {
			if int(g.heads[box])+len(b.Posts) > int(wxserver.MaxPosition) {
				return fmt.Errorf("%w: box %d is full", wxserver.ErrTooLarge, box)
			}
		}
	}
	return nil
}

// change writes or removes a document.
func (g *group) change(w *wxserver.Write) {
	if w.Check {
		return
	}
	d := g.docs[w.Key]
	if d.write == nil {
		g.changed = append(g.changed, w.Key)
	}
	d = docState{write: w}
	if w.Value != nil {
		g.revision++
		d.revision = g.revision
		if !w.Expires.IsZero() {
			d.expires = w.Expires.UnixMicro()
		}
	}
	g.docs[w.Key] = d
}

// post lists a post at the end of its boxes.
func (g *group) post(p *wxserver.Post) {
	g.posts[p.ID] = true
	g.lastPost = max(g.lastPost, p.ID)
	body := p.Body
	if body == nil {
		body = []byte{} // nil is NULL
	}
	g.postRows = append(g.postRows, p.ID, p.By, p.Time.UnixMilli(), body)
	for _, box := range p.Boxes {
		head := g.heads[box] + 1
		g.heads[box], g.moved[box] = head, head
		g.listRows = append(g.listRows, int64(box), int64(head), p.ID)
	}
}
