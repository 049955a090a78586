package wxserver_test

import (
	"encoding/binary"
	"fmt"
	"image"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxserver"
)

// mp4 is a video of nothing that lasts so many milliseconds.
func mp4(length uint32) string {
	box := func(kind, body string) string {
		return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))) + kind + body
	}
	mvhd := make([]byte, 100)
	binary.BigEndian.PutUint32(mvhd[12:], 1000)
	binary.BigEndian.PutUint32(mvhd[16:], length)
	return box("ftyp", "isom\x00\x00\x02\x00isomiso2") + box("mdat", pattern(3000)) + box("moov", box("mvhd", string(mvhd)))
}

// mp3 is a second of nothing.
func mp3() string {
	frame := "\xff\xfb\x90\x64" + strings.Repeat("\x00", 413)
	return strings.Repeat(frame, 38) + strings.Repeat("\x00", 154) // 16,000 bytes at 128 kbit/s
}

func TestVideo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, alice, bob, names := couple(t, wxserver.Options{})
		data := mp4(9500)
		for typ, want := range map[string]webwx.MsgType{"43": webwx.MsgVideo, "62": webwx.MsgMicroVideo} {
			id := h.told(alice, "webwxsendvideomsg", names[bobsNick], `"Type":`+typ+`,"MediaId":`+quoted(h.put(alice, "a.mp4", data))+`,`+ids(1))
			got := h.last(bob)
			v, ok := got.Parse().(*webwx.Video)
			if !ok || got.MsgType != want || got.PlayLength != 10 || got.ImgWidth == 0 || v.Size != len(data) || v.MD5 != sumOf(data) {
				t.Errorf("type %s: bob got %+v", typ, got)
			}
			for _, spelling := range []string{"msgid", "MsgID", "NewMsgId"} {
				a := h.fetch(bob, "webwxgetvideo?"+spelling+"="+id+"&skey=", "Range", "bytes=0-")
				if a.status != http.StatusPartialContent || a.body != data || a.header.Get("Content-Type") != "video/mp4" || a.header.Get("Accept-Ranges") != "bytes" ||
					a.header.Get("Content-Range") != fmt.Sprintf("bytes 0-%d/%d", len(data)-1, len(data)) {
					t.Errorf("by %s: %d %v", spelling, a.status, a.header)
				}
			}
			h.fetch(bob, "webwxgetvideo?msgid="+id).is(t, "whole", "video/mp4", data)
			small := h.fetch(bob, "webwxgetmsgimg?MsgID="+id+"&type=slave")
			if size := sizeOf(t, small.body); size != image.Pt(got.ImgWidth, got.ImgHeight) {
				t.Errorf("the thumbnail is %v, the message says %d by %d", size, got.ImgWidth, got.ImgHeight)
			}
			h.fetch(bob, "webwxgetmsgimg?MsgID="+id).isNothing(t, "a video as a picture")
			h.fetch(bob, "webwxgetvoice?msgid="+id).isNothing(t, "a video as a voice")
			// Bob passes it on.
			back := h.told(bob, "webwxsendvideomsg", h.contactsOf(bob)["爱丽丝"], `"Type":`+typ+`,"MediaId":"","Content":`+quoted(webwx.Unescape(got.Content))+`,`+ids(2))
			h.fetch(alice, "webwxgetvideo?msgid="+back).is(t, "forwarded", "video/mp4", data)
		}
	})
}

func TestVoice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, alice, bob, names := couple(t, wxserver.Options{})
		media := quoted(h.put(alice, "a.mp3", mp3()))
		id := h.told(alice, "webwxsendmsg", names[bobsNick], `"Type":34,"MediaId":`+media+`,`+ids(1))
		got := h.last(bob)
		if got.MsgType != webwx.MsgVoice || got.VoiceLength != 1000 {
			t.Errorf("bob got %+v", got)
		}
		h.fetch(bob, "webwxgetvoice?msgid="+id).is(t, "voice", "audio/mp3", mp3())
		h.told(alice, "webwxsendmsg", names[bobsNick], `"Type":34,"MediaId":`+media+`,"Content":"<msg><voicemsg voicelength=\"3215\"/></msg>",`+ids(2))
		if got := h.last(bob); got.VoiceLength != 3215 {
			t.Errorf("with its length: %+v", got)
		}
	})
}

