package wxclient

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// check reads the head of an answer: whether it is media at all, whose part it is,
// and the size of the whole.
func (s *source) check(c *Client, resp *http.Response, k *call) error {
	if resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && s.got > 0 {
		s.final = true // it has no more
		return &SizeError{Op: s.e.Op, Got: s.got, Want: cmp.Or(s.told, s.want)}
	}
	if !isMedia(resp) {
		return s.refusal(c, resp, k)
	}
	size := resp.ContentLength
	if resp.StatusCode == http.StatusPartialContent {
		start, all, ok := contentRange(resp.Header.Get("Content-Range"))
		if !ok || start != s.got {
			s.final = true
			return &HTTPError{Op: s.e.Op, Status: resp.StatusCode, Err: errors.New("another part than was asked for")}
		}
		size = all
	}
	if s.got > 0 && s.want > 0 && size > 0 && size != s.want {
		s.final = true
		return &HTTPError{Op: s.e.Op, Status: resp.StatusCode, Err: errors.New("file has changed meanwhile")}
	}
	s.want = max(s.want, size)
	return nil
}

// isMedia reports whether an answer can be a file. Only downloads of files may
// have any type; a text elsewhere is a proxy's page or the service's refusal.
func isMedia(resp *http.Response) bool {
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusPartialContent {
		return false
	}
	t := resp.Header.Get("Content-Type")
	text := strings.HasPrefix(t, "text/") || strings.HasPrefix(t, "application/json")
	return !text || resp.Header.Get("Content-Disposition") != "" || resp.ContentLength == 0
}

// refusal makes an error of an answer that is no media. The service may say with
// it that the login is over.
func (s *source) refusal(c *Client, resp *http.Response, k *call) error {
	body, err := readBody(resp, smallBody)
	if err != nil {
		return fmt.Errorf("%s: %w", s.e.Op, err)
	}
	odd := &HTTPError{Op: s.e.Op, Status: resp.StatusCode, Snippet: c.snippet(body)}
	e := wire.StatReport // whose reply is nothing but a result
	e.Op = s.e.Op
	_, err = e.ReadReply(body)
	refused, ok := errors.AsType[*webwx.Error](err)
	switch {
	case !ok && resp.StatusCode == http.StatusOK:
		odd.Err = errors.New("answer is no media")
		return odd
	case !ok:
		return odd
	case errors.Is(refused, webwx.ErrLoggedOut):
		c.end(refused, k)
	}
	return refused
}

// contentRange reads "bytes 0-9/10"; all is 0 if the size is not told.
func contentRange(text string) (start, all int64, ok bool) {
	text, ok = strings.CutPrefix(text, "bytes ")
	span, total, found := strings.Cut(text, "/")
	first, _, dash := strings.Cut(span, "-")
	start, err := strconv.ParseInt(first, 10, 64)
	if !ok || !found || !dash || err != nil {
		return 0, 0, false
	}
	all, _ = strconv.ParseInt(total, 10, 64)
	return start, all, true
}
