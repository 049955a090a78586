package webwx

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func FuzzParse(f *testing.F) {
	for _, tt := range corpus {
		m := &tt.msg
		f.Add(int(m.MsgType), m.AppMsgType, m.SubMsgType, Escape(m.Content), m.OriContent, m.URL, m.StatusNotifyUserName, m.FileName)
		f.Add(int(m.MsgType), m.AppMsgType, m.SubMsgType, m.Content, m.OriContent, m.URL, m.StatusNotifyUserName, m.FileName)
	}
	f.Add(10000, 0, 0, `"X"邀请"Y"加入了群聊`, "", "", "", "")
	f.Add(10002, 0, 0, Escape(template), "", "", "", "")
	f.Add(3, 0, 0, "&lt;msg&gt;&lt;img a=&amp;amp; b&gt;", "", "", "", "")
	f.Fuzz(func(t *testing.T, typ, app, sub int, content, ori, url, names, file string) {
		m := &Message{
			MsgType: MsgType(typ), AppMsgType: app, SubMsgType: sub, Content: content, OriContent: ori, URL: url,
			StatusNotifyUserName: names, FileName: file, RecommendInfo: RecommendInfo{UserName: UserName(url), NickName: file},
		}
		c := m.Parse()
		built := c.Build()
		again := built.Parse()
		if c.Kind() == ContentMembers || c.Kind() == ContentRename {
			// Quotes in names become curved, and that may move a "、" list.
			if again.Kind() != c.Kind() {
				t.Errorf("a %s became a %s: %q, %q", c.Kind(), again.Kind(), content, built.Content)
			}
		} else if diff := cmp.Diff(c, again); diff != "" {
			t.Errorf("%q was built as %q (-want +got):\n%s", content, built.Content, diff)
		}
		same := MapNames(c, func(n UserName) UserName { return n })
		if diff := cmp.Diff(c, same); diff != "" {
			t.Errorf("names mapped to themselves (-want +got):\n%s", diff)
		}
		if d := Digest(c, ContentKind.Chinese); d == "" && c.Kind() != ContentText || strings.ContainsAny(d, "\n\r\t\x1b") {
			t.Errorf("digest %q", d)
		}
		_, _ = ParseSend(MsgType(typ), content)
	})
}

func TestHostileXMLIsBounded(t *testing.T) {
	const size = 3 << 19 // more than maxXML
	bomb := `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><msg><appmsg><title>&b;&b;</title><type>5</type></appmsg></msg>`
	tests := []struct{ name, content string }{
		{"too deep", strings.Repeat("<a>", size/3)},
		{"too deep within the size", strings.Repeat("<a>", maxXML/3)},
		{"too many elements", "<msg>" + strings.Repeat("<a/>", maxXML/4-10) + "</msg>"},
		{"too many attributes", "<msg><appmsg " + strings.Repeat("a=1 ", maxXML/8) + "/></msg>"},
		{"too many attributes of different names", "<msg><appmsg " + manyNames() + "/></msg>"},
		{"too many pieces of text", "<msg><appmsg>" + strings.Repeat("x<!---->", maxXML/8-10) + "</appmsg></msg>"},
		{"too many sections", "<msg><appmsg>" + strings.Repeat("<![CDATA[x]]>", maxXML/13-10) + "</appmsg></msg>"},
		{"too long", "<msg>" + strings.Repeat("x", size) + "</msg>"},
		{"an entity bomb", bomb},
		{"an open comment", "<msg><!--" + strings.Repeat("-", size)},
		{"many prologues", strings.Repeat("<?x?>", maxXML/5)},
		{"many breaks", strings.Repeat("<br/>", size/5)},
		{"many ampersands", strings.Repeat("&amp;", size/5)},
		{"many names", "<msg><op id='4'><username>" + strings.Repeat("a,", maxXML/2-50) + "</username></op></msg>"},
		{"many quotes", strings.Repeat(`"邀请"`, size/8) + "加入了群聊"},
		{"nested templates", `<sysmsg><sysmsgtemplate><content_template><template>` + strings.Repeat("$a$", 1<<15) + `</template><link_list><link name="a"><memberlist><member><nickname>` + strings.Repeat("n", 1<<19) + `</nickname></member></memberlist></link></link_list></content_template></sysmsgtemplate></sysmsg>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			types := []MsgType{MsgApp, MsgStatusNotify}
			switch tt.name {
			case "many quotes":
				types = []MsgType{MsgSys}
			case "nested templates":
				types = []MsgType{MsgRecalled}
			}
			for _, typ := range types {
				start := time.Now()
				m := Message{MsgType: typ, Content: tt.content}
				c := m.Parse()
				c.Build()
				MapNames(c, func(n UserName) UserName { return n })
				Digest(c, ContentKind.English)
				if took := time.Since(start); took > 20*time.Second {
					t.Errorf("type %d took %v", typ, took)
				}
			}
		})
	}
	m := Message{MsgType: MsgApp, Content: bomb}
	if c, ok := m.Parse().(*Link); !ok || len(c.Title) > 10 {
		t.Errorf("the bomb went off: %#v", c)
	}
}

func manyNames() string {
	var b strings.Builder
	for i := range 1 << 16 {
		b.WriteString(" a")
		b.WriteByte(byte('a' + i%26))
		b.WriteByte(byte('a' + i/26%26))
		b.WriteByte(byte('a' + i/26/26%26))
		b.WriteByte(byte('a' + i/26/26/26))
		b.WriteString("=1")
	}
	return b.String()
}
