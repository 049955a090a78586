package wxserver_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxphone"
	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/memengine"
)

var update = flag.Bool("update", false, "write testdata/wire anew")

// vectors is where the recorded exchanges are: one file for each endpoint, and
// for each of its answers that matter.
const vectors = "../testdata/wire"

// TestExchanges plays a login from the first step to the last, in both forms,
// with time and chance fixed, and compares every byte that both halves send with
// the recorded exchanges. Whoever changes a byte on purpose runs it with -update
// and reads the difference.
func TestExchanges(t *testing.T) {
	got := make(map[string]*txtar.Archive)
	for _, form := range []wxclient.Form{wxclient.Default, wxclient.Seed} {
		synctest.Test(t, func(t *testing.T) { play(t, form, got) })
	}
	var want []string
	files, err := filepath.Glob(vectors + "/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		want = append(want, strings.TrimSuffix(filepath.Base(f), ".txt"))
	}
	if *update {
		writeVectors(t, got, files)
		return
	}
	for name := range got {
		if !slices.Contains(want, name) {
			t.Errorf("exchange %s is not recorded", name)
		}
	}
	for _, name := range want {
		recorded, err := os.ReadFile(filepath.Join(vectors, name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		if got[name] == nil {
			t.Errorf("exchange %s did not happen", name)
		} else if now := txtar.Format(got[name]); !bytes.Equal(now, recorded) {
			t.Errorf("exchange %s differs from the recorded one:\n%s", name, firstDifference(now, recorded))
		}
	}
}

// TestEveryEndpointIsRecorded reads the wire table: no line is without its
// exchange.
func TestEveryEndpointIsRecorded(t *testing.T) {
	files, err := filepath.Glob("../internal/wire/*.go")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?:\bOp: |= send\(|= download\(|= phone\[[^(]*\()"(\w+)"`)
	found := 0
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range line.FindAllSubmatch(text, -1) {
			found++
			name := string(m[1])
			if bytes.HasPrefix(m[0], []byte("= phone")) {
				name = "phone-" + name
			}
			if recorded, _ := filepath.Glob(vectors + "/" + name + "*.txt"); len(recorded) == 0 {
				t.Errorf("no exchange of %s is recorded", name)
			}
		}
	}
	if found < 36 {
		t.Errorf("the wire table has %d lines, want one for each endpoint at least", found)
	}
}

// firstDifference returns the first line that is not the same, from shortly before
// the place where it differs.
func firstDifference(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			from := 0
			for from < min(len(a), len(b)) && a[from] == b[from] {
				from++
			}
			from = max(from-40, 0)
			return fmt.Sprintf("line %d, byte %d\n got …%.120s\nwant …%.120s", i+1, from, a[min(from, len(a)):], b[min(from, len(b)):])
		}
	}
	return "no difference"
}

func writeVectors(t *testing.T, got map[string]*txtar.Archive, old []string) {
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(vectors, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, a := range got {
		if err := os.WriteFile(filepath.Join(vectors, name+".txt"), txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// play goes through every step and notes what is said.
func play(t *testing.T, form wxclient.Form, into map[string]*txtar.Archive) {
	stored := &copier{Engine: memengine.New()}
	h := openOn(t, stored, wxserver.Options{Rand: rand.NewChaCha8([32]byte{1})}, people)
	rec := &recorder{next: h.transport, prefix: "", into: into}
	if form == wxclient.Seed {
		rec.prefix = "seed "
	}
	ctx := t.Context()
	phone, err := wxphone.SignIn(ctx, wxphone.Options{Server: base, Transport: rec}, "alice", "alice-secret")
	if err != nil {
		t.Fatal(err)
	}
	c, err := wxclient.New(wxclient.Options{Form: form, Transport: rec, Rand: rand.NewChaCha8([32]byte{2})})
	if err != nil {
		t.Fatal(err)
	}
	for ev, err := range c.Login(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		switch ev.Code {
		case 0:
			// The poll is answered "waiting" once, then the phone scans and confirms.
			go func() {
				time.Sleep(30 * time.Second)
				code, err := phone.Scan(ctx, ev.QR)
				if err != nil {
					t.Error(err)
				}
				time.Sleep(time.Second)
				if err := phone.Confirm(ctx, code.UUID); err != nil {
					t.Error(err)
				}
			}()
		}
	}
	if _, err := c.Contacts(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Details(ctx, h.name(c, "周末爬山")); err != nil {
		t.Fatal(err)
	}
	bob := h.login("bob", wxclient.Options{})
	h.send(bob, "爱丽丝", "你好 <b>\nsecond line & \"quotes\" \\")
	h.send(bob, "周末爬山", "for all")
	h.messages(c, 2)
	h.send(c, "Bob & Co", "回复 <b>\nsecond line & \"quotes\" \\")
	if _, _, err := phone.Logins(ctx); err != nil {
		t.Fatal(err)
	}
	if form == wxclient.Default {
		playRest(t, h, rec, c, bob)
	}
	if err := c.Logout(ctx); err != nil {
		t.Fatal(err)
	}
	if form == wxclient.Default {
		playPhone(t, h, rec, phone)
	}
	if err := phone.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	tellsNoIDs(t, h, rec)
	if name := loginName.Find(stored.stored.Bytes()); name != nil {
		t.Errorf("a login's name is stored: %s", name)
	}
}

// loginName is the form of the names that belong to one login.
var loginName = regexp.MustCompile(`.{0,60}@[0-9a-f]{32}`)

// tellsNoIDs looks through everything alice was told for what is stored instead
// of names: the numbers of others, and the ids of people and rooms.
func tellsNoIDs(t *testing.T, h *house, rec *recorder) {
	t.Helper()
	stored := []string{`"u:`, `"r:`}
	for _, name := range []string{"bob", "carol", "mallory"} {
		uin, err := h.server.FindAccount(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, strconv.FormatInt(uin, 10))
	}
	for name, a := range rec.into {
		for _, f := range a.Files {
			for _, id := range stored {
				if strings.HasSuffix(f.Name, "reply") && bytes.Contains(f.Data, []byte(id)) {
					t.Errorf("the reply of %s tells the stored id %s", name, id)
				}
			}
		}
	}
}

// playPhone makes the phone's other calls: a cancelled code, the end of a login.
func playPhone(t *testing.T, h *house, rec *recorder, phone *wxphone.Phone) {
	ctx := t.Context()
	c, err := wxclient.New(wxclient.Options{Server: base, Transport: h.transport, Rand: rand.NewChaCha8([32]byte{3})})
	if err != nil {
		t.Fatal(err)
	}
	uuid, err := c.UUID(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := phone.Scan(ctx, webwx.CodeURL(uuid)); err != nil {
		t.Fatal(err)
	}
	if err := phone.Cancel(ctx, uuid); err != nil {
		t.Fatal(err)
	}
	again := h.login("alice", wxclient.Options{Server: "https://wx.qq.com", Transport: rec, Rand: rand.NewChaCha8([32]byte{4})})
	if err := phone.End(ctx, ""); err != nil {
		t.Fatal(err)
	}
	// The program logs in again without a code: its cookies ask, the phone confirms.
	for ev, err := range again.Login(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.QR != "" {
			t.Fatal("push login showed a code")
		}
		if err := phone.Confirm(ctx, ev.UUID); err != nil {
			t.Fatal(err)
		}
	}
	chat, err := phone.Client(ctx)
	if err != nil {
		t.Fatal(err)
	}
	carol := h.name(chat, "卡罗尔")
	if err := errors.Join(phone.Block(ctx, carol, true), phone.Unfriend(ctx, carol)); err != nil {
		t.Fatal(err)
	}
	if _, err := phone.Join(ctx, base+"/phone?join=unknown"); err == nil {
		t.Error("joined a room by an invitation that nobody made")
	}
	if _, err := wxphone.SignUp(ctx, wxphone.Options{Server: base, Transport: rec}, "dave", "dave-secret", "Dave"); err == nil {
		t.Error("signed up although sign-up is closed")
	}
}

// A recorder notes each exchange under the endpoint's name and the code of its
// answer; of several alike the first.
type recorder struct {
	next   http.RoundTripper
	prefix string
	into   map[string]*txtar.Archive

	mu      sync.Mutex
	cookies string // as the newest request had them
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		var err error
		if sent, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	head := req.Header.Clone()
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(got))
	r.note(req, head, sent, resp, got)
	return resp, err
}

func (r *recorder) note(req *http.Request, head http.Header, sent []byte, resp *http.Response, got []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := head.Get("Cookie"); c != "" {
		r.cookies = c
	}
	name := strings.TrimPrefix(req.URL.Path, "/cgi-bin/mmwebwx-bin/")
	name = strings.ReplaceAll(strings.Trim(name, "/"), "/", "-")
	switch {
	case strings.HasPrefix(name, "qrcode-"):
		name = "qrcode"
	case name == "login" && len(got) > len("window.code=408"):
		name += "-" + string(got[len("window.code="):len("window.code=")+3])
	}
	a := r.into[name]
	if a == nil {
		a = new(txtar.Archive)
		r.into[name] = a
	}
	for _, f := range a.Files {
		if f.Name == r.prefix+"request" {
			return
		}
	}
	request := fmt.Sprintf("%s %s\n%s\n%s\n", req.Method, req.URL, header(head), readable(sent))
	a.Files = append(a.Files, txtar.File{Name: r.prefix + "request", Data: []byte(request)})
	a.Files = append(a.Files, txtar.File{Name: r.prefix + "reply", Data: []byte(reply(resp, got))})
}

func reply(resp *http.Response, body []byte) string {
	return fmt.Sprintf("%d\n%s\n%s\n", resp.StatusCode, header(resp.Header), readable(body))
}

// readable is a body as a page can show it: what is no text in base64, what is
// long by its hash.
func readable(body []byte) string {
	switch {
	case len(body) > 64<<10:
		return fmt.Sprintf("%d bytes, SHA-256 %x", len(body), sha256.Sum256(body))
	case !utf8.Valid(body) || bytes.ContainsRune(body, 0):
		return base64.StdEncoding.EncodeToString(body)
	}
	return string(body)
}

// header writes the lines of a header in order, without those that net/http adds.
func header(h http.Header) string {
	var lines []string
	for name, values := range h {
		if name == "Date" || name == "Content-Length" || name == "User-Agent" {
			continue
		}
		for _, v := range values {
			lines = append(lines, name+": "+v+"\n")
		}
	}
	slices.SortStableFunc(lines, func(a, b string) int {
		an, _, _ := strings.Cut(a, ":")
		bn, _, _ := strings.Cut(b, ":")
		return strings.Compare(an, bn)
	})
	return strings.Join(lines, "")
}
