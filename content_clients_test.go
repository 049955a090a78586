package webwx

import (
	"encoding/xml"
	"html"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// unescaped is what a client makes of a content before it looks for XML: one
// unescape, and breaks to line ends.
func unescaped(content string) string {
	return html.UnescapeString(strings.ReplaceAll(content, "<br/>", "\n"))
}

// The official page discards the rest of a reply when the XML of a message is not
// well-formed after one unescape (client-compat.md §9a).
func TestXMLIsWellFormedForStrictReaders(t *testing.T) {
	for _, model := range everyContent() {
		switch model.(type) {
		case *Text, *System, *Members, *Rename, *Unknown, *Call, *Location:
			continue // no XML in Content
		}
		t.Run(string(model.Kind()), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := reflect.New(reflect.TypeOf(model).Elem()).Interface().(Content)
				fill(t, reflect.ValueOf(c).Elem(), "")
				settle(t, c)
				content := c.Build().Content
				if content == "" || !strings.HasPrefix(content, "&lt;") {
					return // a blob, a line or a store sticker
				}
				if strings.ContainsAny(strings.ReplaceAll(content, "<br/>", ""), "<>") {
					t.Errorf("a raw angle bracket in %q", content)
				}
				if err := strict(unescaped(content)); err != nil {
					t.Errorf("%v in %q", err, unescaped(content))
				}
			})
		})
	}
}

