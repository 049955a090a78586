package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// config is the configuration file: defaults for flags. A key at the top counts
// for every command that has a flag of that name; a table named like a command,
// such as [serve] or [phone.login], for that command alone.
type config struct {
	path string
	top  map[string]any
}

// loadConfig reads the file that the flag or WEBWX_CONFIG names, else the usual
// one, which need not exist.
func loadConfig(e env, flag string) (config, error) {
	c := config{path: flag}
	if c.path == "" {
		c.path = e.getenv("WEBWX_CONFIG")
	}
	wanted := c.path != ""
	if !wanted {
		c.path = filepath.Join(e.config, "config.toml")
	}
	text, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) && !wanted {
		return c, nil
	}
	if err != nil {
		return c, &usageError{text: err.Error()}
	}
	if err := toml.Unmarshal(text, &c.top); err != nil {
		return config{path: c.path}, &usageError{text: fmt.Sprintf("%s: %v", c.path, err)}
	}
	return c, nil
}

// check refuses keys that no command knows.
func (c config) check(a *app, root *cobra.Command) error {
	known := make(map[string]bool)
	each(root, func(cmd *cobra.Command) {
		flagsOf(cmd, func(f *pflag.Flag) { known[f.Name] = true })
	})
	return c.checkTable(a, root, c.top, "", known)
}

// checkTable checks the table of cmd; known holds the flags it may name.
func (c config) checkTable(a *app, cmd *cobra.Command, table map[string]any, prefix string, known map[string]bool) error {
	for _, key := range slices.Sorted(maps.Keys(table)) {
		sub, isTable := table[key].(map[string]any)
		child := childOf(cmd, key)
		switch {
		case isTable && child != nil:
			flags := make(map[string]bool)
			flagsOf(child, func(f *pflag.Flag) { flags[f.Name] = true })
			if err := c.checkTable(a, child, sub, prefix+key+".", flags); err != nil {
				return err
			}
		case isTable || !known[key] || commandLineOnly(key):
			return a.usage("error.config_key", "File", c.path, "Key", prefix+key)
		}
	}
	return nil
}

// lookup returns the value for a flag of the command with that path.
func (c config) lookup(path []string, flag string) (any, bool) {
	value, found := c.top[flag]
	table := c.top
	for _, name := range path {
		sub, ok := table[name].(map[string]any)
		if !ok {
			break
		}
		table = sub
		if v, ok := table[flag]; ok {
			value, found = v, true
		}
	}
	if _, isTable := value.(map[string]any); isTable {
		return nil, false
	}
	return value, found
}

// fill gives the flags that the command line did not set the values of the
// environment, else of the configuration file.
func (a *app) fill(cmd *cobra.Command) error {
	path := strings.Fields(cmd.CommandPath())[1:]
	var failed error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Changed || failed != nil || commandLineOnly(f.Name) {
			return
		}
		name := variable(f.Name)
		if value := a.getenv(name); value != "" {
			if err := f.Value.Set(value); err != nil {
				failed = a.usage("error.value", "Where", name, "Value", value, "Err", err)
			}
			return
		}
		value, ok := a.config.lookup(path, f.Name)
		if !ok {
			return
		}
		if err := setFlag(f, value); err != nil {
			failed = a.usage("error.value", "Where", a.config.path+": "+f.Name, "Value", value, "Err", err)
		}
	})
	return failed
}

// variable is the environment variable of a flag: WEBWX_TLS_CERT for tls-cert.
func variable(flag string) string {
	return "WEBWX_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// setFlag gives f a value of a TOML file; a list sets flags that take several.
func setFlag(f *pflag.Flag, value any) error {
	list, ok := value.([]any)
	if !ok {
		return f.Value.Set(fmt.Sprint(value))
	}
	slice, ok := f.Value.(pflag.SliceValue)
	if !ok {
		return errors.New("want one value, not a list")
	}
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = fmt.Sprint(v)
	}
	return slice.Replace(words)
}

// each calls f with cmd and all commands below it.
func each(cmd *cobra.Command, f func(*cobra.Command)) {
	f(cmd)
	for _, sub := range cmd.Commands() {
		each(sub, f)
	}
}

// flagsOf calls f with every flag that cmd takes, its own and those of the
// commands above it.
func flagsOf(cmd *cobra.Command, f func(*pflag.Flag)) {
	cmd.LocalFlags().VisitAll(f)
	cmd.InheritedFlags().VisitAll(f)
}

func childOf(cmd *cobra.Command, name string) *cobra.Command {
	for _, sub := range cmd.Commands() {
		if sub.Name() == name {
			return sub
		}
	}
	return nil
}

// commandLineOnly reports whether a flag has no other source. The configuration
// file itself was found before.
func commandLineOnly(flag string) bool {
	return flag == "config" || flag == "help" || flag == "version"
}
