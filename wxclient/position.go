package wxclient

import (
	"sync"

	"github.com/webwx/webwx"
)

// Position remembers how far [Client.Events] has come: the SyncKey, and the ids
// of the messages that were taken. [OpenPosition] opens one in a file. Only one
// Events uses it at a time.
type Position interface {
	// Start binds the position to a login and returns the key to go on from: the
	// last one of the same login, the zero key for another. account and login are
	// digests. Ids stay remembered as long as the account is the same, since a
	// message keeps its id in every login.
	Start(account, login string) (webwx.SyncKey, error)
	// Seen reports whether the message with this id was taken.
	Seen(id string) bool
	// Take remembers that the message with this id was taken.
	Take(id string) error
	// Advance remembers that everything before key was taken.
	Advance(key webwx.SyncKey) error
}

// maxTaken is how many ids of taken messages are remembered. It must be more
// than a server repeats: a few pages of about a hundred.
const maxTaken = 8192

// place is what a position remembers.
type place struct {
	account, login string
	key            webwx.SyncKey
	taken          *ring
}

func newPlace() place { return place{taken: newRing(maxTaken)} }

// start binds p and reports whether that changed anything.
func (p *place) start(account, login string) (changed bool) {
	if p.account == account && p.login == login {
		return false
	}
	if p.account != account {
		p.taken = newRing(maxTaken)
	}
	p.account, p.login, p.key = account, login, webwx.SyncKey{}
	return true
}

// memoryPosition is the position of a program that does not outlive its client.
type memoryPosition struct {
	mu sync.Mutex
	place
}

func newMemoryPosition() *memoryPosition { return &memoryPosition{place: newPlace()} }

func (p *memoryPosition) Start(account, login string) (webwx.SyncKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.start(account, login)
	return p.key, nil
}

func (p *memoryPosition) Seen(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken.has(id)
}

func (p *memoryPosition) Take(id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken.add(id)
	return nil
}

func (p *memoryPosition) Advance(key webwx.SyncKey) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key = key
	return nil
}
