package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx/wxserver"
)

//go:embed demo.toml
var demoWorld []byte

// demoFlags are the flags of demo.
type demoFlags struct {
	once   bool
	listen string
	keep   string
	world  string
}

func (a *app) demoCommand() *cobra.Command {
	c := a.command("demo", "")
	o := new(demoFlags)
	f := c.Flags()
	f.BoolVar(&o.once, "once", false, a.t("flag.once"))
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", a.t("flag.listen"))
	f.StringVar(&o.keep, "keep", "", a.t("flag.keep"))
	f.StringVar(&o.world, "demo-world", "", a.t("flag.world"))
	if err := f.MarkHidden("demo-world"); err != nil {
		panic(err) // it is there, one line above
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		host, _, err := net.SplitHostPort(o.listen)
		if err != nil {
			return a.usageOf(c, "error.listen", "Addr", o.listen)
		}
		if !loopback(host) {
			return &usageError{a.t("error.demo_open", "Addr", o.listen), a.t("hint.demo_open")}
		}
		return a.demo(c.Context(), o)
	}
	return c
}

// demo makes a server with people in it, plays the script, and unless it is only
// wanted once leaves the server open until ctx ends.
func (a *app) demo(ctx context.Context, o *demoFlags) (err error) {
	world, err := wxserver.ReadWorld(bytes.NewReader(demoWorld))
	if o.world != "" {
		world, err = readWorld(o.world)
	}
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "webwx-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	data := filepath.Join(scratch, "data")
	if o.keep != "" {
		if entries, err := os.ReadDir(o.keep); err == nil && len(entries) > 0 {
			return a.usage("error.keep", "Dir", o.keep) // the script counts on a fresh world
		}
		data = o.keep
	}
	h, err := openHouse(ctx, data, wxserver.Options{
		SignUp: wxserver.SignUpOpen,
		Logger: slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.server.Populate(ctx, world); err != nil {
		return err
	}
	if err := h.listen(ctx, o.listen, "http"); err != nil {
		return err
	}
	d := &demo{a: a, house: h, world: world, session: filepath.Join(scratch, "session.json")}
	return d.run(ctx, o.once)
}

// run serves while the script is played, and after it until ctx ends.
func (d *demo) run(ctx context.Context, once bool) error {
	open, shut := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- d.house.serve(open, "", "") }()
	var playing sync.WaitGroup
	d.play = func() {
		playing.Go(func() { _ = d.house.server.Play(open, d.world) }) // it ends with open, and the script sees what it does not do
	}
	err := d.script(ctx)
	if err == nil && !once {
		err = d.invite()
		if err == nil {
			<-ctx.Done()
		}
	}
	shut()
	playing.Wait()
	return errors.Join(err, <-served)
}

// invite says what to try now, and with which names and passwords.
func (d *demo) invite() error {
	a, url := d.a, d.house.url
	if a.json {
		return a.print(struct {
			Step string `json:"step"`
			OK   bool   `json:"ok"`
			URL  string `json:"url"`
		}{"ready", true, url})
	}
	rows := [][]string{{a.t("table.login"), a.t("table.password"), a.t("table.nick")}}
	for _, acc := range d.world.Accounts {
		rows = append(rows, []string{acc.Name, acc.Password, acc.Nick})
	}
	if err := a.printf("\n"); err != nil {
		return err
	}
	if err := a.table(rows); err != nil {
		return err
	}
	return a.printf("\n%s\n", a.t("demo.invite", "URL", url))
}
