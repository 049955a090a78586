package webwx

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// corpus has the payloads of messages.md §5 and §6, as they look before the
// server escapes them, and what they say.
var corpus = []struct {
	name string
	msg  Message // Content is not escaped
	want Content
}{
	{"text, §5.1", Message{MsgType: MsgText, Content: "你好\n第二行 <tag> 😄 [微笑]"}, &Text{"你好\n第二行 <tag> 😄 [微笑]"}},
	{
		"image, §5.2",
		Message{MsgType: MsgImage, Content: `<?xml version="1.0"?>
<msg><img aeskey="00112233445566778899aabbccddeeff" encryver="0" cdnthumbaeskey="ab" cdnthumburl="3045" cdnthumblength="4321" cdnthumbheight="120" cdnthumbwidth="90" cdnmidheight="0" cdnmidwidth="0" cdnhdheight="0" cdnhdwidth="0" cdnmidimgurl="3046" length="51234" md5="0123456789abcdef0123456789abcdef" /></msg>`},
		&Image{AESKey: "00112233445566778899aabbccddeeff", ThumbAESKey: "ab", ThumbURL: "3045", MidURL: "3046", ThumbSize: 4321, ThumbWidth: 90, ThumbHeight: 120, Size: 51234, MD5: "0123456789abcdef0123456789abcdef"},
	},
	{
		"image in the minimal old form, §5.2",
		Message{MsgType: MsgImage, ImgHeight: 12, ImgWidth: 9, Content: `<msg><img length="6503" hdlength="0" /><commenturl></commenturl></msg>`},
		&Image{Size: 6503, ThumbWidth: 9, ThumbHeight: 12},
	},
	{"image as an opaque text, §5.2", Message{MsgType: MsgImage, ImgHeight: 12, ImgWidth: 9, Content: "@0a1b2c"}, &Image{Blob: "@0a1b2c", ThumbWidth: 9, ThumbHeight: 12}},
	{"image without content", Message{MsgType: MsgImage}, &Image{}},
	{
		"image with attributes of later versions",
		Message{MsgType: MsgImage, Content: `<msg><img length="1" hevc_mid_size="77" originsourcemd5="a&amp;b" /><platform_signature>q</platform_signature></msg>`},
		&Image{Size: 1, Extra: `<msg><img hevc_mid_size="77" originsourcemd5="a&amp;b"></img><platform_signature>q</platform_signature></msg>`},
	},
	{
		"voice, §5.2",
		Message{MsgType: MsgVoice, Content: `<msg><voicemsg endflag="1" cancelflag="0" forwardflag="0" voiceformat="4" voicelength="3215" length="5120" bufid="0" clientmsgid="abc123" fromusername="wxid_demo1" downcount="0" /></msg>`},
		&Voice{Length: 3215, Size: 5120, ClientID: "abc123", FromUserName: "wxid_demo1"},
	},
	{"voice as an opaque text", Message{MsgType: MsgVoice, VoiceLength: 1200, Content: "@00ff"}, &Voice{Blob: "@00ff", Length: 1200}},
	{
		"video, §5.2",
		Message{MsgType: MsgVideo, Content: `<msg><videomsg aeskey="k" cdnthumbaeskey="tk" cdnvideourl="v" cdnthumburl="t" length="1500000" playlength="10" cdnthumblength="9000" cdnthumbwidth="290" cdnthumbheight="512" fromusername="wxid_demo1" md5="m" newmd5="n" isad="0" /></msg>`},
		&Video{AESKey: "k", ThumbAESKey: "tk", VideoURL: "v", ThumbURL: "t", Size: 1500000, Length: 10, ThumbSize: 9000, ThumbWidth: 290, ThumbHeight: 512, FromUserName: "wxid_demo1", MD5: "m", NewMD5: "n"},
	},
	{"small video", Message{MsgType: MsgMicroVideo, PlayLength: 6}, &Video{Small: true, Length: 6}},
	{
		"sticker, §5.3",
		Message{MsgType: MsgEmoticon, Content: `<msg><emoji fromusername="wxid_demo1" tousername="wxid_demo2" type="2" idbuffer="media:0_0" md5="0f1e" len="12345" productid="" cdnurl = "http://emoji.example/wx_emoji/abc/?a=1&b=2" encrypturl="e" aeskey="k" width="120" height="121" attachedtext="哈"></emoji><gameext type="0" content="0"></gameext></msg>`},
		&Sticker{FromUserName: "wxid_demo1", ToUserName: "wxid_demo2", Type: 2, MD5: "0f1e", Size: 12345, URL: "http://emoji.example/wx_emoji/abc/?a=1&b=2", EncryptURL: "e", AESKey: "k", Width: 120, Height: 121, Text: "哈"},
	},
	{"store sticker, §5.3", Message{MsgType: MsgEmoticon, HasProductID: 1, ImgWidth: 120, ImgHeight: 120}, &Sticker{Store: true, Width: 120, Height: 120}},
	{"location, §5.4", Message{
		MsgType: MsgText, SubMsgType: 48, URL: "http://apis.map.qq.com/uri/v1/geocoder?coord=26.08,119.29",
		Content:    "福州市某路1号:\n/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&msgid=7000000000000000001&pictype=location",
		OriContent: "<?xml version=\"1.0\"?>\n<msg>\n\t<location x=\"26.080000\" y=\"119.290000\" scale=\"16\" label=\"福州市某路1号\" maptype=\"0\" poiname=\"[位置]\" poiid=\"\" />\n</msg>\n",
	}, &Location{Latitude: 26.08, Longitude: 119.29, Scale: 16, Label: "福州市某路1号", Name: "[位置]", Picture: MapPicture("7000000000000000001")}},
	{"location with escaped OriContent", Message{
		MsgType: MsgText, SubMsgType: 48, Content: "某路:\n", OriContent: Escape(`<msg><location x="1.5" y="-2" scale="16" label="某路" maptype="0" poiname="" poiid="q" /></msg>`),
	}, &Location{Latitude: 1.5, Longitude: -2, Scale: 16, Label: "某路", Extra: `<msg><location poiid="q"></location></msg>`}},
	{"location without XML", Message{
		MsgType: MsgText, URL: "http://apis.map.qq.com/uri/v1/geocoder?coord=26.08,119.29", Content: "某路:\n" + MapPicture("1"),
	}, &Location{Latitude: 26.08, Longitude: 119.29, Label: "某路", Picture: MapPicture("1")}},
	{"friend request, §5.5", Message{
		MsgType: MsgVerify, RecommendInfo: RecommendInfo{UserName: "@0a1b", NickName: "小新", Content: "我是小新", Ticket: "v2_00@stranger", OpCode: 2, Scene: 14},
		Content: `<msg fromusername="wxid_demo9" encryptusername="v1_0011@stranger" fromnickname="小新" content="我是小新" shortpy="XX" imagestatus="3" scene="14" country="CN" province="Fujian" city="Fuzhou" sign="" percard="1" sex="1" alias="xiaoxin" weibo="" weibonickname="" albumflag="0" albumstyle="0" albumbgimgid="" snsflag="17" snsbgimgid="" snsbgobjectid="0" mhash="h" mfullhash="" bigheadimgurl="http://a/0" smallheadimgurl="http://a/132" ticket="v2_00@stranger" opcode="2" googlecontact="" qrticket="" chatroomusername="1000000@chatroom" sourceusername="" sourcenickname="" sharecardusername="" sharecardnickname="" cardversion=""><brandlist count="0" ver="650000000"></brandlist></msg>`,
	}, &FriendRequest{Stranger{
		UserName: "@0a1b", XMLName: "wxid_demo9", EncryptName: "v1_0011@stranger", NickName: "小新", Content: "我是小新", Scene: 14, Country: "CN",
		Province: "Fujian", City: "Fuzhou", Sex: 1, Alias: "xiaoxin", BigHeadURL: "http://a/0", SmallHeadURL: "http://a/132", Ticket: "v2_00@stranger",
		OpCode: 2, Room: "1000000@chatroom", Extra: `<msg shortpy="XX" snsflag="17" mhash="h"></msg>`,
	}}},
	{
		"recommended friend without XML, §5.5",
		Message{MsgType: MsgPossibleFriend, RecommendInfo: RecommendInfo{UserName: "@0a", NickName: "A &amp; B", Scene: 10}},
		&PossibleFriend{Stranger{UserName: "@0a", NickName: "A & B", Scene: 10}},
	},
	{"card, §5.6", Message{
		MsgType: MsgShareCard, RecommendInfo: RecommendInfo{UserName: "@0a1b", Scene: 17},
		Content: `<?xml version="1.0"?>
<msg bigheadimgurl="http://a/0" smallheadimgurl="http://a/132" username="v1_0@stranger" nickname="小新" shortpy="" alias="xx" imagestatus="3" scene="17" province="福建" city="福州" sign="" sex="1" certflag="0" certinfo="" brandIconUrl="" brandHomeUrl="" brandSubscriptConfigUrl="" brandFlags="0" regionCode="CN_Fujian_Fuzhou" antispamticket="v2_0@stranger" />`,
	}, &Card{UserName: "@0a1b", XMLName: "v1_0@stranger", NickName: "小新", Alias: "xx", Province: "福建", City: "福州", Sex: 1, Scene: 17, BigHeadURL: "http://a/0", SmallHeadURL: "http://a/132", RegionCode: "CN_Fujian_Fuzhou", Ticket: "v2_0@stranger"}},
	{
		"link, §5.7",
		Message{MsgType: MsgApp, AppMsgType: 5, Content: `<msg><appmsg appid="wx1" sdkver="0"><title>T</title><des>D</des><action>view</action><type>5</type><url>http://a/?b=1&amp;c=2</url><appattach><totallen>0</totallen></appattach><sourceusername>gh_1</sourceusername><sourcedisplayname>S</sourcedisplayname><thumburl>http://t</thumburl></appmsg><fromusername>wxid_demo1</fromusername><appinfo><version>1</version><appname>N</appname></appinfo></msg>`},
		&Link{Title: "T", Description: "D", URL: "http://a/?b=1&c=2", ThumbURL: "http://t", Source: "gh_1", SourceName: "S", AppFrame: AppFrame{AppID: "wx1", AppName: "N", FromUserName: "wxid_demo1"}},
	},
	{
		"articles, §5.7",
		Message{MsgType: MsgApp, AppMsgType: 5, Content: `<msg><appmsg><title>A</title><des>a</des><type>5</type><url>http://1</url><mmreader><category type="20" count="2"><item><title>A</title><url>http://1</url><pub_time>1700000000</pub_time><cover>http://c|900|500</cover><digest>a</digest><sources>x</sources></item><item><title>B</title><url>http://2</url></item></category></mmreader></appmsg></msg>`},
		&Articles{Items: []Article{
			{Title: "A", URL: "http://1", Published: 1700000000, Cover: "http://c|900|500", Digest: "a", Extra: `<item><sources>x</sources></item>`}, {Title: "B", URL: "http://2"},
		}, AppFrame: AppFrame{Extra: `<msg><appmsg><mmreader><category type="20"></category></mmreader></appmsg></msg>`}},
	},
	{
		"file, §5.7",
		Message{MsgType: MsgApp, AppMsgType: 6, MediaID: "@crypt_1", FileName: "report.pdf", FileSize: "51234", Content: `<msg><appmsg appid="wx6618f1cfc6c132f8" sdkver="0"><title>report.pdf</title><type>6</type><appattach><totallen>51234</totallen><attachid>@cdn_u_k_1</attachid><fileext>pdf</fileext><cdnattachurl>u</cdnattachurl><aeskey>k</aeskey><encryver>0</encryver></appattach><md5>m</md5></appmsg><appinfo><appname>微信电脑版</appname></appinfo></msg>`},
		&File{Name: "report.pdf", Size: 51234, Ext: "pdf", MediaID: "@crypt_1", AttachID: "@cdn_u_k_1", AESKey: "k", MD5: "m", AppFrame: AppFrame{
			AppID: "wx6618f1cfc6c132f8", AppName: "微信电脑版", Extra: `<msg><appmsg><appattach><cdnattachurl>u</cdnattachurl><encryver>0</encryver></appattach></appmsg></msg>`,
		}},
	},
	{
		"music, §5.7",
		Message{MsgType: MsgApp, AppMsgType: 3, Content: `<msg><appmsg appid="wx5"><title>歌</title><des>人</des><type>3</type><url>http://p</url><dataurl>http://d</dataurl><lowdataurl>http://l</lowdataurl><thumburl>http://t</thumburl></appmsg></msg>`},
		&Music{Title: "歌", Description: "人", URL: "http://p", DataURL: "http://d", LowURL: "http://l", ThumbURL: "http://t", AppFrame: AppFrame{AppID: "wx5"}},
	},
	{
		"mini program, §5.7",
		Message{MsgType: MsgApp, AppMsgType: 36, Content: `<msg><appmsg><title>M</title><type>36</type><sourcedisplayname>S</sourcedisplayname><appattach><cdnthumburl>u</cdnthumburl><cdnthumbaeskey>k</cdnthumbaeskey></appattach><weappinfo><username><![CDATA[gh_1@app]]></username><appid>wx9</appid><pagepath>p.html?a=1&amp;b</pagepath><weappiconurl>i</weappiconurl><shareId>s</shareId><appservicetype>4</appservicetype><version>7</version></weappinfo></appmsg></msg>`},
		&MiniProgram{
			Versioned: true, Title: "M", Program: "gh_1@app", ProgramAppID: "wx9", PagePath: "p.html?a=1&b", IconURL: "i", ShareID: "s", ServiceType: 4, SourceName: "S", ThumbURL: "u", ThumbAESKey: "k",
			AppFrame: AppFrame{Extra: `<msg><appmsg><weappinfo><version>7</version></weappinfo></appmsg></msg>`},
		},
	},
	{
		"quote, §5.7",
		Message{MsgType: MsgApp, AppMsgType: 57, Content: `<msg><appmsg><title>yes</title><type>57</type><refermsg><type>1</type><svrid>7000000000000000001</svrid><fromusr>1@chatroom</fromusr><chatusr>wxid_a</chatusr><displayname>小新</displayname><content>1 &lt; 2?</content></refermsg></appmsg></msg>`},
		&Quote{Text: "yes", Refer: Refer{MsgType: MsgText, MsgID: "7000000000000000001", FromUser: "1@chatroom", ChatUser: "wxid_a", DisplayName: "小新", Content: "1 < 2?"}},
	},
	{
		"record, §5.7",
		Message{MsgType: MsgApp, AppMsgType: 0, Content: `<msg><appmsg><title>A and B</title><des>A: hi</des><type>19</type><recorditem><![CDATA[<recordinfo><title>A and B</title><datalist count="1"><dataitem datatype="1" dataid="d"><datadesc>hi &amp; bye</datadesc><sourcename>A</sourcename><sourcetime>2024-1-1 10:00</sourcetime><dataitemsource><fromusr>wxid_a</fromusr></dataitemsource></dataitem></datalist></recordinfo>]]></recorditem></appmsg></msg>`},
		&Record{Title: "A and B", Description: "A: hi", DocExtra: `<recordinfo><title>A and B</title></recordinfo>`, Items: []RecordItem{
			{Type: 1, ID: "d", Text: "hi & bye", SourceName: "A", SourceTime: "2024-1-1 10:00", FromUser: "wxid_a"},
		}},
	},
	{
		"transfer, §5.7",
		Message{MsgType: MsgApp, AppMsgType: 2000, FileName: "微信转账", Content: `<msg><appmsg><title><![CDATA[微信转账]]></title><des><![CDATA[收到转账0.10元。如需收钱，请点此升级至最新版本]]></des><type>2000</type><wcpayinfo><paysubtype>1</paysubtype><feedesc><![CDATA[￥0.10]]></feedesc><transcationid><![CDATA[t]]></transcationid><transferid><![CDATA[f]]></transferid><invalidtime><![CDATA[1]]></invalidtime><begintransfertime><![CDATA[2]]></begintransfertime><effectivedate><![CDATA[3]]></effectivedate><pay_memo><![CDATA[谢]]></pay_memo></wcpayinfo></appmsg></msg>`},
		&Transfer{Description: "收到转账0.10元。如需收钱，请点此升级至最新版本", SubType: 1, Fee: "￥0.10", TransactionID: "t", TransferID: "f", InvalidTime: "1", BeginTime: "2", EffectiveDate: "3", Memo: "谢"},
	},
	{
		"channels, §5.7",
		Message{MsgType: MsgApp, AppMsgType: 51, Content: `<msg><appmsg><title>升级</title><type>51</type><finderFeed><objectId>1</objectId><feedType>4</feedType><nickname>号</nickname><avatar>http://a</avatar><desc>d</desc><mediaCount>1</mediaCount><objectNonceId>n</objectNonceId><liveId>0</liveId><username>v2_x@finder</username><mediaList><media><thumbUrl>t</thumbUrl><fullCoverUrl>c</fullCoverUrl><videoPlayDuration>15</videoPlayDuration><url>u</url><height>1920.0</height><mediaType>4</mediaType><width>1080.0</width></media></mediaList><megaVideo><objectId></objectId></megaVideo></finderFeed></appmsg></msg>`},
		&Channels{
			Title: "升级", ObjectID: "1", FeedType: 4, NickName: "号", Avatar: "http://a", Description: "d", ObjectNonceID: "n", LiveID: "0", Channel: "v2_x@finder",
			Media: []ChannelMedia{{Type: 4, URL: "u", ThumbURL: "t", CoverURL: "c", Duration: 15, Width: "1080.0", Height: "1920.0"}},
		},
	},
	{"live location, §5.7", Message{MsgType: MsgApp, AppMsgType: 17, FileName: "我发起了位置共享", Content: `<msg><appmsg><title>我发起了位置共享</title><type>17</type></appmsg></msg>`}, &LiveLocation{}},
	{
		"an app message of another type",
		Message{MsgType: MsgApp, AppMsgType: 53, Content: `<msg><appmsg><title>接龙</title><type>53</type><extinfo><solitaire_info>x</solitaire_info></extinfo></appmsg></msg>`},
		&App{Type: 53, Title: "接龙", AppFrame: AppFrame{Extra: `<msg><appmsg><extinfo><solitaire_info>x</solitaire_info></extinfo></appmsg></msg>`}},
	},
	{"an app message without XML, §1.2", Message{MsgType: MsgApp, Content: "[收到一条网页版微信暂不支持的消息类型，请在手机上查看]"}, &Unknown{MsgType: MsgApp, Content: "[收到一条网页版微信暂不支持的消息类型，请在手机上查看]"}},
	{
		"recall, §5.9",
		Message{MsgType: MsgRecalled, Content: `<sysmsg type="revokemsg"><revokemsg><session>wxid_demo1</session><oldmsgid>1660000000</oldmsgid><msgid>7000000000000000004</msgid><newmsgid>7000000000000000004</newmsgid><replacemsg><![CDATA["小新" 撤回了一条消息]]></replacemsg></revokemsg></sysmsg>`},
		&Recall{MsgID: "7000000000000000004", OldMsgID: "1660000000", Session: "wxid_demo1", Text: `"小新" 撤回了一条消息`},
	},
	{"recall of the last message, §5.9", Message{MsgType: MsgRecalled, Content: `<sysmsg type="revokemsg"><revokemsg><msgid>0</msgid><replacemsg>x</replacemsg></revokemsg></sysmsg>`}, &Recall{Text: "x"}},
	{
		"pat, §5.9",
		Message{MsgType: MsgRecalled, Content: `<sysmsg type="pat"><pat><fromusername>wxid_a</fromusername><chatusername>100@chatroom</chatusername><pattedusername>wxid_b</pattedusername><template><![CDATA["${wxid_a}" 拍了拍 "${wxid_b}"]]></template></pat></sysmsg>`},
		&Pat{FromUser: "wxid_a", Chat: "100@chatroom", Patted: "wxid_b", Template: `"${wxid_a}" 拍了拍 "${wxid_b}"`},
	},
	{"room todo, §5.9", Message{MsgType: MsgRecalled, Content: `<sysmsg type="roomtoolstips"><todo><op>0</op></todo></sysmsg>`}, &Unknown{MsgType: MsgRecalled, Content: Escape(`<sysmsg type="roomtoolstips"><todo><op>0</op></todo></sysmsg>`)}},
	{"call, §5.10", Message{MsgType: MsgVoipInvite, Content: "<voipinvitemsg><roomid>1</roomid></voipinvitemsg>"}, &Call{Type: MsgVoipInvite, XML: "<voipinvitemsg><roomid>1</roomid></voipinvitemsg>"}},
	{
		"recent chats, §6",
		Message{MsgType: MsgStatusNotify, StatusNotifyCode: 4, StatusNotifyUserName: "@0a,@@0b,filehelper", Content: "<msg>\n<op id='4'>\n<username>wxid_demo1,1000000@chatroom,filehelper</username>\n<unreadchatlist><chat><username>wxid_demo1</username><lastreadtime>1700000000</lastreadtime></chat></unreadchatlist>\n<unreadfunctionlist></unreadfunctionlist>\n</op>\n</msg>\n"},
		&StatusNotice{Code: StatusChats, Names: []UserName{"@0a", "@@0b", "filehelper"}, XMLNames: []UserName{"wxid_demo1", "1000000@chatroom", "filehelper"}, Unread: []UnreadChat{{"wxid_demo1", 1700000000}}},
	},
	{"a chat was read, §6", Message{MsgType: MsgStatusNotify, StatusNotifyCode: 1, StatusNotifyUserName: "@0a"}, &StatusNotice{Code: StatusRead, Names: []UserName{"@0a"}}},
	{"a notice of type 9999", Message{MsgType: MsgSysNotice, Content: "down < 5 min"}, &System{Text: "down < 5 min", Notice: true}},
	{"red packet on the web as text, §1.1", Message{MsgType: MsgText, AppMsgType: 2001, Content: "收到红包，请在手机上查看"}, &RedPacket{}},
}

