// Package wxphone is the phone that every QR login needs: it signs in with a name
// and a password, scans a code, confirms or cancels, and lists and ends logins,
// through the calls that docs/phone-api.md describes.
//
// Its login is good for the whole protocol: [Phone.Client] returns a client that
// chats with it.
//
//	phone, err := wxphone.SignIn(ctx, wxphone.Options{Server: "http://127.0.0.1:8080"}, "alice", "secret")
//	code, err := phone.Scan(ctx, "https://login.weixin.qq.com/l/Qx7bPd_kRAab")
//	err = phone.Confirm(ctx, code.UUID)
package wxphone

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
	"github.com/webwx/webwx/wxclient"
)

// Options say which server the phone belongs to.
type Options struct {
	// Server is the server's base URL, such as http://127.0.0.1:8080. It is needed.
	Server string
	// Transport carries the requests. Default: http.DefaultTransport.
	Transport http.RoundTripper
	// Device is what the server shows for this login. Default: "webwx phone".
	Device string
}

// Phone is one signed-in phone. Its methods may be called at the same time. What
// the server refuses is a [webwx.Error].
type Phone struct {
	opt  Options
	cred webwx.Credentials
}

// ErrNoServer is returned when Options.Server is not the URL of a server.
var ErrNoServer = errors.New("wxphone: Server is not of the form http://host")

func (o Options) complete() (Options, error) {
	u, err := url.Parse(o.Server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return o, ErrNoServer
	}
	o.Server = strings.TrimRight(o.Server, "/")
	o.Device = cmp.Or(o.Device, "webwx phone")
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	return o, nil
}

// SignIn signs in. A wrong name or password is a [webwx.Error] with RetMismatch.
func SignIn(ctx context.Context, o Options, name, password string) (*Phone, error) {
	return enter(ctx, o, wire.PhoneLogin, &wire.PhoneLoginRequest{Name: name, Password: password})
}

// SignUp makes an account, if the server lets everybody do so, and signs in. An
// empty nick is the name.
func SignUp(ctx context.Context, o Options, name, password, nick string) (*Phone, error) {
	return enter(ctx, o, wire.PhoneSignUp, &wire.PhoneSignUpRequest{Name: name, Password: password, NickName: nick})
}

// Resume takes up a login whose credentials were kept. It sends nothing.
func Resume(o Options, cred webwx.Credentials) (*Phone, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	return &Phone{o, cred}, nil
}

func enter[Req any](ctx context.Context, o Options, ep wire.Endpoint[Req, wire.PhoneLoginResponse], req *Req) (*Phone, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	resp, err := call(ctx, o, ep, req)
	if err != nil {
		return nil, err
	}
	return &Phone{o, resp.Credentials()}, nil
}

const (
	callTime = 30 * time.Second
	maxReply = 4 << 20
)

// call makes one request. It is not repeated: what a person does on a phone is
// seen to work or not.
func call[Req, Resp any](ctx context.Context, o Options, ep wire.Endpoint[Req, Resp], req *Req) (*Resp, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	r, err := ep.NewRequest(ctx, ep.Official, o.Server, req)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", o.Device)
	client := http.Client{Transport: o.Transport}
	resp, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ep.Op, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ep.Op, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: HTTP status %s: is this a webwx server?", ep.Op, resp.Status)
	}
	return ep.ReadReply(body)
}

func (p *Phone) base() wire.WithBase {
	return wire.WithBase{BaseRequest: wire.BaseRequest{
		Uin: wire.Uin(p.cred.Uin), Sid: p.cred.Sid, Skey: p.cred.Skey, DeviceID: "phone",
	}}
}

// Credentials are what [Resume] takes. Keep them as you would keep a password.
func (p *Phone) Credentials() webwx.Credentials { return p.cred }

// Code is a QR code that was scanned, or a login without one that waits to be
// confirmed.
type Code struct {
	UUID    string    `json:"uuid"`
	Device  string    `json:"device"`  // what the program that asks calls itself
	Address string    `json:"address"` // where it asks from
	Created time.Time `json:"created"`
}

