package webwx_test

import (
	"strings"
	"testing"

	"github.com/webwx/webwx"
	"pgregory.net/rapid"
)

func TestParseCode(t *testing.T) {
	tests := []struct {
		name, text, want string
		ok               bool
	}{
		{"what the service draws", "https://login.weixin.qq.com/l/Qx7bPd_kRA==", "Qx7bPd_kRA==", true},
		{"another host and port", "http://wx.example.com:8080/l/Qx7bPd-kRA==", "Qx7bPd-kRA==", true},
		{"a percent-encoded uuid", "https://login.weixin.qq.com/l/Qx7bPd_kRA%3D%3D", "Qx7bPd_kRA==", true},
		{"blanks around it", " https://login.weixin.qq.com/l/abc\n", "abc", true},
		{"a query behind it", "https://login.weixin.qq.com/l/abc?x=1", "abc", true},
		{"the bare uuid", "Qx7bPd_kRA==", "Qx7bPd_kRA==", true},
		{"another path", "https://login.weixin.qq.com/qrcode/abc", "", false},
		{"no uuid", "https://login.weixin.qq.com/l/", "", false},
		{"a deeper path", "https://login.weixin.qq.com/l/abc/def", "", false},
		{"a path without a host", "/l/abc", "", false},
		{"a text", "hello world", "", false},
		{"nothing", "", "", false},
		{"a text too long", strings.Repeat("a", 65), "", false},
		{"markup", "https://login.weixin.qq.com/l/<script>", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := webwx.ParseCode(tt.text); got != tt.want || ok != tt.ok {
				t.Errorf("ParseCode(%q) = %q, %t, want %q, %t", tt.text, got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestCodeURLIsReadByParseCode(t *testing.T) {
	if got, want := webwx.CodeURL("Qx7bPd_kRA=="), "https://login.weixin.qq.com/l/Qx7bPd_kRA=="; got != want {
		t.Errorf("CodeURL = %q, want %q (README.md §3.2)", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		uuid := rapid.StringMatching(`[A-Za-z0-9_=-]{1,64}`).Draw(t, "uuid")
		if got, ok := webwx.ParseCode(webwx.CodeURL(uuid)); got != uuid || !ok {
			t.Fatalf("ParseCode(CodeURL(%q)) = %q, %t", uuid, got, ok)
		}
	})
}
