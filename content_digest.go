package webwx

import (
	"strings"
	"unicode"
)

// maxDigest is how many characters a digest shows of a content's text.
const maxDigest = 80

// Digest is c in one short line for people: a text is itself, other kinds are a
// word and what tells one from another, such as "[file] report.pdf". word names
// a kind: [ContentKind.English], [ContentKind.Chinese], or any other function.
//
// The line is safe to print: blanks are single, and characters that steer a
// terminal or turn the direction of writing around are left out.
func Digest(c Content, word func(ContentKind) string) string {
	text := oneLine(c.line())
	switch c.Kind() {
	case ContentText, ContentSystem, ContentMembers, ContentRename, ContentQuote, ContentRecall:
		if text != "" {
			return text
		}
	case ContentPat:
		if p := c.(*Pat); p.Line != "" {
			return text
		}
	}
	return strings.TrimSpace("[" + word(c.Kind()) + "] " + text)
}

// oneLine cuts s to one short line without characters that could do harm.
func oneLine(s string) string {
	var b strings.Builder
	blank, count := false, 0
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			blank = b.Len() > 0
			continue
		case unicode.IsControl(r), turns(r):
			continue
		}
		if count >= maxDigest {
			return strings.TrimRight(b.String(), "\u200d\ufe0f") + "…"
		}
		if blank {
			b.WriteByte(' ')
			count++
			blank = false
		}
		b.WriteRune(r)
		count++
	}
	return b.String()
}

// turns reports whether r changes the direction of what follows.
func turns(r rune) bool {
	return 0x200e <= r && r <= 0x200f || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 || r == 0x061c
}

var kindWords = map[ContentKind][2]string{
	ContentText:           {"text", "文本"},
	ContentImage:          {"photo", "图片"},
	ContentVoice:          {"voice", "语音"},
	ContentVideo:          {"video", "视频"},
	ContentSticker:        {"sticker", "动画表情"},
	ContentLocation:       {"location", "位置"},
	ContentLiveLocation:   {"live location", "位置共享"},
	ContentCard:           {"contact card", "名片"},
	ContentFriendRequest:  {"friend request", "好友请求"},
	ContentPossibleFriend: {"people you may know", "朋友推荐"},
	ContentLink:           {"link", "链接"},
	ContentFile:           {"file", "文件"},
	ContentMusic:          {"music", "音乐"},
	ContentMiniProgram:    {"mini program", "小程序"},
	ContentQuote:          {"quote", "引用"},
	ContentRecord:         {"chat history", "聊天记录"},
	ContentTransfer:       {"transfer", "转账"},
	ContentRedPacket:      {"red packet", "红包"},
	ContentArticles:       {"articles", "文章"},
	ContentChannels:       {"channels", "视频号"},
	ContentApp:            {"app message", "应用消息"},
	ContentSystem:         {"notice", "系统消息"},
	ContentMembers:        {"members", "群成员"},
	ContentRename:         {"group name", "群名"},
	ContentPat:            {"pat", "拍一拍"},
	ContentRecall:         {"recalled", "撤回"},
	ContentCall:           {"call", "通话"},
	ContentStatus:         {"status", "状态"},
	ContentUnknown:        {"unknown message", "未知消息"},
}

// English is k in English words, for [Digest].
func (k ContentKind) English() string { return kindWords[k][0] }

// Chinese is k in Chinese words, for [Digest].
func (k ContentKind) Chinese() string { return kindWords[k][1] }
