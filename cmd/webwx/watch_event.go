package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

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

// messageLine is one message. Chat is the other end of the conversation, Sender
// who wrote it: in a room the member.
type messageLine struct {
	Event      string          `json:"event"`
	ID         string          `json:"id"`
	Type       webwx.MsgType   `json:"type"`
	Kind       string          `json:"kind"`
	Chat       webwx.UserName  `json:"chat"`
	ChatName   string          `json:"chat_name,omitempty"`
	Sender     webwx.UserName  `json:"sender"`
	SenderName string          `json:"sender_name,omitempty"`
	Self       bool            `json:"self,omitempty"` // from another device of one's own
	Text       string          `json:"text"`
	Time       int64           `json:"time"` // unix seconds
	Raw        json.RawMessage `json:"raw,omitempty"`
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

func (w *watch) message(ctx context.Context, m *webwx.Message) error {
	chat, sender := m.Chat(w.self), m.Sender(w.self)
	chatName, senderName := w.names(ctx, chat, sender)
	if w.a.json {
		w.line = messageLine{
			Event: "message", ID: m.MsgID, Type: m.MsgType, Kind: m.MsgType.String(),
			Chat: chat, ChatName: chatName, Sender: sender, SenderName: senderName, Self: m.Mine(w.self),
			Text: m.Text(), Time: m.CreateTime,
		}
		if w.raw {
			w.line.Raw = m.Raw
		}
		return w.lines.json(&w.line)
	}
	return w.lines.text("%s", w.messageText(m, or(chatName, string(chat)), or(senderName, string(sender))))
}

func or(name, otherwise string) string {
	if name != "" {
		return name
	}
	return otherwise
}

// messageText is a message as a person reads it: "[12:03] Bob: hello", in a room
// "[12:03] 周末爬山 | Bob: hello", and from another device "[12:03] → Bob: hello".
func (w *watch) messageText(m *webwx.Message, chat, sender string) string {
	text := m.Text()
	if m.MsgType != webwx.MsgText && m.MsgType != webwx.MsgSys {
		text = w.a.t("watch.kind", "Kind", m.MsgType.String()) // its content is XML
	}
	clock := time.Unix(m.CreateTime, 0).Format("15:04")
	switch {
	case m.Mine(w.self):
		return fmt.Sprintf("[%s] → %s: %s", clock, chat, text)
	case m.FromUserName.IsRoom() && chat != sender:
		return fmt.Sprintf("[%s] %s | %s: %s", clock, chat, sender, text)
	}
	return fmt.Sprintf("[%s] %s: %s", clock, sender, text)
}

// lookTime bounds what is spent on finding out a name.
const lookTime = 5 * time.Second

// names returns what chat and sender are called, as far as that is known. The
// members of a room are asked for once; without an answer the line goes out
// without their names.
func (w *watch) names(ctx context.Context, chat, sender webwx.UserName) (chatName, senderName string) {
	c, known := w.client.Contact(chat)
	if chat.IsRoom() && len(c.MemberList) == 0 && !w.asked[chat] {
		if w.asked == nil {
			w.asked = make(map[webwx.UserName]bool)
		}
		w.asked[chat] = true
		look, cancel := context.WithTimeout(ctx, lookTime)
		if list, err := w.client.Details(look, chat); err == nil {
			c, known = list[0], list[0].NickName != ""
		}
		cancel()
	}
	if known {
		chatName = c.Name()
	}
	if chat.IsRoom() {
		for i := range c.MemberList {
			if m := &c.MemberList[i]; m.UserName == sender {
				return chatName, m.Name()
			}
		}
	}
	if sender == w.self {
		return chatName, webwx.Unescape(w.client.Self().NickName)
	}
	if s, ok := w.client.Contact(sender); ok {
		senderName = s.Name()
	}
	return chatName, senderName
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
