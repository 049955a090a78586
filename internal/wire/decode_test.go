package wire_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

func TestUnmarshalIsPatient(t *testing.T) {
	base := func(uin wire.Uin) wire.SendMsgRequest {
		return wire.SendMsgRequest{WithBase: wire.WithBase{BaseRequest: wire.BaseRequest{Uin: uin}}}
	}
	msg := func(m wire.Msg) wire.SendMsgRequest { return wire.SendMsgRequest{Msg: m} }
	tests := []struct {
		name, text string
		want       wire.SendMsgRequest
	}{
		{"a number where a text is wanted", `{"Msg":{"LocalID":17000000000001234,"ClientMsgId":1.7e16}}`, msg(wire.Msg{LocalID: "17000000000001234", ClientMsgID: "1.7e16"})},
		{"a text where a number is wanted", `{"Msg":{"Type":"6"}}`, msg(wire.Msg{Type: 6})},
		{"a text with blanks where a number is wanted", `{"Msg":{"Type":" 6 "}}`, msg(wire.Msg{Type: 6})},
		{"an empty text is the number zero", `{"Msg":{"Type":""}}`, msg(wire.Msg{})},
		{"a whole number with a fraction or an exponent", `{"Msg":{"Type":1.0},"Scene":2e0}`, wire.SendMsgRequest{Msg: wire.Msg{Type: 1}, Scene: new(2)}},
		{"keys in another case", `{"msg":{"TYPE":1,"tousername":"@a","clientmsgid":"7"}}`, msg(wire.Msg{Type: 1, ToUserName: "@a", ClientMsgID: "7"})},
		{"null for anything", `{"BaseRequest":null,"Msg":{"Type":null,"Content":null},"Scene":null}`, wire.SendMsgRequest{}},
		{"nothing at all", `{}`, wire.SendMsgRequest{}},
		{"unknown keys with anything inside", `{"a":[1,{"b":[[],{}]},"c",true,false,null,-1.5e+3],"Msg":{"Type":1,"x":{"Type":2}}}`, msg(wire.Msg{Type: 1})},
		{"blanks everywhere", " {\r\n\t\"Msg\" : { \"Type\" : 1 } , \"x\" : [ ] }\n", msg(wire.Msg{Type: 1})},
		{"control characters inside a text", "{\"Msg\":{\"Content\":\"a\nb\tc\x00\x1f\"}}", msg(wire.Msg{Content: "a\nb\tc\x00\x1f"})},
		{"escapes", `{"Msg":{"Content":"\u4f60\/\"\\\b\f\n\r\t\ud83d\ude04\u003c"}}`, msg(wire.Msg{Content: "你/\"\\\b\f\n\r\t😄<"})},
		{"halves of surrogate pairs", `{"Msg":{"Content":"\ud83d|\ude04|\ud83d\u0041|\ud83d\ud83d\ude04"}}`, msg(wire.Msg{Content: "\ufffd|\ufffd|\ufffdA|\ufffd😄"})},
		{"bytes that are no UTF-8", "{\"Msg\":{\"Content\":\"a\xffb\"}}", msg(wire.Msg{Content: "a\ufffdb"})},
		{"escapes in a key", `{"M\u0073g":{"Type":1}}`, msg(wire.Msg{Type: 1})},
		{"a uin as a text", `{"BaseRequest":{"Uin":"200100300"}}`, base(200100300)},
		{"a uin as a number", `{"BaseRequest":{"Uin":200100300}}`, base(200100300)},
		{"a uin beyond 31 bits", `{"BaseRequest":{"Uin":4200100300}}`, base(4200100300)},
		{"a uin that the page cut from the wrong cookie", `{"BaseRequest":{"Uin":"xuin=200100300"}}`, base(0)},
		{"a uin below zero", `{"BaseRequest":{"Uin":-1}}`, base(0)},
		{"numbers with leading zeros", `{"Msg":{"Type":01}}`, msg(wire.Msg{Type: 1})},
		{"the last of two equal keys counts", `{"Msg":{"Type":1,"Type":3}}`, msg(wire.Msg{Type: 3})},
		{"two equal objects are laid over each other", `{"Msg":{"Type":1},"Msg":{"Content":"x"}}`, msg(wire.Msg{Type: 1, Content: "x"})},
		{"the keys that openwechat adds", `{"BaseRequest":{"Uin":5},"DeviceID":"e","Sid":"s","Skey":"k","Uin":7}`, base(5)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got wire.SendMsgRequest
			if err := wire.Unmarshal([]byte(tt.text), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", tt.text, diff)
			}
		})
	}
}

