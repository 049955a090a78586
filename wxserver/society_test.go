package wxserver_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/webwx/webwx/wxphone"
	"github.com/webwx/webwx/wxserver"
)

// club is the world of the tests of rooms and friendships. All are in one room, so
// that each has a name for each; erin is nobody's friend.
const club = `
[[account]]
name = "alice"
nick = "爱丽丝"
password = "alice-secret"
friends = ["bob", "carol", "dave"]
[[account]]
name = "bob"
nick = "Bob & Co"
password = "bob-secret"
friends = ["carol"]
[[account]]
name = "carol"
nick = "卡罗尔"
password = "carol-secret"
[[account]]
name = "dave"
nick = "Dave"
password = "dave-secret"
[[account]]
name = "erin"
nick = "Erin"
password = "erin-secret"
province = "云南"
sex = 2
[[account]]
name = "news"
nick = "新闻"
official = true
[[room]]
topic = "大厅"
members = ["alice", "bob", "carol", "dave", "erin", "news"]
`

// society is a house with a web login for each who is asked for.
type society struct {
	*byHand
	all []*member
}

// member is somebody's web login, who calls people and rooms by short names.
type member struct {
	*web
	who    string
	labels map[string]string // user name to short name
}

func openSociety(t *testing.T, o wxserver.Options, who ...string) *society {
	t.Helper()
	s := &society{byHand: &byHand{open(t, o, club), make(map[string]*wxphone.Phone)}}
	for _, name := range who {
		s.enters(name)
	}
	return s
}

var nicks = map[string]string{"爱丽丝": "alice", "Bob &amp; Co": "bob", "卡罗尔": "carol", "Dave": "dave", "Erin": "erin", "新闻": "news", "大厅": "lobby"}

// enters logs name in; what happened before is not news to it.
func (s *society) enters(name string) *member {
	s.t.Helper()
	m := &member{s.started(name, mainHost), name, map[string]string{"filehelper": "filehelper", "fmessage": "fmessage"}}
	for nick, user := range m.names() {
		if short, ok := nicks[nick]; ok {
			m.labels[user] = short
		}
	}
	m.web.read()
	s.all = append(s.all, m)
	return m
}

// of returns the login of name.
func (s *society) of(name string) *member {
	s.t.Helper()
	for _, m := range s.all {
		if m.who == name {
			return m
		}
	}
	s.t.Fatalf("%s is not logged in", name)
	return nil
}

// user returns the user name by which m knows somebody or some room.
func (m *member) user(label string) string {
	m.t.Helper()
	for user, l := range m.labels {
		if l == label {
			return user
		}
	}
	m.t.Fatalf("%s has no name for %s", m.who, label)
	return ""
}

func (m *member) label(user string) string {
	if l, ok := m.labels[user]; ok {
		return l
	}
	return user
}

// news takes what waits and says it in short: messages with their types, changed
// contacts as "mod" and those that are gone as "del". A room that m does not know
// yet gets the name room.
func (m *member) news() []string {
	m.t.Helper()
	var news []string
	for {
		o := m.sync()
		for _, c := range list(m.t, o["ModContactList"]) {
			user := text(m.t, c["UserName"])
			if _, ok := m.labels[user]; !ok && strings.HasPrefix(user, "@@") {
				m.labels[user] = "room"
			}
			news = append(news, "mod "+m.show(c))
		}
		for _, c := range list(m.t, o["DelContactList"]) {
			news = append(news, "del "+m.label(text(m.t, c["UserName"])))
		}
		for _, c := range list(m.t, o["AddMsgList"]) {
			from, to := m.label(text(m.t, c["FromUserName"])), m.label(text(m.t, c["ToUserName"]))
			what := text(m.t, c["Content"])
			for user, short := range m.labels {
				what = strings.ReplaceAll(what, user, short)
			}
			news = append(news, fmt.Sprintf("%s %s>%s %s", c["MsgType"], from, to, what))
		}
		for key, count := range map[string]string{"AddMsgList": "AddMsgCount", "ModContactList": "ModContactCount", "DelContactList": "DelContactCount"} {
			if got, want := number(m.t, o[count]), int64(len(list(m.t, o[key]))); got != want {
				m.t.Errorf("%s = %d, but %s has %d", count, got, key, want)
			}
		}
		if string(o["ContinueFlag"]) == "0" {
			return news
		}
	}
}

