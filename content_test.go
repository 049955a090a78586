package webwx

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// everyContent has one value of each type of the closed set.
func everyContent() []Content {
	return []Content{
		&Text{}, &Image{}, &Voice{}, &Video{}, &Sticker{}, &Location{}, &LiveLocation{}, &Card{}, &FriendRequest{},
		&PossibleFriend{}, &Link{}, &File{}, &Music{}, &MiniProgram{}, &Quote{}, &Record{}, &Transfer{}, &RedPacket{},
		&Articles{}, &Channels{}, &App{Type: 7}, &System{}, &Members{Event: MembersInvited}, &Rename{}, &Pat{}, &Recall{},
		&Call{Type: MsgVoip}, &StatusNotice{}, &Unknown{MsgType: 9},
	}
}

func TestEveryKindHasWords(t *testing.T) {
	seen := make(map[ContentKind]bool)
	for _, c := range everyContent() {
		seen[c.Kind()] = true
	}
	for kind := range seen {
		if kind.English() == "" || kind.Chinese() == "" {
			t.Errorf("kind %s has no words", kind)
		}
	}
	if len(seen) != len(kindWords) {
		t.Errorf("%d kinds are built, %d have words", len(seen), len(kindWords))
	}
}

// hostile is text that tries to break out of every layer around it.
func hostile() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{
			`"`, `'`, "<", ">", "&", "&amp;", "&lt;", "&#60;", "]]>", "<![CDATA[", "</title>", "</msg>", "<br/>", "\n", "\r", "\t",
			"  ", "“", "”", "、", "@0a1b:\n", ":\n", "${wxid_a}", "<?xml?>", "<!DOCTYPE a>", "-->", "😄", "❤️", "🇨🇳", "\u202e", "\u200f", "\u2005",
			`<span class="emoji emoji1f604"></span>`, "&#xD;", "%2E", "加入了群聊", "拍了拍",
			strings.Repeat("👨\u200d👩\u200d👧\u200d👦", 4) + "👍🏽", // 30 code points
		}),
	)
	return rapid.Custom(func(t *rapid.T) string {
		s := cleanXML(strings.Join(rapid.SliceOfN(piece, 0, 4).Draw(t, "pieces"), ""))
		return unified(s)
	})
}

// fill gives every field of v a value, from the types alone.
func fill(t *rapid.T, v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), v.Type().Field(i).Name)
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, name)
		if n == 0 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), name)
		}
	case reflect.String:
		switch {
		case v.Type() == reflect.TypeFor[UserName]():
			v.SetString(rapid.StringMatching(`|@@?[0-9a-f]{8}|wxid_[a-z0-9]{3}`).Draw(t, name))
		case name == "MsgID" || name == "NewMsgID" || name == "OldMsgID":
			v.SetString(rapid.StringMatching(`|[1-9][0-9]{0,18}`).Draw(t, name))
		case name == "Extra", name == "DocExtra", name == "Template", name == "Event":
		default:
			v.SetString(hostile().Draw(t, name))
		}
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(rapid.IntRange(0, 1<<31-1).Draw(t, name)))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, name))
	case reflect.Float64:
		v.SetFloat(round(rapid.Float64Range(-180, 180).Draw(t, name)))
	default:
		t.Fatalf("field %s has the type %s, for which there is no generator", name, v.Type())
	}
}

// settle turns a content that no message could hold into one that some can.
func settle(t *rapid.T, c Content) {
	blob := func(p *string) bool {
		if *p = rapid.SampledFrom([]string{"", "@0a1b2c", "no XML & <"}).Draw(t, "blob"); *p == "" {
			return false
		}
		return true
	}
	switch c := c.(type) {
	case *Image:
		if blob(&c.Blob) {
			*c = Image{Blob: c.Blob, ThumbWidth: c.ThumbWidth, ThumbHeight: c.ThumbHeight}
		}
	case *Voice:
		if blob(&c.Blob) {
			*c = Voice{Blob: c.Blob, Length: c.Length}
		}
	case *Video:
		if blob(&c.Blob) {
			*c = Video{Blob: c.Blob, Small: c.Small, Length: c.Length, ThumbWidth: c.ThumbWidth, ThumbHeight: c.ThumbHeight}
		}
	case *Sticker:
		if c.Store {
			*c = Sticker{Store: true, Width: c.Width, Height: c.Height}
		} else if blob(&c.Blob) {
			*c = Sticker{Blob: c.Blob, Width: c.Width, Height: c.Height}
		}
	case *Location:
		c.Picture = rapid.SampledFrom([]string{"", MapPicture("7"), MapPicture("a&b")}).Draw(t, "picture")
	case *LiveLocation:
		if c.Ended {
			*c = LiveLocation{Ended: true}
		}
	case *Card:
		c.UserName, c.XMLName = names(c.UserName, c.XMLName)
	case *FriendRequest:
		settleStranger(&c.Stranger)
	case *PossibleFriend:
		settleStranger(&c.Stranger)
	case *RedPacket:
		c.Sent = c.Sent && c.Title == "" && c.AppFrame == AppFrame{}
	case *App:
		c.Type = rapid.SampledFrom([]int{1, 2, 4, 7, 8, 10, 13, 15, 16, 53, 999}).Draw(t, "type")
	case *Recall:
		if c.NewMsgID == c.MsgID {
			c.NewMsgID = ""
		}
	case *Pat:
		if c.Line = rapid.SampledFrom([]string{"", PatLine("a b", ""), PatLine(`x"y`, "z"), PatLine("", "z")}).Draw(t, "line"); c.Line != "" {
			*c = Pat{Line: c.Line}
		}
	case *Call:
		c.Type = rapid.SampledFrom([]MsgType{MsgVoip, MsgVoipNotify, MsgVoipInvite}).Draw(t, "type")
	case *StatusNotice:
		c.Names, c.XMLNames = splitNames(joinNames(c.Names)), splitNames(joinNames(c.XMLNames))
		if len(c.Names) == 0 || joinNames(c.Names) == joinNames(c.XMLNames) {
			c.XMLNames = nil
		}
	case *Unknown:
		c.MsgType = MsgType(rapid.SampledFrom([]int{0, 2, 11, 63, 4000}).Draw(t, "type"))
	case *System:
		if !c.Notice && parseLine(c.Text).Kind() != ContentSystem {
			c.Text = "nothing special"
		}
	case *Members:
		settleMembers(t, c)
	case *Rename:
		c.Who = unquote(c.Who)
	}
}

