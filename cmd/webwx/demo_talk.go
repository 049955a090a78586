package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
	"github.com/webwx/webwx/wxserver"
)

// The steps of the demo after its login: contacts, messages, logout.

// contacts loads the contact list and compares it with the world.
func (d *demo) contacts(ctx context.Context) (string, error) {
	list, err := d.desk.Contacts(ctx)
	if err != nil {
		return "", err
	}
	want := make(map[string]webwx.ContactKind)
	for _, acc := range d.world.Accounts {
		if slices.Contains(acc.Friends, "alice") || slices.Contains(d.account("alice").Friends, acc.Name) {
			want[d.nick(acc.Name)] = webwx.KindFriend
			if acc.Official {
				want[d.nick(acc.Name)] = webwx.KindOfficial
			}
		}
	}
	for _, room := range d.world.Rooms {
		if slices.Contains(room.Members, "alice") {
			want[room.Topic] = webwx.KindRoom
		}
	}
	for i := range list[:d.desk.Listed()] {
		c := &list[i]
		if c.Kind() == webwx.KindSpecial {
			continue
		}
		if kind, ok := want[c.Name()]; !ok || kind != c.Kind() {
			return "", fmt.Errorf("the contacts have %q as %s, the world has not", c.Name(), c.Kind())
		}
		delete(want, c.Name())
	}
	for name := range want {
		return "", fmt.Errorf("%q is not among the %d contacts", name, d.desk.Listed())
	}
	return strconv.Itoa(d.desk.Listed()), nil
}

// greeting waits for the scripted friend's first line.
func (d *demo) greeting(whole context.Context) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		i := slices.IndexFunc(d.account("xiaomei").Say, func(l wxserver.WorldLine) bool { return l.To == "alice" && l.Every == 0 })
		if i < 0 {
			return "", errors.New("the world has no line of xiaomei to alice")
		}
		d.inboxes = append(d.inboxes, listenTo(whole, d.desk))
		d.play()
		return d.expect(ctx, "xiaomei", d.account("xiaomei").Say[i].Text)
	}
}

// expect waits for the next message at alice's desk and compares its sender and
// text.
func (d *demo) expect(ctx context.Context, from, text string) (string, error) {
	m, err := d.inboxes[0].next(ctx)
	if err != nil {
		return "", err
	}
	sender, _ := d.desk.Contact(m.Sender(d.desk.Self().UserName))
	if m.Text() != text || sender.Name() != d.nick(from) {
		return "", fmt.Errorf("got %q from %s, want %q from %s", m.Text(), sender.Name(), text, d.nick(from))
	}
	return text, nil
}

// chat returns the client of an account's phone.
func (d *demo) chat(ctx context.Context, name string) (*wxclient.Client, error) {
	if c := d.chats[name]; c != nil {
		return c, nil
	}
	p, err := d.phone(ctx, name)
	if err != nil {
		return nil, err
	}
	c, err := p.Client(ctx)
	if err != nil {
		return nil, err
	}
	if d.chats == nil {
		d.chats = make(map[string]*wxclient.Client)
	}
	d.chats[name] = c
	return c, nil
}

// say sends text from c to whom a person calls to.
func say(ctx context.Context, c *wxclient.Client, to, text string) error {
	whom, err := c.Find(ctx, to)
	if err != nil {
		return err
	}
	_, err = c.SendText(ctx, whom.UserName, text)
	return err
}

// in sends from bob's phone to alice's desk.
func (d *demo) in(whole context.Context) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		bob, err := d.chat(ctx, "bob")
		if err != nil {
			return "", err
		}
		d.inboxes = append(d.inboxes, listenTo(whole, bob))
		const text = `Tea at <four> & "five"? 🍵`
		if err := say(ctx, bob, d.nick("alice"), text); err != nil {
			return "", err
		}
		return d.expect(ctx, "bob", text)
	}
}

