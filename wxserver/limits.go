package wxserver

import (
	"net/netip"
	"strconv"
	"sync"

	"golang.org/x/time/rate"
)

// Limits bound what one account and one address may do. A rate is per second; a
// burst is how many may come at once. Zero values take the defaults, a negative
// rate means no limit. Loopback addresses are never limited.
type Limits struct {
	// Sends of one account. Beyond it a send answers 1205. Default: 500, burst 5000.
	Sends      float64
	SendsBurst int
	// Codes (jslogin, push login) that one address may ask for; beyond it the answer
	// is late. Default: 5, burst 50.
	Codes      float64
	CodesBurst int
	// Failures of signing in, for one name and for one address. Beyond it signing in
	// answers 1205. Default: one a minute, burst 10.
	Failures      float64
	FailuresBurst int
	// Requests for a friendship that one account may send. Beyond it webwxverifyuser
	// answers 1205. Default: one a minute, burst 50.
	Requests      float64
	RequestsBurst int
	// Searches of one account: they tell which login names exist. Beyond it
	// webwxsearchcontact answers 1205. Default: one in 5 s, burst 30.
	Searches      float64
	SearchesBurst int
}

func (l Limits) complete() Limits {
	def := func(r *float64, burst *int, rate float64, n int) {
		if *r == 0 {
			*r = rate
		}
		if *burst == 0 {
			*burst = n
		}
	}
	def(&l.Sends, &l.SendsBurst, 500, 5000)
	def(&l.Codes, &l.CodesBurst, 5, 50)
	def(&l.Failures, &l.FailuresBurst, 1.0/60, 10)
	def(&l.Requests, &l.RequestsBurst, 1.0/60, 50)
	def(&l.Searches, &l.SearchesBurst, 1.0/5, 30)
	return l
}

// limits are the buckets in use.
type limits struct {
	sends, codes, failures, requests, searches *buckets
}

func newLimits(l Limits) *limits {
	l = l.complete()
	return &limits{
		sends:    newBuckets(l.Sends, l.SendsBurst),
		codes:    newBuckets(l.Codes, l.CodesBurst),
		failures: newBuckets(l.Failures, l.FailuresBurst),
		requests: newBuckets(l.Requests, l.RequestsBurst),
		searches: newBuckets(l.Searches, l.SearchesBurst),
	}
}

// buckets is one bucket for each of many keys. When there are too many, full ones
// are dropped: a new bucket is full too.
type buckets struct {
	limit rate.Limit
	burst int

	mu  sync.Mutex
	all map[string]*rate.Limiter
}

const maxBuckets = 10_000

func newBuckets(perSecond float64, burst int) *buckets {
	b := &buckets{limit: rate.Limit(perSecond), burst: burst, all: make(map[string]*rate.Limiter)}
	if perSecond < 0 {
		b.limit = rate.Inf
	}
	return b
}

func (b *buckets) bucket(key string) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.all[key]
	if l != nil {
		return l
	}
	if len(b.all) >= maxBuckets {
		b.sweep()
	}
	l = rate.NewLimiter(b.limit, b.burst)
	b.all[key] = l
	return l
}

// sweep drops the full buckets, and if there are none, any of them.
func (b *buckets) sweep() {
	for key, l := range b.all {
		if l.Tokens() >= float64(b.burst) {
			delete(b.all, key)
		}
	}
	for key := range b.all {
		if len(b.all) < maxBuckets {
			return
		}
		delete(b.all, key)
	}
}

// take uses up one of key's turns and reports whether there was one.
func (b *buckets) take(key string) bool {
	return b.limit == rate.Inf || isLoopback(key) || b.bucket(key).Allow()
}

// left reports whether key has a turn, without using it up.
func (b *buckets) left(key string) bool {
	return b.limit == rate.Inf || isLoopback(key) || b.bucket(key).Tokens() >= 1
}

// limitKey is what an address is limited by: an IPv6 address by its network of 64
// bits, since whoever has one address there has all of them.
func limitKey(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Unmap().Is4() || a.IsLoopback() {
		return address
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// limitOf is what an account is limited by.
func limitOf(c *call) string { return strconv.FormatInt(c.uin, 10) }

func isLoopback(key string) bool {
	a, err := netip.ParseAddr(key)
	return err == nil && a.IsLoopback()
}
