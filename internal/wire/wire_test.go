package wire_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// sent is what a request must look like on its way.
type sent struct {
	method string
	target string // path and query
	body   string
	header map[string]string // with the names as they are spelt
}

var (
	jsonHeader  = map[string]string{"Content-Type": "application/json; charset=UTF-8"}
	bothHeaders = map[string]string{"Content-Type": "application/json; charset=UTF-8", "ContentType": "application/json; charset=UTF-8"}
	formHeader  = map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
)

// exchange is one endpoint in one form, with the types erased.
type exchange struct {
	endpoint string // the variable
	form     string
	page     string
	want     sent
	send     func(t *testing.T) *http.Request
	readBack func(t *testing.T, r *http.Request, body []byte)
	about    about
}

type about struct {
	op   string
	host wire.Host
	path string
}

// travel is a line of the table: req must be sent as want, and must arrive as
// it was sent. With back it arrives as that.
func travel[Req, Resp any](endpoint string, e wire.Endpoint[Req, Resp], form, page string, req Req, want sent, back ...Req) exchange {
	return exchange{
		endpoint: endpoint, form: form, page: page, want: want,
		about: about{e.Op, e.Host, e.Path},
		send: func(t *testing.T) *http.Request {
			t.Helper()
			f := e.Official
			if form == "seed" {
				f = e.Seed
			}
			r, err := e.NewRequest(t.Context(), f, "https://wx.example.com", &req)
			if err != nil {
				t.Fatal(err)
			}
			return r
		},
		readBack: func(t *testing.T, r *http.Request, body []byte) {
			t.Helper()
			got, err := e.ReadRequest(r, body)
			if err != nil {
				t.Fatal(err)
			}
			want := req
			if len(back) > 0 {
				want = back[0]
			}
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("read back (-want +got)\n%s", diff)
			}
		},
	}
}

const (
	ms       = 1700000000000
	complete = `{"BaseRequest":{"Uin":200100300,"Sid":"Kq2wT/9xLm+4aPzB","Skey":"@crypt_1a2b_0123","DeviceID":"e123456789012345"}`
)

var (
	base = wire.WithBase{BaseRequest: wire.BaseRequest{Uin: 200100300, Sid: "Kq2wT/9xLm+4aPzB", Skey: "@crypt_1a2b_0123", DeviceID: "e123456789012345"}}
	key  = webwx.NewSyncKey(webwx.SyncKeyItem{Key: 1, Val: 635705559}, webwx.SyncKeyItem{Key: 2, Val: 635705726})
	text = wire.Msg{Type: webwx.MsgText, Content: "你好 <b>&\n", FromUserName: "@a", ToUserName: "@b", LocalID: "17000000000001234", ClientMsgID: "17000000000001234"}
	// The pass_ticket is already percent-encoded inside the login XML and is
	// encoded once more, as the official page does (README.md §5.3).
	tail = wire.Query{Lang: "zh_CN", PassTicket: "abc%2Bdef"}
)

// byReference is a send of what was uploaded before.
func byReference(t webwx.MsgType) wire.Msg {
	return wire.Msg{Type: t, FromUserName: "@a", ToUserName: "@b", LocalID: "1", ClientMsgID: "1", MediaID: "@crypt_1_2"}
}

func referenceBody(t int) string {
	return complete + fmt.Sprintf(`,"Msg":{"Type":%d,"Content":"","FromUserName":"@a","ToUserName":"@b","LocalID":"1","ClientMsgId":"1","MediaId":"@crypt_1_2"},"Scene":0}`, t)
}

