package webwx

import "strconv"

// Transfer is money for somebody (app message 2000). The amount is a text.
type Transfer struct {
	Description   string // 收到转账0.10元。…
	SubType       int    // 1 sent, 3 taken, 4 given back
	Fee           string // ￥0.10
	TransactionID string
	TransferID    string
	InvalidTime   string
	BeginTime     string
	EffectiveDate string
	Memo          string
	AppFrame
}

// transferName is the FileName of every transfer.
const transferName = "微信转账"

func (c *Transfer) fields() []field {
	const pay = "appmsg/wcpayinfo/"
	return c.app(appTransfer, field{"appmsg/des", &c.Description}, field{pay + "paysubtype", &c.SubType}, field{pay + "feedesc", &c.Fee},
		field{pay + "transcationid", &c.TransactionID}, field{pay + "transferid", &c.TransferID}, field{pay + "invalidtime", &c.InvalidTime},
		field{pay + "begintransfertime", &c.BeginTime}, field{pay + "effectivedate", &c.EffectiveDate}, field{pay + "pay_memo", &c.Memo})
}

// Kind returns [ContentTransfer].
func (*Transfer) Kind() ContentKind { return ContentTransfer }

// Build makes an app message of type 2000.
func (c *Transfer) Build() Message { return c.build(appTransfer, c.fields(), transferName, "") }

func (c *Transfer) line() string { return c.Fee }

// Articles is what an official account publishes in one message: an app message
// of type 5 with a list (mmreader).
type Articles struct {
	Items []Article
	AppFrame
}

// Article is one of [Articles].
type Article struct {
	Title, URL string
	Published  int64  // unix seconds
	Cover      string // "url|width|height" or an address
	Digest     string
	Extra      string
}

var articleFrame = newFrame(`<item><title></title><url></url><pub_time>0</pub_time><cover></cover><digest></digest></item>`)

func (a *Article) fields() []field {
	return []field{
		{"title", &a.Title}, {"url", &a.URL}, {"pub_time", &a.Published}, {"cover", &a.Cover}, {"digest", &a.Digest}, {extraPath, &a.Extra},
	}
}

func (c *Articles) fields() []field {
	lead := c.lead()
	count := strconv.Itoa(len(c.Items))
	return c.app(appLink, field{"appmsg/title", &lead.Title}, field{"appmsg/des", &lead.Digest}, field{"appmsg/url", &lead.URL},
		field{"appmsg/mmreader/category@count", &count},
		field{"appmsg/mmreader/category/item", listOf[Article]{&c.Items, articleFrame, (*Article).fields}})
}

// lead is a copy of the first article, which names the message.
func (c *Articles) lead() Article {
	if len(c.Items) == 0 {
		return Article{}
	}
	return c.Items[0]
}

// Kind returns [ContentArticles].
func (*Articles) Kind() ContentKind { return ContentArticles }

// Build makes an app message of type 5 with a list.
func (c *Articles) Build() Message {
	lead := c.lead()
	m := c.build(appLink, c.fields(), lead.Title, lead.URL)
	m.ImgStatus = 2
	return m
}

func (c *Articles) line() string { return c.lead().Title }

// Channels is a video or a live show of a channel (视频号, app message 51).
type Channels struct {
	Title         string // what the web shows instead
	ObjectID      string
	ObjectNonceID string
	FeedType      int
	NickName      string // the channel's
	Channel       string // the channel's id, username: no account that anybody could write to
	Avatar        string
	Description   string
	LiveID        string
	AuthIconURL   string
	AuthIconType  int
	Media         []ChannelMedia
	AppFrame
}

// ChannelMedia is one video or picture of [Channels].
type ChannelMedia struct {
	Type          int
	URL           string
	ThumbURL      string
	CoverURL      string
	Duration      int // seconds
	Width, Height string
	Extra         string
}

var channelMediaFrame = newFrame(`<media><thumbUrl></thumbUrl><fullCoverUrl></fullCoverUrl><videoPlayDuration>0</videoPlayDuration><url></url><height></height><mediaType>0</mediaType><width></width></media>`)

func (m *ChannelMedia) fields() []field {
	return []field{
		{"thumbUrl", &m.ThumbURL},
		{"fullCoverUrl", &m.CoverURL},
		{"videoPlayDuration", &m.Duration},
		{"url", &m.URL},
		{"height", &m.Height},
		{"mediaType", &m.Type},
		{"width", &m.Width},
		{extraPath, &m.Extra},
	}
}

func (c *Channels) fields() []field {
	const feed = "appmsg/finderFeed/"
	count := len(c.Media)
	return c.app(appChannels, field{"appmsg/title", &c.Title}, field{feed + "objectId", &c.ObjectID}, field{feed + "feedType", &c.FeedType},
		field{feed + "nickname", &c.NickName}, field{feed + "avatar", &c.Avatar}, field{feed + "desc", &c.Description},
		field{feed + "mediaCount", &count}, field{feed + "objectNonceId", &c.ObjectNonceID}, field{feed + "liveId", &c.LiveID},
		field{feed + "username", &c.Channel}, field{feed + "authIconUrl", &c.AuthIconURL}, field{feed + "authIconType", &c.AuthIconType},
		field{feed + "mediaList/media", listOf[ChannelMedia]{&c.Media, channelMediaFrame, (*ChannelMedia).fields}})
}

// Kind returns [ContentChannels].
func (*Channels) Kind() ContentKind { return ContentChannels }

// Build makes an app message of type 51.
func (c *Channels) Build() Message { return c.build(appChannels, c.fields(), c.Title, "") }

func (c *Channels) line() string {
	if c.NickName == "" {
		return c.Title
	}
	return c.NickName + ": " + c.Description
}
