package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"webwx": main})
}

// TestScripts runs the command as people do: as programs of their own, against a
// live server.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"STATE", "CONFIG", "DATA"} {
				e.Setenv("XDG_"+name+"_HOME", filepath.Join(e.WorkDir, strings.ToLower(name)))
			}
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("GORACE", "atexit_sleep_ms=0") // else each of a hundred programs sleeps a second at its end
			e.Values[running{}] = make(map[string]*process)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start":  start,
			"await":  await,
			"signal": signalProcess,
			"exits":  exits,
			"count":  count,
			"code":   code,
			"join":   join,
			"fill":   fill,
			"exits3": func(ts *testscript.TestScript, neg bool, args []string) {
				code(ts, neg, append([]string{"3", "webwx"}, args...))
			},
		},
	})
}

// running is the key of a script's processes.
type running struct{}

// process is a webwx that runs beside a script.
type process struct {
	cmd  *exec.Cmd
	done chan error
}

// patience is how long scripts wait for what must come.
const patience = time.Minute

// passed are the variables that processes get from a script.
var passed = []string{
	"PATH", "HOME", "TMPDIR", "TMP", "SYSTEMROOT", "GOCOVERDIR", "GORACE", "LANG", "LC_ALL",
	"XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
	"WEBWX_SERVER", "WEBWX_AS", "WEBWX_SESSION", "WEBWX_LANG",
}

// start NAME ARG… runs webwx in the background, with its output in NAME.out and
// its talk in NAME.err.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME ARG…")
	}
	path, err := lookPath("webwx", ts.Getenv("PATH"))
	ts.Check(err)
	name := args[0]
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, v := range passed {
		if value := ts.Getenv(v); value != "" {
			cmd.Env = append(cmd.Env, v+"="+value)
		}
	}
	cmd.Stdout, err = os.OpenFile(ts.MkAbs(name+".out"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	ts.Check(err)
	cmd.Stderr, err = os.OpenFile(ts.MkAbs(name+".err"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	ts.Check(err)
	ts.Check(cmd.Start())
	p := &process{cmd: cmd, done: make(chan error, 1)}
	go func() { p.done <- cmd.Wait() }()
	ts.Value(running{}).(map[string]*process)[name] = p
	ts.Defer(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill() // it may have just ended
		}
	})
}

func lookPath(name, path string) (string, error) {
	for dir := range strings.SplitSeq(path, string(os.PathListSeparator)) {
		for _, suffix := range []string{"", ".exe"} {
			if file := filepath.Join(dir, name+suffix); isFile(file) {
				return file, nil
			}
		}
	}
	return "", exec.ErrNotFound
}

func isFile(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular()
}

// await FILE PATTERN [VARIABLE] waits until a file matches, and keeps the
// pattern's group in a variable.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: await FILE PATTERN [VARIABLE]")
	}
	pattern := regexp.MustCompile("(?m)" + args[1])
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if m := pattern.FindStringSubmatch(string(text)); m != nil {
			if len(args) == 3 {
				ts.Setenv(args[2], m[len(m)-1])
			}
			return
		}
		if time.Since(began) > patience {
			ts.Fatalf("%s does not match %s: %v\n%s", args[0], args[1], err, text)
		}
	}
}

// signal NAME interrupt|kill sends a signal.
func signalProcess(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: signal NAME interrupt|kill")
	}
	p := lookUp(ts, args[0])
	if args[1] == "kill" {
		ts.Check(p.cmd.Process.Kill())
		return
	}
	ts.Check(p.cmd.Process.Signal(os.Interrupt))
}

func lookUp(ts *testscript.TestScript, name string) *process {
	p := ts.Value(running{}).(map[string]*process)[name]
	if p == nil {
		ts.Fatalf("no process %s", name)
	}
	return p
}

// exits NAME CODE waits for the end of a process; -1 is a signal's.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: exits NAME CODE")
	}
	p := lookUp(ts, args[0])
	select {
	case err := <-p.done:
		code := 0
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			code = failed.ExitCode()
		}
		if want, _ := strconv.Atoi(args[1]); code != want {
			ts.Fatalf("%s exits with %d, want %s\n%s", args[0], code, args[1], ts.ReadFile(args[0]+".err"))
		}
	case <-time.After(patience):
		ts.Fatalf("%s does not end", args[0])
	}
}

// count N TEXT FILE… counts how often files contain a text.
func count(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: count N TEXT FILE…")
	}
	n := 0
	for _, file := range args[2:] {
		n += bytes.Count([]byte(ts.ReadFile(file)), []byte(args[1]))
	}
	if want, _ := strconv.Atoi(args[0]); n != want {
		ts.Fatalf("%q is there %d times, want %s", args[1], n, args[0])
	}
}

// code N COMMAND ARG… runs a command that must exit with that code.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND ARG…")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = failed.ExitCode()
	}
	if want, _ := strconv.Atoi(args[0]); got != want {
		ts.Fatalf("%s exits with %d, want %s\n%s", strings.Join(args[1:], " "), got, args[0], ts.ReadFile("stderr"))
	}
}
