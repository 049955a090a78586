package webwx

import "strings"

// A UserName names an account, a room or a special account in one login:
// messages.md §3. It begins with "@" for a person or an official account, with
// "@@" for a room, and is a plain word for the special accounts.
//
// A new login gives everybody new names, so store names no longer than the
// login lives.
type UserName string

// The special accounts that every login has.
const (
	// FileHelper (文件传输助手) is the way to one's own phone.
	FileHelper UserName = "filehelper"
	// Weixin (微信团队) is the service itself.
	Weixin UserName = "weixin"
	// FMessage (朋友推荐消息) is the sender of friend requests.
	FMessage UserName = "fmessage"
)

// IsRoom reports whether n names a room (群聊).
func (n UserName) IsRoom() bool { return strings.HasPrefix(string(n), "@@") }

// IsSpecial reports whether n is one of the plain words, such as [FileHelper],
// that mean the same in every login.
func (n UserName) IsSpecial() bool { return n != "" && n[0] != '@' }
