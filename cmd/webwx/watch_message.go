package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/webwx/webwx"
)

// messageLine is one message. Chat is the other end of the conversation, Sender
// who wrote it: in a room the member.
type messageLine struct {
	Event      string            `json:"event"`
	ID         string            `json:"id"`
	Type       webwx.MsgType     `json:"type"`
	Kind       webwx.ContentKind `json:"kind"`
	Chat       webwx.UserName    `json:"chat"`
	ChatName   string            `json:"chat_name,omitempty"`
	Sender     webwx.UserName    `json:"sender"`
	SenderName string            `json:"sender_name,omitempty"`
	Self       bool              `json:"self,omitempty"`      // from another device of one's own
	Mentioned  bool              `json:"mentioned,omitempty"` // oneself, in a room
	Text       string            `json:"text"`                // for people, whatever the kind
	*contentLine
	Time int64           `json:"time"` // unix seconds
	Raw  json.RawMessage `json:"raw,omitempty"`
}

// message prints one message. What later commands may be about is written down
// before its line is.
func (w *watch) message(ctx context.Context, m *webwx.Message) error {
	content := m.Parse()
	if keeps(content.Kind()) && w.recent.path != "" {
		if err := w.recent.add(recentLine{Self: w.self, Message: *m}); err != nil {
			return err
		}
	}
	chat, sender := m.Chat(w.self), m.Sender(w.self)
	chatName, senderName := w.names(ctx, chat, sender)
	if !w.a.json {
		return w.lines.text("%s", w.messageText(m, content, or(chatName, string(chat)), or(senderName, string(sender))))
	}
	w.line = messageLine{
		Event: "message", ID: m.MsgID, Type: m.MsgType, Kind: content.Kind(),
		Chat: chat, ChatName: chatName, Sender: sender, SenderName: senderName, Self: m.Mine(w.self),
		Text: readable(content, webwx.ContentKind.English), contentLine: newContentLine(content), Time: m.CreateTime,
	}
	w.line.Mentioned = w.mentioned(chat, w.line.Text, content)
	if w.raw {
		w.line.Raw = m.Raw
	}
	return w.lines.json(&w.line)
}

// readable is what a person reads of a content: a text as a whole, of other kinds
// a line that tells what came. word names the kinds.
func readable(c webwx.Content, word func(webwx.ContentKind) string) string {
	switch c := c.(type) {
	case *webwx.Text:
		return c.Text
	case *webwx.System:
		if c.Text != "" {
			return c.Text
		}
	case *webwx.Quote:
		if c.Text != "" {
			return c.Text
		}
	}
	return webwx.Digest(c, word)
}

// word names a kind of content in the language of the run.
func (a *app) word(k webwx.ContentKind) string {
	if a.texts.tag == chinese {
		return k.Chinese()
	}
	return k.English()
}

// mentioned reports whether a text in a room mentions the account, or everybody.
func (w *watch) mentioned(chat webwx.UserName, text string, c webwx.Content) bool {
	kind := c.Kind()
	if !chat.IsRoom() || kind != webwx.ContentText && kind != webwx.ContentQuote || !strings.Contains(text, "@") {
		return false
	}
	names := []string{"所有人", "all", webwx.Unescape(w.client.Self().NickName)}
	if room, ok := w.client.Contact(chat); ok {
		for i := range room.MemberList {
			if m := &room.MemberList[i]; m.UserName == w.self {
				names = append(names, m.Name())
			}
		}
	}
	return len(webwx.Mentions(text, names)) > 0
}

// messageText is a message as a person reads it: "[12:03] Bob: hello", in a room
// "[12:03] 周末爬山 | Bob: hello", and from another device "[12:03] → Bob: hello".
// What fetch, accept and the like need an id for shows it.
func (w *watch) messageText(m *webwx.Message, c webwx.Content, chat, sender string) string {
	text := readable(c, w.a.word)
	if keeps(c.Kind()) {
		text += " (" + m.MsgID + ")"
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
