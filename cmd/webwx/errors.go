package main

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/sqlengine"
)

// The exit codes.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitSession = 3 // logged out, refused, or no session
)

// usageError is a command line, environment or configuration that makes no sense.
type usageError struct {
	text string
	hint string // a whole text
}

func (e *usageError) Error() string { return e.text }

// usage makes a usageError from the catalogue.
func (a *app) usage(key string, pairs ...any) error { return &usageError{text: a.t(key, pairs...)} }

// usageOf is usage with the hint where to read about the command.
func (a *app) usageOf(c *cobra.Command, key string, pairs ...any) error {
	return &usageError{a.t(key, pairs...), a.t("hint.help", "Command", c.CommandPath())}
}

// toldError ends the program with a code when all has been said already.
type toldError struct{ code int }

func (e *toldError) Error() string { return "" }

// hintedError is an error that knows better than report what to do about it.
type hintedError struct {
	error
	hint string // a whole text
}

func (e *hintedError) Unwrap() error { return e.error }

// flagError turns what is wrong with a flag into our words.
func (a *app) flagError(c *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		dashes := "--"
		if unknown.GetSpecifiedShortnames() != "" {
			dashes = "-"
		}
		return a.usageOf(c, "error.flag_unknown", "Flag", dashes+unknown.GetSpecifiedName())
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return a.usageOf(c, "error.flag_value", "Flag", "--"+missing.GetFlag().Name)
	}
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return a.usageOf(c, "error.value", "Where", "--"+bad.GetFlag().Name, "Value", bad.GetValue(), "Err", bad.Unwrap())
	}
	return a.usageOf(c, "error.flag", "Err", err)
}

// report says what went wrong and what can be done about it, and returns the exit
// code.
func (a *app) report(err error) int {
	if told, ok := errors.AsType[*toldError](err); ok {
		return told.code
	}
	if err == nil {
		return exitDone
	}
	if errors.Is(err, syscall.EPIPE) {
		return exitFailed // who read our results has gone; nothing is wrong here
	}
	code, text, hint := a.explain(err)
	if better, ok := errors.AsType[*hintedError](err); ok {
		hint = better.hint
	}
	a.talk("", text)
	a.talk("hint: ", hint)
	return code
}

// explain finds the exit code, the words and the hint for an error; an empty hint
// is none. The order is from what is most particular to what is most general.
func (a *app) explain(err error) (code int, text, hint string) {
	if bad, ok := errors.AsType[*usageError](err); ok {
		return exitUsage, bad.text, bad.hint
	}
	if bad, ok := errors.AsType[*wxserver.InvalidError](err); ok {
		return exitUsage, bad.Msg, ""
	}
	for _, explain := range []func(error) (int, string, string){a.explainClient, a.explainService, a.explainSystem} {
		if code, text, hint := explain(err); code != exitDone {
			return code, text, hint
		}
	}
	return exitFailed, err.Error(), ""
}

// explainClient explains what our own client has found out.
func (a *app) explainClient(err error) (code int, text, hint string) {
	if unknown, ok := errors.AsType[*wxclient.UnknownError](err); ok {
		return exitFailed, a.t("error.unknown", "ID", unknown.LocalID, "Err", unknown.Err), a.t("hint.unknown")
	}
	if many, ok := errors.AsType[*wxclient.AmbiguousError](err); ok {
		lines := []string{a.t("error.ambiguous", "Text", clean(many.Text), "Count", len(many.Candidates))}
		for i := range many.Candidates {
			c := &many.Candidates[i]
			lines = append(lines, a.t("error.candidate",
				"Name", clean(c.Name()), "Nick", clean(webwx.Unescape(c.NickName)), "UserName", clean(string(c.UserName))))
		}
		return exitFailed, strings.Join(lines, "\n"), a.t("hint.ambiguous")
	}
	if none, ok := errors.AsType[*wxclient.NotFoundError](err); ok {
		return exitFailed, a.t("error.not_found", "Text", none.Text), a.t("hint.not_found")
	}
	if held, ok := errors.AsType[*wxclient.LockedError](err); ok {
		return exitFailed, a.t("error.locked", "File", held.Path, "PID", held.PID), a.t("hint.locked")
	}
	return exitDone, "", ""
}

// explainService explains what a service has refused, or would.
func (a *app) explainService(err error) (code int, text, hint string) {
	refused, isRefused := errors.AsType[*webwx.Error](err)
	switch {
	case errors.Is(err, wxclient.ErrNoSession):
		return exitSession, a.t("error.no_session"), a.t("hint.login", "Command", a.loginLine())
	case errors.Is(err, webwx.ErrLoggedOut):
		return exitSession, err.Error(), a.t("hint.again", "Command", a.loginLine())
	case errors.Is(err, webwx.ErrExpired):
		return exitSession, err.Error(), a.t("hint.expired")
	case errors.Is(err, webwx.ErrTooOften):
		return exitSession, err.Error(), a.t("hint.wait")
	case isRefused && refused.Ret != webwx.RetSystem:
		return exitSession, err.Error(), ""
	}
	return exitDone, "", ""
}

// Windows has numbers of its own for these.
const (
	wsaAddrInUse   = syscall.Errno(10048)
	wsaConnRefused = syscall.Errno(10061)
)

func refusedConnection(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, wsaConnRefused)
}

func portInUse(err error) bool {
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaAddrInUse)
}

// explainSystem explains what networks, files and other processes have to do with.
func (a *app) explainSystem(err error) (code int, text, hint string) {
	switch {
	case refusedConnection(err):
		if u, uerr := url.Parse(a.server); uerr == nil && u.Host != "" {
			return exitFailed, a.t("error.refused", "Host", u.Host), a.t("hint.serve", "Host", u.Host)
		}
		return exitFailed, err.Error(), ""
	case portInUse(err):
		return exitFailed, err.Error(), a.t("hint.port")
	case errors.Is(err, sqlengine.ErrLocked):
		return exitFailed, err.Error(), a.t("hint.data_locked")
	case errors.Is(err, wxserver.ErrTaken), errors.Is(err, wxserver.ErrNoAccount):
		return exitFailed, err.Error(), a.t("hint.accounts")
	case errors.Is(err, context.Canceled):
		return exitFailed, a.t("error.interrupted"), ""
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return exitFailed, a.t("error.dns", "Host", dns.Name), a.t("hint.dns")
	}
	return exitDone, "", ""
}

// loginLine is the command that logs in where this run wanted to be.
func (a *app) loginLine() string {
	line := []string{"webwx login"}
	for _, f := range []struct{ flag, value string }{{"--server", a.server}, {"--session", a.session}, {"--as", a.as}} {
		if f.value != "" {
			line = append(line, f.flag, f.value)
		}
	}
	return strings.Join(line, " ")
}
