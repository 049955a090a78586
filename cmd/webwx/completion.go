package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/webwx/webwx"
)

func (a *app) completionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	c := a.command("completion", "bash|zsh|fish|powershell")
	c.ValidArgs = shells
	c.Args = a.exactly(1)
	c.RunE = func(c *cobra.Command, args []string) error {
		root := c.Root()
		switch args[0] {
		case "bash":
			return root.GenBashCompletionV2(a.stdout, true)
		case "zsh":
			return root.GenZshCompletion(a.stdout)
		case "fish":
			return root.GenFishCompletion(a.stdout, true)
		case "powershell":
			return root.GenPowerShellCompletionWithDesc(a.stdout)
		}
		return a.usageOf(c, "error.shell", "Name", args[0])
	}
	return c
}

// completeTime is how long a shell waits for contacts. Without an answer it offers
// none.
const completeTime = 2 * time.Second

// completeContacts lets a shell complete whom to send to, by the saved session.
func (a *app) completeContacts(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeMore(c, args, begun)
}

// completeMore completes every argument with the name of a contact.
func (a *app) completeMore(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	if a.fill(c) != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(c.Context(), completeTime)
	defer cancel()
	client, _, err := a.resume(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer client.Close()
	contacts, err := client.Contacts(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for i := range contacts {
		name := clean(contacts[i].Name())
		if contacts[i].Kind() == webwx.KindSpecial {
			name = string(contacts[i].UserName)
		}
		names = append(names, cobra.CompletionWithDesc(name, a.kind(contacts[i].Kind())))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeRecent makes what completes an argument from the messages that later
// commands may be about; word tells what to offer for one, nothing to leave it out.
// Nothing is sent.
func (a *app) completeRecent(word func(*recentLine) string) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 || a.fill(c) != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		client, file, err := a.resume(c.Context())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer client.Close()
		lines, err := recentOf(file).all(client.Self().UserName)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var words []string
		for i := range slices.Backward(lines) { // the newest first
			if offer := word(&lines[i]); offer != "" && len(words) < maxOffers {
				words = append(words, cobra.CompletionWithDesc(clean(offer), clean(webwx.Digest(lines[i].Message.Parse(), a.word))))
			}
		}
		return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

// maxOffers is how many messages are offered: more than anybody reads.
const maxOffers = 50

// completeFlag completes the value of a flag of c with the name of a contact.
func (a *app) completeFlag(c *cobra.Command, flag string) {
	if err := c.RegisterFlagCompletionFunc(flag, a.completeMore); err != nil {
		panic(err) // the flag is there, and this is said once
	}
}

// manCommand makes the manual pages. Packagers use it, so the help does not list
// it.
func (a *app) manCommand() *cobra.Command {
	c := a.command("man", "DIR")
	c.Hidden = true
	c.Args = a.exactly(1)
	c.RunE = func(c *cobra.Command, args []string) error {
		root := c.Root()
		root.DisableAutoGenTag = true // the same pages from the same source
		return doc.GenManTree(root, &doc.GenManHeader{Title: "WEBWX", Section: "1", Source: "webwx " + version, Manual: "webwx"}, args[0])
	}
	return c
}
