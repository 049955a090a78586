package wxclient

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/webwx/webwx"
)

// Pauses between tries. They double, with a random quarter more or less so that
// many clients do not come back at the same moment.
const (
	firstPause = 250 * time.Millisecond
	maxPause   = 8 * time.Second
	// patience is how long nothing but failures is put up with.
	patience = time.Minute

	// The same for "too often", which a minute seldom cures.
	firstTooOften   = 10 * time.Second
	maxTooOften     = time.Minute
	patienceTooMany = 5 * time.Minute
)

// trouble is a row of failures without a success between them.
type trouble struct {
	c     *Client
	since time.Time
	count int
}

// over takes note of a success.
func (t *trouble) over() { t.count = 0 }

// wait takes note of a failure of a call that began at began, and pauses. It
// returns nil if the call is worth a repetition, else the error to give up with.
func (t *trouble) wait(ctx context.Context, began time.Time, err error) error {
	if ctx.Err() != nil || permanent(err) {
		return err
	}
	if t.count == 0 {
		t.since = began
	}
	first, most, limit := firstPause, maxPause, patience
	if errors.Is(err, webwx.ErrTooOften) {
		first, most, limit = firstTooOften, maxTooOften, patienceTooMany
	}
	if time.Since(t.since) >= limit {
		return fmt.Errorf("%w for %v: %w", ErrUnreachable, time.Since(t.since).Round(time.Second), err)
	}
	d := t.c.jitter(doubled(first, t.count, most))
	t.count++
	t.c.opt.Logger.DebugContext(ctx, "trying again", "after", d, "failures", t.count, "err", err)
	return pause(ctx, d)
}

// doubled returns first doubled n times, but at most most.
func doubled(first time.Duration, n int, most time.Duration) time.Duration {
	return min(first<<min(n, 16), most)
}

// jitter returns d, a quarter more or less.
func (c *Client) jitter(d time.Duration) time.Duration {
	return d*3/4 + time.Duration(c.random(int64(d/2)+1))
}

// pacer slows down a loop whose rounds come back at once with nothing, as those
// of a broken service do.
type pacer struct {
	c     *Client
	empty int
}

// wait is called after each round. quick is a round faster than any poll that
// was held.
func (p *pacer) wait(ctx context.Context, brought bool, took time.Duration) error {
	const quick = time.Second
	if brought || took >= quick {
		p.empty = 0
		return ctx.Err()
	}
	d := p.c.jitter(doubled(firstPause, p.empty, maxPause))
	p.empty++
	return pause(ctx, d)
}

// tries is how often a call that is safe to repeat is sent.
const tries = 3

// again calls f up to three times, as long as it fails in a way that may pass.
func (c *Client) again(ctx context.Context, f func() error) error {
	for n := 0; ; n++ {
		err := f()
		if err == nil || n == tries-1 || ctx.Err() != nil || permanent(err) || !passing(err) {
			return err
		}
		if pause(ctx, c.jitter(doubled(firstPause, n, maxPause))) != nil {
			return err
		}
	}
}

// passing reports whether err is the network's or the service's trouble and not
// an answer.
func passing(err error) bool {
	if refused, ok := errors.AsType[*webwx.Error](err); ok {
		return errors.Is(refused, webwx.ErrTemporary)
	}
	if odd, ok := errors.AsType[*HTTPError](err); ok {
		return !odd.refused()
	}
	if code, ok := errors.AsType[*webwx.LoginError](err); ok {
		return errors.Is(code, webwx.ErrTemporary)
	}
	return true
}
