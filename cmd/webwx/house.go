package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/memengine"
	"github.com/webwx/webwx/wxserver/sqlengine"
)

// house is a server with its data and, once it listens, its door.
type house struct {
	server   *wxserver.Server
	engine   wxserver.Engine
	listener net.Listener
	http     *http.Server
	url      string
	log      *slog.Logger
}

// openHouse opens the data in dir, or for an empty dir in memory, and makes a
// server on it. A key that o does not have is the folder's own.
func openHouse(ctx context.Context, dir string, o wxserver.Options) (*house, error) {
	h := &house{log: cmp.Or(o.Logger, slog.New(slog.DiscardHandler))}
	if dir == "" {
		h.engine = memengine.New()
	} else {
		engine, err := sqlengine.Open(ctx, dir, sqlengine.Options{})
		if err != nil {
			return nil, err
		}
		h.engine = engine
		if o.Key == nil {
			if o.Key, err = sqlengine.ServerKey(dir); err != nil {
				return nil, errors.Join(err, engine.Close())
			}
		}
	}
	var err error
	if h.server, err = wxserver.New(h.engine, o); err != nil {
		return nil, errors.Join(err, h.engine.Close())
	}
	return h, nil
}

// readKey reads a key from a file, a server's or that of a session: 32 bytes in
// hexadecimal.
func readKey(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != wxserver.KeySize {
		return nil, fmt.Errorf("%s does not hold %d bytes in hexadecimal", file, wxserver.KeySize)
	}
	return key, nil
}

// drainTime is how long a stopping server waits for what is under way.
const drainTime = 10 * time.Second

// listen opens the door at addr.
func (h *house) listen(ctx context.Context, addr, scheme string) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	h.listener, h.url = l, baseURL(scheme, l.Addr())
	h.http = wxserver.NewHTTPServer(h.server, h.log)
	return nil
}

// baseURL is what to type on this machine to reach a listener: one on all
// addresses is reached on the machine's own.
func baseURL(scheme string, addr net.Addr) string {
	host := addr.String()
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		host = net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
	}
	return scheme + "://" + host
}

// serve answers requests until ctx ends, then lets polls go and waits for what is
// under way. cert and key are files, or empty for plain HTTP.
func (h *house) serve(ctx context.Context, cert, key string) error {
	done := make(chan error, 1)
	go func() {
		if cert != "" {
			done <- h.http.ServeTLS(h.listener, cert, key)
			return
		}
		done <- h.http.Serve(h.listener)
	}()
	select {
	case err := <-done:
		return err // it could not begin, or the door broke
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- h.http.Shutdown(drain) }()
	err := h.server.Close() // waiting polls are answered now; without that Shutdown would wait for them
	if serr := <-stopped; serr != nil {
		err = errors.Join(err, h.http.Close())
	}
	<-done
	return err
}

// close closes server and data. It may be called after serve.
func (h *house) close() error {
	if h.listener != nil {
		h.listener.Close() // it was closed with the HTTP server, or never used
	}
	return errors.Join(h.server.Close(), h.engine.Close())
}
