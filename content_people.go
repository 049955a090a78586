package webwx

// Card is a name card (type 42, messages.md §5.6): a person or an official
// account that somebody recommends. UserName is the name by which a friend
// request can be sent to it.
type Card struct {
	UserName UserName
	// XMLName is the name inside the XML if it is another one: the real
	// service has the lasting "v1_…@stranger" there.
	XMLName            UserName
	NickName, Alias    string
	Province, City     string
	Signature          string
	Sex, Scene         int
	VerifyFlag         int // certflag: 24 for official accounts
	CertInfo           string
	BigHeadURL         string
	SmallHeadURL       string
	RegionCode, Ticket string
	Extra              string
}

var cardFrame = newFrame(`<?xml version="1.0"?>
<msg bigheadimgurl="" smallheadimgurl="" username="" nickname="" shortpy="" alias="" imagestatus="3" scene="17" province="" city="" sign="" sex="0" certflag="0" certinfo="" brandIconUrl="" brandHomeUrl="" brandSubscriptConfigUrl="" brandFlags="0" regionCode="" antispamticket="" />`)

var cardSendFrame = newFrame(`<msg username="" nickname=""/>`)

func (c *Card) fields() []field {
	return []field{
		{"@bigheadimgurl", &c.BigHeadURL},
		{"@smallheadimgurl", &c.SmallHeadURL},
		{"", &c.UserName},
		{"@username", &c.XMLName},
		{"@nickname", &c.NickName},
		{"@alias", &c.Alias},
		{"@scene", &c.Scene},
		{"@province", &c.Province},
		{"@city", &c.City},
		{"@sign", &c.Signature},
		{"@sex", &c.Sex},
		{"@certflag", &c.VerifyFlag},
		{"@certinfo", &c.CertInfo},
		{"@regionCode", &c.RegionCode},
		{"@antispamticket", &c.Ticket},
		{extraPath, &c.Extra},
	}
}

// Kind returns [ContentCard].
func (*Card) Kind() ContentKind { return ContentCard }

// Build makes a message of type 42.
func (c *Card) Build() Message {
	d := *c
	if d.XMLName == "" {
		d.XMLName = d.UserName
	}
	return Message{
		MsgType: MsgShareCard, ImgStatus: 1, Content: Escape(cardFrame().text(d.fields())),
		RecommendInfo: RecommendInfo{
			UserName: c.UserName, NickName: Escape(c.NickName), Province: Escape(c.Province), City: Escape(c.City),
			Signature: Escape(c.Signature), Alias: c.Alias, Scene: c.Scene, VerifyFlag: c.VerifyFlag, Sex: c.Sex, Ticket: c.Ticket,
		},
	}
}

// SendXML is what a client sends as type 42 (endpoints.md §12).
func (c *Card) SendXML() string {
	return cardSendFrame().text([]field{{"@username", &c.UserName}, {"@nickname", &c.NickName}})
}

func (c *Card) line() string { return c.NickName }

func (m *Message) parseCard(body string) *Card {
	var c Card
	readXML(payload(body), cardFrame(), c.fields)
	r := &m.RecommendInfo
	c.UserName, c.XMLName = names(r.UserName, c.XMLName)
	textElse(&c.NickName, r.NickName)
	textElse(&c.Province, r.Province)
	textElse(&c.City, r.City)
	textElse(&c.Signature, r.Signature)
	textElse(&c.Alias, r.Alias)
	textElse(&c.Ticket, r.Ticket)
	orElse(&c.Scene, r.Scene)
	orElse(&c.Sex, r.Sex)
	orElse(&c.VerifyFlag, r.VerifyFlag)
	return &c
}

// names sorts out the name of a message's RecommendInfo and that of its XML.
func names(info, inXML UserName) (user, other UserName) {
	info = UserName(cleanXML(string(info)))
	if info == "" || info == inXML {
		return inXML, ""
	}
	return info, inXML
}

// textElse takes a name of RecommendInfo, which is HTML, if the XML had none.
func textElse(p *string, html string) {
	if *p == "" {
		*p = cleanXML(Unescape(html))
	}
}

// Stranger is who asks to be a friend, or who might become one: messages.md
// §5.5. UserName and Ticket are what webwxverifyuser takes (endpoints.md §26).
type Stranger struct {
	UserName      UserName
	XMLName       UserName // the name inside the XML, fromusername, if it is another
	EncryptName   UserName // encryptusername
	NickName      string
	Content       string // the greeting
	Scene         int    // where they met: 14 a room, 17 a card
	Country       string
	Province      string
	City          string
	Signature     string
	Sex           int
	Alias         string
	BigHeadURL    string
	SmallHeadURL  string
	Ticket        string
	OpCode        int // 2
	Room          UserName
	Source        UserName // sourceusername
	SourceName    string
	ShareCard     UserName // who showed the card
	ShareCardName string
	VerifyFlag    int
	Extra         string
}

