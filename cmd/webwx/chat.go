package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// The small commands about one chat or contact.

// remarkLine is a remark that was set, in JSON.
type remarkLine struct {
	UserName   webwx.UserName `json:"user_name"`
	RemarkName string         `json:"remark_name"`
}

func (a *app) remarkCommand() *cobra.Command {
	c := a.command("remark", "NAME REMARK")
	c.Args = a.exactly(2)
	return a.withClient(c, func(ctx context.Context, client *wxclient.Client, args []string) error {
		who, err := find(ctx, client, args[0])
		if err != nil {
			return err
		}
		if err := client.SetRemark(ctx, who.UserName, args[1]); err != nil {
			return err
		}
		switch {
		case a.json:
			return a.print(remarkLine{who.UserName, args[1]})
		case args[1] == "":
			a.say("remark.cleared", "Name", args[0])
		default:
			a.say("remark.done", "Name", args[0], "Remark", args[1])
		}
		return nil
	})
}

// pinnedLine tells whether a chat is at the top of the list, in JSON.
type pinnedLine struct {
	UserName webwx.UserName `json:"user_name"`
	Pinned   bool           `json:"pinned"`
}

func (a *app) pinCommand() *cobra.Command {
	c := a.command("pin", "NAME")
	c.Args = a.exactly(1)
	var off bool
	c.Flags().BoolVar(&off, "off", false, a.t("flag.off"))
	return a.withClient(c, func(ctx context.Context, client *wxclient.Client, args []string) error {
		// The remark goes along with a pin, so it has to be known.
		if _, err := client.Contacts(ctx); err != nil {
			return err
		}
		who, err := find(ctx, client, args[0])
		if err != nil {
			return err
		}
		if err := client.Pin(ctx, who.UserName, !off); err != nil {
			return err
		}
		switch {
		case a.json:
			return a.print(pinnedLine{who.UserName, !off})
		case off:
			a.say("pin.off", "Name", who.Name())
		default:
			a.say("pin.on", "Name", who.Name())
		}
		return nil
	})
}

func (a *app) readCommand() *cobra.Command {
	c := a.command("read", "CHAT")
	c.Args = a.exactly(1)
	return a.withClient(c, func(ctx context.Context, client *wxclient.Client, args []string) error {
		chat, err := find(ctx, client, args[0])
		if err != nil {
			return err
		}
		if err := client.MarkRead(ctx, chat.UserName); err != nil {
			return err
		}
		if a.json {
			return a.print(personLine{chat.UserName, webwx.Unescape(chat.NickName)})
		}
		a.say("read.done", "Name", chat.Name())
		return nil
	})
}

func (a *app) searchCommand() *cobra.Command {
	c := a.command("search", "WORD")
	c.ValidArgsFunction = cobra.NoFileCompletions
	c.Args = a.exactly(1)
	c.RunE = func(c *cobra.Command, args []string) error {
		client, _, err := a.resume(c.Context())
		if err != nil {
			return err
		}
		defer client.Close()
		found, err := client.SearchContact(c.Context(), args[0])
		if err != nil {
			return err
		}
		return a.printContacts(found, client.Self().UserName)
	}
	return c
}
