package main

import (
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// The catalogues: every text that this program says to people.
//
//go:embed texts/active.*.toml
var catalogues embed.FS

// The languages, by the names of their catalogues.
const (
	english = "en"
	chinese = "zh-CN"
)

// texts is the catalogue of one language.
type texts struct {
	tag string
	loc *i18n.Localizer
	// asked, if not nil, is told each key: tests learn from it which are used.
	asked func(key string)
}

func newTexts(tag string) (*texts, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	for _, tag := range []string{english, chinese} {
		if _, err := bundle.LoadMessageFileFS(catalogues, "texts/active."+tag+".toml"); err != nil {
			return nil, err
		}
	}
	return &texts{tag: tag, loc: i18n.NewLocalizer(bundle, tag)}, nil
}

// get returns a text with its blanks filled in. The value of "Count" chooses the
// plural.
func (t *texts) get(key string, pairs ...any) string {
	if t.asked != nil {
		t.asked(key)
	}
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	text, err := t.loc.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: data, PluralCount: data["Count"]})
	if err != nil && text == "" {
		return key // a test keeps this from happening
	}
	return text
}

// chooseLanguage returns the language to speak: what was asked for by flag,
// environment or configuration, else that of the system, else English. An error
// names what was asked for and is not spoken.
func chooseLanguage(flag string, getenv func(string) string, conf any) (string, error) {
	fromFile, _ := conf.(string)
	for _, asked := range []string{flag, getenv("WEBWX_LANG"), fromFile} {
		if asked == "" {
			continue
		}
		if tag, ok := spoken(asked); ok {
			return tag, nil
		}
		return english, errors.New(asked)
	}
	for _, name := range []string{"LC_ALL", "LANG"} {
		if value := getenv(name); value != "" {
			tag, _ := spoken(value)
			return tag, nil
		}
	}
	return english, nil
}

// spoken returns the catalogue for a language such as "zh_CN.UTF-8", English if
// there is none, and whether there is one.
func spoken(name string) (tag string, ok bool) {
	base, _, _ := strings.Cut(strings.ToLower(name), ".")
	base, _, _ = strings.Cut(strings.ReplaceAll(base, "_", "-"), "-")
	switch base {
	case "zh":
		return chinese, true
	case "en":
		return english, true
	}
	return english, false
}