func settleStranger(c *Stranger) {
	c.UserName, c.XMLName = names(c.UserName, c.XMLName)
	if inXML := c.XMLName; c.EncryptName == inXML || inXML == "" && c.EncryptName == c.UserName {
		c.EncryptName = ""
	}
}

// settleMembers makes one of the lines, with names that one can tell apart.
func settleMembers(t *rapid.T, c *Members) {
	name := rapid.Map(hostile(), func(s string) string {
		s = strings.NewReplacer("、", "", `"`, "", "  ", "").Replace(s)
		return strings.TrimSpace("x" + strings.TrimSpace(s))
	})
	who, whom, more := name.Draw(t, "who"), name.Draw(t, "whom"), name.Draw(t, "more")
	*c = rapid.SampledFrom([]Members{
		{Event: MembersInvited, Whom: []string{whom}},
		{Event: MembersInvited, Whom: []string{whom, more}},
		{Event: MembersInvited, Who: who, Whom: []string{""}},
		{Event: MembersInvited, Who: who, Whom: []string{""}, Others: []string{whom, more}},
		{Event: MembersInvited, Who: who, Whom: []string{"", whom}},
		{Event: MembersInvited, Who: who, Whom: []string{whom, more}},
		{Event: MembersByCode, Whom: []string{whom}},
		{Event: MembersByCode, Who: who, Whom: []string{whom}},
		{Event: MembersRemoved, Whom: []string{whom, more}},
		{Event: MembersRemoved, Who: who, Whom: []string{""}},
		{Event: MembersRemoved, Who: who, Whom: []string{whom}},
		{Event: MembersLeft, Whom: []string{whom}},
	}).Draw(t, "event")
}

// entry is a message on its way: from a room it has the sender's prefix.
func entry(m Message, room bool) *Message {
	m.FromUserName, m.ToUserName = "@0f0f", "@5e1f"
	if room {
		m.FromUserName = "@@4003"
		if m.MsgType != MsgSys {
			m.Content = PutMember("@0a1b", m.Content)
		}
	}
	return &m
}

func TestParseUndoesBuild(t *testing.T) {
	for _, model := range everyContent() {
		t.Run(string(model.Kind()), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := reflect.New(reflect.TypeOf(model).Elem()).Interface().(Content)
				fill(t, reflect.ValueOf(c).Elem(), "")
				settle(t, c)
				m := c.Build()
				got := entry(m, rapid.Bool().Draw(t, "room")).Parse()
				if diff := cmp.Diff(c, got); diff != "" {
					t.Fatalf("built %q\nOriContent %q\n(-want +got):\n%s", m.Content, m.OriContent, diff)
				}
				if strings.Contains(m.Content, "\n") && c.Kind() != ContentUnknown {
					t.Errorf("content with a raw line end, which breaks ItChat: %q", m.Content)
				}
				if again := got.Build(); cmp.Diff(m, again) != "" {
					t.Errorf("built again: %s", cmp.Diff(m, again))
				}
			})
		})
	}
}

func TestNobodyCanPretendAnEvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		evil := rapid.SampledFrom([]string{`a"邀请"b`, `"邀请你加入了群聊`, `x"将"y"移出了群聊  `, `c"通过扫描你分享的二维码加入群聊  `, `”修改群名为“z`, `q"修改群名为“z”`})
		who, whom := "w"+evil.Draw(t, "who"), evil.Draw(t, "whom")
		if got := entry((&Rename{Who: who, Topic: whom}).Build(), true).Parse(); got.Kind() != ContentRename {
			t.Errorf("Rename by %q became %#v", who, got)
		}
		c := &Members{Event: MembersRemoved, Who: who, Whom: []string{whom}}
		got, ok := entry(c.Build(), true).Parse().(*Members)
		if !ok || got.Event != c.Event || got.Who != unquote(who) {
			t.Errorf("%q became %#v", c.text(), got)
		}
	})
}
