package wxserver_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx/wxserver"
)

func TestCreateRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob", "carol", "erin")
		alice := s.of("alice")
		alice.labels["@0123456789abcdef0123456789abcdef"] = "nobody"
		o := alice.creates("周末 <爬山>", "bob", "carol", "erin", "nobody", "news", "alice", "bob")
		if got, want := string(o["BaseResponse"]), `{"Ret":0,"ErrMsg":"Everything is OK"}`; got != want {
			t.Errorf("BaseResponse = %s, want %s", got, want)
		}
		want := []string{"BaseResponse", "Topic", "PYInitial", "QuanPin", "MemberCount", "MemberList", "ChatRoomName", "BlackList"}
		if got := sorted(o); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
			t.Errorf("keys = %q, want %q", got, want)
		}
		if name := text(t, o["ChatRoomName"]); !regexp.MustCompile(`^@@[0-9a-f]{64}$`).MatchString(name) {
			t.Errorf("ChatRoomName = %q", name)
		}
		if got, want := alice.statuses(o), []string{"bob 0", "carol 0", "erin 4", "nobody 4", "news 4"}; !slices.Equal(got, want) {
			t.Errorf("members = %q, want %q", got, want)
		}
		if got := string(o["MemberCount"]) + text(t, o["Topic"]) + text(t, o["QuanPin"]); !strings.HasPrefix(got, "5周末 &lt;爬山&gt;zhoumo") {
			t.Errorf("MemberCount, Topic and QuanPin = %q", got)
		}
		room := `"周末 &lt;爬山&gt;" alice,bob,carol of alice`
		s.expect("a room is made", map[string][]string{
			"alice": {"mod room " + room, `10000 room>alice 你邀请"Bob &amp; Co、卡罗尔"加入了群聊  `},
			"bob":   {"mod room " + room, `10000 room>bob "爱丽丝"邀请你和"卡罗尔"加入了群聊`},
			"carol": {"mod room " + room, `10000 room>carol "爱丽丝"邀请你和"Bob &amp; Co"加入了群聊`},
		})
		s.of("carol").web.send(s.of("carol").user("room"), "hello", "1")
		s.expect("a member speaks", map[string][]string{
			"alice": {"1 room>alice carol:<br/>hello"},
			"bob":   {"1 room>bob carol:<br/>hello"},
		})

		// One other is enough, and the topic may be absent (wechat-go's structs).
		o = alice.does(0, "webwxcreatechatroom?r=1&lang=zh_CN", `"MemberCount":"1","MemberList":[{"Uin":0,"UserName":"`+alice.user("dave")+`","MemberList":null,"AttrStatus":0}]`)
		if got := alice.statuses(o); !slices.Equal(got, []string{"dave 0"}) {
			t.Errorf("members = %q", got)
		}
		alice.labels[text(t, o["ChatRoomName"])] = "two"
		s.expect("a room of two", map[string][]string{"alice": {`mod two "" alice,dave of alice`, `10000 two>alice 你邀请"Dave"加入了群聊  `}})

		// Nobody who can be added: the reply says why, and there is no room.
		o = alice.does(-2, "webwxcreatechatroom", `"MemberList":[{"UserName":"`+alice.user("erin")+`"}],"Topic":"x"`)
		if got := alice.statuses(o); !slices.Equal(got, []string{"erin 4"}) || text(t, o["ChatRoomName"]) != "" {
			t.Errorf("nobody added: members %q, ChatRoomName %s", got, o["ChatRoomName"])
		}
		for what, more := range map[string]string{
			"nobody named":   `"MemberList":[],"Topic":"x"`,
			"only oneself":   `"MemberList":[{"UserName":"` + alice.self + `"}]`,
			"a long topic":   `"MemberList":[{"UserName":"` + alice.user("bob") + `"}],"Topic":"` + strings.Repeat("x", 129) + `"`,
			"a broken topic": `"MemberList":[{"UserName":"` + alice.user("bob") + `"}],"Topic":"a\u0007b"`,
			"too many":       `"MemberList":[` + strings.Repeat(`{"UserName":"x"},`, 500) + `{"UserName":"x"}]`,
		} {
			if got := ret(t, alice.call("webwxcreatechatroom", more)); got != 1 {
				t.Errorf("%s: Ret %d, want 1", what, got)
			}
		}
		s.expect("nothing has come of all that", nil)
	})
}

func TestRoomLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob", "carol", "dave", "erin")
		alice, bob, carol := s.of("alice"), s.of("bob"), s.of("carol")
		alice.creates("", "bob")
		s.expect("a room is made", map[string][]string{
			"alice": {`mod room "" alice,bob of alice`, `10000 room>alice 你邀请"Bob &amp; Co"加入了群聊  `},
			"bob":   {`mod room "" alice,bob of alice`, `10000 room>bob "爱丽丝"邀请你加入了群聊`},
		})

		o := bob.updates(0, "addmember", `"AddMemberList":"`+bob.users("carol", "erin", "alice")+`"`)
		if got, want := bob.statuses(o), []string{"carol 0", "erin 4", "alice 0"}; !slices.Equal(got, want) || string(o["MemberCount"]) != "3" {
			t.Errorf("added: MemberCount %s, %q, want %q", o["MemberCount"], got, want)
		}
		room := `mod room "" alice,bob,carol of alice`
		s.expect("one is added", map[string][]string{
			"alice": {room, `10000 room>alice "Bob &amp; Co"邀请"卡罗尔"加入了群聊`},
			"bob":   {room, `10000 room>bob 你邀请"卡罗尔"加入了群聊  `},
			"carol": {room, `10000 room>carol "Bob &amp; Co"邀请你加入了群聊，群聊参与人还有：爱丽丝`},
		})
		bob.updates(0, "addmember", `"AddMemberList":"`+bob.users("carol")+`"`)
		s.expect("one is added again", nil)
		bob.updates(-2, "addmember", `"AddMemberList":"`+bob.users("erin")+`"`)
		s.expect("nobody is added", nil)

		o = carol.updates(0, "modtopic", `"NewTopic":"“爬山” & <b>"`)
		if string(o["MemberCount"]) != "0" || string(o["MemberList"]) != "[]" {
			t.Errorf("renamed: MemberCount %s, MemberList %s", o["MemberCount"], o["MemberList"])
		}
		room = `mod room "“爬山” &amp; &lt;b&gt;" alice,bob,carol of alice`
		s.expect("the room is renamed", map[string][]string{
			"alice": {room, `10000 room>alice "卡罗尔"修改群名为““爬山” &amp; &lt;b&gt;”`},
			"bob":   {room, `10000 room>bob "卡罗尔"修改群名为““爬山” &amp; &lt;b&gt;”`},
			"carol": {room, `10000 room>carol 你修改群名为““爬山” &amp; &lt;b&gt;”`},
		})
		carol.updates(0, "modtopic", `"NewTopic":"“爬山” & <b>"`)
		s.expect("the same topic again", nil)
		for _, trouble := range carol.everyWay("webwxupdatechatroom?fun=modtopic", `"ChatRoomName":"`+carol.user("room")+`","NewTopic":"“爬山” & <b>"`) {
			t.Error(trouble)
		}
		carol.updates(1, "modtopic", `"NewTopic":""`)
		carol.updates(1, "modtopic", `"NewTopic":"`+strings.Repeat("x", 129)+`"`)

		carol.updates(-2, "delmember", `"DelMemberList":"`+carol.users("bob")+`"`)
		alice.updates(1, "delmember", `"DelMemberList":"`+alice.users("dave")+`"`)
		alice.updates(1, "delmember", `"DelMemberList":"`+alice.users("alice")+`"`)
		alice.updates(1, "delmember", ``)
		s.expect("nobody is removed", nil)
		alice.updates(0, "delmember", `"DelMemberList":"`+alice.users("carol")+`"`)
		room = `mod room "“爬山” &amp; &lt;b&gt;" alice,bob of alice`
		s.expect("one is removed", map[string][]string{
			"alice": {room, `10000 room>alice 你将"卡罗尔"移出了群聊`},
			"bob":   {room, `10000 room>bob "爱丽丝"将"卡罗尔"移出了群聊`},
			"carol": {"del room", `10000 room>carol 你被"爱丽丝"移出群聊`},
		})
		if got := ret(t, carol.web.send(carol.user("room"), "let me in", "1")); got != 1204 {
			t.Errorf("a send of who was removed: Ret %d, want 1204", got)
		}
		bob.web.send(bob.user("room"), "without carol", "2")
		s.expect("what is said then", map[string][]string{"alice": {"1 room>alice bob:<br/>without carol"}})
		for fun, more := range map[string]string{
			"addmember": `"AddMemberList":"` + carol.users("bob") + `"`, "invitemember": `"InviteMemberList":"` + carol.users("bob") + `"`,
			"delmember": `"DelMemberList":"` + carol.users("bob") + `"`, "modtopic": `"NewTopic":"x"`, "quitchatroom": "",
		} {
			carol.updates(1, fun, more)
		}
		s.expect("what the removed one tries", nil)

		// The owner leaves: the oldest member has it then.
		time.Sleep(time.Second)
		bob.updates(0, "addmember", `"AddMemberList":"`+bob.users("carol")+`"`)
		for _, m := range s.all {
			m.news()
		}
		alice.updates(0, "quitchatroom", "")
		room = `mod room "“爬山” &amp; &lt;b&gt;" bob,carol of bob`
		s.expect("the owner leaves", map[string][]string{
			"alice": {"del room"},
			"bob":   {room, `10000 room>bob "爱丽丝"退出了群聊`},
			"carol": {room},
		})
		alice.updates(1, "quitchatroom", "")
		carol.updates(0, "quitchatroom", "")
		s.expect("a member leaves", map[string][]string{
			"bob":   {`mod room "“爬山” &amp; &lt;b&gt;" bob of bob`, `10000 room>bob "卡罗尔"退出了群聊`},
			"carol": {"del room"},
		})
		bob.updates(0, "quitchatroom", "")
		s.expect("the last one leaves", map[string][]string{"bob": {"del room"}})
		if got := s.documents("room/"); len(got) != 1 {
			t.Errorf("the rooms that are left: %q, want the lobby alone", got)
		}
		if got := len(s.documents("member/")) + len(s.documents("rooms/")); got != 12 {
			t.Errorf("%d documents of members are left, want those of the lobby, 12", got)
		}
		// Rooms that one is in no more are in no list of chats.
		w := s.started("bob", mainHost)
		w.call("webwxstatusnotify", `"Code":3`)
		o = w.sync()
		if strings.Contains(string(o["AddMsgList"]), "@@") && strings.Count(string(o["AddMsgList"]), "@@") != 2 {
			t.Errorf("the list of chats after leaving: %s, want one room", o["AddMsgList"])
		}
	})
}

