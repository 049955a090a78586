package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
)

// contactLine is a contact or room as a line of JSON.
type contactLine struct {
	Event      string            `json:"event,omitempty"`
	UserName   webwx.UserName    `json:"user_name"`
	NickName   string            `json:"nick_name"`
	RemarkName string            `json:"remark_name"`
	Kind       webwx.ContactKind `json:"kind"`
	Self       bool              `json:"self,omitempty"`
	Stranger   bool              `json:"stranger,omitempty"` // found or met, and no contact
	Sex        int               `json:"sex,omitempty"`      // 1 male, 2 female
	Signature  string            `json:"signature,omitempty"`
	Province   string            `json:"province,omitempty"`
	City       string            `json:"city,omitempty"`
	Starred    bool              `json:"starred,omitempty"`
	Muted      bool              `json:"muted,omitempty"`
	Pinned     bool              `json:"pinned,omitempty"`
	Owner      bool              `json:"owner,omitempty"` // the room is one's own
	Count      int               `json:"member_count,omitempty"`
	Members    []memberLine      `json:"members,omitempty"`
}

// memberLine is a member of a room.
type memberLine struct {
	UserName    webwx.UserName `json:"user_name"`
	NickName    string         `json:"nick_name"`
	DisplayName string         `json:"display_name,omitempty"`
}

func newMemberLine(m *webwx.Member) memberLine {
	return memberLine{m.UserName, webwx.Unescape(m.NickName), webwx.Unescape(m.DisplayName)}
}

// newContactLine describes c to the account self.
func newContactLine(c *webwx.Contact, self webwx.UserName) contactLine {
	return contactLine{
		UserName: c.UserName, NickName: webwx.Unescape(c.NickName), RemarkName: webwx.Unescape(c.RemarkName), Kind: c.Kind(),
		Self: c.UserName == self, Sex: c.Sex, Signature: webwx.Unescape(c.Signature), Province: c.Province, City: c.City,
		Starred: c.ContactFlag&webwx.FlagFavourite != 0 || c.StarFriend != 0,
		Muted:   c.ContactFlag&webwx.FlagMuted != 0 || c.Kind() == webwx.KindRoom && c.Statues == 0,
		Pinned:  c.ContactFlag&webwx.FlagPinned != 0,
		Owner:   c.IsOwner != 0, Count: c.MemberCount,
		Stranger: c.Kind() == webwx.KindFriend && c.ContactFlag&webwx.FlagContact == 0 && c.UserName != self,
	}
}

func (l *contactLine) addMembers(c *webwx.Contact) {
	for i := range c.MemberList {
		l.Members = append(l.Members, newMemberLine(&c.MemberList[i]))
	}
}

func (a *app) contactsCommand() *cobra.Command {
	c := a.command("contacts", "")
	c.RunE = func(c *cobra.Command, _ []string) error {
		client, _, err := a.resume(c.Context())
		if err != nil {
			return err
		}
		defer client.Close()
		contacts, err := client.Contacts(c.Context())
		if err != nil {
			return err
		}
		return a.printContacts(contacts, client.Self().UserName)
	}
	return c
}

func (a *app) printContacts(contacts []webwx.Contact, self webwx.UserName) error {
	rows := [][]string{{a.t("table.name"), a.t("table.nick"), a.t("table.kind"), a.t("table.user_name")}}
	for i := range contacts {
		line := newContactLine(&contacts[i], self)
		if a.json {
			if err := a.print(line); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, []string{contacts[i].Name(), line.NickName, a.kindOf(&line), string(line.UserName)})
	}
	if a.json {
		return nil
	}
	return a.table(rows)
}

// kindOf is the word for the kind of whom a line is about.
func (a *app) kindOf(line *contactLine) string {
	if line.Stranger {
		return a.t("kind.stranger")
	}
	return a.kind(line.Kind)
}

// kind is the word for a kind of contact.
func (a *app) kind(k webwx.ContactKind) string {
	switch k {
	case webwx.KindRoom:
		return a.t("kind.room")
	case webwx.KindOfficial:
		return a.t("kind.official")
	case webwx.KindSpecial:
		return a.t("kind.special")
	}
	return a.t("kind.friend")
}

func (a *app) roomsCommand() *cobra.Command {
	c := a.command("rooms", "")
	var members bool
	c.Flags().BoolVar(&members, "members", false, a.t("flag.members"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		ctx := c.Context()
		client, _, err := a.resume(ctx)
		if err != nil {
			return err
		}
		defer client.Close()
		// Rooms that were not saved are known only to webwxinit.
		if err := client.Init(ctx); err != nil {
			return err
		}
		rooms, err := client.Rooms(ctx)
		if err != nil {
			return err
		}
		return a.printRooms(rooms, client.Self().UserName, members)
	}
	return c
}

func (a *app) printRooms(rooms []webwx.Contact, self webwx.UserName, members bool) error {
	rows := [][]string{{a.t("table.name"), a.t("table.members"), a.t("table.user_name")}}
	for i := range rooms {
		line := newContactLine(&rooms[i], self)
		if members {
			line.addMembers(&rooms[i])
		}
		if a.json {
			if err := a.print(line); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, []string{rooms[i].Name(), strconv.Itoa(line.Count), string(line.UserName)})
		if members {
			for j := range rooms[i].MemberList {
				m := &rooms[i].MemberList[j]
				rows = append(rows, []string{"  " + m.Name(), "", string(m.UserName)})
			}
		}
	}
	if a.json {
		return nil
	}
	return a.table(rows)
}
