package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/spf13/cobra"
)

// catalogue returns the texts of a language by their keys, all plurals in one.
func catalogue(t *testing.T, tag string) map[string]string {
	t.Helper()
	name := "texts/active." + tag + ".toml"
	text, err := catalogues.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := i18n.ParseMessageFileBytes(text, name, map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
	if err != nil {
		t.Fatal(err)
	}
	keys := make(map[string]string)
	for _, m := range file.Messages {
		keys[m.ID] = m.One + m.Other
	}
	return keys
}

var blank = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

// blanks lists the names of the blanks in a text.
func blanks(text string) []string {
	var names []string
	for _, m := range blank.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestCataloguesHaveTheSameKeysAndBlanks(t *testing.T) {
	en, zh := catalogue(t, english), catalogue(t, chinese)
	for key, text := range en {
		other, ok := zh[key]
		if !ok {
			t.Errorf("%s is missing in Chinese", key)
			continue
		}
		if got, want := blanks(other), blanks(text); !slices.Equal(got, want) {
			t.Errorf("%s has the blanks %v in Chinese, %v in English", key, got, want)
		}
		if strings.TrimSpace(text) == "" || strings.TrimSpace(other) == "" {
			t.Errorf("%s is empty", key)
		}
	}
	for key := range zh {
		if _, ok := en[key]; !ok {
			t.Errorf("%s is missing in English", key)
		}
	}
}

// TestCataloguesHaveWhatIsUsed compares the keys with the sources: with what the
// calls that say something name, and with what making the command line asks for.
func TestCataloguesHaveWhatIsUsed(t *testing.T) {
	en := catalogue(t, english)
	texts, err := newTexts(english)
	if err != nil {
		t.Fatal(err)
	}
	used := make(map[string]bool)
	texts.asked = func(key string) { used[key] = true }
	a := &app{texts: texts, env: env{getenv: func(string) string { return "" }}}
	each(a.rootCommand(), func(*cobra.Command) {})
	literals := named(t, used)
	for key := range used {
		if _, ok := en[key]; !ok {
			t.Errorf("%s is used, and in no catalogue", key)
		}
	}
	for key := range en {
		step, isStep := strings.CutPrefix(key, "demo.step.")
		if !used[key] && !literals[key] && !(isStep && literals[step]) {
			t.Errorf("%s is in the catalogues, and not used", key)
		}
	}
}

// named adds to used the keys that the sources give to the calls that look up a
// text, and returns all string literals.
func named(t *testing.T, used map[string]bool) (literals map[string]bool) {
	t.Helper()
	place := map[string]int{"t": 0, "say": 0, "hint": 0, "usage": 0, "usageOf": 1} // of the key among the arguments
	literals = make(map[string]bool)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if text, ok := literal(n); ok {
				literals[text] = true
			}
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); ok {
				i, looksUp := place[f.Sel.Name]
				if looksUp && i < len(call.Args) {
					if key, ok := literal(call.Args[i]); ok {
						used[key] = true
					}
				}
			}
			return true
		})
	}
	return literals
}

func literal(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

func TestChooseLanguage(t *testing.T) {
	tests := []struct {
		name string
		flag string
		env  map[string]string
		file any
		want string
		ok   bool
	}{
		{"nothing is English", "", nil, nil, english, true},
		{"the flag beats all", "en", map[string]string{"WEBWX_LANG": "zh", "LANG": "zh_CN"}, "zh", english, true},
		{"then our variable", "", map[string]string{"WEBWX_LANG": "zh", "LC_ALL": "en_US"}, "en", chinese, true},
		{"then the file", "", map[string]string{"LC_ALL": "en_US.UTF-8"}, "zh-CN", chinese, true},
		{"then LC_ALL", "", map[string]string{"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, nil, english, true},
		{"then LANG", "", map[string]string{"LANG": "zh_TW.UTF-8"}, nil, chinese, true},
		{"the system's other language is English", "", map[string]string{"LANG": "fr_FR.UTF-8"}, nil, english, true},
		{"another language that was asked for is an error", "fr", nil, nil, english, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := chooseLanguage(tt.flag, func(name string) string { return tt.env[name] }, tt.file)
			if got != tt.want || (err == nil) != tt.ok {
				t.Errorf("chooseLanguage = %s, %v, want %s, ok %t", got, err, tt.want, tt.ok)
			}
		})
	}
}

// newTestApp returns an app that writes what it says into talk.
func newTestApp(t *testing.T, tag string, talk *strings.Builder) *app {
	t.Helper()
	texts, err := newTexts(tag)
	if err != nil {
		t.Fatal(err)
	}
	return &app{texts: texts, env: env{
		stdin: strings.NewReader(""), stdout: new(strings.Builder), stderr: talk,
		getenv: os.Getenv, state: t.TempDir(),
	}}
}
