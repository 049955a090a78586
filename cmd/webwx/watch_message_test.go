package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// newTestWatch returns a watch of @self that writes into out.
func newTestWatch(t *testing.T, tag string, out *strings.Builder, asJSON bool) *watch {
	t.Helper()
	client, err := wxclient.New(wxclient.Options{Server: "http://127.0.0.1:9"})
	if err != nil {
		t.Fatal(err)
	}
	a := newTestApp(t, tag, new(strings.Builder))
	a.json = asJSON
	return &watch{a: a, client: client, self: "@self", lines: lineWriter{to: out}}
}

// Every message is one line; its kind says what it is, and the fields of the kind
// are there.
func TestMessageLines(t *testing.T) {
	stranger := webwx.Stranger{UserName: "@new", NickName: "老王", Content: "hi", Ticket: "v2_1@stranger"}
	tests := []struct {
		content webwx.Content
		want    string // fields of the line in their order, two blanks between them
	}{
		{&webwx.Text{Text: "a\nb"}, `"kind":"text"  "text":"a\nb"`},
		{&webwx.Image{Size: 7, MD5: "aa", ThumbWidth: 3, ThumbHeight: 4}, `"kind":"image"  "text":"[photo]"  "file_size":7  "md5":"aa"  "width":3  "height":4`},
		{&webwx.Voice{Length: 2500, Size: 9}, `"kind":"voice"  "text":"[voice] 3s"  "file_size":9  "duration_ms":2500`},
		{&webwx.Video{Length: 12, Size: 9}, `"kind":"video"  "file_size":9  "duration_ms":12000`},
		{&webwx.Sticker{MD5: "bb", URL: "http://x/"}, `"kind":"sticker"  "md5":"bb"  "url":"http://x/"`},
		{&webwx.Location{Latitude: 1.5, Longitude: -2, Label: "here"}, `"kind":"location"  "latitude":1.5  "longitude":-2  "label":"here"`},
		{&webwx.LiveLocation{Ended: true}, `"kind":"live_location"  "ended":true`},
		{&webwx.Card{UserName: "@c", NickName: "Carol"}, `"kind":"card"  "text":"[contact card] Carol"  "user_name":"@c"  "nick_name":"Carol"`},
		{&webwx.FriendRequest{Stranger: stranger}, `"kind":"friend_request"  "user_name":"@new"  "nick_name":"老王"  "greeting":"hi"`},
		{&webwx.PossibleFriend{Stranger: stranger}, `"kind":"possible_friend"  "user_name":"@new"  "nick_name":"老王"`},
		{&webwx.Link{Title: "T", Description: "D", URL: "http://x/", SourceName: "S"}, `"kind":"link"  "text":"[link] T"  "title":"T"  "description":"D"  "url":"http://x/"  "app_name":"S"`},
		{&webwx.File{Name: "a.pdf", Size: 5, MediaID: "@m"}, `"kind":"file"  "text":"[file] a.pdf"  "file_name":"a.pdf"  "file_size":5`},
		{&webwx.Music{Title: "T", URL: "http://x/"}, `"kind":"music"  "title":"T"  "url":"http://x/"`},
		{&webwx.MiniProgram{Title: "T", SourceName: "S"}, `"kind":"mini_program"  "title":"T"  "app_name":"S"`},
		{&webwx.Quote{Text: "yes", Refer: webwx.Refer{MsgType: webwx.MsgText, MsgID: "5", Content: "ok?"}}, `"kind":"quote"  "text":"yes"  "quoted_id":"5"  "quoted_text":"ok?"`},
		{&webwx.Record{Title: "T", Items: []webwx.RecordItem{{Type: 1, Text: "one", SourceName: "Bob"}}}, `"kind":"record"  "title":"T"  "items":[{"sender_name":"Bob","text":"one"}]`},
		{&webwx.Transfer{Fee: "￥0.10", Memo: "tea"}, `"kind":"transfer"  "description":"tea"  "amount":"￥0.10"`},
		{&webwx.RedPacket{}, `"kind":"red_packet"`},
		{&webwx.Articles{Items: []webwx.Article{{Title: "T", URL: "http://x/"}}}, `"kind":"articles"  "articles":[{"title":"T","url":"http://x/"}]`},
		{&webwx.Channels{Title: "T", Description: "D", NickName: "N"}, `"kind":"channels"  "nick_name":"N"`},
		{&webwx.App{Type: 40, Title: "T"}, `"kind":"app"  "title":"T"  "app_type":40`},
		{webwx.NewSystem(webwx.SystemFriendAdded, "Bob"), `"kind":"system"  "change":"friend_added"  "who":"Bob"`},
		{&webwx.Members{Event: webwx.MembersRemoved, Whom: []string{"Bob"}}, `"kind":"members"  "change":"removed"  "whom":["Bob"]`},
		{&webwx.Rename{Who: "Bob", Topic: "T"}, `"kind":"rename"  "who":"Bob"  "topic":"T"`},
		{&webwx.Pat{FromUser: "@a", Patted: "@b", Template: "x"}, `"kind":"pat"  "from_user":"@a"  "patted_user":"@b"`},
		{webwx.NewRecall("77", "@bob", "Bob"), `"kind":"recall"  "text":"\"Bob\" 撤回了一条消息"  "recalled_id":"77"`},
		{&webwx.Call{Type: webwx.MsgVoipNotify}, `"kind":"call"  "ended":true`},
		{&webwx.Unknown{MsgType: 1234, Content: "?"}, `"kind":"unknown"`},
	}
	for _, tt := range tests {
		t.Run(string(tt.content.Kind()), func(t *testing.T) {
			var out strings.Builder
			w := newTestWatch(t, english, &out, true)
			m := tt.content.Build()
			m.MsgID, m.FromUserName, m.ToUserName = "1", "@bob", "@self"
			if err := w.message(t.Context(), &m); err != nil {
				t.Fatal(err)
			}
			line := out.String()
			if !json.Valid([]byte(line)) || strings.Count(line, "\n") != 1 {
				t.Fatalf("no line of JSON: %q", line)
			}
			rest := line
			for field := range strings.SplitSeq(tt.want, "  ") {
				_, after, ok := strings.Cut(rest, field)
				if !ok {
					t.Errorf("%s is not where it should be in\n%s", field, line)
				}
				rest = after
			}
		})
	}
}

// What others write cannot control the terminal, and the words are those of the
// language.
func TestMessageTextIsHarmless(t *testing.T) {
	var out strings.Builder
	w := newTestWatch(t, chinese, &out, false)
	for _, c := range []webwx.Content{
		&webwx.Text{Text: "a\x1b[2J\nb"},
		&webwx.File{Name: "x\u202egpj.exe", Size: 1, MediaID: "@m"},
	} {
		m := c.Build()
		m.MsgID, m.FromUserName, m.ToUserName = "9", "@bob", "@self"
		if err := w.message(t.Context(), &m); err != nil {
			t.Fatal(err)
		}
	}
	got := out.String()
	if strings.ContainsAny(got, "\x1b\u202e") || strings.Count(got, "\n") != 2 {
		t.Errorf("lines = %q", got)
	}
	for _, want := range []string{"@bob: a␛[2J↵b\n", "[文件] xgpj.exe (9)\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
}
