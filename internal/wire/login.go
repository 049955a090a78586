package wire

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"github.com/webwx/webwx"
)

const cgi = "/cgi-bin/mmwebwx-bin/"

// JSLogin asks for a uuid: endpoints.md §1, S 1.
var JSLogin = Endpoint[JSLoginRequest, JSLoginResponse]{
	Op: "jslogin", Host: Login, Path: "/jslogin",
	Official: Form{Method: "GET", Query: []string{"appid", "redirect_uri", "fun", "lang", "_"}},
	Seed:     Form{Method: "GET", Query: []string{"appid", "fun", "lang", "_"}},
}

// JSLoginRequest is the request of [JSLogin].
type JSLoginRequest struct {
	AppID       string `param:"appid"`
	RedirectURI string `param:"redirect_uri"`
	Fun         string `param:"fun"`
	Lang        string `param:"lang"`
	Time        int64  `param:"_"` // milliseconds
}

// JSLoginResponse is the reply of [JSLogin]; UUID is set if Code is 200.
type JSLoginResponse struct {
	Code webwx.LoginCode
	UUID string
}

// MarshalText writes the exact text that clients look for (S 1.9).
func (r *JSLoginResponse) MarshalText() ([]byte, error) {
	if err := inScript(r.UUID); err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `window.QRLogin.code = %d; window.QRLogin.uuid = "%s";`, r.Code, r.UUID), nil
}

// UnmarshalText reads the script.
func (r *JSLoginResponse) UnmarshalText(text []byte) error {
	vars, err := parseScript(string(text))
	if err != nil {
		return err
	}
	code, err := scriptInt(vars, "QRLogin.code")
	if err != nil {
		return err
	}
	r.Code, r.UUID = webwx.LoginCode(code), vars["QRLogin.uuid"]
	if r.Code == webwx.LoginConfirmed && r.UUID == "" {
		return errors.New("reply without a uuid")
	}
	return nil
}

// QRCode fetches the picture of the code: endpoints.md §2, S 2.
var QRCode = Endpoint[QRCodeRequest, Image]{
	Op: "qrcode", Host: Login, Path: "/qrcode/{uuid}",
	Official: Form{Method: "GET"},
	Seed:     Form{Method: "POST", Post: []string{"t", "_"}},
}

// QRCodeRequest is the request of [QRCode].
type QRCodeRequest struct {
	UUID string `param:"uuid"`
	T    string `param:"t"` // "webwx"
	Time int64  `param:"_"`
}

// Image is a picture as it is.
type Image []byte

// MarshalText returns the bytes.
func (i *Image) MarshalText() ([]byte, error) { return *i, nil }

// UnmarshalText takes over text.
func (i *Image) UnmarshalText(text []byte) error { *i = text; return nil }

func (i *Image) contentType() string { return "image/jpeg" }

// LoginPoll waits for scan and confirmation: endpoints.md §3, S 3.
var LoginPoll = Endpoint[LoginPollRequest, LoginPollResponse]{
	Op: "login", Host: Login, Path: cgi + "login",
	Official: Form{Method: "GET", Query: []string{"loginicon", "uuid", "tip", "r", "_"}},
	Seed:     Form{Method: "GET", Query: []string{"tip", "uuid", "_"}},
}

// LoginPollRequest is the request of [LoginPoll].
type LoginPollRequest struct {
	LoginIcon string `param:"loginicon"` // "true" asks for the avatar
	UUID      string `param:"uuid"`
	Tip       int    `param:"tip"` // 1 before the scan, 0 after it
	R         int64  `param:"r"`
	Time      int64  `param:"_"`
}

// LoginPollResponse is the reply of [LoginPoll].
type LoginPollResponse struct {
	Code        webwx.LoginCode
	Avatar      []byte // with code 201: the picture's bytes
	RedirectURI string // with code 200
}

// avatarPrefix begins the data URL of an avatar; the type is misspelt as the
// service misspells it.
const avatarPrefix = "data:img/jpg;base64,"

// MarshalText writes the exact texts of endpoints.md §3.
func (r *LoginPollResponse) MarshalText() ([]byte, error) {
	text := fmt.Appendf(nil, "window.code=%d;", r.Code)
	switch {
	case r.Code == webwx.LoginScanned:
		text = fmt.Appendf(text, "window.userAvatar = '%s%s';", avatarPrefix, base64Text(r.Avatar))
	case r.RedirectURI != "":
		if err := inScript(r.RedirectURI); err != nil {
			return nil, err
		}
		text = fmt.Appendf(text, "\nwindow.redirect_uri=\"%s\";", r.RedirectURI)
	}
	return text, nil
}

// UnmarshalText reads the script.
func (r *LoginPollResponse) UnmarshalText(text []byte) error {
	vars, err := parseScript(string(text))
	if err != nil {
		return err
	}
	code, err := scriptInt(vars, "code")
	if err != nil {
		return err
	}
	r.Code, r.RedirectURI = webwx.LoginCode(code), vars["redirect_uri"]
	if _, data, ok := strings.Cut(vars["userAvatar"], "base64,"); ok {
		r.Avatar = bytesOfBase64(data)
	}
	if r.Code == webwx.LoginConfirmed && r.RedirectURI == "" {
		return errors.New("code 200 without redirect_uri")
	}
	return nil
}

