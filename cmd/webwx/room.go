package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

func (a *app) roomCommand() *cobra.Command {
	return a.group("room",
		a.roomCreateCommand(), a.roomAddCommand(), a.roomInviteCommand(), a.roomRemoveCommand(),
		a.roomRenameCommand(), a.roomLeaveCommand(), a.roomMembersCommand())
}

// roomLine is what a change of a room came to, in JSON.
type roomLine struct {
	Room    webwx.UserName `json:"room"`
	Topic   string         `json:"topic,omitempty"`
	Invited bool           `json:"invited,omitempty"` // not added: they must agree first
	Failed  []memberLine   `json:"failed,omitempty"`  // who could not be added
}

// withClient makes what a command does with the saved session, and completes its
// first argument with the names of contacts.
func (a *app) withClient(c *cobra.Command, do func(ctx context.Context, client *wxclient.Client, args []string) error) *cobra.Command {
	c.ValidArgsFunction = a.completeContacts
	c.RunE = func(c *cobra.Command, args []string) error {
		client, _, err := a.resume(c.Context())
		if err != nil {
			return err
		}
		defer client.Close()
		return do(c.Context(), client, args)
	}
	return c
}

// findRoom returns the room that a person calls name.
func (a *app) findRoom(ctx context.Context, client *wxclient.Client, name string) (webwx.Contact, error) {
	room, err := find(ctx, client, name)
	if err == nil && !room.UserName.IsRoom() {
		err = errors.New(a.t("error.no_room", "Name", name))
	}
	return room, err
}

func (a *app) roomCreateCommand() *cobra.Command {
	c := a.command("room.create", "TOPIC NAME…")
	c.Args = a.atLeast(2)
	a.withClient(c, func(ctx context.Context, client *wxclient.Client, args []string) error {
		members, err := findAll(ctx, client, args[1:])
		if err != nil {
			return err
		}
		room, err := client.CreateRoom(ctx, args[0], members...)
		line := roomLine{Room: room.UserName, Topic: args[0]}
		return a.changedRoom(line, err, func() { a.say("room.created", "Topic", args[0], "UserName", room.UserName) })
	})
	c.ValidArgsFunction = a.completeMore
	return c
}

// changedRoom tells what came of a change: the line, or in text what say says.
// People who could not be added fail the command, though others were.
func (a *app) changedRoom(line roomLine, err error, say func()) error {
	partly, isPartly := errors.AsType[*wxclient.MembersError](err)
	if err != nil && !isPartly {
		return err
	}
	if isPartly {
		for i := range partly.Members {
			line.Failed = append(line.Failed, newMemberLine(&partly.Members[i]))
		}
	}
	switch {
	case a.json:
		if perr := a.print(line); perr != nil {
			return perr
		}
	case line.Room != "":
		say()
	}
	if isPartly {
		var names []string
		for i := range partly.Members {
			names = append(names, partly.Members[i].Name())
		}
		return errors.New(a.t("error.members_failed", "Names", strings.Join(names, ", ")))
	}
	return nil
}

func (a *app) roomAddCommand() *cobra.Command {
	c := a.command("room.add", "ROOM NAME…")
	return a.roomMore(c, func(ctx context.Context, client *wxclient.Client, room webwx.Contact, names []webwx.UserName) (bool, error) {
		return client.AddMembers(ctx, room.UserName, names...)
	})
}

func (a *app) roomInviteCommand() *cobra.Command {
	c := a.command("room.invite", "ROOM NAME…")
	return a.roomMore(c, func(ctx context.Context, client *wxclient.Client, room webwx.Contact, names []webwx.UserName) (bool, error) {
		return true, client.InviteMembers(ctx, room.UserName, names...)
	})
}

// roomMore makes the commands that bring people into a room; do reports whether
// they were only invited.
func (a *app) roomMore(c *cobra.Command, do func(context.Context, *wxclient.Client, webwx.Contact, []webwx.UserName) (bool, error)) *cobra.Command {
	c.Args = a.atLeast(2)
	a.withClient(c, func(ctx context.Context, client *wxclient.Client, args []string) error {
		room, err := a.findRoom(ctx, client, args[0])
		if err != nil {
			return err
		}
		names, err := findAll(ctx, client, args[1:])
		if err != nil {
			return err
		}
		invited, err := do(ctx, client, room, names)
		return a.changedRoom(roomLine{Room: room.UserName, Invited: invited}, err, func() {
			if invited {
				a.say("room.invited", "Topic", room.Name())
				return
			}
			a.say("room.added", "Topic", room.Name())
		})
	})
	c.ValidArgsFunction = a.completeMore
	return c
}

func (a *app) roomRemoveCommand() *cobra.Command {
	c := a.command("room.remove", "ROOM NAME…")
	c.Args = a.atLeast(2)
	return a.withClient(c, func(ctx context.Context, client *wxclient.Client, args []string) error {
		room, err := a.findRoom(ctx, client, args[0])
		if err != nil {
			return err
		}
		members, err := findMembers(ctx, client, room.UserName, args[1:])
		if err != nil {
			return err
		}
		err = client.RemoveMembers(ctx, room.UserName, members...)
		return a.changedRoom(roomLine{Room: room.UserName}, err, func() { a.say("room.removed", "Topic", room.Name()) })
	})
}

func (a *app) roomRenameCommand() *cobra.Command {
	c := a.command("room.rename", "ROOM TOPIC")
	c.Args = a.exactly(2)
	return a.withClient(c, func(ctx context.Context, client *wxclient.Client, args []string) error {
		room, err := a.findRoom(ctx, client, args[0])
		if err != nil {
			return err
		}
		err = client.RenameRoom(ctx, room.UserName, args[1])
		return a.changedRoom(roomLine{Room: room.UserName, Topic: args[1]}, err, func() { a.say("room.renamed", "Topic", args[1]) })
	})
}

func (a *app) roomLeaveCommand() *cobra.Command {
	c := a.command("room.leave", "ROOM")
	c.Args = a.exactly(1)
	return a.withClient(c, func(ctx context.Context, client *wxclient.Client, args []string) error {
		room, err := a.findRoom(ctx, client, args[0])
		if err != nil {
			return err
		}
		err = client.LeaveRoom(ctx, room.UserName)
		return a.changedRoom(roomLine{Room: room.UserName}, err, func() { a.say("room.left", "Topic", room.Name()) })
	})
}
