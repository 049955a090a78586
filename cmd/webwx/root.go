package main

import (
	"runtime"

	"github.com/spf13/cobra"
)

// rootCommand makes the command line: all commands and the flags they share.
func (a *app) rootCommand() *cobra.Command {
	root := a.command("webwx", "")
	var showVersion bool
	root.Flags().BoolVar(&showVersion, "version", false, a.t("flag.version"))
	root.RunE = func(c *cobra.Command, _ []string) error {
		if showVersion {
			return a.printVersion()
		}
		return a.noCommand(c)
	}
	root.Args = a.unknownCommand
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetIn(a.stdin)
	root.SetHelpFunc(a.help)
	root.SetFlagErrorFunc(a.flagError)
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return a.fill(c) }

	f := root.PersistentFlags()
	f.StringVar(&a.server, "server", "", a.t("flag.server"))
	f.StringVar(&a.session, "session", "", a.t("flag.session"))
	f.StringVar(&a.sessionKey, "session-key-file", "", a.t("flag.session-key-file"))
	f.StringVar(&a.as, "as", "", a.t("flag.as"))
	f.BoolVar(&a.json, "json", false, a.t("flag.json"))
	f.String("lang", "", a.t("flag.lang"))
	f.String("config", "", a.t("flag.config"))
	f.BoolP("help", "h", false, a.t("flag.help"))

	root.AddCommand(
		a.demoCommand(), a.serveCommand(), a.accountCommand(), a.phoneCommand(),
		a.loginCommand(), a.logoutCommand(), a.contactsCommand(), a.roomsCommand(), a.searchCommand(),
		a.sendCommand(), a.recallCommand(), a.watchCommand(), a.fetchCommand(), a.readCommand(),
		a.roomCommand(), a.friendCommand(), a.remarkCommand(), a.pinCommand(),
		a.versionCommand(), a.completionCommand(), a.manCommand(),
	)
	root.SetHelpCommand(a.helpCommand())
	return root
}

// group makes a command that only has commands below it.
func (a *app) group(name string, subs ...*cobra.Command) *cobra.Command {
	c := a.command(name, "COMMAND")
	c.Args = a.unknownCommand
	c.RunE = func(c *cobra.Command, _ []string) error { return a.noCommand(c) }
	c.AddCommand(subs...)
	return c
}

func (a *app) noCommand(c *cobra.Command) error {
	return a.usageOf(c, "error.no_command")
}

func (a *app) unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return a.usageOf(c, "error.command_near", "Name", args[0], "Near", near[0])
	}
	return a.usageOf(c, "error.command", "Name", args[0])
}

func (a *app) versionCommand() *cobra.Command {
	c := a.command("version", "")
	c.RunE = func(*cobra.Command, []string) error { return a.printVersion() }
	return c
}

// printVersion says which build this is.
func (a *app) printVersion() error {
	if a.json {
		return a.print(struct {
			Version string `json:"version"`
			Go      string `json:"go"`
			OS      string `json:"os"`
			Arch    string `json:"arch"`
		}{version, runtime.Version(), runtime.GOOS, runtime.GOARCH})
	}
	return a.printf("webwx %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
