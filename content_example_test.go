package webwx_test

import (
	"fmt"

	"github.com/webwx/webwx"
)

func ExampleMessage_Parse() {
	m := webwx.Message{
		MsgType: webwx.MsgApp, AppMsgType: 6, FileName: "report.pdf", MediaID: "@crypt_1",
		FromUserName: "@@room", ToUserName: "@self",
		Content: `@bob:<br/>&lt;msg&gt;&lt;appmsg&gt;&lt;title&gt;report.pdf&lt;/title&gt;&lt;type&gt;6&lt;/type&gt;` +
			`&lt;appattach&gt;&lt;totallen&gt;51234&lt;/totallen&gt;&lt;/appattach&gt;&lt;/appmsg&gt;&lt;/msg&gt;`,
	}
	switch c := m.Parse().(type) {
	case *webwx.Text:
		fmt.Println(c.Text)
	case *webwx.File:
		fmt.Println(m.Sender("@self"), "sent", c.Name, c.Size, "bytes")
	default:
		fmt.Println(webwx.Digest(c, webwx.ContentKind.English))
	}
	// Output: @bob sent report.pdf 51234 bytes
}

func ExampleContent_build() {
	link := &webwx.Link{Title: "Q & A", URL: "https://example.com/?a=1&b=2"}
	m := link.Build()
	m.MsgID, m.FromUserName, m.ToUserName = "7", "@bob", "@self"
	fmt.Println(m.MsgType, m.AppMsgType, m.FileName, m.URL)
	fmt.Println(m.Parse().(*webwx.Link).URL == link.URL)
	// Output:
	// app 5 Q & A https://example.com/?a=1&b=2
	// true
}

func ExampleMapNames() {
	stored := &webwx.Recall{MsgID: "7", Session: "u:42"}
	names := map[webwx.UserName]webwx.UserName{"u:42": "@0a1b"}
	shown := webwx.MapNames(stored, func(n webwx.UserName) webwx.UserName {
		if name, ok := names[n]; ok {
			return name
		}
		return n
	})
	fmt.Println(shown.(*webwx.Recall).Session, stored.Session)
	// Output: @0a1b u:42
}

func ExampleMentions() {
	text := webwx.Mention("Bob Lee") + "look"
	fmt.Printf("%q\n", webwx.Mentions(text, []string{"Bob", "Bob Lee"}))
	// Output: ["Bob Lee"]
}

func ExampleDigest() {
	file := &webwx.File{Name: "report.pdf"}
	fmt.Println(webwx.Digest(file, webwx.ContentKind.English))
	fmt.Println(webwx.Digest(file, webwx.ContentKind.Chinese))
	// Output:
	// [file] report.pdf
	// [文件] report.pdf
}

func ExampleParseSend() {
	c, err := webwx.ParseSend(6, `<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>a&b.txt</title><type>6</type></appmsg>`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Kind(), c.(*webwx.File).Name)
	// Output: file a&b.txt
}
