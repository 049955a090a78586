package wxserver_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/webwx/webwx/wxserver"
)

// Remarks and pins: endpoints.md §25.
func TestOplog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob")
		s.second("alice")
		alice := s.of("alice")
		told := func(what, want string) {
			t.Helper()
			m := map[string][]string{}
			if want != "" {
				m["alice's phone"] = []string{want}
			}
			s.expect(what, m)
		}
		lobby := `mod lobby "大厅" alice,bob,carol,dave,erin,news of alice`
		for _, c := range []struct{ what, who, more, want string }{
			{"a remark (official page)", "bob", `"CmdId":2,"RemarkName":"老 <B>"`, "mod bob remark=老 &lt;B&gt;"},
			{"the same again, 2 ms later", "bob", `"CmdId":2,"RemarkName":"老 <B>"`, ""},
			{"a pin without a remark (ItChat, openwechat)", "bob", `"CmdId":3,"OP":1`, "mod bob flag=2051 remark=老 &lt;B&gt;"},
			{"a pin with another remark (wechat4u)", "bob", `"CmdId":3,"OP":"1","RemarkName":"x"`, ""},
			{"a remark of nothing at all", "bob", `"CmdId":2`, ""},
			{"a remark, cleared", "bob", `"CmdId":"2","RemarkName":""`, "mod bob flag=2051"},
			{"no pin", "bob", `"CmdId":3,"OP":0`, "mod bob"},
			{"a room is pinned", "lobby", `"CmdId":3,"OP":1`, lobby + " flag=2051"},
			{"a room's remark", "lobby", `"CmdId":2,"RemarkName":"大家"`, lobby + " flag=2051 remark=大家"},
			{"a room is not pinned", "lobby", `"CmdId":3,"OP":0`, lobby + " remark=大家"},
		} {
			alice.does(0, "webwxoplog", `"UserName":"`+alice.user(c.who)+`",`+c.more)
			told(c.what, c.want)
		}
		for what, more := range map[string]string{
			"no friend":        `"UserName":"` + alice.user("erin") + `","CmdId":2,"RemarkName":"x"`,
			"nobody":           `"UserName":"@0123456789abcdef0123456789abcdef","CmdId":2,"RemarkName":"x"`,
			"no name":          `"CmdId":3,"OP":1`,
			"oneself":          `"UserName":"` + alice.self + `","CmdId":3,"OP":1`,
			"filehelper":       `"UserName":"filehelper","CmdId":3,"OP":1`,
			"no command":       `"UserName":"` + alice.user("bob") + `"`,
			"an odd command":   `"UserName":"` + alice.user("bob") + `","CmdId":4`,
			"no OP":            `"UserName":"` + alice.user("bob") + `","CmdId":3`,
			"an odd OP":        `"UserName":"` + alice.user("bob") + `","CmdId":3,"OP":2`,
			"a long remark":    `"UserName":"` + alice.user("bob") + `","CmdId":2,"RemarkName":"` + strings.Repeat("x", 129) + `"`,
			"an unfit remark":  `"UserName":"` + alice.user("bob") + `","CmdId":2,"RemarkName":"a\u0000b"`,
			"a room not of me": `"UserName":"@@` + strings.Repeat("0", 64) + `","CmdId":3,"OP":1`,
		} {
			if got := ret(t, alice.call("webwxoplog", more)); got != 1 {
				t.Errorf("%s: Ret %d, want 1", what, got)
			}
		}
		told("nothing came of that", "")

		// A remark and a pin at the same time: both are kept.
		var wg sync.WaitGroup
		for _, more := range []string{`"CmdId":2,"RemarkName":"r"`, `"CmdId":3,"OP":1`} {
			wg.Go(func() { alice.does(0, "webwxoplog", `"UserName":"`+alice.user("bob")+`",`+more) })
		}
		wg.Wait()
		told("both", "mod bob flag=2051 remark=r")
		// His remark is what she reads in rooms.
		o := list(t, alice.does(0, "webwxbatchgetcontact", `"List":[{"UserName":"`+alice.user("lobby")+`"}]`)["ContactList"])[0]
		if !strings.Contains(string(o["MemberList"]), `"NickName":"r"`) || text(t, o["RemarkPYQuanPin"]) != "dajia" {
			t.Errorf("the lobby: %s", o["MemberList"])
		}
	})
}