// out sends from alice's desk to bob's phone.
func (d *demo) out(ctx context.Context) (string, error) {
	const text = "四点见 👍"
	if err := say(ctx, d.desk, d.nick("bob"), text); err != nil {
		return "", err
	}
	m, err := d.inboxes[1].next(ctx)
	if err == nil && m.Text() != text {
		err = fmt.Errorf("bob's phone got %q, want %q", m.Text(), text)
	}
	return text, err
}

// echo talks to the robot.
func (d *demo) echo(ctx context.Context) (string, error) {
	const text = "你好，回声！"
	if err := say(ctx, d.desk, d.nick("echo"), text); err != nil {
		return "", err
	}
	return d.expect(ctx, "echo", text)
}

// room sends into a room and looks who is named as the sender.
func (d *demo) room(ctx context.Context) (string, error) {
	if len(d.world.Rooms) == 0 {
		return "", errors.New("the world has no room")
	}
	topic := d.world.Rooms[0].Topic
	const text = "带上水和帽子"
	bob, err := d.chat(ctx, "bob")
	if err != nil {
		return "", err
	}
	if err := say(ctx, bob, topic, text); err != nil {
		return "", err
	}
	m, err := d.inboxes[0].next(ctx)
	if err != nil {
		return "", err
	}
	self := d.desk.Self().UserName
	room, err := d.desk.Details(ctx, m.Chat(self))
	if err != nil {
		return "", err
	}
	sender := ""
	for i := range room[0].MemberList {
		if member := &room[0].MemberList[i]; member.UserName == m.Sender(self) {
			sender = member.Name()
		}
	}
	if m.Text() != text || room[0].Name() != topic || sender != d.nick("bob") {
		return "", fmt.Errorf("got %q in %q from %q, want %q in %q from %q", m.Text(), room[0].Name(), sender, text, topic, d.nick("bob"))
	}
	return topic + " | " + sender + ": " + text, nil
}

// order sends some messages and looks whether they come in that order.
func (d *demo) order(ctx context.Context) (string, error) {
	bob, err := d.chat(ctx, "bob")
	if err != nil {
		return "", err
	}
	texts := []string{"一", "二", "三", "四", "五"}
	for _, text := range texts {
		if err := say(ctx, bob, d.nick("alice"), text); err != nil {
			return "", err
		}
	}
	for _, text := range texts {
		if _, err := d.expect(ctx, "bob", text); err != nil {
			return "", err
		}
	}
	return strings.Join(texts, " "), nil
}

// fileHelper sends from alice's desk to her own phone.
func (d *demo) fileHelper(whole context.Context) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		phone, err := d.chat(ctx, "alice")
		if err != nil {
			return "", err
		}
		in := listenTo(whole, phone)
		d.inboxes = append(d.inboxes, in)
		const text = "记得买牛奶"
		if _, err := d.desk.SendText(ctx, webwx.FileHelper, text); err != nil {
			return "", err
		}
		for { // the phone first learns what has come since it signed in
			m, err := in.next(ctx)
			if err == nil && m.ToUserName != webwx.FileHelper {
				continue
			}
			if err == nil && m.Text() != text {
				err = fmt.Errorf("alice's phone got %q to %s, want %q", m.Text(), m.ToUserName, text)
			}
			return text, err
		}
	}
}

// logout ends the login from another program with the same session: the desk,
// which waits for news, must be told at once, with the code for that.
func (d *demo) logout(ctx context.Context) (string, error) {
	other, err := wxclient.New(wxclient.Options{Server: d.house.url, Store: &wxclient.FileStore{Path: d.session}})
	if err != nil {
		return "", err
	}
	defer other.Close()
	if err := other.Resume(ctx); err != nil {
		return "", err
	}
	if err := other.Logout(ctx); err != nil {
		return "", err
	}
	err = nil
	for err == nil { // first comes what is still under way
		_, err = d.inboxes[0].next(ctx)
	}
	over, ok := errors.AsType[*webwx.Error](err)
	if !ok || over.Ret != webwx.RetKicked || over.Op != "synccheck" {
		return "", fmt.Errorf("the desk was told %v, want synccheck %d", err, webwx.RetKicked)
	}
	return strconv.Itoa(int(over.Ret)), nil
}
