package webwx

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestMsgSource(t *testing.T) {
	tests := []struct {
		name, text string
		want       MsgSource
		written    string
	}{
		{
			"as the official page writes it", `<msgsource><atusername>@a,@b</atusername><atchatroomname>@@room</atchatroomname></msgsource>`,
			MsgSource{AtUserNames: []UserName{"@a", "@b"}, Room: "@@room"},
			"",
		},
		{
			"as phones write it", "<msgsource>\n\t<atuserlist><![CDATA[,wxid_a]]></atuserlist>\n\t<silence>0</silence>\n</msgsource>",
			MsgSource{AtUserList: []UserName{"wxid_a"}, Extra: "<msgsource><silence>0</silence></msgsource>"},
			"<msgsource><atuserlist>wxid_a</atuserlist><silence>0</silence></msgsource>",
		},
		{"nothing", "", MsgSource{}, ""},
		{"no XML", "<msgsource", MsgSource{}, "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got MsgSource
			if err := got.UnmarshalText([]byte(tt.text)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			written, err := got.MarshalText()
			want := tt.written
			if want == "" {
				want = tt.text
			}
			if err != nil || string(written) != strings.Trim(want, "-") {
				t.Errorf("written %q, %v, want %q", written, err, want)
			}
		})
	}
}

func TestMsgSourceNames(t *testing.T) {
	s := &MsgSource{AtUserNames: []UserName{"@a", "@b"}, AtUserList: []UserName{"@b", "@c"}, Room: "@@r"}
	if got, want := s.Mentioned(), []UserName{"@a", "@b", "@c"}; !slices.Equal(got, want) {
		t.Errorf("mentioned %v, want %v", got, want)
	}
	got := s.MapNames(func(n UserName) UserName { return n + "!" })
	want := &MsgSource{AtUserNames: []UserName{"@a!", "@b!"}, AtUserList: []UserName{"@b!", "@c!"}, Room: "@@r!"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMentions(t *testing.T) {
	names := []string{"Bob", "Bob Lee", "小新", "a@b", ""}
	tests := []struct {
		name, text string
		want       []string
	}{
		{"a four-per-em space ends it", "@Bob\u2005hi", []string{"Bob"}},
		{"so does a blank", "@小新 hi", []string{"小新"}},
		{"and the end", "hi @小新", []string{"小新"}},
		{"and a line end", "@Bob\nhi", []string{"Bob"}},
		{"the longest name counts", "@Bob Lee\u2005", []string{"Bob Lee"}},
		{"a longer word is no mention", "@Bobby\u2005", nil},
		{"an address is one only if it is a name", "bob@Bob.example", nil},
		{"a name with an at sign", "@a@b\u2005", []string{"a@b"}},
		{"each once, in the text's order", "@小新\u2005@Bob\u2005@小新\u2005", []string{"小新", "Bob"}},
		{"no name at all", "@ @", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Mentions(tt.text, names); !slices.Equal(got, tt.want) {
				t.Errorf("Mentions(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestMentionIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := strings.TrimSpace(hostile().Draw(t, "name")) + "x"
		before := rapid.SampledFrom([]string{"", "hi ", "@"}).Draw(t, "before")
		text := Unescape(Escape(before + Mention(name) + "after"))
		if got := Mentions(text, []string{name}); !slices.Contains(got, name) {
			t.Fatalf("Mentions(%q) = %q, want %q", text, got, name)
		}
	})
}
