package interop

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what must come: programs repeat after
// seconds, and machines are slow.
const patience = 2 * time.Minute

var (
	command    string // path of the command, built once
	buildFlags []string
)

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		fmt.Println("interop: left to make test: it takes minutes")
		os.Exit(0)
	}
	os.Exit(build(m))
}

func build(m *testing.M) int {
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			fmt.Fprintf(os.Stderr, "interop: %s is missing: sudo apt-get install nodejs npm   (or your system's package; Node 18 or later)\n", name)
			return 1
		}
	}
	dir, err := os.MkdirTemp("", "webwx-interop")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	command = filepath.Join(dir, "webwx")
	args := append([]string{"build", "-o", command}, buildFlags...)
	out, err := exec.Command("go", append(args, "github.com/webwx/webwx/cmd/webwx")...).CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// installing keeps two tests from installing at the same time.
var installing sync.Mutex

// install installs the npm project in testdata/name, unless exactly what its lock
// file says is there, and returns its folder.
func install(t *testing.T, name string) (dir string) {
	t.Helper()
	installing.Lock()
	defer installing.Unlock()
	dir, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	lock, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(lock))
	mark := filepath.Join(dir, "node_modules", ".webwx-installed")
	have, err := os.ReadFile(mark)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if string(have) == sum {
		return dir
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci in %s: %v\n%s", dir, err, out)
	}
	if err := os.WriteFile(mark, []byte(sum), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
