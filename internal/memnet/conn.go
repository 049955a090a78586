package memnet

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// conn is one end of a connection: it reads from one stream and writes to the
// other, which its peer has the other way round.
type conn struct {
	in, out       *stream
	local, remote net.Addr
	once          sync.Once
}

// pipe returns the two ends of a new connection between a and b.
func pipe(a, b net.Addr) (*conn, *conn) {
	there, back := newStream(), newStream()
	return &conn{in: back, out: there, local: a, remote: b}, &conn{in: there, out: back, local: b, remote: a}
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	return n, c.wrap("read", err)
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.out.Write(p)
	return n, c.wrap("write", err)
}

// CloseWrite tells the peer that no more will be written; reading goes on.
func (c *conn) CloseWrite() error {
	c.out.closeWrite()
	return nil
}

// Close ends both directions. What was written before can still be read by the
// peer; what was not read here is lost.
func (c *conn) Close() error {
	err := c.wrap("close", net.ErrClosed)
	c.once.Do(func() {
		c.in.closeRead()
		c.out.closeWrite()
		err = nil
	})
	return err
}

func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *conn) SetReadDeadline(t time.Time) error {
	return c.wrap("set", c.in.setDeadline(&c.in.reading, t))
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.wrap("set", c.out.setDeadline(&c.out.writing, t))
}

// wrap adds to err what the net package would; io.EOF stays as it is.
func (c *conn) wrap(op string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.local, Addr: c.remote, Err: err}
}
