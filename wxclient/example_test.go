package wxclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// service answers as a Web WeChat service would, without a network: one person
// who confirms at once, one message, and then the login is over.
type service map[string][]string

func (s service) RoundTrip(r *http.Request) (*http.Response, error) {
	op := path.Base(r.URL.Path)
	answers := s[op]
	if len(answers) == 0 {
		return nil, errors.New("not in the script")
	}
	if len(answers) > 1 {
		s[op] = answers[1:]
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(answers[0])), Request: r}, nil
}

func script() service {
	const ok = `{"BaseResponse":{"Ret":0,"ErrMsg":""}`
	return service{
		"jslogin":           {`window.QRLogin.code = 200; window.QRLogin.uuid = "Qx7bPd_kRA==";`},
		"login":             {`window.code=201;`, `window.code=200;window.redirect_uri="https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=t&uuid=u&lang=zh_CN&scan=1";`},
		"webwxnewloginpage": {`<error><ret>0</ret><message>OK</message><skey>k</skey><wxsid>s</wxsid><wxuin>1</wxuin><pass_ticket>p</pass_ticket></error>`},
		"webwxinit":         {ok + `,"User":{"UserName":"@me","NickName":"Me"},"SyncKey":{"Count":1,"List":[{"Key":2,"Val":1}]}}`},
		"webwxstatusnotify": {ok + `}`},
		"synccheck":         {`window.synccheck={retcode:"0",selector:"2"}`, `window.synccheck={retcode:"1100",selector:"0"}`},
		"webwxsync":         {ok + `,"AddMsgList":[{"MsgId":"7","MsgType":1,"FromUserName":"@bob","ToUserName":"@me","Content":"ping"}],"SyncKey":{"Count":1,"List":[{"Key":2,"Val":2}]}}`},
		"webwxsendmsg":      {ok + `,"MsgID":"8"}`},
	}
}

func Example() {
	ctx := context.Background()
	c, err := wxclient.New(wxclient.Options{Transport: script()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	for ev, err := range c.Login(ctx) {
		switch {
		case err != nil:
			fmt.Println(err)
			return
		case ev.Code == 0:
			fmt.Println("scan", ev.QR)
		default:
			fmt.Println(ev.Code)
		}
	}
	for ev, err := range c.Events(ctx) {
		if err != nil {
			fmt.Println(err, "–", webwx.Advise(err))
			return
		}
		if ev.Kind == webwx.EventMessage && ev.Message.Text() == "ping" {
			sent, err := c.SendText(ctx, ev.Message.Chat(c.Self().UserName), "pong")
			fmt.Println("pong is message", sent.MsgID, err)
		}
	}
	// Output:
	// scan https://login.weixin.qq.com/l/Qx7bPd_kRA==
	// scanned
	// pong is message 8 <nil>
	// synccheck: ret 1100: logged out on the phone – log in again
}