func newCode(r wire.PhoneCodeResponse) Code {
	return Code{r.UUID, r.Device, r.Address, time.Unix(r.Created, 0)}
}

// Scan tells the server that this phone has read a code, and returns who asks to
// be let in. code is the text of the QR code, or the bare uuid. The computer sees
// code 201.
func (p *Phone) Scan(ctx context.Context, code string) (Code, error) {
	resp, err := call(ctx, p.opt, wire.PhoneScan, &wire.PhoneCodeRequest{WithBase: p.base(), Code: code})
	if err != nil {
		return Code{}, err
	}
	return newCode(*resp), nil
}

// Confirm lets in the computer that shows a scanned code.
func (p *Phone) Confirm(ctx context.Context, code string) error {
	_, err := call(ctx, p.opt, wire.PhoneConfirm, &wire.PhoneCodeRequest{WithBase: p.base(), Code: code})
	return err
}

// Cancel refuses it. The code can be scanned again.
func (p *Phone) Cancel(ctx context.Context, code string) error {
	_, err := call(ctx, p.opt, wire.PhoneCancel, &wire.PhoneCodeRequest{WithBase: p.base(), Code: code})
	return err
}

// Login is one login of the account.
type Login struct {
	ID      string    `json:"id"`
	Phone   bool      `json:"phone"`
	This    bool      `json:"this"` // it is this phone
	Device  string    `json:"device"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"` // to the hour
}

// Logins lists the account's logins, and the codes without a scan that wait to be
// confirmed.
func (p *Phone) Logins(ctx context.Context) (logins []Login, pending []Code, err error) {
	resp, err := call(ctx, p.opt, wire.PhoneLogins, &wire.PhoneRequest{WithBase: p.base()})
	if err != nil {
		return nil, nil, err
	}
	for _, l := range resp.Logins {
		logins = append(logins, Login{l.ID, l.Phone, l.This, l.Device, time.Unix(l.Created, 0), time.Unix(l.Seen, 0)})
	}
	for _, c := range resp.Pending {
		pending = append(pending, newCode(c))
	}
	return logins, pending, nil
}

// End ends a login of the account; with an empty id, the web login.
func (p *Phone) End(ctx context.Context, id string) error {
	_, err := call(ctx, p.opt, wire.PhoneEnd, &wire.PhoneEndRequest{WithBase: p.base(), ID: id})
	return err
}

// SignOut ends this phone's own login.
func (p *Phone) SignOut(ctx context.Context) error {
	_, err := call(ctx, p.opt, wire.PhoneLogout, &wire.PhoneRequest{WithBase: p.base()})
	return err
}

// Client returns a client that chats with the phone's login. It is initialised:
// contacts, events and sends work at once. The caller closes it.
func (p *Phone) Client(ctx context.Context) (*wxclient.Client, error) {
	c, err := wxclient.New(wxclient.Options{Server: p.opt.Server, Transport: p.opt.Transport, Store: session{p}})
	if err != nil {
		return nil, err
	}
	if err := c.Resume(ctx); err != nil {
		return nil, err
	}
	if err := c.Init(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// session is a [wxclient.Store] that holds the phone's login and keeps nothing
// else.
type session struct{ p *Phone }

func (s session) Load(context.Context) (*wxclient.Session, error) {
	u, err := url.Parse(s.p.opt.Server)
	if err != nil {
		return nil, err
	}
	saved := &wxclient.Session{
		Version: wxclient.SessionVersion, Server: s.p.opt.Server, Main: s.p.opt.Server, Credentials: s.p.cred,
	}
	// Some of the protocol's calls are proved by cookies alone (endpoints.md §8).
	for name, value := range map[string]string{"wxuin": strconv.FormatInt(s.p.cred.Uin, 10), "wxsid": s.p.cred.Sid} {
		saved.Cookies = append(saved.Cookies, wxclient.Cookie{Name: name, Value: value, Domain: u.Hostname(), HostOnly: true, Path: "/"})
	}
	return saved, nil
}

func (s session) Save(context.Context, *wxclient.Session) error { return nil }

func (s session) Remove(context.Context) error { return nil }
