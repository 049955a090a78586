package webwx

// The types of app messages that have a content of their own (messages.md §1.2).
const (
	appMusic        = 3
	appLink         = 5
	appFile         = 6
	appLiveLocation = 17
	appRecord       = 19
	appMiniProgram  = 33
	appMiniProgram2 = 36 // with version data
	appChannels     = 51
	appQuote        = 57
	appTransfer     = 2000
	appRedPacket    = 2001
)

// AppFrame is what every app message has around its own (messages.md §5.7).
type AppFrame struct {
	AppID        string // of the program that it came from
	AppName      string
	FromUserName UserName
	Extra        string // the XML that no field accounts for
}

const appMsg = `<title></title><des></des><action>view</action><type>0</type><showtype>0</showtype><mediatagname></mediatagname><messageext></messageext><messageaction></messageaction><content></content><contentattr>0</contentattr><url></url><lowurl></lowurl><dataurl></dataurl><lowdataurl></lowdataurl><recorditem><![CDATA[]]></recorditem><appattach><totallen>0</totallen><attachid></attachid><emoticonmd5></emoticonmd5><fileext></fileext><cdnthumburl></cdnthumburl><cdnthumbaeskey></cdnthumbaeskey><aeskey></aeskey></appattach><extinfo></extinfo><sourceusername></sourceusername><sourcedisplayname></sourcedisplayname><commenturl></commenturl><thumburl></thumburl><md5></md5>`

func newAppFrame(msg string) func() *frame {
	return newFrame(`<msg><appmsg appid="" sdkver="0">` + msg + `</appmsg><fromusername></fromusername><scene>0</scene><appinfo><version>1</version><appname></appname></appinfo><commenturl></commenturl></msg>`)
}

var (
	appFrame = newAppFrame(appMsg)
	// ItChat takes the second CDATA of a transfer, which has to be its des.
	transferFrame = newAppFrame(`<title><![CDATA[微信转账]]></title><des><![CDATA[]]></des><action></action><type>2000</type><content><![CDATA[]]></content><url><![CDATA[]]></url><thumburl><![CDATA[]]></thumburl><lowurl></lowurl><extinfo></extinfo><wcpayinfo><paysubtype>0</paysubtype><feedesc><![CDATA[]]></feedesc><transcationid><![CDATA[]]></transcationid><transferid><![CDATA[]]></transferid><invalidtime><![CDATA[]]></invalidtime><begintransfertime><![CDATA[]]></begintransfertime><effectivedate><![CDATA[]]></effectivedate><pay_memo><![CDATA[]]></pay_memo></wcpayinfo>`)
	// What the official program sends, element by element (endpoints.md §16).
	appSendFrame = newFrame(`<msg><appmsg appid='' sdkver=''><title></title><des></des><action></action><type>0</type><content></content><url></url><lowurl></lowurl><appattach><totallen></totallen><attachid></attachid><fileext></fileext></appattach><extinfo></extinfo></appmsg></msg>`)
)

func frameOf(typ int) *frame {
	if typ == appTransfer {
		return transferFrame()
	}
	return appFrame()
}

// app is fields with those that every app message of type typ has.
func (a *AppFrame) app(typ int, fields ...field) []field {
	return append([]field{
		{"appmsg@appid", &a.AppID},
		{"appmsg/type", &typ},
		{"fromusername", &a.FromUserName},
		{"appinfo/appname", &a.AppName},
		{extraPath, &a.Extra},
	}, fields...)
}

func (a *AppFrame) build(typ int, fields []field, title, url string) Message {
	return Message{
		MsgType: MsgApp, ImgStatus: 1, AppMsgType: typ, Content: Escape(frameOf(typ).text(fields)),
		FileName: title, URL: url, AppInfo: AppInfo{AppID: a.AppID},
	}
}

// sendApp is the part of an app message that a client sends.
func sendApp(fields []field) string {
	return appSendFrame().build(fields).kid("appmsg").String()
}

// parseApp reads type 49, nil if body is not its XML. The type in the XML counts,
// since the entry's is 0 for what the web does not know (messages.md §1.2).
func (m *Message) parseApp(body string) Content {
	root, ok := readTree(payload(body))
	if ok && root.name == "appmsg" {
		root = &node{name: "msg", kids: []*node{root}}
	}
	if !ok || root.kid("appmsg") == nil {
		return nil
	}
	typ := 0
	field{"appmsg/type", &typ}.read(root)
	orElse(&typ, m.AppMsgType)
	c := newApp(typ, root.find("appmsg/mmreader") != nil)
	frameOf(typ).load(root, c.fields)
	switch c := c.(type) {
	case *File:
		c.fromEntry(m)
	case *App:
		textElse(&c.Title, m.FileName)
	case *Link:
		textElse(&c.Title, m.FileName)
		textElse(&c.URL, m.URL)
	}
	return c
}

func newApp(typ int, reader bool) Content {
	switch typ {
	case appMusic:
		return &Music{}
	case appLink:
		if reader {
			return &Articles{}
		}
		return &Link{}
	case appFile:
		return &File{}
	case appLiveLocation:
		return &LiveLocation{}
	case appRecord:
		return &Record{}
	case appMiniProgram, appMiniProgram2:
		return &MiniProgram{Versioned: typ == appMiniProgram2}
	case appChannels:
		return &Channels{}
	case appQuote:
		return &Quote{}
	case appTransfer:
		return &Transfer{}
	case appRedPacket:
		return &RedPacket{}
	}
	return &App{Type: typ}
}

// App is an app message of a type that has no content of its own: Weibo, goods,
// coupons and whatever comes next. Extra holds most of it.
type App struct {
	Type        int // AppMsgType
	Title       string
	Description string
	URL         string
	AppFrame
}

func (c *App) fields() []field {
	return c.app(c.Type, field{"appmsg/title", &c.Title}, field{"appmsg/des", &c.Description}, field{"appmsg/url", &c.URL})
}

// Kind returns [ContentApp].
func (*App) Kind() ContentKind { return ContentApp }

// Build makes a message of type 49 and AppMsgType Type.
func (c *App) Build() Message { return c.build(c.Type, c.fields(), c.Title, c.URL) }

// SendXML is what a client sends to webwxsendappmsg.
func (c *App) SendXML() string { return sendApp(c.fields()) }

func (c *App) line() string { return c.Title }

// RedPacket is a red packet: on the web a system line without the amount, or an
// app message that nobody has documented (messages.md §1.1, §5.7, §5.8).
type RedPacket struct {
	Sent  bool   // by oneself on the phone; only the line tells
	Title string // of the app message; with it or other fields, Build makes one
	AppFrame
}

const (
	redPacketReceived = "收到红包，请在手机上查看"
	redPacketSent     = "发出红包，请在手机上查看"
)

func (c *RedPacket) fields() []field { return c.app(appRedPacket, field{"appmsg/title", &c.Title}) }

// Kind returns [ContentRedPacket].
func (*RedPacket) Kind() ContentKind { return ContentRedPacket }

// Build makes the system line, or an app message if more than Sent is set.
func (c *RedPacket) Build() Message {
	switch {
	case c.Title != "" || c.AppFrame != (AppFrame{}):
		return c.build(appRedPacket, c.fields(), c.Title, "")
	case c.Sent:
		return systemLine(redPacketSent)
	}
	return systemLine(redPacketReceived)
}

func (c *RedPacket) line() string { return c.Title }
