package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

func (a *app) friendCommand() *cobra.Command {
	return a.group("friend", a.friendAddCommand(), a.friendRequestsCommand(), a.friendAcceptCommand(), a.friendRefuseCommand())
}

func (a *app) friendAddCommand() *cobra.Command {
	c := a.command("friend.add", "NAME")
	c.ValidArgsFunction = cobra.NoFileCompletions
	c.Args = a.exactly(1)
	var hello string
	c.Flags().StringVar(&hello, "hello", "", a.t("flag.hello"))
	c.RunE = func(c *cobra.Command, args []string) error {
		ctx := c.Context()
		client, file, err := a.resume(ctx)
		if err != nil {
			return err
		}
		defer client.Close()
		who, err := a.findStranger(ctx, client, recentOf(file), args[0])
		if err != nil {
			return err
		}
		if err := client.AddFriend(ctx, who.UserName, hello); err != nil {
			return err
		}
		if a.json {
			return a.print(personLine{who.UserName, webwx.Unescape(who.NickName)})
		}
		a.say("friend.asked", "Name", who.Name())
		return nil
	}
	return c
}

// personLine says whom a result is about, in JSON.
type personLine struct {
	UserName webwx.UserName `json:"user_name"`
	NickName string         `json:"nick_name,omitempty"`
}

// findStranger returns whom a person means by text of those who can be asked to be
// friends: found by a search, met in a room, or recommended by a card.
func (a *app) findStranger(ctx context.Context, client *wxclient.Client, r recent, text string) (webwx.Contact, error) {
	if userName.MatchString(text) {
		return webwx.Contact{UserName: webwx.UserName(text)}, nil
	}
	contacts, err := client.Contacts(ctx)
	if err != nil {
		return webwx.Contact{}, err
	}
	people, err := strangers(ctx, client, r, text)
	if err != nil {
		return webwx.Contact{}, err
	}
	known := func(name webwx.UserName) bool {
		return name == client.Self().UserName ||
			slices.ContainsFunc(contacts, func(c webwx.Contact) bool { return c.UserName == name })
	}
	var candidates []webwx.Contact
	friend := ""
	for i := range people {
		switch who := people[i].UserName; {
		case known(who):
			friend = people[i].Name()
		case !slices.ContainsFunc(candidates, func(c webwx.Contact) bool { return c.UserName == who }):
			candidates = append(candidates, people[i])
		}
	}
	switch {
	case len(candidates) == 1:
		return candidates[0], nil
	case len(candidates) > 1:
		return webwx.Contact{}, &wxclient.AmbiguousError{Text: text, Candidates: candidates}
	case friend != "":
		return webwx.Contact{}, errors.New(a.t("error.friend_already", "Name", friend))
	}
	return webwx.Contact{}, &hintedError{errors.New(a.t("error.no_stranger", "Text", text)), a.t("hint.no_stranger")}
}

// strangers lists who is called text wherever people are met.
func strangers(ctx context.Context, client *wxclient.Client, r recent, text string) ([]webwx.Contact, error) {
	people, err := client.SearchContact(ctx, text)
	if err != nil {
		return nil, err
	}
	lines, err := r.all(client.Self().UserName)
	if err != nil {
		return nil, err
	}
	for i := range lines {
		switch c := lines[i].Message.Parse().(type) {
		case *webwx.Card:
			if c.NickName == text || c.Alias == text {
				people = append(people, webwx.Contact{UserName: c.UserName, NickName: webwx.Escape(c.NickName)})
			}
		}
	}
	if err := client.Init(ctx); err != nil { // it tells of rooms that were not saved
		return nil, err
	}
	rooms, err := client.Rooms(ctx)
	if err != nil {
		return nil, err
	}
	for i := range rooms {
		for j := range rooms[i].MemberList {
			m := &rooms[i].MemberList[j]
			if webwx.Unescape(m.NickName) == text || webwx.Unescape(m.DisplayName) == text {
				people = append(people, webwx.Contact{UserName: m.UserName, NickName: m.NickName})
			}
		}
	}
	return people, nil
}

// request is a friend request that watch has printed.
type request struct {
	line    recentLine
	content *webwx.FriendRequest
}

// requests returns those that were not answered, newest last.
func requests(r recent, self webwx.UserName) ([]request, error) {
	lines, err := r.all(self)
	var found []request
	for _, line := range lines {
		if c, ok := line.Message.Parse().(*webwx.FriendRequest); ok && !line.Answered {
			found = append(found, request{line, c})
		}
	}
	return found, err
}

// requestLine is a friend request in JSON.
type requestLine struct {
	ID       string         `json:"id"`
	UserName webwx.UserName `json:"user_name"`
	NickName string         `json:"nick_name"`
	Greeting string         `json:"greeting"`
	Time     int64          `json:"time"`
}

func (a *app) friendRequestsCommand() *cobra.Command {
	c := a.command("friend.requests", "")
	c.RunE = func(c *cobra.Command, _ []string) error {
		client, file, err := a.resume(c.Context())
		if err != nil {
			return err
		}
		defer client.Close()
		list, err := requests(recentOf(file), client.Self().UserName)
		if err != nil {
			return err
		}
		rows := [][]string{{a.t("table.ident"), a.t("table.nick"), a.t("table.since"), a.t("table.greeting")}}
		for _, r := range list {
			m := &r.line.Message
			if a.json {
				line := requestLine{m.MsgID, r.content.UserName, r.content.NickName, r.content.Content, m.CreateTime}
				if err := a.print(line); err != nil {
					return err
				}
				continue
			}
			rows = append(rows, []string{m.MsgID, r.content.NickName, time.Unix(m.CreateTime, 0).Format(time.DateTime), r.content.Content})
		}
		if a.json {
			return nil
		}
		return a.table(rows)
	}
	return c
}
