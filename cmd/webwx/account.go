package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx/wxserver"
)

func (a *app) accountCommand() *cobra.Command {
	c := a.group("account",
		a.accountAddCommand(), a.accountListCommand(), a.accountPasswdCommand(), a.accountRemoveCommand(),
		a.accountBefriendCommand(), a.accountInviteCommand())
	c.PersistentFlags().String("data", a.data, a.t("flag.data"))
	return c
}

// inData makes what a command does with the data folder. No server may hold it at
// the same time.
func (a *app) inData(do func(ctx context.Context, s *wxserver.Server, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) (err error) {
		dir, err := c.Flags().GetString("data")
		if err != nil {
			return err
		}
		h, err := openHouse(c.Context(), dir, wxserver.Options{})
		if err != nil {
			return err
		}
		defer func() {
			if cerr := h.close(); err == nil {
				err = cerr
			}
		}()
		return do(c.Context(), h.server, args)
	}
}

func (a *app) accountAddCommand() *cobra.Command {
	c := a.command("account.add", "NAME")
	c.Args = a.exactly(1)
	var account wxserver.Account
	c.Flags().StringVar(&account.NickName, "nick", "", a.t("flag.nick"))
	c.Flags().BoolVar(&account.Admin, "admin", false, a.t("flag.admin"))
	passwordFile := a.passwordFlag(c)
	c.RunE = a.inData(func(ctx context.Context, s *wxserver.Server, args []string) (err error) {
		account.Name = args[0]
		if account.Password, err = a.password(*passwordFile, true); err != nil {
			return err
		}
		uin, err := s.AddAccount(ctx, account)
		if err != nil {
			return err
		}
		if a.json {
			return a.print(struct {
				Name string `json:"name"`
				Uin  int64  `json:"uin"`
			}{account.Name, uin})
		}
		a.say("account.added", "Name", account.Name)
		return nil
	})
	return c
}

// accountLine is an account in JSON.
type accountLine struct {
	Name     string    `json:"name"`
	Uin      int64     `json:"uin"`
	NickName string    `json:"nick_name"`
	Admin    bool      `json:"admin"`
	Official bool      `json:"official,omitempty"`
	SignsIn  bool      `json:"signs_in"` // it has a password
	Created  time.Time `json:"created"`
}

func (a *app) accountListCommand() *cobra.Command {
	c := a.command("account.list", "")
	c.RunE = a.inData(func(ctx context.Context, s *wxserver.Server, _ []string) error {
		accounts, err := s.Accounts(ctx)
		if err != nil {
			return err
		}
		rows := [][]string{{a.t("table.login"), a.t("table.nick"), a.t("table.kind"), a.t("table.since")}}
		for _, acc := range accounts {
			if a.json {
				line := accountLine{acc.Name, acc.Uin, acc.NickName, acc.Admin, acc.Official, acc.HasPassword, acc.Created}
				if err := a.print(line); err != nil {
					return err
				}
				continue
			}
			rows = append(rows, []string{acc.Name, acc.NickName, a.accountKind(acc), acc.Created.Format(time.DateTime)})
		}
		if a.json {
			return nil
		}
		return a.table(rows)
	})
	return c
}

func (a *app) accountKind(acc wxserver.AccountInfo) string {
	switch {
	case acc.Admin:
		return a.t("account_kind.admin")
	case acc.Official:
		return a.t("account_kind.official")
	case !acc.HasPassword:
		return a.t("account_kind.silent")
	}
	return a.t("account_kind.person")
}

func (a *app) accountPasswdCommand() *cobra.Command {
	c := a.command("account.passwd", "NAME")
	c.Args = a.exactly(1)
	passwordFile := a.passwordFlag(c)
	c.RunE = a.inData(func(ctx context.Context, s *wxserver.Server, args []string) error {
		if _, err := s.FindAccount(ctx, args[0]); err != nil {
			return err // before asking for a password
		}
		password, err := a.password(*passwordFile, true)
		if err != nil {
			return err
		}
		if err := s.SetPassword(ctx, args[0], password); err != nil {
			return err
		}
		a.say("account.password_set", "Name", args[0])
		return nil
	})
	return c
}

func (a *app) accountRemoveCommand() *cobra.Command {
	c := a.command("account.remove", "NAME")
	c.Args = a.exactly(1)
	c.RunE = a.inData(func(ctx context.Context, s *wxserver.Server, args []string) error {
		if err := s.RemoveAccount(ctx, args[0]); err != nil {
			return err
		}
		a.say("account.removed", "Name", args[0])
		return nil
	})
	return c
}

func (a *app) accountBefriendCommand() *cobra.Command {
	c := a.command("account.befriend", "A B")
	c.Args = a.exactly(2)
	c.RunE = a.inData(func(ctx context.Context, s *wxserver.Server, args []string) error {
		if err := s.Befriend(ctx, args[0], args[1]); err != nil {
			return err
		}
		a.say("account.befriended", "A", args[0], "B", args[1])
		return nil
	})
	return c
}

func (a *app) accountInviteCommand() *cobra.Command {
	c := a.command("account.invite", "")
	c.RunE = a.inData(func(ctx context.Context, s *wxserver.Server, _ []string) error {
		code, err := s.Invite(ctx)
		if err != nil {
			return err
		}
		if a.json {
			return a.print(struct {
				Code string `json:"code"`
			}{code})
		}
		return a.printf("%s\n", code)
	})
	return c
}
