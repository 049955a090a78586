package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

func (a *app) friendAcceptCommand() *cobra.Command {
	return a.answer(a.command("friend.accept", "ID|NAME"), func(ctx context.Context, client *wxclient.Client, r request) error {
		friend, err := client.AcceptFriend(ctx, r.content)
		if err != nil {
			return err
		}
		if a.json {
			return a.print(newContactLine(&friend, client.Self().UserName))
		}
		a.say("friend.accepted", "Name", friend.Name())
		return nil
	})
}

func (a *app) friendRefuseCommand() *cobra.Command {
	return a.answer(a.command("friend.refuse", "ID|NAME"), func(ctx context.Context, client *wxclient.Client, r request) error {
		if err := client.RefuseFriend(ctx, r.content); err != nil {
			return err
		}
		if a.json {
			return a.print(personLine{r.content.UserName, r.content.NickName})
		}
		a.say("friend.refused", "Name", r.content.NickName)
		return nil
	})
}

// answer makes a command that answers a friend request, which is then remembered
// as answered.
func (a *app) answer(c *cobra.Command, do func(context.Context, *wxclient.Client, request) error) *cobra.Command {
	c.Args = a.exactly(1)
	c.ValidArgsFunction = a.completeRecent(func(l *recentLine) string {
		if r, ok := l.Message.Parse().(*webwx.FriendRequest); ok && !l.Answered {
			return r.NickName
		}
		return ""
	})
	c.RunE = func(c *cobra.Command, args []string) error {
		client, file, err := a.resume(c.Context())
		if err != nil {
			return err
		}
		defer client.Close()
		kept := recentOf(file)
		r, err := a.findRequest(kept, client.Self().UserName, args[0])
		if err != nil {
			return err
		}
		if err := do(c.Context(), client, r); err != nil {
			return err
		}
		r.line.Answered = true
		return kept.add(r.line)
	}
	return c
}

// findRequest returns the request with that message id, or of whom a person calls
// text: the newest, if somebody has asked more than once.
func (a *app) findRequest(kept recent, self webwx.UserName, text string) (request, error) {
	list, err := requests(kept, self)
	if err != nil {
		return request{}, err
	}
	var found *request
	var candidates []webwx.Contact
	for i := range list {
		r := &list[i]
		if r.line.Message.MsgID == text || string(r.content.UserName) == text {
			return *r, nil
		}
		if r.content.NickName != text {
			continue
		}
		if found == nil || found.content.UserName != r.content.UserName {
			candidates = append(candidates, webwx.Contact{UserName: r.content.UserName, NickName: webwx.Escape(r.content.NickName)})
		}
		found = r
	}
	switch {
	case found == nil:
		return request{}, &hintedError{errors.New(a.t("error.no_request", "Text", text)), a.t("hint.no_request")}
	case len(candidates) > 1:
		return request{}, &wxclient.AmbiguousError{Text: text, Candidates: candidates}
	}
	return *found, nil
}
