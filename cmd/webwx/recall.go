package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
)

// recalledLine is a message that was taken back, in JSON.
type recalledLine struct {
	MsgID string         `json:"msg_id"`
	To    webwx.UserName `json:"to"`
}

func (a *app) recallCommand() *cobra.Command {
	c := a.command("recall", "MSGID")
	c.Args = a.exactly(1)
	var name string
	c.Flags().StringVar(&name, "to", "", a.t("flag.to"))
	a.completeFlag(c, "to")
	c.ValidArgsFunction = a.completeRecent(func(l *recentLine) string {
		if l.Message.FromUserName != l.Self {
			return ""
		}
		return l.Message.MsgID
	})
	c.RunE = func(c *cobra.Command, args []string) error {
		ctx := c.Context()
		client, file, err := a.resume(ctx)
		if err != nil {
			return err
		}
		defer client.Close()
		kept, ok, err := recentOf(file).find(args[0], client.Self().UserName)
		if err != nil {
			return err
		}
		to := kept.Message.ToUserName
		switch {
		case name != "":
			whom, err := find(ctx, client, name)
			if err != nil {
				return err
			}
			to = whom.UserName
		case !ok:
			return &hintedError{errors.New(a.t("error.not_sent_here", "ID", args[0])), a.t("hint.not_sent_here")}
		}
		if err := client.Recall(ctx, webwx.Sent{MsgID: args[0], LocalID: kept.LocalID}, to); err != nil {
			return err
		}
		if a.json {
			return a.print(recalledLine{args[0], to})
		}
		a.say("recall.done", "ID", args[0])
		return nil
	}
	return c
}
