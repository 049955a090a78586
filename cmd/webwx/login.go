package main

import (
	"context"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxqr"
)

// loggedInLine is the line of JSON that tells who is logged in.
type loggedInLine struct {
	Event    string         `json:"event"`
	UserName webwx.UserName `json:"user_name"`
	NickName string         `json:"nick_name"`
}

func (a *app) loginCommand() *cobra.Command {
	c := a.command("login", "")
	var qr string
	c.Flags().StringVar(&qr, "qr", "terminal", a.t("flag.qr"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		client, file, err := a.newClient(wxclient.Options{})
		if err != nil {
			return err
		}
		defer client.Close()
		if err := a.logIn(c.Context(), client, qr, file); err != nil {
			return err
		}
		if a.json {
			return a.printLogin(client.Self())
		}
		return nil
	}
	return c
}

func (a *app) printLogin(self webwx.User) error {
	return a.print(loggedInLine{"login", self.UserName, webwx.Unescape(self.NickName)})
}

// logIn logs in by the saved session, the phone or a QR code, and tells the
// person in front what to do.
func (a *app) logIn(ctx context.Context, c *wxclient.Client, qr, file string) error {
	show, err := a.codeShower(qr)
	if err != nil {
		return err
	}
	shown, waiting := false, false
	for ev, err := range c.Login(ctx) {
		if err != nil {
			return err
		}
		switch {
		case ev.Code == 0:
			if shown {
				a.say("login.renewed")
			}
			shown, waiting = true, false
			if err := show(ev); err != nil {
				return err
			}
		case ev.Code == webwx.LoginScanned && shown:
			a.say("login.scanned")
		case ev.Code == webwx.LoginScanned:
			a.say("login.push")
		case ev.Code == webwx.LoginCancelled:
			a.say("login.cancelled")
		case ev.Code == webwx.LoginWaiting && !waiting: // the poll comes back every half minute: once is enough
			waiting = true
			a.say("login.waiting")
		}
	}
	a.say("login.done", "Nick", webwx.Unescape(c.Self().NickName), "File", file)
	return nil
}

// codeShower returns how the flag --qr wants codes to be shown.
func (a *app) codeShower(qr string) (func(webwx.LoginEvent) error, error) {
	kind, file, hasFile := strings.Cut(qr, "=")
	switch {
	case kind == "terminal" && !hasFile:
		return a.showTerminal, nil
	case kind == "url" && !hasFile:
		return func(ev webwx.LoginEvent) error {
			_, err := a.stderr.Write([]byte(ev.QR + "\n"))
			return err
		}, nil
	case kind == "png" && file != "":
		return func(ev webwx.LoginEvent) error { return a.showPNG(ev, file) }, nil
	}
	return nil, a.usage("error.qr", "Value", qr)
}

// showTerminal draws a code on standard error, with the link below it.
func (a *app) showTerminal(ev webwx.LoginEvent) error {
	code, err := wxqr.Encode(ev.QR)
	if err != nil {
		return err
	}
	if err := code.WriteTerminal(a.stderr, wxqr.TerminalOptions{Color: a.colour()}); err != nil {
		return err
	}
	a.sayCode(ev)
	return nil
}

// sayCode tells where the code leads to. On a server of our own that is a page
// with a phone on it.
func (a *app) sayCode(ev webwx.LoginEvent) {
	a.say("login.scan", "Link", ev.QR)
	if a.server != "" {
		a.say("login.open", "Link", a.server+"/l/"+ev.UUID)
	}
}

// pngScale is how many pixels wide a module is: large enough for any camera.
const pngScale = 10

func (a *app) showPNG(ev webwx.LoginEvent, file string) error {
	code, err := wxqr.Encode(ev.QR)
	if err != nil {
		return err
	}
	picture, err := code.PNG(pngScale)
	if err != nil {
		return err
	}
	if err := replaceFile(file, picture); err != nil {
		return err
	}
	a.say("login.png", "File", file)
	a.sayCode(ev)
	return nil
}

// colour reports whether standard error is a terminal that may be coloured.
func (a *app) colour() bool {
	f, ok := a.stderr.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"
}