func TestSticker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, alice, bob, names := couple(t, wxserver.Options{})
		data := gifOf(t, 30, 20)
		back := h.contactsOf(bob)["爱丽丝"]
		// openwechat's Type is 1.
		id := h.told(alice, "webwxsendemoticon", names[bobsNick], `"Type":1,"EmojiFlag":2,"MediaId":`+quoted(h.put(alice, "a.gif", data))+`,`+ids(1))
		got := h.last(bob)
		st, ok := got.Parse().(*webwx.Sticker)
		if !ok || got.MsgType != webwx.MsgEmoticon || st.MD5 != sumOf(data) || got.ImgWidth != 30 || got.ImgHeight != 20 || got.HasProductID != 0 || st.Type != 2 {
			t.Fatalf("bob got %+v", got)
		}
		h.fetch(bob, "webwxgetmsgimg?MsgID="+id+"&type=big").is(t, "sticker", "image/gif", data)
		// Known clients fetch cdnurl, without a login.
		h.knock("GET", st.URL, "").is(t, "cdnurl", "image/gif", data)
		for _, other := range []string{st.URL[:len(st.URL)-3] + "/", base + "/wx_emoji/" + url.QueryEscape(got.MsgID) + "/", base + "/wx_emoji/" + url.QueryEscape(h.put(bob, "x", "x")) + "/"} {
			if a := h.knock("GET", other, ""); a.status != http.StatusNotFound {
				t.Errorf("%s: %s", other, a)
			}
		}
		// Bob has seen it, so he can send it by its fingerprint; nobody else's.
		byMD5 := h.told(bob, "webwxsendemoticon", back, `"Type":47,"EMoticonMd5":"`+strings.ToUpper(sumOf(data))+`",`+ids(2))
		h.fetch(alice, "webwxgetmsgimg?MsgID="+byMD5).is(t, "by its fingerprint", "image/gif", data)
		byXML := h.told(bob, "webwxsendemoticon", back, `"Type":47,"MediaId":"","Content":`+quoted(webwx.Unescape(got.Content))+`,`+ids(3))
		h.fetch(alice, "webwxgetmsgimg?MsgID="+byXML).is(t, "by its XML", "image/gif", data)
		private := gifOf(t, 5, 5)
		h.put(alice, "mine.gif", private)
		want := h.tell(bob, "webwxsendemoticon", back, `"Type":47,"EMoticonMd5":"00000000000000000000000000000000",`+ids(4))
		if a := h.tell(bob, "webwxsendemoticon", back, `"Type":47,"EMoticonMd5":"`+sumOf(private)+`",`+ids(4)); a.String() != want.String() || retOf(a) != webwx.RetParameter {
			t.Errorf("by the fingerprint of what bob never had: %s", a)
		}
	})
}

func TestCard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, alice, bob, names := couple(t, wxserver.Options{})
		his := h.contactsOf(bob)
		card := func(user, nick string) string {
			return `"Type":42,"Content":` + quoted(`<msg username="`+user+`" nickname="`+nick+`"/>`) + `,` + ids(1)
		}
		h.told(alice, "webwxsendmsg", names[bobsNick], card(names["卡罗尔"], "somebody else"))
		got := h.last(bob)
		if r := got.RecommendInfo; got.MsgType != webwx.MsgShareCard || string(r.UserName) != his["卡罗尔"] || r.NickName != "卡罗尔" || r.Scene != 17 {
			t.Errorf("bob got %+v", got)
		}
		if strings.Contains(got.Content, names["卡罗尔"]) {
			t.Errorf("it holds alice's name of carol: %s", got.Content)
		}
		for what, user := range map[string]string{
			"a room": names["周末爬山"], "bob's name of carol": his["卡罗尔"], "nobody": "@" + strings.Repeat("0", 32), "none": "", "an id": "u:1",
		} {
			if a := h.tell(alice, "webwxsendmsg", names[bobsNick], card(user, "x")); retOf(a) != webwx.RetParameter {
				t.Errorf("a card of %s: %s", what, a)
			}
		}
	})
}

func TestLocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, alice, bob, names := couple(t, wxserver.Options{})
		xml := (&webwx.Location{Latitude: 26.08, Longitude: 119.29, Scale: 16, Label: "福州市某路1号", Name: "[位置]"}).SendXML()
		for _, to := range []string{bobsNick, "周末爬山"} {
			id := h.told(alice, "webwxsendmsg", names[to], `"Type":48,"Content":`+quoted(xml)+`,`+ids(1))
			got := h.last(bob)
			loc, ok := got.Parse().(*webwx.Location)
			if !ok || got.MsgType != webwx.MsgText || got.SubMsgType != 48 || got.URL != "http://apis.map.qq.com/uri/v1/geocoder?coord=26.08,119.29" || loc.Label != "福州市某路1号" {
				t.Fatalf("bob got %+v", got)
			}
			if want := webwx.MapPicture(id); loc.Picture != want || !strings.Contains(got.OriContent, `x="26.080000"`) {
				t.Errorf("picture %q, want %q; %+v", loc.Picture, want, got)
			}
			a := h.knock("GET", base+loc.Picture, "", "Cookie", bob.cookies)
			if sizeOf(t, a.body); a.header.Get("Content-Type") != "image/jpeg" {
				t.Errorf("the map: %s", a)
			}
			// It can be passed on as it came.
			h.told(bob, "webwxsendmsg", "filehelper", `"Type":48,"Content":`+quoted(got.OriContent)+`,`+ids(2))
		}
	})
}

func TestAppMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, alice, bob, names := couple(t, wxserver.Options{})
		his := h.contactsOf(bob)
		link := &webwx.Link{Title: "a <b> & c", Description: "d", URL: "https://example.com/?a=b&c=d", ThumbURL: "https://example.com/t.jpg"}
		quote := &webwx.Quote{Text: "yes", Refer: webwx.Refer{MsgType: webwx.MsgText, MsgID: "7", FromUser: webwx.UserName(names["卡罗尔"]), DisplayName: "卡罗尔", Content: "really?"}}
		program := &webwx.MiniProgram{Title: "m", Program: "gh_0123456789ab@app"}
		for i, c := range []struct {
			typ string
			xml string
			app int
			see func(m webwx.Message) bool
		}{
			{"5", link.SendXML(), 5, func(m webwx.Message) bool {
				return m.FileName == "a <b> & c" && m.URL == link.URL && m.ImgStatus == 2
			}},
			{"49", `<msg>` + link.SendXML() + `</msg>`, 5, func(m webwx.Message) bool { return m.URL == link.URL }},
			{"5", `<appmsg appid="" sdkver="0"><type>5</type><url>http://example.com/</url><title>Tom & Jerry <3</title></appmsg>`, 5, func(m webwx.Message) bool { return m.FileName == "Tom & Jerry <3" }},
			{"33", program.SendXML(), 33, func(m webwx.Message) bool { return m.ImgStatus == 2 }},
			{"57", quote.SendXML(), 57, func(m webwx.Message) bool {
				q := m.Parse().(*webwx.Quote)
				return string(q.Refer.FromUser) == his["卡罗尔"] && q.Refer.Content == "really?" && m.FileName == "yes"
			}},
			{"1", `<appmsg><title>t</title><type>1</type></appmsg>`, 1, func(m webwx.Message) bool { return m.FileName == "t" }},
			{"49", `<appmsg><title>new</title><type>12345</type></appmsg>`, 12345, func(m webwx.Message) bool { return true }},
		} {
			h.told(alice, "webwxsendappmsg", names[bobsNick], `"Type":"`+c.typ+`","Content":`+quoted(strings.ReplaceAll(c.xml, "\n", ""))+`,`+ids(i))
			got := h.last(bob)
			if got.MsgType != webwx.MsgApp || got.AppMsgType != c.app || !c.see(got) {
				t.Errorf("%s: bob got %+v", c.xml, got)
			}
			if strings.Contains(got.Content, names["卡罗尔"]) || strings.Contains(got.Content, names["self"]) {
				t.Errorf("it holds a name of alice's: %s", got.Content)
			}
		}
	})
}

