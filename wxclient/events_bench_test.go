package wxclient

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"path/filepath"
	"testing"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// backlog is a service that always has another page of a hundred messages.
type backlog struct {
	page []byte
	id   int
}

func (b *backlog) RoundTrip(r *http.Request) (*http.Response, error) {
	text := []byte(`window.synccheck={retcode:"0",selector:"2"}`)
	if path.Base(r.URL.Path) == "webwxsync" {
		text = bytes.Clone(b.page)
		for at := 0; ; {
			i := bytes.Index(text[at:], []byte(`"MsgId":"7`))
			if i < 0 {
				break
			}
			at += i + len(`"MsgId":"7`)
			b.id++
			copy(text[at:], fmt.Sprintf("%018d", b.id))
		}
	}
	return &http.Response{StatusCode: 200, ContentLength: int64(len(text)), Body: io.NopCloser(bytes.NewReader(text)), Request: r}, nil
}

// BenchmarkEvents is one message, from the bytes of its page to its place in the
// journal. The floor reads the same pages and does nothing with them.
func BenchmarkEvents(b *testing.B) {
	page := texts()
	for range 100 {
		page.AddMsgList = append(page.AddMsgList, webwx.Message{MsgID: "7000000000000000000", MsgType: 1, FromUserName: "@bob", ToUserName: self, Content: "hello"})
	}
	page.ContinueFlag = 1
	page.SyncKey = key(7)
	text, err := wire.Marshal(page)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("floor=decode", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; n < b.N; n += 100 {
			if _, err := wire.Sync.ReadReply(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("events", func(b *testing.B) {
		position, err := OpenPosition(filepath.Join(b.TempDir(), "me.pos"))
		if err != nil {
			b.Fatal(err)
		}
		defer position.Close()
		c, err := New(Options{Transport: &backlog{page: text}, Position: position})
		if err != nil {
			b.Fatal(err)
		}
		c.session = Session{Credentials: webwx.Credentials{Uin: 1, Sid: "s"}, User: webwx.User{UserName: self}}
		c.takeKeys(key(1), webwx.SyncKey{})
		b.ReportAllocs()
		n := 0
		for _, err := range c.Events(b.Context()) {
			if err != nil {
				b.Fatal(errors.Join(err))
			}
			if n++; n >= b.N {
				break
			}
		}
	})
}
