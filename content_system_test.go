package webwx

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The lines of messages.md §5.8, and the English ones that puppet-wechat4u knows.
func TestSystemLines(t *testing.T) {
	const invited, byCode, removed, left = MembersInvited, MembersByCode, MembersRemoved, MembersLeft
	tests := []struct {
		text string
		want Content
	}{
		{`你邀请"X"加入了群聊  `, &Members{Event: invited, Whom: []string{"X"}}},
		{`你邀请"X、Y"加入了群聊  撤销`, &Members{Event: invited, Whom: []string{"X", "Y"}}},
		{`"X"邀请你加入了群聊，群聊参与人还有：A、B`, &Members{Event: invited, Who: "X", Whom: []string{""}, Others: []string{"A", "B"}}},
		{`"X"邀请你加入了群聊`, &Members{Event: invited, Who: "X", Whom: []string{""}}},
		{`"X"邀请你和"Y"加入了群聊`, &Members{Event: invited, Who: "X", Whom: []string{"", "Y"}}},
		{`"X"邀请"Y"加入了群聊`, &Members{Event: invited, Who: "X", Whom: []string{"Y"}}},
		{`"a"b"邀请"c"d"加入了群聊`, &Members{Event: invited, Who: `a"b`, Whom: []string{`c"d`}}},
		{`" X"通过扫描你分享的二维码加入群聊`, &Members{Event: byCode, Whom: []string{"X"}}},
		{`"X"通过扫描你分享的二维码加入群聊  `, &Members{Event: byCode, Whom: []string{"X"}}},
		{`" X"通过扫描"Y"分享的二维码加入群聊`, &Members{Event: byCode, Who: "Y", Whom: []string{"X"}}},
		{`你将"X"移出了群聊`, &Members{Event: removed, Whom: []string{"X"}}},
		{`你被"X"移出群聊`, &Members{Event: removed, Who: "X", Whom: []string{""}}},
		{`"X"退出了群聊`, &Members{Event: left, Whom: []string{"X"}}},

		{`You invited 管理员、Bruce LEE to the group chat.   `, &Members{Event: invited, Whom: []string{"管理员", "Bruce LEE"}}},
		{`X invited you to a group chat with A、B`, &Members{Event: invited, Who: "X", Whom: []string{""}, Others: []string{"A", "B"}}},
		{`"X" invited you and Y to the group chat`, &Members{Event: invited, Who: "X", Whom: []string{"", "Y"}}},
		{`X invited Y、Z to the group chat`, &Members{Event: invited, Who: "X", Whom: []string{"Y", "Z"}}},
		{`"X" joined group chat via the QR code you shared.  `, &Members{Event: byCode, Whom: []string{"X"}}},
		{`"X" joined the group chat via the QR Code shared by "Y".`, &Members{Event: byCode, Who: "Y", Whom: []string{"X"}}},
		{`You removed "X" from the group chat`, &Members{Event: removed, Whom: []string{"X"}}},
		{`You were removed from the group chat by "X"`, &Members{Event: removed, Who: "X", Whom: []string{""}}},

		{`"X"修改群名为“Y”`, &Rename{Who: "X", Topic: "Y"}},
		{`你修改群名为“Y ” z”`, &Rename{Topic: "Y ” z"}},
		{`"X" changed the group name to "Y"`, &Rename{Who: "X", Topic: "Y"}},
		{`You changed the group name to "Y"`, &Rename{Topic: "Y"}},

		{"收到红包，请在手机上查看", &RedPacket{}},
		{"发出红包，请在手机上查看", &RedPacket{Sent: true}},
		{"位置共享已经结束", &LiveLocation{Ended: true}},
		{`"X" 拍了拍我`, &Pat{Line: `"X" 拍了拍我`}},
		{`X 拍了拍 "Y"`, &Pat{Line: `X 拍了拍 "Y"`}},
		{"拍了拍", &System{Text: "拍了拍"}},
		{"你已添加了X，现在可以开始聊天了。", &System{Text: "你已添加了X，现在可以开始聊天了。"}},
		{"你已添加了拍了拍我，现在可以开始聊天了。", &System{Text: "你已添加了拍了拍我，现在可以开始聊天了。"}},
		{"", &System{}},
	}
	for _, tt := range tests {
		m := Message{MsgType: MsgSys, FromUserName: "@@4003", ToUserName: "@5e1f", Content: Escape(tt.text)}
		if diff := cmp.Diff(tt.want, m.Parse()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.text, diff)
		}
	}
}

