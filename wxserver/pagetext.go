package wxserver

import (
	"net/http"
	"strings"
)

// pageTexts returns the texts of the pages in the language the browser prefers of
// the two there are.
func pageTexts(r *http.Request) map[string]string {
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "zh") || strings.HasPrefix(r.URL.Query().Get("lang"), "zh") {
		return pageChinese
	}
	return pageEnglish
}

var pageEnglish = map[string]string{
	"lang":           "en",
	"desk":           "Web WeChat",
	"phone":          "Phone",
	"scan":           "Scan this code with the phone page.",
	"openPhone":      "Use this browser as the phone",
	"noRealPhone":    "The WeChat app on a real phone cannot scan this server's codes.",
	"confirmOnPhone": "Scanned. Confirm on the phone.",
	"codeOld":        "This code is too old. Reload the page for a new one.",
	"signedIn":       "You are signed in as",
	"signIn":         "Sign in",
	"signUp":         "Make an account",
	"invitation":     "Invitation (to make an account)",
	"signOut":        "Sign out",
	"name":           "Name",
	"password":       "Password",
	"pasteCode":      "Paste the link of a login code or of an invitation",
	"joined":         "You are in the room.",
	"scanCode":       "Go on",
	"allow":          "Let this computer log in?",
	"confirm":        "Allow",
	"cancel":         "Do not allow",
	"confirmed":      "Allowed. The computer goes on by itself.",
	"cancelled":      "Not allowed.",
	"ended":          "The web login has been ended.",
	"webLogin":       "Logged in on the web:",
	"end":            "End it",
}

var pageChinese = map[string]string{
	"lang":           "zh-CN",
	"desk":           "网页微信",
	"phone":          "手机",
	"scan":           "请用手机页面扫描此二维码。",
	"openPhone":      "把此浏览器当作手机使用",
	"noRealPhone":    "真实手机上的微信无法扫描本服务器的二维码。",
	"confirmOnPhone": "已扫描，请在手机上确认。",
	"codeOld":        "二维码已过期，请刷新页面。",
	"signedIn":       "当前登录：",
	"signIn":         "登录",
	"signUp":         "注册",
	"invitation":     "邀请码（注册时填写）",
	"signOut":        "退出",
	"name":           "账号",
	"password":       "密码",
	"pasteCode":      "粘贴登录二维码或群聊邀请的链接",
	"joined":         "已加入群聊。",
	"scanCode":       "继续",
	"allow":          "允许这台电脑登录吗？",
	"confirm":        "允许",
	"cancel":         "不允许",
	"confirmed":      "已允许，电脑将自动继续。",
	"cancelled":      "已拒绝。",
	"ended":          "网页登录已结束。",
	"webLogin":       "已在网页登录：",
	"end":            "结束",
}
