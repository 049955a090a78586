package webwx_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/webwx/webwx"
)

var sentinels = []struct {
	name string
	err  error
}{
	{"ErrLoggedOut", webwx.ErrLoggedOut},
	{"ErrTooOften", webwx.ErrTooOften},
	{"ErrNotFriend", webwx.ErrNotFriend},
	{"ErrBarred", webwx.ErrBarred},
	{"ErrExpired", webwx.ErrExpired},
	{"ErrTemporary", webwx.ErrTemporary},
}

// matches names the sentinels that err is.
func matches(err error) string {
	var names []string
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			names = append(names, s.name)
		}
	}
	return strings.Join(names, " ")
}

// retTests has a line for every Ret constant (README.md §7.2 and §7.4).
var retTests = []struct {
	name   string
	ret    webwx.Ret
	value  int
	is     string
	advice webwx.Advice
}{
	{"RetOK", webwx.RetOK, 0, "", webwx.AdviceStop},
	{"RetSystem", webwx.RetSystem, -1, "ErrTemporary", webwx.AdviceWait},
	{"RetLogic", webwx.RetLogic, -2, "", webwx.AdviceStop},
	{"RetTicket", webwx.RetTicket, -14, "ErrExpired", webwx.AdviceLogin},
	{"RetPartly", webwx.RetPartly, -2013, "", webwx.AdviceStop},
	{"RetParameter", webwx.RetParameter, 1, "", webwx.AdviceStop},
	{"RetLoggedOut", webwx.RetLoggedOut, 1100, "ErrLoggedOut", webwx.AdviceLogin},
	{"RetKicked", webwx.RetKicked, 1101, "ErrLoggedOut", webwx.AdviceLogin},
	{"RetMismatch", webwx.RetMismatch, 1102, "ErrLoggedOut", webwx.AdviceLogin},
	{"RetFrequency", webwx.RetFrequency, 1105, "ErrTooOften", webwx.AdviceWait},
	{"RetUnparsable", webwx.RetUnparsable, 1200, "", webwx.AdviceStop},
	{"RetBarred", webwx.RetBarred, 1203, "ErrBarred", webwx.AdviceStop},
	{"RetNotFriend", webwx.RetNotFriend, 1204, "ErrNotFriend", webwx.AdviceStop},
	{"RetTooOften", webwx.RetTooOften, 1205, "ErrTooOften", webwx.AdviceWait},
}

func TestEveryRetHasItsNumberSentinelAndAdvice(t *testing.T) {
	for _, tt := range retTests {
		t.Run(tt.name, func(t *testing.T) {
			if int(tt.ret) != tt.value {
				t.Errorf("%s = %d, want %d", tt.name, int(tt.ret), tt.value)
			}
			if s := tt.ret.String(); s == "" || strings.HasPrefix(s, "ret ") {
				t.Errorf("String() = %q, want a meaning", s)
			}
			err := fmt.Errorf("send: %w", &webwx.Error{Op: "webwxsendmsg", Ret: tt.ret})
			if got := matches(err); got != tt.is {
				t.Errorf("the error is %q, want %q", got, tt.is)
			}
			if got := webwx.Advise(err); got != tt.advice {
				t.Errorf("Advise = %q, want %q", got, tt.advice)
			}
		})
	}
}

func TestEveryLoginCodeHasItsNumberSentinelAndAdvice(t *testing.T) {
	tests := []struct {
		name   string
		code   webwx.LoginCode
		value  int
		is     string
		advice webwx.Advice
	}{
		{"LoginConfirmed", webwx.LoginConfirmed, 200, "", webwx.AdviceStop},
		{"LoginScanned", webwx.LoginScanned, 201, "", webwx.AdviceStop},
		{"LoginCancelled", webwx.LoginCancelled, 202, "", webwx.AdviceLogin},
		{"LoginExpired", webwx.LoginExpired, 400, "ErrExpired", webwx.AdviceLogin},
		{"LoginWaiting", webwx.LoginWaiting, 408, "ErrTemporary", webwx.AdviceWait},
		{"LoginTrouble", webwx.LoginTrouble, 500, "ErrTemporary", webwx.AdviceWait},
	}
	var names []string
	for _, tt := range tests {
		names = append(names, tt.name)
		t.Run(tt.name, func(t *testing.T) {
			if int(tt.code) != tt.value {
				t.Errorf("%s = %d, want %d", tt.name, int(tt.code), tt.value)
			}
			if s := tt.code.String(); s == "" || strings.HasPrefix(s, "code 2") {
				t.Errorf("String() = %q, want a meaning", s)
			}
			err := fmt.Errorf("login: %w", &webwx.LoginError{Op: "login", Code: tt.code})
			if got := matches(err); got != tt.is {
				t.Errorf("the error is %q, want %q", got, tt.is)
			}
			if got := webwx.Advise(err); got != tt.advice {
				t.Errorf("Advise = %q, want %q", got, tt.advice)
			}
		})
	}
	if want := constants(t, "login.go", "LoginCode"); !slices.Equal(names, want) {
		t.Errorf("tested %v\n  want %v", names, want)
	}
}

func TestRetTableIsComplete(t *testing.T) {
	var got []string
	for _, tt := range retTests {
		got = append(got, tt.name)
	}
	if want := constants(t, "ret.go", "Ret"); !slices.Equal(got, want) {
		t.Errorf("tested %v\n  want %v", got, want)
	}
}

// constants lists the constants of the named type in a file of this package.
func constants(t *testing.T, file, typ string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typ {
				names = append(names, spec.Names[0].Name)
			}
		}
		return true
	})
	return names
}

func TestErrorText(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"a known code without a text", &webwx.Error{Op: "webwxsendmsg", Ret: webwx.RetNotFriend}, "webwxsendmsg: ret 1204: receiver is not a friend"},
		{"what the service says comes first", &webwx.Error{Op: "webwxnewloginpage", Ret: webwx.RetBarred, Msg: "为了你的帐号安全"}, "webwxnewloginpage: ret 1203: 为了你的帐号安全"},
		{"an unknown code", &webwx.Error{Op: "webwxsync", Ret: 3}, "webwxsync: ret 3"},
		{"a login code", &webwx.LoginError{Op: "login", Code: webwx.LoginExpired}, "login: code 400: code expired"},
		{"an unknown login code", &webwx.LoginError{Op: "login", Code: 7}, "login: code 7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestAdviseOfOtherErrors(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want webwx.Advice
	}{
		{"no error has no advice", nil, ""},
		{"an error of another kind asks to stop", errors.New("disk full"), webwx.AdviceStop},
		{"a bare sentinel counts", webwx.ErrLoggedOut, webwx.AdviceLogin},
		{"an unknown code asks to stop", &webwx.Error{Ret: 3}, webwx.AdviceStop},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := webwx.Advise(tt.err); got != tt.want {
				t.Errorf("Advise(%v) = %q, want %q", tt.err, got, tt.want)
			}
		})
	}
}

func TestStringOfUnknownNumbers(t *testing.T) {
	tests := []struct {
		name string
		got  fmt.Stringer
		want string
	}{
		{"a result code", webwx.Ret(77), "ret 77"},
		{"a login code", webwx.LoginCode(77), "code 77"},
		{"a message type", webwx.MsgType(77), "type 77"},
		{"a known message type", webwx.MsgText, "text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got.String() != tt.want {
				t.Errorf("String() = %s, want %s", strconv.Quote(tt.got.String()), strconv.Quote(tt.want))
			}
		})
	}
}
