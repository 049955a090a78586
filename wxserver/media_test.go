package wxserver_test

import (
	"fmt"
	"image"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxserver"
)

// couple is a house with alice and bob logged in.
func couple(t *testing.T, o wxserver.Options) (h *house, alice, bob visitor, names map[string]string) {
	t.Helper()
	h = open(t, o, few)
	alice, bob = h.letIn(h.phone("alice")), h.letIn(h.phone("bob"))
	return h, alice, bob, h.contactsOf(alice)
}

const bobsNick = "Bob &amp; Co"

func ids(n int) string { return fmt.Sprintf(`"LocalID":"%d","ClientMsgId":"%d"`, n, n) }

// A picture goes from one account to another: bytes, thumbnail, forwarding.
func TestPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, alice, bob, names := couple(t, wxserver.Options{})
		data := jpegOf(t, 400, 300)
		u := upload{by: alice, name: "photo_1.jpg", data: data}
		a, resp := h.sendForm(formOf(u.parts(data)...))
		if resp.BaseResponse.Ret != 0 || resp.CDNThumbImgWidth != 180 || resp.CDNThumbImgHeight != 135 || resp.EncryFileName != "photo%5F1%2Ejpg" {
			t.Errorf("upload: %s", a)
		}
		h.fetch(alice, "webwxpreview?fun=preview&mediaid="+url.QueryEscape(resp.MediaID)).is(t, "preview", "image/jpeg", data)
		msg := `"Type":3,"Content":"","MediaId":` + quoted(resp.MediaID) + `,` + ids(1)
		id := h.told(alice, "webwxsendmsgimg", names[bobsNick], msg)
		if again := h.told(alice, "webwxsendmsgimg", names[bobsNick], msg); again != id {
			t.Errorf("the same send again has id %s, not %s", again, id)
		}
		got := h.last(bob)
		if got.MsgType != webwx.MsgImage || got.ImgStatus != 2 || got.ImgWidth != 180 || got.ImgHeight != 135 || got.MsgID != id || got.MediaID != "" {
			t.Errorf("bob got %+v", got)
		}
		img, ok := got.Parse().(*webwx.Image)
		if !ok || img.MD5 != sumOf(data) || img.Size != len(data) {
			t.Errorf("it says %+v", got.Parse())
		}
		for _, path := range []string{
			"webwxgetmsgimg?MsgID=" + id, "webwxgetmsgimg?&MsgID=" + id + "&skey=" + url.QueryEscape(bob.skey), "webwxgetmsgimg?=&MsgID=" + id,
			"webwxgetmsgimg?msgid=" + id + "&skey=", "webwxgetmsgimg?NewMsgId=" + id, "webwxgetmsgimg?MsgID=" + id + "&type=big",
		} {
			h.fetch(bob, path).is(t, path, "image/jpeg", data)
		}
		h.fetch(alice, "webwxgetmsgimg?MsgID="+id).is(t, "the sender's own", "image/jpeg", data)
		small := h.fetch(bob, "webwxgetmsgimg?MsgID="+id+"&type=slave")
		if size := sizeOf(t, small.body); size != image.Pt(180, 135) {
			t.Errorf("the thumbnail is %v", size)
		}
		small.is(t, "thumbnail", "image/jpeg", small.body)
		if c := small.header.Get("Cache-Control"); !strings.Contains(c, "max-age=604800") {
			t.Errorf("Cache-Control: %s", c)
		}
		saved := h.fetch(bob, "webwxgetmsgimg?MsgID="+id+"&fun=download")
		if d := saved.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") {
			t.Errorf("Content-Disposition of a download: %q", d)
		}
		part := h.fetch(bob, "webwxgetmsgimg?MsgID="+id, "Range", "bytes=10-19")
		if part.status != http.StatusPartialContent || part.body != data[10:20] || part.header.Get("Content-Range") != fmt.Sprintf("bytes 10-19/%d", len(data)) {
			t.Errorf("a range: %s", part)
		}
		// Bob passes it on: MediaId "", Scene 2, and the XML that he got, unescaped.
		forwarded := h.told(bob, "webwxsendmsgimg", "filehelper", `"Type":3,"MediaId":"","Content":`+quoted(webwx.Unescape(got.Content))+`,`+ids(2))
		h.fetch(bob, "webwxgetmsgimg?MsgID="+forwarded).is(t, "forwarded", "image/jpeg", data)
		h.fetch(alice, "webwxgetmsgimg?MsgID="+forwarded).isNothing(t, "what bob forwarded to himself")
	})
}

