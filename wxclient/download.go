package wxclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// ErrNoMedia: the message has nothing to download.
var ErrNoMedia = errors.New("message has no media")

// DownloadOptions are the settings of one [Client.Download]. The zero value
// fetches the whole and says nothing.
type DownloadOptions struct {
	// Thumb asks for the small picture instead: of a picture, a video, or a link
	// that has one.
	Thumb bool
	// Progress is told how far it is.
	Progress Progress
}

// Download writes the media of m to w: a picture, voice, video, sticker, file, or
// the map of a location (endpoints.md §19–§22, §35). It returns how much it has
// written. What is cut short on the way goes on where it was; if that does not
// help, or if the service has another size than it told, the error is a
// *[SizeError]. The error is [ErrNoMedia] if m has nothing to download.
//
// Nothing is kept in memory. Media that were sent by this client can be fetched
// too: for that, a message with its id and type will do.
func (c *Client) Download(ctx context.Context, m *webwx.Message, w io.Writer, o DownloadOptions) (int64, error) {
	if _, err := c.loggedIn(); err != nil {
		return 0, err
	}
	s, ok := c.source(m, o.Thumb)
	if !ok {
		return 0, fmt.Errorf("%v: %w", m.MsgType, ErrNoMedia)
	}
	s.w, s.progress = w, o.Progress
	return s.run(ctx, c)
}

// appEmoji is the type of an app message that shows a sticker (messages.md §1.2).
const appEmoji = 8

// source says where the media of m are, false if it has none.
func (c *Client) source(m *webwx.Message, thumb bool) (*source, bool) {
	id := m.MsgID
	if id == "" && m.NewMsgID != 0 {
		id = strconv.FormatInt(m.NewMsgID, 10)
	}
	picture := func(kind string) *source {
		s := &source{e: wire.GetMsgImg, req: wire.MediaRequest{MsgID: id, Type: kind}}
		if s.query = s.e.Official.Query; kind == "" {
			s.query = without(s.query, "type")
		}
		return s
	}
	byID := func(e endpoint, ranged bool) *source {
		return &source{e: e, req: wire.MediaRequest{MsgIDLower: id}, query: e.Official.Query, ranged: ranged}
	}
	app := m.MsgType == webwx.MsgApp
	switch {
	case thumb && (slices.Contains([]webwx.MsgType{webwx.MsgImage, webwx.MsgVideo, webwx.MsgMicroVideo}, m.MsgType) || app && m.ImgStatus == 2):
		return picture("slave"), true
	case thumb:
		return nil, false
	case m.MsgType == webwx.MsgImage:
		return picture(""), true
	case m.MsgType == webwx.MsgEmoticon, app && m.AppMsgType == appEmoji:
		return picture("big"), true
	case m.MsgType == webwx.MsgVoice:
		return byID(wire.GetVoice, false), true
	case m.MsgType == webwx.MsgVideo, m.MsgType == webwx.MsgMicroVideo:
		return byID(wire.GetVideo, true), true // without Range the real service sends nothing (endpoints.md §20)
	case app && m.MediaID != "":
		return c.fileSource(m), true
	case m.MsgType == webwx.MsgText && m.SubMsgType == int(webwx.MsgLocation):
		e := wire.GetPublicLinkImg
		return &source{e: e, req: wire.MediaRequest{URL: "xxx", MsgID: id, MsgIDLower: id, PicType: "location"}, query: e.Official.Query}, true
	}
	return nil, false
}

// fileSource is where a file is (endpoints.md §22). Its size is known from the
// message.
func (c *Client) fileSource(m *webwx.Message) *source {
	name := m.FileName
	if plain, err := url.PathUnescape(m.EncryFileName); err == nil && plain != "" {
		name = plain // it is encoded again on the way
	}
	c.mu.Lock()
	from := strconv.FormatInt(c.session.Credentials.Uin, 10)
	c.mu.Unlock()
	s := &source{e: wire.GetMedia, query: wire.GetMedia.Official.Query, req: wire.MediaRequest{
		Sender: string(m.FromUserName), MediaID: m.MediaID, FileName: name, FromUser: from, DataTicket: c.dataTicket(),
	}}
	s.told, _ = strconv.ParseInt(m.FileSize, 10, 64)
	return s
}

// Avatar writes the picture of a contact, a room, oneself, or anybody whose name
// is known, to w (endpoints.md §23).
func (c *Client) Avatar(ctx context.Context, name webwx.UserName, w io.Writer) (int64, error) {
	self, err := c.loggedIn()
	if err != nil {
		return 0, err
	}
	where := self.HeadImgUrl
	if name != self.UserName {
		known, _ := c.Contact(name)
		where = known.HeadImgUrl
	}
	e := wire.GetIcon
	if name.IsRoom() {
		e = wire.GetHeadImg
	}
	s := &source{e: e, w: w, req: wire.MediaRequest{Seq: "0", UserName: string(name)}, query: []string{"seq", "username", "skey"}}
	// Only path and query: a picture on another host would get this login's cookies.
	if u, err := url.Parse(where); err == nil && strings.HasPrefix(u.Path, path.Dir(e.Path)+"/") {
		s.at = u.RequestURI()
	}
	return s.run(ctx, c)
}

// MemberAvatar writes the picture of somebody in a room to w, friend or not.
func (c *Client) MemberAvatar(ctx context.Context, room, member webwx.UserName, w io.Writer) (int64, error) {
	if _, err := c.loggedIn(); err != nil {
		return 0, err
	}
	id := string(room)
	if known, ok := c.Contact(room); ok && known.EncryChatRoomID != "" {
		id = known.EncryChatRoomID
	}
	s := &source{e: wire.GetIcon, w: w, query: []string{"seq", "username", "skey", "chatroomid"}}
	s.req = wire.MediaRequest{Seq: "0", UserName: string(member), ChatRoomID: id}
	return s.run(ctx, c)
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == name })
}
