package main

import (
	"os"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// BenchmarkMessageLine is what a watch adds to the client's own work on a message.
func BenchmarkMessageLine(b *testing.B) {
	out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	client, err := wxclient.New(wxclient.Options{Server: "http://127.0.0.1:9"})
	if err != nil {
		b.Fatal(err)
	}
	w := &watch{a: &app{json: true}, client: client, self: "@self", lines: lineWriter{to: out}}
	m := &webwx.Message{
		MsgID: "7531004720238078085", FromUserName: "@0c93c58639e3913a938deebf9c2074c2", ToUserName: "@self",
		MsgType: webwx.MsgText, Content: "hello &amp; 你好，周末去爬山吗？", CreateTime: 1795531444,
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := w.message(b.Context(), m); err != nil {
			b.Fatal(err)
		}
	}
}
