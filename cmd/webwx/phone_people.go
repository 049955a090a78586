package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
)

// What only phones can do with people and rooms.

// onFriend makes a command of a phone that changes one friend.
func (a *app) onFriend(c *cobra.Command, do func(context.Context, *savedPhone, webwx.Contact) error) *cobra.Command {
	c.Args = a.exactly(1)
	c.ValidArgsFunction = cobra.NoFileCompletions
	c.RunE = a.onPhone(func(ctx context.Context, p *savedPhone, args []string) error {
		client, err := p.phone.Client(ctx)
		if err != nil {
			return err
		}
		defer client.Close()
		who, err := find(ctx, client, args[0])
		if err != nil {
			return err
		}
		if err := do(ctx, p, who); err != nil || !a.json {
			return err
		}
		return a.print(personLine{who.UserName, webwx.Unescape(who.NickName)})
	})
	return c
}

func (a *app) phoneUnfriendCommand() *cobra.Command {
	return a.onFriend(a.command("phone.unfriend", "NAME"), func(ctx context.Context, p *savedPhone, who webwx.Contact) error {
		if err := p.phone.Unfriend(ctx, who.UserName); err != nil {
			return err
		}
		a.say("phone.unfriended", "Name", who.Name())
		return nil
	})
}

func (a *app) phoneBlockCommand() *cobra.Command {
	c := a.command("phone.block", "NAME")
	var off bool
	c.Flags().BoolVar(&off, "off", false, a.t("flag.off"))
	return a.onFriend(c, func(ctx context.Context, p *savedPhone, who webwx.Contact) error {
		if err := p.phone.Block(ctx, who.UserName, !off); err != nil {
			return err
		}
		if off {
			a.say("phone.unblocked", "Name", who.Name())
		} else {
			a.say("phone.blocked", "Name", who.Name())
		}
		return nil
	})
}

func (a *app) phoneJoinCommand() *cobra.Command {
	c := a.command("phone.join", "LINK")
	c.Args = a.exactly(1)
	c.ValidArgsFunction = cobra.NoFileCompletions
	c.RunE = a.onPhone(func(ctx context.Context, p *savedPhone, args []string) error {
		room, err := p.phone.Join(ctx, args[0])
		if err != nil {
			return err
		}
		if a.json {
			return a.print(roomLine{Room: room})
		}
		a.say("phone.joined")
		return nil
	})
	return c
}
