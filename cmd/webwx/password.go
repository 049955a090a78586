package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// passwordFlag gives a command the flag that says where its password stands.
// There is none that takes the password itself, nor a variable: command lines and
// environments are seen by others.
func (a *app) passwordFlag(c *cobra.Command) *string {
	file := new(string)
	c.Flags().StringVar(file, "password-file", "", a.t("flag.password-file"))
	return file
}

// maxPasswordFile bounds what is read; one line counts.
const maxPasswordFile = 4096

// password reads a password: the first line of file, or of standard input if file
// is "-", else from the terminal without showing it; a new one twice.
func (a *app) password(file string, fresh bool) (string, error) {
	switch file {
	case "":
		return a.askPassword(fresh)
	case "-":
		return a.firstLine(a.stdin)
	}
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return a.firstLine(f)
}

func (a *app) firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxPasswordFile)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", a.usage("error.password_empty")
	}
	return line, nil
}

func (a *app) askPassword(fresh bool) (string, error) {
	f, ok := a.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", &usageError{a.t("error.password_terminal"), a.t("hint.password_file")}
	}
	ask := func(key string) (string, error) {
		io.WriteString(a.stderr, a.t(key)+" ") // if this fails, reading will too
		text, err := term.ReadPassword(int(f.Fd()))
		io.WriteString(a.stderr, "\n")
		return string(text), err
	}
	password, err := ask("password.ask")
	if err != nil || !fresh {
		return password, err
	}
	again, err := ask("password.again")
	if err == nil && again != password {
		err = errors.New(a.t("error.password_differs"))
	}
	return password, err
}