// exchanges has every endpoint in each of its forms.
var exchanges = []exchange{
	travel("JSLogin", wire.JSLogin, "official", "endpoints.md §1",
		wire.JSLoginRequest{AppID: webwx.AppID, RedirectURI: "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage", Fun: "new", Lang: "zh_CN", Time: ms},
		sent{"GET", "/jslogin?appid=wx782c26e4c19acffb&redirect_uri=https%3A%2F%2Fwx.qq.com%2Fcgi-bin%2Fmmwebwx-bin%2Fwebwxnewloginpage&fun=new&lang=zh_CN&_=1700000000000", "", nil}),
	travel("JSLogin", wire.JSLogin, "seed", "S 1.2–1.7",
		wire.JSLoginRequest{AppID: webwx.AppID, Fun: "new", Lang: "zh_CN", Time: ms},
		sent{"GET", "/jslogin?appid=wx782c26e4c19acffb&fun=new&lang=zh_CN&_=1700000000000", "", nil}),
	travel("QRCode", wire.QRCode, "official", "endpoints.md §2",
		wire.QRCodeRequest{UUID: "Qx7bPd_kRA=="},
		sent{"GET", "/qrcode/Qx7bPd_kRA==", "", nil}),
	travel("QRCode", wire.QRCode, "seed", "S 2.1–2.4",
		wire.QRCodeRequest{UUID: "Qx7bPd_kRA==", T: "webwx", Time: ms},
		sent{"POST", "/qrcode/Qx7bPd_kRA==", "t=webwx&_=1700000000000", formHeader}),
	travel("LoginPoll", wire.LoginPoll, "official", "endpoints.md §3",
		wire.LoginPollRequest{LoginIcon: "true", UUID: "Qx7bPd_kRA==", Tip: 1, R: -1273741829, Time: ms},
		sent{"GET", "/cgi-bin/mmwebwx-bin/login?loginicon=true&uuid=Qx7bPd_kRA%3D%3D&tip=1&r=-1273741829&_=1700000000000", "", nil}),
	travel("LoginPoll", wire.LoginPoll, "seed", "S 3.2–3.6",
		wire.LoginPollRequest{UUID: "Qx7bPd_kRA==", Time: ms},
		sent{"GET", "/cgi-bin/mmwebwx-bin/login?tip=0&uuid=Qx7bPd_kRA%3D%3D&_=1700000000000", "", nil}),
	travel("NewLoginPage", wire.NewLoginPage, "official", "endpoints.md §4",
		wire.NewLoginPageRequest{Ticket: "AZk3x@qrticket_0", UUID: "Qx7bPd_kRA==", Lang: "zh_CN", Scan: "1700000000", Fun: "new", Version: "v2"},
		sent{"GET", "/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=AZk3x%40qrticket_0&uuid=Qx7bPd_kRA%3D%3D&lang=zh_CN&scan=1700000000&fun=new&version=v2", "", nil}),
	travel("NewLoginPage", wire.NewLoginPage, "seed", "S 4.2–4.5",
		wire.NewLoginPageRequest{Ticket: "AZk3x@qrticket_0", UUID: "Qx7bPd_kRA==", Lang: "zh_CN", Scan: "1700000000", Fun: "new"},
		sent{"GET", "/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=AZk3x%40qrticket_0&uuid=Qx7bPd_kRA%3D%3D&lang=zh_CN&scan=1700000000&fun=new", "", nil}),
	travel("PushLogin", wire.PushLogin, "official", "endpoints.md §5",
		wire.PushLoginRequest{Uin: 200100300},
		sent{"GET", "/cgi-bin/mmwebwx-bin/webwxpushloginurl?uin=200100300", "", nil}),
	travel("Init", wire.Init, "official", "endpoints.md §6",
		wire.InitRequest{Query: wire.Query{R: -1273741829, Lang: "zh_CN", PassTicket: "abc%2Bdef"}, WithBase: base},
		sent{"POST", "/cgi-bin/mmwebwx-bin/webwxinit?r=-1273741829&lang=zh_CN&pass_ticket=abc%252Bdef", complete + `}`, jsonHeader}),
	travel("Init", wire.Init, "seed", "S 5.1–5.4",
		wire.InitRequest{WithBase: base},
		sent{"POST", "/cgi-bin/mmwebwx-bin/webwxinit", complete + `}`, jsonHeader}),
	travel("StatusNotify", wire.StatusNotify, "official", "endpoints.md §7",
		wire.StatusNotifyRequest{Query: tail, WithBase: base, Code: webwx.StatusRead, FromUserName: "@a", ToUserName: "@b", ClientMsgID: ms},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxstatusnotify?lang=zh_CN&pass_ticket=abc%252Bdef",
			complete + `,"Code":1,"FromUserName":"@a","ToUserName":"@b","ClientMsgId":1700000000000}`, jsonHeader,
		}),
	travel("StatusNotify", wire.StatusNotify, "seed", "S 6.1–6.6",
		wire.StatusNotifyRequest{WithBase: base, Code: webwx.StatusInit, FromUserName: "@a", ToUserName: "@a", ClientMsgID: ms},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxstatusnotify",
			complete + `,"Code":3,"FromUserName":"@a","ToUserName":"@a","ClientMsgId":1700000000000}`, jsonHeader,
		}),
	travel("GetContact", wire.GetContact, "official", "endpoints.md §8",
		wire.GetContactRequest{Query: wire.Query{Lang: "zh_CN", PassTicket: "abc%2Bdef", R: ms, Skey: "@crypt_1a2b_0123"}, Seq: 660},
		sent{"GET", "/cgi-bin/mmwebwx-bin/webwxgetcontact?lang=zh_CN&pass_ticket=abc%252Bdef&r=1700000000000&seq=660&skey=%40crypt_1a2b_0123", "", nil}),
	travel("GetContact", wire.GetContact, "seed", "S 7.1–7.4",
		wire.GetContactRequest{WithBase: base},
		sent{"POST", "/cgi-bin/mmwebwx-bin/webwxgetcontact", complete + `}`, bothHeaders}),
	travel("BatchGetContact", wire.BatchGetContact, "official", "endpoints.md §9",
		wire.BatchGetContactRequest{Query: wire.Query{R: ms, Lang: "zh_CN", PassTicket: "abc%2Bdef"}, WithBase: base, Type: "ex", Count: 1, List: []wire.BatchItem{{UserName: "@@a"}}},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxbatchgetcontact?type=ex&r=1700000000000&lang=zh_CN&pass_ticket=abc%252Bdef",
			complete + `,"Count":1,"List":[{"UserName":"@@a","EncryChatRoomId":""}]}`, jsonHeader,
		},
		// Count is written, but what clients put there is not read.
		wire.BatchGetContactRequest{Query: wire.Query{R: ms, Lang: "zh_CN", PassTicket: "abc%2Bdef"}, WithBase: base, Type: "ex", List: []wire.BatchItem{{UserName: "@@a"}}}),
	travel("SyncCheck", wire.SyncCheck, "official", "endpoints.md §10",
		wire.SyncCheckRequest{Query: wire.Query{R: ms, Skey: "@crypt_1a2b_0123", Sid: "Kq2wT/9xLm+4aPzB", Uin: 200100300, DeviceID: "e123456789012345", Time: ms + 1}, SyncKey: key.String()},
		sent{"GET", "/cgi-bin/mmwebwx-bin/synccheck?r=1700000000000&skey=%40crypt_1a2b_0123&sid=Kq2wT%2F9xLm%2B4aPzB&uin=200100300&deviceid=e123456789012345&synckey=1_635705559%7C2_635705726&_=1700000000001", "", nil}),
	travel("SyncCheck", wire.SyncCheck, "seed", "S 8.1–8.3",
		wire.SyncCheckRequest{WithBase: base},
		sent{"GET", "/cgi-bin/mmwebwx-bin/synccheck", complete + `}`, bothHeaders}),
	travel("Sync", wire.Sync, "official", "endpoints.md §11",
		wire.SyncRequest{Query: wire.Query{Sid: "Kq2wT/9xLm+4aPzB", Skey: "@crypt_1a2b_0123", Lang: "zh_CN", PassTicket: "abc%2Bdef"}, WithBase: base, SyncKey: key, RR: -1273741829},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxsync?sid=Kq2wT%2F9xLm%2B4aPzB&skey=%40crypt_1a2b_0123&lang=zh_CN&pass_ticket=abc%252Bdef",
			complete + `,"SyncKey":{"Count":2,"List":[{"Key":1,"Val":635705559},{"Key":2,"Val":635705726}]},"rr":-1273741829}`, jsonHeader,
		}),
	travel("Sync", wire.Sync, "seed", "S 9.1–9.5",
		wire.SyncRequest{Query: wire.Query{Sid: "Kq2wT/9xLm+4aPzB", Skey: "@crypt_1a2b_0123", PassTicket: "abc%2Bdef"}, WithBase: base, SyncKey: key, RR: -1273741829},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxsync?sid=Kq2wT%2F9xLm%2B4aPzB&skey=%40crypt_1a2b_0123&pass_ticket=abc%252Bdef",
			complete + `,"SyncKey":{"Count":2,"List":[{"Key":1,"Val":635705559},{"Key":2,"Val":635705726}]},"rr":-1273741829}`, bothHeaders,
		}),
	travel("SendMsg", wire.SendMsg, "official", "endpoints.md §12",
		wire.SendMsgRequest{Query: tail, WithBase: base, Msg: text, Scene: new(0)},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxsendmsg?lang=zh_CN&pass_ticket=abc%252Bdef",
			complete + `,"Msg":{"Type":1,"Content":"你好 <b>&\n","FromUserName":"@a","ToUserName":"@b","LocalID":"17000000000001234","ClientMsgId":"17000000000001234"},"Scene":0}`, jsonHeader,
		}),
	travel("SendMsg", wire.SendMsg, "seed", "S 10.1–10.8",
		wire.SendMsgRequest{Query: wire.Query{PassTicket: "abc%2Bdef"}, WithBase: base, Msg: text},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxsendmsg?pass_ticket=abc%252Bdef",
			complete + `,"Msg":{"Type":1,"Content":"你好 <b>&\n","FromUserName":"@a","ToUserName":"@b","LocalID":"17000000000001234","ClientMsgId":"17000000000001234"}}`, bothHeaders,
		}),
	travel("SendMsgImg", wire.SendMsgImg, "official", "endpoints.md §13",
		wire.SendMsgRequest{Query: tail, WithBase: base, Fun: "async", F: "json", Msg: byReference(webwx.MsgImage), Scene: new(0)},
		sent{"POST", "/cgi-bin/mmwebwx-bin/webwxsendmsgimg?fun=async&f=json&lang=zh_CN&pass_ticket=abc%252Bdef", referenceBody(3), jsonHeader}),
	travel("SendEmoticon", wire.SendEmoticon, "official", "endpoints.md §14",
		wire.SendMsgRequest{Query: tail, WithBase: base, Fun: "sys", Msg: wire.Msg{Type: webwx.MsgEmoticon, FromUserName: "@a", ToUserName: "@b", LocalID: "1", ClientMsgID: "1", EmojiFlag: 2, EMoticonMD5: "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}, Scene: new(0)},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxsendemoticon?fun=sys&lang=zh_CN&pass_ticket=abc%252Bdef",
			complete + `,"Msg":{"Type":47,"Content":"","FromUserName":"@a","ToUserName":"@b","LocalID":"1","ClientMsgId":"1","EmojiFlag":2,"EMoticonMd5":"0f1e2d3c4b5a69788796a5b4c3d2e1f0"},"Scene":0}`, jsonHeader,
		}),
	travel("SendVideoMsg", wire.SendVideoMsg, "official", "endpoints.md §15",
		wire.SendMsgRequest{Query: tail, WithBase: base, Fun: "async", F: "json", Msg: byReference(webwx.MsgVideo), Scene: new(0)},
		sent{"POST", "/cgi-bin/mmwebwx-bin/webwxsendvideomsg?fun=async&f=json&lang=zh_CN&pass_ticket=abc%252Bdef", referenceBody(43), jsonHeader}),
	travel("SendAppMsg", wire.SendAppMsg, "official", "endpoints.md §16",
		wire.SendMsgRequest{Query: tail, WithBase: base, Fun: "async", F: "json", Msg: byReference(6), Scene: new(0)},
		sent{"POST", "/cgi-bin/mmwebwx-bin/webwxsendappmsg?fun=async&f=json&lang=zh_CN&pass_ticket=abc%252Bdef", referenceBody(6), jsonHeader}),
	// The form itself is written and read by hand: it is no JSON body.
	travel("UploadMedia", wire.UploadMedia, "official", "endpoints.md §17",
		wire.UploadMediaRequest{F: "json"},
		sent{"POST", "/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json", "", nil}),
	travel("CheckUpload", wire.CheckUpload, "official", "endpoints.md §18",
		wire.CheckUploadRequest{Query: tail, WithBase: base, FromUserName: "@a", ToUserName: "@b", FileSize: 30 << 20, FileMD5: "0f1e2d3c4b5a69788796a5b4c3d2e1f0", FileName: "报告.pdf", FileType: 7},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxcheckupload?lang=zh_CN&pass_ticket=abc%252Bdef",
			complete + `,"FromUserName":"@a","ToUserName":"@b","FileSize":31457280,"FileMd5":"0f1e2d3c4b5a69788796a5b4c3d2e1f0","FileName":"报告.pdf","FileType":7}`, jsonHeader,
		}),
	travel("GetMsgImg", wire.GetMsgImg, "official", "endpoints.md §19",
		wire.MediaRequest{Query: wire.Query{Skey: "@crypt_1a2b_0123"}, MsgID: "7000000000000000001", MsgIDLower: "7000000000000000001", Type: "slave"},
		sent{"GET", "/cgi-bin/mmwebwx-bin/webwxgetmsgimg?MsgID=7000000000000000001&skey=%40crypt_1a2b_0123&type=slave", "", nil}),
	travel("GetVideo", wire.GetVideo, "official", "endpoints.md §20",
		wire.MediaRequest{Query: wire.Query{Skey: "@crypt_1a2b_0123"}, MsgID: "7000000000000000001", MsgIDLower: "7000000000000000001"},
		sent{"GET", "/cgi-bin/mmwebwx-bin/webwxgetvideo?msgid=7000000000000000001&skey=%40crypt_1a2b_0123", "", nil}),
	travel("GetVoice", wire.GetVoice, "official", "endpoints.md §21",
		wire.MediaRequest{Query: wire.Query{Skey: "@crypt_1a2b_0123"}, MsgID: "7000000000000000001", MsgIDLower: "7000000000000000001"},
		sent{"GET", "/cgi-bin/mmwebwx-bin/webwxgetvoice?msgid=7000000000000000001&skey=%40crypt_1a2b_0123", "", nil}),
	travel("GetMedia", wire.GetMedia, "official", "endpoints.md §22",
		wire.MediaRequest{Query: wire.Query{PassTicket: "abc%2Bdef"}, Sender: "@a", MediaID: "@crypt_1_2", FileName: "report%2Epdf", FromUser: "200100300", DataTicket: "gSdk"},
		sent{"GET", "/cgi-bin/mmwebwx-bin/webwxgetmedia?sender=%40a&mediaid=%40crypt_1_2&encryfilename=report%252Epdf&fromuser=200100300&pass_ticket=abc%252Bdef&webwx_data_ticket=gSdk", "", nil}),
	travel("GetIcon", wire.GetIcon, "official", "endpoints.md §23",
		wire.MediaRequest{Query: wire.Query{Skey: "@crypt_1a2b_0123"}, Seq: "0", UserName: "@a", ChatRoomID: "@c", MsgID: "7", MsgIDLower: "7", Type: "big"},
		sent{"GET", "/cgi-bin/mmwebwx-bin/webwxgeticon?seq=0&username=%40a&skey=%40crypt_1a2b_0123&chatroomid=%40c&msgid=7&type=big", "", nil}),
	travel("GetHeadImg", wire.GetHeadImg, "official", "endpoints.md §23",
		wire.MediaRequest{Query: wire.Query{Skey: "@crypt_1a2b_0123"}, Seq: "0", UserName: "@@a", Type: "big"},
		sent{"GET", "/cgi-bin/mmwebwx-bin/webwxgetheadimg?seq=0&username=%40%40a&skey=%40crypt_1a2b_0123&type=big", "", nil}),
	travel("Preview", wire.Preview, "official", "endpoints.md §34",
		wire.MediaRequest{Fun: "preview", MediaID: "@crypt_1_2"},
		sent{"GET", "/cgi-bin/mmwebwx-bin/webwxpreview?fun=preview&mediaid=%40crypt_1_2", "", nil}),
	travel("GetPublicLinkImg", wire.GetPublicLinkImg, "official", "endpoints.md §35",
		wire.MediaRequest{URL: "xxx", MsgID: "7", MsgIDLower: "7", PicType: "location"},
		sent{"GET", "/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&msgid=7&pictype=location", "", nil}),
	travel("CheckURL", wire.CheckURL, "official", "endpoints.md §30",
		wire.CheckURLRequest{Query: wire.Query{Skey: "@crypt_1a2b_0123", DeviceID: "e123456789012345", PassTicket: "abc%2Bdef"}, RequestURL: "http://example.com/?a=b&c", Opcode: 2, Scene: 1, UserName: "@a"},
		sent{"GET", "/cgi-bin/mmwebwx-bin/webwxcheckurl?requrl=http%3A%2F%2Fexample.com%2F%3Fa%3Db%26c&skey=%40crypt_1a2b_0123&deviceid=e123456789012345&pass_ticket=abc%252Bdef&opcode=2&scene=1&username=%40a", "", nil}),
	travel("StatReport", wire.StatReport, "official", "endpoints.md §31",
		wire.StatReportRequest{Query: tail, Fun: "new"},
		sent{"POST", "/cgi-bin/mmwebwx-bin/webwxstatreport?fun=new&lang=zh_CN&pass_ticket=abc%252Bdef", "{}", jsonHeader}),
	travel("SendFeedback", wire.SendFeedback, "official", "endpoints.md §32",
		wire.SendFeedbackRequest{Query: tail, WithBase: base, MachineType: "webwx", Content: "【webwx】 good", ReportType: 0},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxsendfeedback?lang=zh_CN&pass_ticket=abc%252Bdef",
			complete + `,"MachineType":"webwx","Content":"【webwx】 good","ReportType":0}`, jsonHeader,
		}),
	travel("RevokeMsg", wire.RevokeMsg, "official", "endpoints.md §24",
		wire.RevokeMsgRequest{Query: tail, WithBase: base, ClientMsgID: "17000000000001234", SvrMsgID: "7000000000000000001", ToUserName: "@b"},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxrevokemsg?lang=zh_CN&pass_ticket=abc%252Bdef",
			complete + `,"ClientMsgId":"17000000000001234","SvrMsgId":"7000000000000000001","ToUserName":"@b"}`, jsonHeader,
		}),
	travel("Oplog", wire.Oplog, "official", "endpoints.md §25",
		wire.OplogRequest{Query: tail, WithBase: base, UserName: "@b", CmdID: wire.OplogRemark, RemarkName: new("")},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxoplog?lang=zh_CN&pass_ticket=abc%252Bdef",
			complete + `,"UserName":"@b","CmdId":2,"RemarkName":""}`, jsonHeader,
		}),
	travel("VerifyUser", wire.VerifyUser, "official", "endpoints.md §26",
		wire.VerifyUserRequest{
			Query: wire.Query{R: ms, Lang: "zh_CN", PassTicket: "abc%2Bdef"}, WithBase: base, Opcode: wire.VerifyAccept, VerifyUserListSize: 1,
			VerifyUserList: []wire.VerifyItem{{Value: "@b", VerifyUserTicket: "v2_0011@stranger"}}, SceneListCount: 1, SceneList: []int{wire.SceneWeb}, Skey: "@crypt_1a2b_0123",
		},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxverifyuser?r=1700000000000&lang=zh_CN&pass_ticket=abc%252Bdef",
			complete + `,"Opcode":3,"VerifyUserListSize":1,"VerifyUserList":[{"Value":"@b","VerifyUserTicket":"v2_0011@stranger"}],"VerifyContent":"","SceneListCount":1,"SceneList":[33],"skey":"@crypt_1a2b_0123"}`, jsonHeader,
		},
		// The counts and skey are written, but what clients put there is not read.
		wire.VerifyUserRequest{
			Query: wire.Query{R: ms, Lang: "zh_CN", PassTicket: "abc%2Bdef"}, WithBase: base, Opcode: wire.VerifyAccept,
			VerifyUserList: []wire.VerifyItem{{Value: "@b", VerifyUserTicket: "v2_0011@stranger"}}, SceneList: []int{wire.SceneWeb},
		}),
	travel("CreateChatRoom", wire.CreateChatRoom, "official", "endpoints.md §27",
		wire.CreateChatRoomRequest{Query: wire.Query{R: ms, Lang: "zh_CN", PassTicket: "abc%2Bdef"}, WithBase: base, MemberCount: 2, MemberList: []wire.RoomMember{{UserName: "@b"}, {UserName: "@c"}}, Topic: "周末"},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxcreatechatroom?r=1700000000000&lang=zh_CN&pass_ticket=abc%252Bdef",
			complete + `,"MemberCount":2,"MemberList":[{"UserName":"@b"},{"UserName":"@c"}],"Topic":"周末"}`, jsonHeader,
		},
		wire.CreateChatRoomRequest{Query: wire.Query{R: ms, Lang: "zh_CN", PassTicket: "abc%2Bdef"}, WithBase: base, MemberList: []wire.RoomMember{{UserName: "@b"}, {UserName: "@c"}}, Topic: "周末"}),
	travel("UpdateChatRoom", wire.UpdateChatRoom, "official", "endpoints.md §28",
		wire.UpdateChatRoomRequest{Query: tail, WithBase: base, Fun: wire.RoomAdd, ChatRoomName: "@@r", AddMemberList: "@b,@c"},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxupdatechatroom?fun=addmember&lang=zh_CN&pass_ticket=abc%252Bdef",
			complete + `,"ChatRoomName":"@@r","AddMemberList":"@b,@c"}`, jsonHeader,
		}),
	travel("SearchContact", wire.SearchContact, "official", "endpoints.md §33",
		wire.SearchContactRequest{Query: tail, WithBase: base, KeyWord: "小新"},
		sent{
			"POST", "/cgi-bin/mmwebwx-bin/webwxsearchcontact?lang=zh_CN&pass_ticket=abc%252Bdef",
			complete + `,"KeyWord":"小新"}`, jsonHeader,
		}),
	travel("Logout", wire.Logout, "official", "endpoints.md §29",
		wire.LogoutRequest{Query: wire.Query{Skey: "@crypt_1a2b_0123", Sid: "Kq2wT/9xLm+4aPzB", Uin: 200100300}, Redirect: 1, Type: 0},
		sent{"POST", "/cgi-bin/mmwebwx-bin/webwxlogout?redirect=1&type=0&skey=%40crypt_1a2b_0123", "sid=Kq2wT%2F9xLm%2B4aPzB&uin=200100300", formHeader}),
}

