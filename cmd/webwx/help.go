package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// help writes the help of a command to standard output. It is our own because
// cobra's speaks only English.
func (a *app) help(c *cobra.Command, _ []string) {
	io.WriteString(a.stdout, a.helpText(c)) // a reader that has gone needs no help
}

func (a *app) helpText(c *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s:\n", strings.TrimSpace(c.Long), a.t("help.usage"))
	if !c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s %s\n", useLine(c), a.t("help.flags_word"))
	} else {
		fmt.Fprintf(&b, "  %s %s\n", c.CommandPath(), a.t("help.command_flags"))
		fmt.Fprintf(&b, "\n%s:\n", a.t("help.commands"))
		var rows [][]string
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				rows = append(rows, []string{"  " + sub.Name(), sub.Short})
			}
		}
		b.WriteString(columns(rows))
	}
	a.helpFlags(&b, a.t("help.flags"), c.LocalNonPersistentFlags())
	shared := pflag.NewFlagSet("", pflag.ContinueOnError)
	shared.AddFlagSet(c.InheritedFlags())
	shared.AddFlagSet(c.PersistentFlags())
	a.helpFlags(&b, a.t("help.shared"), shared)
	if c.Example != "" {
		fmt.Fprintf(&b, "\n%s:\n", a.t("help.examples"))
		for line := range strings.Lines(c.Example) {
			b.WriteString("  " + line)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// helpFlags writes one table of flags.
func (a *app) helpFlags(b *strings.Builder, title string, flags *pflag.FlagSet) {
	var rows [][]string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		word, usage := pflag.UnquoteUsage(f)
		name := "  --" + f.Name
		if f.Shorthand != "" {
			name = "  -" + f.Shorthand + ", --" + f.Name
		}
		if word != "" {
			name += " " + word
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0s" {
			usage += a.t("help.default", "Value", f.DefValue)
		}
		rows = append(rows, []string{name, usage})
	})
	if len(rows) > 0 {
		fmt.Fprintf(b, "\n%s:\n%s", title, columns(rows))
	}
}

func (a *app) helpCommand() *cobra.Command {
	c := a.command("help", "[COMMAND…]")
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		about, rest, err := c.Root().Find(args)
		if err != nil || about == nil || len(rest) > 0 {
			return a.usage("error.command", "Name", strings.Join(args, " "))
		}
		a.help(about, nil)
		return nil
	}
	return c
}
