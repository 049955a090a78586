package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx/internal/intercept"
	"github.com/webwx/webwx/wxserver"
)

// checkInterceptors refuses doors for programs that others can reach, by the same
// rule as that for the server's own door.
func (a *app) checkInterceptors(c *cobra.Command, o *serveFlags) error {
	for _, addr := range o.intercept {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return a.usageOf(c, "error.intercept", "Addr", addr)
		}
		if o.cert == "" && !o.behindProxy && !loopback(host) {
			return &usageError{a.t("error.intercept_open", "Addr", addr), a.t("hint.intercept_open")}
		}
	}
	return nil
}

// An interceptor is the door for programs that only know the official hosts.
type interceptor struct {
	proxy  *intercept.Proxy
	served chan error
}

// openInterceptor opens that door to h, if it is wanted, and tells how programs
// come to it. Its authority is kept in dir, because programs were told to trust it.
func (a *app) openInterceptor(ctx context.Context, h *house, addrs []string, dir string) (*interceptor, error) {
	if len(addrs) == 0 {
		return nil, nil
	}
	authority, err := intercept.Open(dir)
	if err != nil {
		return nil, err
	}
	listeners, err := listenAll(ctx, addrs)
	if err != nil {
		return nil, err
	}
	proxy := baseURL("http", listeners[0].Addr())
	if err := a.printf("%s", a.t("serve.environment")+recipe(runtime.GOOS, proxy, authority.File, authority.Pin())); err != nil {
		return nil, errors.Join(err, closeAll(listeners))
	}
	for _, l := range listeners {
		a.say("serve.intercepting", "Addr", l.Addr())
	}
	a.hint("hint.intercept") // whoever reads this finds the script written
	i := &interceptor{intercept.New(authority, wxserver.NewHTTPServer(h.server, h.log)), make(chan error, 1)}
	go func() { i.served <- i.proxy.Serve(listeners...) }()
	return i, nil
}

func listenAll(ctx context.Context, addrs []string) ([]net.Listener, error) {
	var lc net.ListenConfig
	var all []net.Listener
	for _, addr := range addrs {
		l, err := lc.Listen(ctx, "tcp", addr)
		if err != nil {
			return nil, errors.Join(err, closeAll(all))
		}
		all = append(all, l)
	}
	return all, nil
}

func closeAll(listeners []net.Listener) error {
	var err error
	for _, l := range listeners {
		err = errors.Join(err, l.Close())
	}
	return err
}

// close lets nobody in any more and waits for what is under way.
func (i *interceptor) close(ctx context.Context) error {
	if i == nil {
		return nil
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	err := i.proxy.Shutdown(drain)
	if served := <-i.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// recipe returns the lines that bring programs to a proxy, as a script for the
// shell of the system: what all need first, then each language, then, as
// comments, what no variable can say.
func recipe(system, proxy, ca, pin string) string {
	var b strings.Builder
	set := func(name, value string) {
		if system == "windows" {
			fmt.Fprintf(&b, "$env:%s = \"%s\"\n", name, value)
			return
		}
		fmt.Fprintf(&b, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		if system != "windows" || strings.ToUpper(name) == name { // there, both are one
			set(name, proxy)
		}
	}
	b.WriteString("# Go (Linux), Python, Ruby, Perl\n")
	set("SSL_CERT_FILE", ca)
	b.WriteString("# curl, which heeds SSL_CERT_FILE only where neither this nor SSL_CERT_DIR is set\n")
	set("CURL_CA_BUNDLE", ca)
	b.WriteString("# Python: requests, and what stands on it\n")
	set("REQUESTS_CA_BUNDLE", ca)
	b.WriteString("# Node\n")
	set("NODE_EXTRA_CA_CERTS", ca)
	host, port, _ := net.SplitHostPort(strings.TrimPrefix(proxy, "http://")) // it was made of the two
	store := filepath.Join(filepath.Dir(ca), "ca.p12")
	b.WriteString("# Java (make the store once)\n")
	fmt.Fprintf(&b, "#   keytool -importcert -noprompt -alias webwx -file '%s' -storetype PKCS12 -keystore '%s' -storepass changeit\n", ca, store)
	fmt.Fprintf(&b, "#   java -Dhttps.proxyHost=%s -Dhttps.proxyPort=%s -Dhttp.proxyHost=%[1]s -Dhttp.proxyPort=%[2]s"+
		" -Djavax.net.ssl.trustStore='%[3]s' -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=changeit -jar bot.jar\n", host, port, store)
	b.WriteString("# Chromium, Chrome, Edge, Electron\n")
	fmt.Fprintf(&b, "#   chromium --user-data-dir=\"$(mktemp -d)\" --proxy-server=%s --ignore-certificate-errors-spki-list=%s https://wx.qq.com/\n", proxy, pin)
	return b.String()
}
