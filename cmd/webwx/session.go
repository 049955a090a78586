package main

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// officialHost names the folder of sessions with the official hosts.
const officialHost = "wx.qq.com"

// checkServer makes sure that --server is the base of a server, before anything
// is sent there or looked up under its name.
func (a *app) checkServer() error {
	a.server = strings.TrimRight(a.server, "/")
	if a.server == "" {
		return nil
	}
	u, err := url.Parse(a.server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return a.usage("error.server", "Server", a.server)
	}
	return nil
}

// stateFile returns the file called name of the server in use:
// state/webwx/HOST/name. Ports follow an underscore, as no colon can stand in a
// Windows file name.
func (a *app) stateFile(name string) string {
	host := officialHost
	if u, err := url.Parse(a.server); err == nil && u.Host != "" {
		host = strings.NewReplacer(":", "_", "[", "", "]", "").Replace(strings.ToLower(u.Host))
	}
	return filepath.Join(a.state, host, name)
}

// checkName makes sure that a name for sessions is the name of a file and not a
// way to another folder.
func (a *app) checkName(name string) error {
	if name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, `/\:*?"<>|`) || clean(name) != name {
		return a.usage("error.name", "Name", name)
	}
	return nil
}

// sessionFile returns the file that holds the client's session.
func (a *app) sessionFile() (string, error) {
	if err := a.checkServer(); err != nil {
		return "", err
	}
	if a.session != "" {
		return a.session, nil
	}
	name := cmp.Or(a.as, "default")
	if err := a.checkName(name); err != nil {
		return "", err
	}
	return a.stateFile(name + ".json"), nil
}

// newClient makes the client of the session in use and returns it with the file
// it keeps itself in. o may be filled in as far as the caller cares.
func (a *app) newClient(o wxclient.Options) (*wxclient.Client, string, error) {
	file, err := a.sessionFile()
	if err != nil {
		return nil, "", err
	}
	store := &wxclient.FileStore{Path: file}
	if a.sessionKey != "" {
		if store.Key, err = readKey(a.sessionKey); err != nil {
			return nil, "", err
		}
	}
	o.Server, o.Store = a.server, store
	c, err := wxclient.New(o)
	return c, file, err
}

// resume takes up the saved session for a command that neither syncs nor logs in,
// and returns the client with the session's file. The caller closes the client.
func (a *app) resume(ctx context.Context) (*wxclient.Client, string, error) {
	c, file, err := a.newClient(wxclient.Options{})
	if err != nil {
		return nil, "", err
	}
	if err := c.Resume(ctx); err != nil {
		c.Close()
		return nil, "", err
	}
	return c, file, nil
}

// userName is the shape of the names that a service gives to people and rooms.
var userName = regexp.MustCompile(`^@@?[0-9a-f]{16,}$`)

// find returns whom a person means by text. A user name needs no looking up: what
// is wrong with it the service will say. A room that was not saved stands in no
// contact list: webwxinit tells of those that were used lately, and repeating it
// moves no position.
func find(ctx context.Context, c *wxclient.Client, text string) (webwx.Contact, error) {
	if userName.MatchString(text) {
		return webwx.Contact{UserName: webwx.UserName(text)}, nil
	}
	to, err := c.Find(ctx, text)
	if _, missing := errors.AsType[*wxclient.NotFoundError](err); !missing {
		return to, err
	}
	if err := c.Init(ctx); err != nil {
		return to, err
	}
	return c.Find(ctx, text)
}