func TestRequestsAreExactAndArrive(t *testing.T) {
	for _, tt := range exchanges {
		t.Run(tt.endpoint+" in "+tt.form+" form", func(t *testing.T) {
			r := tt.send(t)
			if got, want := r.URL.String(), "https://wx.example.com"+tt.want.target; got != want {
				t.Errorf("%s:\n got %s\nwant %s", tt.page, got, want)
			}
			if r.Method != tt.want.method {
				t.Errorf("%s: method %s, want %s", tt.page, r.Method, tt.want.method)
			}
			header := map[string]string{}
			for name, values := range r.Header {
				header[name] = strings.Join(values, ", ")
			}
			if got, want := fmt.Sprint(header), fmt.Sprint(tt.want.header); got != want {
				t.Errorf("%s: headers %s, want %s", tt.page, got, want)
			}
			arrived, body := overTheWire(t, r)
			if string(body) != tt.want.body {
				t.Errorf("%s: body\n got %s\nwant %s", tt.page, body, tt.want.body)
			}
			read := false
			mux := http.NewServeMux()
			mux.HandleFunc(tt.about.path, func(_ http.ResponseWriter, r *http.Request) {
				read = true
				tt.readBack(t, r, body)
			})
			mux.ServeHTTP(httptest.NewRecorder(), arrived)
			if !read {
				t.Errorf("%s does not lead to %s", arrived.URL, tt.about.path)
			}
		})
	}
}

