package webwx

import (
	"strconv"
	"strings"
)

// Link is a web page that somebody shares (app message 5).
type Link struct {
	Title       string
	Description string
	URL         string
	ThumbURL    string
	Source      UserName // the official account it came from, sourceusername
	SourceName  string
	AppFrame
}

func (c *Link) fields() []field {
	return c.app(appLink, field{"appmsg/title", &c.Title}, field{"appmsg/des", &c.Description}, field{"appmsg/url", &c.URL},
		field{"appmsg/thumburl", &c.ThumbURL}, field{"appmsg/sourceusername", &c.Source}, field{"appmsg/sourcedisplayname", &c.SourceName})
}

// Kind returns [ContentLink].
func (*Link) Kind() ContentKind { return ContentLink }

// Build makes an app message of type 5.
func (c *Link) Build() Message {
	m := c.build(appLink, c.fields(), c.Title, c.URL)
	m.ImgStatus = 2
	return m
}

// SendXML is what a client sends to webwxsendappmsg (endpoints.md §16).
func (c *Link) SendXML() string { return sendApp(c.fields()) }

func (c *Link) line() string { return c.Title }

// RoomInvite reports whether c invites into a room, who does, and the room's
// topic: then following the link is what joins it (messages.md §5.7).
func (c *Link) RoomInvite() (who, topic string, ok bool) {
	if c.Title != "邀请你加入群聊" {
		return "", "", false
	}
	des, _ := strings.CutPrefix(c.Description, `"`)
	who, des, ok = strings.Cut(des, `"邀请你加入群聊`)
	topic, _, _ = strings.Cut(des, "，进入可查看详情。")
	return who, topic, ok
}

// File is a file (app message 6).
type File struct {
	Name     string
	Size     int64
	Ext      string // without the dot
	MediaID  string // by which the receiver fetches it; not part of the XML
	AttachID string // the sender's id of the same; "@cdn_…" on the real service
	AESKey   string
	MD5      string
	AppFrame
}

func (c *File) fields() []field {
	return c.app(appFile, field{"appmsg/title", &c.Name}, field{"appmsg/appattach/totallen", &c.Size}, field{"appmsg/appattach/fileext", &c.Ext},
		field{"appmsg/appattach/attachid", &c.AttachID}, field{"appmsg/appattach/aeskey", &c.AESKey}, field{"appmsg/md5", &c.MD5})
}

// Kind returns [ContentFile].
func (*File) Kind() ContentKind { return ContentFile }

// Build makes an app message of type 6.
func (c *File) Build() Message {
	m := c.build(appFile, c.fields(), c.Name, "")
	m.FileSize = strconv.FormatInt(c.Size, 10)
	m.MediaID = c.MediaID
	m.EncryFileName = encryName(c.Name)
	return m
}

// fileAppID is the id under which the official page sends files.
const fileAppID = "wxeb7ec651dd0aefa9"

// SendXML is what a client sends to webwxsendappmsg (endpoints.md §16). The id of
// the upload is AttachID, or else MediaID.
func (c *File) SendXML() string {
	d := *c
	if d.AppID == "" {
		d.AppID = fileAppID
	}
	if d.AttachID == "" {
		d.AttachID = d.MediaID
	}
	return sendApp(d.fields())
}

func (c *File) line() string { return c.Name }

func (c *File) fromEntry(m *Message) {
	textElse(&c.Name, m.FileName)
	c.MediaID = m.MediaID
	if c.Size == 0 {
		c.Size, _ = strconv.ParseInt(m.FileSize, 10, 64)
	}
}

// encryName is a file's name as EncryFileName has it: all but ASCII letters and
// digits percent-encoded, as in report%2Epdf.
func encryName(name string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(name) {
		if isLetter(c) || '0' <= c && c <= '9' {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// Music is a song or another sound (app message 3).
type Music struct {
	Title, Description string
	URL                string // the page
	DataURL, LowURL    string // the sound
	ThumbURL           string
	AppFrame
}

func (c *Music) fields() []field {
	return c.app(appMusic, field{"appmsg/title", &c.Title}, field{"appmsg/des", &c.Description}, field{"appmsg/url", &c.URL},
		field{"appmsg/dataurl", &c.DataURL}, field{"appmsg/lowdataurl", &c.LowURL}, field{"appmsg/thumburl", &c.ThumbURL})
}

// Kind returns [ContentMusic].
func (*Music) Kind() ContentKind { return ContentMusic }

// Build makes an app message of type 3.
func (c *Music) Build() Message {
	m := c.build(appMusic, c.fields(), c.Title, c.URL)
	if c.ThumbURL != "" {
		m.ImgStatus = 2
	}
	return m
}

// SendXML is what a client sends to webwxsendappmsg.
func (c *Music) SendXML() string { return sendApp(c.fields()) }

func (c *Music) line() string { return c.Title }

// MiniProgram is a page of a mini program (app message 33, or 36 if Versioned).
type MiniProgram struct {
	Versioned    bool
	Title        string
	URL          string // shown where mini programs do not run
	Program      string // "gh_…@app": no account that anybody could write to
	ProgramAppID string
	PagePath     string
	IconURL      string
	ShareID      string
	ServiceType  int
	SourceName   string
	ThumbURL     string // key on the media network
	ThumbAESKey  string
	AppFrame
}

func (c *MiniProgram) fields() []field {
	const info = "appmsg/weappinfo/"
	return c.app(c.typ(), field{"appmsg/title", &c.Title}, field{"appmsg/url", &c.URL}, field{"appmsg/sourcedisplayname", &c.SourceName},
		field{"appmsg/appattach/cdnthumburl", &c.ThumbURL}, field{"appmsg/appattach/cdnthumbaeskey", &c.ThumbAESKey},
		field{info + "username", &c.Program}, field{info + "appid", &c.ProgramAppID}, field{info + "pagepath", &c.PagePath},
		field{info + "weappiconurl", &c.IconURL}, field{info + "shareId", &c.ShareID}, field{info + "appservicetype", &c.ServiceType})
}

func (c *MiniProgram) typ() int {
	if c.Versioned {
		return appMiniProgram2
	}
	return appMiniProgram
}

// Kind returns [ContentMiniProgram].
func (*MiniProgram) Kind() ContentKind { return ContentMiniProgram }

// Build makes an app message of type 33 or 36.
func (c *MiniProgram) Build() Message {
	m := c.build(c.typ(), c.fields(), c.Title, c.URL)
	m.ImgStatus = 2
	return m
}

// SendXML is what a client sends to webwxsendappmsg.
func (c *MiniProgram) SendXML() string { return sendApp(c.fields()) }

func (c *MiniProgram) line() string { return c.Title }
