package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// hostile serves downloads as somebody may who means harm, or whose network is
// bad, and returns the arguments that make a command use it. m is a file that came
// with a message.
func hostile(t *testing.T, dir string, serve http.HandlerFunc, m webwx.Message) []string {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "me.json")
	store := &wxclient.FileStore{Path: file}
	err = store.Save(t.Context(), &wxclient.Session{
		Version: wxclient.SessionVersion, Server: server.URL, Main: server.URL,
		Credentials: webwx.Credentials{Uin: 1, Sid: "sid", Skey: "@crypt_1", PassTicket: "p"},
		User:        webwx.User{Uin: 1, UserName: "@self"},
		Cookies:     []wxclient.Cookie{{Name: "wxsid", Value: "sid", Domain: u.Hostname(), HostOnly: true, Path: "/"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := recentOf(file).add(recentLine{Self: "@self", Message: m}); err != nil {
		t.Fatal(err)
	}
	return []string{"--server", server.URL, "--session", file}
}

// fileMessage is a file as a message brings it.
func fileMessage(name string, size int64) webwx.Message {
	f := &webwx.File{Name: name, Size: size, MediaID: "@crypt_9"}
	m := f.Build()
	m.MsgID, m.FromUserName, m.ToUserName, m.FileName = "7", "@bob", "@self", name
	return m
}

func TestHostileNameStaysInTheFolder(t *testing.T) {
	for _, name := range []string{"../escaped.txt", `..\..\escaped.txt`, "/tmp/escaped.txt", "..", ".profile", "", "a\x1b]0;title\a.txt"} {
		dir := t.TempDir()
		args := hostile(t, dir, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Disposition", `attachment; filename="../../other.txt"`)
			_, _ = io.WriteString(w, "harm")
		}, fileMessage(name, 4))
		in := filepath.Join(dir, "deep", "in")
		if err := os.MkdirAll(in, 0o700); err != nil {
			t.Fatal(err)
		}
		out, talk := newSink(""), newSink("")
		if code := <-startRun(t.Context(), dir, out, talk, append(args, "fetch", "7", "-o", in)...); code != exitDone {
			t.Errorf("%q: exit code %d: %s", name, code, talk)
		}
		got, err := os.ReadDir(in)
		if err != nil || len(got) != 1 || strings.HasPrefix(got[0].Name(), ".") {
			t.Errorf("%q: the folder holds %v, %v, want one file", name, got, err)
		}
		if strings.Contains(talk.String(), "\x1b") {
			t.Errorf("%q: the talk has controls: %q", name, talk)
		}
		if up, _ := os.ReadDir(filepath.Dir(in)); len(up) != 1 {
			t.Errorf("%q: the folder above holds %v", name, up)
		}
	}
}

func TestShortBodiesLeaveNoFile(t *testing.T) {
	tests := []struct {
		name  string
		serve http.HandlerFunc
	}{
		{"nothing", func(http.ResponseWriter, *http.Request) {}},
		{"less than the message says", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Disposition", "attachment")
			_, _ = io.WriteString(w, "abc")
		}},
		{"an error's page", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			args := hostile(t, dir, tt.serve, fileMessage("a.txt", 10))
			in := filepath.Join(dir, "in")
			if err := os.Mkdir(in, 0o700); err != nil {
				t.Fatal(err)
			}
			out, talk := newSink(""), newSink("")
			if code := <-startRun(t.Context(), dir, out, talk, append(args, "fetch", "7", "-o", in, "--json")...); code != exitFailed {
				t.Errorf("exit code %d, want %d: %s", code, exitFailed, talk)
			}
			if out.String() != "" {
				t.Errorf("printed %q", out)
			}
			if left, _ := os.ReadDir(in); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}
