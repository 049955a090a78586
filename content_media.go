package webwx

import "strconv"

// Pictures, voices and videos: messages.md §5.2. Since about 2018 the service
// sends other people's media as an opaque text, "@" and hexadecimal digits; it is
// the Blob, and so is any other content that is no XML. A content with a Blob has
// no XML. The bytes are fetched by message id.

// Image is a picture (type 3). ThumbWidth and ThumbHeight are the size of the
// thumbnail, and the message's ImgWidth and ImgHeight.
type Image struct {
	AESKey, ThumbAESKey     string
	ThumbURL, MidURL        string // keys on the media network, no addresses
	ThumbSize               int
	ThumbWidth, ThumbHeight int
	Size, HDSize            int
	MD5                     string
	Blob                    string // what came instead of the XML
	Extra                   string
}

var imageFrame = newFrame(`<?xml version="1.0"?>
<msg><img aeskey="" encryver="0" cdnthumbaeskey="" cdnthumburl="" cdnthumblength="0" cdnthumbheight="0" cdnthumbwidth="0" cdnmidheight="0" cdnmidwidth="0" cdnhdheight="0" cdnhdwidth="0" cdnmidimgurl="" length="0" md5="" /></msg>`)

func (c *Image) fields() []field {
	return []field{
		{"img@aeskey", &c.AESKey},
		{"img@cdnthumbaeskey", &c.ThumbAESKey},
		{"img@cdnthumburl", &c.ThumbURL},
		{"img@cdnthumblength", &c.ThumbSize},
		{"img@cdnthumbheight", &c.ThumbHeight},
		{"img@cdnthumbwidth", &c.ThumbWidth},
		{"img@cdnmidimgurl", &c.MidURL},
		{"img@length", &c.Size},
		{"img@hdlength", &c.HDSize},
		{"img@md5", &c.MD5},
		{extraPath, &c.Extra},
	}
}

// Kind returns [ContentImage].
func (*Image) Kind() ContentKind { return ContentImage }

// Build makes a message of type 3.
func (c *Image) Build() Message {
	return Message{MsgType: MsgImage, ImgStatus: 2, ImgWidth: c.ThumbWidth, ImgHeight: c.ThumbHeight, Content: Escape(c.SendXML())}
}

// SendXML is what a client sends to forward the picture: with it, no MediaId is
// needed (endpoints.md §13).
func (c *Image) SendXML() string {
	if c.Blob != "" {
		return c.Blob
	}
	return imageFrame().text(c.fields())
}

func (*Image) line() string { return "" }

func (m *Message) parseImage(body string) *Image {
	var c Image
	c.Blob = readMedia(body, imageFrame(), c.fields)
	orElse(&c.ThumbWidth, m.ImgWidth)
	orElse(&c.ThumbHeight, m.ImgHeight)
	return &c
}

// Voice is a voice message (type 34). Length is in milliseconds.
type Voice struct {
	Length       int
	Size         int
	ClientID     string // the sender's own id, clientmsgid
	FromUserName UserName
	Blob         string // what came instead of the XML
	Extra        string
}

var voiceFrame = newFrame(`<msg><voicemsg endflag="1" cancelflag="0" forwardflag="0" voiceformat="4" voicelength="0" length="0" bufid="0" clientmsgid="" fromusername="" downcount="0" /></msg>`)

func (c *Voice) fields() []field {
	return []field{
		{"voicemsg@voicelength", &c.Length},
		{"voicemsg@length", &c.Size},
		{"voicemsg@clientmsgid", &c.ClientID},
		{"voicemsg@fromusername", &c.FromUserName},
		{extraPath, &c.Extra},
	}
}

// Kind returns [ContentVoice].
func (*Voice) Kind() ContentKind { return ContentVoice }

// Build makes a message of type 34.
func (c *Voice) Build() Message {
	m := Message{MsgType: MsgVoice, ImgStatus: 1, VoiceLength: c.Length, Content: Escape(c.Blob)}
	if c.Blob == "" {
		m.Content = Escape(voiceFrame().text(c.fields()))
	}
	return m
}

func (c *Voice) line() string { return seconds(c.Length/1000 + min(c.Length%1000, 1)) }

func (m *Message) parseVoice(body string) *Voice {
	var c Voice
	c.Blob = readMedia(body, voiceFrame(), c.fields)
	orElse(&c.Length, m.VoiceLength)
	return &c
}

// Video is a video (type 43) or a small video (type 62). Length is in seconds;
// ThumbWidth and ThumbHeight are the message's ImgWidth and ImgHeight.
type Video struct {
	Small                   bool
	Length                  int
	Size                    int
	AESKey, ThumbAESKey     string
	VideoURL, ThumbURL      string // keys on the media network, no addresses
	ThumbSize               int
	ThumbWidth, ThumbHeight int
	MD5, NewMD5             string
	FromUserName            UserName
	Blob                    string // what came instead of the XML
	Extra                   string
}

var videoFrame = newFrame(`<msg><videomsg aeskey="" cdnthumbaeskey="" cdnvideourl="" cdnthumburl="" length="0" playlength="0" cdnthumblength="0" cdnthumbwidth="0" cdnthumbheight="0" fromusername="" md5="" newmd5="" isad="0" /></msg>`)

func (c *Video) fields() []field {
	return []field{
		{"videomsg@aeskey", &c.AESKey},
		{"videomsg@cdnthumbaeskey", &c.ThumbAESKey},
		{"videomsg@cdnvideourl", &c.VideoURL},
		{"videomsg@cdnthumburl", &c.ThumbURL},
		{"videomsg@length", &c.Size},
		{"videomsg@playlength", &c.Length},
		{"videomsg@cdnthumblength", &c.ThumbSize},
		{"videomsg@cdnthumbwidth", &c.ThumbWidth},
		{"videomsg@cdnthumbheight", &c.ThumbHeight},
		{"videomsg@fromusername", &c.FromUserName},
		{"videomsg@md5", &c.MD5},
		{"videomsg@newmd5", &c.NewMD5},
		{extraPath, &c.Extra},
	}
}

// Kind returns [ContentVideo].
func (*Video) Kind() ContentKind { return ContentVideo }

// Build makes a message of type 43, or 62 if c is small.
func (c *Video) Build() Message {
	m := Message{
		MsgType: MsgVideo, ImgStatus: 1, PlayLength: c.Length,
		ImgWidth: c.ThumbWidth, ImgHeight: c.ThumbHeight, Content: Escape(c.SendXML()),
	}
	if c.Small {
		m.MsgType = MsgMicroVideo
	}
	return m
}

// SendXML is what a client sends to forward the video (endpoints.md §15).
func (c *Video) SendXML() string {
	if c.Blob != "" {
		return c.Blob
	}
	return videoFrame().text(c.fields())
}

func (c *Video) line() string { return seconds(c.Length) }

func (m *Message) parseVideo(body string) *Video {
	c := Video{Small: m.MsgType == MsgMicroVideo}
	c.Blob = readMedia(body, videoFrame(), c.fields)
	orElse(&c.Length, m.PlayLength)
	orElse(&c.ThumbWidth, m.ImgWidth)
	orElse(&c.ThumbHeight, m.ImgHeight)
	return &c
}

// readMedia fills fields from body, or returns it as a blob.
func readMedia(body string, fr *frame, fields func() []field) (blob string) {
	src := payload(body)
	if src == "" || readXML(src, fr, fields) {
		return ""
	}
	return unified(src)
}

func orElse(p *int, other int) {
	if *p == 0 {
		*p = other
	}
}

func seconds(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n) + "s"
}