// No XML does harm, and what says nothing is refused.
func TestHostileXML(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, log := newSpy(), new(journal)
		h := openOn(t, e, wxserver.Options{Logger: log.logger()}, few)
		alice := h.letIn(h.phone("alice"))
		h.contactsOf(alice)
		bomb := `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">` + func() (s string) {
			for i := range 9 {
				s += fmt.Sprintf(`<!ENTITY %c "&%c;&%c;&%c;&%c;">`, 'b'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i)
			}
			return s
		}() + `]>`
		e.news()
		for name, xml := range map[string]string{
			"nothing": "", "no XML": "hello", "a bomb": bomb + `<appmsg2>&j;</appmsg2>`, "deep": strings.Repeat("<a>", 20000), "wide": "<appmsg>" + strings.Repeat("<a/>", 16000),
			"cut off": "<appmsg><title>x</title><type>5", "over 64 KiB": "<appmsg><title>" + strings.Repeat("x", 70000) + "</title><type>5</type></appmsg>",
			"a file of a path":  `<appmsg><title>x</title><type>6</type><appattach><attachid>../../server.key</attachid></appattach></appmsg>`,
			"a file of nothing": `<appmsg><title>x</title><type>6</type></appmsg>`,
			"money":             `<appmsg><title>微信转账</title><type>2000</type></appmsg>`, "a red packet": `<appmsg><title>x</title><type>2001</type></appmsg>`,
			"NUL": "\x00<appmsg", "not UTF-8": "\xff\xfe<appmsg",
		} {
			for _, op := range []string{"webwxsendappmsg", "webwxsendmsgimg", "webwxsendemoticon", "webwxsendvideomsg"} {
				if a := h.tell(alice, op, "filehelper", `"Type":49,"Content":`+quoted(xml)+`,`+ids(1)); retOf(a) != webwx.RetParameter && retOf(a) != webwx.RetUnparsable {
					t.Errorf("%s of %s: %s", op, name, a)
				}
			}
			for _, typ := range []string{"34", "42", "48", "3", "43", "47", "49", "51", "10000", "10002", "0", "-1"} {
				if a := h.tell(alice, "webwxsendmsg", "filehelper", `"Type":`+typ+`,"Content":`+quoted(xml)+`,`+ids(1)); retOf(a) != webwx.RetParameter && retOf(a) != webwx.RetUnparsable {
					t.Errorf("webwxsendmsg of type %s, %s: %s", typ, name, a)
				}
			}
			if news := e.news(); len(news) > 0 {
				t.Errorf("%s has written %.300q", name, news)
			}
		}
		// What can be read is sent, and no more of it than there is.
		for name, xml := range map[string]string{
			"a bomb":       bomb + `<appmsg><title>&j;&a;</title><type>5</type></appmsg>`,
			"an outside":   `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><appmsg><title>&x;</title><type>5</type></appmsg>`,
			"ampersands":   `<appmsg><title>` + strings.Repeat("&", 60000) + `</title><type>5</type></appmsg>`,
			"quotes":       `<appmsg><title>x</title><type>5</type><x y='` + strings.Repeat(`"`, 60000) + `'/></appmsg>`,
			"every letter": `<appmsg><title>` + strings.Repeat("<", 20000) + `</title><type>5</type></appmsg>`,
		} {
			a := h.tell(alice, "webwxsendappmsg", "filehelper", `"Type":5,"Content":`+quoted(xml)+`,`+ids(2))
			if got := retOf(a); got != webwx.RetOK && got != webwx.RetParameter {
				t.Errorf("%s: %s", name, a)
			}
			if news := strings.Join(e.news(), ""); len(news) > 1<<20 || strings.Contains(news, "root:") {
				t.Errorf("%s has written %d bytes", name, len(news))
			}
		}
		log.quietly(t, nil)
	})
}

