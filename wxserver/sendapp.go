package wxserver

import (
	"cmp"
	"context"
	"strings"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// app reads any app message. What tells of money is refused: nobody can send it on
// the web, so it could only be a lie.
func (s *Server) app(ctx context.Context, c *call, msg *wire.Msg) (letter, error) {
	typ := msg.Type
	if typ == webwx.MsgText {
		typ = webwx.MsgApp
	}
	content, err := webwx.ParseSend(typ, msg.Content)
	if err != nil || content.Build().MsgType != webwx.MsgApp {
		return letter{}, refuse(webwx.RetParameter, "Content is no app message")
	}
	if frame := frameOf(content); frame != nil {
		frame.FromUserName = self(c)
	}
	l := letter{typ: webwx.MsgApp, content: content}
	switch content := content.(type) {
	case *webwx.Transfer, *webwx.RedPacket:
		return letter{}, refuse(webwx.RetParameter, "money cannot be sent here")
	case *webwx.File:
		l.file, err = s.attach(ctx, c, msg, content)
	}
	return l, err
}

// frameOf is the part that all app messages have.
func frameOf(c webwx.Content) *webwx.AppFrame {
	switch c := c.(type) {
	case *webwx.Link:
		return &c.AppFrame
	case *webwx.File:
		return &c.AppFrame
	case *webwx.Music:
		return &c.AppFrame
	case *webwx.MiniProgram:
		return &c.AppFrame
	case *webwx.Quote:
		return &c.AppFrame
	case *webwx.Record:
		return &c.AppFrame
	case *webwx.Articles:
		return &c.AppFrame
	case *webwx.Channels:
		return &c.AppFrame
	case *webwx.LiveLocation:
		return &c.AppFrame
	case *webwx.App:
		return &c.AppFrame
	}
	return nil
}

// attach finds the file of a file message. How long it is and what it is called
// does not depend on what the sender says of it.
func (s *Server) attach(ctx context.Context, c *call, msg *wire.Msg, file *webwx.File) (*media, error) {
	f, err := s.file(ctx, c, cmp.Or(file.AttachID, msg.MediaID), "")
	if err != nil {
		return nil, err
	}
	own := *f
	own.Name = fileName(file.Name)
	file.Name, file.Size, file.MD5 = own.Name, own.Size, own.MD5
	file.Ext = cmp.Or(extension("."+strings.TrimPrefix(file.Ext, ".")), extension(own.Name))
	file.AttachID, file.MediaID, file.AESKey = "", "", ""
	return &own, nil
}

// card shows somebody whom the sender knows. All but the name is what the account
// says of itself: endpoints.md §12.
func (s *Server) card(ctx context.Context, c *call, msg *wire.Msg) (letter, error) {
	content, err := webwx.ParseSend(webwx.MsgShareCard, msg.Content)
	card, ok := content.(*webwx.Card)
	if err != nil || !ok {
		return letter{}, refuse(webwx.RetParameter, "Content is no card")
	}
	p, ok := c.secrets.names.peer(card.UserName)
	uin, isAccount := p.account()
	if ok && (isAccount || p.special()) {
		ok, err = s.knows(ctx, c.uin, p)
	}
	if err != nil {
		return letter{}, err
	}
	if !ok || !isAccount && !p.special() {
		return letter{}, refuse(webwx.RetParameter, "the card is of nobody that is known")
	}
	shown := &webwx.Card{UserName: card.UserName, Scene: 17, NickName: specials[p]}
	if isAccount {
		a, err := s.account(ctx, uin)
		if err != nil {
			return letter{}, err
		}
		shown.NickName, shown.Sex, shown.Province, shown.City = a.Nick, a.Sex, a.Province, a.City
		if a.Official {
			shown.VerifyFlag = webwx.VerifyOfficial
		}
	}
	return letter{typ: webwx.MsgShareCard, content: shown}, nil
}

// place reads a location: endpoints.md §12.
func (s *Server) place(_ context.Context, _ *call, msg *wire.Msg) (letter, error) {
	content, err := webwx.ParseSend(webwx.MsgLocation, msg.Content)
	loc, ok := content.(*webwx.Location)
	if err != nil || !ok {
		return letter{}, refuse(webwx.RetParameter, "Content is no location")
	}
	loc.Picture = "" // each message has its own
	return letter{typ: webwx.MsgLocation, content: loc}, nil
}
