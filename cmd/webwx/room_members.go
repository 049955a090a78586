package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// findAll returns the contacts that a person calls names.
func findAll(ctx context.Context, client *wxclient.Client, names []string) ([]webwx.UserName, error) {
	found := make([]webwx.UserName, len(names))
	for i, name := range names {
		c, err := find(ctx, client, name)
		if err != nil {
			return nil, err
		}
		found[i] = c.UserName
	}
	return found, nil
}

// members returns a room's members as the service has them now.
func members(ctx context.Context, client *wxclient.Client, room webwx.UserName) ([]webwx.Member, error) {
	list, err := client.Details(ctx, room)
	if err != nil {
		return nil, err
	}
	return list[0].MemberList, nil
}

// findMembers returns the members of a room that a person calls names.
func findMembers(ctx context.Context, client *wxclient.Client, room webwx.UserName, names []string) ([]webwx.UserName, error) {
	list, err := members(ctx, client, room)
	if err != nil {
		return nil, err
	}
	found := make([]webwx.UserName, len(names))
	for i, name := range names {
		if found[i], err = findMember(client, list, name); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// findMember returns the member that is called text: by the name in the room, the
// nickname, or the remark of a friend.
func findMember(client *wxclient.Client, list []webwx.Member, text string) (webwx.UserName, error) {
	if userName.MatchString(text) {
		return webwx.UserName(text), nil
	}
	var candidates []webwx.Contact
	for i := range list {
		m := &list[i]
		friend, _ := client.Contact(m.UserName)
		for _, name := range []string{m.DisplayName, m.NickName, friend.RemarkName, friend.NickName} {
			if name != "" && webwx.Unescape(name) == text {
				candidates = append(candidates, webwx.Contact{UserName: m.UserName, NickName: m.NickName, RemarkName: m.DisplayName})
				break
			}
		}
	}
	switch len(candidates) {
	case 0:
		return "", &wxclient.NotFoundError{Text: text}
	case 1:
		return candidates[0].UserName, nil
	}
	return "", &wxclient.AmbiguousError{Text: text, Candidates: candidates}
}

func (a *app) roomMembersCommand() *cobra.Command {
	c := a.command("room.members", "ROOM")
	c.Args = a.exactly(1)
	return a.withClient(c, func(ctx context.Context, client *wxclient.Client, args []string) error {
		room, err := a.findRoom(ctx, client, args[0])
		if err != nil {
			return err
		}
		list, err := members(ctx, client, room.UserName)
		if err != nil {
			return err
		}
		rows := [][]string{{a.t("table.name"), a.t("table.nick"), a.t("table.user_name")}}
		for i := range list {
			line := newMemberLine(&list[i])
			if a.json {
				if err := a.print(line); err != nil {
					return err
				}
				continue
			}
			rows = append(rows, []string{list[i].Name(), line.NickName, string(line.UserName)})
		}
		if a.json {
			return nil
		}
		return a.table(rows)
	})
}