// show says of a contact its name, flag and remark, and of a room its topic, its
// members and its owner.
func (m *member) show(c object) string {
	m.t.Helper()
	user := text(m.t, c["UserName"])
	s := m.label(user)
	if strings.HasPrefix(user, "@@") {
		var in []string
		for _, p := range list(m.t, c["MemberList"]) {
			in = append(in, m.label(text(m.t, p["UserName"])))
		}
		slices.Sort(in)
		if got := number(m.t, c["MemberCount"]); got != int64(len(in)) {
			m.t.Errorf("%s: MemberCount %d of %q", s, got, in)
		}
		s += fmt.Sprintf(" %q %s of %s", text(m.t, c["NickName"]), strings.Join(in, ","), m.label(text(m.t, c["ChatRoomOwner"])))
		if want := string(c["IsOwner"]) == "1"; want != (text(m.t, c["ChatRoomOwner"]) == m.self) {
			m.t.Errorf("%s: IsOwner %s, but ChatRoomOwner is %s", s, c["IsOwner"], m.label(text(m.t, c["ChatRoomOwner"])))
		}
	}
	if flag := number(m.t, c["ContactFlag"]); flag != 3 && flag != 2 {
		s += fmt.Sprintf(" flag=%d", flag)
	}
	if remark := text(m.t, c["RemarkName"]); remark != "" {
		s += " remark=" + remark
	}
	return s
}

// expect checks the news of each of s: its name, then what it learns. Who is not
// named learns nothing.
func (s *society) expect(what string, want map[string][]string) {
	s.t.Helper()
	for _, m := range s.all {
		got := m.news()
		if !slices.Equal(got, want[m.who]) {
			s.t.Errorf("%s: %s learns\n%s\nwant\n%s", what, m.who, strings.Join(got, "\n"), strings.Join(want[m.who], "\n"))
		}
	}
}

// does makes a call whose Ret must be want, and returns the reply.
func (m *member) does(want int64, op, more string) object {
	m.t.Helper()
	o := m.call(op, more)
	if got := ret(m.t, o); got != want {
		m.t.Errorf("%s: %s %s: %s, want Ret %d", m.who, op, more, o["BaseResponse"], want)
	}
	return o
}

// users are the names by which m knows others, joined by commas.
func (m *member) users(labels ...string) string {
	m.t.Helper()
	var users []string
	for _, l := range labels {
		users = append(users, m.user(l))
	}
	return strings.Join(users, ",")
}

// creates makes a room with others; its creator calls it room.
func (m *member) creates(topic string, labels ...string) object {
	m.t.Helper()
	var users []string
	for _, l := range labels {
		users = append(users, `{"UserName":"`+m.user(l)+`"}`)
	}
	o := m.does(0, "webwxcreatechatroom", fmt.Sprintf(`"MemberCount":%d,"MemberList":[%s],"Topic":%s`, len(users), strings.Join(users, ","), quote(topic)))
	m.labels[text(m.t, o["ChatRoomName"])] = "room"
	return o
}

// updates changes the room that m calls room.
func (m *member) updates(want int64, fun, more string) object {
	m.t.Helper()
	if more != "" {
		more = "," + more
	}
	return m.does(want, "webwxupdatechatroom?fun="+fun, `"ChatRoomName":"`+m.user("room")+`"`+more)
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // of a text
	}
	return string(b)
}

// statuses are the members of a reply with their MemberStatus.
func (m *member) statuses(o object) []string {
	m.t.Helper()
	var out []string
	for _, p := range list(m.t, o["MemberList"]) {
		out = append(out, m.label(text(m.t, p["UserName"]))+" "+string(p["MemberStatus"]))
	}
	return out
}
