// Package memnet is a network in memory: what is dialed on one side is accepted
// on the other, without a socket.
//
// It exists for [testing/synctest]: a goroutine that waits in Accept, Dial, Read
// or Write here is durably blocked, which one that waits for a socket is not, so
// an http.Server and an http.Client run in a bubble and their time-outs cost
// nothing.
//
//	network := memnet.New()
//	go server.Serve(network.Listen("*"))
//	client := &http.Client{Transport: &http.Transport{
//		DialContext:    network.DialContext,
//		DialTLSContext: network.DialContext, // https:// URLs, spoken in the clear
//	}}
//
// Listen and dial inside the bubble. Before it ends, close the client's idle
// connections and the server, then sleep for a second (it costs nothing): for
// half of one, an http.Server lingers on connections that it closes early, and a
// bubble must not end while a goroutine sleeps in it.
//
// Unlike [net.Pipe], connections are buffered as TCP's are, so two sides that
// both write before they read do not stop each other.
package memnet

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// Any is the address of the listener that takes every dial which no other
// listener was registered for.
const Any = "*"

// backlog is how many connections may wait for Accept before dialing blocks.
const backlog = 128

// Network is one network in memory. Its methods may be called at the same time.
type Network struct {
	mu        sync.Mutex
	listeners map[string]*listener
	dialed    int
}

// New returns a network on which nobody listens.
func New() *Network {
	return &Network{listeners: make(map[string]*listener)}
}

// Listen returns a listener for addr, written exactly as it will be dialed
// ("wx.qq.com:443"), or for every other address if addr is [Any]. It panics if
// somebody listens there already. Closing the listener frees the address.
func (n *Network) Listen(addr string) net.Listener {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[addr] != nil {
		panic("memnet: somebody listens on " + addr)
	}
	l := &listener{
		network: n,
		addr:    name(addr),
		queue:   make(chan *conn, backlog),
		closed:  make(chan struct{}),
	}
	n.listeners[addr] = l
	return l
}

// Dial connects to the listener registered for addr, or to that of [Any].
// The network ("tcp") is not looked at.
func (n *Network) Dial(network, addr string) (net.Conn, error) {
	return n.DialContext(context.Background(), network, addr)
}

// DialContext is [Network.Dial] that gives up when ctx ends. Where nobody
// listens, the error is syscall.ECONNREFUSED.
func (n *Network) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return n.DialFrom(ctx, netip.Addr{}, network, addr)
}

// DialFrom is [Network.DialContext] for a caller whose own address is from,
// where a test cares about what the server sees. The zero Addr stands for one
// of 192.0.2.0/24, which the RFCs keep for examples.
func (n *Network) DialFrom(ctx context.Context, from netip.Addr, network, addr string) (net.Conn, error) {
	l, source := n.route(from, addr)
	client, err := l.connect(ctx, source, name(addr))
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Source: source, Addr: name(addr), Err: err}
	}
	return client, nil
}

// route finds who listens on addr, nil for nobody, and gives the caller an
// address: ports count up, and a full set of ports moves on to the next host.
func (n *Network) route(from netip.Addr, addr string) (*listener, *net.TCPAddr) {
	const first, ports, hosts = 1024, 65536 - 1024, 254
	n.mu.Lock()
	defer n.mu.Unlock()
	port, host := first+n.dialed%ports, 1+n.dialed/ports%hosts
	n.dialed++
	if !from.IsValid() {
		from = netip.AddrFrom4([4]byte{192, 0, 2, byte(host)})
	}
	l := n.listeners[addr]
	if l == nil {
		l = n.listeners[Any]
	}
	return l, net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, uint16(port)))
}

// name is the address of a listener: the text that was listened on or dialed.
type name string

func (name) Network() string  { return "tcp" }
func (a name) String() string { return string(a) }

// listener is the accepting end of a [Network].
type listener struct {
	network *Network
	addr    name
	queue   chan *conn
	once    sync.Once
	closed  chan struct{}
}

func (l *listener) Addr() net.Addr { return l.addr }

func (l *listener) Accept() (net.Conn, error) {
	if !l.isClosed() {
		select {
		case c := <-l.queue:
			return c, nil
		case <-l.closed:
		}
	}
	return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.addr, Err: net.ErrClosed}
}

// Close ends Accept and hangs up on those who wait for it.
func (l *listener) Close() error {
	err := fmt.Errorf("memnet: close %s: %w", l.addr, net.ErrClosed)
	l.once.Do(func() {
		l.network.mu.Lock()
		delete(l.network.listeners, string(l.addr))
		l.network.mu.Unlock()
		close(l.closed)
		l.hangUp()
		err = nil
	})
	return err
}

// connect queues a new connection for Accept and returns the caller's end.
func (l *listener) connect(ctx context.Context, source, target net.Addr) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if l == nil || l.isClosed() {
		return nil, syscall.ECONNREFUSED
	}
	client, server := pipe(source, target)
	select {
	case l.queue <- server:
	case <-l.closed:
		return nil, syscall.ECONNREFUSED
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if l.isClosed() { // perhaps after hangUp looked
		l.hangUp()
	}
	return client, nil
}

func (l *listener) isClosed() bool {
	select {
	case <-l.closed:
		return true
	default:
		return false
	}
}

// hangUp closes the connections that nobody will accept.
func (l *listener) hangUp() {
	for {
		select {
		case c := <-l.queue:
			c.Close()
		default:
			return
		}
	}
}
