package wxserver

import (
	"mime"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/webwx/webwx"
)

// maxFileName is how many bytes a file's name may have; file systems take no more.
const maxFileName = 255

// fileName makes a name for people of what a client calls a file: a path becomes
// its last part, and what steers a terminal, turns the direction of writing, or
// means something to a file system is left out. An empty name becomes "file".
func fileName(name string) string {
	name = unquoteName(name)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || strings.ContainsRune("\u2028\u2029\ufeff", r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	name = strings.Trim(name, " .")
	if len(name) > maxFileName {
		ext := path.Ext(name)
		if len(ext) > 16 {
			ext = ""
		}
		name = strings.TrimRight(clip(name, maxFileName-len(ext)), " .") + ext
	}
	if name == "" {
		return "file"
	}
	return name
}

// unquoteName decodes a name that was percent-encoded as a whole, as ItChat does
// (endpoints.md §17). A name with any other character that would have had to be
// encoded was not.
func unquoteName(name string) string {
	if !strings.Contains(name, "%") {
		return name
	}
	for _, c := range []byte(name) {
		if c <= ' ' || c >= utf8.RuneSelf || strings.IndexByte(`"#&+,:;<=>?@[]^{|}`+"`", c) >= 0 {
			return name
		}
	}
	plain, err := url.PathUnescape(name)
	if err != nil || !utf8.ValidString(plain) {
		return name
	}
	return plain
}

// encodedName is name as EncryFileName has it: report%2Epdf.
func encodedName(name string) string {
	m := (&webwx.File{Name: name}).Build()
	return m.EncryFileName
}

// extension is the last part of a name, in lower case and without the dot, if it
// can be one.
func extension(name string) string {
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if len(ext) > 16 || strings.Trim(ext, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return ""
	}
	return ext
}

// disposition is a Content-Disposition that makes a browser save a file, not show it.
func disposition(name string) string {
	text := mime.FormatMediaType("attachment", map[string]string{"filename": name})
	if text == "" {
		return "attachment"
	}
	return text
}
