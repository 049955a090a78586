package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/sqlengine"
)

func TestReport(t *testing.T) {
	dial := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	taken := fmt.Errorf("listen: %w", syscall.EADDRINUSE)
	bobs := []webwx.Contact{{UserName: "@1", NickName: "Bob"}, {UserName: "@2", RemarkName: "Bob\x1b[31m", NickName: "Rob"}}
	tests := []struct {
		name string
		err  error
		code int
		says string // the whole talk
	}{
		{"no error says nothing", nil, 0, ""},
		{"what was told already is not told again", &toldError{3}, 3, ""},
		{"a reader that has gone is nobody's fault", &fs.PathError{Op: "write", Err: syscall.EPIPE}, 1, ""},
		{"bad usage", &usageError{"no", "yes"}, 2, "webwx: no\nwebwx: hint: yes\n"},
		{"no session", wxclient.ErrNoSession, 3, "webwx: nobody is logged in\nwebwx: hint: log in: webwx login --server http://here\n"},
		{"logged out", fmt.Errorf("x: %w", &webwx.Error{Op: "webwxsync", Ret: 1101}), 3, "webwx: x: webwxsync: ret 1101: login ended\nwebwx: hint: log in again: webwx login --server http://here\n"},
		{"a refusal has no advice", &webwx.Error{Op: "webwxsendmsg", Ret: 1, Msg: "empty message"}, 3, "webwx: webwxsendmsg: ret 1: empty message\n"},
		{"a refusal cannot control the terminal", &webwx.Error{Op: "op", Ret: 1, Msg: "a\x1b[2J\u202eb"}, 3, "webwx: op: ret 1: a␛[2J�b\n"},
		{"too often", &webwx.Error{Op: "webwxsendmsg", Ret: 1205}, 3, "webwx: webwxsendmsg: ret 1205: too often\nwebwx: hint: wait some minutes, then try again\n"},
		{"trouble of the service", &webwx.Error{Op: "webwxsync", Ret: -1}, 1, "webwx: webwxsync: ret -1: system error\n"},
		{"nobody confirmed", &webwx.LoginError{Op: "login", Code: 400}, 3, "webwx: login: code 400: code expired\nwebwx: hint: begin again, and confirm on the phone in time\n"},
		{"a send whose answer is lost", &wxclient.UnknownError{LocalID: "7", Err: errors.New("late")}, 1, "webwx: message 7 may or may not have been sent: late\nwebwx: hint: look whether it has arrived before you send it again\n"},
		{"many of a name are listed", &wxclient.AmbiguousError{Text: "Bob", Candidates: bobs}, 1, "webwx: Bob may be any of 2 contacts:\nwebwx:   Bob (Bob)  @1\nwebwx:   Bob␛[31m (Rob)  @2\nwebwx: hint: give the user name, the last column\n"},
		{"none of a name", &wxclient.NotFoundError{Text: "Bob"}, 1, "webwx: no contact is called Bob\nwebwx: hint: webwx contacts lists them\n"},
		{"another watch", &wxclient.LockedError{Path: "f.pos", PID: 7}, 1, "webwx: another watch, process 7, is syncing this session and holds f.pos\nwebwx: hint: stop that one, or log in under another name: --as NAME\n"},
		{"nothing answers", dial, 1, "webwx: nothing answers at here\nwebwx: hint: is the server running? start it with: webwx serve --listen here\n"},
		{"the port is taken", taken, 1, "webwx: " + taken.Error() + "\nwebwx: hint: another program has this port; take another with --listen, or port 0 for a free one\n"},
		{"the data is taken", fmt.Errorf("folder is %w", sqlengine.ErrLocked), 1, "webwx: folder is in use\nwebwx: hint: stop the server that uses this folder, or name another one with --data\n"},
		{"no such account", fmt.Errorf("account x: %w", wxserver.ErrNoAccount), 1, "webwx: account x: no such account\nwebwx: hint: webwx account list shows who there is\n"},
		{"interrupted", context.Canceled, 1, "webwx: interrupted\n"},
		{"no such host", &net.DNSError{Name: "nowhere.example"}, 1, "webwx: there is no host nowhere.example\nwebwx: hint: look at --server and at the network\n"},
		{"whoever knows better is heard", &hintedError{wxclient.ErrNoSession, "do this"}, 3, "webwx: nobody is logged in\nwebwx: hint: do this\n"},
		{"anything else", errors.New("disk full"), 1, "webwx: disk full\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var talk strings.Builder
			a := newTestApp(t, english, &talk)
			a.server = "http://here"
			if got := a.report(tt.err); got != tt.code {
				t.Errorf("exit code %d, want %d", got, tt.code)
			}
			if got := talk.String(); got != tt.says {
				t.Errorf("said %q\nwant %q", got, tt.says)
			}
			talk.Reset()
			if a := newTestApp(t, chinese, &talk); a.report(tt.err) != tt.code {
				t.Errorf("another exit code in Chinese")
			}
		})
	}
}