var strangerFrame = newFrame(`<msg fromusername="" encryptusername="" fromnickname="" content="" shortpy="" imagestatus="3" scene="0" country="" province="" city="" sign="" percard="1" sex="0" alias="" weibo="" weibonickname="" albumflag="0" albumstyle="0" albumbgimgid="" snsflag="0" snsbgimgid="" snsbgobjectid="0" mhash="" mfullhash="" bigheadimgurl="" smallheadimgurl="" ticket="" opcode="2" googlecontact="" qrticket="" chatroomusername="" sourceusername="" sourcenickname="" sharecardusername="" sharecardnickname="" cardversion=""><brandlist count="0" ver="650000000"></brandlist></msg>`)

func (c *Stranger) fields() []field {
	return []field{
		{"", &c.UserName},
		{"@fromusername", &c.XMLName},
		{"@encryptusername", &c.EncryptName},
		{"@fromnickname", &c.NickName},
		{"@content", &c.Content},
		{"@scene", &c.Scene},
		{"@country", &c.Country},
		{"@province", &c.Province},
		{"@city", &c.City},
		{"@sign", &c.Signature},
		{"@sex", &c.Sex},
		{"@alias", &c.Alias},
		{"@bigheadimgurl", &c.BigHeadURL},
		{"@smallheadimgurl", &c.SmallHeadURL},
		{"@ticket", &c.Ticket},
		{"@opcode", &c.OpCode},
		{"@chatroomusername", &c.Room},
		{"@sourceusername", &c.Source},
		{"@sourcenickname", &c.SourceName},
		{"@sharecardusername", &c.ShareCard},
		{"@sharecardnickname", &c.ShareCardName},
		{extraPath, &c.Extra},
	}
}

// build makes the message but for its type. Known clients need a name in
// fromusername and in encryptusername (puppet-wechat4u).
func (c *Stranger) build(t MsgType) Message {
	d := *c
	if d.XMLName == "" {
		d.XMLName = d.UserName
	}
	if d.EncryptName == "" {
		d.EncryptName = d.XMLName
	}
	return Message{
		MsgType: t, ImgStatus: 1, Content: Escape(strangerFrame().text(d.fields())),
		RecommendInfo: RecommendInfo{
			UserName: c.UserName, NickName: Escape(c.NickName), Province: Escape(c.Province), City: Escape(c.City),
			Content: Escape(c.Content), Signature: Escape(c.Signature), Alias: c.Alias, Scene: c.Scene,
			VerifyFlag: c.VerifyFlag, Sex: c.Sex, Ticket: c.Ticket, OpCode: c.OpCode,
		},
	}
}

func (c *Stranger) line() string {
	if c.Content == "" {
		return c.NickName
	}
	return c.NickName + ": " + c.Content
}

func (m *Message) parseStranger(body string) Stranger {
	var c Stranger
	readXML(payload(body), strangerFrame(), c.fields)
	r := &m.RecommendInfo
	if c.EncryptName == c.XMLName {
		c.EncryptName = ""
	}
	inXML := c.XMLName
	c.UserName, c.XMLName = names(r.UserName, inXML)
	textElse(&c.NickName, r.NickName)
	textElse(&c.Content, r.Content)
	textElse(&c.Province, r.Province)
	textElse(&c.City, r.City)
	textElse(&c.Signature, r.Signature)
	textElse(&c.Alias, r.Alias)
	textElse(&c.Ticket, r.Ticket)
	orElse(&c.Scene, r.Scene)
	orElse(&c.Sex, r.Sex)
	orElse(&c.OpCode, r.OpCode)
	c.VerifyFlag = r.VerifyFlag
	return c
}

// FriendRequest is a request to become friends (type 37). Its sender is
// [FMessage].
type FriendRequest struct{ Stranger }

// Kind returns [ContentFriendRequest].
func (*FriendRequest) Kind() ContentKind { return ContentFriendRequest }

// Build makes a message of type 37.
func (c *FriendRequest) Build() Message { return c.build(MsgVerify) }

// PossibleFriend is a person whom the service recommends (type 40). Its sender
// is [FMessage].
type PossibleFriend struct{ Stranger }

// Kind returns [ContentPossibleFriend].
func (*PossibleFriend) Kind() ContentKind { return ContentPossibleFriend }

// Build makes a message of type 40.
func (c *PossibleFriend) Build() Message { return c.build(MsgPossibleFriend) }
