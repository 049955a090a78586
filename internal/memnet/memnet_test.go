package memnet_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/webwx/webwx/internal/memnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs handler on every address of network until the test ends.
func serve(t *testing.T, network *memnet.Network, handler http.Handler) *http.Client {
	t.Helper()
	server := &http.Server{Handler: handler}
	served := make(chan error, 1)
	l := network.Listen(memnet.Any)
	go func() { served <- server.Serve(l) }()
	transport := &http.Transport{DialContext: network.DialContext, DialTLSContext: network.DialContext}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
		time.Sleep(time.Second) // see the package comment
	})
	return &http.Client{Transport: transport, Timeout: 2 * time.Minute}
}

func TestLongPollCostsNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, memnet.New(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(70 * time.Second):
				io.WriteString(w, r.Host+" "+r.RemoteAddr)
			case <-r.Context().Done():
			}
		}))
		for _, host := range []string{"wx.qq.com", "webpush.wx.qq.com"} {
			start := time.Now()
			resp, err := client.Get("https://" + host + "/synccheck")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			if got, want := string(body), host+" 192.0.2.1:"; !strings.HasPrefix(got, want) {
				t.Errorf("body = %q, want %q and a port", got, want)
			}
			if got, want := time.Since(start), 70*time.Second; got != want {
				t.Errorf("the poll took %v, want %v", got, want)
			}
		}
	})
}

func TestServerNoticesThatClientLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := make(chan struct{})
		client := serve(t, memnet.New(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			close(left)
		}))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "GET", "http://wx.qq.com/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Do(req); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Do: %v, want %v", err, context.DeadlineExceeded)
		}
		<-left
	})
}

// A server that begins a large answer before it has read the large request would
// wait for ever on an unbuffered pipe.
func TestBothSidesWriteFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		large := strings.Repeat("x", 1<<20)
		client := serve(t, memnet.New(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			control := http.NewResponseController(w)
			control.EnableFullDuplex()
			io.WriteString(w, large[:20_000])
			control.Flush()
			io.Copy(io.Discard, r.Body)
			io.WriteString(w, large[20_000:])
		}))
		resp, err := client.Post("http://file.wx.qq.com/", "text/plain", strings.NewReader(large))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != int64(len(large)) {
			t.Errorf("read %d bytes, %v; want %d", n, err, len(large))
		}
	})
}

func TestDialWhereNobodyListens(t *testing.T) {
	network := memnet.New()
	l := network.Listen("a:80")
	defer l.Close()
	if _, err := network.Dial("tcp", "b:80"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("Dial: %v, want %v", err, syscall.ECONNREFUSED)
	}
}

func TestDialReachesTheNamedListenerFirst(t *testing.T) {
	network := memnet.New()
	rest, named := network.Listen(memnet.Any), network.Listen("a:80")
	defer rest.Close()
	defer named.Close()
	for addr, l := range map[string]net.Listener{"a:80": named, "b:80": rest} {
		from := netip.MustParseAddr("198.51.100.7")
		client, err := network.DialFrom(t.Context(), from, "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		server, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := server.RemoteAddr().String(), client.LocalAddr().String(); got != want {
			t.Errorf("the server sees %s, want %s", got, want)
		}
		if got, want := server.RemoteAddr().(*net.TCPAddr).AddrPort().Addr(), from; got != want {
			t.Errorf("the server sees %s, want %s", got, want)
		}
		if got, want := client.RemoteAddr().String(), addr; got != want {
			t.Errorf("the client sees %s, want %s", got, want)
		}
		client.Close()
		server.Close()
	}
}

func TestDialWaitsForAcceptUntilItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New()
		l := network.Listen(memnet.Any)
		var waiting []net.Conn
		for {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			start := time.Now()
			c, err := network.DialContext(ctx, "tcp", "a:80")
			cancel()
			if err != nil {
				if got := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || got != time.Second {
					t.Errorf("Dial: %v after %v, want %v after 1s", err, got, context.DeadlineExceeded)
				}
				break
			}
			waiting = append(waiting, c)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		for _, c := range waiting { // accepted by nobody, and told so
			if _, err := c.Read(make([]byte, 1)); err != io.EOF {
				t.Fatalf("Read: %v, want EOF", err)
			}
			c.Close()
		}
	})
}

func TestClosedListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New()
		l := network.Listen("a:80")
		accepted := make(chan error)
		go func() {
			_, err := l.Accept()
			accepted <- err
		}()
		synctest.Wait()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-accepted; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept: %v, want %v", err, net.ErrClosed)
		}
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("second Close: %v, want %v", err, net.ErrClosed)
		}
		if _, err := network.Dial("tcp", "a:80"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("Dial: %v, want %v", err, syscall.ECONNREFUSED)
		}
		if err := network.Listen("a:80").Close(); err != nil {
			t.Errorf("the address is not free again: %v", err)
		}
	})
}

func TestListenTwicePanics(t *testing.T) {
	network := memnet.New()
	defer network.Listen("a:80").Close()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	network.Listen("a:80")
}