func TestCorpus(t *testing.T) {
	for _, tt := range corpus {
		t.Run(tt.name, func(t *testing.T) {
			escaped := tt.msg
			escaped.Content = Escape(tt.msg.Content)
			check := func(form string, m *Message) {
				t.Helper()
				got := m.Parse()
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", form, diff)
				}
				built := got.Build()
				if diff := cmp.Diff(got, entry(built, false).Parse()); diff != "" {
					t.Errorf("%s: built and parsed again (-want +got):\n%s", form, diff)
				}
			}
			check("escaped", entry(escaped, false))
			check("in a room", entry(escaped, true))
			if strings.HasPrefix(tt.msg.Content, "<") && tt.want.Kind() != ContentUnknown {
				check("not escaped", entry(tt.msg, false))
			}
		})
	}
}

func TestEmojiSpansInsideXML(t *testing.T) {
	content := `&lt;msg username="@0a" nickname="A<span class="emoji emoji1f604"></span>B" /&gt;`
	for _, form := range []string{content, strings.NewReplacer("&lt;", "<", "&gt;", ">").Replace(content)} {
		m := Message{MsgType: MsgShareCard, Content: form}
		if got, want := m.Parse().(*Card).NickName, "A😄B"; got != want {
			t.Errorf("nickname of %q = %q, want %q", form, got, want)
		}
	}
}

func TestReferParse(t *testing.T) {
	text := &Refer{MsgType: MsgText, Content: "1 < 2 &amp;"}
	if diff := cmp.Diff(Content(&Text{"1 < 2 &amp;"}), text.Parse()); diff != "" {
		t.Errorf("a quoted text (-want +got):\n%s", diff)
	}
	picture := &Refer{MsgType: MsgImage, Content: `<msg><img length="5" /></msg>`}
	if diff := cmp.Diff(Content(&Image{Size: 5}), picture.Parse()); diff != "" {
		t.Errorf("a quoted picture (-want +got):\n%s", diff)
	}
}

func TestRoomInvite(t *testing.T) {
	link := &Link{Title: "邀请你加入群聊", Description: `"X"邀请你加入群聊Y，进入可查看详情。`}
	if who, topic, ok := link.RoomInvite(); who != "X" || topic != "Y" || !ok {
		t.Errorf("RoomInvite = %q, %q, %t", who, topic, ok)
	}
	if _, _, ok := (&Link{Title: "x"}).RoomInvite(); ok {
		t.Error("another link is an invitation")
	}
}
