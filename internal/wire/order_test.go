package wire_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// keyTests say which keys each object has, and in which order, with the pages
// that say so. They are written out here a second time on purpose.
var keyTests = []struct {
	name, page string
	value      any
	n          int
	keys       string
}{
	{
		"a contact", "S 7.6–7.35, messages.md §8.1",
		webwx.Contact{},
		31,
		`Uin UserName NickName HeadImgUrl ContactFlag MemberCount MemberList RemarkName HideInputBarFlag Sex
		Signature VerifyFlag OwnerUin PYInitial PYQuanPin RemarkPYInitial RemarkPYQuanPin StarFriend AppAccountFlag
		Statues AttrStatus Province City Alias SnsFlag UniFriend DisplayName ChatRoomId KeyWord EncryChatRoomId IsOwner`,
	},
	{
		"the own user", "S 5.9–5.27",
		webwx.User{},
		19,
		`Uin UserName NickName HeadImgUrl RemarkName PYInitial PYQuanPin RemarkPYInitial RemarkPYQuanPin
		HideInputBarFlag StarFriend Sex Signature AppAccountFlag VerifyFlag ContactFlag WebWxPluginSwitch HeadImgFlag SnsFlag`,
	},
	{
		"a message", "S 9.10–9.28, messages.md §2",
		webwx.Message{},
		28,
		`MsgId FromUserName ToUserName MsgType Content Status ImgStatus CreateTime VoiceLength PlayLength FileName FileSize
		MediaId Url AppMsgType StatusNotifyCode StatusNotifyUserName RecommendInfo ForwardFlag AppInfo HasProductId Ticket
		ImgHeight ImgWidth SubMsgType NewMsgId OriContent EncryFileName`,
	},
	{
		"a recommendation", "S 9.12, messages.md §2.1",
		webwx.RecommendInfo{},
		14,
		`UserName NickName QQNum Province City Content Signature Alias Scene VerifyFlag AttrStatus Sex Ticket OpCode`,
	},
	{"the origin of an app message", "messages.md §2", webwx.AppInfo{}, 2, `AppID Type`},
	{
		"a member", "messages.md §8.3",
		webwx.Member{},
		11,
		`Uin UserName NickName AttrStatus PYInitial PYQuanPin RemarkPYInitial RemarkPYQuanPin MemberStatus DisplayName KeyWord`,
	},
	{"a sync key", "S 5.8", webwx.SyncKey{}, 2, `Count List`},
	{"a counter", "S 5.8", webwx.SyncKeyItem{}, 2, `Key Val`},
	{"a BaseRequest", "S 5.4", wire.BaseRequest{}, 4, `Uin Sid Skey DeviceID`},
	{"a BaseResponse", "S 5.5", wire.BaseResponse{}, 2, `Ret ErrMsg`},
	{"a webwxinit request", "S 5.4", wire.InitRequest{}, 1, `BaseRequest`},
	{
		"a webwxinit reply", "S 5.5–5.36",
		wire.InitResponse{},
		14,
		`BaseResponse Count ContactList SyncKey User ChatSet SKey ClientVersion SystemTime GrayScale InviteStartCount
		MPSubscribeMsgCount MPSubscribeMsgList ClickReportInterval`,
	},
	{"what an official account published", "endpoints.md §6", wire.MPSubscribeMsg{}, 5, `UserName MPArticleCount MPArticleList Time NickName`},
	{"an article", "endpoints.md §6", wire.MPArticle{}, 4, `Title Digest Cover Url`},
	{"a webwxstatusnotify request", "S 6.3–6.6", wire.StatusNotifyRequest{}, 5, `BaseRequest Code FromUserName ToUserName ClientMsgId`},
	{"a webwxstatusnotify reply", "S 6.7", wire.StatusNotifyResponse{}, 2, `BaseResponse MsgID`},
	{"a webwxgetcontact request", "S 7.4", wire.GetContactRequest{}, 1, `BaseRequest`},
	{"a webwxgetcontact reply", "S 7.5", wire.GetContactResponse{}, 4, `BaseResponse MemberCount MemberList Seq`},
	{"a webwxbatchgetcontact request", "endpoints.md §9", wire.BatchGetContactRequest{}, 3, `BaseRequest Count List`},
	{"one asked contact", "endpoints.md §9", wire.BatchItem{}, 2, `UserName EncryChatRoomId`},
	{"a webwxbatchgetcontact reply", "endpoints.md §9", wire.BatchGetContactResponse{}, 3, `BaseResponse Count ContactList`},
	{"a synccheck body", "S 8.3", wire.SyncCheckRequest{}, 1, `BaseRequest`},
	{"a webwxsync request", "S 9.3", wire.SyncRequest{}, 3, `BaseRequest SyncKey rr`},
	{
		"a webwxsync reply", "S 9.6–9.30, endpoints.md §11",
		wire.SyncResponse{},
		14,
		`BaseResponse AddMsgCount AddMsgList ModContactCount ModContactList DelContactCount DelContactList
		ModChatRoomMemberCount ModChatRoomMemberList Profile ContinueFlag SyncKey SKey SyncCheckKey`,
	},
	{
		"a changed contact", "messages.md §8.4",
		wire.ModContact{},
		34,
		`Uin UserName NickName HeadImgUrl ContactFlag MemberCount MemberList RemarkName HideInputBarFlag Sex
		Signature VerifyFlag OwnerUin PYInitial PYQuanPin RemarkPYInitial RemarkPYQuanPin StarFriend AppAccountFlag
		Statues AttrStatus Province City Alias SnsFlag UniFriend DisplayName ChatRoomId KeyWord EncryChatRoomId IsOwner
		HeadImgUpdateFlag ContactType ChatRoomOwner`,
	},
	{"a contact that is gone", "messages.md §8.5", wire.DelContact{}, 2, `UserName ContactFlag`},
	{
		"a profile", "endpoints.md §11",
		wire.Profile{},
		13,
		`BitFlag UserName NickName BindUin BindEmail BindMobile Status Sex PersonalCard Alias HeadImgUpdateFlag HeadImgUrl Signature`,
	},
	{"a webwxsendmsg request", "S 10.3", wire.SendMsgRequest{}, 2, `BaseRequest Msg`},
	{"a webwxsendmsg request with a scene", "endpoints.md §12", wire.SendMsgRequest{Scene: new(0)}, 3, `BaseRequest Msg Scene`},
	{"a message on its way out", "S 10.4–10.7", wire.Msg{}, 6, `Type Content FromUserName ToUserName LocalID ClientMsgId`},
	{"a message with a source", "endpoints.md §12", wire.Msg{MsgSource: "x"}, 7, `Type Content FromUserName ToUserName LocalID ClientMsgId MsgSource`},
	{"a webwxsendmsg reply", "S 10.9", wire.SendMsgResponse{}, 3, `BaseResponse MsgID LocalID`},
	{"a webwxpushloginurl reply", "endpoints.md §5", wire.PushLoginResponse{}, 3, `ret msg uuid`},
	{"a webwxlogout reply", "endpoints.md §29", wire.LogoutResponse{}, 1, `BaseResponse`},
}

