package crash_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxphone"
)

var (
	kills = flag.Int("kills", 20, "how often the server and the watching command are killed")
	seed  = flag.Uint64("seed", 0, "seed of the random moments; 0 takes one from the clock and prints it")
)

// command is the path of the command, built once.
var command string

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		fmt.Println("crash: left to make test: it takes minutes")
		os.Exit(0)
	}
	os.Exit(build(m))
}

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "webwx-crash")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	command = filepath.Join(dir, "webwx")
	out, err := exec.Command("go", "build", "-o", command, "github.com/webwx/webwx/cmd/webwx").CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// A server is the command serving a data folder at one address, killed and
// started again and again.
type server struct {
	t    *testing.T
	args []string
	url  string

	mu  sync.Mutex
	cmd *exec.Cmd
}

// serve starts a server with a world on a free port.
func serve(t *testing.T, world string) *server {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "world.toml")
	if err := os.WriteFile(file, []byte(world), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, url: "http://" + addr, args: []string{
		"serve", "--listen", addr, "--data", filepath.Join(dir, "data"), "--world", file,
	}}
	s.start()
	t.Cleanup(s.kill)
	return s
}

// start runs the command and returns when it serves.
func (s *server) start() {
	s.t.Helper()
	cmd := exec.Command(command, s.args...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.cmd = cmd
	s.mu.Unlock()
	lines := bufio.NewScanner(stderr)
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
		if strings.Contains(lines.Text(), s.url) {
			go func() { _, _ = io.Copy(io.Discard, stderr) }() // ends with the process
			return
		}
	}
	s.t.Fatalf("server ended at once: %s", strings.Join(said, "\n"))
}

// kill ends the process as a power cut would end it, from the program's view.
func (s *server) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.cmd.Process.Kill() // it may have ended
	_ = s.cmd.Wait()         // says that it was killed
}

// people returns a world of n friends, u0 and so on, who share a room.
func people(n int) string {
	var b bytes.Buffer
	var names []string
	for i := range n {
		fmt.Fprintf(&b, "[[account]]\nname = %q\npassword = \"crash-secret\"\nfriends = [%s]\n", name(i), strings.Join(names, ", "))
		names = append(names, fmt.Sprintf("%q", name(i)))
	}
	fmt.Fprintf(&b, "[[room]]\ntopic = %q\nmembers = [%s]\n", room, strings.Join(names, ", "))
	return b.String()
}

const room = "everybody"

func name(i int) string { return fmt.Sprintf("u%d", i) }

// login logs a client in through the phone of its account.
func (s *server) login(ctx context.Context, name string) *wxclient.Client {
	s.t.Helper()
	phone, err := wxphone.SignIn(ctx, wxphone.Options{Server: s.url}, name, "crash-secret")
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := wxclient.New(wxclient.Options{Server: s.url})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Close)
	for ev, err := range c.Login(ctx) {
		if err != nil {
			s.t.Fatalf("login of %s: %v", name, err)
		}
		switch ev.Code {
		case 0:
			if _, err := phone.Scan(ctx, ev.QR); err != nil {
				s.t.Fatal(err)
			}
		case webwx.LoginScanned:
			if err := phone.Confirm(ctx, ev.UUID); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	return c
}

// within fails the test if done does not come true in time.
func within(t *testing.T, d time.Duration, what string, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("%s: not within %v", what, d)
		}
	}
}
