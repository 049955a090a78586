package crash_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxphone"
)

// TestWatchKilled kills the watching command again and again while messages come.
// Every message's line must appear, in order; only the line that was being written
// at a kill may appear again.
func TestWatchKilled(t *testing.T) {
	dice := newDice(t)
	s := serve(t, people(2))
	w := &watcher{t: t, s: s, out: filepath.Join(t.TempDir(), "lines"), state: t.TempDir()}
	w.login()
	sender := s.login(t.Context(), "u1")
	to, err := sender.Find(t.Context(), "u0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var sending sync.WaitGroup
	var sent []string
	sending.Go(func() {
		for ctx.Err() == nil {
			m, err := sender.SendText(t.Context(), to.UserName, fmt.Sprintf("line %d", len(sent)))
			if errors.Is(err, webwx.ErrTooOften) {
				pause(t, time.Second)
				continue
			}
			if err != nil {
				t.Errorf("send: %v", err)
				return
			}
			sent = append(sent, m.MsgID)
		}
	})
	w.start()
	for range *kills {
		pause(t, time.Duration(dice.IntN(900))*time.Millisecond)
		w.kill()
		w.start()
	}
	stop()
	sending.Wait()
	within(t, time.Minute, "the last line", func() bool { return strings.Contains(w.text(), sent[len(sent)-1]) })
	w.kill()
	w.check(sent)
	t.Logf("%d messages through %d kills", len(sent), *kills)
}

// A watcher is `webwx watch` appending to a file.
type watcher struct {
	t          *testing.T
	s          *server
	out, state string
	cmd        *exec.Cmd
	ends       []int // how long the file was at each kill
}

func (w *watcher) command(args ...string) *exec.Cmd {
	cmd := exec.Command(command, args...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+w.state, "XDG_CONFIG_HOME="+w.state, "WEBWX_SERVER="+w.s.url, "WEBWX_LANG=en")
	return cmd
}

// login logs the command in: it prints the code's link, a phone does the rest.
func (w *watcher) login() {
	w.t.Helper()
	ctx := w.t.Context()
	phone, err := wxphone.SignIn(ctx, wxphone.Options{Server: w.s.url}, "u0", "crash-secret")
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := w.command("login", "--qr", "url")
	var talk lockedBuffer
	cmd.Stderr = &talk
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	var code string
	within(w.t, 30*time.Second, "the code's link", func() bool {
		_, rest, ok := strings.Cut(talk.String(), webwx.CodeURL(""))
		code, _, _ = strings.Cut(rest, "\n")
		return ok && strings.Contains(rest, "\n")
	})
	if _, err := phone.Scan(ctx, strings.TrimSpace(code)); err != nil {
		w.t.Fatal(err)
	}
	if err := phone.Confirm(ctx, strings.TrimSpace(code)); err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		w.t.Fatalf("login: %v\n%s", err, talk.String())
	}
}

func (w *watcher) start() {
	w.t.Helper()
	f, err := os.OpenFile(w.out, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	w.cmd = w.command("watch", "--json")
	w.cmd.Stdout = f
	if err := w.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *watcher) kill() {
	_ = w.cmd.Process.Kill() // it may have ended
	_ = w.cmd.Wait()         // says that it was killed
	w.ends = append(w.ends, len(w.text()))
}

func (w *watcher) text() string {
	text, err := os.ReadFile(w.out)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// check reads the file as far as it was at each kill: a line that comes again must
// be the last one of the part before.
func (w *watcher) check(sent []string) {
	w.t.Helper()
	text := w.text()
	var shown []string
	from := 0
	for _, end := range w.ends {
		part := []byte(text[from:end])
		from = end
		lines := bytes.Split(part, []byte("\n"))
		first := true
		for _, line := range lines {
			var ev struct{ Event, ID string }
			if json.Unmarshal(line, &ev) != nil || ev.Event != "message" {
				continue // the line being written at the kill, or another event
			}
			if again := len(shown) > 0 && shown[len(shown)-1] == ev.ID; first && again {
				first = false
				continue
			}
			first = false
			shown = append(shown, ev.ID)
		}
	}
	if got, want := strings.Join(shown, "\n"), strings.Join(sent, "\n"); got != want {
		w.t.Errorf("%d lines for %d messages, or another order", len(shown), len(sent))
		for i := range min(len(shown), len(sent)) {
			if shown[i] != sent[i] {
				w.t.Fatalf("line %d is %s, want %s", i, shown[i], sent[i])
			}
		}
	}
}

// A lockedBuffer can be read while a process writes to it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
