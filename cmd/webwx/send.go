package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// sendFlags say what to send if it is no text.
type sendFlags struct {
	image, video, voice, file, sticker string // paths
	name                               string // what receivers see instead of the path's
	link, title, desc                  string
	location, label                    string
	card                               string
	mention                            []string
}

func (a *app) sendCommand() *cobra.Command {
	c := a.command("send", "TO [TEXT|-]")
	c.Args = a.between(1, 2)
	c.ValidArgsFunction = a.completeContacts
	o := new(sendFlags)
	f := c.Flags()
	f.StringVar(&o.image, "image", "", a.t("flag.image"))
	f.StringVar(&o.video, "video", "", a.t("flag.video"))
	f.StringVar(&o.voice, "voice", "", a.t("flag.voice"))
	f.StringVar(&o.file, "file", "", a.t("flag.file"))
	f.StringVar(&o.sticker, "sticker", "", a.t("flag.sticker"))
	f.StringVar(&o.name, "name", "", a.t("flag.name"))
	f.StringVar(&o.link, "link", "", a.t("flag.link"))
	f.StringVar(&o.title, "title", "", a.t("flag.title"))
	f.StringVar(&o.desc, "desc", "", a.t("flag.desc"))
	f.StringVar(&o.location, "location", "", a.t("flag.location"))
	f.StringVar(&o.label, "label", "", a.t("flag.label"))
	f.StringVar(&o.card, "card", "", a.t("flag.card"))
	f.StringArrayVar(&o.mention, "mention", nil, a.t("flag.mention"))
	a.completeFlag(c, "card")
	c.RunE = func(c *cobra.Command, args []string) error {
		p, err := a.newParcel(c, o, args[1:])
		if err != nil {
			return err
		}
		defer p.close()
		return a.deliver(c.Context(), args[0], p)
	}
	return c
}

// parcel is one content on its way out.
type parcel struct {
	kind    webwx.ContentKind
	content webwx.Content // what needs no upload
	media   *sendMedia    // what does
	card    string        // whom to recommend
	mention []string
	mediaID string // of what was uploaded
}

func (p *parcel) close() {
	if p.media != nil {
		p.media.close()
	}
}

// newParcel makes sure that there is exactly one content, and that flags which go
// with another one are not there. Files are opened, so that a wrong one is told
// before anything is sent.
func (a *app) newParcel(c *cobra.Command, o *sendFlags, text []string) (*parcel, error) {
	given := len(text)
	for _, value := range []string{o.image, o.video, o.voice, o.file, o.sticker, o.link, o.location, o.card} {
		if value != "" {
			given++
		}
	}
	switch {
	case given == 0:
		return nil, a.usageOf(c, "error.content_none", "Use", useLine(c))
	case given > 1:
		return nil, a.usageOf(c, "error.content_many")
	case len(o.mention) > 0 && len(text) == 0:
		return nil, a.usageOf(c, "error.flag_alone", "Flag", "--mention", "With", "TEXT")
	case o.title+o.desc != "" && o.link == "":
		return nil, a.usageOf(c, "error.flag_alone", "Flag", "--title, --desc", "With", "--link")
	case o.label != "" && o.location == "":
		return nil, a.usageOf(c, "error.flag_alone", "Flag", "--label", "With", "--location")
	case o.name != "" && o.image+o.video+o.voice+o.file+o.sticker == "":
		return nil, a.usageOf(c, "error.flag_alone", "Flag", "--name", "With", "--file")
	}
	switch {
	case len(text) > 0:
		said, err := a.message(text[0])
		return &parcel{kind: webwx.ContentText, content: &webwx.Text{Text: said}, mention: o.mention}, err
	case o.link != "":
		return &parcel{kind: webwx.ContentLink, content: &webwx.Link{URL: o.link, Title: or(o.title, o.link), Description: o.desc}}, nil
	case o.location != "":
		place, err := a.place(c, o)
		return &parcel{kind: webwx.ContentLocation, content: place}, err
	case o.card != "":
		return &parcel{kind: webwx.ContentCard, card: o.card}, nil
	}
	return a.newMediaParcel(c, o)
}

