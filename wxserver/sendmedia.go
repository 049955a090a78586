package wxserver

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// A letter is what a send that is no text says: the content, in the sender's
// names, and the file that goes with it.
type letter struct {
	typ     webwx.MsgType
	content webwx.Content
	file    *media
}

// sendMsgImg sends a picture: endpoints.md §13.
func (s *Server) sendMsgImg(ctx context.Context, c *call, req *wire.SendMsgRequest) (*wire.SendMsgResponse, error) {
	return s.sendLetter(ctx, c, req, s.picture)
}

// sendEmoticon sends a sticker. The endpoint says so, not the Type: there is a
// client that sends Type 1 (endpoints.md §14).
func (s *Server) sendEmoticon(ctx context.Context, c *call, req *wire.SendMsgRequest) (*wire.SendMsgResponse, error) {
	return s.sendLetter(ctx, c, req, s.sticker)
}

// sendVideoMsg sends a video: endpoints.md §15.
func (s *Server) sendVideoMsg(ctx context.Context, c *call, req *wire.SendMsgRequest) (*wire.SendMsgResponse, error) {
	return s.sendLetter(ctx, c, req, s.video)
}

// sendAppMsg sends a file, a link or another app message: endpoints.md §16.
func (s *Server) sendAppMsg(ctx context.Context, c *call, req *wire.SendMsgRequest) (*wire.SendMsgResponse, error) {
	return s.sendLetter(ctx, c, req, s.app)
}

// maxXML bounds the XML of a send: with what escaping adds twice it still fits
// into a post.
const maxXML = 64 << 10

// sendLetter sends what read makes of a request.
func (s *Server) sendLetter(ctx context.Context, c *call, req *wire.SendMsgRequest, read func(context.Context, *call, *wire.Msg) (letter, error)) (*wire.SendMsgResponse, error) {
	if len(req.Msg.Content) > maxXML {
		return nil, refuse(webwx.RetParameter, "message over 64 KiB")
	}
	return s.deliver(ctx, c, req, func(rec *record) error {
		l, err := read(ctx, c, &req.Msg)
		if err != nil {
			return err
		}
		entry := webwx.MapNames(l.content, inward(c)).Build()
		rec.Type, rec.Entry, rec.Media = l.typ, &entry, l.file
		return nil
	})
}

// inward maps the names of a login to what they stand for. A name that is not of
// this login becomes the empty one: what is stored holds no others.
func inward(c *call) func(webwx.UserName) webwx.UserName {
	return func(n webwx.UserName) webwx.UserName {
		p, _ := c.secrets.names.peer(n)
		return webwx.UserName(p)
	}
}

func self(c *call) webwx.UserName { return c.secrets.names.name(accountPeer(c.uin)) }

// file finds the file of a send: by its MediaId, else by a MediaId in the XML of a
// message that is forwarded, else by the fingerprint there.
func (s *Server) file(ctx context.Context, c *call, id string, md5 string, more ...string) (*media, error) {
	if id != "" {
		m, err := s.mediaByID(ctx, c.uin, id)
		return &m, err
	}
	for _, id := range more {
		m, err := s.mediaByID(ctx, c.uin, id)
		if err != errNoMedia {
			return &m, err
		}
	}
	return s.mediaByMD5(ctx, c.uin, md5)
}

// maxBack is how many entries of a box are gone through for a fingerprint.
const maxBack = 2000

// mediaByMD5 finds a file that the account has uploaded, or that it has sent or
// received lately.
func (s *Server) mediaByMD5(ctx context.Context, uin int64, md5 string) (*media, error) {
	md5, ok := cleanMD5(md5)
	if !ok || md5 == "" {
		return nil, errNoMedia
	}
	have, rev, err := load[haveDoc](ctx, s.engine, haveKey(uin, md5))
	if err != nil {
		return nil, err
	}
	if rev != 0 {
		doc, rev, err := load[fileDoc](ctx, s.engine, fileKey(have.Hash))
		if err != nil || rev != 0 {
			return &doc.media, err
		}
	}
	head, err := s.engine.Read(ctx, Box(uin), 0, 0)
	if err != nil {
		return nil, err
	}
	for at := head.Head; at > max(0, head.Head-maxBack); at -= readSize {
		page, err := s.engine.Read(ctx, Box(uin), max(0, at-readSize), int(min(at, readSize)))
		if err != nil {
			return nil, err
		}
		for _, e := range page.Entries {
			var rec record
			if err := json.Unmarshal(e.Body, &rec); err != nil {
				return nil, fmt.Errorf("post %d: %w", e.ID, err)
			}
			if rec.Media != nil && rec.Media.MD5 == md5 {
				return rec.Media, nil
			}
		}
	}
	return nil, errNoMedia
}

