package docs_test

import (
	"encoding/json"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/memengine"
)

// phone-api.md is replayed: each request must get the reply below it.
func TestPhoneAPI(t *testing.T) {
	blocks := blocksOf(t, "phone-api.md")
	if len(blocks) < 30 || len(blocks)%2 != 0 {
		t.Fatalf("phone-api.md has %d blocks, want requests and replies in turn", len(blocks))
	}
	called := make(map[string]bool)
	synctest.Test(t, func(t *testing.T) {
		engine := memengine.New()
		s, err := wxserver.New(engine, wxserver.Options{SignUp: wxserver.SignUpOpen})
		if err != nil {
			t.Fatal(err)
		}
		defer engine.Close()
		defer s.Close()
		values := make(map[string]string)
		for i := 0; i < len(blocks); i += 2 {
			ask, reply := blocks[i], blocks[i+1]
			if ask.kind != "http" || reply.kind == "http" {
				t.Fatalf("phone-api.md:%d: %s and %s, want http and its reply", ask.line, ask.kind, reply.kind)
			}
			line, body, _ := strings.Cut(fill(ask.text, values), "\n")
			method, target, _ := strings.Cut(line, " ")
			called[target] = true
			r := httptest.NewRequest(method, "http://wx.example"+target, strings.NewReader(body))
			r.Header.Set("User-Agent", "curl/8.5.0")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			got := w.Body.String()
			want := learn(fill(reply.text, values), got, values)
			if !like(want, got) {
				t.Errorf("phone-api.md:%d: %s answered\n%s\nwant\n%s", ask.line, line, got, want)
			}
			if reply.kind == "json" {
				keep(got, values)
			}
		}
	})
	for _, path := range []string{
		wire.PhoneSignUp.Path, wire.PhoneLogin.Path, wire.PhoneLogout.Path, wire.PhoneScan.Path,
		wire.PhoneConfirm.Path, wire.PhoneCancel.Path, wire.PhoneLogins.Path, wire.PhoneEnd.Path,
		wire.PhoneJoin.Path, wire.PhoneUnfriend.Path, wire.PhoneBlock.Path,
	} {
		if !called[path] {
			t.Errorf("phone-api.md has no example of %s", path)
		}
	}
}

var variable = regexp.MustCompile(`\$([A-Za-z]+)`)

// fill replaces $Name by the value that an earlier reply gave.
func fill(text string, values map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(name string) string {
		if v, ok := values[name[1:]]; ok {
			return v
		}
		return name
	})
}

// learn takes the value that stands in got where want says $Name!, and returns
// want with it.
func learn(want, got string, values map[string]string) string {
	m := regexp.MustCompile(`\$([A-Za-z]+)!`).FindStringSubmatchIndex(want)
	if m == nil {
		return want
	}
	before, name, after := want[:m[0]], want[m[2]:m[3]], strings.TrimSpace(want[m[1]:])
	_, rest, ok := strings.Cut(got, before)
	if !ok {
		return want
	}
	values[name], _, _ = strings.Cut(rest, after)
	return before + values[name] + after
}

// keep remembers the credentials of a reply.
func keep(reply string, values map[string]string) {
	var cred struct {
		Uin       json.Number
		Sid, Skey string
	}
	if err := json.Unmarshal([]byte(reply), &cred); err == nil && cred.Sid != "" {
		values["Uin"], values["Sid"], values["Skey"] = cred.Uin.String(), cred.Sid, cred.Skey
	}
}
