package webwx

// Quote is a text that answers an earlier message (app message 57).
type Quote struct {
	Text  string
	Refer Refer
	AppFrame
}

// Refer is the message that a [Quote] answers.
type Refer struct {
	MsgType     MsgType
	MsgID       string   // svrid
	FromUser    UserName // the other account or the room
	ChatUser    UserName // who wrote it, in a room
	DisplayName string   // of who wrote it
	Content     string   // the text, or the XML of another kind
}

func (c *Quote) fields() []field {
	const refer = "appmsg/refermsg/"
	r := &c.Refer
	var content any = xmlText{&r.Content}
	if r.MsgType == MsgText {
		content = &r.Content
	}
	return c.app(appQuote, field{"appmsg/title", &c.Text}, field{refer + "type", (*int)(&r.MsgType)}, field{refer + "svrid", &r.MsgID},
		field{refer + "fromusr", &r.FromUser}, field{refer + "chatusr", &r.ChatUser}, field{refer + "displayname", &r.DisplayName},
		field{refer + "content", content})
}

// Kind returns [ContentQuote].
func (*Quote) Kind() ContentKind { return ContentQuote }

// Build makes an app message of type 57.
func (c *Quote) Build() Message { return c.build(appQuote, c.fields(), c.Text, "") }

// SendXML is what a client sends to webwxsendappmsg.
func (c *Quote) SendXML() string { return sendApp(c.fields()) }

func (c *Quote) line() string { return c.Text }

// Parse reads the message that is quoted. Of kinds whose entry holds more than
// the XML, it knows only what the XML tells.
func (r *Refer) Parse() Content {
	return (&Message{MsgType: r.MsgType, Content: Escape(r.Content)}).Parse()
}

// Record is a part of another chat's history, passed on in one message (app
// message 19).
type Record struct {
	Title       string
	Description string // the first lines, as a preview
	Items       []RecordItem
	DocExtra    string // what the items' own document holds besides
	AppFrame
}

// RecordItem is one message of a [Record].
type RecordItem struct {
	Type       int // a numbering of its own: 1 text, 2 picture, 3 voice, 4 video, 5 link, 6 location, 8 file, 17 record
	ID         string
	Text       string // of a text; a caption else
	Title      string
	SourceName string // who wrote it
	SourceTime string // as it is shown
	HeadURL    string
	Size       int64
	Format     string
	MD5        string
	MsgID      string // of the message it is a copy of
	FromUser   UserName
	Extra      string
}

var (
	recordFrame     = newFrame(`<recordinfo><info></info><desc></desc><datalist count="0"></datalist></recordinfo>`)
	recordItemFrame = newFrame(`<dataitem datatype="0" dataid=""><datadesc></datadesc><datatitle></datatitle><sourcename></sourcename><sourcetime></sourcetime><sourceheadurl></sourceheadurl></dataitem>`)
)

func (r *RecordItem) fields() []field {
	return []field{
		{"@datatype", &r.Type},
		{"@dataid", &r.ID},
		{"datadesc", &r.Text},
		{"datatitle", &r.Title},
		{"sourcename", &r.SourceName},
		{"sourcetime", &r.SourceTime},
		{"sourceheadurl", &r.HeadURL},
		{"datasize", &r.Size},
		{"datafmt", &r.Format},
		{"fullmd5", &r.MD5},
		{"fromnewmsgid", &r.MsgID},
		{"dataitemsource/fromusr", &r.FromUser},
		{extraPath, &r.Extra},
	}
}

func (c *Record) fields() []field {
	return c.app(appRecord, field{"appmsg/title", &c.Title}, field{"appmsg/des", &c.Description}, field{"appmsg/recorditem", recordDoc{c}})
}

// recordDoc is the document of a record's items, which the message holds as text.
type recordDoc struct{ *Record }

func (d recordDoc) fields() []field {
	count := len(d.Items)
	return []field{
		{"datalist@count", &count},
		{"datalist/dataitem", listOf[RecordItem]{&d.Items, recordItemFrame, (*RecordItem).fields}},
		{extraPath, &d.DocExtra},
	}
}

func (d recordDoc) decode(s string) { readXML(s, recordFrame(), d.fields) }

func (d recordDoc) encode() string {
	if len(d.Items) == 0 && d.DocExtra == "" {
		return ""
	}
	return recordFrame().text(d.fields())
}

func (d recordDoc) mapNames(f func(UserName) UserName) { mapFields(d.fields(), f) }

// Kind returns [ContentRecord].
func (*Record) Kind() ContentKind { return ContentRecord }

// Build makes an app message of type 19.
func (c *Record) Build() Message { return c.build(appRecord, c.fields(), c.Title, "") }

// SendXML is what a client sends to webwxsendappmsg.
func (c *Record) SendXML() string { return sendApp(c.fields()) }

func (c *Record) line() string { return c.Title }
