package webwx

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestDigest(t *testing.T) {
	tests := []struct {
		c                Content
		english, chinese string
	}{
		{&Text{"hello\n  there"}, "hello there", "hello there"},
		{&Text{}, "[text]", "[文本]"},
		{&Image{}, "[photo]", "[图片]"},
		{&Voice{Length: 3215}, "[voice] 4s", "[语音] 4s"},
		{&Video{Length: 10}, "[video] 10s", "[视频] 10s"},
		{&File{Name: "report.pdf"}, "[file] report.pdf", "[文件] report.pdf"},
		{&Location{Label: "某路", Name: "某楼"}, "[location] 某楼 某路", "[位置] 某楼 某路"},
		{&Card{NickName: "小新"}, "[contact card] 小新", "[名片] 小新"},
		{&FriendRequest{Stranger{NickName: "小新", Content: "我是小新"}}, "[friend request] 小新: 我是小新", "[好友请求] 小新: 我是小新"},
		{&Quote{Text: "yes"}, "yes", "yes"},
		{&Transfer{Fee: "￥0.10"}, "[transfer] ￥0.10", "[转账] ￥0.10"},
		{&Members{Event: MembersInvited, Whom: []string{"X"}}, `你邀请"X"加入了群聊`, `你邀请"X"加入了群聊`},
		{NewRecall("7", "", ""), "你撤回了一条消息", "你撤回了一条消息"},
		{&Call{Type: MsgVoipNotify}, "[call] ended", "[通话] ended"},
		{&Unknown{MsgType: 63}, "[unknown message] type 63", "[未知消息] type 63"},
		{&Text{"a\x1b[31mb\u202ec\u200f"}, "a[31mbc", "a[31mbc"},
		{&Text{strings.Repeat("你", 81)}, strings.Repeat("你", 80) + "…", strings.Repeat("你", 80) + "…"},
	}
	for _, tt := range tests {
		if got := Digest(tt.c, ContentKind.English); got != tt.english {
			t.Errorf("Digest(%#v) = %q, want %q", tt.c, got, tt.english)
		}
		if got := Digest(tt.c, ContentKind.Chinese); got != tt.chinese {
			t.Errorf("Digest(%#v) in Chinese = %q, want %q", tt.c, got, tt.chinese)
		}
	}
}

func TestDigestIsShort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &Link{Title: strings.Repeat(hostile().Draw(t, "title"), 20)}
		if got := Digest(c, ContentKind.English); utf8.RuneCountInString(got) > len("[link] ")+maxDigest+2 {
			t.Fatalf("digest of %d characters: %q", utf8.RuneCountInString(got), got)
		}
	})
}
