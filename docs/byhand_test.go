package docs_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// by-hand.md is run as it stands: its blocks go to one bash, with real curl,
// against a real server, and each must print what stands below it.
func TestByHand(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // t.Context ends before the server
	t.Cleanup(cancel)
	dir, bin := t.TempDir(), filepath.Dir(builtCommand(t))
	env := append(os.Environ(),
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
		"HOME="+dir, "XDG_CONFIG_HOME="+dir+"/config", "XDG_STATE_HOME="+dir+"/state", "XDG_DATA_HOME="+dir+"/data",
		"WEBWX_LANG=en", "LC_ALL=C", "no_proxy=*")
	bash := func(script string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, "bash", "-euc", script)
		cmd.Dir, cmd.Env, cmd.WaitDelay = dir, env, 5*time.Second
		return cmd
	}

	steps := stepsOf(t, "by-hand.md")
	var script strings.Builder
	address := "127.0.0.1:8080"
	const end = "\x01"
	for i, st := range steps {
		if st.server { // all before it, so that its files are there
			if out, err := bash(script.String()).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			address = serve(t, bash("exec "+strings.TrimSpace(st.command)+" --listen 127.0.0.1:0"))
		}
		if !st.server {
			fmt.Fprintf(&script, "%s\nprintf '%s'\n", strings.ReplaceAll(st.command, "127.0.0.1:8080", address), end)
		}
		steps[i].want = strings.ReplaceAll(st.want, "127.0.0.1:8080", address)
	}
	cmd := bash(script.String())
	var talk bytes.Buffer
	cmd.Stderr = &talk
	out, err := cmd.Output()
	printed := strings.Split(string(out), end)
	i := 0
	for _, st := range steps {
		if st.server {
			continue
		}
		if i >= len(printed)-1 {
			t.Fatalf("%s: bash ended here: %v\n%s", st, err, talk.String())
		}
		if got := printed[i]; st.want != "" && !like(st.want, got) {
			t.Errorf("%s printed\n%s\nwant\n%s", st, got, st.want)
		}
		i++
	}
	if err != nil {
		t.Errorf("bash: %v\n%s", err, talk.String())
	}
}

// A step is a block of commands and what it prints, if the page says so.
type step struct {
	line    int
	command string
	server  bool // runs until the end
	want    string
}

func (s step) String() string { return fmt.Sprintf("by-hand.md:%d", s.line) }

func stepsOf(t *testing.T, page string) []step {
	t.Helper()
	var steps []step
	for _, b := range blocksOf(t, page) {
		switch b.kind {
		case "sh", "sh server":
			steps = append(steps, step{line: b.line, command: b.text, server: b.kind == "sh server"})
		case "text":
			steps[len(steps)-1].want = b.text
		default:
			t.Fatalf("%s:%d: a block of the kind %q", page, b.line, b.kind)
		}
	}
	if len(steps) < 12 {
		t.Fatalf("%s has %d steps: was it read right?", page, len(steps))
	}
	return steps
}

// serve starts the server and returns its address. It ends with the test.
func serve(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	talk, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(talk)
	found := make(chan string, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(found)
		at := regexp.MustCompile(`http://(\S+)`)
		for lines.Scan() {
			if m := at.FindStringSubmatch(lines.Text()); m != nil && len(found) == 0 {
				found <- m[1]
			}
		}
	}()
	t.Cleanup(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		<-done
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	address, ok := <-found
	if !ok {
		t.Fatal("the server did not say its address")
	}
	return address
}
