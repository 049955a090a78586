package main

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/webwx/webwx"
)

// target is a folder and the new file in it, whose name is found only when its
// bytes are there. Nothing leads out of the folder.
type target struct {
	root  *os.Root
	file  *os.File
	temp  string
	force bool
	head  []byte // the beginning of what was written
}

// headLen is as much as tells the kind of a file.
const headLen = 512

func openTarget(dir string, force bool) (*target, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &target{root: root, temp: ".webwx-" + rand.Text(), force: force}, nil
}

// Write implements io.Writer. The file is made with the first bytes.
func (t *target) Write(p []byte) (n int, err error) {
	if t.file == nil {
		if t.file, err = t.root.OpenFile(t.temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666); err != nil {
			return 0, err
		}
	}
	n, err = t.file.Write(p)
	t.head = append(t.head, p[:min(n, headLen-len(t.head))]...)
	return n, err
}

func (t *target) exists(name string) bool {
	_, err := t.root.Lstat(name)
	return err == nil
}

// keep gives the file its name. The error is fs.ErrExist if a file has that name
// and none may be replaced.
func (t *target) keep(name string) error {
	if t.file == nil {
		return errors.New("nothing was written")
	}
	if err := t.file.Close(); err != nil {
		return err
	}
	if t.force {
		return t.root.Rename(t.temp, name)
	}
	err := t.root.Link(t.temp, name) // unlike a rename, this replaces nothing
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if t.exists(name) { // a file system without links
		return fs.ErrExist
	}
	return t.root.Rename(t.temp, name)
}

// close removes what was not kept.
func (t *target) close() {
	if t.file != nil {
		t.file.Close()        // closed already if it was kept
		t.root.Remove(t.temp) // gone already if it was renamed
	}
	t.root.Close()
}

// maxName is how many bytes of a name every file system takes.
const maxName = 200

// safeName makes of a name that others chose the name of a file in a folder: no
// way to another folder, no hidden file, nothing that a terminal or a system
// takes for something else. It is empty if nothing is left.
func safeName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"|?*`, r), r == utf8.RuneError:
			return '_'
		case unicode.IsControl(r), unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp):
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, " ")
	name = strings.TrimRight(name, ". ")
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "-") {
		name = "_" + name[1:]
	}
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	if len(ext) > maxName/2 {
		stem, ext = name, ""
	}
	for len(stem)+len(ext) > maxName {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
	}
	if deviceName(stem) {
		stem = "_" + stem
	}
	return stem + ext
}

// deviceName reports whether Windows takes a name for a device.
func deviceName(stem string) bool {
	stem, _, _ = strings.Cut(strings.ToUpper(stem), ".")
	switch stem = strings.TrimSpace(stem); stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	digit := strings.TrimPrefix(strings.TrimPrefix(stem, "COM"), "LPT")
	return len(stem) == 4 && len(digit) == 1 && digit >= "0" && digit <= "9"
}

// extension is the ending for a file of media that begins with head.
func extension(kind webwx.ContentKind, head []byte, thumb bool) string {
	detected, _, _ := strings.Cut(http.DetectContentType(head), ";")
	switch detected {
	case "image/jpeg":
		return ".jpg"
	case "image/png", "image/gif", "image/webp", "image/bmp":
		return "." + strings.TrimPrefix(detected, "image/")
	case "video/mp4":
		return ".mp4"
	case "audio/mpeg":
		return ".mp3"
	}
	switch {
	case thumb, kind == webwx.ContentImage:
		return ".jpg"
	case kind == webwx.ContentVideo:
		return ".mp4"
	case kind == webwx.ContentVoice:
		return ".mp3"
	case kind == webwx.ContentSticker:
		return ".gif"
	}
	return ""
}
