package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/webwx/webwx"
)

// countLine tells how many contacts there are.
type countLine struct {
	Event string `json:"event"`
	Count int    `json:"count"`
}

// logoutLine tells why the login is over.
type logoutLine struct {
	Event  string `json:"event"`
	Code   int    `json:"code"`
	Reason string `json:"reason"`
}

// statusLine is what another device of the account did.
type statusLine struct {
	Event string           `json:"event"`
	Chat  string           `json:"chat,omitempty"`
	Code  webwx.StatusCode `json:"code"`
}

// goneLine tells of a contact that is none any more, or a room that was left.
type goneLine struct {
	Event    string         `json:"event"`
	UserName webwx.UserName `json:"user_name"`
}

// event prints one event.
func (w *watch) event(ctx context.Context, ev webwx.Event) error {
	switch ev.Kind {
	case webwx.EventMessage:
		return w.message(ctx, ev.Message)
	case webwx.EventContact:
		return w.contact(ev.Contact)
	case webwx.EventGone:
		if !w.a.json {
			return w.lines.text("* %s", w.a.t("watch.gone", "Name", ev.UserName))
		}
		return w.lines.json(goneLine{"gone", ev.UserName})
	case webwx.EventStatus:
		return w.put(newStatusLine(ev.Message))
	}
	return nil
}

func newStatusLine(m *webwx.Message) statusLine {
	name := "status"
	switch m.StatusNotifyCode {
	case webwx.StatusRead:
		name = "read"
	case webwx.StatusEnter:
		name = "enter"
	case webwx.StatusQuit:
		name = "quit"
	case webwx.StatusChats:
		name = "chats"
	}
	return statusLine{name, m.StatusNotifyUserName, m.StatusNotifyCode}
}

func (w *watch) contact(c *webwx.Contact) error {
	if w.a.json {
		line := newContactLine(c, w.self)
		line.Event = "contact"
		if line.Kind == webwx.KindRoom {
			line.Event = "room"
		}
		return w.lines.json(line)
	}
	return w.lines.text("* %s", w.a.t("watch.contact", "Name", c.Name(), "Kind", w.a.kind(c.Kind())))
}

func or(name, otherwise string) string {
	if name != "" {
		return name
	}
	return otherwise
}

// lineWriter writes lines, each in one write and nothing kept back: what was
// written is with whoever reads.
type lineWriter struct {
	to  io.Writer
	buf bytes.Buffer
	enc *json.Encoder
}

func (l *lineWriter) json(v any) error {
	if l.enc == nil {
		l.enc = json.NewEncoder(&l.buf)
		l.enc.SetEscapeHTML(false)
	}
	l.buf.Reset()
	if err := l.enc.Encode(v); err != nil {
		return err
	}
	_, err := l.to.Write(l.buf.Bytes())
	return err
}

func (l *lineWriter) text(format string, args ...any) error {
	l.buf.Reset()
	l.buf.WriteString(clean(fmt.Sprintf(format, args...)))
	l.buf.WriteByte('\n')
	_, err := l.to.Write(l.buf.Bytes())
	return err
}
