package wxclient

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

func TestFriendRequests(t *testing.T) { // endpoints.md §26
	ctx := context.Background()
	request := &webwx.FriendRequest{Stranger: webwx.Stranger{UserName: "@new", NickName: "新 & neu", Ticket: "v2_t"}}
	for _, tt := range []struct {
		name string
		do   func(*Client) error
		body string
	}{
		{
			"ask", func(c *Client) error { return c.AddFriend(ctx, "@new", "你好") },
			`{BR,"Opcode":2,"VerifyUserListSize":1,"VerifyUserList":[{"Value":"@new","VerifyUserTicket":""}],"VerifyContent":"你好",`,
		},
		{
			"accept", func(c *Client) error { _, err := c.AcceptFriend(ctx, request); return err },
			`{BR,"Opcode":3,"VerifyUserListSize":1,"VerifyUserList":[{"Value":"@new","VerifyUserTicket":"v2_t"}],"VerifyContent":"",`,
		},
		{
			"refuse", func(c *Client) error { return c.RefuseFriend(ctx, request) },
			`{BR,"Opcode":4,"VerifyUserListSize":1,"VerifyUserList":[{"Value":"@new","VerifyUserTicket":"v2_t"}],"VerifyContent":"",`,
		},
	} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			if err := tt.do(c); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			want := tt.body + `"SceneListCount":1,"SceneList":[33],"skey":"` + skey + `"}`
			if got := service.last(t, "webwxverifyuser"); got.body != want || !strings.HasSuffix(got.query, "&"+tickets) || !strings.HasPrefix(got.query, "r=") {
				t.Errorf("%s: ?%s\ngot  %s\nwant %s", tt.name, got.query, got.body, want)
			}
			n := 0
			service.override["webwxverifyuser"] = func(w http.ResponseWriter, r *http.Request) {
				n++
				io.WriteString(w, `{"BaseResponse":{"Ret":-14,"ErrMsg":"ticket"}}`)
			}
			if err := tt.do(c); err == nil || err.Error() != "webwxverifyuser: ret -14: ticket" || n != 1 {
				t.Errorf("%s refused: %v after %d tries", tt.name, err, n)
			}
		})
	}
}

func TestAcceptedFriendIsKnown(t *testing.T) {
	for name, told := range map[string]webwx.Contact{
		"told":     {UserName: "@new", NickName: "Neu", Alias: "neu"},
		"not told": {UserName: "@new"},
	} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			service.override["webwxbatchgetcontact"] = func(w http.ResponseWriter, r *http.Request) {
				wire.BatchGetContact.WriteReply(w, &wire.BatchGetContactResponse{ContactList: []webwx.Contact{told}})
			}
			friend, err := c.AcceptFriend(t.Context(), &webwx.FriendRequest{Stranger: webwx.Stranger{UserName: "@new", NickName: "Neu"}})
			if err != nil || friend.UserName != "@new" || friend.NickName != "Neu" {
				t.Errorf("%s: %+v %v", name, friend, err)
			}
			if known, ok := c.Contact("@new"); ok != (name == "told") || known.Alias != told.Alias {
				t.Errorf("%s: knows %+v", name, known)
			}
		})
	}
}

