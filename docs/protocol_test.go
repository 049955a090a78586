package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every endpoint and every kind of message has a row in protocol.md, and what the
// rows name exists: handlers, client methods, commands, tests.
func TestProtocolTable(t *testing.T) {
	endpoints := tableOf(t, "protocol.md", "## Endpoints")
	kinds := tableOf(t, "protocol.md", "## Messages")
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^## (\d+)\. (.+)$`).FindAllStringSubmatch(pageText(t, "reference/endpoints.md"), -1) {
		want = append(want, m[1])
	}
	if got := firstColumn(endpoints); !slices.Equal(got, want) {
		t.Errorf("endpoints in the table: %q, want the sections %q of reference/endpoints.md", got, want)
	}
	if got, want := firstColumn(kinds), contentKinds(t); !slices.Equal(got, want) {
		t.Errorf("kinds in the table: %q, want %q", got, want)
	}
	server := methodsIn(t, "../wxserver")
	client := methodsIn(t, "../wxclient", "../wxphone")
	tests := testsIn(t, "..")
	command := builtCommand(t)
	for _, row := range slices.Concat(endpoints, kinds) {
		for column, cell := range row {
			for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
				name := m[1]
				switch {
				case strings.HasPrefix(name, "Test"):
					if !tests[name] {
						t.Errorf("row %s names the test %s, which does not exist", row[0], name)
					}
				case strings.HasPrefix(name, "webwx "):
					if out, err := exec.Command(command, append(strings.Fields(name)[1:], "--help")...).CombinedOutput(); err != nil {
						t.Errorf("row %s names %q: %v: %.200s", row[0], name, err, out)
					}
				case strings.HasPrefix(name, "Client."), strings.HasPrefix(name, "Phone."):
					if !client[name] {
						t.Errorf("row %s names %s, which does not exist", row[0], name)
					}
				case strings.HasPrefix(name, "Server."):
					if !server[name] {
						t.Errorf("row %s names %s, which does not exist", row[0], name)
					}
				case column > 1:
					t.Errorf("row %s names %q, which is nothing known", row[0], name)
				}
			}
			if strings.TrimSpace(cell) == "" {
				t.Errorf("row %s has an empty cell: say – and why", row[0])
			}
		}
		if !strings.Contains(row[len(row)-1], "`Test") {
			t.Errorf("row %s names no test", row[0])
		}
	}
}

// tableOf returns the rows of the table that follows a heading, without its head.
func tableOf(t *testing.T, page, heading string) [][]string {
	t.Helper()
	_, rest, ok := strings.Cut(pageText(t, page), heading+"\n")
	if !ok {
		t.Fatalf("%s has no heading %q", page, heading)
	}
	var rows [][]string
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "## ") {
			break
		}
		if cells, ok := strings.CutPrefix(line, "|"); ok {
			rows = append(rows, strings.Split(strings.TrimSuffix(cells, "|"), "|"))
		}
	}
	if len(rows) < 3 {
		t.Fatalf("%s: no table after %q", page, heading)
	}
	for _, row := range rows {
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
	}
	return rows[2:]
}

func firstColumn(rows [][]string) []string {
	var first []string
	for _, row := range rows {
		first = append(first, row[0])
	}
	return first
}

// contentKinds are the values of the constants of type webwx.ContentKind, in
// their order.
func contentKinds(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../content.go")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, m := range regexp.MustCompile(`(?m)^\tContent\w+\s+ContentKind = "(\w+)"`).FindAllStringSubmatch(string(text), -1) {
		kinds = append(kinds, m[1])
	}
	return kinds
}

// methodsIn returns the methods of folders as "Type.Name".
func methodsIn(t *testing.T, folders ...string) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range parsed.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil {
					found[receiver(f)+"."+f.Name.Name] = true
				}
			}
		}
	}
	return found
}

func receiver(f *ast.FuncDecl) string {
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if id, ok := typ.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// testsIn returns the names of all tests below a folder.
func testsIn(t *testing.T, root string) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	test := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range test.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// builtCommand builds the command and returns its path.
func builtCommand(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "webwx")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "../cmd/webwx").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}
