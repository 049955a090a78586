package wire_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
	"pgregory.net/rapid"
)

// alike compares as the wire does: a list that is nil is an empty one, and where
// a message came from does not count.
var alike = cmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreFields(webwx.Message{}, "Raw")}

func TestMarshalText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"UTF-8 is raw", "你好 😄 é", `"你好 😄 é"`},
		{"markup is raw", `<a href='x'>&</a>`, `"<a href='x'>&</a>"`},
		{"slashes are raw", "a/b", `"a/b"`},
		{"the separators of U+2028 and U+2029 are raw", "\u2028\u2029", "\"\u2028\u2029\""},
		{"the delete character is raw", "\x7f", "\"\x7f\""},
		{"the space after a mention is raw", "@A\u2005", "\"@A\u2005\""},
		{"quotes and backslashes are escaped", `"\`, `"\"\\"`},
		{"common control characters have their short form", "\n\r\t", `"\n\r\t"`},
		{"the others a long one", "\x00\b\f\x1b\x1f", `"\u0000\u0008\u000c\u001b\u001f"`},
		{"what is no UTF-8 is replaced byte by byte", "a\xff\xfeb\xe4\xbd", `"a` + "\ufffd\ufffdb\ufffd\ufffd" + `"`},
		{"a replacement character stays", "\ufffd", "\"\ufffd\""},
		{"nothing", "", `""`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := wire.Marshal(tt.in)
			if err != nil || string(got) != tt.want {
				t.Errorf("Marshal(%q) = %s, %v, want %s", tt.in, got, err, tt.want)
			}
			var back string
			if err := json.Unmarshal(got, &back); err != nil || back != string([]rune(tt.in)) {
				t.Errorf("encoding/json reads %s as %q, %v", got, back, err)
			}
		})
	}
}

func TestMarshalValues(t *testing.T) {
	tests := []struct {
		name string
		in   any
		want string
	}{
		{"a nil list", []int(nil), "[]"},
		{"a list", []int64{1, -2, 1 << 62}, "[1,-2,4611686018427387904]"},
		{"an unsigned number", uint32(1<<32 - 1), "4294967295"},
		{"a boolean", true, "true"},
		{"a pointer to a number", new(2), "2"},
		{"a nil pointer", (*int)(nil), "null"},
		{"nothing", nil, "null"},
		{"a uin", wire.Uin(200100300), "200100300"},
		{"a sync key", webwx.NewSyncKey(webwx.SyncKeyItem{Key: 1, Val: 635705559}), `{"Count":1,"List":[{"Key":1,"Val":635705559}]}`},
		{"an empty sync key", webwx.SyncKey{}, `{"Count":0,"List":[]}`},
		{"a field that may be left out is left out", struct {
			A int  `json:"A,omitempty"`
			B *int `json:"B,omitempty"`
			C int  `json:"C"`
		}{}, `{"C":0}`},
		{"a pointer to zero is not left out", struct {
			B *int `json:"B,omitempty"`
		}{new(0)}, `{"B":0}`},
		{"fields without a tag do not travel", struct{ A int }{1}, "{}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := wire.Marshal(tt.in)
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestMarshalRefuses(t *testing.T) {
	tests := []struct {
		name string
		in   any
	}{
		{"a float", 1.5},
		{"a map", map[string]int{}},
		{"a function", func() {}},
		{"a map inside a struct inside a list", []struct {
			M map[string]int `json:"M"`
		}{{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := wire.Marshal(tt.in); err == nil {
				t.Errorf("got %s, want an error", got)
			}
		})
	}
}

func TestEncodingJSONReadsWhatMarshalWrites(t *testing.T) {
	t.Run("contacts", readsBack[webwx.Contact])
	t.Run("users", readsBack[webwx.User])
	t.Run("messages", readsBack[webwx.Message])
	t.Run("sync keys", readsBack[webwx.SyncKey])
	t.Run("webwxinit", readsBack[wire.InitResponse])
	t.Run("webwxgetcontact", readsBack[wire.GetContactResponse])
	t.Run("webwxbatchgetcontact", readsBack[wire.BatchGetContactResponse])
	t.Run("webwxstatusnotify", readsBack[wire.StatusNotifyResponse])
	t.Run("webwxsync", readsBack[wire.SyncResponse])
	t.Run("webwxsendmsg", readsBack[wire.SendMsgResponse])
	t.Run("a message on its way out", readsBack[wire.Msg])
	t.Run("webwxpushloginurl", readsBack[wire.PushLoginResponse])
}

func readsBack[T any](t *testing.T) {
	values := rapid.Make[T]()
	rapid.Check(t, func(t *rapid.T) {
		want := values.Draw(t, "value")
		text, err := wire.Marshal(want)
		if err != nil || !json.Valid(text) {
			t.Fatalf("Marshal = %s, %v", text, err)
		}
		var std, ours T
		if err := json.Unmarshal(text, &std); err != nil {
			t.Fatalf("encoding/json: %v: %s", err, text)
		}
		if err := wire.Unmarshal(text, &ours); err != nil {
			t.Fatalf("Unmarshal: %v: %s", err, text)
		}
		if diff := cmp.Diff(want, std, alike); diff != "" {
			t.Fatalf("encoding/json (-want +got)\n%s", diff)
		}
		if diff := cmp.Diff(want, ours, alike); diff != "" {
			t.Fatalf("Unmarshal (-want +got)\n%s", diff)
		}
	})
}
