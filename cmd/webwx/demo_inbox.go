package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// inbox is what comes in at a client.
type inbox struct {
	messages chan *webwx.Message
	err      error // once done is closed
	done     chan struct{}
}

// listenTo takes the messages of c until ctx or the login ends.
func listenTo(ctx context.Context, c *wxclient.Client) *inbox {
	in := &inbox{messages: make(chan *webwx.Message, 16), done: make(chan struct{})}
	go func() {
		defer close(in.done)
		for ev, err := range c.Events(ctx) {
			if err != nil {
				in.err = err
				return
			}
			if ev.Kind != webwx.EventMessage {
				continue
			}
			select {
			case in.messages <- ev.Message:
			case <-ctx.Done():
				in.err = ctx.Err()
				return
			}
		}
	}()
	return in
}

// next returns the next message, or why there will be none.
func (in *inbox) next(ctx context.Context) (*webwx.Message, error) {
	select {
	case m := <-in.messages:
		return m, nil
	case <-in.done:
		return nil, in.err
	case <-ctx.Done():
		return nil, fmt.Errorf("no message came: %w", ctx.Err())
	}
}

// pollSpy carries requests and takes down what the login poll answers.
type pollSpy struct {
	next http.RoundTripper

	mu    sync.Mutex
	codes []webwx.LoginCode
}

var pollCode = regexp.MustCompile(`window\.code=(\d+)`)

// RoundTrip implements http.RoundTripper.
func (s *pollSpy) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/login") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if m := pollCode.FindSubmatch(body); m != nil {
		code, _ := strconv.Atoi(string(m[1])) // digits
		s.mu.Lock()
		defer s.mu.Unlock()
		s.codes = append(s.codes, webwx.LoginCode(code))
	}
	return resp, nil
}

func (s *pollSpy) seen() []webwx.LoginCode {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.codes)
}
