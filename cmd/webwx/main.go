// Command webwx is Web WeChat in one program: a server that speaks the protocol,
// a client that logs in, sends and watches, and the phone that scans.
//
// Start with "webwx demo"; "webwx help" lists the commands, "webwx help watch"
// tells about one. Results go to standard output, talk to standard error, and
// --json makes results one JSON object a line. The exit code is 0 when the thing
// is done, 1 when it failed, 2 for bad usage, and 3 when nobody is logged in or
// the service refused.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/adrg/xdg"
)

// version is set by the linker: -ldflags "-X main.version=v1.2.3".
var version = "dev"

func main() {
	// A reader that goes away, as in "webwx watch | head", is an error to report and
	// not a signal to die from.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills
	code := run(ctx, os.Args[1:], env{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv,
		config: filepath.Join(xdg.ConfigHome, "webwx"),
		state:  filepath.Join(xdg.StateHome, "webwx"),
		data:   filepath.Join(xdg.DataHome, "webwx"),
	})
	os.Exit(code)
}
