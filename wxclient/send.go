package wxclient

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// ErrCannotSend: the content is of a kind that the web has no way to send, such
// as a system line, a transfer, or a voice that was received.
var ErrCannotSend = errors.New("cannot be sent from the web")

// The values of Scene in a send: endpoints.md §12.
const (
	sceneSend    = 0
	sceneForward = 2
)

// Send sends a content that needs no upload: a Text, Card, Location, Link, Music,
// MiniProgram, Quote, Record or App; a Sticker by its MD5; and an Image, Video or
// File as it was received, to pass it on (endpoints.md §12–§16). The error is
// [ErrCannotSend] for other kinds; else what [Client.SendText] says of errors
// holds.
func (c *Client) Send(ctx context.Context, to webwx.UserName, content webwx.Content) (webwx.Sent, error) {
	if text, ok := content.(*webwx.Text); ok {
		return c.SendText(ctx, to, text.Text)
	}
	l, ok := letterOf(content)
	if !ok {
		return webwx.Sent{}, fmt.Errorf("%s: %w", content.Kind(), ErrCannotSend)
	}
	return c.post(ctx, to, l)
}

// Forward passes a received message on. Media whose XML the service keeps to
// itself may be refused: download and send those.
func (c *Client) Forward(ctx context.Context, to webwx.UserName, m *webwx.Message) (webwx.Sent, error) {
	content := m.Parse()
	if f, ok := content.(*webwx.File); ok && f.MediaID != "" {
		f.AttachID = f.MediaID // the one that this login can fetch it by (endpoints.md §16)
	}
	return c.Send(ctx, to, content)
}

// SendMention sends a text to a room and tells the service whom it mentions
// (endpoints.md §12). Receivers on the web know a mention by its text alone, so
// "@name" and the space that ends it are put in front for every member whom the
// text does not mention yet. A room whose members are not known is asked for.
func (c *Client) SendMention(ctx context.Context, room webwx.UserName, text string, members ...webwx.UserName) (webwx.Sent, error) {
	r, err := c.room(ctx, room)
	if err != nil {
		return webwx.Sent{}, err
	}
	var missing strings.Builder
	for _, name := range members {
		i := slices.IndexFunc(r.MemberList, func(m webwx.Member) bool { return m.UserName == name })
		if i < 0 {
			return webwx.Sent{}, fmt.Errorf("%s: %w", r.Name(), &NotFoundError{Text: string(name)})
		}
		called := r.MemberList[i].Name()
		if len(webwx.Mentions(text, []string{called})) == 0 {
			missing.WriteString(webwx.Mention(called))
		}
	}
	source := &webwx.MsgSource{AtUserNames: members}
	if len(members) > 0 {
		source.Room = room
	}
	xml, err := source.MarshalText()
	if err != nil {
		return webwx.Sent{}, err
	}
	l := textLetter(missing.String() + text)
	l.msg.MsgSource = string(xml)
	return c.post(ctx, room, l)
}

// letter is a message that only needs its names and ids.
type letter struct {
	to    wire.Endpoint[wire.SendMsgRequest, wire.SendMsgResponse]
	fun   string // of the query; f goes with "async"
	scene int
	msg   wire.Msg
}

func textLetter(text string) letter {
	return letter{to: wire.SendMsg, msg: wire.Msg{Type: webwx.MsgText, Content: text}}
}

func appLetter(typ int, xml string) letter {
	return letter{to: wire.SendAppMsg, fun: "async", msg: wire.Msg{Type: webwx.MsgType(typ), Content: xml}}
}

// emojiFlag says that a sticker is a GIF (endpoints.md §14).
const emojiFlag = 2

// letterOf writes a content as the official page does, false if it cannot be sent.
func letterOf(content webwx.Content) (letter, bool) {
	switch content := content.(type) {
	case *webwx.Card:
		return letter{to: wire.SendMsg, msg: wire.Msg{Type: webwx.MsgShareCard, Content: content.SendXML()}}, content.UserName != ""
	case *webwx.Location:
		return letter{to: wire.SendMsg, msg: wire.Msg{Type: webwx.MsgLocation, Content: content.SendXML()}}, true
	case *webwx.Image:
		return letter{wire.SendMsgImg, "async", sceneForward, wire.Msg{Type: webwx.MsgImage, Content: content.SendXML()}}, true
	case *webwx.Video:
		return letter{wire.SendVideoMsg, "async", sceneForward, wire.Msg{Type: content.Build().MsgType, Content: content.SendXML()}}, true
	case *webwx.Sticker:
		msg := wire.Msg{Type: webwx.MsgEmoticon, EmojiFlag: emojiFlag, EMoticonMD5: content.MD5}
		return letter{to: wire.SendEmoticon, fun: "sys", msg: msg}, content.MD5 != ""
	case *webwx.Link, *webwx.Music, *webwx.MiniProgram, *webwx.Quote, *webwx.Record, *webwx.App, *webwx.File:
		app := content.(interface{ SendXML() string })
		return appLetter(content.Build().AppMsgType, app.SendXML()), true
	}
	return letter{}, false
}

// post sends a letter under one id.
func (c *Client) post(ctx context.Context, to webwx.UserName, l letter) (webwx.Sent, error) {
	self, err := c.loggedIn()
	if err != nil {
		return webwx.Sent{}, err
	}
	id := c.localID()
	req := wire.SendMsgRequest{Fun: l.fun, Msg: l.msg, Scene: &l.scene}
	if l.fun == "async" {
		req.F = "json"
	}
	req.Msg.FromUserName, req.Msg.ToUserName = self.UserName, to
	req.Msg.LocalID, req.Msg.ClientMsgID = id, id // S 10.7
	if c.opt.Form == Seed && l.to.Seed.Method != "" {
		req.Scene = nil // the seed has none
	}
	return c.settle(ctx, id, func() (*wire.SendMsgResponse, error) {
		req := req
		return ask(ctx, c, l.to, &req, small())
	})
}
