package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

func (a *app) watchCommand() *cobra.Command {
	c := a.command("watch", "")
	var qr string
	var raw bool
	c.Flags().StringVar(&qr, "qr", "terminal", a.t("flag.qr"))
	c.Flags().BoolVar(&raw, "raw", false, a.t("flag.raw"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		file, err := a.sessionFile()
		if err != nil {
			return err
		}
		// Before anything else: a second watch must not even log in.
		pos, err := wxclient.OpenPosition(file + ".pos")
		if err != nil {
			return err
		}
		defer pos.Close() // it is written with each event, so nothing is lost here
		client, _, err := a.newClient(wxclient.Options{Position: pos, Transport: a.newWatchdog()})
		if err != nil {
			return err
		}
		defer client.Close()
		w := &watch{a: a, client: client, raw: raw, recent: recentOf(file)}
		err = w.run(c.Context(), qr, file)
		if c.Context().Err() != nil {
			return nil // told to stop
		}
		return w.end(err)
	}
	return c
}

// watch is one run of the command.
type watch struct {
	a      *app
	client *wxclient.Client
	raw    bool
	self   webwx.UserName
	recent recent
	lines  lineWriter
	asked  map[webwx.UserName]bool // rooms whose members were asked for
	began  bool                    // the login was printed
	line   messageLine             // reused
}

// run logs in and prints what comes, until the login or ctx ends.
func (w *watch) run(ctx context.Context, qr, file string) error {
	if err := w.a.logIn(ctx, w.client, qr, file); err != nil {
		return err
	}
	w.began = true
	self := w.client.Self()
	w.self = self.UserName
	w.lines = lineWriter{to: w.a.stdout}
	if err := w.put(loggedInLine{"login", self.UserName, webwx.Unescape(self.NickName)}); err != nil {
		return err
	}
	if _, err := w.client.Contacts(ctx); err != nil {
		return err
	}
	n := w.client.Listed()
	if err := w.put(countLine{"contacts", n}); err != nil {
		return err
	}
	w.a.say("watch.began", "Count", n)
	for {
		err := w.events(ctx)
		if ctx.Err() != nil || !errors.Is(err, wxclient.ErrUnreachable) {
			return err
		}
		w.a.say("watch.still_trying")
	}
}

// events prints events until they end. An event is taken when its line is
// written: only then does the loop go on to the next.
func (w *watch) events(ctx context.Context) error {
	for ev, err := range w.client.Events(ctx) {
		if err != nil {
			return err
		}
		if err := w.event(ctx, ev); err != nil {
			return err
		}
	}
	return nil
}

// end prints that the login is over, if that is why the watch ends.
func (w *watch) end(err error) error {
	over, ok := errors.AsType[*webwx.Error](err)
	if !w.began || !ok || !errors.Is(over, webwx.ErrLoggedOut) {
		return err
	}
	if err := w.put(logoutLine{"logout", int(over.Ret), over.Ret.String()}); err != nil {
		return err
	}
	return err
}

// put writes a line of JSON, if that is what is wanted: in text these lines are
// talk, which went to standard error.
func (w *watch) put(line any) error {
	if !w.a.json {
		return nil
	}
	return w.lines.json(line)
}
