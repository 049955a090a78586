package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx/wxserver"
)

// serveFlags are the flags of serve.
type serveFlags struct {
	listen         string
	intercept      []string
	data           string
	memory         bool
	world          string
	origin         string
	cert, key      string
	behindProxy    bool
	trustedProxies []string
	trustedOrigins []string
	signUp         string
	keyFile        string
	logLevel       string
	hold           time.Duration
}

const defaultHold = 25 * time.Second

func (a *app) serveCommand() *cobra.Command {
	c := a.command("serve", "")
	o := new(serveFlags)
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", a.t("flag.listen"))
	f.StringSliceVar(&o.intercept, "intercept", nil, a.t("flag.intercept"))
	f.StringVar(&o.data, "data", a.data, a.t("flag.data"))
	f.BoolVar(&o.memory, "memory", false, a.t("flag.memory"))
	f.StringVar(&o.world, "world", "", a.t("flag.world"))
	f.StringVar(&o.origin, "origin", "", a.t("flag.origin"))
	f.StringVar(&o.cert, "tls-cert", "", a.t("flag.tls-cert"))
	f.StringVar(&o.key, "tls-key", "", a.t("flag.tls-key"))
	f.BoolVar(&o.behindProxy, "behind-proxy", false, a.t("flag.behind-proxy"))
	f.StringSliceVar(&o.trustedProxies, "trusted-proxy", nil, a.t("flag.trusted-proxy"))
	f.StringSliceVar(&o.trustedOrigins, "trusted-origin", nil, a.t("flag.trusted-origin"))
	f.StringVar(&o.signUp, "signup", string(wxserver.SignUpClosed), a.t("flag.signup"))
	f.StringVar(&o.keyFile, "key-file", "", a.t("flag.key-file"))
	f.StringVar(&o.logLevel, "log-level", "info", a.t("flag.log-level"))
	f.DurationVar(&o.hold, "hold", defaultHold, a.t("flag.hold"))
	if err := f.MarkHidden("hold"); err != nil {
		panic(err) // it is there, two lines above
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return a.serve(c, o) }
	return c
}

func (a *app) serve(c *cobra.Command, o *serveFlags) error {
	ctx := c.Context()
	if err := a.checkDoor(c, o); err != nil {
		return err
	}
	if err := a.checkInterceptors(c, o); err != nil {
		return err
	}
	options, err := a.serverOptions(c, o)
	if err != nil {
		return err
	}
	world, err := readWorld(o.world)
	if err != nil {
		return err
	}
	if o.cert != "" {
		if _, err := tls.LoadX509KeyPair(o.cert, o.key); err != nil {
			return err // before anybody is told that we serve
		}
	}
	folder := o.data
	if o.memory {
		o.data = ""
	}
	h, err := openHouse(ctx, o.data, options)
	if err != nil {
		return err
	}
	err = a.serveHouse(ctx, h, world, o, folder)
	return errors.Join(err, h.close())
}

// serveHouse lets the world of a house live and serves it until ctx ends. folder is
// where its authority is kept, also when the data are in memory.
func (a *app) serveHouse(ctx context.Context, h *house, world *wxserver.World, o *serveFlags, folder string) error {
	if err := h.server.Populate(ctx, world); err != nil {
		return err
	}
	scheme := "http"
	if o.cert != "" {
		scheme = "https"
	}
	if err := h.listen(ctx, o.listen, scheme); err != nil {
		return err
	}
	if err := a.welcome(ctx, h, o); err != nil {
		return err
	}
	door, err := a.openInterceptor(ctx, h, o.intercept, folder)
	if err != nil {
		return err
	}
	var playing sync.WaitGroup
	play, stop := context.WithCancel(ctx)
	closed := make(chan error, 1)
	go func() {
		<-play.Done()
		closed <- door.close(ctx)
	}()
	playing.Go(func() {
		if err := h.server.Play(play, world); err != nil && play.Err() == nil {
			a.talk("", err.Error())
		}
	})
	err = h.serve(ctx, o.cert, o.key)
	stop()
	playing.Wait()
	err = errors.Join(err, <-closed)
	if err == nil {
		a.say("serve.stopped")
	}
	return err
}

// welcome tells where the server is, and with no account in it how to make one.
func (a *app) welcome(ctx context.Context, h *house, o *serveFlags) error {
	a.say("serve.serving", "URL", h.url)
	if o.origin != "" {
		a.say("serve.origin", "URL", o.origin)
	}
	accounts, err := h.server.Accounts(ctx)
	if err != nil || len(accounts) > 0 {
		return err
	}
	switch {
	case o.signUp == string(wxserver.SignUpOpen):
		a.hint("hint.sign_up", "URL", h.url+"/phone")
	case o.data == "":
		a.hint("hint.memory")
	default:
		line := "webwx account add NAME --admin"
		if o.data != a.data {
			line += " --data " + o.data
		}
		a.hint("hint.first_account", "Command", line, "URL", h.url)
	}
	return nil
}

// checkDoor refuses to send passwords over a network in the clear.
func (a *app) checkDoor(c *cobra.Command, o *serveFlags) error {
	host, _, err := net.SplitHostPort(o.listen)
	switch {
	case err != nil:
		return a.usageOf(c, "error.listen", "Addr", o.listen)
	case (o.cert == "") != (o.key == ""):
		return a.usageOf(c, "error.tls_half")
	case o.cert != "" || o.behindProxy || loopback(host):
		return nil
	}
	return &usageError{a.t("error.listen_open", "Addr", o.listen), a.t("hint.listen_open")}
}

// loopback reports whether host can be reached from this machine only.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func (a *app) serverOptions(c *cobra.Command, o *serveFlags) (wxserver.Options, error) {
	options := wxserver.Options{
		Origin: o.origin, TrustedOrigins: o.trustedOrigins, SignUp: wxserver.SignUp(o.signUp), Hold: o.hold,
	}
	switch options.SignUp {
	case wxserver.SignUpClosed, wxserver.SignUpInvite, wxserver.SignUpOpen:
	default:
		return options, a.usageOf(c, "error.signup", "Value", o.signUp)
	}
	for _, cidr := range o.trustedProxies {
		p, err := netip.ParsePrefix(cidr)
		if addr, aerr := netip.ParseAddr(cidr); aerr == nil {
			p, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return options, a.usageOf(c, "error.cidr", "Value", cidr)
		}
		options.TrustedProxies = append(options.TrustedProxies, p.Masked())
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return options, a.usageOf(c, "error.log_level", "Value", o.logLevel)
	}
	options.Logger = slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level}))
	if o.keyFile != "" {
		key, err := readKey(o.keyFile)
		if err != nil {
			return options, err
		}
		options.Key = key
	}
	return options, nil
}

// readWorld reads a world file; no name is an empty world.
func readWorld(file string) (*wxserver.World, error) {
	if file == "" {
		return new(wxserver.World), nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	w, err := wxserver.ReadWorld(f)
	if err != nil {
		return nil, &usageError{text: file + ": " + err.Error()}
	}
	return w, nil
}
