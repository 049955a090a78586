package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

func (a *app) logoutCommand() *cobra.Command {
	c := a.command("logout", "")
	c.RunE = func(c *cobra.Command, _ []string) error {
		client, file, err := a.newClient(wxclient.Options{})
		if err != nil {
			return err
		}
		defer client.Close()
		// A login that is over already has a session to be forgotten all the same.
		if err := client.Resume(c.Context()); err != nil && !errors.Is(err, webwx.ErrLoggedOut) {
			return err
		}
		nick := webwx.Unescape(client.Self().NickName)
		if err := client.Logout(c.Context()); err != nil {
			return err
		}
		if err := recentOf(file).remove(); err != nil {
			return err
		}
		a.say("logout.done", "Nick", nick)
		return nil
	}
	return c
}