func TestOplog(t *testing.T) { // endpoints.md §25
	ctx := context.Background()
	for _, tt := range []struct {
		name, body string
		do         func(*Client) error
		want       webwx.Contact
	}{
		{
			"remark", `"UserName":"@bob","CmdId":2,"RemarkName":"B & B"`, func(c *Client) error { return c.SetRemark(ctx, "@bob", "B & B") },
			webwx.Contact{RemarkName: "B &amp; B", ContactFlag: 3},
		},
		{
			"no remark", `"UserName":"@bob","CmdId":2,"RemarkName":""`, func(c *Client) error { return c.SetRemark(ctx, "@bob", "") },
			webwx.Contact{ContactFlag: 3},
		},
		{
			"pin", `"UserName":"@bob","CmdId":3,"OP":1,"RemarkName":"Bob & Co"`, func(c *Client) error { return c.Pin(ctx, "@bob", true) },
			webwx.Contact{RemarkName: "Bob &amp; Co", RemarkPYInitial: "BC", RemarkPYQuanPin: "bobco", ContactFlag: 2051},
		},
		{
			"unpin", `"UserName":"@bob","CmdId":3,"OP":0,"RemarkName":"Bob & Co"`, func(c *Client) error { return c.Pin(ctx, "@bob", false) },
			webwx.Contact{RemarkName: "Bob &amp; Co", RemarkPYInitial: "BC", RemarkPYQuanPin: "bobco", ContactFlag: 3},
		},
		{
			"pin who is not known", `"UserName":"@x","CmdId":3,"OP":1`, func(c *Client) error { return c.Pin(ctx, "@x", true) },
			webwx.Contact{RemarkName: "Bob &amp; Co", RemarkPYInitial: "BC", RemarkPYQuanPin: "bobco", ContactFlag: 3},
		},
	} {
		bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
			c := loggedIn(t, service, transport, Options{})
			bob := webwx.Contact{UserName: "@bob", NickName: "b", RemarkName: "Bob &amp; Co", RemarkPYInitial: "BC", RemarkPYQuanPin: "bobco", ContactFlag: 3}
			c.mu.Lock()
			c.book.put(&bob)
			c.mu.Unlock()
			n := 0
			service.override["webwxoplog"] = func(w http.ResponseWriter, r *http.Request) {
				if n++; n == 1 {
					w.WriteHeader(http.StatusBadGateway)
					return
				}
				io.WriteString(w, `{"BaseResponse":{"Ret":0}}`)
			}
			if err := tt.do(c); err != nil || n != 2 {
				t.Fatalf("%s: %v after %d tries", tt.name, err, n)
			}
			if got := service.last(t, "webwxoplog"); got.body != "{BR,"+tt.body+"}" || got.query != tickets {
				t.Errorf("%s: ?%s\ngot  %s\nwant {BR,%s}", tt.name, got.query, got.body, tt.body)
			}
			known, _ := c.Contact("@bob")
			if known.RemarkName != tt.want.RemarkName || known.ContactFlag != tt.want.ContactFlag || known.RemarkPYInitial != tt.want.RemarkPYInitial || known.RemarkPYQuanPin != tt.want.RemarkPYQuanPin {
				t.Errorf("%s: knows %+v", tt.name, known)
			}
			service.override["webwxoplog"] = func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, `{"BaseResponse":{"Ret":1}}`)
			}
			if err := tt.do(c); err == nil {
				t.Errorf("%s refused: no error", tt.name)
			}
		})
	}
}

