package webwx_test

import (
	"errors"
	"fmt"

	"github.com/webwx/webwx"
)

func ExampleSyncKey() {
	key, err := webwx.ParseSyncKey("1_635705559|2_635705726")
	if err != nil {
		fmt.Println(err)
		return
	}
	messages, _ := key.Get(2)
	fmt.Println(key.Count, messages)
	fmt.Println(key)
	// Output:
	// 2 635705726
	// 1_635705559|2_635705726
}

func ExampleUnescape() {
	fmt.Println(webwx.Unescape(`Tom &amp; Jerry<br/><span class="emoji emoji1f604"></span>`))
	// Output:
	// Tom & Jerry
	// 😄
}

func ExampleParseCode() {
	uuid, ok := webwx.ParseCode("https://login.weixin.qq.com/l/Qx7bPd_kRA==")
	fmt.Println(uuid, ok)
	// Output: Qx7bPd_kRA== true
}

func ExampleError() {
	var err error = &webwx.Error{Op: "webwxsync", Ret: webwx.RetKicked}
	err = fmt.Errorf("robot: %w", err)

	fmt.Println(err)
	fmt.Println(errors.Is(err, webwx.ErrLoggedOut))
	if werr, ok := errors.AsType[*webwx.Error](err); ok {
		fmt.Println(werr.Op, int(werr.Ret))
	}
	// Output:
	// robot: webwxsync: ret 1101: login ended
	// true
	// webwxsync 1101
}

func ExampleAdvise() {
	fmt.Println(webwx.Advise(&webwx.Error{Op: "webwxsendmsg", Ret: webwx.RetTooOften}))
	fmt.Println(webwx.Advise(&webwx.Error{Op: "webwxsync", Ret: webwx.RetLoggedOut}))
	// Output:
	// wait, then try again
	// log in again
}

func ExampleMessage_Sender() {
	m := webwx.Message{FromUserName: "@@room", ToUserName: "@self", Content: "@bob:<br/>hello"}
	fmt.Println(m.Chat("@self"), m.Sender("@self"), m.Text())
	// Output: @@room @bob hello
}
