package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/webwx/webwx"
)

func TestSafeName(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a plain name stays", "report 报告.pdf", "report 报告.pdf"},
		{"folders fall away", "../../etc/passwd", "passwd"},
		{"those of Windows too", `C:\Windows\system.ini`, "system.ini"},
		{"a folder alone is no name", "/tmp/", ""},
		{"nor is the folder above", "..", ""},
		{"nor the same behind a folder", "a/..", ""},
		{"no hidden file", ".bashrc", "_bashrc"},
		{"nothing like a flag", "-rf", "_rf"},
		{"what controls a terminal", "a\x1b[2Jb\n.txt", "a[2Jb.txt"},
		{"what turns writing around", "photo\u202egpj.exe", "photogpj.exe"},
		{"what Windows forbids", `a<b>:"|?*.txt`, "a_b______.txt"},
		{"dots and blanks at the end", "a.txt. . ", "a.txt"},
		{"a stream of another file", "a.txt:stream", "a.txt_stream"},
		{"devices", "con.txt", "_con.txt"},
		{"devices behind two endings", "COM1.tar.gz", "_COM1.tar.gz"},
		{"no device", "console.txt", "console.txt"},
		{"no UTF-8", "a\xff.txt", "a_.txt"},
		{"too long keeps its ending", strings.Repeat("长", 100) + ".pdf", strings.Repeat("长", 65) + ".pdf"},
		{"an ending too long", "a." + strings.Repeat("x", 300), "a." + strings.Repeat("x", 198)},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := safeName(tt.text); got != tt.want {
				t.Errorf("safeName(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func FuzzSafeName(f *testing.F) {
	for _, text := range []string{"../a", `..\..`, "nul", ".", "a/b/. ", "-", "CON:.txt", " .x", "\u202e.."} {
		f.Add(text)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		name := safeName(text)
		if name == "" {
			return
		}
		if filepath.Base(name) != name || !filepath.IsLocal(name) || name[0] == '.' || name[0] == '-' ||
			len(name) > maxName+1 || !utf8.ValidString(name) || clean(name) != name {
			t.Errorf("safeName(%q) = %q", text, name)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Errorf("safeName(%q): %v", text, err)
		}
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	})
}

func TestExtension(t *testing.T) {
	tests := []struct {
		name  string
		kind  webwx.ContentKind
		head  string
		thumb bool
		want  string
	}{
		{"the bytes decide", webwx.ContentImage, "GIF89a", false, ".gif"},
		{"a sound", webwx.ContentVoice, "ID3\x03", false, ".mp3"},
		{"a picture that is unknown", webwx.ContentImage, "??", false, ".jpg"},
		{"a video that is unknown", webwx.ContentVideo, "??", false, ".mp4"},
		{"a voice message that is unknown", webwx.ContentVoice, "??", false, ".mp3"},
		{"a sticker that is unknown", webwx.ContentSticker, "??", false, ".gif"},
		{"the small picture of a video", webwx.ContentVideo, "??", true, ".jpg"},
		{"a file", webwx.ContentFile, "??", false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := extension(tt.kind, []byte(tt.head), tt.thumb); got != tt.want {
				t.Errorf("extension = %q, want %q", got, tt.want)
			}
		})
	}
}

// A target writes over nothing, follows no link out of its folder, and leaves
// nothing behind that was not kept.
func TestTarget(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write := func(name string, force bool) error {
		target, err := openTarget(dir, force)
		if err != nil {
			t.Fatal(err)
		}
		defer target.close()
		if _, err := target.Write([]byte("new")); err != nil {
			return err
		}
		return target.keep(name)
	}
	if err := os.WriteFile(filepath.Join(dir, "there"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write("there", false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("writing over a file: %v", err)
	}
	if err := write("../"+filepath.Base(outside)+"/escaped", true); err == nil {
		t.Error("a name leads out of the folder")
	}
	if err := os.Symlink(filepath.Join(outside, "aim"), filepath.Join(dir, "link")); err == nil {
		if err := write("link", true); err != nil {
			t.Error(err)
		}
	}
	if err := write("there", true); err != nil {
		t.Error(err)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "there")); string(text) != "new" {
		t.Errorf("there = %q", text)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".webwx-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if entries, _ := os.ReadDir(outside); len(entries) > 0 {
		t.Errorf("outside the folder: %v", entries)
	}
}
