package interop

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/webwx/webwx"
)

// An event is one line of a driver.
type event struct {
	Event    string
	User     webwx.UserName
	Text     string
	Contacts []webwx.Contact
	Message  webwx.Message
	Self     bool
	From     string
	Room     string
	ID       int
	Value    json.RawMessage
}

// A program is somebody else's, with its driver.
type program struct {
	t    *testing.T
	said *stream[event]

	mu    sync.Mutex
	stdin io.Writer
	calls int
}

// inherited are the variables that a program gets from us. Nothing else tells it
// about our server but what the command printed.
var inherited = []string{"PATH", "HOME", "TMPDIR", "SYSTEMROOT", "TEMP"}

// run starts the driver of a program as somebody would in a shell that has read
// the script of the server.
func (s *server) run(name string) *program {
	s.t.Helper()
	dir := install(s.t, name)
	cmd := exec.Command("node", "driver.js")
	cmd.Dir, cmd.Env = dir, append([]string(nil), s.env...)
	for _, name := range inherited {
		if value, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	var talk strings.Builder
	cmd.Stderr = &talk
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	p := &program{t: s.t, stdin: stdin, said: newStream[event](name)}
	var reading sync.WaitGroup
	reading.Go(func() { p.read(stdout) })
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		reading.Wait()
		_ = cmd.Wait() // says that it was killed
		if s.t.Failed() && talk.Len() > 0 {
			s.t.Logf("%s on standard error:\n%s", name, talk.String())
		}
	})
	return p
}

// maxLine bounds a driver's line: downloads are in it.
const maxLine = 16 << 20

func (p *program) read(stdout io.Reader) {
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var ev event
		if err := json.Unmarshal(lines.Bytes(), &ev); err != nil { // wechat4u prints exceptions that nobody caught
			ev = event{Event: "noise", Text: lines.Text()}
		}
		p.said.add(ev)
	}
	p.said.end("its output ended")
}

// await waits for an event of a kind.
func (p *program) await(kind string) event {
	p.t.Helper()
	return p.said.await(p.t, "event "+kind, func(ev event) bool { return ev.Event == kind })
}

// hears waits for a message whose content, as the program shows it, is text.
func (p *program) hears(text string) event {
	p.t.Helper()
	return p.said.await(p.t, "the text "+text, func(ev event) bool {
		return ev.Event == "message" && ev.Message.Content == text
	})
}

// call calls a method of the program, and fills what it returns into value.
func (p *program) call(value any, method string, args ...any) {
	p.t.Helper()
	p.mu.Lock()
	p.calls++
	id := p.calls
	line, err := json.Marshal(map[string]any{"id": id, "method": method, "args": args})
	if err == nil {
		_, err = p.stdin.Write(append(line, '\n'))
	}
	p.mu.Unlock()
	if err != nil {
		p.t.Fatal(err)
	}
	got := p.said.await(p.t, "the result of "+method, func(ev event) bool { return ev.Event == "result" && ev.ID == id })
	if got.Text != "" {
		p.t.Fatalf("%s: %s", method, got.Text)
	}
	if value == nil {
		return
	}
	if err := json.Unmarshal(got.Value, value); err != nil {
		p.t.Fatalf("%s returned %s: %v", method, got.Value, err)
	}
}

// file is an argument that the driver makes a file of.
func file(name string, data []byte) any {
	return map[string]any{"$file": map[string]string{"name": name, "data": base64.StdEncoding.EncodeToString(data)}}
}

// letIn scans what the program shows and confirms it.
func (who *person) letIn(p *program) {
	p.t.Helper()
	code, err := who.phone.Scan(p.t.Context(), p.await("code").Text)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := who.phone.Confirm(p.t.Context(), code.UUID); err != nil {
		p.t.Fatal(err)
	}
}

// String is short: it is read when a test has failed.
func (ev event) String() string {
	switch ev.Event {
	case "contacts":
		return fmt.Sprintf("contacts: %d", len(ev.Contacts))
	case "message":
		return fmt.Sprintf("message of type %v from %s: %q", ev.Message.MsgType, ev.Message.FromUserName, ev.Message.Content)
	}
	return fmt.Sprintf("%s %q %s", ev.Event, ev.Text, ev.Value)
}
