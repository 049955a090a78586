package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// watchdog carries requests and tells the person in front when the service stops
// answering, and when it answers again: once each, however often it is tried.
type watchdog struct {
	next *http.Transport
	a    *app
	down atomic.Bool
}

func (a *app) newWatchdog() *watchdog {
	t := http.DefaultTransport.(*http.Transport).Clone()
	// A connection that answers no ping is closed instead of used again.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second}
	return &watchdog{next: t, a: a}
}

// settled is how long a new connection must hold to count as an answer: a poll
// comes back much later.
const settled = time.Second

// RoundTrip implements http.RoundTripper.
func (w *watchdog) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.down.Load() {
		var connected atomic.Bool
		r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
			GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
		}))
		t := time.AfterFunc(settled, func() {
			if connected.Load() {
				w.up()
			}
		})
		defer t.Stop()
	}
	resp, err := w.next.RoundTrip(r)
	switch {
	case err == nil:
		w.up()
	case errors.Is(err, context.Canceled):
		// We have hung up ourselves.
	case w.down.CompareAndSwap(false, true):
		w.a.say("watch.trouble", "Err", err)
	}
	return resp, err
}

// up takes note that the service answers.
func (w *watchdog) up() {
	if w.down.CompareAndSwap(true, false) {
		w.a.say("watch.back")
	}
}

// CloseIdleConnections lets go of the connections that nobody uses.
func (w *watchdog) CloseIdleConnections() { w.next.CloseIdleConnections() }
