package wxclient

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/webwx/webwx/internal/wire"
)

type endpoint = wire.Endpoint[wire.MediaRequest, wire.Image]

// source is something to download, and how far that is.
type source struct {
	e      endpoint
	req    wire.MediaRequest
	query  []string
	at     string // path and query below the main host, instead of req
	ranged bool   // always asks for a range
	told   int64  // the size that the message tells, 0 if it tells none

	w        io.Writer
	progress Progress
	want     int64 // the size that the service tells, 0 if it tells none
	got      int64
	final    bool // another try cannot help
}

const (
	// stallTime is how long nothing may come.
	stallTime = 30 * time.Second
	// headway is how much must have come for the tries to be counted anew.
	headway = 64 << 10
)

// run writes the whole to w and resumes what is cut short.
func (s *source) run(ctx context.Context, c *Client) (int64, error) {
	for failures, last := 1, int64(0); ; failures++ {
		err := s.fetch(ctx, c)
		if err == nil {
			return s.got, nil
		}
		if s.got-last >= headway {
			failures, last = 1, s.got
		}
		if failures >= tries || ctx.Err() != nil || permanent(err) || !passing(err) || s.final {
			return s.got, err
		}
		c.opt.Logger.DebugContext(ctx, "download interrupted", "op", s.e.Op, "at", s.got, "err", err)
		if pause(ctx, c.jitter(doubled(firstPause, failures-1, maxPause))) != nil {
			return s.got, err
		}
	}
}

// fetch sends one request for what is missing and writes the answer to w. The
// time it may take is not bounded, but something has to come all the time.
func (s *source) fetch(ctx context.Context, c *Client) error {
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	k := &call{op: s.e.Op, cancel: cancel}
	r, err := s.request(within, c, k)
	if err != nil {
		return err
	}
	if err := c.enter(k); err != nil {
		return err
	}
	stalled := time.AfterFunc(stallTime, cancel)
	err = s.exchange(c, r, k, stalled)
	late := !stalled.Stop()
	if cut := c.leave(k); err != nil && cut != nil {
		return cut
	}
	if err != nil && late && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", s.e.Op, &lateError{stallTime})
	}
	return err
}

func (s *source) request(ctx context.Context, c *Client, k *call) (*http.Request, error) {
	req := s.req
	c.fill(nil, wire.QueryOf(&req), k)
	form := s.e.Official
	form.Query = s.query
	r, err := s.e.NewRequest(ctx, form, c.base(s.e.Host), &req)
	if err != nil {
		return nil, err
	}
	if s.at != "" {
		if r.URL, err = url.Parse(c.base(wire.Main) + s.at); err != nil {
			return nil, errors.New(s.e.Op + ": address of the picture is no URL")
		}
	}
	r.Header.Set("Accept", "*/*")
	r.Header.Set("Accept-Encoding", "identity") // so that sizes are those of the bytes
	if s.ranged || s.got > 0 {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", s.got))
	}
	c.addHeaders(r)
	return r, nil
}

// exchange sends r and copies its body.
func (s *source) exchange(c *Client, r *http.Request, k *call, stalled *time.Timer) error {
	resp, err := c.http.Do(r)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // its URL contains credentials
		}
		return fmt.Errorf("%s: %w", s.e.Op, err)
	}
	defer resp.Body.Close()
	if err := s.check(c, resp, k); err != nil {
		return err
	}
	body := &alive{resp.Body, stalled}
	if resp.StatusCode == http.StatusOK && s.got > 0 { // the service knows no ranges
		if _, err := io.CopyN(io.Discard, body, s.got); err != nil {
			return fmt.Errorf("%s: %w", s.e.Op, err)
		}
	}
	return s.copy(body)
}

// copy writes what comes to w, and says whether it is everything.
func (s *source) copy(body io.Reader) error {
	buf := make([]byte, 32<<10)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if _, err := s.w.Write(buf[:n]); err != nil {
				s.final = true
				return err
			}
			s.got += int64(n)
			s.progress.tell(s.got, s.total())
		}
		switch {
		case err == io.EOF:
			return s.complete()
		case err != nil:
			return fmt.Errorf("%s: %w", s.e.Op, err)
		}
	}
}

// total is the size as far as it is known, else 0.
func (s *source) total() int64 {
	total := cmp.Or(s.want, s.told)
	if total == 0 {
		return 0
	}
	return max(total, s.got)
}

// complete checks what came to its end. What the service itself calls complete
// does not grow by another try.
func (s *source) complete() error {
	right := cmp.Or(s.told, s.want, s.got)
	if s.got > 0 && s.got == right && s.got == cmp.Or(s.want, s.got) {
		return nil
	}
	s.final = s.got > right || s.got > 0 && s.got == s.want
	return &SizeError{Op: s.e.Op, Got: s.got, Want: right}
}

// alive is a body whose every byte starts the clock anew.
type alive struct {
	io.Reader
	stalled *time.Timer
}

func (a *alive) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	if n > 0 {
		a.stalled.Reset(stallTime)
	}
	return n, err
}
