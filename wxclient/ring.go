package wxclient

// ring is a set of ids that forgets the oldest when it is full.
type ring struct {
	ids  []string
	next int // where the oldest is, once it is full
	in   map[string]struct{}
}

func newRing(size int) *ring {
	return &ring{ids: make([]string, 0, min(size, 64)), in: make(map[string]struct{}), next: -size}
}

// has reports whether id is remembered.
func (r *ring) has(id string) bool {
	_, ok := r.in[id]
	return ok
}

// add remembers id and reports whether it is new. The empty id is no id.
func (r *ring) add(id string) bool {
	if id == "" || r.has(id) {
		return false
	}
	r.in[id] = struct{}{}
	if r.next < 0 { // not full: next counts up to it
		r.ids = append(r.ids, id)
		r.next++
		return true
	}
	delete(r.in, r.ids[r.next])
	r.ids[r.next] = id
	r.next = (r.next + 1) % len(r.ids)
	return true
}

// all calls f for each id, oldest first.
func (r *ring) all(f func(id string)) {
	start := max(r.next, 0)
	for i := range r.ids {
		f(r.ids[(start+i)%len(r.ids)])
	}
}