// A member as the room knows him: endpoints.md §9.
func TestMemberDetails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice")
		alice := s.of("alice")
		lobby := alice.user("lobby")
		photo := text(t, list(t, alice.does(0, "webwxbatchgetcontact", `"List":[{"UserName":"`+lobby+`"}]`)["ContactList"])[0]["EncryChatRoomId"])
		for _, key := range s.documents("member/") {
			docs, err := s.engine.Get(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			value := strings.Replace(string(docs[0].Value), "{", `{"display":"<in the lobby>",`, 1)
			if _, err := s.engine.Commit(t.Context(), &wxserver.Batch{Docs: []wxserver.Write{{Key: key, If: docs[0].Revision, Value: []byte(value)}}}); err != nil {
				t.Fatal(err)
			}
		}
		alice.creates("x", "bob")
		for room, want := range map[string]string{
			lobby: "Erin &lt;in the lobby&gt;", photo: "Erin &lt;in the lobby&gt;",
			"": "Erin ", "0": "Erin ", "filehelper": "Erin ", alice.user("bob"): "Erin ", alice.user("room"): "Erin ", "@@" + strings.Repeat("0", 64): "Erin ",
		} {
			for _, key := range []string{"EncryChatRoomId", "ChatRoomId"} {
				o := list(t, alice.does(0, "webwxbatchgetcontact", `"List":[{"UserName":"`+alice.user("erin")+`","`+key+`":"`+room+`"}]`)["ContactList"])[0]
				if got := text(t, o["NickName"]) + " " + text(t, o["DisplayName"]); got != want || text(t, o["EncryChatRoomId"]) != "0" {
					t.Errorf("a member of %q: %q, EncryChatRoomId %s, want %q", room, got, o["EncryChatRoomId"], want)
				}
			}
		}
	})
}

// Read marks reach the account's other logins: endpoints.md §7, messages.md §6.
func TestReadMarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob")
		phone := s.second("alice")
		alice := s.of("alice")
		for _, from := range []*member{alice, phone} {
			to := map[*member]*member{alice: phone, phone: alice}[from]
			for _, who := range []string{"bob", "lobby", "filehelper", "erin"} {
				for _, code := range []int{1, 2, 5} {
					from.does(0, "webwxstatusnotify", fmt.Sprintf(`"Code":%d,"FromUserName":"%s","ToUserName":"%s","ClientMsgId":1`, code, from.self, from.user(who)))
					msgs := list(t, to.sync()["AddMsgList"])
					if len(msgs) != 1 {
						t.Fatalf("code %d of %s: %d messages", code, who, len(msgs))
					}
					m := msgs[0]
					if string(m["MsgType"]) != "51" || string(m["StatusNotifyCode"]) != fmt.Sprint(code) || to.label(text(t, m["StatusNotifyUserName"])) != who ||
						text(t, m["FromUserName"]) != to.self || to.label(text(t, m["ToUserName"])) != who {
						t.Errorf("code %d of %s arrives as %v", code, who, m)
					}
				}
			}
		}
		s.expect("nobody else learns of it", nil)
	})
}

// 10,001 friends come in pages, each of them once.
func TestContactPaging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const friends = 10_001
		h := &byHand{open(t, wxserver.Options{}, "[[account]]\nname = \"alice\"\npassword = \"alice-secret\""), nil}
		uin, err := h.server.FindAccount(t.Context(), "alice")
		if err != nil {
			t.Fatal(err)
		}
		b := &wxserver.Batch{}
		for i := range friends {
			b.Docs = append(b.Docs,
				wxserver.Write{Key: fmt.Sprintf("account/%d", i+1), Value: fmt.Appendf(nil, `{"uin":%d,"name":"f%d","nick":"朋友%d"}`, i+1, i, i)},
				wxserver.Write{Key: fmt.Sprintf("friend/%d/%d", uin, i+1), Value: []byte(`{}`)})
		}
		if _, err := h.engine.Commit(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		p := onPhone(h.phone("alice"))
		w := &web{house: h.house, main: mainHost, uin: p.uin, sid: p.sid, skey: p.skey}
		seen := make(map[string]int)
		seq, pages := int64(0), 0
		for {
			o := w.call(fmt.Sprintf("webwxgetcontact?seq=%d&r=1&skey=%s", seq, w.skey), "")
			members := list(t, o["MemberList"])
			if got := number(t, o["MemberCount"]); got != int64(len(members)) {
				t.Errorf("MemberCount = %d of %d", got, len(members))
			}
			for _, m := range members {
				seen[text(t, m["UserName"])]++
			}
			pages++
			if seq = number(t, o["Seq"]); seq == 0 || pages == 17 { // the official page takes no more than 17
				break
			}
		}
		twice := slices.ContainsFunc(slices.Collect(maps.Values(seen)), func(n int) bool { return n != 1 })
		if len(seen) != friends+2 || twice || pages != 3 {
			t.Errorf("%d pages tell %d contacts (one twice: %t), want 3 pages of %d friends, filehelper and weixin", pages, len(seen), twice, friends)
		}
	})
}
