package sqlengine_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// children are what this test binary does, instead of testing, when it is run
// again by one of its tests: for what needs a process that can be killed, or
// that has limits and a user of its own. They return an error or print.
var children = map[string]func(dir string) error{"hold": holdFolder, "commit": commitUntilKilled}

const childVariable = "WEBWX_TEST_CHILD"

func TestMain(m *testing.M) {
	if name := os.Getenv(childVariable); name != "" {
		if err := children[name](os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child prepares a process that runs one of children on dir.
func child(t *testing.T, name, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, append([]string{dir}, args...)...)
	cmd.Env = append(os.Environ(), childVariable+"="+name)
	return cmd
}

// run runs a child to its end.
func run(t *testing.T, name, dir string) {
	t.Helper()
	if out, err := child(t, name, dir).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
}

// start starts a child; its lines come until it ends.
func start(t *testing.T, cmd *exec.Cmd) *bufio.Scanner {
	t.Helper()
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return bufio.NewScanner(out)
}

// holdFolder opens a folder and holds it until its input ends.
func holdFolder(dir string) error {
	e, err := openChild(dir)
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, err = io.Copy(io.Discard, os.Stdin)
	if err != nil {
		return err
	}
	return e.Close()
}
