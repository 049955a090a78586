package wxserver

import (
	"log/slog"
	"net/http"
	"time"
)

const (
	headerTime = 10 * time.Second  // for a request's header to arrive
	bodyTime   = 30 * time.Second  // for its body
	writeTime  = 60 * time.Second  // for a client to take its answer
	idleTime   = 120 * time.Second // between two requests of a connection
	maxHeader  = 64 << 10          // bytes
)

// NewHTTPServer returns an http.Server for h, which is a [Server] or wraps one,
// with the time-outs and bounds that a server on an open network needs. Its
// fields may be changed before it serves, but a WriteTimeout would end the polls
// that are held: a Server bounds for each request how long its body and the
// reading of its answer may take.
func NewHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// setDeadlines bounds how long a client may take to send the body of r and to
// take the answer. net/http lifts the first when the body has been read.
func (s *Server) setDeadlines(w http.ResponseWriter, r *http.Request) {
	c, now := http.NewResponseController(w), time.Now()
	if r.Body != nil && r.Body != http.NoBody {
		_ = c.SetReadDeadline(now.Add(bodyTime)) // recorders in tests have none
	}
	_ = c.SetWriteDeadline(now.Add(bodyTime + s.opts.Hold + writeTime))
}
