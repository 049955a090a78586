package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
)

func (a *app) sendCommand() *cobra.Command {
	c := a.command("send", "TO TEXT|-")
	c.Args = a.exactly(2)
	c.ValidArgsFunction = a.completeContacts
	c.RunE = func(c *cobra.Command, args []string) error {
		text, err := a.message(args[1])
		if err != nil {
			return err
		}
		ctx := c.Context()
		client, err := a.resume(ctx)
		if err != nil {
			return err
		}
		defer client.Close()
		to, err := find(ctx, client, args[0])
		if err != nil {
			return err
		}
		sent, err := client.SendText(ctx, to.UserName, text)
		if err != nil {
			return err
		}
		return a.printSent(sent, to)
	}
	return c
}

// maxMessage bounds what is read from standard input. It is far more than any
// service takes, whose own answer says so better.
const maxMessage = 1 << 20

// message returns the text to send: arg, or for "-" standard input without its
// last line end.
func (a *app) message(arg string) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	text, err := io.ReadAll(io.LimitReader(a.stdin, maxMessage+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxMessage {
		return "", a.usage("error.message_large", "Max", maxMessage>>20)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
}

// printSent tells that a message was sent.
func (a *app) printSent(sent webwx.Sent, to webwx.Contact) error {
	if a.json {
		return a.print(sent)
	}
	a.say("send.done", "Name", to.Name(), "ID", sent.MsgID)
	return nil
}
