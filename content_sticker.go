package webwx

// Sticker is an animated picture (type 47, messages.md §5.3). One from the store
// has no content at all: Store is then true, and of the rest only the size is
// known.
type Sticker struct {
	Store                    bool
	FromUserName, ToUserName UserName
	Type                     int
	MD5                      string // by which it can be sent again
	Size                     int
	ProductID                string
	URL                      string // cdnurl: where known clients fetch it
	ThumbURL, EncryptURL     string
	AESKey                   string
	Width, Height            int // also the message's ImgWidth and ImgHeight
	Text                     string
	Blob                     string // what came instead of the XML
	Extra                    string
}

var stickerFrame = newFrame(`<msg><emoji fromusername="" tousername="" type="0" idbuffer="media:0_0" md5="" len="0" productid="" androidmd5="" androidlen="0" s60v3md5="" s60v3len="0" s60v5md5="" s60v5len="0" cdnurl="" designerid="" thumburl="" encrypturl="" aeskey="" externurl="" externmd5="" width="0" height="0" tpurl="" tpauthkey="" attachedtext=""></emoji><gameext type="0" content="0"></gameext></msg>`)

func (c *Sticker) fields() []field {
	return []field{
		{"emoji@fromusername", &c.FromUserName},
		{"emoji@tousername", &c.ToUserName},
		{"emoji@type", &c.Type},
		{"emoji@md5", &c.MD5},
		{"emoji@len", &c.Size},
		{"emoji@productid", &c.ProductID},
		{"emoji@cdnurl", &c.URL},
		{"emoji@thumburl", &c.ThumbURL},
		{"emoji@encrypturl", &c.EncryptURL},
		{"emoji@aeskey", &c.AESKey},
		{"emoji@width", &c.Width},
		{"emoji@height", &c.Height},
		{"emoji@attachedtext", &c.Text},
		{extraPath, &c.Extra},
	}
}

// Kind returns [ContentSticker].
func (*Sticker) Kind() ContentKind { return ContentSticker }

// Build makes a message of type 47, without content for a store sticker.
func (c *Sticker) Build() Message {
	m := Message{MsgType: MsgEmoticon, ImgStatus: 2, ImgWidth: c.Width, ImgHeight: c.Height, Content: Escape(c.Blob)}
	switch {
	case c.Store:
		m.Content, m.HasProductID = "", 1
	case c.Blob == "":
		m.Content = Escape(stickerFrame().text(c.fields()))
	}
	return m
}

func (c *Sticker) line() string { return c.Text }

func (m *Message) parseSticker(body string) *Sticker {
	if body == "" {
		return &Sticker{Store: true, Width: m.ImgWidth, Height: m.ImgHeight}
	}
	var c Sticker
	c.Blob = readMedia(body, stickerFrame(), c.fields)
	orElse(&c.Width, m.ImgWidth)
	orElse(&c.Height, m.ImgHeight)
	return &c
}