// A file goes from one account to another; each has MediaIds of his own.
func TestFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, alice, bob, names := couple(t, wxserver.Options{})
		data := "%PDF-1.4 " + strings.Repeat("a page. ", 200)
		id := h.put(alice, "a&b <report>.pdf", data)
		xml := func(mediaID string) string {
			return `<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>a&b <report>.pdf</title><des></des><action></action><type>6</type><content></content><url></url><lowurl></lowurl><appattach><totallen>1</totallen><attachid>` + mediaID + `</attachid><fileext>pdf</fileext></appattach><extinfo></extinfo></appmsg>`
		}
		msgID := h.told(alice, "webwxsendappmsg", names[bobsNick], `"Type":"6","Content":`+quoted(xml(id))+`,`+ids(1))
		got := h.last(bob)
		if got.MsgType != webwx.MsgApp || got.AppMsgType != 6 || got.FileName != "a&b <report>.pdf" || got.FileSize != strconv.Itoa(len(data)) || got.EncryFileName != "a%26b%20%3Creport%3E%2Epdf" || got.MsgID != msgID {
			t.Errorf("bob got %+v", got)
		}
		if !strings.HasPrefix(got.MediaID, "@crypt_") || got.MediaID == id {
			t.Errorf("bob's MediaId is %q, alice's %q", got.MediaID, id)
		}
		if again := h.last(bob); again.MediaID != got.MediaID {
			t.Errorf("the MediaId was %q, then %q", got.MediaID, again.MediaID)
		}
		a := h.fetch(bob, mediaPath(got))
		a.is(t, "bob's", "application/pdf", data)
		if d := a.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment; filename=") || !strings.Contains(d, "report") {
			t.Errorf("Content-Disposition: %s", d)
		}
		ticket := cookieOf(bob, "webwx_data_ticket")
		h.knock("GET", base+cgiBin+mediaPath(got)+"&webwx_data_ticket="+url.QueryEscape(ticket), "").is(t, "by ticket alone", "application/pdf", data)
		if a := h.knock("GET", base+cgiBin+mediaPath(got), ""); a.status != http.StatusNotFound {
			t.Errorf("without a login: %s", a)
		}
		// Nobody else can use them.
		nobody := h.fetch(alice, "webwxgetmedia?mediaid=@crypt_00000000_"+strings.Repeat("0", 100))
		if nobody.status != http.StatusNotFound {
			t.Errorf("a MediaId that nobody has: %s", nobody)
		}
		changed := []byte(id)
		changed[len(changed)-1] ^= 1
		for what, other := range map[string]string{
			"bob's": got.MediaID, "mutated": string(changed), "cut short": id[:len(id)-2], "longer": id + "00", "in capitals": strings.ToUpper(id),
			"empty": "", "10 KB": strings.Repeat("a", 10<<10), "a path": "../../server.key", "NUL": "\x00", "a blob's hash": strings.Repeat("ab", 32),
		} {
			if a := h.fetch(alice, "webwxgetmedia?mediaid="+url.QueryEscape(other)); a.String() != nobody.String() {
				t.Errorf("webwxgetmedia of a MediaId that is %s: %s", what, a)
			}
			want := h.tell(alice, "webwxsendmsgimg", "filehelper", `"Type":3,"MediaId":"@crypt_0",`+ids(5))
			if a := h.tell(alice, "webwxsendmsgimg", "filehelper", `"Type":3,"MediaId":`+quoted(other)+`,`+ids(5)); a.String() != want.String() || retOf(a) != webwx.RetParameter {
				t.Errorf("a send of a MediaId that is %s: %s", what, a)
			}
			if a := h.tell(alice, "webwxsendappmsg", "filehelper", `"Type":6,"Content":`+quoted(xml(other))+`,`+ids(6)); retOf(a) == webwx.RetOK {
				t.Errorf("a file of a MediaId that is %s: %s", what, a)
			}
		}
		// Bob passes on what he got, as wechat4u does: the <appmsg> part.
		inner := webwx.Unescape(got.Content)
		inner = inner[strings.Index(inner, "<appmsg"):strings.Index(inner, "<fromusername")]
		back := h.contactsOf(bob)["爱丽丝"]
		h.told(bob, "webwxsendappmsg", back, `"Type":6,"Content":`+quoted(inner)+`,`+ids(3))
		hers := h.last(alice)
		h.fetch(alice, mediaPath(hers)).is(t, "forwarded", "application/pdf", data)
	})
}

func cookieOf(v visitor, name string) string {
	for pair := range strings.SplitSeq(v.cookies, "; ") {
		if n, value, _ := strings.Cut(pair, "="); n == name {
			return value
		}
	}
	return ""
}
