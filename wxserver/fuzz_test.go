package wxserver_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/memengine"
)

// A target is one server for all inputs. It is closed: so it answers as ever, but
// waits for nothing.
type target struct {
	server *wxserver.Server
	phone  visitor
	alice  visitor
	name   string // of bob, as alice calls him
	uuid   string
}

func newTarget(f *testing.F) *target {
	f.Helper()
	server, err := wxserver.New(memengine.New(), wxserver.Options{
		Key: []byte("an example key of 32 bytes......"), Limits: wxserver.Limits{Sends: -1, Codes: -1, Failures: -1},
	})
	if err != nil {
		f.Fatal(err)
	}
	world, err := wxserver.ReadWorld(strings.NewReader(people))
	if err != nil {
		f.Fatal(err)
	}
	if err := server.Populate(f.Context(), world); err != nil {
		f.Fatal(err)
	}
	if err := server.Close(); err != nil {
		f.Fatal(err)
	}
	return &target{server: server}
}

func (s *target) ask(method, target, header, body string) *httptest.ResponseRecorder {
	r := &http.Request{Method: method, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: make(http.Header), Host: "wx.example", RemoteAddr: "192.0.2.1:1234"}
	var err error
	if r.URL, err = url.ParseRequestURI(target); err != nil {
		return nil
	}
	for line := range strings.SplitSeq(header, "\n") {
		name, value, ok := strings.Cut(line, ":")
		switch name = strings.TrimSpace(name); {
		case ok && strings.EqualFold(name, "Host"):
			r.Host = value
		case ok:
			r.Header.Add(name, strings.TrimSpace(value))
		}
	}
	r.Body = io.NopCloser(strings.NewReader(body))
	w := httptest.NewRecorder()
	s.server.ServeHTTP(w, r)
	return w
}

func (s *target) post(path, body string, into any) {
	_ = wire.Unmarshal(s.ask("POST", path, "", body).Body.Bytes(), into) // what is not JSON is found by its zero values
}

// renew makes sure that the logins are alive: inputs may end them.
func (s *target) renew(t *testing.T) {
	t.Helper()
	var init wire.InitResponse
	if s.alice.sid != "" {
		if s.post(wire.Init.Path, "{"+s.alice.base()+"}", &init); init.BaseResponse.Ret == webwx.RetOK {
			return
		}
	}
	var logins wire.PhoneLoginsResponse
	if s.post(wire.PhoneLogins.Path, "{"+s.phone.base()+"}", &logins); s.phone.sid == "" || logins.BaseResponse.Ret != webwx.RetOK {
		var cred wire.PhoneLoginResponse
		s.post(wire.PhoneLogin.Path, `{"Name":"alice","Password":"alice-secret"}`, &cred)
		s.phone = visitor{uin: strconv.FormatInt(cred.Uin, 10), sid: cred.Sid, skey: cred.Skey}
	}
	s.uuid = found(t, uuidPattern, s.ask("GET", "/jslogin?appid="+webwx.AppID, "", "").Body.String())[1]
	for _, path := range []string{wire.PhoneScan.Path, wire.PhoneConfirm.Path} {
		s.ask("POST", path, "", "{"+s.phone.base()+`,"Code":"`+s.uuid+`"}`)
	}
	poll := s.ask("GET", wire.LoginPoll.Path+"?uuid="+s.uuid, "", "").Body.String()
	page := s.ask("GET", wire.NewLoginPage.Path+"?fun=new&"+found(t, ticketPattern, poll)[1], "", "").Body.String()
	m := found(t, loginPattern, page)
	s.alice = visitor{uin: m[3], sid: m[2], skey: m[1]}
	s.post(wire.Init.Path, "{"+s.alice.base()+"}", &init)
	for _, c := range init.ContactList {
		if strings.HasPrefix(c.NickName, "Bob") {
			s.name = string(c.UserName)
		}
	}
}

// FuzzServe sends anything to the handler. In the input UIN, SID, SKEY, NAME, UUID
// and PHONE stand for those of a login that is alive.
func FuzzServe(f *testing.F) {
	s := newTarget(f)
	for _, d := range doors {
		body := `{"BaseRequest":{"Uin":UIN,"Sid":"SID","Skey":"SKEY"},` + strings.ReplaceAll(d.more, "CODE", "UUID") + `}`
		f.Add(d.method, strings.ReplaceAll(d.path, "{uuid}", "UUID"), d.query+"&uin=UIN&sid=SID&uuid=UUID", "Cookie: wxuin=UIN; wxsid=SID\nAccept: text/html", strings.ReplaceAll(body, ",}", "}"))
		f.Add(d.method, d.path, "", "Host: WX.QQ.COM:443\nSec-Fetch-Site: same-origin\nOrigin: null", "uin=UIN&sid=SID")
	}
	f.Add("POST", "/phone/page", "", "Cookie: webwx_phone=UIN.PHONE", "do=scan&code=UUID")
	f.Add("POST", wire.SendMsg.Path, "", "", `{"BaseRequest":{"Uin":"UIN","Sid":"SID"},"Msg":{"Type":1,"Content":"x","ToUserName":"NAME","ClientMsgId":1}}`)
	f.Add("POST", wire.PhoneLogin.Path, "", "", `{"Name":"alice","Password":"alice-secret"}`)
	f.Fuzz(func(t *testing.T, method, path, query, header, body string) {
		s.renew(t)
		live := strings.NewReplacer("UIN", s.alice.uin, "SID", s.alice.sid, "SKEY", s.alice.skey, "NAME", s.name, "UUID", s.uuid, "PHONE", s.phone.sid)
		target := live.Replace(path)
		if query != "" {
			target += "?" + live.Replace(query)
		}
		start := time.Now()
		w := s.ask(method, target, live.Replace(header), live.Replace(body))
		if w == nil { // net/http refuses it
			return
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("answered after %v", took)
		}
		if w.Code >= 500 {
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
		if text := w.Body.String(); strings.HasPrefix(text, "{") && !json.Valid([]byte(text)) {
			t.Errorf("not JSON: %s", text)
		}
		if text := w.Body.String(); strings.Contains(text, `"Ret":-1,`) || strings.Contains(text, "code = 500") || strings.Contains(text, "code=500") {
			t.Errorf("trouble without a reason: %s", text)
		}
	})
}

// FuzzWorld reads world files: what is taken can be made.
func FuzzWorld(f *testing.F) {
	f.Add(people)
	f.Add(crowd)
	f.Add("[[account]]\nname = \"a\"\necho = true\ndelay = \"1s\"\n[[account.say]]\nto = \"a\"\ntext = \"x\"\nevery = \"1m\"\n")
	f.Add("[[room]]\ntopic = \"\"\nmembers = []\n")
	f.Add("[[account]]\nname = \"A\"\nfriends = [\"a\"]\nsex = -1\n")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := wxserver.ReadWorld(strings.NewReader(text))
		if err != nil {
			return
		}
		for i := range w.Accounts {
			w.Accounts[i].Password = "" // takes time
		}
		server, err := wxserver.New(memengine.New(), wxserver.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		for range 2 { // the same world can be used at every start
			if err := server.Populate(t.Context(), w); err != nil {
				t.Errorf("read, but not made: %v\n%s", err, text)
			}
		}
	})
}
