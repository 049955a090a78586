package webwx_test

import (
	"strings"
	"testing"

	"github.com/webwx/webwx"
	"pgregory.net/rapid"
)

func TestUnescape(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain text stays", "你好, world", "你好, world"},
		{"the sample of messages.md §5.1", `你好<br/>第二行 &lt;tag&gt; <span class="emoji emoji1f604"></span> [微笑]`, "你好\n第二行 <tag> 😄 [微笑]"},
		{"every spelling of the line break", "a<br/>b<br>c<br />d", "a\nb\nc\nd"},
		{"an entity is decoded once only", "&amp;lt;", "&lt;"},
		{"a numeric entity", "&#39;&#x4f60;", "'你"},
		{"a lone ampersand stays", "a & b", "a & b"},
		{"a lone angle bracket stays", "1 < 2 > 0", "1 < 2 > 0"},
		{"an unknown tag stays", "<b>x</b>", "<b>x</b>"},
		{"a four-digit emoji", `<span class="emoji emoji263a"></span>`, "☺"},
		{"a two-digit code point", `<span class="emoji emojia9"></span>`, "©"},
		{"a flag of twice five digits", `<span class="emoji emoji1f1e81f1f3"></span>`, "🇨🇳"},
		{"a keycap of two and four digits", `<span class="emoji emoji3120e3"></span>`, "1\u20e3"},
		{"two code points of four digits", `<span class="emoji emoji2764fe0f"></span>`, "❤\ufe0f"},
		{"upper-case digits", `<span class="emoji emoji1F604"></span>`, "😄"},
		{"an empty code stays", `<span class="emoji emoji"></span>`, `<span class="emoji emoji"></span>`},
		{"a code that is not hexadecimal stays", `<span class="emoji emojixyz1"></span>`, `<span class="emoji emojixyz1"></span>`},
		{"a surrogate stays", `<span class="emoji emojid83d"></span>`, `<span class="emoji emojid83d"></span>`},
		{"a private code point is taken as it is", `<span class="emoji emojifffff"></span>`, "\U000fffff"},
		{"a half that is a control character stays", `<span class="emoji emoji0120e3"></span>`, `<span class="emoji emoji0120e3"></span>`},
		{"a code too long stays", `<span class="emoji emoji1f1e81f1f31"></span>`, `<span class="emoji emoji1f1e81f1f31"></span>`},
		{"a span that never ends stays", `<span class="emoji emoji1f604">`, `<span class="emoji emoji1f604">`},
		{"spans side by side", `<span class="emoji emoji1f604"></span><span class="emoji emoji1f604"></span>`, "😄😄"},
		{"the form of the page itself stays", `<img class="emoji emoji1f604" text="_web">`, `<img class="emoji emoji1f604" text="_web">`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := webwx.Unescape(tt.in); got != tt.want {
				t.Errorf("Unescape(%q)\n got %q\nwant %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestEscape(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"markup becomes entities", `<a href="x">&`, `&lt;a href="x"&gt;&amp;`},
		{"either line end becomes a break", "a\nb\r\nc", "a<br/>b<br/>c"},
		{"quotes, tabs and emoji stay", "\"'\t😄", "\"'\t😄"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := webwx.Escape(tt.in); got != tt.want {
				t.Errorf("Escape(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestEscapeIsUndoneByUnescape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"&", "<", ">", "\n", "&amp;", "<br/>", `<span class="emoji emoji1f604"></span>`, "&lt", "amp;", "#39;",
		}))
		text := strings.Join(rapid.SliceOf(piece).Draw(t, "text"), "")
		// "\r\n" and "\n" are the same break on the wire.
		want := strings.ReplaceAll(text, "\r\n", "\n")
		if got := webwx.Unescape(webwx.Escape(text)); got != want {
			t.Fatalf("Unescape(Escape(%q)) = %q", text, got)
		}
	})
}

func TestUnescapeOfManyOpenSpansIsFast(t *testing.T) {
	// An open span used to make the rest of the text be searched for its end.
	hostile := strings.Repeat(`<span class="emoji emoji`, 1<<16)
	if got := webwx.Unescape(hostile); got != hostile {
		t.Error("open spans did not stay as they were")
	}
}

func TestCutMember(t *testing.T) {
	tests := []struct {
		name, in string
		member   webwx.UserName
		rest     string
		ok       bool
	}{
		{"a member with a name of this login", "@0a1b2c:<br/>hello", "@0a1b2c", "hello", true},
		{"a member with a stable name", "wxid_demo-1:<br/>hello", "wxid_demo-1", "hello", true},
		{"an empty text", "@0a:<br/>", "@0a", "", true},
		{"only the first separator counts", "@0a:<br/>福州市:<br/>/x", "@0a", "福州市:<br/>/x", true},
		{"a system line", `"X"邀请"Y"加入了群聊`, "", `"X"邀请"Y"加入了群聊`, false},
		{"a text before a separator", "see here:<br/>x", "", "see here:<br/>x", false},
		{"a room is no member", "@@0a:<br/>x", "", "@@0a:<br/>x", false},
		{"a name of no letter", "@:<br/>x", "", "@:<br/>x", false},
		{"no name at all", ":<br/>x", "", ":<br/>x", false},
		{"a raw line end is no separator", "@0a:\nx", "", "@0a:\nx", false},
		{"an underscore after the at sign", "@0a_b:<br/>x", "", "@0a_b:<br/>x", false},
		{"nothing", "", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			member, rest, ok := webwx.CutMember(tt.in)
			if member != tt.member || rest != tt.rest || ok != tt.ok {
				t.Errorf("CutMember(%q)\n got %q, %q, %t\nwant %q, %q, %t", tt.in, member, rest, ok, tt.member, tt.rest, tt.ok)
			}
		})
	}
}

