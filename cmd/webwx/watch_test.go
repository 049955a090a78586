package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxphone"
	"github.com/webwx/webwx/wxserver"
)

const twoPeople = `
[[account]]
name = "alice"
nick = "Alice"
password = "alice-secret"
friends = ["bob"]
[[account]]
name = "bob"
nick = "Bob"
password = "bob-secret"
`

// openTestHouse serves a world until the test ends.
func openTestHouse(t *testing.T, world string) *house {
	t.Helper()
	w, err := wxserver.ReadWorld(strings.NewReader(world))
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHouse(t.Context(), "", wxserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.server.Populate(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	if err := h.listen(t.Context(), "127.0.0.1:0", "http"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- h.serve(ctx, "", "") }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// sink takes what is written, up to the text that it does not bear.
type sink struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wrote chan struct{} // told of each write, if somebody listens
	bar   string
}

func newSink(bar string) *sink { return &sink{wrote: make(chan struct{}, 1), bar: bar} }

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != "" && bytes.Contains(p, []byte(s.bar)) {
		return 0, syscall.EPIPE
	}
	s.text.Write(p)
	select {
	case s.wrote <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await waits until what was written matches, and returns the match.
func (s *sink) await(t *testing.T, pattern string) string {
	t.Helper()
	for {
		if m := regexp.MustCompile(pattern).FindString(s.String()); m != "" {
			return m
		}
		select {
		case <-s.wrote:
		case <-time.After(patience):
			t.Fatalf("nothing matches %s in\n%s", pattern, s)
		}
	}
}

// startRun runs the command with args until ctx ends; code receives its exit code.
func startRun(ctx context.Context, dir string, out, talk *sink, args ...string) (code chan int) {
	code = make(chan int, 1)
	go func() {
		code <- run(ctx, args, env{
			stdin: strings.NewReader(""), stdout: out, stderr: talk,
			getenv: func(string) string { return "" },
			state:  filepath.Join(dir, "state"), config: filepath.Join(dir, "config"), data: filepath.Join(dir, "data"),
		})
	}()
	return code
}

// An event is taken when its line is written: a line that could not be written
// comes again, and what was written before it does not.
func TestUnwrittenLineComesAgain(t *testing.T) {
	h, dir := openTestHouse(t, twoPeople), t.TempDir()
	alice, err := wxphone.SignIn(t.Context(), wxphone.Options{Server: h.url}, "alice", "alice-secret")
	if err != nil {
		t.Fatal(err)
	}
	out, talk := newSink(`"text":"two"`), newSink("")
	code := startRun(t.Context(), dir, out, talk, "watch", "--json", "--server", h.url, "--qr", "url")
	uuid := strings.TrimPrefix(talk.await(t, `https://login\S+`), webwx.CodeURL(""))
	if _, err := alice.Scan(t.Context(), uuid); err != nil {
		t.Fatal(err)
	}
	if err := alice.Confirm(t.Context(), uuid); err != nil {
		t.Fatal(err)
	}
	out.await(t, `"event":"contacts","count":3`)

	bob, err := wxphone.SignIn(t.Context(), wxphone.Options{Server: h.url}, "bob", "bob-secret")
	if err != nil {
		t.Fatal(err)
	}
	chat, err := bob.Client(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer chat.Close()
	for _, text := range []string{"one", "two", "three"} {
		if err := say(t.Context(), chat, "Alice", text); err != nil {
			t.Fatal(err)
		}
	}
	if got := <-code; got != exitFailed {
		t.Errorf("a watch whose reader has gone exits with %d, want %d", got, exitFailed)
	}

	again, ctx := newSink(""), t.Context()
	ctx, stop := context.WithCancel(ctx)
	code = startRun(ctx, dir, again, talk, "watch", "--json", "--server", h.url)
	again.await(t, `"text":"three"`)
	stop()
	if got := <-code; got != exitDone {
		t.Errorf("a watch that was told to stop exits with %d, want %d", got, exitDone)
	}
	if n := strings.Count(out.String()+again.String(), `"event":"message"`); n != 3 {
		t.Errorf("%d messages were written, want 3:\n%s%s", n, out, again)
	}
}

// Files that hold logins belong to their owner alone.
func TestSavedLoginsArePrivate(t *testing.T) {
	h, dir := openTestHouse(t, twoPeople), t.TempDir()
	password := filepath.Join(dir, "pw.txt")
	if err := os.WriteFile(password, []byte("bob-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, talk := newSink(""), newSink("")
	if code := <-startRun(t.Context(), dir, out, talk, "phone", "login", "Bob", "--server", h.url, "--password-file", password); code != exitDone {
		t.Fatalf("exit code %d: %s", code, talk)
	}
	files, err := filepath.Glob(filepath.Join(dir, "state", "127.0.0.1_*", "phone-bob.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files = %v, %v, want one", files, err)
	}
	info, err := os.Stat(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if os.PathSeparator == '/' && info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, want 0600", info.Mode())
	}
	// A file that is none of a phone is not written over.
	other := filepath.Join(dir, "me.json")
	if err := os.WriteFile(other, []byte(`{"version":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := <-startRun(t.Context(), dir, out, talk, "phone", "login", "bob", "--server", h.url, "--password-file", password, "--session", other); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
}