// Who may fetch a message's file is who was told of it: a room's members then, not
// those of another day.
func TestRoomMedia(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, wxserver.Options{}, people)
		alice, bob, carol, mallory := h.letIn(h.phone("alice")), h.letIn(h.phone("bob")), h.letIn(h.phone("carol")), h.letIn(h.phone("mallory"))
		names := h.contactsOf(alice)
		data := jpegOf(t, 40, 40)
		id := h.told(alice, "webwxsendmsgimg", names["周末爬山"], `"Type":3,"MediaId":`+quoted(h.put(alice, "a.jpg", data))+`,`+ids(1))
		got := h.last(bob)
		if his := h.contactsOf(bob); string(got.FromUserName) != his["周末爬山"] || !strings.HasPrefix(got.Content, his["爱丽丝"]+":<br/>") {
			t.Errorf("bob got %+v", got)
		}
		if img, ok := got.Parse().(*webwx.Image); !ok || img.MD5 != sumOf(data) {
			t.Errorf("it says %+v", got.Parse())
		}
		for who, v := range map[string]visitor{"bob": bob, "carol": carol, "alice": alice} {
			h.fetch(v, "webwxgetmsgimg?MsgID="+id).is(t, who, "image/jpeg", data)
		}
		unknown := h.fetch(mallory, "webwxgetmsgimg?MsgID=7000000000000000001")
		for _, other := range []string{id, id + "0", "-" + id, "0", "", "x", "99999999999999999999", "../" + id, "17000000000001234", strings.Repeat("1", 10<<10)} {
			for _, kind := range []string{"", "&type=slave", "&type=big", "&fun=download"} {
				if a := h.fetch(mallory, "webwxgetmsgimg?MsgID="+url.QueryEscape(other)+kind); a.String() != unknown.String() {
					t.Errorf("mallory got %s", a)
				}
			}
		}
		unknown.isNothing(t, "nobody's message")
		// Alice leaves. She keeps what she was told of, and gets nothing that comes later.
		h.forget(t, "member/", "rooms/")
		h.fetch(alice, "webwxgetmsgimg?MsgID="+id).is(t, "who has left", "image/jpeg", data)
		his := h.contactsOf(bob)
		later := h.told(bob, "webwxsendmsgimg", his["周末爬山"], `"Type":3,"MediaId":`+quoted(h.put(bob, "b.jpg", data))+`,`+ids(1))
		h.fetch(carol, "webwxgetmsgimg?MsgID="+later).is(t, "carol", "image/jpeg", data)
		if a := h.fetch(alice, "webwxgetmsgimg?MsgID="+later); a.String() != h.fetch(alice, "webwxgetmsgimg?MsgID=7000000000000000001").String() {
			t.Errorf("alice got what came after she left: %s", a)
		}
		if a := h.tell(alice, "webwxsendmsgimg", names["周末爬山"], `"Type":3,"MediaId":`+quoted(h.put(alice, "a.jpg", data))+`,`+ids(2)); retOf(a) != webwx.RetNotFriend {
			t.Errorf("alice sends to a room that she has left: %s", a)
		}
	})
}

// One ClientMsgId with other content is another message (endpoints.md §12).
func TestRepeatsOfMedia(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, alice, bob, names := couple(t, wxserver.Options{})
		one, two := h.put(alice, "1.jpg", jpegOf(t, 10, 10)), h.put(alice, "2.jpg", jpegOf(t, 20, 20))
		seen := make(map[string]bool)
		for range 3 {
			for _, media := range []string{one, two} {
				seen[h.told(alice, "webwxsendmsgimg", names[bobsNick], `"Type":3,"MediaId":`+quoted(media)+`,`+ids(1))] = true
			}
			seen[h.told(alice, "webwxsendappmsg", names[bobsNick], `"Type":5,"Content":"<appmsg><title>x</title><type>5</type></appmsg>",`+ids(1))] = true
		}
		if len(seen) != 3 || len(h.inbox(bob)) != 3 {
			t.Errorf("%d ids, %d messages, want 3", len(seen), len(h.inbox(bob)))
		}
	})
}
