package intercept

import (
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"sync"
	"time"
)

const (
	maxConns = 4096             // at a time; whoever comes then waits
	helloFor = 10 * time.Second // for a connection's first byte, and for our answer to CONNECT to be taken
	pauseFor = 100 * time.Millisecond
)

// A door takes connections in, looks at their first byte, and gives them to an
// http.Server, whose listener it is: as TLS or as they are.
type door struct {
	config *tls.Config
	ready  chan net.Conn
	slots  chan struct{}
	closed chan struct{}

	mu        sync.Mutex
	listeners []net.Listener
	looking   map[*conn]struct{} // whose first byte is awaited; nil once closed
	work      sync.WaitGroup     // of all goroutines here; grows only while looking is not nil
}

func newDoor(config *tls.Config) *door {
	return &door{
		config: config, ready: make(chan net.Conn), slots: make(chan struct{}, maxConns),
		closed: make(chan struct{}), looking: make(map[*conn]struct{}),
	}
}

// open begins to accept. If a listener breaks, the door closes and says why.
func (d *door) open(listeners []net.Listener) (broken <-chan error) {
	failed := make(chan error, len(listeners))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.listeners = slices.Clone(listeners)
	for _, l := range listeners {
		if d.looking == nil {
			l.Close()
			continue
		}
		d.work.Go(func() {
			if err := d.accept(l); err != nil {
				failed <- err
				d.Close()
			}
		})
	}
	return failed
}

// accept takes connections from l until the door is closed.
func (d *door) accept(l net.Listener) error {
	for {
		select {
		case d.slots <- struct{}{}:
		case <-d.closed:
			return nil
		}
		raw, err := l.Accept()
		if err == nil {
			d.enter(&conn{Conn: raw, leave: sync.OnceFunc(func() { <-d.slots })}, "")
			continue
		}
		<-d.slots
		if d.over() {
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		select { // out of descriptors, say: others will be closed
		case <-time.After(pauseFor):
		case <-d.closed:
		}
	}
}

func (d *door) over() bool {
	select {
	case <-d.closed:
		return true
	default:
		return false
	}
}

// enter greets c and passes it on when it has said something.
func (d *door) enter(c *conn, greeting string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.looking == nil {
		c.Close()
		return
	}
	d.looking[c] = struct{}{}
	d.work.Go(func() {
		spoken, err := d.look(c, greeting)
		d.mu.Lock()
		delete(d.looking, c)
		d.mu.Unlock()
		if err != nil {
			c.Close()
			return
		}
		select {
		case d.ready <- spoken:
		case <-d.closed:
			c.Close()
		}
	})
}

// look finds out by the first byte what is spoken on c.
func (d *door) look(c *conn, greeting string) (net.Conn, error) {
	if err := c.SetDeadline(time.Now().Add(helloFor)); err != nil {
		return nil, err
	}
	if _, err := c.Write([]byte(greeting)); err != nil {
		return nil, err
	}
	if len(c.head) == 0 {
		var first [1]byte
		if _, err := c.Conn.Read(first[:]); err != nil {
			return nil, err
		}
		c.head = first[:]
	}
	const handshake = 0x16 // the type of TLS's first record
	if err := c.SetDeadline(time.Time{}); err != nil || c.head[0] != handshake {
		return c, err
	}
	return tls.Server(c, d.config), nil
}

// Accept, Close and Addr make the door a listener.
func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.ready:
		return c, nil
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

// Close closes the listeners and what has not spoken yet.
func (d *door) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.looking == nil {
		return nil
	}
	close(d.closed)
	for _, l := range d.listeners {
		l.Close() // nobody is let in any more, whatever it says
	}
	for c := range d.looking {
		c.Close()
	}
	d.looking = nil
	return nil
}

// wait waits for the goroutines of a closed door.
func (d *door) wait() { d.work.Wait() }

func (d *door) Addr() net.Addr {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.listeners) == 0 {
		return &net.TCPAddr{}
	}
	return d.listeners[0].Addr()
}

// A conn is a connection of which a little was read already.
type conn struct {
	net.Conn
	head   []byte // comes first
	tunnel bool   // it is one that CONNECT asked for
	leave  func()
}

func (c *conn) Read(b []byte) (int, error) {
	if len(c.head) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.head)
	c.head = c.head[n:]
	return n, nil
}

// Close gives the connection's place to the next one.
func (c *conn) Close() error {
	c.leave()
	return c.Conn.Close()
}
