package wxserver_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxserver"
)

// verifies sends the official form of webwxverifyuser.
func (m *member) verifies(want int64, opcode int, label, ticket, content string) {
	m.t.Helper()
	m.does(want, "webwxverifyuser?r=1453124908000&lang=zh_CN", fmt.Sprintf(
		`"Opcode":%d,"VerifyUserListSize":1,"VerifyUserList":[{"Value":"%s","VerifyUserTicket":"%s"}],"VerifyContent":%s,"SceneListCount":1,"SceneList":[33],"skey":"%s"`,
		opcode, m.user(label), ticket, quote(content), m.skey))
}

var ticketForm = regexp.MustCompile(`^v2_[0-9a-f]{32}@stranger$`)

// request takes the friend request that waits for m, which must be all that does,
// and returns its RecommendInfo.
func (m *member) request() object {
	m.t.Helper()
	o := m.sync()
	msgs := list(m.t, o["AddMsgList"])
	if len(msgs) != 1 || string(msgs[0]["MsgType"]) != "37" || text(m.t, msgs[0]["FromUserName"]) != "fmessage" || text(m.t, msgs[0]["ToUserName"]) != m.self {
		m.t.Fatalf("%s gets %s, want a friend request", m.who, o["AddMsgList"])
	}
	info := parse(m.t, msgs[0]["RecommendInfo"])
	ticket, user := text(m.t, info["Ticket"]), text(m.t, info["UserName"])
	if !ticketForm.MatchString(ticket) {
		m.t.Errorf("Ticket = %q", ticket)
	}
	xml := wireText(text(m.t, msgs[0]["Content"]))
	for _, want := range []string{`ticket="` + ticket + `"`, `fromusername="` + user + `"`, `encryptusername="` + user + `"`} {
		if !strings.Contains(xml, want) {
			m.t.Errorf("the XML has no %s: %s", want, xml)
		}
	}
	return info
}

// asked is a request from erin to alice, as alice got it: its ticket.
func (s *society) asked(greeting string) string {
	s.t.Helper()
	s.of("erin").verifies(0, wire.VerifyAsk, "alice", "", greeting)
	info := s.of("alice").request()
	if got := s.of("alice").label(text(s.t, info["UserName"])); got != "erin" {
		s.t.Errorf("the request is from %s", got)
	}
	return text(s.t, info["Ticket"])
}

// friends are the news of alice and erin when alice has accepted.
func friends(greeting string) map[string][]string {
	want := map[string][]string{
		"alice": {"mod erin", "1 erin>alice " + greeting, "10000 erin>alice 你已添加了Erin，现在可以开始聊天了。"},
		"erin":  {"mod alice", "1 erin>alice " + greeting, "10000 alice>erin 爱丽丝刚刚把你添加到通讯录，现在可以开始聊天了。"},
	}
	if greeting == "" {
		for who, news := range want {
			want[who] = slices.Delete(news, 1, 2)
		}
	}
	return want
}

func TestFriendRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "erin", "bob")
		alice, erin := s.of("alice"), s.of("erin")
		erin.verifies(0, wire.VerifyAsk, "alice", "", `我是 "Erin" <&>`)
		info := alice.request()
		for key, want := range map[string]string{
			"NickName": `"Erin"`, "Content": `"我是 \"Erin\" &lt;&amp;&gt;"`, "Province": `"云南"`, "Sex": "2", "Scene": "14", "OpCode": "2", "QQNum": "0",
		} {
			if got := string(info[key]); got != want {
				t.Errorf("RecommendInfo.%s = %s, want %s", key, got, want)
			}
		}
		if len(info) != 14 {
			t.Errorf("RecommendInfo has %d keys, want 14: wechat-go needs them", len(info))
		}
		erin.verifies(0, wire.VerifyAsk, "alice", "", `我是 "Erin" <&>`)
		s.expect("the same request again", nil)
		ticket := s.asked("请问")
		if got := text(t, info["Ticket"]); got != ticket {
			t.Errorf("another greeting has the ticket %s, want that of the request, %s", ticket, got)
		}

		// ItChat asks for the person next.
		o := list(t, alice.does(0, "webwxbatchgetcontact", `"List":[{"UserName":"`+alice.user("erin")+`","EncryChatRoomId":""}]`)["ContactList"])[0]
		if got := text(t, o["NickName"]); got != "Erin" {
			t.Errorf("who asks is called %q", got)
		}
		bobs := s.of("bob")
		for what, ticket := range map[string]string{
			"garbage": "x", "a made-up one": "v2_" + strings.Repeat("0", 32) + "@stranger", "cut short": ticket[:len(ticket)-1], "capitals": strings.ToUpper(ticket),
			"without its head": strings.TrimPrefix(ticket, "v2_"), "without its tail": strings.TrimSuffix(ticket, "@stranger"), "a name": alice.user("erin"),
		} {
			alice.verifies(-14, wire.VerifyAccept, "erin", ticket, "")
			alice.verifies(-14, wire.VerifyRefuse, "erin", ticket, "")
			if t.Failed() {
				t.Fatal(what)
			}
		}
		bobs.verifies(-14, wire.VerifyAccept, "erin", ticket, "")
		s.expect("wrong tickets", nil)
		alice.verifies(0, wire.VerifyAccept, "erin", ticket, "")
		s.expect("accepted", friends("请问"))
		alice.verifies(0, wire.VerifyAccept, "erin", ticket, "")
		erin.verifies(0, wire.VerifyAsk, "alice", "", "again")
		s.expect("they are friends already", nil)
		alice.web.send(alice.user("erin"), "你好", "1")
		erin.web.send(erin.user("alice"), "hello", "2")
		s.expect("they talk", map[string][]string{"alice": {"1 erin>alice hello"}, "erin": {"1 alice>erin 你好"}})
	})
}

// How known clients ask and accept: endpoints.md §26.
func TestFriendRequestForms(t *testing.T) {
	for name, accept := range map[string]func(s *society, ticket string){
		"the official page": func(s *society, ticket string) {
			s.of("alice").verifies(0, wire.VerifyAccept, "erin", ticket, "")
		},
		"ItChat has no ticket": func(s *society, _ string) {
			s.of("alice").verifies(0, wire.VerifyAccept, "erin", "", "")
		},
		"wechat-robot puts its sync key into skey": func(s *society, ticket string) {
			a := s.of("alice")
			a.does(0, "webwxverifyuser", `"Opcode":3,"VerifyUserListSize":1,"VerifyUserList":[{"Value":"`+a.user("erin")+`","VerifyUserTicket":"`+ticket+`"}],"VerifyContent":"","SceneListCount":1,"SceneList":[33],"skey":{"Count":0,"List":[]}`)
		},
		"openwechat adds, which accepts": func(s *society, _ string) {
			s.of("alice").verifies(0, wire.VerifyAccept, "erin", "", "我是爱丽丝")
		},
		"who asks back accepts": func(s *society, _ string) {
			s.of("alice").verifies(0, wire.VerifyAsk, "erin", "", "我也是")
		},
		"a second login of the account has its own ticket": func(s *society, ticket string) {
			a := s.of("alice")
			again := &member{s.started("alice", mainHost), "alice", map[string]string{}}
			for nick, user := range again.names() {
				again.labels[user] = nicks[nick]
			}
			again.verifies(-14, wire.VerifyAccept, "erin", ticket, "")
			again.verifies(0, wire.VerifyAccept, "erin", "", "")
			a.web, a.labels = again.web, again.labels
			a.labels["fmessage"] = "fmessage"
			_ = a.sync() // the notice of who was there
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := openSociety(t, wxserver.Options{}, "alice", "erin")
				accept(s, s.asked("我是Erin"))
				want := friends("我是Erin")
				if strings.Contains(name, "second login") {
					delete(want, "alice")
				}
				s.expect(name, want)
			})
		})
	}
	t.Run("openwechat adds somebody who has not asked", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := openSociety(t, wxserver.Options{}, "alice", "erin")
			s.of("erin").verifies(0, wire.VerifyAccept, "alice", "", "hi")
			s.of("alice").request()
		})
	})
	t.Run("wechat-go asks several, with opcode 1", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := openSociety(t, wxserver.Options{}, "alice", "bob", "erin")
			e := s.of("erin")
			e.does(0, "webwxverifyuser?r=1", fmt.Sprintf(`"Opcode":1,"VerifyUserListSize":2,"VerifyUserList":[{"Value":"%s"},{"Value":"%s"}],"VerifyContent":"hi","SceneListCount":1,"SceneList":[33]`, e.user("alice"), e.user("bob")))
			s.of("alice").request()
			s.of("bob").request()
		})
	})
	t.Run("an official account accepts at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := openSociety(t, wxserver.Options{}, "erin")
			s.of("erin").verifies(0, wire.VerifyAsk, "news", "", "")
			s.expect("an official account", map[string][]string{"erin": {"mod news", "10000 news>erin 你已添加了新闻，现在可以开始聊天了。"}})
		})
	})
	t.Run("what is wrong", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := openSociety(t, wxserver.Options{}, "alice", "erin")
			e := s.of("erin")
			e.labels["@0123456789abcdef0123456789abcdef"] = "nobody"
			for _, who := range []string{"nobody", "erin", "lobby", "filehelper"} {
				e.verifies(1, wire.VerifyAsk, who, "", "hi")
				e.verifies(1, wire.VerifyAccept, who, "", "hi")
				e.verifies(-14, wire.VerifyAccept, who, "v2_x@stranger", "")
			}
			e.verifies(1, 0, "alice", "", "hi")
			e.verifies(1, 5, "alice", "", "hi")
			e.verifies(1, wire.VerifyAsk, "alice", "", strings.Repeat("x", 513))
			e.does(1, "webwxverifyuser", `"Opcode":2,"VerifyUserList":[]`)
			e.does(1, "webwxverifyuser", `"Opcode":2,"VerifyUserList":[`+strings.Repeat(`{"Value":"x"},`, 50)+`{"Value":"x"}]`)
			s.expect("nothing came of that", nil)
		})
	})
}

func TestFriendRequestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "erin")
		alice := s.of("alice")
		ticket := s.asked("hi")
		alice.verifies(0, wire.VerifyRefuse, "erin", ticket, "")
		s.expect("refused", nil)
		alice.verifies(-14, wire.VerifyAccept, "erin", ticket, "")
		alice.verifies(-14, wire.VerifyRefuse, "erin", "", "")
		again := s.asked("please")
		if again == ticket {
			t.Errorf("a new request has the old ticket")
		}
		time.Sleep(7*24*time.Hour - time.Second)
		alice.verifies(0, wire.VerifyRefuse, "erin", again, "") // not too old yet
	})
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{LoginLife: 30 * 24 * time.Hour}, "alice", "erin")
		ticket := s.asked("hi")
		time.Sleep(7 * 24 * time.Hour)
		s.of("alice").verifies(-14, wire.VerifyAccept, "erin", ticket, "")
		if got := s.documents("friend/"); slices.ContainsFunc(got, func(k string) bool { return strings.HasSuffix(k, "/"+s.of("erin").uin) }) {
			t.Errorf("erin is in %q", got)
		}
	})
}

func TestFriendRequestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{Limits: wxserver.Limits{Requests: 1.0 / 60, RequestsBurst: 2}}, "alice", "erin")
		erin := s.of("erin")
		erin.verifies(0, wire.VerifyAsk, "alice", "", "1")
		erin.verifies(0, wire.VerifyAsk, "alice", "", "2")
		erin.verifies(1205, wire.VerifyAsk, "alice", "", "3")
		erin.verifies(1205, wire.VerifyAccept, "bob", "", "3")
		time.Sleep(time.Minute)
		erin.verifies(0, wire.VerifyAsk, "alice", "", "3")
		if got := len(s.of("alice").news()); got != 3 {
			t.Errorf("alice gets %d requests, want 3", got)
		}
	})
}
