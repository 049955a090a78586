package webwx

import (
	"fmt"
	"strconv"
	"strings"
)

// SyncKey is a position in what a login has to learn (messages.md §7): an opaque
// cursor of numbered counters. Keep the newest one received and send it back.
type SyncKey struct {
	// Count is the length of List.
	Count int `json:"Count"`
	// List holds the counters in the service's order.
	List []SyncKeyItem `json:"List"`
}

// SyncKeyItem is one counter of a [SyncKey]. Values fit an int32.
type SyncKeyItem struct {
	Key int `json:"Key"`
	Val int `json:"Val"`
}

// NewSyncKey returns the key with the given counters and their count.
func NewSyncKey(items ...SyncKeyItem) SyncKey {
	return SyncKey{Count: len(items), List: items}
}

// Empty reports whether k holds no counter. An empty key comes with failures
// and must not replace a better one (endpoints.md §11).
func (k SyncKey) Empty() bool { return len(k.List) == 0 }

// Get returns the counter with the given number.
func (k SyncKey) Get(key int) (val int, ok bool) {
	for _, it := range k.List {
		if it.Key == key {
			return it.Val, true
		}
	}
	return 0, false
}

// String is the form that synccheck takes: "1_635705559|2_635705726".
func (k SyncKey) String() string {
	var b strings.Builder
	for i, it := range k.List {
		if i > 0 {
			b.WriteByte('|')
		}
		b.WriteString(strconv.Itoa(it.Key))
		b.WriteByte('_')
		b.WriteString(strconv.Itoa(it.Val))
	}
	return b.String()
}

// maxSyncKeyItems bounds what ParseSyncKey reads; real keys have 4 to 10.
const maxSyncKeyItems = 64

// ParseSyncKey reads the form that [SyncKey.String] writes. A trailing "|", as
// some clients send it, is ignored.
func ParseSyncKey(s string) (SyncKey, error) {
	var k SyncKey
	for part := range strings.SplitSeq(s, "|") {
		if part == "" {
			continue
		}
		if len(k.List) == maxSyncKeyItems {
			return SyncKey{}, fmt.Errorf("sync key of more than %d counters", maxSyncKeyItems)
		}
		key, val, ok := strings.Cut(part, "_")
		n, errKey := strconv.ParseInt(key, 10, 32)
		v, errVal := strconv.ParseInt(val, 10, 32)
		if !ok || errKey != nil || errVal != nil {
			return SyncKey{}, fmt.Errorf("sync key counter %.20q is not KEY_VALUE", part)
		}
		k.List = append(k.List, SyncKeyItem{Key: int(n), Val: int(v)})
	}
	k.Count = len(k.List)
	return k, nil
}

// Selector says what synccheck found (README.md §7.3). Zero is nothing; every
// other value means: call webwxsync.
type Selector int

// The selectors that servers send.
const (
	SelectorNothing Selector = 0
	SelectorMessage Selector = 2 // a message waits (S 8.8)
	SelectorContact Selector = 4 // only contacts changed
	SelectorMember  Selector = 6 // contact added or deleted
	SelectorChat    Selector = 7 // a chat was entered or left on the phone (S 8.9)
)

// EventKind says what an [Event] tells.
type EventKind string

// The kinds of event.
const (
	EventMessage EventKind = "message" // Message holds what arrived
	EventStatus  EventKind = "status"  // Message holds a status notice (MsgType 51): no chat message
	EventContact EventKind = "contact" // Contact holds a new or changed contact or room
	EventGone    EventKind = "gone"    // UserName is no contact any more, or a room that was left
)

// Event is one thing that a login has learned. The field that Kind names is
// set, the others are zero.
type Event struct {
	Kind     EventKind
	Message  *Message
	Contact  *Contact
	UserName UserName
}
