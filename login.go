package webwx

import (
	"fmt"
	"net/url"
	"strings"
)

// AppID is the application id of Web WeChat, the only one that jslogin takes
// (S 1.4).
const AppID = "wx782c26e4c19acffb"

// LoginCode is window.code, the answer of the login poll (README.md §7.1).
type LoginCode int

// The login codes.
const (
	LoginConfirmed LoginCode = 200 // confirmed on the phone (S 3.10)
	LoginScanned   LoginCode = 201 // scanned, not yet confirmed (S 3.9)
	LoginCancelled LoginCode = 202 // refused on the phone
	LoginExpired   LoginCode = 400 // the uuid is unknown, used or too old
	LoginWaiting   LoginCode = 408 // nothing happened while the poll was held (S 3.8)
	LoginTrouble   LoginCode = 500 // the service had trouble
)

var loginText = map[LoginCode]string{
	LoginConfirmed: "confirmed",
	LoginScanned:   "scanned",
	LoginCancelled: "cancelled on the phone",
	LoginExpired:   "code expired",
	LoginWaiting:   "waiting",
	LoginTrouble:   "service trouble",
}

// String says in a few English words what c means, or "code N" for a code
// without a known meaning.
func (c LoginCode) String() string {
	if s, ok := loginText[c]; ok {
		return s
	}
	return fmt.Sprintf("code %d", int(c))
}

// LoginError is an answer of jslogin or of the login poll that ends the attempt.
type LoginError struct {
	// Op is "jslogin" or "login".
	Op string
	// Code is window.QRLogin.code or window.code.
	Code LoginCode
}

// Error gives the operation, the code and what is known of its meaning.
func (e *LoginError) Error() string {
	s := fmt.Sprintf("%s: code %d", e.Op, int(e.Code))
	if text := loginText[e.Code]; text != "" {
		s += ": " + text
	}
	return s
}

// Is reports whether e asks for what target stands for.
func (e *LoginError) Is(target error) bool {
	switch target {
	case ErrExpired:
		return e.Code == LoginExpired
	case ErrTemporary:
		return e.Code == LoginTrouble || e.Code == LoginWaiting
	}
	return false
}

// LoginEvent is one step of a login as the person in front of it sees it.
type LoginEvent struct {
	// Code is zero when there is a new QR code to show, then what the poll said.
	Code LoginCode
	// UUID names the attempt. It changes when an expired code was renewed.
	UUID string
	// QR is the text of the code to show, https://login.weixin.qq.com/l/<uuid>.
	QR string
	// Image is the picture of the code as the service drew it, mostly a JPEG.
	// It is set only when Code is zero, and empty if it could not be loaded.
	Image []byte
	// Avatar is the picture of who scanned, mostly a JPEG, if the service sent it
	// with [LoginScanned].
	Avatar []byte
}

// codePrefix is what every QR code of the protocol begins with (README.md §3.2).
const codePrefix = "https://login.weixin.qq.com/l/"

// CodeURL returns the text of the QR code for uuid.
func CodeURL(uuid string) string { return codePrefix + uuid }

// ParseCode returns the uuid in the text of a QR code. Clients draw the code
// themselves, so any host will do as long as the path is /l/<uuid>; the bare
// uuid is taken too. It reports false if text is neither.
func ParseCode(text string) (uuid string, ok bool) {
	text = strings.TrimSpace(text)
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		rest, found := strings.CutPrefix(u.Path, "/l/")
		if !found {
			return "", false
		}
		text = rest
	}
	if text == "" || len(text) > 64 {
		return "", false
	}
	for _, c := range []byte(text) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '=':
		default:
			return "", false
		}
	}
	return text, true
}
