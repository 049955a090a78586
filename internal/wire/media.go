package wire

import "github.com/webwx/webwx"

// SendMsgImg sends a picture: endpoints.md §13.
var SendMsgImg = Endpoint[SendMsgRequest, SendMsgResponse]{
	Op: "webwxsendmsgimg", Host: Main, Path: cgi + "webwxsendmsgimg",
	Official: Form{Method: "POST", Query: []string{"fun", "f", "lang", "pass_ticket"}, JSON: true},
}

// SendEmoticon sends a sticker: endpoints.md §14.
var SendEmoticon = Endpoint[SendMsgRequest, SendMsgResponse]{
	Op: "webwxsendemoticon", Host: Main, Path: cgi + "webwxsendemoticon",
	Official: Form{Method: "POST", Query: []string{"fun", "lang", "pass_ticket"}, JSON: true},
}

// SendVideoMsg sends a video: endpoints.md §15.
var SendVideoMsg = Endpoint[SendMsgRequest, SendMsgResponse]{
	Op: "webwxsendvideomsg", Host: Main, Path: cgi + "webwxsendvideomsg",
	Official: Form{Method: "POST", Query: []string{"fun", "f", "lang", "pass_ticket"}, JSON: true},
}

// SendAppMsg sends a file, a link or another app message: endpoints.md §16.
var SendAppMsg = Endpoint[SendMsgRequest, SendMsgResponse]{
	Op: "webwxsendappmsg", Host: Main, Path: cgi + "webwxsendappmsg",
	Official: Form{Method: "POST", Query: []string{"fun", "f", "lang", "pass_ticket"}, JSON: true},
}

// UploadMedia stores a file, or one piece of it: endpoints.md §17. It travels as
// multipart/form-data, which the callers write and read themselves.
var UploadMedia = Endpoint[UploadMediaRequest, UploadMediaResponse]{
	Op: "webwxuploadmedia", Host: File, Path: cgi + "webwxuploadmedia",
	Official: Form{Method: "POST", Query: []string{"f"}},
}

// UploadMediaRequest is the field uploadmediarequest of an upload.
type UploadMediaRequest struct {
	F          string `param:"f"` // "json"
	UploadType int    `json:"UploadType"`
	WithBase
	ClientMediaID Number         `json:"ClientMediaId"`
	TotalLen      int64          `json:"TotalLen"`
	StartPos      Number         `json:"StartPos"`
	DataLen       int64          `json:"DataLen"`
	MediaType     int            `json:"MediaType"` // 4
	FromUserName  webwx.UserName `json:"FromUserName"`
	ToUserName    webwx.UserName `json:"ToUserName"`
	FileMD5       string         `json:"FileMd5"` // 32 hexadecimal digits
	AESKey        string         `json:"AESKey,omitempty"`
	Signature     string         `json:"Signature,omitempty"`
}

// UploadMediaResponse is the reply of [UploadMedia]; MediaID is empty until the
// last piece has come.
type UploadMediaResponse struct {
	Reply
	MediaID           string `json:"MediaId"`
	StartPos          int64  `json:"StartPos"` // the total length
	CDNThumbImgHeight int    `json:"CDNThumbImgHeight"`
	CDNThumbImgWidth  int    `json:"CDNThumbImgWidth"`
	EncryFileName     string `json:"EncryFileName"`
}

// CheckUpload asks whether the service has a file already: endpoints.md §18.
var CheckUpload = Endpoint[CheckUploadRequest, CheckUploadResponse]{
	Op: "webwxcheckupload", Host: Main, Path: cgi + "webwxcheckupload",
	Official: Form{Method: "POST", Query: []string{"lang", "pass_ticket"}, JSON: true},
}

// CheckUploadRequest is the request of [CheckUpload].
type CheckUploadRequest struct {
	Query
	WithBase
	FromUserName webwx.UserName `json:"FromUserName"`
	ToUserName   webwx.UserName `json:"ToUserName"`
	FileSize     int64          `json:"FileSize"`
	FileMD5      string         `json:"FileMd5"`
	FileName     string         `json:"FileName"`
	FileType     int            `json:"FileType"` // 7
}

