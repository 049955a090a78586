package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // codes and avatars are JPEG
	"net/http"
	"slices"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxphone"
	"github.com/webwx/webwx/wxqr"
	"github.com/webwx/webwx/wxserver"
)

// demo is one run of the script: two people, their phones and a desk, over real
// HTTP. Each step checks what it shows.
type demo struct {
	a       *app
	house   *house
	world   *wxserver.World
	session string // file of the desk's session
	play    func() // lets the world's own people talk

	polls   *pollSpy
	code    []byte           // picture of the login code
	desk    *wxclient.Client // alice's
	phones  map[string]*wxphone.Phone
	chats   map[string]*wxclient.Client // of the phones
	inboxes []*inbox
}

// stepTime is how long a step may take.
const stepTime = 30 * time.Second

// stepLine is a step in JSON.
type stepLine struct {
	Step   string `json:"step"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
	Error  string `json:"error,omitempty"`
}

// step does one step and says how it went. do returns what to show of it.
func (d *demo) step(ctx context.Context, name string, do func(context.Context) (detail string, err error)) error {
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	detail, err := do(ctx)
	if err == nil {
		err = ctx.Err()
	}
	line := stepLine{Step: name, OK: err == nil, Detail: detail}
	if err != nil {
		// A new error: whatever broke, the demo has failed.
		err = errors.New(d.a.t("demo.broke", "Step", name, "Err", err))
		line.Error = err.Error()
	}
	var perr error
	switch {
	case d.a.json:
		perr = d.a.print(line)
	case err == nil:
		perr = d.a.printf("✓ %s\n", clean(d.a.t("demo.step."+name, "Detail", detail)))
	default:
		perr = d.a.printf("✗ %s\n", name)
	}
	return errors.Join(err, perr)
}

// script plays all steps; the first that breaks ends it.
func (d *demo) script(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer d.hangUp()
	defer cancel()
	if err := d.step(ctx, "server", d.reachServer); err != nil {
		return err
	}
	if err := d.logIn(ctx); err != nil {
		return err
	}
	for _, s := range []struct {
		name string
		do   func(context.Context) (string, error)
	}{
		{"contacts", d.contacts},
		{"greeting", d.greeting(ctx)},
		{"in", d.in(ctx)},
		{"out", d.out},
		{"echo", d.echo},
		{"room", d.room},
		{"order", d.order},
		{"filehelper", d.fileHelper(ctx)},
		{"picture", d.picture},
		{"file", d.file},
		{"newroom", d.newRoom},
		{"recall", d.recall},
		{"friend", d.friend},
		{"logout", d.logout},
	} {
		if err := d.step(ctx, s.name, s.do); err != nil {
			return err
		}
	}
	return nil
}

// hangUp waits for those who listen and closes the clients.
func (d *demo) hangUp() {
	for _, in := range d.inboxes {
		<-in.done
	}
	for _, c := range d.chats {
		c.Close()
	}
	if d.desk != nil {
		d.desk.Close()
	}
}

// reachServer makes sure that the server answers.
func (d *demo) reachServer(ctx context.Context) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.house.url+"/healthz", nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("GET /healthz: %s", resp.Status)
	}
	return d.house.url, nil
}

// logIn lets alice's desk log in with the help of her phone.
func (d *demo) logIn(ctx context.Context) error {
	d.polls = &pollSpy{next: http.DefaultTransport}
	var err error
	d.desk, err = wxclient.New(wxclient.Options{
		Server: d.house.url, Store: &wxclient.FileStore{Path: d.session}, Transport: d.polls,
	})
	if err != nil {
		return err
	}
	for ev, err := range d.desk.Login(ctx) {
		switch {
		case err != nil:
			return d.step(ctx, "login", func(context.Context) (string, error) { return "", err })
		case ev.Code == 0:
			err = d.scanCode(ctx, ev)
		case ev.Code == webwx.LoginScanned:
			err = d.confirmCode(ctx, ev)
		}
		if err != nil {
			return err
		}
	}
	return d.step(ctx, "login", d.checkLogin)
}

// scanCode shows the code, reads the picture that the server has drawn and scans
// what it says.
func (d *demo) scanCode(ctx context.Context, ev webwx.LoginEvent) error {
	var text string
	err := d.step(ctx, "code", func(context.Context) (detail string, err error) {
		if err := d.a.showTerminal(ev); err != nil {
			return "", err
		}
		d.code = ev.Image
		text, err = wxqr.DecodeReader(bytes.NewReader(ev.Image))
		if err == nil && text != webwx.CodeURL(ev.UUID) {
			err = fmt.Errorf("the picture says %q, want %q", text, webwx.CodeURL(ev.UUID))
		}
		return text, err
	})
	if err != nil {
		return err
	}
	return d.step(ctx, "scan", func(ctx context.Context) (string, error) {
		phone, err := d.phone(ctx, "alice")
		if err != nil {
			return "", err
		}
		code, err := phone.Scan(ctx, text)
		if err == nil && code.UUID != ev.UUID {
			err = fmt.Errorf("the phone has scanned %s, want %s", code.UUID, ev.UUID)
		}
		return d.nick("alice"), err
	})
}

// confirmCode checks that the desk shows who scanned, and lets it in.
func (d *demo) confirmCode(ctx context.Context, ev webwx.LoginEvent) error {
	return d.step(ctx, "confirm", func(ctx context.Context) (string, error) {
		if _, _, err := image.DecodeConfig(bytes.NewReader(ev.Avatar)); err != nil {
			return "", fmt.Errorf("code 201 came without an avatar: %w", err)
		}
		phone, err := d.phone(ctx, "alice")
		if err != nil {
			return "", err
		}
		return d.nick("alice"), phone.Confirm(ctx, ev.UUID)
	})
}

// checkLogin checks how the desk came in and as whom.
func (d *demo) checkLogin(context.Context) (string, error) {
	codes := slices.DeleteFunc(d.polls.seen(), func(c webwx.LoginCode) bool { return c == webwx.LoginWaiting })
	if want := []webwx.LoginCode{webwx.LoginScanned, webwx.LoginConfirmed}; !slices.Equal(codes, want) {
		return "", fmt.Errorf("the login poll answered %d, want %d", codes, want)
	}
	nick := webwx.Unescape(d.desk.Self().NickName)
	if nick != d.nick("alice") {
		return "", fmt.Errorf("logged in as %q, want %q", nick, d.nick("alice"))
	}
	return nick, nil
}

// phone returns the phone of an account, which signs in the first time.
func (d *demo) phone(ctx context.Context, name string) (*wxphone.Phone, error) {
	if p := d.phones[name]; p != nil {
		return p, nil
	}
	acc := d.account(name)
	p, err := wxphone.SignIn(ctx, wxphone.Options{Server: d.house.url}, name, acc.Password)
	if err != nil {
		return nil, fmt.Errorf("%s's phone: %w", name, err)
	}
	if d.phones == nil {
		d.phones = make(map[string]*wxphone.Phone)
	}
	d.phones[name] = p
	return p, nil
}

func (d *demo) account(name string) wxserver.WorldAccount {
	i := slices.IndexFunc(d.world.Accounts, func(a wxserver.WorldAccount) bool { return a.Name == name })
	if i < 0 {
		return wxserver.WorldAccount{Name: name}
	}
	return d.world.Accounts[i]
}

func (d *demo) nick(name string) string {
	acc := d.account(name)
	return or(acc.Nick, name)
}