func strict(src string) error {
	d := xml.NewDecoder(strings.NewReader(src))
	for {
		if _, err := d.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// Patterns of known clients, as messages.md §5 lists them, on the content as it
// comes (raw) or after one unescape.
func TestPatternsOfKnownClients(t *testing.T) {
	card := &Card{UserName: "@0a", NickName: "小新", Province: "福建", City: "福州", Sex: 1, BigHeadURL: "http://a/0?x=1&y=2", SmallHeadURL: "http://a/132", VerifyFlag: 24, CertInfo: "微信"}
	tests := []struct {
		client  string
		msg     *Message
		pattern string
		want    string // the last group
	}{
		{"ItChat, a room's sender", entry((&Text{"hi\nthere"}).Build(), true), `^raw:(@[0-9a-z]*?):<br/>.*$`, "@0a1b"},
		{"ItChat, a room's text", entry((&Text{"hi\nthere"}).Build(), true), `^raw:@[0-9a-z]*?:<br/>(.*)$`, "hi<br/>there"},
		{"ItChat, the second CDATA of a transfer", entry((&Transfer{Description: "收到转账0.10元。如需", Fee: "￥0.10"}).Build(), false), `^[^\[]*?\[CDATA\[.+?\][^\[]*?\[CDATA\[(.+?。)`, "收到转账0.10元。"},
		{"ItChat, the first CDATA of a recall", entry(NewRecall("7", "@0a", "小新").Build(), false), `\[CDATA\[(.*?)\]\]`, `"小新" 撤回了一条消息`},
		{"ItChat, the first names of a status notice", entry((&StatusNotice{Code: 4, Names: []UserName{"@a", "@b"}}).Build(), false), `<username>([^<]*?)<`, "@a,@b"},
		{"ItChat, the id of a status notice", entry((&StatusNotice{Code: 4}).Build(), false), `<op id='(\d+)'>`, "4"},
		{"WeixinBot, a sticker's address", entry((&Sticker{URL: "http://e/?a=b"}).Build(), false), `cdnurl\s*=\s*"(\S+)"`, "http://e/?a=b"},
		{"wechat4u, a sticker's md5", entry((&Sticker{MD5: "0f1e"}).Build(), false), `[^d5]md5="(.+?)"`, "0f1e"},
		{"vbot, a card by the order of its attributes", entry(card.Build(), false), `bigheadimgurl=".+?" smallheadimgurl=".+?" .*province=".+?" city=".+?" .*certflag="\d+" certinfo="(.+?)"`, "微信"},
		{"Mojo-Weixin, a card's name", entry(card.Build(), false), `nickname="(.*?)"`, "小新"},
		{"Mojo-Weixin, a recall's id", entry(NewRecall("70001", "@0a", "").Build(), false), `<sysmsg type="revokemsg"><revokemsg>.*<msgid>(\d+)</msgid>`, "70001"},
		{"puppet-wechat4u, a recall's id", entry(NewRecall("70001", "@0a", "").Build(), true), `<newmsgid>(\d+)</newmsgid>`, "70001"},
		{"wechat-robot, a location", entry((&Location{Label: "某路", Picture: MapPicture("7")}).Build(), false), `某路:\n(/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg\?url=xxx&msgid=7)`, "/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&msgid=7"},
		{"the official page, an address in XML is escaped twice", entry((&Link{URL: "http://a/?b=1&c=2"}).Build(), false), `raw:.*&lt;url&gt;(.*)&lt;/url&gt;&lt;lowurl`, "http://a/?b=1&amp;amp;c=2"},
		{"the official page, a file", entry((&File{Name: "a.pdf", Size: 5, Ext: "pdf"}).Build(), false), `<appattach><totallen>5</totallen>.*<fileext>(.*)</fileext>`, "pdf"},
		{"puppet-wechat4u, you invited", entry((&Members{Event: MembersInvited, Whom: []string{"X"}}).Build(), true), `^raw:你邀请"(.+)"加入了群聊  $`, "X"},
		{"puppet-wechat4u, invited into it", entry((&Members{Event: MembersInvited, Who: "X", Whom: []string{""}, Others: []string{"A", "B"}}).Build(), true), `^raw:"[^"]+?"邀请你加入了群聊，群聊参与人还有：(.+)`, "A、B"},
		{"puppet-wechat4u, invited with others", entry((&Members{Event: MembersInvited, Who: "X", Whom: []string{"", "Y"}}).Build(), true), `^raw:"[^"]+?"邀请你和"(.+)"加入了群聊`, "Y"},
		{"puppet-wechat4u, others invited", entry((&Members{Event: MembersInvited, Who: "X", Whom: []string{"Y"}}).Build(), true), `^raw:".+"邀请"(.+)"加入了群聊`, "Y"},
		{"puppet-wechat4u, joined by your code", entry((&Members{Event: MembersByCode, Whom: []string{"X"}}).Build(), true), `^raw:" (.+)"通过扫描你分享的二维码加入群聊`, "X"},
		{"puppet-wechat4u, joined by another's code", entry((&Members{Event: MembersByCode, Who: "Y", Whom: []string{"X"}}).Build(), true), `^raw:" .+"通过扫描"(.+)"分享的二维码加入群聊`, "Y"},
		{"puppet-wechat4u, you removed", entry((&Members{Event: MembersRemoved, Whom: []string{"X"}}).Build(), true), `^raw:你将"(.+)"移出了群聊`, "X"},
		{"puppet-wechat4u, removed from it", entry((&Members{Event: MembersRemoved, Who: "X", Whom: []string{""}}).Build(), true), `^raw:你被"([^"]+?)"移出群聊`, "X"},
		{"puppet-wechat4u, renamed", entry((&Rename{Who: "X", Topic: "Y"}).Build(), true), `^raw:".+"修改群名为“(.+)”$`, "Y"},
		{"puppet-wechat4u, you renamed", entry((&Rename{Topic: "Y"}).Build(), true), `^raw:你修改群名为“(.+)”$`, "Y"},
		{"openwechat, patted", entry((&Pat{Line: PatLine("X", "")}).Build(), true), `^raw:[^拍]*(拍了拍我)$`, "拍了拍我"},
	}
	for _, tt := range tests {
		t.Run(tt.client, func(t *testing.T) {
			text := unescaped(tt.msg.Content)
			if strings.Contains(tt.pattern, "raw:") {
				text = "raw:" + tt.msg.Content
			}
			found := regexp.MustCompile(tt.pattern).FindStringSubmatch(text)
			if found == nil || found[len(found)-1] != tt.want {
				t.Errorf("%s finds %q in %q, want %q", tt.pattern, found, text, tt.want)
			}
		})
	}
}

// openwechat decodes XML into structs whose numbers must be numbers
// (messages.md §5.5, §5.6, §5.9), as encoding/xml does it.
func TestOpenwechatStructs(t *testing.T) {
	type cardXML struct {
		ImageStatus int    `xml:"imagestatus,attr"`
		Scene       int    `xml:"scene,attr"`
		Sex         int    `xml:"sex,attr"`
		CertFlag    int    `xml:"certflag,attr"`
		UserName    string `xml:"username,attr"`
	}
	type strangerXML struct {
		ImageStatus int    `xml:"imagestatus,attr"`
		Scene       int    `xml:"scene,attr"`
		PerCard     int    `xml:"percard,attr"`
		Sex         int    `xml:"sex,attr"`
		AlbumFlag   int    `xml:"albumflag,attr"`
		AlbumStyle  int    `xml:"albumstyle,attr"`
		SnsFlag     int    `xml:"snsflag,attr"`
		OpCode      int    `xml:"opcode,attr"`
		UserName    string `xml:"fromusername,attr"`
		Encrypt     string `xml:"encryptusername,attr"`
		BrandList   struct {
			Count int   `xml:"count,attr"`
			Ver   int64 `xml:"ver,attr"`
		} `xml:"brandlist"`
	}
	type recallXML struct {
		RevokeMsg struct {
			OldMsgID int64 `xml:"oldmsgid"`
			MsgID    int64 `xml:"msgid"`
		} `xml:"revokemsg"`
	}
	decode := func(m Message, into any) {
		t.Helper()
		if err := xml.Unmarshal([]byte(unescaped(m.Content)), into); err != nil {
			t.Errorf("%v in %s", err, unescaped(m.Content))
		}
	}
	var card cardXML
	decode((&Card{UserName: "@0a", Sex: 1}).Build(), &card)
	if card.UserName != "@0a" || card.Sex != 1 {
		t.Errorf("card %+v", card)
	}
	var stranger strangerXML
	decode((&FriendRequest{Stranger{UserName: "@0a", OpCode: 2}}).Build(), &stranger)
	if stranger.UserName != "@0a" || stranger.Encrypt != "@0a" || stranger.OpCode != 2 {
		t.Errorf("friend request %+v", stranger)
	}
	for _, id := range []string{"", "7000000000000000004", "not a number"} {
		var recall recallXML
		decode((&Recall{MsgID: id, OldMsgID: id}).Build(), &recall)
		if want, _ := strconv.ParseInt(id, 10, 64); recall.RevokeMsg.MsgID != want {
			t.Errorf("recall of %q: msgid %d, want %d", id, recall.RevokeMsg.MsgID, want)
		}
	}
}

func TestEntryFields(t *testing.T) {
	file := (&File{Name: "my report_1-2.pdf", Size: 51234, MediaID: "@crypt_1"}).Build()
	if file.FileName != "my report_1-2.pdf" || file.FileSize != "51234" || file.MediaID != "@crypt_1" || file.AppMsgType != 6 {
		t.Errorf("file %+v", file)
	}
	if got, want := file.EncryFileName, "my%20report%5F1%2D2%2Epdf"; got != want {
		t.Errorf("EncryFileName %q, want %q", got, want)
	}
	if m := (&Transfer{}).Build(); m.FileName != "微信转账" {
		t.Errorf("a transfer's FileName is %q", m.FileName)
	}
	// openwechat takes a message for a location by these, and for a text only without Url.
	m := (&Location{Latitude: 26.08, Longitude: 119.29, Label: "x"}).Build()
	if m.URL != "http://apis.map.qq.com/uri/v1/geocoder?coord=26.08,119.29" || !strings.Contains(m.Content, "pictype=location") || m.SubMsgType != 48 {
		t.Errorf("location %+v", m)
	}
	want := "<?xml version=\"1.0\"?>\n<msg>\n\t<location x=\"26.080000\" y=\"119.290000\" scale=\"0\" label=\"x\" maptype=\"0\" poiname=\"\" poiid=\"\" />\n</msg>\n"
	if m.OriContent != want {
		t.Errorf("OriContent %q\nwant %q", m.OriContent, want)
	}
}
