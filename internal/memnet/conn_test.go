package memnet_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx/internal/memnet"
)

// connect returns the two ends of a connection that closes with the test.
func connect(t testing.TB) (client, server net.Conn) {
	t.Helper()
	network := memnet.New()
	l := network.Listen(memnet.Any)
	defer l.Close()
	client, err := network.Dial("tcp", "a:80")
	if err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func TestBytesArriveInOrder(t *testing.T) {
	client, server := connect(t)
	want := make([]byte, 1<<20)
	rand.NewChaCha8([32]byte{}).Read(want)
	go func() {
		for rest := want; len(rest) > 0; {
			n := min(len(rest), 1+rand.IntN(100_000))
			client.Write(rest[:n])
			rest = rest[n:]
		}
		client.Close()
	}()
	got, err := io.ReadAll(server)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got %d other bytes than the %d written", len(got), len(want))
	}
}

func TestDeadlines(t *testing.T) {
	full := make([]byte, 1<<20)
	for name, call := range map[string]func(net.Conn) (int, error){
		"reading":        func(c net.Conn) (int, error) { return c.Read(make([]byte, 1)) },
		"writing":        func(c net.Conn) (int, error) { return c.Write(full) },
		"reading, again": func(c net.Conn) (int, error) { c.Read(full); return c.Read(full) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := connect(t)
				start := time.Now()
				c.SetDeadline(start.Add(time.Hour)) // moved before it comes
				c.SetDeadline(start.Add(3 * time.Second))
				_, err := call(c)
				var nerr net.Error
				if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &nerr) || !nerr.Timeout() {
					t.Errorf("%v, want %v", err, os.ErrDeadlineExceeded)
				}
				if got := time.Since(start); got != 3*time.Second {
					t.Errorf("after %v, want 3s", got)
				}
			})
		})
	}
}

func TestDeadlineMovedWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := connect(t)
		client.SetReadDeadline(time.Now().Add(time.Second))
		go func() {
			client.SetReadDeadline(time.Time{})
			time.Sleep(time.Minute)
			server.Write([]byte("x"))
		}()
		synctest.Wait()
		if n, err := client.Read(make([]byte, 9)); n != 1 || err != nil {
			t.Errorf("Read: %d, %v; want 1 byte", n, err)
		}
		client.SetReadDeadline(time.Unix(1, 0))
		if _, err := client.Read(make([]byte, 9)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read: %v, want %v", err, os.ErrDeadlineExceeded)
		}
	})
}

func TestHalfClose(t *testing.T) {
	client, server := connect(t)
	client.Write([]byte("question"))
	client.(interface{ CloseWrite() error }).CloseWrite()
	question, err := io.ReadAll(server)
	if string(question) != "question" || err != nil {
		t.Errorf("read %q, %v", question, err)
	}
	server.Write([]byte("answer"))
	server.Close()
	answer, err := io.ReadAll(client)
	if string(answer) != "answer" || err != nil {
		t.Errorf("read %q, %v", answer, err)
	}
}

func TestCloseWakesBothEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := connect(t)
		var ours, theirs error
		var wg sync.WaitGroup
		wg.Go(func() { _, ours = client.Read(make([]byte, 1)) })
		wg.Go(func() { _, theirs = server.Read(make([]byte, 1)) })
		synctest.Wait()
		client.Close()
		wg.Wait()
		if !errors.Is(ours, net.ErrClosed) {
			t.Errorf("Read: %v, want %v", ours, net.ErrClosed)
		}
		if theirs != io.EOF {
			t.Errorf("the peer's Read: %v, want EOF", theirs)
		}
		if err := client.SetDeadline(time.Now()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("SetDeadline after Close: %v, want %v", err, net.ErrClosed)
		}
		if err := client.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("second Close: %v, want %v", err, net.ErrClosed)
		}
	})
}

func TestCloseStopsWriters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := connect(t)
		var theirs error
		var wg sync.WaitGroup
		wg.Go(func() { _, theirs = server.Write(make([]byte, 1<<20)) })
		synctest.Wait()
		client.Close()
		wg.Wait()
		if !errors.Is(theirs, syscall.EPIPE) {
			t.Errorf("the peer's Write: %v, want %v", theirs, syscall.EPIPE)
		}
		if _, err := client.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write: %v, want %v", err, net.ErrClosed)
		}
	})
}

func BenchmarkRoundTrip(b *testing.B) {
	client, server := connect(b)
	go io.Copy(server, server)
	p := make([]byte, 512)
	for b.Loop() {
		client.Write(p)
		if _, err := io.ReadFull(client, p); err != nil {
			b.Fatal(err)
		}
	}
}
