package wxtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxphone"
)

// Person is somebody with a phone. What others write is kept until it is expected.
type Person struct {
	s      *Server
	t      testing.TB
	name   string
	phone  *wxphone.Phone
	client *wxclient.Client

	stop    context.CancelFunc
	reading sync.WaitGroup
	news    chan struct{} // has room for one sign that inbox has changed

	mu    sync.Mutex
	inbox []webwx.Message
	over  error // why nothing more will come
}

// read keeps what comes until the person leaves.
func (p *Person) read(ctx context.Context) {
	for {
		for ev, err := range p.client.Events(ctx) {
			if err != nil {
				p.add(nil, err)
				break
			}
			if ev.Kind == webwx.EventMessage {
				p.add(ev.Message, nil)
			}
		}
		if ctx.Err() != nil || p.lost() {
			return
		}
	}
}

// lost reports whether the login is over, as opposed to the server being away.
func (p *Person) lost() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return errors.Is(p.over, webwx.ErrLoggedOut)
}

func (p *Person) add(m *webwx.Message, err error) {
	p.mu.Lock()
	if m != nil {
		p.inbox = append(p.inbox, *m)
	}
	p.over = err
	p.mu.Unlock()
	select {
	case p.news <- struct{}{}:
	default:
	}
}

func (p *Person) leave() {
	p.stop()
	p.reading.Wait()
	p.client.Close()
}

// Phone is the person's phone, for what has no method here.
func (p *Person) Phone() *wxphone.Phone { return p.phone }

// Client is the client that the phone chats with. Its events are the person's: do
// not ask it for them.
func (p *Person) Client() *wxclient.Client { return p.client }

// Say sends a text to a friend or a room, named by nickname, remark or topic, or
// to "filehelper".
func (p *Person) Say(to, text string) webwx.Sent {
	p.t.Helper()
	name, err := p.find(to)
	if err != nil {
		p.t.Fatalf("wxtest: %s says to %s: %v", p.name, to, err)
	}
	sent, err := p.client.SendText(p.t.Context(), name, text)
	if err != nil {
		p.t.Fatalf("wxtest: %s says to %s: %v", p.name, to, err)
	}
	return sent
}

// find looks a contact up, and once more after fetching the list: somebody may
// have been added.
func (p *Person) find(to string) (webwx.UserName, error) {
	c, err := p.client.Find(p.t.Context(), to)
	if err != nil {
		if _, lerr := p.client.Contacts(p.t.Context()); lerr != nil {
			return "", lerr
		}
		c, err = p.client.Find(p.t.Context(), to)
	}
	return c.UserName, err
}

// Expect waits for the next message in the chat with a friend or room and fails
// the test if it does not read as text, or does not come in time.
func (p *Person) Expect(from, text string) webwx.Message {
	p.t.Helper()
	m := p.Next(from)
	if got := m.Text(); got != text {
		p.t.Fatalf("wxtest: %s got %q from %s, want %q", p.name, got, from, text)
	}
	return m
}

// Next waits for the next message in the chat with a friend or room and returns
// it. It fails the test if none comes in time.
func (p *Person) Next(from string) webwx.Message {
	p.t.Helper()
	chat, err := p.find(from)
	if err != nil {
		p.t.Fatalf("wxtest: %s waits for %s: %v", p.name, from, err)
	}
	timeout := time.NewTimer(p.s.opts.Wait)
	defer timeout.Stop()
	for {
		m, ok, over := p.take(chat)
		switch {
		case ok:
			return m
		case errors.Is(over, webwx.ErrLoggedOut):
			p.t.Fatalf("wxtest: %s waits for %s: %v", p.name, from, over)
		}
		select {
		case <-p.news:
		case <-timeout.C:
			p.t.Fatalf("wxtest: %s got nothing from %s within %v%s", p.name, from, p.s.opts.Wait, p.rest())
		}
	}
}

// take removes the first message of a chat from the inbox. Own messages from
// other devices are passed over.
func (p *Person) take(chat webwx.UserName) (m webwx.Message, ok bool, over error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	self := p.client.Self().UserName
	for i, m := range p.inbox {
		if m.Chat(self) == chat && !m.Mine(self) {
			p.inbox = slices.Delete(p.inbox, i, i+1)
			return m, true, nil
		}
	}
	return webwx.Message{}, false, p.over
}

// rest tells what else is in the inbox, for the message of a failure.
func (p *Person) rest() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	self := p.client.Self().UserName
	var b strings.Builder
	for _, m := range p.inbox {
		if m.Mine(self) {
			continue
		}
		name := string(m.Chat(self))
		if c, ok := p.client.Contact(m.Chat(self)); ok {
			name = c.Name()
		}
		fmt.Fprintf(&b, "\n\tbut from %s: %q", name, m.Text())
	}
	return b.String()
}

// Silence lets d pass and fails the test if a message is there that was not
// expected, or comes.
func (p *Person) Silence(d time.Duration) {
	p.t.Helper()
	time.Sleep(d)
	if rest := p.rest(); rest != "" {
		p.t.Fatalf("wxtest: %s wanted silence%s", p.name, rest)
	}
}