// documents lists the keys below prefix.
func (h *house) documents(prefix string) []string {
	h.t.Helper()
	docs, err := h.engine.List(h.t.Context(), prefix, "", 10_000)
	if err != nil {
		h.t.Fatal(err)
	}
	var keys []string
	for _, d := range docs {
		keys = append(keys, d.Key)
	}
	return keys
}

// The forms in which known clients send changes of rooms: endpoints.md §28.
func TestRoomUpdateForms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice")
		alice := s.of("alice")
		alice.creates("x", "bob", "carol")
		room := alice.user("room")
		mates := func() string {
			o := list(t, alice.does(0, "webwxbatchgetcontact", `"List":[{"UserName":"`+room+`"}]`)["ContactList"])[0]
			var in []string
			for _, p := range list(t, o["MemberList"]) {
				in = append(in, alice.label(text(t, p["UserName"])))
			}
			slices.Sort(in)
			return text(t, o["NickName"]) + " " + strings.Join(in, ",")
		}
		for _, c := range []struct{ what, query, more, want string }{
			{"openwechat's delmember has no query", "", `"DelMemberList":"` + alice.users("bob") + `"`, "x alice,carol"},
			{"WeixinBot sends all keys, with arrays", "?r=1", `"NewTopic":"y","DelMemberList":["` + alice.users("carol") + `"],"AddMemberList":["` + alice.users("dave") + `","` + alice.users("bob") + `"],"InviteMemberList":[]`, "y alice,bob,dave"},
			{"a list of names with blanks", "?fun=delmember&lang=zh_CN&lang=en_US", `"DelMemberList":" ` + alice.users("bob") + ` , ` + alice.users("dave") + `,"`, "y alice"},
			{"fun decides which part counts", "?fun=addmember", `"AddMemberList":"` + alice.users("bob") + `","NewTopic":"z"`, "y alice,bob"},
			{"a topic alone", "", `"NewTopic":"z"`, "z alice,bob"},
		} {
			alice.does(0, "webwxupdatechatroom"+c.query, `"ChatRoomName":"`+room+`",`+c.more)
			if got := mates(); got != c.want {
				t.Errorf("%s: the room is %s, want %s", c.what, got, c.want)
			}
		}
		for what, c := range map[string][2]string{
			"no fun and no list":     {"", `"ChatRoomName":"` + room + `"`},
			"an unknown fun":         {"?fun=delroom", `"ChatRoomName":"` + room + `","NewTopic":"q"`},
			"no room":                {"?fun=modtopic", `"NewTopic":"q"`},
			"a person":               {"?fun=modtopic", `"ChatRoomName":"` + alice.user("bob") + `","NewTopic":"q"`},
			"a room that nobody has": {"?fun=modtopic", `"ChatRoomName":"@@` + strings.Repeat("0", 64) + `","NewTopic":"q"`},
			"a list that is none":    {"?fun=addmember", `"ChatRoomName":"` + room + `","AddMemberList":{}`},
		} {
			alice.does(1, "webwxupdatechatroom"+c[0], c[1])
			if got := mates(); got != "z alice,bob" {
				t.Errorf("%s: the room is %s", what, got)
			}
		}
	})
}