// NewLoginPage exchanges the ticket for credentials: endpoints.md §4, S 4.
var NewLoginPage = Endpoint[NewLoginPageRequest, NewLoginPageResponse]{
	Op: "webwxnewloginpage", Host: Main, Path: cgi + "webwxnewloginpage",
	Official: Form{Method: "GET", Query: []string{"ticket", "uuid", "lang", "scan", "fun", "version"}},
	Seed:     Form{Method: "GET", Query: []string{"ticket", "uuid", "lang", "scan", "fun"}},
}

// NewLoginPageRequest is the request of [NewLoginPage]; its first four parts are
// those of redirect_uri.
type NewLoginPageRequest struct {
	Ticket  string `param:"ticket"`
	UUID    string `param:"uuid"`
	Lang    string `param:"lang"`
	Scan    string `param:"scan"`
	Fun     string `param:"fun"`     // "new"
	Version string `param:"version"` // "v2"
}

// NewLoginPageResponse is the reply of [NewLoginPage].
type NewLoginPageResponse struct {
	XMLName     xml.Name  `xml:"error"`
	Ret         webwx.Ret `xml:"ret"`
	Message     string    `xml:"message"`
	Skey        string    `xml:"skey"`
	WxSid       string    `xml:"wxsid"`
	WxUin       int64     `xml:"wxuin"`
	PassTicket  string    `xml:"pass_ticket"`
	IsGrayscale int       `xml:"isgrayscale"`
	// RedirectURL is where the service sends some logins instead (endpoints.md §4).
	RedirectURL string `xml:"redirecturl"`
}

func (r *NewLoginPageResponse) contentType() string { return "text/plain; charset=utf-8" }

// Credentials returns what the login gave.
func (r *NewLoginPageResponse) Credentials() webwx.Credentials {
	return webwx.Credentials{Uin: r.WxUin, Sid: r.WxSid, Skey: r.Skey, PassTicket: r.PassTicket}
}

// xmlText writes text between two tags, so that all stays on one line.
var xmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", "&#10;", "\r", "&#13;").Replace

// MarshalText writes the one line that clients look for (S 4.6–4.10), or after a
// failure only ret and message.
func (r *NewLoginPageResponse) MarshalText() ([]byte, error) {
	text := fmt.Appendf(nil, "<error><ret>%d</ret><message>%s</message>", r.Ret, xmlText(r.Message))
	if r.Ret == webwx.RetOK {
		text = fmt.Appendf(text, "<skey>%s</skey><wxsid>%s</wxsid><wxuin>%d</wxuin><pass_ticket>%s</pass_ticket><isgrayscale>%d</isgrayscale>",
			xmlText(r.Skey), xmlText(r.WxSid), r.WxUin, xmlText(r.PassTicket), r.IsGrayscale)
	}
	return append(text, "</error>"...), nil
}

// UnmarshalText reads the XML. The error is a [webwx.Error] if ret is not zero
// and the login is not sent elsewhere.
func (r *NewLoginPageResponse) UnmarshalText(text []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(text))
	dec.Strict = false
	type plain NewLoginPageResponse // without this method, which the decoder would call
	if err := dec.Decode((*plain)(r)); err != nil {
		return fmt.Errorf("reply is not the login XML: %w", err)
	}
	for _, s := range []*string{&r.Message, &r.Skey, &r.WxSid, &r.PassTicket, &r.RedirectURL} {
		*s = strings.TrimSpace(*s)
	}
	if r.RedirectURL != "" {
		return nil // looked at first, as the official page does
	}
	if r.Ret != webwx.RetOK {
		return &webwx.Error{Op: "webwxnewloginpage", Ret: r.Ret, Msg: r.Message}
	}
	if !r.Credentials().Valid() {
		return errors.New("login XML without wxuin and wxsid")
	}
	return nil
}

// PushLogin asks the phone to confirm a login without a QR code: endpoints.md §5.
var PushLogin = Endpoint[PushLoginRequest, PushLoginResponse]{
	Op: "webwxpushloginurl", Host: Main, Path: cgi + "webwxpushloginurl",
	Official: Form{Method: "GET", Query: []string{"uin"}},
}

// PushLoginRequest is the request of [PushLogin]; cookies of the earlier login
// prove it.
type PushLoginRequest struct {
	Uin Uin `param:"uin"`
}

// PushLoginResponse is the reply of [PushLogin]. Ret is the text "0" for yes; a
// known client cannot read a number there.
type PushLoginResponse struct {
	Ret  string `json:"ret"`
	Msg  string `json:"msg"`
	UUID string `json:"uuid"`
}

// Logout ends a login: endpoints.md §29.
var Logout = Endpoint[LogoutRequest, LogoutResponse]{
	Op: "webwxlogout", Host: Main, Path: cgi + "webwxlogout",
	Official: Form{Method: "POST", Query: []string{"redirect", "type", "skey"}, Post: []string{"sid", "uin"}},
}

// LogoutRequest is the request of [Logout].
type LogoutRequest struct {
	Query
	WithBase
	Redirect int `param:"redirect"`
	Type     int `param:"type"` // 0 keeps push login possible, 1 does not
}

// LogoutResponse is the reply of [Logout] to programs.
type LogoutResponse struct{ Reply }
