package webwx_test

import (
	"testing"

	"github.com/webwx/webwx"
)

func TestContactKind(t *testing.T) {
	tests := []struct {
		name    string
		contact webwx.Contact
		want    webwx.ContactKind
	}{
		{"a person", webwx.Contact{UserName: "@0a", ContactFlag: 3}, webwx.KindFriend},
		{"a person with other verify bits", webwx.Contact{UserName: "@0a", VerifyFlag: 16 + 4}, webwx.KindFriend},
		{"a room", webwx.Contact{UserName: "@@0a"}, webwx.KindRoom},
		{"a room whatever its flags", webwx.Contact{UserName: "@@0a", VerifyFlag: 8}, webwx.KindRoom},
		{"the official account of S 7.36", webwx.Contact{UserName: "@0a", VerifyFlag: 8, KeyWord: "gh_"}, webwx.KindOfficial},
		{"a verified official account", webwx.Contact{UserName: "@0a", VerifyFlag: 24}, webwx.KindOfficial},
		{"an official account of openwechat's list", webwx.Contact{UserName: "@0a", VerifyFlag: 136}, webwx.KindOfficial},
		{"an official account known by its keyword", webwx.Contact{UserName: "@0a", KeyWord: "gh_"}, webwx.KindOfficial},
		{"the file helper", webwx.Contact{UserName: webwx.FileHelper, KeyWord: "fil"}, webwx.KindSpecial},
		{"the WeChat team, although it has flag 56", webwx.Contact{UserName: webwx.Weixin, VerifyFlag: webwx.VerifyWeixin}, webwx.KindSpecial},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.contact.Kind(); got != tt.want {
				t.Errorf("Kind = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	contact := func(remark, nick string) *webwx.Contact {
		return &webwx.Contact{UserName: "@0a", RemarkName: remark, NickName: nick}
	}
	member := func(display, nick string) *webwx.Member {
		return &webwx.Member{UserName: "@0b", DisplayName: display, NickName: nick}
	}
	tests := []struct {
		name string
		of   interface{ Name() string }
		want string
	}{
		{"a contact's remark comes first", contact("老王", "Wang"), "老王"},
		{"then its nickname, as plain text", contact("", `A&amp;B <span class="emoji emoji1f604"></span>`), "A&B 😄"},
		{"then its user name", contact("", ""), "@0a"},
		{"a member's display name comes first", member("组长", "Wang"), "组长"},
		{"then the member's nickname", member("", "Wang"), "Wang"},
		{"then the member's user name", member("", ""), "@0b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.of.Name(); got != tt.want {
				t.Errorf("Name = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestUserNameKinds(t *testing.T) {
	tests := []struct {
		name          webwx.UserName
		room, special bool
	}{
		{"@0123456789abcdef0123456789abcdef", false, false},
		{"@@0123456789abcdef", true, false},
		{"filehelper", false, true},
		{"weixin", false, true},
		{"fmessage", false, true},
		{"", false, false},
	}
	for _, tt := range tests {
		t.Run(string(tt.name), func(t *testing.T) {
			if room, special := tt.name.IsRoom(), tt.name.IsSpecial(); room != tt.room || special != tt.special {
				t.Errorf("IsRoom, IsSpecial = %t, %t, want %t, %t", room, special, tt.room, tt.special)
			}
		})
	}
}

func TestCredentialsValid(t *testing.T) {
	tests := []struct {
		name string
		c    webwx.Credentials
		want bool
	}{
		{"uin and sid are enough", webwx.Credentials{Uin: 1, Sid: "s"}, true},
		{"no sid", webwx.Credentials{Uin: 1, Skey: "k"}, false},
		{"no uin", webwx.Credentials{Sid: "s"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.c.Valid(); got != tt.want {
				t.Errorf("Valid = %t, want %t", got, tt.want)
			}
		})
	}
}
