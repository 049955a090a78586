package wire_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

func BenchmarkDecode100Messages(b *testing.B) {
	var resp wire.SyncResponse
	for i := range 100 {
		resp.AddMsgList = append(resp.AddMsgList, webwx.Message{
			MsgID: fmt.Sprint(7000000000000000001 + i), NewMsgID: int64(7000000000000000001 + i), FromUserName: "@@0123456789abcdef", ToUserName: "@0123456789abcdef",
			MsgType: webwx.MsgText, Status: 3, ImgStatus: 1, CreateTime: 1700000000, Content: `@0123456789abcdef:<br/>你好 "world"`,
		})
	}
	text, err := wire.Marshal(resp)
	if err != nil {
		b.Fatal(err)
	}
	run := func(decode func([]byte, any) error) func(*testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if err := decode(text, new(wire.SyncResponse)); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("wire", run(wire.Unmarshal))
	b.Run("encoding/json", run(json.Unmarshal))
}

func BenchmarkEncode1000Contacts(b *testing.B) {
	var resp wire.GetContactResponse
	for i := range 1000 {
		resp.MemberList = append(resp.MemberList, webwx.Contact{
			UserName: "@0123456789abcdef0123456789abcdef", NickName: fmt.Sprint("联系人 ", i), PYInitial: "LXR", PYQuanPin: "lianxiren",
			HeadImgUrl: "/cgi-bin/mmwebwx-bin/webwxgeticon?seq=1&username=@0123456789abcdef", ContactFlag: 3, SnsFlag: 17,
		})
	}
	run := func(encode func(any) ([]byte, error)) func(*testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				text, err := encode(&resp)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(text)))
			}
		}
	}
	b.Run("wire", run(wire.Marshal))
	b.Run("encoding/json", run(json.Marshal))
}
