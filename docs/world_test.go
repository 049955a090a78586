package docs_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxphone"
	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/memengine"
)

// The example of world.md is loaded and played.
func TestWorldFile(t *testing.T) {
	var example strings.Builder
	for _, b := range blocksOf(t, "world.md") {
		if b.kind == "toml" {
			example.WriteString(b.text)
		}
	}
	world, err := wxserver.ReadWorld(strings.NewReader(example.String()))
	if err != nil {
		t.Fatal(err)
	}
	page := pageText(t, "world.md")
	for name, row := range map[string]reflect.Type{
		"account": reflect.TypeFor[wxserver.WorldAccount](), "account.say": reflect.TypeFor[wxserver.WorldLine](), "room": reflect.TypeFor[wxserver.WorldRoom](),
	} {
		_, section, _ := strings.Cut(page, "## `[["+name+"]]`")
		section, _, _ = strings.Cut(section, "\n## ")
		for field := range row.Fields() {
			key := field.Tag.Get("toml")
			if !strings.Contains(section, "`"+key+"`") {
				t.Errorf("world.md does not explain %s of %s", key, name)
			}
			if key != "say" && !strings.Contains(example.String(), key+" = ") {
				t.Errorf("the example of world.md does not use %s", key)
			}
		}
	}

	synctest.Test(t, func(t *testing.T) {
		engine := memengine.New()
		s, err := wxserver.New(engine, wxserver.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer engine.Close()
		defer s.Close()
		for range 2 { // the second time changes nothing
			if err := s.Populate(t.Context(), world); err != nil {
				t.Fatal(err)
			}
		}
		alice := client(t, s, "alice", "alice-secret")
		ctx, cancel := context.WithCancel(t.Context())
		played := make(chan error, 1)
		go func() { played <- s.Play(ctx, world) }()
		start := time.Now()

		got := make(map[time.Duration]string)
		sent := false
		for ev, err := range alice.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if ev.Kind != webwx.EventMessage {
				continue
			}
			got[time.Since(start)] = ev.Message.Text()
			if !sent {
				sent = true
				if _, err := alice.SendText(t.Context(), ev.Message.FromUserName, "hello"); err != nil {
					t.Fatal(err)
				}
			}
			if len(got) == 4 {
				break
			}
		}
		want := map[time.Duration]string{
			5 * time.Second: "Write to me: I say it back.", 7 * time.Second: "hello",
			time.Minute: "Who comes along?", time.Minute + 24*time.Hour: "Who comes along?",
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("alice heard %q, want %q", got, want)
		}
		contacts, err := alice.Contacts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, c := range contacts {
			if c.Kind() != webwx.KindSpecial {
				names = append(names, c.Name()+" "+string(c.Kind()))
			}
		}
		slices.Sort(names)
		if want := []string{"Bob friend", "周末爬山 room", "新闻 official"}; !slices.Equal(names, want) {
			t.Errorf("alice knows %q, want %q", names, want)
		}
		alice.Close()
		cancel()
		<-played
	})

	for name, file := range map[string]string{
		"a key that nobody knows":     "[[account]]\nname = \"a\"\nnickname = \"A\"\n",
		"a friend who is not there":   "[[account]]\nname = \"a\"\nfriends = [\"b\"]\n",
		"a member who is not there":   "[[room]]\ntopic = \"x\"\nmembers = [\"b\"]\n",
		"a receiver who is not there": "[[account]]\nname = \"a\"\n[[account.say]]\nto = \"b\"\ntext = \"x\"\n",
		"a line without a text":       "[[account]]\nname = \"a\"\n[[account.say]]\nto = \"a\"\n",
		"a duration of another form":  "[[account]]\nname = \"a\"\ndelay = \"two seconds\"\n",
		"a negative duration":         "[[account]]\nname = \"a\"\ndelay = \"-1s\"\n",
		"a name of another form":      "[[account]]\nname = \"A B\"\n",
		"an account that comes twice": "[[account]]\nname = \"a\"\n[[account]]\nname = \"A\"\n",
		"text that is no TOML":        "[[account]\n",
		"an account that has no name": "[[account]]\nnick = \"a\"\n",
		"a value of another type":     "[[account]]\nname = 7\n",
	} {
		if _, err := wxserver.ReadWorld(strings.NewReader(file)); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
}

func client(t *testing.T, s *wxserver.Server, name, password string) *wxclient.Client {
	t.Helper()
	p, err := wxphone.SignIn(t.Context(), wxphone.Options{Server: "http://wx.example", Transport: direct{s}}, name, password)
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Client(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// direct carries requests to a server without a network.
type direct struct{ h http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	in := r.Clone(r.Context())
	in.Host, in.RequestURI = r.URL.Host, r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	d.h.ServeHTTP(w, in)
	return w.Result(), r.Context().Err()
}
