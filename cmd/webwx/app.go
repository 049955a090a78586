package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"
)

// env is what a run has of the world around it.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	// Folders of this program, which need not exist.
	config, state, data string
}

// app is one run of the program: where it reads and writes, the language it
// speaks, and the values of the flags that most commands share.
type app struct {
	env
	texts  *texts
	config config

	json       bool
	server     string // base URL; empty for the official hosts
	session    string // file; empty for the one that as names
	sessionKey string // file of the key that encrypts it; empty: not encrypted
	as         string
}

// run is the program without its process: it returns the exit code.
func run(ctx context.Context, args []string, e env) int {
	a := &app{env: e}
	early := readEarly(args)
	conf, confErr := loadConfig(e, early.config)
	tag, langErr := chooseLanguage(early.lang, e.getenv, conf.top["lang"])
	t, err := newTexts(tag)
	if err != nil {
		fmt.Fprintf(e.stderr, "webwx: %v\n", err)
		return exitFailed
	}
	a.texts, a.config = t, conf
	root := a.rootCommand()
	root.SetArgs(args)
	switch {
	case confErr != nil:
		err = confErr
	case langErr != nil:
		err = a.usage("error.lang", "Lang", langErr.Error())
	default:
		err = conf.check(a, root)
	}
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	return a.report(err)
}

// t returns the text with that key in the language of the run. pairs are the
// names and values of its blanks.
func (a *app) t(key string, pairs ...any) string { return a.texts.get(key, pairs...) }

// say tells the person in front something, on standard error.
func (a *app) say(key string, pairs ...any) { a.talk("", a.t(key, pairs...)) }

// hint tells what could be done next.
func (a *app) hint(key string, pairs ...any) { a.talk("hint: ", a.t(key, pairs...)) }

// talk writes text to standard error, each line as one of ours. What others have
// written into it cannot control the terminal.
func (a *app) talk(kind, text string) {
	var b strings.Builder
	for line := range strings.Lines(text) {
		fmt.Fprintf(&b, "webwx: %s%s\n", kind, clean(strings.TrimRight(line, "\r\n")))
	}
	io.WriteString(a.stderr, b.String()) // there is nobody to tell if this fails
}

// early holds the flags that must be known before the commands are made.
type early struct{ lang, config string }

// readEarly looks for them without knowing the other flags.
func readEarly(args []string) early {
	var e early
	for i, arg := range args {
		if arg == "--" {
			break
		}
		for name, to := range map[string]*string{"--lang": &e.lang, "--config": &e.config} {
			if value, ok := strings.CutPrefix(arg, name+"="); ok {
				*to = value
			} else if arg == name && i+1 < len(args) {
				*to = args[i+1]
			}
		}
	}
	return e
}

// command makes a command whose texts are those of the catalogue below its name,
// which has a dot for each blank: "phone.login". args says what follows the name.
func (a *app) command(name, args string) *cobra.Command {
	last := name[strings.LastIndexByte(name, '.')+1:]
	return &cobra.Command{
		Use:     strings.TrimSpace(last + " " + args),
		Short:   a.t(name + ".short"),
		Long:    a.t(name + ".long"),
		Example: strings.TrimRight(a.t(name+".example"), "\n"),
		Args:    a.exactly(0),

		SuggestionsMinimumDistance: 2,
	}
}

// exactly makes the check that a command got n arguments.
func (a *app) exactly(n int) cobra.PositionalArgs { return a.between(n, n) }

// atLeast makes the check that a command got n arguments or more.
func (a *app) atLeast(n int) cobra.PositionalArgs { return a.between(n, math.MaxInt) }

// between makes the check that a command got from least to most arguments.
func (a *app) between(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return a.usageOf(c, "error.args_few", "Use", useLine(c))
		case len(args) > most:
			return a.usageOf(c, "error.args_many", "Use", useLine(c), "Arg", args[most])
		}
		return nil
	}
}

// useLine says how c is called: "webwx send TO TEXT|-".
func useLine(c *cobra.Command) string {
	return strings.TrimSuffix(c.UseLine(), " [flags]")
}