// CheckUploadResponse is the reply of [CheckUpload]. A MediaID says that nothing
// needs to be uploaded.
type CheckUploadResponse struct {
	Reply
	MediaID       string `json:"MediaId"`
	AESKey        string `json:"AESKey"`
	Signature     string `json:"Signature"`
	EncryFileName string `json:"EncryFileName"`
}

// GetMsgImg fetches a picture or a sticker, or the thumbnail of one or of a video: endpoints.md §19.
var GetMsgImg = Endpoint[MediaRequest, Image]{
	Op: "webwxgetmsgimg", Host: Main, Path: cgi + "webwxgetmsgimg",
	Official: Form{Method: "GET", Query: []string{"MsgID", "skey", "type"}},
}

// GetVideo fetches a video: endpoints.md §20.
var GetVideo = Endpoint[MediaRequest, Image]{
	Op: "webwxgetvideo", Host: Main, Path: cgi + "webwxgetvideo",
	Official: Form{Method: "GET", Query: []string{"msgid", "skey"}},
}

// GetVoice fetches a voice message: endpoints.md §21.
var GetVoice = Endpoint[MediaRequest, Image]{
	Op: "webwxgetvoice", Host: Main, Path: cgi + "webwxgetvoice",
	Official: Form{Method: "GET", Query: []string{"msgid", "skey"}},
}

// GetMedia fetches a file by its MediaId: endpoints.md §22.
var GetMedia = Endpoint[MediaRequest, Image]{
	Op: "webwxgetmedia", Host: File, Path: cgi + "webwxgetmedia",
	Official: Form{Method: "GET", Query: []string{"sender", "mediaid", "encryfilename", "fromuser", "pass_ticket", "webwx_data_ticket"}},
}

// GetIcon fetches the picture of a person: endpoints.md §23.
var GetIcon = Endpoint[MediaRequest, Image]{
	Op: "webwxgeticon", Host: Main, Path: cgi + "webwxgeticon",
	Official: Form{Method: "GET", Query: []string{"seq", "username", "skey", "chatroomid", "msgid", "type"}},
}

// GetHeadImg fetches the picture of a room: endpoints.md §23.
var GetHeadImg = Endpoint[MediaRequest, Image]{
	Op: "webwxgetheadimg", Host: Main, Path: cgi + "webwxgetheadimg",
	Official: Form{Method: "GET", Query: []string{"seq", "username", "skey", "type"}},
}

// Preview shows a picture that was just uploaded: endpoints.md §34.
var Preview = Endpoint[MediaRequest, Image]{
	Op: "webwxpreview", Host: Main, Path: cgi + "webwxpreview",
	Official: Form{Method: "GET", Query: []string{"fun", "mediaid"}},
}

// GetPublicLinkImg fetches the map's picture of a location: endpoints.md §35.
var GetPublicLinkImg = Endpoint[MediaRequest, Image]{
	Op: "webwxgetpubliclinkimg", Host: Main, Path: cgi + "webwxgetpubliclinkimg",
	Official: Form{Method: "GET", Query: []string{"url", "msgid", "pictype"}},
}

// MediaRequest is the request of every download; each uses a few of its parts.
type MediaRequest struct {
	Query
	MsgID      string `param:"MsgID,msgid,MsgId,NewMsgId"`
	MsgIDLower string `param:"msgid,MsgID,MsgId,NewMsgId"` // the same as it is spelt for voice and video
	Type       string `param:"type"`                       // "slave" thumbnail, "big" large, or none
	Sender     string `param:"sender"`
	MediaID    string `param:"mediaid"`
	FileName   string `param:"encryfilename,filename"`
	FromUser   string `param:"fromuser"`
	DataTicket string `param:"webwx_data_ticket"`
	Seq        string `param:"seq"`
	UserName   string `param:"username,userName"`
	ChatRoomID string `param:"chatroomid"`
	Fun        string `param:"fun"`
	URL        string `param:"url"`
	PicType    string `param:"pictype"`
}