// deliver sends p to whom a person calls name, and tells what came of it.
func (a *app) deliver(ctx context.Context, name string, p *parcel) error {
	client, file, err := a.resume(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	to, err := find(ctx, client, name)
	if err != nil {
		return err
	}
	if p.card != "" {
		if p.content, err = newCard(ctx, client, p.card); err != nil {
			return err
		}
	}
	sent, err := a.post(ctx, client, to, p)
	if err != nil {
		return err
	}
	if err := recentOf(file).add(p.sent(client.Self().UserName, to.UserName, sent)); err != nil {
		a.talk("", err.Error()) // the message has gone: no reason to send it again
	}
	return a.printSent(sent, to)
}

// post sends what p holds.
func (a *app) post(ctx context.Context, client *wxclient.Client, to webwx.Contact, p *parcel) (webwx.Sent, error) {
	text, isText := p.content.(*webwx.Text)
	switch {
	case p.media != nil:
		return a.postMedia(ctx, client, to.UserName, p)
	case isText && len(p.mention) > 0:
		if !to.UserName.IsRoom() {
			return webwx.Sent{}, a.usage("error.mention_room", "Name", to.Name())
		}
		members, err := findMembers(ctx, client, to.UserName, p.mention)
		if err != nil {
			return webwx.Sent{}, err
		}
		return client.SendMention(ctx, to.UserName, text.Text, members...)
	case isText:
		return client.SendText(ctx, to.UserName, text.Text)
	}
	return client.Send(ctx, to.UserName, p.content)
}

// newCard makes the name card of whom a person calls name.
func newCard(ctx context.Context, client *wxclient.Client, name string) (webwx.Content, error) {
	c, err := find(ctx, client, name)
	if err != nil {
		return nil, err
	}
	if c.NickName == "" { // only the user name was given
		list, err := client.Details(ctx, c.UserName)
		if err != nil {
			return nil, err
		}
		c = list[0]
	}
	return &webwx.Card{
		UserName: c.UserName, NickName: webwx.Unescape(c.NickName), Alias: c.Alias, Province: c.Province, City: c.City,
		Sex: c.Sex, VerifyFlag: c.VerifyFlag,
	}, nil
}

// sent is what to remember of p, for those who recall or fetch it.
func (p *parcel) sent(self, to webwx.UserName, sent webwx.Sent) recentLine {
	m := webwx.Message{MsgID: sent.MsgID, FromUserName: self, ToUserName: to, MsgType: webwx.MsgText}
	switch p.kind {
	case webwx.ContentImage:
		m.MsgType = webwx.MsgImage
	case webwx.ContentVideo:
		m.MsgType = webwx.MsgVideo
	case webwx.ContentVoice:
		m.MsgType = webwx.MsgVoice
	case webwx.ContentSticker:
		m.MsgType = webwx.MsgEmoticon
	case webwx.ContentFile:
		file := &webwx.File{Name: p.media.Name, Size: p.media.Size, MediaID: p.mediaID}
		b := file.Build()
		m.MsgType, m.AppMsgType, m.Content = b.MsgType, b.AppMsgType, b.Content
		m.FileName, m.FileSize, m.MediaID = b.FileName, b.FileSize, b.MediaID
	}
	return recentLine{Self: self, LocalID: sent.LocalID, Message: m}
}

// maxMessage bounds what is read from standard input. It is far more than any
// service takes, whose own answer says so better.
const maxMessage = 1 << 20

// message returns the text to send: arg, or for "-" standard input without its
// last line end.
func (a *app) message(arg string) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	text, err := io.ReadAll(io.LimitReader(a.stdin, maxMessage+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxMessage {
		return "", a.usage("error.message_large", "Max", maxMessage>>20)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
}

// printSent tells that a message was sent.
func (a *app) printSent(sent webwx.Sent, to webwx.Contact) error {
	if a.json {
		return a.print(sent)
	}
	a.say("send.done", "Name", to.Name(), "ID", sent.MsgID)
	return nil
}
