package webwx

import (
	"cmp"
	"errors"
	"fmt"
)

// Ret is the result code of a reply: BaseResponse.Ret in JSON, ret in the login
// XML, retcode in synccheck (README.md §7.2 and §7.4). Zero is success.
type Ret int

// The result codes that have a known meaning.
const (
	RetOK         Ret = 0
	RetSystem     Ret = -1    // system error; the real service says so to too many sends
	RetLogic      Ret = -2    // logic error
	RetTicket     Ret = -14   // ticket expired or wrong
	RetPartly     Ret = -2013 // room made, but not with everybody
	RetParameter  Ret = 1     // a parameter is wrong
	RetLoggedOut  Ret = 1100  // the phone ended this login
	RetKicked     Ret = 1101  // ended by another web login, by logout, or by age
	RetMismatch   Ret = 1102  // credentials unknown, malformed, or not of one login
	RetFrequency  Ret = 1105  // interface called too often
	RetUnparsable Ret = 1200  // request could not be parsed
	RetBarred     Ret = 1203  // the account may not log in on the web
	RetNotFriend  Ret = 1204  // the receiver is not a friend
	RetTooOften   Ret = 1205  // operation done too often
)

var retText = map[Ret]string{
	RetOK:         "ok",
	RetSystem:     "system error",
	RetLogic:      "logic error",
	RetTicket:     "ticket expired",
	RetPartly:     "partly done",
	RetParameter:  "wrong parameter",
	RetLoggedOut:  "logged out on the phone",
	RetKicked:     "login ended",
	RetMismatch:   "credentials do not match",
	RetFrequency:  "called too often",
	RetUnparsable: "request could not be parsed",
	RetBarred:     "account may not log in on the web",
	RetNotFriend:  "receiver is not a friend",
	RetTooOften:   "too often",
}

// String says in a few English words what r means, or "ret N" for a code
// without a known meaning.
func (r Ret) String() string {
	if s, ok := retText[r]; ok {
		return s
	}
	return fmt.Sprintf("ret %d", int(r))
}

// What a caller can do about an error. [Error] and [LoginError] match them with
// errors.Is.
var (
	// ErrLoggedOut: the login is over. Do not repeat the call; log in again.
	ErrLoggedOut = errors.New("logged out")
	// ErrTooOften: the service refuses because of too many calls. Wait, then repeat.
	ErrTooOften = errors.New("too often")
	// ErrNotFriend: the receiver is not a friend, or a room that one is not in.
	ErrNotFriend = errors.New("receiver is not a friend")
	// ErrBarred: this account may not use web login. Stop; another scan will not help.
	ErrBarred = errors.New("account may not log in on the web")
	// ErrExpired: the QR code or ticket is too old or was used. Ask for a new one.
	ErrExpired = errors.New("code expired")
	// ErrTemporary: the service had trouble. Wait, then repeat.
	ErrTemporary = errors.New("temporary trouble")
)

// Error is a reply whose result code is not zero.
type Error struct {
	// Op is the last part of the endpoint's path, as in "webwxsendmsg".
	Op string
	// Ret is the code. It is never zero.
	Ret Ret
	// Msg is what the service said beside the code; it is often empty.
	Msg string
}

// Error gives the operation, the code and what is known of its meaning.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s: ret %d", e.Op, int(e.Ret))
	if text := cmp.Or(e.Msg, retText[e.Ret]); text != "" {
		s += ": " + text
	}
	return s
}

// Is reports whether e asks for what target stands for.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrLoggedOut:
		return e.Ret == RetLoggedOut || e.Ret == RetKicked || e.Ret == RetMismatch
	case ErrTooOften:
		return e.Ret == RetTooOften || e.Ret == RetFrequency
	case ErrNotFriend:
		return e.Ret == RetNotFriend
	case ErrBarred:
		return e.Ret == RetBarred
	case ErrExpired:
		return e.Ret == RetTicket
	case ErrTemporary:
		return e.Ret == RetSystem
	}
	return false
}

// Advice is what an error asks its receiver to do next.
type Advice string

// The pieces of advice.
const (
	AdviceLogin Advice = "log in again"
	AdviceWait  Advice = "wait, then try again"
	AdviceStop  Advice = "stop: trying again will not help"
)

// Advise says what to do about err, which may wrap an [Error] or a [LoginError].
// An error that neither of them explains asks to stop; a nil error has no advice.
func Advise(err error) Advice {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrLoggedOut), errors.Is(err, ErrExpired), isCancelled(err):
		return AdviceLogin
	case errors.Is(err, ErrTooOften), errors.Is(err, ErrTemporary):
		return AdviceWait
	}
	return AdviceStop
}

// isCancelled reports whether the phone has refused: the official page then
// shows a new code.
func isCancelled(err error) bool {
	lerr, ok := errors.AsType[*LoginError](err)
	return ok && lerr.Code == LoginCancelled
}
