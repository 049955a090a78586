package wire_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
	"pgregory.net/rapid"
)

// The judge of the decoder is encoding/json: what it reads, Unmarshal must read
// to the same value. Unmarshal reads more (see TestUnmarshalIsPatient), and
// differs on purpose in three things: it refuses what is nested too deep, a list
// that comes twice replaces the first one, and the letter ſ is no s in a key.

func TestUnmarshalAgreesWithEncodingJSON(t *testing.T) {
	t.Run("contacts", agree[webwx.Contact])
	t.Run("users", agree[webwx.User])
	t.Run("messages", agree[webwx.Message])
	t.Run("sync keys", agree[webwx.SyncKey])
	t.Run("webwxinit", agree[wire.InitResponse])
	t.Run("webwxgetcontact", agree[wire.GetContactResponse])
	t.Run("webwxbatchgetcontact", agree[wire.BatchGetContactResponse])
	t.Run("webwxsync", agree[wire.SyncResponse])
	t.Run("a message on its way out", agree[wire.Msg])
	t.Run("a BaseRequest", agree[wire.WithBase])
}

func agree[T any](t *testing.T) {
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		writeJSON(t, &b, reflect.TypeFor[T](), rapid.IntRange(0, 3).Draw(t, "mistakes"))
		if compare[T](t, []byte(b.String())) {
			read++
		}
	})
	if read == 0 {
		t.Error("encoding/json read none of the texts")
	}
}

// compare decodes text with both decoders, and reports whether encoding/json
// took it.
func compare[T any](t interface{ Errorf(string, ...any) }, text []byte) bool {
	var std, ours T
	err := wire.Unmarshal(text, &ours)
	if json.Unmarshal(text, &std) != nil {
		return false
	}
	if err != nil {
		t.Errorf("encoding/json reads %q, Unmarshal says %v", text, err)
		return true
	}
	if diff := cmp.Diff(std, ours, alike); diff != "" {
		t.Errorf("%q (-encoding/json +Unmarshal)\n%s", text, diff)
	}
	return true
}

// writeJSON writes a text that mostly fits typ. With a number of mistakes there
// are values of other kinds among it.
func writeJSON(t *rapid.T, b *strings.Builder, typ reflect.Type, mistakes int) {
	chance := func(n int) bool { return rapid.IntRange(1, n).Draw(t, "chance") == 1 }
	switch {
	case chance(25):
		b.WriteString("null")
		return
	case mistakes > 0 && chance(40/mistakes):
		b.WriteString(rapid.SampledFrom([]string{`"7"`, `""`, "7", "-1", "1.5", "1e2", "9223372036854775808", "true", "[]", "{}", `{"Key":[1]}`}).Draw(t, "misfit"))
		return
	}
	switch typ.Kind() {
	case reflect.Struct:
		b.WriteByte('{')
		fields := reflect.VisibleFields(typ)
		first := true
		key := func(name string) {
			if !first {
				b.WriteByte(',')
			}
			first = false
			b.WriteString(rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(t, "blank"))
			b.WriteString(strconv.Quote(name))
			b.WriteByte(':')
		}
		for _, i := range rapid.Permutation(indexes(len(fields))).Draw(t, "order") {
			name, _, _ := strings.Cut(fields[i].Tag.Get("json"), ",")
			if name == "" || name == "-" || chance(3) {
				continue
			}
			switch {
			case chance(8):
				name = strings.ToUpper(name)
			case chance(8):
				name = strings.ToLower(name)
			}
			key(name)
			writeJSON(t, b, fields[i].Type, mistakes)
			if chance(8) {
				key("x" + strconv.Itoa(i))
				b.WriteString(rapid.SampledFrom([]string{"null", "1e400", `"\u00e9"`, `[{"UserName":"x"},[]]`, `{"a":{"b":0}}`, "false"}).Draw(t, "unknown"))
			}
		}
		b.WriteByte('}')
	case reflect.Slice:
		b.WriteByte('[')
		for i := range rapid.IntRange(0, 2).Draw(t, "items") {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(t, b, typ.Elem(), mistakes)
		}
		b.WriteByte(']')
	case reflect.String:
		text, _ := json.Marshal(rapid.String().Draw(t, "text")) // with \u003c and its like
		b.WriteString(rapid.SampledFrom([]string{string(text), `"\ud83d\ude04"`, `"\ud83d"`, "\"\xff\xe4\xbd\"", `"\/\b\f"`}).Draw(t, "form"))
	default:
		b.WriteString(strconv.FormatInt(rapid.Int64().Draw(t, "number")>>rapid.SampledFrom([]int{0, 31, 32, 33, 56}).Draw(t, "shift"), 10))
	}
}

