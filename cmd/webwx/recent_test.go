package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/webwx/webwx"
)

func TestRecent(t *testing.T) {
	r := recentOf(filepath.Join(t.TempDir(), "me.json"))
	add := func(self webwx.UserName, id, content string, answered bool) {
		t.Helper()
		line := recentLine{Self: self, Answered: answered, Message: webwx.Message{MsgID: id, Content: content}}
		if err := r.add(line); err != nil {
			t.Fatal(err)
		}
	}
	if lines, err := r.all("@a"); err != nil || len(lines) > 0 {
		t.Errorf("without a file: %v, %v", lines, err)
	}
	add("@a", "1", "one", false)
	add("@b", "2", "of another login", false)
	f, err := os.OpenFile(r.path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"self":"@a","mess` + "\n"); err != nil { // half a line
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	add("@a", "1", "one", true)
	lines, err := r.all("@a")
	if err != nil || len(lines) != 1 || !lines[0].Answered || lines[0].Message.Content != "one" {
		t.Errorf("lines = %+v, %v", lines, err)
	}
	if _, ok, err := r.find("2", "@a"); ok || err != nil {
		t.Errorf("found what belongs to another login, %v", err)
	}

	// The file does not grow for ever, and what came last is there.
	big := strings.Repeat("x", maxRecent/4)
	for i := range 12 {
		add("@a", strconv.Itoa(100+i), big, false)
	}
	if _, ok, err := r.find("111", "@a"); !ok || err != nil {
		t.Errorf("the last message is not there, %v", err)
	}
	if _, ok, err := r.find("100", "@a"); ok || err != nil {
		t.Errorf("what is old was kept, %v", err)
	}
	for _, path := range []string{r.path, r.old()} {
		if info, err := os.Stat(path); err == nil && info.Size() > 2*maxRecent {
			t.Errorf("%s has %d bytes", path, info.Size())
		}
	}
	if err := r.remove(); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(r.path + "*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