func TestUnmarshalOfLists(t *testing.T) {
	item := func(key, val int) webwx.SyncKeyItem { return webwx.SyncKeyItem{Key: key, Val: val} }
	tests := []struct {
		name, text string
		want       webwx.SyncKey
	}{
		{"values before keys", `{"List":[{"Val":5,"Key":1}],"Count":1}`, webwx.NewSyncKey(item(1, 5))},
		{"null inside a list is a zero item", `{"List":[null,{"Key":1}]}`, webwx.SyncKey{List: []webwx.SyncKeyItem{{}, item(1, 0)}}},
		{"an empty list", `{"List":[]}`, webwx.SyncKey{List: []webwx.SyncKeyItem{}}},
		{"no list", `{"List":null}`, webwx.SyncKey{}},
		{"the last of two lists counts, with nothing of the first", `{"List":[{"Key":1,"Val":5},{"Key":2}],"List":[{"Val":9}]}`, webwx.SyncKey{List: []webwx.SyncKeyItem{item(0, 9)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got webwx.SyncKey
			if err := wire.Unmarshal([]byte(tt.text), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", tt.text, diff)
			}
		})
	}
}

func TestBatchGetContactRequestForms(t *testing.T) {
	room := []wire.BatchItem{{UserName: "@@a", EncryChatRoomID: "@c"}}
	tests := []struct {
		name, text string
		want       []wire.BatchItem
	}{
		{"the official spelling", `{"Count":1,"List":[{"UserName":"@@a","EncryChatRoomId":"@c"}]}`, room},
		{"the other spelling", `{"Count":1,"List":[{"UserName":"@@a","ChatRoomId":"@c"}]}`, room},
		{"the other spelling in another case", `{"List":[{"UserName":"@@a","chatroomid":"@c"}]}`, room},
		{"an object as Count", `{"Count":{"Uin":5,"Sid":"s"},"List":[{"UserName":"@@a","EncryChatRoomId":"@c"}]}`, room},
		{"a whole contact as an item", `{"List":[{"Uin":0,"UserName":"@@a","MemberList":[{"UserName":"@d"}],"ChatRoomId":0,"EncryChatRoomId":"@c"}]}`, room},
		{"a whole contact in another order", `{"List":[{"EncryChatRoomId":"@c","ChatRoomId":0,"UserName":"@@a"}]}`, room},
		{"a whole contact of a person", `{"List":[{"UserName":"@b","ChatRoomId":0,"EncryChatRoomId":""}]}`, []wire.BatchItem{{UserName: "@b"}}},
		{"an empty list", `{"Count":0,"List":[]}`, []wire.BatchItem{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got wire.BatchGetContactRequest
			if err := wire.Unmarshal([]byte(tt.text), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wire.BatchGetContactRequest{List: tt.want}, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", tt.text, diff)
			}
		})
	}
}

func TestRawIsTheExactTextOfEachMessage(t *testing.T) {
	first := `{ "MsgId" : 1 , "Content":"\u4f60 }", "Unknown":[{}] }`
	second := `{}`
	var got wire.SyncResponse
	text := []byte(`{"AddMsgList":[` + first + ` , ` + second + `],"AddMsgCount":2}`)
	if err := wire.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{first, second} {
		if raw := got.AddMsgList[i].Raw; string(raw) != want {
			t.Errorf("Raw of message %d = %s, want %s", i, raw, want)
		}
	}
	if raw := got.AddMsgList[0].Raw; cap(raw) != len(raw) {
		t.Error("appending to one message's Raw would spoil the next")
	}
}

func TestTypeErrors(t *testing.T) {
	tests := []struct {
		name, text string
		want       wire.TypeError
		errText    string
	}{
		{"an object for a text", `{"AddMsgList":[{"ToUserName":{},"MsgId":"1"}]}`, wire.TypeError{"ToUserName", "object", "string"}, "ToUserName is a JSON object, want string"},
		{"a list for a number", `{"AddMsgCount":[1],"AddMsgList":[{"MsgId":"1"}]}`, wire.TypeError{"AddMsgCount", "array", "int"}, "AddMsgCount is a JSON array, want int"},
		{"a text for a list", `{"ModContactList":"none","AddMsgList":[{"MsgId":"1"}]}`, wire.TypeError{"ModContactList", "string", "slice"}, "ModContactList is a JSON string, want slice"},
		{"a number for an object", `{"Profile":5,"AddMsgList":[{"MsgId":"1"}]}`, wire.TypeError{"Profile", "number", "struct"}, "Profile is a JSON number, want struct"},
		{"a boolean for a number", `{"ContinueFlag":true,"AddMsgList":[{"MsgId":"1"}]}`, wire.TypeError{"ContinueFlag", "boolean", "int"}, "ContinueFlag is a JSON boolean, want int"},
		{"a word for a number", `{"ContinueFlag":"no","AddMsgList":[{"MsgId":"1"}]}`, wire.TypeError{"ContinueFlag", "string", "int"}, "ContinueFlag is a JSON string, want int"},
		{"a fraction", `{"ContinueFlag":1.5,"AddMsgList":[{"MsgId":"1"}]}`, wire.TypeError{"ContinueFlag", "number", "int"}, "ContinueFlag is a JSON number, want int"},
		{"a number too large", `{"ContinueFlag":1e300,"AddMsgList":[{"MsgId":"1"}]}`, wire.TypeError{"ContinueFlag", "number", "int"}, "ContinueFlag is a JSON number, want int"},
		{"a number below zero where none may be", `{"AddMsgList":[{"MsgId":"1","RecommendInfo":{"AttrStatus":-1}}]}`, wire.TypeError{"AttrStatus", "number", "uint32"}, "AttrStatus is a JSON number, want uint32"},
		{"an item of the wrong kind is named by its list, even after a good one", `{"AddMsgList":[{"MsgId":"1"},"x"]}`, wire.TypeError{"AddMsgList", "string", "struct"}, "AddMsgList is a JSON string, want struct"},
		{"the first of two counts", `{"Profile":5,"SKey":[],"AddMsgList":[{"MsgId":"1"}]}`, wire.TypeError{"Profile", "number", "struct"}, "Profile is a JSON number, want struct"},
		{"a key in another case is named by its field", `{"skey":{},"AddMsgList":[{"MsgId":"1"}]}`, wire.TypeError{"SKey", "object", "string"}, "SKey is a JSON object, want string"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got wire.SyncResponse
			err := wire.Unmarshal([]byte(tt.text), &got)
			terr, ok := errors.AsType[*wire.TypeError](err)
			if !ok || *terr != tt.want || terr.Error() != tt.errText {
				t.Errorf("got %#v %v\nwant %#v %s", terr, err, tt.want, tt.errText)
			}
			if len(got.AddMsgList) == 0 || got.AddMsgList[0].MsgID != "1" {
				t.Errorf("the rest was not read: %+v", got.AddMsgList)
			}
		})
	}
	t.Run("the whole text", func(t *testing.T) {
		err := wire.Unmarshal([]byte("[1]"), new(wire.SyncResponse))
		if got, want := fmt.Sprint(err), "the text is a JSON array, want struct"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestUnmarshalRefuses(t *testing.T) {
	tests := []struct{ name, text string }{
		{"nothing", ""},
		{"blanks", "  "},
		{"an object without an end", `{"a":1`},
		{"an object without a value", `{"a":}`},
		{"an object without a colon", `{"a" 1}`},
		{"a key without quotes", `{a:1}`},
		{"a comma at the end", `{"a":1,}`},
		{"a comma at the end of a list", `{"a":[1,]}`},
		{"a list closed by a brace", `{"a":[1}}`},
		{"a text without an end", `{"a":"x`},
		{"a text that ends in a backslash", `{"a":"x\`},
		{"an unknown escape", `{"a":"\x41"}`},
		{"a short escape", `{"a":"\u12"}`},
		{"an escape of no digits", `{"a":"\u+123"}`},
		{"a half pair with a bad second half", `{"a":"\ud83d\uzzzz"}`},
		{"a number of only a sign", `{"a":-}`},
		{"a number without a fraction", `{"a":1.}`},
		{"a number without an exponent", `{"a":1e}`},
		{"a plus sign", `{"a":+1}`},
		{"a misspelt word", `{"a":nul}`},
		{"a text behind the object", `{} x`},
		{"two objects", `{}{}`},
		{"a byte-order mark, which only ReadRequest and ReadReply take", "\ufeff{}"},
		{"a page", "<html></html>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := wire.Unmarshal([]byte(tt.text), new(wire.SyncResponse))
			if _, ok := errors.AsType[*wire.TypeError](err); err == nil || ok {
				t.Errorf("Unmarshal(%q) = %v, want a syntax error", tt.text, err)
			}
		})
	}
}

func TestUnmarshalIsBounded(t *testing.T) {
	nest := func(n int) string { return `{"x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` }
	nestObjects := func(n int) string { return strings.Repeat(`{"x":`, n) + "1" + strings.Repeat("}", n) }
	list := func(n int) string { return `{"AddMsgList":[{}` + strings.Repeat(",{}", n-1) + `]}` }
	split := func(n int) string {
		return `{"AddMsgList":[{}` + strings.Repeat(",{}", n-1) + `],"ModContactList":[{"MemberList":[{}` + strings.Repeat(",{}", n-1) + `]}]}`
	}
	const items = 1 << 17
	tests := []struct {
		name, text string
		ok         bool
	}{
		{"64 levels are read", nest(64), true},
		{"65 are not", nest(65), false},
		{"64 levels of objects are read", nestObjects(64), true},
		{"66 are not", nestObjects(66), false},
		{"a hundred thousand levels do not break the stack", nest(100_000), false},
		{"as many items as are allowed", list(items), true},
		{"one item more", list(items + 1), false},
		{"more items in two lists", split(items/2 + 1), false},
		{"any number in a list that nobody reads", `{"x":[0` + strings.Repeat(",0", 2*items) + `]}`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := wire.Unmarshal([]byte(tt.text), new(wire.SyncResponse))
			if (err == nil) != tt.ok {
				t.Errorf("err = %v, want success %t", err, tt.ok)
			}
		})
	}
}