func TestSearchContact(t *testing.T) { // endpoints.md §33
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		c.mu.Lock()
		c.book.put(&webwx.Contact{UserName: "@bob", NickName: "Bob"})
		c.mu.Unlock()
		service.override["webwxsearchcontact"] = func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"BaseResponse":{"Ret":0},"List":[{"EncryUserName":"@x"},{"EncryUserName":"@bob"},{"EncryUserName":"@y"}]}`)
		}
		found, err := c.SearchContact(t.Context(), "b")
		if err != nil || len(found) != 3 || found[0].UserName != "@x" || found[0].NickName != "room" || found[1].NickName != "Bob" || found[2].UserName != "@y" {
			t.Errorf("%+v %v", found, err)
		}
		if got := service.last(t, "webwxsearchcontact"); got.body != `{BR,"KeyWord":"b"}` || got.query != tickets {
			t.Error(got.query, got.body)
		}
		if _, ok := c.Contact("@x"); ok {
			t.Error("a stranger became a contact by being found")
		}
	})
}

func TestRecallAndMarkRead(t *testing.T) { // endpoints.md §24, §7
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		c := loggedIn(t, service, transport, Options{})
		if err := c.Recall(t.Context(), webwx.Sent{MsgID: "77", LocalID: "17000"}, "@bob"); err != nil {
			t.Fatal(err)
		}
		if got := service.last(t, "webwxrevokemsg"); got.body != `{BR,"ClientMsgId":"17000","SvrMsgId":"77","ToUserName":"@bob"}` || got.query != tickets {
			t.Error(got.query, got.body)
		}
		n := 0
		service.override["webwxrevokemsg"] = func(w http.ResponseWriter, r *http.Request) {
			if n++; n > 1 {
				panic(http.ErrAbortHandler)
			}
			io.WriteString(w, `{"BaseResponse":{"Ret":-2,"ErrMsg":"over two minutes"}}`)
		}
		if err := c.Recall(t.Context(), webwx.Sent{MsgID: "77"}, "@bob"); err == nil || err.Error() != "webwxrevokemsg: ret -2: over two minutes" || n != 1 {
			t.Errorf("%v after %d tries", err, n)
		}
		if err := c.Recall(t.Context(), webwx.Sent{MsgID: "77"}, "@bob"); err == nil || n != 2 {
			t.Errorf("%v after %d tries", err, n-1)
		}
		if err := c.MarkRead(t.Context(), "@bob"); err != nil {
			t.Fatal(err)
		}
		if got := service.last(t, "webwxstatusnotify"); !strings.HasPrefix(got.body, `{BR,"Code":1,"FromUserName":"@self","ToUserName":"@bob","ClientMsgId":`) {
			t.Error(got.body)
		}
	})
}

// moreCalls has every method of this and the neighbouring files that sends
// something.
func moreCalls(ctx context.Context, c *Client) map[string]func() error {
	m, request := &webwx.Message{MsgID: "1", MsgType: webwx.MsgImage}, &webwx.FriendRequest{}
	return map[string]func() error{
		"Send":          func() error { _, err := c.Send(ctx, "@b", &webwx.Link{}); return err },
		"SendMention":   func() error { _, err := c.SendMention(ctx, "@@r", "x", "@a"); return err },
		"Forward":       func() error { _, err := c.Forward(ctx, "@b", m); return err },
		"SendImage":     func() error { _, err := c.SendImage(ctx, "@b", fileOf("a", noise(1)), nil); return err },
		"SendVideo":     func() error { _, err := c.SendVideo(ctx, "@b", fileOf("a", noise(1)), nil); return err },
		"SendSticker":   func() error { _, err := c.SendSticker(ctx, "@b", fileOf("a", noise(1)), nil); return err },
		"SendVoice":     func() error { _, err := c.SendVoice(ctx, "@b", fileOf("a", noise(1)), nil); return err },
		"SendFile":      func() error { _, err := c.SendFile(ctx, "@b", fileOf("a", noise(1)), nil); return err },
		"SendMedia":     func() error { _, err := c.SendMedia(ctx, "@b", Media{ID: "@m"}); return err },
		"Download":      func() error { _, err := c.Download(ctx, m, io.Discard, DownloadOptions{}); return err },
		"Avatar":        func() error { _, err := c.Avatar(ctx, "@b", io.Discard); return err },
		"MemberAvatar":  func() error { _, err := c.MemberAvatar(ctx, "@@r", "@b", io.Discard); return err },
		"CreateRoom":    func() error { _, err := c.CreateRoom(ctx, "", "@a", "@b"); return err },
		"AddMembers":    func() error { _, err := c.AddMembers(ctx, "@@r", "@a"); return err },
		"InviteMembers": func() error { return c.InviteMembers(ctx, "@@r", "@a") },
		"RemoveMembers": func() error { return c.RemoveMembers(ctx, "@@r", "@a") },
		"RenameRoom":    func() error { return c.RenameRoom(ctx, "@@r", "x") },
		"LeaveRoom":     func() error { return c.LeaveRoom(ctx, "@@r") },
		"AddFriend":     func() error { return c.AddFriend(ctx, "@a", "hi") },
		"AcceptFriend":  func() error { _, err := c.AcceptFriend(ctx, request); return err },
		"RefuseFriend":  func() error { return c.RefuseFriend(ctx, request) },
		"SetRemark":     func() error { return c.SetRemark(ctx, "@a", "x") },
		"Pin":           func() error { return c.Pin(ctx, "@a", true) },
		"SearchContact": func() error { _, err := c.SearchContact(ctx, "x"); return err },
		"MarkRead":      func() error { return c.MarkRead(ctx, "@a") },
		"Recall":        func() error { return c.Recall(ctx, webwx.Sent{MsgID: "1"}, "@a") },
	}
}

func TestNothingIsSentWithoutALogin(t *testing.T) {
	bubble(t, func(t *testing.T, service *fake, transport *http.Transport) {
		for name, do := range moreCalls(t.Context(), newClient(t, transport, Options{})) {
			if err := do(); err != ErrNoSession {
				t.Errorf("%s: %v", name, err)
			}
		}
		if ops := service.ops(0); ops != "" {
			t.Errorf("sent %s", ops)
		}
	})
}
