package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxphone"
	"github.com/webwx/webwx/wxqr"
)

// codeLine is a scanned code, or a login that waits to be confirmed, in JSON.
type codeLine struct {
	Pending bool      `json:"pending,omitempty"`
	UUID    string    `json:"uuid"`
	Device  string    `json:"device"`
	Address string    `json:"address"`
	Created time.Time `json:"created"`
}

func newCodeLine(c wxphone.Code, pending bool) codeLine {
	return codeLine{pending, c.UUID, c.Device, c.Address, c.Created}
}

func (a *app) phoneScanCommand() *cobra.Command {
	c := a.command("phone.scan", "TEXT|PICTURE|-")
	c.Args = a.exactly(1)
	c.RunE = a.onPhone(func(ctx context.Context, p *savedPhone, args []string) error {
		text, err := a.codeText(args[0])
		if err != nil {
			return err
		}
		code, err := p.phone.Scan(ctx, text)
		if err != nil {
			return err
		}
		p.Scanned = code.UUID
		if err := p.save(); err != nil {
			return err
		}
		if a.json {
			return a.print(newCodeLine(code, false))
		}
		a.say("phone.scanned", "Device", short(code.Device), "Address", code.Address)
		a.hint("hint.confirm")
		return nil
	})
	return c
}

// codeText returns what a code says: arg is that, or names a picture of it; "-"
// is either of them on standard input.
func (a *app) codeText(arg string) (string, error) {
	if arg == "-" {
		data, err := io.ReadAll(io.LimitReader(a.stdin, wxqr.MaxBytes+1))
		if err != nil {
			return "", err
		}
		if _, ok := webwx.ParseCode(string(data)); ok {
			return strings.TrimSpace(string(data)), nil
		}
		return wxqr.DecodeReader(bytes.NewReader(data))
	}
	if strings.Contains(arg, "://") {
		return arg, nil
	}
	f, err := os.Open(arg)
	if errors.Is(err, fs.ErrNotExist) {
		if _, ok := webwx.ParseCode(arg); ok {
			return arg, nil // a bare uuid
		}
		return "", a.usage("error.code", "Arg", arg)
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := wxqr.DecodeReader(f)
	if err != nil {
		return "", errors.New(a.t("error.picture", "File", arg, "Err", err))
	}
	return text, nil
}

// codeAnswer is Confirm or Cancel of a phone.
type codeAnswer func(p *wxphone.Phone, ctx context.Context, code string) error

// answerCode does what confirm and cancel have in common: they answer the code
// that was named, else the one that was scanned last, else the one login that
// waits for an answer without a scan.
func (a *app) answerCode(name, done string, answer codeAnswer) *cobra.Command {
	c := a.command(name, "[CODE]")
	c.Args = a.between(0, 1)
	c.RunE = a.onPhone(func(ctx context.Context, p *savedPhone, args []string) error {
		err := errNothingScanned
		switch {
		case len(args) == 1:
			err = answer(p.phone, ctx, args[0])
		case p.Scanned != "":
			err = answer(p.phone, ctx, p.Scanned)
		}
		if len(args) == 0 && (errors.Is(err, errNothingScanned) || errors.Is(err, webwx.ErrExpired)) {
			err = a.answerPending(ctx, p, err, answer)
		}
		if err != nil {
			return err
		}
		p.Scanned = ""
		a.say(done)
		return p.save()
	})
	return c
}

// errNothingScanned stands for the answer to a code that there is not.
var errNothingScanned = errors.New("nothing scanned")

// answerPending answers the only login that waits; otherwise is the error if
// there is none.
func (a *app) answerPending(ctx context.Context, p *savedPhone, otherwise error, answer codeAnswer) error {
	_, pending, err := p.phone.Logins(ctx)
	switch {
	case err != nil:
		return err
	case len(pending) == 1:
		return answer(p.phone, ctx, pending[0].UUID)
	case len(pending) > 1:
		return &hintedError{errors.New(a.t("error.pending_many", "Count", len(pending))), a.t("hint.logins")}
	case errors.Is(otherwise, errNothingScanned):
		return &hintedError{errors.New(a.t("error.nothing_scanned")), a.t("hint.scan")}
	}
	return otherwise
}

func (a *app) phoneConfirmCommand() *cobra.Command {
	return a.answerCode("phone.confirm", "phone.confirmed", (*wxphone.Phone).Confirm)
}

func (a *app) phoneCancelCommand() *cobra.Command {
	return a.answerCode("phone.cancel", "phone.cancelled", (*wxphone.Phone).Cancel)
}

func (a *app) phoneLoginsCommand() *cobra.Command {
	c := a.command("phone.logins", "")
	c.RunE = a.onPhone(func(ctx context.Context, p *savedPhone, _ []string) error {
		logins, pending, err := p.phone.Logins(ctx)
		if err != nil {
			return err
		}
		if a.json {
			return a.printLogins(logins, pending)
		}
		rows := [][]string{{a.t("table.ident"), a.t("table.kind"), a.t("table.device"), a.t("table.since")}}
		for _, l := range logins {
			kind := a.t("login_kind.web")
			switch {
			case l.This:
				kind = a.t("login_kind.this")
			case l.Phone:
				kind = a.t("login_kind.phone")
			}
			rows = append(rows, []string{l.ID, kind, short(l.Device), l.Created.Format(time.DateTime)})
		}
		for _, c := range pending {
			rows = append(rows, []string{c.UUID, a.t("login_kind.pending"), short(c.Device), c.Created.Format(time.DateTime)})
		}
		return a.table(rows)
	})
	return c
}

func (a *app) printLogins(logins []wxphone.Login, pending []wxphone.Code) error {
	for _, l := range logins {
		if err := a.print(l); err != nil {
			return err
		}
	}
	for _, c := range pending {
		if err := a.print(newCodeLine(c, true)); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) phoneEndCommand() *cobra.Command {
	c := a.command("phone.end", "[ID]")
	c.Args = a.between(0, 1)
	c.RunE = a.onPhone(func(ctx context.Context, p *savedPhone, args []string) error {
		if err := p.phone.End(ctx, strings.Join(args, "")); err != nil {
			return err
		}
		a.say("phone.ended")
		return nil
	})
	return c
}