func TestSystemEvents(t *testing.T) {
	tests := []struct {
		event SystemEvent
		name  string
		text  string
	}{
		{SystemFriendAdded, "X", "你已添加了X，现在可以开始聊天了。"},
		{SystemAddedBy, "X", "X刚刚把你添加到通讯录，现在可以开始聊天了。"},
		{SystemAccepted, "", "我通过了你的朋友验证请求，现在我们可以开始聊天了"},
		{SystemNotFriend, "X", "X开启了朋友验证，你还不是他（她）朋友。请先发送朋友验证请求，对方验证通过后，才能聊天。发送朋友验证"},
		{SystemGreeting, "", "以上是打招呼的内容"},
		{SystemGroupPayment, "", "群收款消息，请在手机上查看"},
		{SystemWarning, "", "如果陌生人主动添加你为朋友，请谨慎核实对方身份。"},
		{SystemOther, "", "something else"},
	}
	for _, tt := range tests {
		if event, name := (&System{Text: tt.text}).Event(); event != tt.event || name != tt.name {
			t.Errorf("%q is %s of %q, want %s of %q", tt.text, event, name, tt.event, tt.name)
		}
		if tt.event == SystemOther {
			continue
		}
		if got := NewSystem(tt.event, "X").Text; got != tt.text {
			t.Errorf("NewSystem(%s) = %q, want %q", tt.event, got, tt.text)
		}
	}
	if event, name := (&System{Text: "You have added X as your WeChat contact. Start chatting!"}).Event(); event != SystemFriendAdded || name != "X" {
		t.Errorf("the English line is %s of %q", event, name)
	}
}

const template = `<sysmsg type="sysmsgtemplate"><sysmsgtemplate><content_template type="tmpl_type_profile"><plain><![CDATA[]]></plain><template><![CDATA["$username$"邀请"$names$"加入了群聊  $revoke$]]></template><link_list><link name="username" type="link_profile"><memberlist><member><username>wxid_x</username><nickname><![CDATA[X]]></nickname></member></memberlist></link><link name="names" type="link_profile"><memberlist><member><username>wxid_a</username><nickname>A</nickname></member><member><username>wxid_b</username><nickname>$username$</nickname></member></memberlist><separator><![CDATA[、]]></separator></link><link name="revoke" type="link_revoke"><title>撤销</title><usernamelist><username>wxid_a</username></usernamelist></link></link_list></content_template></sysmsgtemplate></sysmsg>`

func TestTemplateLine(t *testing.T) {
	m := Message{MsgType: MsgRecalled, Content: Escape(template)}
	c, ok := m.Parse().(*Members)
	if !ok {
		t.Fatalf("parsed as %#v", m.Parse())
	}
	want := &Members{Event: MembersInvited, Who: "X", Whom: []string{"A", "$username$"}, Template: c.Template}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	built := c.Build()
	if built.MsgType != MsgRecalled || built.Content != Escape(template) {
		t.Errorf("built %v %q\nwant %q", built.MsgType, built.Content, Escape(template))
	}
	mapped := MapNames(c, func(n UserName) UserName { return "u:" + n }).(*Members)
	if diff := cmp.Diff([]string{"A", "$username$"}, mapped.Whom); diff != "" {
		t.Errorf("display names were mapped: %s", diff)
	}
	if mapped.Template == c.Template {
		t.Error("the template's names were not mapped")
	}
}

func TestRecallTexts(t *testing.T) {
	// messages.md §5.9: Mojo-Weixin compares the first as a whole.
	if got, want := NewRecall("7", "@0a", "").Text, "你撤回了一条消息"; got != want {
		t.Errorf("own recall says %q, want %q", got, want)
	}
	if got, want := NewRecall("7", "@0a", "小新").Text, `"小新" 撤回了一条消息`; got != want {
		t.Errorf("other's recall says %q, want %q", got, want)
	}
}
