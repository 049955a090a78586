package wxclient

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/webwx/webwx"
)

func sampleSession() *Session {
	return &Session{
		Version: SessionVersion, Server: "http://127.0.0.1:8080", Main: "http://127.0.0.1:8080",
		Credentials: webwx.Credentials{Uin: uin, Sid: sid, Skey: skey, PassTicket: "pt%2Bx"},
		User:        webwx.User{Uin: uin, UserName: self, NickName: "我"},
		Cookies: []Cookie{
			{Name: "wxsid", Value: sid, Domain: "127.0.0.1", HostOnly: true, Path: "/", Expires: time.Unix(1900000000, 0).UTC()},
			{Name: "webwx_auth_ticket", Value: "at", Domain: "127.0.0.1", Path: "/", Secure: true},
		},
	}
}

func TestFileStore(t *testing.T) {
	key := bytes.Repeat([]byte{7}, keyBytes)
	for name, key := range map[string][]byte{"plain": nil, "sealed": key} {
		dir := filepath.Join(t.TempDir(), "state", "webwx")
		store := &FileStore{Path: filepath.Join(dir, "me.json"), Key: key}
		if _, err := store.Load(t.Context()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: nothing saved: %v", name, err)
		}
		if err := store.Remove(t.Context()); err != nil {
			t.Errorf("%s: remove nothing: %v", name, err)
		}
		want := sampleSession()
		for range 2 {
			if err := store.Save(t.Context(), want); err != nil {
				t.Fatal(err)
			}
		}
		got, err := store.Load(t.Context())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, error %v\nwant %+v", name, got, err, want)
		}
		text, err := os.ReadFile(store.Path)
		if err != nil {
			t.Fatal(err)
		}
		if open := bytes.Contains(text, []byte(sid)); open != (key == nil) {
			t.Errorf("%s: credentials readable: %v", name, open)
		}
		checkPrivate(t, dir, store.Path)
		if err := store.Remove(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// checkPrivate fails unless dir holds the file at path alone, and both are
// private.
func checkPrivate(t *testing.T, dir, path string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("folder holds %v, error %v", entries, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for name, want := range map[string]fs.FileMode{dir: 0o700, path: 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, error %v", name, info.Mode(), err)
		}
	}
}

func TestFileStoreRefuses(t *testing.T) {
	key := bytes.Repeat([]byte{7}, keyBytes)
	sealed, err := (&FileStore{Key: key}).seal([]byte(`{"version":1}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, text string
		key        []byte
		want       string
	}{
		{"a newer version", `{"version":2,"credentials":{}}`, nil, "has version 2, this program knows only up to 1"},
		{"half a file", `{"version":1,"credentials":{"sid":"Kq`, nil, "is damaged (not JSON at byte 37): remove it and log in again"},
		{"an empty file", ``, nil, "is damaged"},
		{"another JSON", `{"name":"x"}`, nil, "is damaged (not a session)"},
		{"a seal without a key", string(sealed), nil, "sealed: its key is needed"},
		{"another key", string(sealed), bytes.Repeat([]byte{8}, keyBytes), "wrong key, or the file was changed"},
		{"a short key", string(sealed), []byte("short"), "key has 5 bytes, want 32"},
		{"another header", strings.Replace(string(sealed), `"sealed_version":1`, `"sealed_version":2`, 1), key, "does not know"},
		{"a header that was changed", strings.Replace(string(sealed), `"data":"`, `"data":"AAAA`, 1), key, "wrong key, or the file was changed"},
		{"no seal but a key", `{"version":1}`, key, "not sealed, but a key is given"},
	} {
		path := filepath.Join(t.TempDir(), "me.json")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := (&FileStore{Path: path, Key: tt.key}).Load(t.Context())
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "Kq") {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

func checkPrivateFile(t *testing.T, path string) {
	t.Helper()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s: %v, error %v", path, info.Mode(), err)
	}
}

// A reader sees one session or the other, never a part of one.
func TestFileStoreIsAtomic(t *testing.T) {
	store := &FileStore{Path: filepath.Join(t.TempDir(), "me.json")}
	if err := store.Save(t.Context(), sampleSession()); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			s := sampleSession()
			s.User.Signature = strings.Repeat(fmt.Sprint(i), 1<<i*1000)
			for range 10 {
				if err := store.Save(t.Context(), s); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for {
		select {
		case <-done:
			return
		default:
		}
		if _, err := store.Load(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
