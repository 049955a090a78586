package webwx

import (
	"math"
	"net/url"
	"strconv"
	"strings"
)

// Location is a place on the map (messages.md §5.4). It arrives as type 1 with
// SubMsgType 48: a label and a picture's address in the content, the map's
// address in Url, the XML in OriContent.
type Location struct {
	Latitude, Longitude float64 // to six digits
	Scale               int
	Label               string // the address
	Name                string // of the place, poiname
	Picture             string // path and query of the map's picture: see [MapPicture]
	Extra               string
}

var locationFrame = newFrame("<?xml version=\"1.0\"?>\n<msg>\n\t<location x=\"\" y=\"\" scale=\"0\" label=\"\" maptype=\"0\" poiname=\"\" poiid=\"\" />\n</msg>")

const (
	subLocation = 48
	mapURL      = "http://apis.map.qq.com/uri/v1/geocoder?coord="
	picturePath = "/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url="
)

// MapPicture is the address of a location's picture below the main host. The
// parameter url is "xxx" on the real service too (endpoints.md §35).
func MapPicture(msgID string) string {
	return picturePath + "xxx&msgid=" + url.QueryEscape(msgID) + "&pictype=location"
}

func (c *Location) fields() []field {
	return []field{
		{"location@x", degrees{&c.Latitude}},
		{"location@y", degrees{&c.Longitude}},
		{"location@scale", &c.Scale},
		{"location@label", &c.Label},
		{"location@poiname", &c.Name},
		{extraPath, &c.Extra},
	}
}

// Kind returns [ContentLocation].
func (*Location) Kind() ContentKind { return ContentLocation }

// Build makes a message of type 1 with SubMsgType 48. Set Picture to the
// [MapPicture] of the message's id before.
func (c *Location) Build() Message {
	picture := c.Picture
	if picture == "" {
		picture = MapPicture("")
	}
	short := func(f float64) string { return strconv.FormatFloat(round(f), 'f', -1, 64) }
	return Message{
		MsgType: MsgText, SubMsgType: subLocation, ImgStatus: 1,
		Content:    Escape(c.Label + ":\n" + picture),
		URL:        mapURL + short(c.Latitude) + "," + short(c.Longitude),
		OriContent: c.SendXML() + "\n",
	}
}

// SendXML is what a client sends as type 48, and what it forwards (endpoints.md §12).
func (c *Location) SendXML() string { return locationFrame().text(c.fields()) }

func (c *Location) line() string {
	if c.Name != "" && c.Name != "[位置]" {
		return c.Name + " " + c.Label
	}
	return c.Label
}

// isLocation knows locations as the known clients do together (messages.md §5.4).
func (m *Message) isLocation(body string) bool {
	return m.SubMsgType == subLocation ||
		strings.Contains(body, "pictype=location") && (strings.Contains(m.URL, "apis.map.qq.com") || m.OriContent != "")
}

func (m *Message) parseLocation(body string) *Location {
	var c Location
	text := unified(payload(body))
	ok := readXML(payload(m.OriContent), locationFrame(), c.fields)
	if !ok && readXML(text, locationFrame(), c.fields) {
		return &c
	}
	label := strings.TrimSuffix(text, ":\n")
	if i := strings.LastIndex(text, ":\n"+picturePath); i >= 0 {
		label, c.Picture = text[:i], text[i+len(":\n"):]
	}
	if c.Picture == MapPicture("") {
		c.Picture = ""
	}
	if c.Label == "" {
		c.Label = cleanXML(label)
	}
	if _, coord, found := strings.Cut(m.URL, "coord="); found && !ok {
		x, y, _ := strings.Cut(coord, ",")
		degrees{&c.Latitude}.decode(x)
		degrees{&c.Longitude}.decode(y)
	}
	return &c
}

// degrees is a coordinate with six digits, as the service writes it.
type degrees struct{ p *float64 }

func (d degrees) decode(s string) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		f = 0
	}
	*d.p = round(f)
}

func (d degrees) encode() string                 { return strconv.FormatFloat(round(*d.p), 'f', 6, 64) }
func (degrees) mapNames(func(UserName) UserName) {}

// round cuts f to what is written. What is no place on earth is 0.
func round(f float64) float64 {
	if math.IsNaN(f) || math.Abs(f) > 360 {
		return 0
	}
	f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'f', 6, 64), 64)
	if f == 0 {
		return 0 // and not -0
	}
	return f
}

// LiveLocation tells that somebody began to share where they are (app message
// 17), or that the sharing has ended (a system line): messages.md §5.7, §5.8.
type LiveLocation struct {
	Ended bool
	AppFrame
}

const (
	liveStarted = "我发起了位置共享"
	liveEnded   = "位置共享已经结束"
)

func (c *LiveLocation) fields() []field {
	title := liveStarted
	return c.app(appLiveLocation, field{"appmsg/title", &title})
}

// Kind returns [ContentLiveLocation].
func (*LiveLocation) Kind() ContentKind { return ContentLiveLocation }

// Build makes an app message, or a system line if the sharing has ended.
func (c *LiveLocation) Build() Message {
	if c.Ended {
		return systemLine(liveEnded)
	}
	return c.build(appLiveLocation, c.fields(), liveStarted, "")
}

func (c *LiveLocation) line() string {
	if c.Ended {
		return liveEnded
	}
	return liveStarted
}