func TestKeysAndTheirOrder(t *testing.T) {
	for _, tt := range keyTests {
		t.Run(tt.name, func(t *testing.T) {
			want := strings.Fields(tt.keys)
			if len(want) != tt.n {
				t.Fatalf("%s has %d keys, this test lists %d", tt.page, tt.n, len(want))
			}
			text, err := wire.Marshal(tt.value)
			if err != nil {
				t.Fatal(err)
			}
			if got := keysOf(t, text); !slices.Equal(got, want) {
				t.Errorf("keys by %s\n got %v\nwant %v", tt.page, got, want)
			}
		})
	}
}

// keysOf returns the keys of a JSON object in their order.
func keysOf(t *testing.T, text []byte) []string {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

func TestNoTwoKeysDifferInCaseOnly(t *testing.T) {
	for _, tt := range keyTests {
		seen := map[string]string{}
		for key := range strings.FieldsSeq(tt.keys) {
			if other, ok := seen[strings.ToLower(key)]; ok {
				t.Errorf("%s has %s and %s", reflect.TypeOf(tt.value), other, key)
			}
			seen[strings.ToLower(key)] = key
		}
	}
}

func TestTheMessageSkeletonIsWrittenByteForByte(t *testing.T) {
	// messages.md §2
	const want = `{"MsgId":"7000000000000000001","FromUserName":"@aa","ToUserName":"@bb","MsgType":1,"Content":"hello","Status":3,"ImgStatus":1,"CreateTime":1700000000,` +
		`"VoiceLength":0,"PlayLength":0,"FileName":"","FileSize":"","MediaId":"","Url":"","AppMsgType":0,"StatusNotifyCode":0,"StatusNotifyUserName":"",` +
		`"RecommendInfo":{"UserName":"","NickName":"","QQNum":0,"Province":"","City":"","Content":"","Signature":"","Alias":"","Scene":0,"VerifyFlag":0,"AttrStatus":0,"Sex":0,"Ticket":"","OpCode":0},` +
		`"ForwardFlag":0,"AppInfo":{"AppID":"","Type":0},"HasProductId":0,"Ticket":"","ImgHeight":0,"ImgWidth":0,"SubMsgType":0,"NewMsgId":7000000000000000001,"OriContent":"","EncryFileName":""}`
	got, err := wire.Marshal(webwx.Message{
		MsgID: "7000000000000000001", FromUserName: "@aa", ToUserName: "@bb", MsgType: webwx.MsgText, Content: "hello",
		Status: 3, ImgStatus: 1, CreateTime: 1700000000, NewMsgID: 7000000000000000001, Raw: []byte("not written"),
	})
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestNoListOfAReplyIsNull(t *testing.T) {
	for _, tt := range keyTests {
		text, err := wire.Marshal(tt.value)
		if err != nil || bytes.Contains(text, []byte("null")) {
			t.Errorf("%s: %s, %v", tt.name, text, err)
		}
	}
}
