package interop

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxphone"
)

const password = "interop-secret"

// world is who is there: alice has the program, bob and carol write to her,
// and dora is a stranger.
const world = `
[[account]]
name = "alice"
nick = "Alice <& 爱丽丝>"
password = "` + password + `"
friends = ["bob", "carol"]

[[account]]
name = "bob"
nick = "Bob"
password = "` + password + `"
friends = ["carol"]

[[account]]
name = "carol"
nick = "小卡 🌸"
password = "` + password + `"

[[account]]
name = "dora"
nick = "Dora"
password = "` + password + `"

[[room]]
topic = "周末 <hike> & tea"
members = ["bob", "alice", "carol"]
`

const (
	aliceNick = "Alice <& 爱丽丝>"
	carolNick = "小卡 🌸"
	topic     = "周末 <hike> & tea"
)

// A server is the command serving a data folder, with a door for programs. It can
// be killed and started again at the same addresses.
type server struct {
	t    *testing.T
	args []string
	url  string // for the phone
	dir  string
	env  []string

	mu      sync.Mutex
	cmd     *exec.Cmd
	reading sync.WaitGroup // of what it says
}

func serve(t *testing.T) *server {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "world.toml")
	if err := os.WriteFile(file, []byte(world), 0o600); err != nil {
		t.Fatal(err)
	}
	own, door := freeAddress(t), freeAddress(t)
	s := &server{t: t, dir: dir, url: "http://" + own, args: []string{
		"serve", "--listen", own, "--intercept", door, "--data", filepath.Join(dir, "data"), "--world", file,
	}}
	s.start()
	t.Cleanup(s.kill)
	return s
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// exported is a line of the script that the command prints for programs.
var exported = regexp.MustCompile(`^export (\w+)='(.*)'$`)

// start runs the command and returns when it serves.
func (s *server) start() {
	s.t.Helper()
	cmd := exec.Command(command, s.args...)
	script, err := os.Create(filepath.Join(s.dir, "bot.env")) // as in the documentation: > bot.env
	if err != nil {
		s.t.Fatal(err)
	}
	defer script.Close()
	cmd.Stdout = script
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
	s.awaitDoor(stderr)
	text, err := os.ReadFile(script.Name())
	if err != nil {
		s.t.Fatal(err)
	}
	s.env = nil
	for line := range strings.Lines(string(text)) {
		if m := exported.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			s.env = append(s.env, m[1]+"="+m[2])
		}
	}
	if len(s.env) < 4 {
		s.t.Fatalf("the script sets too little:\n%s", text)
	}
}

// awaitDoor reads what the command says until its door for programs is open and
// the script is written.
func (s *server) awaitDoor(stderr io.ReadCloser) {
	s.t.Helper()
	lines := bufio.NewScanner(stderr)
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
		if !strings.Contains(lines.Text(), "existing-bots.md") {
			continue
		}
		s.reading.Go(func() {
			for lines.Scan() { // ends with the process
				if strings.Contains(lines.Text(), "DATA RACE") || strings.Contains(lines.Text(), "level=ERROR") {
					s.t.Errorf("the server says: %s", lines.Text())
				}
			}
		})
		return
	}
	s.t.Fatalf("the server ended at once: %s", strings.Join(said, "\n"))
}

// kill ends the process as a power cut would end it, from the program's view.
func (s *server) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.cmd.Process.Kill() // it may have ended
	s.reading.Wait()
	_ = s.cmd.Wait() // says that it was killed
}

// A person is somebody with a phone, and what the phone's chats show.
type person struct {
	t     *testing.T
	phone *wxphone.Phone
	chat  *wxclient.Client
	seen  *stream[webwx.Event]
}

func (s *server) person(name string) *person {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	phone, err := wxphone.SignIn(ctx, wxphone.Options{Server: s.url}, name, password)
	if err != nil {
		s.t.Fatal(err)
	}
	p := &person{t: s.t, phone: phone, seen: newStream[webwx.Event](name + "'s phone")}
	if p.chat, err = phone.Client(ctx); err != nil {
		s.t.Fatal(err)
	}
	listening, stop := context.WithCancel(s.t.Context())
	var work sync.WaitGroup
	work.Go(func() {
		for ev, err := range p.chat.Events(listening) {
			if err != nil {
				p.seen.end(err.Error())
				return
			}
			p.seen.add(ev)
		}
	})
	s.t.Cleanup(func() {
		stop()
		work.Wait()
		p.chat.Close()
	})
	return p
}

// find returns the contact with a name.
func (p *person) find(name string) webwx.Contact {
	p.t.Helper()
	c, err := p.chat.Find(p.t.Context(), name)
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// say sends a text and returns its id.
func (p *person) say(to, text string) string {
	p.t.Helper()
	sent, err := p.chat.SendText(p.t.Context(), p.find(to).UserName, text)
	if err != nil {
		p.t.Fatal(err)
	}
	return sent.MsgID
}

// hears waits for a text, and returns its message.
func (p *person) hears(text string) *webwx.Message {
	p.t.Helper()
	ev := p.seen.await(p.t, fmt.Sprintf("the text %q", text), func(ev webwx.Event) bool {
		return ev.Kind == webwx.EventMessage && ev.Message.Text() == text
	})
	return ev.Message
}
