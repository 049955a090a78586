package main

import (
	"testing"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain text stays", "hello 你好 👍 é", "hello 你好 👍 é"},
		{"line ends become visible", "a\nb\r\nc", "a↵b␍↵c"},
		{"a colour becomes visible", "\x1b[31mred\x1b[0m", "␛[31mred␛[0m"},
		{"a title becomes visible", "\x1b]0;title\a", "␛]0;title␇"},
		{"the second set of controls", "a\u009b2Jb", "a�2Jb"},
		{"text that turns around", "a\u202eb\u2066c", "a�b�c"},
		{"tabs do not break columns", "a\tb", "a b"},
		{"what deletes", "a\x7f\bb", "a␡␈b"},
		{"separators of lines", "a\u2028b\u2029c", "a�b�c"},
		{"what is no UTF-8", "a\xffb", "a�b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := clean(tt.text); got != tt.want {
				t.Errorf("clean(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestColumnsKnowHowWideTextIs(t *testing.T) {
	got := columns([][]string{{"周末爬山", "3"}, {"Bob", "12"}, {"é́", "1"}, {"👍", "x"}, {"ｆｕｌｌ", "y"}})
	want := "周末爬山  3\nBob       12\né́         1\n👍        x\nｆｕｌｌ  y\n"
	if got != want {
		t.Errorf("columns:\n%s\nwant\n%s", got, want)
	}
}