// overTheWire writes r as a client does and reads it as a server does.
func overTheWire(t *testing.T, r *http.Request) (*http.Request, []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	arrived, err := http.ReadRequest(bufio.NewReader(&b))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(arrived.Body)
	if err != nil {
		t.Fatal(err)
	}
	return arrived, body
}

func TestTheMisspeltHeaderIsSpeltSoOnTheWire(t *testing.T) {
	r, err := wire.GetContact.NewRequest(t.Context(), wire.GetContact.Seed, "https://wx.example.com", &wire.GetContactRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\r\nContentType: application/json; charset=UTF-8\r\n", "\r\nContent-Type: application/json; charset=UTF-8\r\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// TestNoEndpointIsForgotten compares the table above with the variables of the
// package, and checks what every line must have.
func TestNoEndpointIsForgotten(t *testing.T) {
	seedHas := []string{"JSLogin", "QRCode", "LoginPoll", "NewLoginPage", "Init", "StatusNotify", "GetContact", "SyncCheck", "Sync", "SendMsg"}
	hosts := map[string]wire.Host{"JSLogin": wire.Login, "QRCode": wire.Login, "LoginPoll": wire.Login, "SyncCheck": wire.Push, "UploadMedia": wire.File, "GetMedia": wire.File}
	var official, seed []string
	for _, tt := range exchanges {
		switch tt.form {
		case "official":
			official = append(official, tt.endpoint)
		case "seed":
			seed = append(seed, tt.endpoint)
		}
		host, ok := hosts[tt.endpoint]
		if !ok {
			host = wire.Main
		}
		if tt.about.host != host {
			t.Errorf("%s: host %d, want %d", tt.endpoint, tt.about.host, host)
		}
		last := tt.about.path[strings.LastIndex(tt.about.path, "/")+1:]
		if tt.endpoint == "QRCode" {
			last = "qrcode"
		}
		if tt.about.op != last {
			t.Errorf("%s: op %q, want the last part of the path, %q", tt.endpoint, tt.about.op, last)
		}
	}
	slices.Sort(official)
	if vars := endpointVars(t); !slices.Equal(official, vars) {
		t.Errorf("tested %v\n  want %v", official, vars)
	}
	if !slices.Equal(seed, seedHas) {
		t.Errorf("tested in seed form %v\n                want %v", seed, seedHas)
	}
}

// endpointVars lists the variables of the package that are an Endpoint, sorted.
func endpointVars(t *testing.T) []string {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			for _, spec := range gen.Specs {
				spec := spec.(*ast.ValueSpec)
				for i, value := range spec.Values {
					lit, ok := value.(*ast.CompositeLit)
					if !ok {
						continue
					}
					if typ, ok := lit.Type.(*ast.IndexListExpr); ok && fmt.Sprint(typ.X) == "Endpoint" {
						names = append(names, spec.Names[i].Name)
					}
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

// request is one that a client of whatever kind sends.
func request(t testing.TB, method, target, contentType string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, "https://wx.example.com"+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

const formType = "application/x-www-form-urlencoded"

// variant is a request in a form that some client uses.
type variant struct {
	name                      string
	method, target, kind, txt string
	read                      func(r *http.Request, body []byte) (any, error)
	want                      any
}

func reading[Req, Resp any](e wire.Endpoint[Req, Resp]) func(*http.Request, []byte) (any, error) {
	return func(r *http.Request, body []byte) (any, error) { return e.ReadRequest(r, body) }
}

func TestReadRequestTakesEveryForm(t *testing.T) {
	login := &wire.JSLoginRequest{AppID: webwx.AppID, Fun: "new", Time: ms}
	message := &wire.SendMsgRequest{WithBase: base, Msg: text}
	const messageBody = complete + `,"Msg":{"Type":1,"Content":"你好 <b>&\n","FromUserName":"@a","ToUserName":"@b","LocalID":17000000000001234,"ClientMsgId":"17000000000001234"}}`
	tests := []variant{
		{"jslogin as a form", "POST", "/jslogin", formType, "appid=wx782c26e4c19acffb&fun=new&_=1700000000000", reading(wire.JSLogin), login},
		{"jslogin posted with the parameters in the query", "POST", "/jslogin?appid=wx782c26e4c19acffb&fun=new&_=1700000000000", formType, "", reading(wire.JSLogin), login},
		{"jslogin with half of the parameters in each", "POST", "/jslogin?appid=wx782c26e4c19acffb&fun=old", "", "fun=new&_=1700000000000", reading(wire.JSLogin), login},
		{"a number that is none counts as absent", "GET", "/jslogin?appid=wx782c26e4c19acffb&fun=new&_=now", "", "", reading(wire.JSLogin), &wire.JSLoginRequest{AppID: webwx.AppID, Fun: "new"}},
		{"a number too large counts as absent", "GET", "/jslogin?_=99999999999999999999", "", "", reading(wire.JSLogin), &wire.JSLoginRequest{}},
		{"an empty tip as Mojo-Weixin sends it", "GET", "/login?tip=&uuid=abc", "", "", reading(wire.LoginPoll), &wire.LoginPollRequest{UUID: "abc"}},
		{"lang twice", "GET", "/login?lang=zh_CN&uuid=abc&lang=en_US&unknown=1", "", "", reading(wire.LoginPoll), &wire.LoginPollRequest{UUID: "abc"}},
		{"webwxsync with the names of wechat-robot", "POST", "/webwxsync?sid=a&sKey=b&passTicket=c", "", "", reading(wire.Sync), &wire.SyncRequest{Query: wire.Query{Sid: "a", Skey: "b", PassTicket: "c"}}},
		{"synccheck with a raw bar", "GET", "/synccheck?synckey=1_5|2_6", "", "", reading(wire.SyncCheck), &wire.SyncCheckRequest{SyncKey: "1_5|2_6"}},
		{"synccheck with an encoded bar", "GET", "/synccheck?synckey=1_5%7C2_6", "", "", reading(wire.SyncCheck), &wire.SyncCheckRequest{SyncKey: "1_5|2_6"}},
		{"synccheck with query and body", "GET", "/synccheck?uin=7&sid=x", "", complete + `}`, reading(wire.SyncCheck), &wire.SyncCheckRequest{Query: wire.Query{Uin: 7, Sid: "x"}, WithBase: base}},
		{"JSON without a content type", "POST", "/webwxsendmsg", "", messageBody, reading(wire.SendMsg), message},
		{"JSON under the form content type", "POST", "/webwxsendmsg", formType, messageBody, reading(wire.SendMsg), message},
		{"JSON in a GET", "GET", "/webwxsendmsg", "text/plain", messageBody, reading(wire.SendMsg), message},
		{"JSON with blanks and a byte-order mark around it", "POST", "/webwxsendmsg", "", "\ufeff\r\n " + messageBody + "\n", reading(wire.SendMsg), message},
		{"an empty object labelled as a form", "POST", "/webwxlogout?type=1", formType, "{}", reading(wire.Logout), &wire.LogoutRequest{Type: 1}},
		{"no body", "POST", "/webwxgetcontact", "", "", reading(wire.GetContact), &wire.GetContactRequest{}},
		{"only blanks", "POST", "/webwxgetcontact", "", " \r\n", reading(wire.GetContact), &wire.GetContactRequest{}},
		{"logout as a GET", "GET", "/webwxlogout?redirect=1&type=1&skey=%40k", "", "", reading(wire.Logout), &wire.LogoutRequest{Query: wire.Query{Skey: "@k"}, Redirect: 1, Type: 1}},
		{
			"the uin that the page cut from the wrong cookie", "POST", "/webwxinit", "", `{"BaseRequest":{"Uin":"xuin=5","Sid":"s"}}`, reading(wire.Init),
			&wire.InitRequest{WithBase: wire.WithBase{BaseRequest: wire.BaseRequest{Sid: "s"}}},
		},
		{
			"the texts of itchat4j", "POST", "/webwxstatusnotify", "", `{"Code":"3","ClientMsgId":"1700000000000"}`, reading(wire.StatusNotify),
			&wire.StatusNotifyRequest{Code: webwx.StatusInit, ClientMsgID: ms},
		},
		{
			"a BaseRequest of two keys and rr as a text", "POST", "/webwxsync", "", `{"BaseRequest":{"Uin":"5","Sid":"s"},"SyncKey":{"Count":1,"List":[{"Val":5,"Key":1}]},"rr":"-7"}`, reading(wire.Sync),
			&wire.SyncRequest{WithBase: wire.WithBase{BaseRequest: wire.BaseRequest{Uin: 5, Sid: "s"}}, SyncKey: webwx.NewSyncKey(webwx.SyncKeyItem{Key: 1, Val: 5}), RR: -7},
		},
		{
			"lists of names as arrays, as WeixinBot sends them", "POST", "/webwxupdatechatroom?r=1", "", complete + `,"NewTopic":"","ChatRoomName":"@@r","DelMemberList":[],"AddMemberList":["@b","@c"],"InviteMemberList":null}`, reading(wire.UpdateChatRoom),
			&wire.UpdateChatRoomRequest{Query: wire.Query{R: 1}, WithBase: base, ChatRoomName: "@@r", AddMemberList: "@b,@c"},
		},
		{
			"a sync key as skey, as wechat-robot sends it", "POST", "/webwxverifyuser", "", complete + `,"Opcode":"3","VerifyUserList":[{"Value":"@b","VerifyUserTicket":""}],"SceneList":["33"],"skey":{"Count":1,"List":[]}}`, reading(wire.VerifyUser),
			&wire.VerifyUserRequest{WithBase: base, Opcode: 3, VerifyUserList: []wire.VerifyItem{{Value: "@b"}}, SceneList: []int{33}},
		},
		{
			"a pin without a remark, as ItChat sends it", "POST", "/webwxoplog", "", complete + `,"UserName":"@b","CmdId":3,"OP":0}`, reading(wire.Oplog),
			&wire.OplogRequest{WithBase: base, UserName: "@b", CmdID: 3, OP: new(0)},
		},
		{
			"the BaseRequest as Count, as wechat-robot sends it", "POST", "/webwxbatchgetcontact", "", complete + `,"Count":{"Uin":5},"List":[]}`, reading(wire.BatchGetContact),
			&wire.BatchGetContactRequest{WithBase: base, List: []wire.BatchItem{}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.read(request(t, tt.method, tt.target, tt.kind), []byte(tt.txt))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	for _, tt := range []struct{ name, path string }{
		{"a uuid as it is", "/qrcode/Qx7bPd_kRA=="},
		{"a uuid that is percent-encoded", "/qrcode/Qx7bPd_kRA%3D%3D?mmSrcParallelRetry=1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.HandleFunc(wire.QRCode.Path, func(_ http.ResponseWriter, r *http.Request) {
				got, err := wire.QRCode.ReadRequest(r, []byte("t=webwx&_=1700000000"))
				if want := (wire.QRCodeRequest{UUID: "Qx7bPd_kRA==", T: "webwx", Time: 1700000000}); err != nil || *got != want {
					t.Errorf("got %+v, %v, want %+v", got, err, want)
				}
			})
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, request(t, "POST", tt.path, formType))
			if w.Code != http.StatusOK {
				t.Errorf("status %d for %s", w.Code, tt.path)
			}
		})
	}
}

func TestReadRequestRefuses(t *testing.T) {
	tests := []struct{ name, target, body string }{
		{"half an object", "/x", `{"Msg":{`},
		{"a list", "/x", `[1,2]`},
		{"a text", "/x", `"a=b"`},
		{"a word", "/x", `hello`},
		{"a number", "/x", `5`},
		{"an object with something behind it", "/x", `{} x`},
		{"a form with a bad escape", "/x", `a=%zz`},
		{"bytes", "/x", "\x00\x01\x02"},
		{"an object nested too deep", "/x", strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := wire.SendMsg.ReadRequest(request(t, "POST", tt.target, ""), []byte(tt.body))
			if !errors.Is(err, wire.ErrUnparsable) || req == nil {
				t.Errorf("got %v, %v, want ErrUnparsable and a request", req, err)
			}
		})
	}
}

func TestReadRequestNamesTheWrongValue(t *testing.T) {
	tests := []struct {
		name, body string
		want       wire.TypeError
	}{
		{"an object as the receiver", `{"BaseRequest":{"Sid":"s"},"Msg":{"ToUserName":{}}}`, wire.TypeError{"ToUserName", "object", "string"}},
		{"a text as the message", `{"BaseRequest":{"Sid":"s"},"Msg":"hello"}`, wire.TypeError{"Msg", "string", "struct"}},
		{"a boolean as the type", `{"BaseRequest":{"Sid":"s"},"Msg":{"Type":true}}`, wire.TypeError{"Type", "boolean", "int"}},
		{"a list as the uin", `{"BaseRequest":{"Uin":[],"Sid":"s"}}`, wire.TypeError{"Uin", "array", "int64"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := wire.SendMsg.ReadRequest(request(t, "POST", "/x?pass_ticket=p", ""), []byte(tt.body))
			terr, ok := errors.AsType[*wire.TypeError](err)
			if !ok || *terr != tt.want || errors.Is(err, wire.ErrUnparsable) {
				t.Errorf("err = %v, want %v", err, &tt.want)
			}
			if wire.BaseOf(req).Sid != "s" || wire.QueryOf(req).PassTicket != "p" {
				t.Errorf("the rest was not read: %+v", req)
			}
		})
	}
}

func TestBaseOfAndQueryOf(t *testing.T) {
	req := &wire.SyncRequest{WithBase: base, Query: tail}
	if got := wire.BaseOf(req); got != &req.BaseRequest {
		t.Errorf("BaseOf = %+v, want the request's own", got)
	}
	if got := wire.QueryOf(req); got != &req.Query {
		t.Errorf("QueryOf = %+v, want the request's own", got)
	}
	if b, q := wire.BaseOf(&wire.JSLoginRequest{}), wire.QueryOf(&wire.JSLoginRequest{}); b != nil || q != nil {
		t.Errorf("a kind without them gives %v, %v, want nil", b, q)
	}
}

func TestWriteReply(t *testing.T) {
	tests := []struct {
		name  string
		write func(w http.ResponseWriter) error
		kind  string
		body  string
	}{
		{"JSON is labelled as text", func(w http.ResponseWriter) error {
			return wire.SendMsg.WriteReply(w, &wire.SendMsgResponse{MsgID: "7", LocalID: "8"})
		}, "text/plain; charset=utf-8", `{"BaseResponse":{"Ret":0,"ErrMsg":""},"MsgID":"7","LocalID":"8"}`},
		{"a script", func(w http.ResponseWriter) error {
			return wire.SyncCheck.WriteReply(w, &wire.SyncCheckResponse{Selector: 2})
		}, "text/javascript; charset=utf-8", `window.synccheck={retcode:"0",selector:"2"}`},
		{"the login XML", func(w http.ResponseWriter) error {
			return wire.NewLoginPage.WriteReply(w, &loggedIn)
		}, "text/plain; charset=utf-8", loginXML},
		{"a picture", func(w http.ResponseWriter) error {
			return wire.QRCode.WriteReply(w, new(wire.Image("\xff\xd8\xff")))
		}, "image/jpeg", "\xff\xd8\xff"},
		{"push login says 0 as a text", func(w http.ResponseWriter) error {
			return wire.PushLogin.WriteReply(w, &wire.PushLoginResponse{Ret: "0", Msg: "all ok", UUID: "abc"})
		}, "text/plain; charset=utf-8", `{"ret":"0","msg":"all ok","uuid":"abc"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			if err := tt.write(w); err != nil {
				t.Fatal(err)
			}
			if got := w.Header().Get("Content-Type"); got != tt.kind || w.Code != 200 {
				t.Errorf("status %d, content type %q, want 200, %q", w.Code, got, tt.kind)
			}
			if got := w.Body.String(); got != tt.body || w.Header().Get("Content-Length") != fmt.Sprint(len(tt.body)) {
				t.Errorf("body %q of length %s, want %q", got, w.Header().Get("Content-Length"), tt.body)
			}
		})
	}
	t.Run("another status, as webwxnewloginpage needs it", func(t *testing.T) {
		w := httptest.NewRecorder()
		if err := wire.NewLoginPage.WriteStatus(w, http.StatusMovedPermanently, &loggedIn); err != nil || w.Code != 301 || w.Body.String() != loginXML {
			t.Errorf("status %d, body %q, %v", w.Code, w.Body, err)
		}
	})
	t.Run("what cannot be written is not begun", func(t *testing.T) {
		w := httptest.NewRecorder()
		if err := wire.JSLogin.WriteReply(w, &wire.JSLoginResponse{UUID: `"`}); err == nil || w.Body.Len() > 0 || len(w.Header()) > 0 {
			t.Errorf("err = %v, wrote %q", err, w.Body)
		}
	})
}

func TestReadReply(t *testing.T) {
	sent := func(ret webwx.Ret, msgID, localID string) *wire.SendMsgResponse {
		return &wire.SendMsgResponse{Reply: wire.Reply{BaseResponse: wire.BaseResponse{Ret: ret}}, MsgID: msgID, LocalID: localID}
	}
	tests := []struct {
		name, body string
		want       *wire.SendMsgResponse
		err        string
	}{
		{"a success", `{"BaseResponse":{"Ret":0,"ErrMsg":""},"MsgID":"7","LocalID":"8"}`, sent(0, "7", "8"), ""},
		{"a byte-order mark", "\ufeff" + `{"BaseResponse":{"Ret":0}}`, sent(0, "", ""), ""},
		{"a result code as a text", `{"BaseResponse":{"Ret":"0"}}`, sent(0, "", ""), ""},
		{"a value of another kind is left out", `{"BaseResponse":{"Ret":0},"MsgID":{},"LocalID":"8"}`, sent(0, "", "8"), ""},
		{"a refusal with what came with it", `{"BaseResponse":{"Ret":-1,"ErrMsg":""},"MsgID":"0","LocalID":"8"}`, sent(-1, "0", "8"), "webwxsendmsg: ret -1: system error"},
		{"no result code", `{"MsgID":"7"}`, nil, "webwxsendmsg: reply without BaseResponse"},
		{"an empty BaseResponse", `{"BaseResponse":{},"MsgID":"7"}`, nil, "webwxsendmsg: reply without BaseResponse"},
		{"a list", `[]`, nil, "webwxsendmsg: reply without BaseResponse"},
		{"nothing", ``, nil, "webwxsendmsg: reply is not JSON: malformed JSON at byte 0: want a value"},
		{"a page", `<html>`, nil, "webwxsendmsg: reply is not JSON: malformed JSON at byte 0: want a value"},
		{"half a reply", `{"BaseResponse":{"Ret":0},"MsgID":"7`, nil, "webwxsendmsg: reply is not JSON: malformed JSON at byte 35: text without an end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := wire.SendMsg.ReadReply([]byte(tt.body))
			text := ""
			if err != nil {
				text = err.Error()
			}
			if text != tt.err {
				t.Errorf("err = %q, want %q", text, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func FuzzReadRequest(f *testing.F) {
	for _, tt := range exchanges {
		_, query, _ := strings.Cut(tt.want.target, "?")
		f.Add(query, tt.want.body)
	}
	f.Add("", "a=%zz")
	f.Add("sKey=a&passTicket=b&uin=x", "\ufeff {} ")
	f.Add("%zz", "[]")
	f.Fuzz(func(t *testing.T, query, body string) {
		r := request(t, "POST", "/x", "")
		r.URL.RawQuery = query
		arrivesAgain(t, wire.SendMsg, r, body)
		arrivesAgain(t, wire.Sync, r, body)
		arrivesAgain(t, wire.Init, r, body)
		arrivesAgain(t, wire.LoginPoll, r, body)
		arrivesAgain(t, wire.BatchGetContact, r, body)
		arrivesAgain(t, wire.UpdateChatRoom, r, body)
		arrivesAgain(t, wire.VerifyUser, r, body)
		arrivesAgain(t, wire.Oplog, r, body)
	})
}

// arrivesAgain reads a request, sends what was read, and reads that.
func arrivesAgain[Req, Resp any](t *testing.T, e wire.Endpoint[Req, Resp], r *http.Request, body string) {
	t.Helper()
	first, err := e.ReadRequest(r, []byte(body))
	if first == nil {
		t.Fatal("no request")
	}
	if err != nil {
		if _, ok := errors.AsType[*wire.TypeError](err); !ok && !errors.Is(err, wire.ErrUnparsable) {
			t.Fatalf("an error of no known kind: %v", err)
		}
		return
	}
	// Send all parameters, whether the official form has them or not.
	form := e.Official
	form.Query = []string{"sid", "skey", "uin", "deviceid", "pass_ticket", "lang", "r", "_", "type", "loginicon", "uuid", "tip", "fun", "f"}
	again, err := e.NewRequest(t.Context(), form, "https://wx.example.com", first)
	if err != nil {
		t.Fatal(err)
	}
	arrived, text := overTheWire(t, again)
	second, err := e.ReadRequest(arrived, text)
	if err != nil {
		t.Fatalf("%s %s: %v", arrived.URL, text, err)
	}
	if diff := cmp.Diff(first, second, alike); diff != "" {
		t.Fatalf("%s %s (-first +second)\n%s", arrived.URL, text, diff)
	}
}