func TestPutMemberIsUndoneByCutMember(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := webwx.UserName(rapid.StringMatching(`@[0-9a-f]{1,64}|[A-Za-z0-9_-]{1,20}`).Draw(t, "name"))
		content := rapid.String().Draw(t, "content")
		member, rest, ok := webwx.CutMember(webwx.PutMember(name, content))
		if !ok || member != name || rest != content {
			t.Fatalf("CutMember(PutMember(%q, %q)) = %q, %q, %t", name, content, member, rest, ok)
		}
	})
}

func FuzzUnescape(f *testing.F) {
	for _, s := range []string{
		`你好<br/>第二行 &lt;tag&gt; <span class="emoji emoji1f604"></span> [微笑]`,
		`<span class="emoji emoji1f1e81f1f3"></span>`, `<span class="emoji emoji3120e3"></span>`, "&amp;lt;", "<br", "&#", "\r\r\n&#13;<br/>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		plain := webwx.Unescape(s)
		want := strings.ReplaceAll(plain, "\r\n", "\n")
		if got := webwx.Unescape(webwx.Escape(plain)); got != want {
			t.Errorf("Unescape(Escape(%q)) = %q", plain, got)
		}
	})
}

func FuzzCutMember(f *testing.F) {
	for _, s := range []string{"@0a1b:<br/>hello", "wxid_demo1:<br/>", ":<br/>", "@@0a:<br/>x", "see here:<br/>x", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		member, rest, ok := webwx.CutMember(s)
		switch {
		case ok && webwx.PutMember(member, rest) != s:
			t.Errorf("PutMember(%q, %q) = %q, want %q", member, rest, webwx.PutMember(member, rest), s)
		case !ok && (member != "" || rest != s):
			t.Errorf("CutMember(%q) = %q, %q, false", s, member, rest)
		case ok && member.IsRoom():
			t.Errorf("CutMember(%q) names the room %q", s, member)
		}
	})
}
