package webwx_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/webwx/webwx"
)

func TestMessageParts(t *testing.T) {
	const self, friend, room, member = webwx.UserName("@5e1f"), webwx.UserName("@f41e"), webwx.UserName("@@4003"), webwx.UserName("@3e3b")
	tests := []struct {
		name         string
		msg          webwx.Message
		mine         bool
		chat, sender webwx.UserName
		text         string
	}{
		{
			"a friend writes",
			webwx.Message{MsgType: webwx.MsgText, FromUserName: friend, ToUserName: self, Content: "1 &lt; 2<br/>ok"},
			false, friend, friend, "1 < 2\nok",
		},
		{
			"a friend's text that looks like a room's",
			webwx.Message{MsgType: webwx.MsgText, FromUserName: friend, ToUserName: self, Content: "abc:<br/>x"},
			false, friend, friend, "abc:\nx",
		},
		{
			"oneself writes on the phone",
			webwx.Message{MsgType: webwx.MsgText, FromUserName: self, ToUserName: friend, Content: "hi"},
			true, friend, self, "hi",
		},
		{
			"an empty sender is oneself too",
			webwx.Message{MsgType: webwx.MsgText, ToUserName: friend, Content: "hi"},
			true, friend, self, "hi",
		},
		{
			"a member writes in a room",
			webwx.Message{MsgType: webwx.MsgText, FromUserName: room, ToUserName: self, Content: "@3e3b:<br/>hello &amp; bye"},
			false, room, member, "hello & bye",
		},
		{
			"oneself writes to a room on the phone, without a prefix",
			webwx.Message{MsgType: webwx.MsgText, FromUserName: self, ToUserName: room, Content: "see:<br/>this"},
			true, room, self, "see:\nthis",
		},
		{
			"a system line in a room has no sender",
			webwx.Message{MsgType: webwx.MsgSys, FromUserName: room, ToUserName: self, Content: `" X"通过扫描你分享的二维码加入群聊`},
			false, room, room, `" X"通过扫描你分享的二维码加入群聊`,
		},
		{
			"a system line that looks as if it had one",
			webwx.Message{MsgType: webwx.MsgSys, FromUserName: room, ToUserName: self, Content: "Members:<br/>A, B"},
			false, room, room, "Members:\nA, B",
		},
		{
			"a recall in a room names its sender",
			webwx.Message{MsgType: webwx.MsgRecalled, FromUserName: room, ToUserName: self, Content: "@3e3b:<br/>&lt;sysmsg type=\"revokemsg\"&gt;"},
			false, room, member, `<sysmsg type="revokemsg">`,
		},
		{
			"a location in a room keeps its own separator",
			webwx.Message{MsgType: webwx.MsgText, SubMsgType: 48, FromUserName: room, ToUserName: self, Content: "@3e3b:<br/>福州市:<br/>/cgi-bin/x"},
			false, room, member, "福州市:\n/cgi-bin/x",
		},
		{
			"a status notice between own devices",
			webwx.Message{MsgType: webwx.MsgStatusNotify, FromUserName: self, ToUserName: self},
			true, self, self, "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.msg.Mine(self); got != tt.mine {
				t.Errorf("Mine = %t, want %t", got, tt.mine)
			}
			if got := tt.msg.Chat(self); got != tt.chat {
				t.Errorf("Chat = %q, want %q", got, tt.chat)
			}
			if got := tt.msg.Sender(self); got != tt.sender {
				t.Errorf("Sender = %q, want %q", got, tt.sender)
			}
			if got := tt.msg.Text(); got != tt.text {
				t.Errorf("Text = %q, want %q", got, tt.text)
			}
		})
	}
}

func TestEveryMsgTypeHasAWord(t *testing.T) {
	// messages.md §1.1, without the historic constants
	known := []webwx.MsgType{1, 3, 34, 37, 40, 42, 43, 47, 48, 49, 50, 51, 52, 53, 62, 9999, 10000, 10002}
	for _, typ := range known {
		if s := typ.String(); strings.HasPrefix(s, "type ") {
			t.Errorf("type %d has no word", int(typ))
		}
	}
	if got := constants(t, "message.go", "MsgType"); len(got) != len(known) {
		t.Errorf("%d constants %v, want %d", len(got), got, len(known))
	}
	if got, want := constants(t, "message.go", "StatusCode"), []string{"StatusRead", "StatusEnter", "StatusInit", "StatusChats", "StatusQuit"}; !slices.Equal(got, want) {
		t.Errorf("status codes %v, want %v", got, want)
	}
}