func (s *Server) picture(ctx context.Context, c *call, msg *wire.Msg) (letter, error) {
	var from webwx.Image
	if msg.MediaID == "" {
		content, err := webwx.ParseSend(webwx.MsgImage, msg.Content)
		if img, ok := content.(*webwx.Image); err == nil && ok {
			from = *img
		}
	}
	f, err := s.file(ctx, c, msg.MediaID, from.MD5, from.MidURL, from.ThumbURL)
	if err != nil {
		return letter{}, err
	}
	img := &webwx.Image{Size: int(f.Size), MD5: f.MD5, ThumbWidth: f.Width, ThumbHeight: f.Height}
	if t := f.Thumb; t != nil {
		img.ThumbSize, img.ThumbWidth, img.ThumbHeight = int(t.Size), t.Width, t.Height
	}
	return letter{webwx.MsgImage, img, f}, nil
}

func (s *Server) sticker(ctx context.Context, c *call, msg *wire.Msg) (letter, error) {
	var from webwx.Sticker
	if msg.MediaID == "" && msg.EMoticonMD5 == "" {
		content, err := webwx.ParseSend(webwx.MsgEmoticon, msg.Content)
		if st, ok := content.(*webwx.Sticker); err == nil && ok {
			from = *st
		}
	}
	f, err := s.file(ctx, c, msg.MediaID, cmp.Or(msg.EMoticonMD5, from.MD5), from.EncryptURL)
	if err != nil {
		return letter{}, err
	}
	kind := 1
	if f.Type == "image/gif" {
		kind = 2
	}
	return letter{webwx.MsgEmoticon, &webwx.Sticker{
		FromUserName: self(c), ToUserName: msg.ToUserName, Type: kind,
		MD5: f.MD5, Size: int(f.Size), Width: f.Width, Height: f.Height,
	}, f}, nil
}

func (s *Server) video(ctx context.Context, c *call, msg *wire.Msg) (letter, error) {
	var from webwx.Video
	if msg.MediaID == "" {
		content, err := webwx.ParseSend(webwx.MsgVideo, msg.Content)
		if v, ok := content.(*webwx.Video); err == nil && ok {
			from = *v
		}
	}
	f, err := s.file(ctx, c, msg.MediaID, from.MD5, from.VideoURL, from.ThumbURL)
	if err != nil {
		return letter{}, err
	}
	v := &webwx.Video{
		Small: msg.Type == webwx.MsgMicroVideo, Length: cmp.Or((f.Millis+999)/1000, max(from.Length, 0)), Size: int(f.Size),
		ThumbWidth: filmWidth, ThumbHeight: filmHeight, ThumbSize: len(film()), MD5: f.MD5, NewMD5: f.MD5, FromUserName: self(c),
	}
	typ := webwx.MsgVideo
	if v.Small {
		typ = webwx.MsgMicroVideo
	}
	return letter{typ, v, f}, nil
}

// voice is an extension: no known web client sends voices, and the protocol has no
// place for it. It comes as Type 34 with a MediaId to webwxsendmsg; a Content of
// <msg><voicemsg voicelength="…"/></msg> may say how many milliseconds it lasts.
func (s *Server) voice(ctx context.Context, c *call, msg *wire.Msg) (letter, error) {
	var from webwx.Voice
	content, err := webwx.ParseSend(webwx.MsgVoice, msg.Content)
	if v, ok := content.(*webwx.Voice); err == nil && ok {
		from = *v
	}
	f, err := s.file(ctx, c, msg.MediaID, "")
	if err != nil {
		return letter{}, err
	}
	length := cmp.Or(max(from.Length, 0), f.Millis)
	return letter{webwx.MsgVoice, &webwx.Voice{
		Length: length, Size: int(f.Size), ClientID: cmp.Or(msg.ClientMsgID, msg.LocalID), FromUserName: self(c),
	}, f}, nil
}