func indexes(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func FuzzUnmarshal(f *testing.F) {
	for _, tt := range keyTests {
		text, err := wire.Marshal(tt.value)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, s := range []string{
		`{"BaseRequest":{"Uin":"xuin=5","Sid":"s","Skey":"","DeviceID":"e1"},"Msg":{"Type":1,"Content":"\ud83d\ude04\u003c","LocalID":17000000000001234},"Scene":0}`,
		`{"BaseResponse":{"Ret":0,"ErrMsg":""},"AddMsgCount":1,"AddMsgList":[{"MsgId":"7000000000000000001","Content":"@0a:<br/>hello"}],"SyncKey":{"Count":1,"List":[{"Val":5,"Key":1}]},"Profile":{"NickName":{"Buff":""}}}`,
		`{"Count":{"Uin":1},"List":[{"UserName":"@@a","ChatRoomId":""}]}`,
		`{"AddMsgList":[null,{"RecommendInfo":{"AttrStatus":4294967295}},[]],"x":[1e400,-0.5,true]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		check[wire.SyncResponse](t, text)
		check[wire.InitResponse](t, text)
		check[wire.SendMsgRequest](t, text)
		check[wire.BatchGetContactRequest](t, text)
		check[webwx.Message](t, text)
		if sameRules(text) {
			compare[wire.SyncResponse](t, text)
			compare[wire.InitResponse](t, text)
			compare[wire.Msg](t, text)
			compare[webwx.Message](t, text)
		}
	})
}

// check decodes, and what it accepts it encodes and decodes again.
func check[T any](t *testing.T, text []byte) {
	var first, second, third T
	if wire.Unmarshal(text, &first) != nil {
		return
	}
	one, err := wire.Marshal(first)
	if err != nil || !json.Valid(one) {
		t.Fatalf("%q: Marshal = %q, %v", text, one, err)
	}
	if err := wire.Unmarshal(one, &second); err != nil {
		t.Fatalf("%q: Unmarshal of %q: %v", text, one, err)
	}
	if diff := cmp.Diff(first, second, alike); diff != "" {
		t.Fatalf("%q: after one round (-first +second)\n%s", text, diff)
	}
	two, _ := wire.Marshal(second)
	if err := wire.Unmarshal(two, &third); err != nil || !bytes.Equal(one, two) || !reflect.DeepEqual(second, third) {
		t.Fatalf("%q: the second round gives %q, %v, want %q", text, two, err, one)
	}
}

// sameRules reports whether text has nothing in which Unmarshal differs from
// encoding/json on purpose.
func sameRules(text []byte) bool {
	if bytes.Contains(text, []byte("ſ")) || bytes.Contains(text, []byte(`017f`)) || bytes.Contains(text, []byte(`017F`)) {
		return false
	}
	type level struct {
		keys  map[string]bool // nil for a list
		value bool            // a value is due, not a key
	}
	var levels []level
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if err != nil {
			return true // whether it is the end or not is for the decoders to say
		}
		var top *level
		if len(levels) > 0 {
			top = &levels[len(levels)-1]
		}
		if s, ok := token.(string); ok && top != nil && top.keys != nil && !top.value {
			s = strings.ToLower(s)
			if top.keys[s] {
				return false
			}
			top.keys[s], top.value = true, true
			continue
		}
		if top != nil {
			top.value = false
		}
		switch token {
		case json.Delim('{'):
			levels = append(levels, level{keys: map[string]bool{}})
		case json.Delim('['):
			levels = append(levels, level{})
		case json.Delim('}'), json.Delim(']'):
			levels = levels[:len(levels)-1]
		}
		if len(levels) > 60 {
			return false
		}
	}
}
