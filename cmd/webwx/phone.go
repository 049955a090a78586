package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxphone"
)

func (a *app) phoneCommand() *cobra.Command {
	return a.group("phone",
		a.phoneLoginCommand(), a.phoneScanCommand(), a.phoneConfirmCommand(), a.phoneCancelCommand(),
		a.phoneSayCommand(), a.phoneLoginsCommand(), a.phoneEndCommand(), a.phoneLogoutCommand(),
		a.phoneUnfriendCommand(), a.phoneBlockCommand(), a.phoneJoinCommand())
}

// savedPhone is a phone's login in a file.
type savedPhone struct {
	Version     int               `json:"version"`
	Phone       string            `json:"phone"` // the account's name; it tells these files from those of clients
	Server      string            `json:"server"`
	Credentials webwx.Credentials `json:"credentials"`
	Scanned     string            `json:"scanned,omitempty"` // uuid that waits to be confirmed

	file  string
	phone *wxphone.Phone // signed in with it
}

const phoneVersion = 1

// currentPhone is the file, beside those of the phones, that names the one that
// signed in last: commands without --as mean it.
const currentPhone = "phone.current"

// checkPhoneServer makes sure that there is a server to be a phone of.
func (a *app) checkPhoneServer() error {
	if err := a.checkServer(); err != nil {
		return err
	}
	if a.server == "" {
		return &usageError{a.t("error.phone_server"), a.t("hint.phone_server")}
	}
	return nil
}

// phoneFile returns the file of the phone that is meant; name is used if no flag
// says which.
func (a *app) phoneFile(name string) (string, error) {
	if a.session != "" {
		return a.session, nil
	}
	name = cmp.Or(a.as, name)
	if name == "" {
		text, err := os.ReadFile(a.stateFile(currentPhone))
		if errors.Is(err, fs.ErrNotExist) {
			return "", a.noPhone()
		}
		if err != nil {
			return "", err
		}
		name = strings.TrimSpace(string(text))
	}
	if err := a.checkName(name); err != nil {
		return "", err
	}
	return a.stateFile("phone-" + name + ".json"), nil
}

func (a *app) noPhone() error {
	return &hintedError{wxclient.ErrNoSession, a.t("hint.phone_login", "Server", a.server)}
}

// openPhone takes up the phone that is meant. It sends nothing.
func (a *app) openPhone() (*savedPhone, error) {
	if err := a.checkPhoneServer(); err != nil {
		return nil, err
	}
	file, err := a.phoneFile("")
	if err != nil {
		return nil, err
	}
	p, err := readPhone(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, a.noPhone()
	case err != nil:
		return nil, err
	case p.Server != a.server:
		return nil, errors.New(a.t("error.phone_elsewhere", "File", file, "Server", p.Server))
	}
	p.phone, err = wxphone.Resume(wxphone.Options{Server: a.server}, p.Credentials)
	return p, err
}

func readPhone(file string) (*savedPhone, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	p := &savedPhone{file: file}
	// What is wrong with it is not quoted: the file holds credentials.
	if err := json.Unmarshal(text, p); err != nil || p.Version != phoneVersion || p.Phone == "" || !p.Credentials.Valid() {
		return nil, fmt.Errorf("%s is not the login of a phone", file)
	}
	return p, nil
}

func (p *savedPhone) save() error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(p.file), 0o700); err != nil {
		return err
	}
	return replaceFile(p.file, append(text, '\n'))
}

// onPhone makes what a command of a phone that is signed in does.
func (a *app) onPhone(do func(ctx context.Context, p *savedPhone, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		p, err := a.openPhone()
		if err != nil {
			return err
		}
		err = do(c.Context(), p, args)
		if errors.Is(err, webwx.ErrLoggedOut) {
			return &hintedError{err, a.t("hint.phone_again", "Name", p.Phone, "Server", a.server)}
		}
		return err
	}
}

func (a *app) phoneLoginCommand() *cobra.Command {
	c := a.command("phone.login", "NAME")
	c.Args = a.exactly(1)
	passwordFile := a.passwordFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := a.checkPhoneServer(); err != nil {
			return err
		}
		name := strings.ToLower(strings.TrimSpace(args[0]))
		file, err := a.phoneFile(name)
		if err != nil {
			return err
		}
		if _, err := readPhone(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err // not a phone's: do not write over it
		}
		password, err := a.password(*passwordFile, false)
		if err != nil {
			return err
		}
		phone, err := wxphone.SignIn(c.Context(), wxphone.Options{Server: a.server}, name, password)
		if refused, ok := errors.AsType[*webwx.Error](err); ok && refused.Ret == webwx.RetMismatch {
			return &hintedError{err, a.t("hint.phone_password")}
		}
		if err != nil {
			return err
		}
		return a.keepPhone(&savedPhone{
			Version: phoneVersion, Phone: name, Server: a.server, Credentials: phone.Credentials(), file: file,
		})
	}
	return c
}

// keepPhone saves a phone that has just signed in and makes it the current one.
func (a *app) keepPhone(p *savedPhone) error {
	if err := p.save(); err != nil {
		return err
	}
	if a.session == "" {
		if err := replaceFile(a.stateFile(currentPhone), []byte(cmp.Or(a.as, p.Phone)+"\n")); err != nil {
			return err
		}
	}
	if a.json {
		return a.print(struct {
			Name string `json:"name"`
			File string `json:"file"`
		}{p.Phone, p.file})
	}
	a.say("phone.signed_in", "Name", p.Phone, "File", p.file)
	return nil
}

func (a *app) phoneLogoutCommand() *cobra.Command {
	c := a.command("phone.logout", "")
	c.RunE = a.onPhone(func(ctx context.Context, p *savedPhone, _ []string) error {
		if err := p.phone.SignOut(ctx); err != nil && !errors.Is(err, webwx.ErrLoggedOut) {
			return err
		}
		if err := os.Remove(p.file); err != nil {
			return err
		}
		a.say("phone.signed_out", "Name", p.Phone)
		return nil
	})
	return c
}

func (a *app) phoneSayCommand() *cobra.Command {
	c := a.command("phone.say", "TO TEXT|-")
	c.Args = a.exactly(2)
	c.RunE = a.onPhone(func(ctx context.Context, p *savedPhone, args []string) error {
		text, err := a.message(args[1])
		if err != nil {
			return err
		}
		client, err := p.phone.Client(ctx)
		if err != nil {
			return err
		}
		defer client.Close()
		to, err := find(ctx, client, args[0])
		if err != nil {
			return err
		}
		sent, err := client.SendText(ctx, to.UserName, text)
		if err != nil {
			return err
		}
		return a.printSent(sent, to)
	})
	return c
}
