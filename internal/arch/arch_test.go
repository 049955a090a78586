package arch

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/webwx/webwx"

// row is what one package may import.
type row struct {
	pkg string   // folder in the module; "." is the root, * stands for one element
	may []string // of ours, in the same form
	std bool     // nothing of others: only the standard library and ours
	why string
}

// table has every package. The arrows bind all files but tests; a test may
// import anything except a command.
var table = []row{
	{
		pkg: ".", std: true,
		why: "the words of the protocol, which everybody shares, so they depend on nobody",
	},
	{
		pkg: "internal/wire", may: []string{"."}, std: true,
		why: "how the words travel; client and server both read it, so it knows neither",
	},
	{
		pkg: "wxclient", may: []string{".", "internal/wire"}, std: true,
		why: "a robot's build must never see the server, a database or a third party",
	},
	{
		pkg: "wxphone", may: []string{".", "wxclient", "internal/wire"}, std: true,
		why: "the phone speaks the protocol through the client; its own calls are lines of the wire table, like all others",
	},
	{
		pkg: "wxserver", may: []string{".", "internal/wire", "internal/pinyin", "wxqr"},
		why: "the client's sibling: both follow the wire, neither follows the other",
	},
	{
		pkg: "wxserver/memengine", may: []string{"wxserver"},
		why: "an engine implements what the server asks for and knows no protocol",
	},
	{
		pkg: "wxserver/sqlengine", may: []string{"wxserver"},
		why: "the same",
	},
	{
		pkg: "wxserver/enginetest", may: []string{"wxserver"},
		why: "the contract speaks of the interface, so that it fits any engine",
	},
	{
		pkg: "wxserver/faults", may: []string{"wxserver"},
		why: "spoils replies from outside, as a network would",
	},
	{
		pkg: "robot", may: []string{"."}, std: true,
		why: "names what it needs as an interface, so that a robot is tested without a network",
	},
	{
		pkg: "robot/durable", may: []string{".", "robot"},
		why: "its database stays out of robots that do not ask for it",
	},
	{
		pkg: "robot/otel", may: []string{".", "robot"},
		why: "the same for tracing",
	},
	{
		pkg: "archive", may: []string{".", "robot", "wxclient"},
		why: "keeps what a client or a robot has received; knows no server",
	},
	{
		pkg: "gateway", may: []string{".", "robot", "wxclient", "archive"},
		why: "other languages see what a client sees",
	},
	{
		pkg: "internal/tui", may: []string{".", "robot", "wxclient", "archive"},
		why: "a person sees what a client sees",
	},
	{
		pkg: "wxqr",
		why: "QR codes carry any text, and must be usable without the rest",
	},
	{
		pkg: "internal/pinyin",
		why: "spelling is not the protocol's matter",
	},
	{
		pkg: "internal/memnet", std: true,
		why: "a network carries bytes",
	},
	{
		pkg: "internal/intercept",
		why: "stands between programs that it does not know",
	},
	{
		pkg: "web",
		why: "the browser app speaks the protocol over HTTP only; here are its files",
	},
	{
		pkg: "wxtest", may: []string{".", "wxclient", "wxphone", "wxserver", "wxserver/memengine", "wxserver/faults", "internal/memnet"},
		why: "a whole world for tests of others, without sockets",
	},
	{
		pkg: "cmd/webwx", may: []string{
			".", "wxclient", "wxphone", "wxserver", "wxserver/*", "robot", "robot/*", "archive", "gateway",
			"wxqr", "web", "internal/pinyin", "internal/memnet", "internal/tui", "internal/intercept",
		},
		why: "puts everything together, by the doors that users have: no wire, no test kit",
	},
	{
		pkg: "internal/history", std: true,
		why: "judges what clients saw, whoever they were",
	},
	{
		pkg: "internal/crash", std: true,
		why: "tests only: it runs the command as people do",
	},
	{
		pkg: "interop", std: true,
		why: "tests only: others' programs come to the command as they do at home",
	},
	{
		pkg: "docs", std: true,
		why: "pages for people; only tests, which run what the pages say",
	},
	{
		pkg: "internal/arch", std: true,
		why: "this test",
	},
}

func TestArrows(t *testing.T) {
	for _, f := range goFiles(t) {
		r, known := find(f.pkg)
		if !known {
			t.Errorf("%s: package %s has no row in the table of internal/arch", f.name, f.pkg)
			continue
		}
		for _, target := range f.imports {
			if complaint := f.complaint(r, target); complaint != "" {
				t.Errorf("%s imports %s: %s", f.name, target, complaint)
			}
		}
	}
}

// complaint says what is wrong with an import of f, or nothing.
func (f file) complaint(r row, target string) string {
	ours, isOurs := folder(target)
	switch {
	case isOurs && strings.HasPrefix(ours, "cmd/"):
		return "nobody imports a command"
	case f.test || isOurs && ours == f.pkg:
		return ""
	case isOurs && !matches(r.may, ours):
		return fmt.Sprintf("%s may import %q of ours (%s)", r.pkg, r.may, r.why)
	case !isOurs && r.std && strings.Contains(strings.Split(target, "/")[0], "."):
		return fmt.Sprintf("%s may import the standard library only (%s)", r.pkg, r.why)
	}
	return ""
}

func TestTableIsWellFormed(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range table {
		if seen[r.pkg] {
			t.Errorf("%s has two rows", r.pkg)
		}
		seen[r.pkg] = true
		if r.why == "" {
			t.Errorf("%s: no reason given", r.pkg)
		}
		for _, target := range r.may {
			if !slices.ContainsFunc(table, func(r row) bool { return matches([]string{target}, r.pkg) }) {
				t.Errorf("%s may import %s, which has no row", r.pkg, target)
			}
		}
	}
}

// A rule that nothing can break is no rule.
func TestComplaints(t *testing.T) {
	const ours = module + "/"
	for _, c := range []struct {
		why, pkg, imports string
		test, wrong       bool
	}{
		{"down an arrow", "wxserver", ours + "internal/wire", false, false},
		{"the root", "robot", module, false, false},
		{"the sibling", "wxserver", ours + "wxclient", false, true},
		{"up an arrow", "internal/wire", ours + "wxclient", false, true},
		{"the root up an arrow", ".", ours + "internal/wire", false, true},
		{"the sibling, in a test", "wxclient", ours + "wxserver", true, false},
		{"a command, in a test", "wxclient", ours + "cmd/webwx", true, true},
		{"the wire from the command", "cmd/webwx", ours + "internal/wire", false, true},
		{"any engine from the command", "cmd/webwx", ours + "wxserver/sqlengine", false, false},
		{"the standard library", "wxclient", "net/http", false, false},
		{"a third party where none may be", "wxclient", "github.com/google/uuid", false, true},
		{"a third party elsewhere", "wxqr", "rsc.io/qr", false, false},
		{"a module whose name begins like ours", "wxclient", module + "x/y", false, true},
	} {
		r, _ := find(c.pkg)
		got := file{pkg: c.pkg, test: c.test}.complaint(r, c.imports)
		if (got != "") != c.wrong {
			t.Errorf("%s: complaint %q, want one: %v", c.why, got, c.wrong)
		}
	}
}

func TestNoRoomForEverything(t *testing.T) {
	bad := []string{"util", "utils", "common", "types", "helpers", "helper", "misc", "base", "lib"}
	for _, f := range goFiles(t) {
		for element := range strings.SplitSeq(path.Dir(f.name)+"/"+f.clause, "/") {
			if slices.Contains(bad, strings.TrimSuffix(element, "_test")) {
				t.Errorf("%s: %s says nothing about what is inside", f.name, element)
			}
		}
	}
}

func TestNothingLeftToDo(t *testing.T) {
	mark := regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b`)
	for _, f := range goFiles(t) {
		for _, comment := range f.comments {
			if found := mark.FindString(comment); found != "" {
				t.Errorf("%s: a comment says %s: do it, or file an issue", f.name, found)
			}
		}
	}
}

// file is what the tests look at in a Go file.
type file struct {
	name     string // from the root of the module
	pkg      string // its folder, "." for the root
	clause   string // name in its package clause
	test     bool
	imports  []string
	comments []string
}

// goFiles parses all files of the module, for whatever system and build tag.
func goFiles(t *testing.T) []file {
	t.Helper()
	root := filepath.Join("..", "..")
	var files []file
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && skipped(root, name):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		f, err := parse(root, name)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 3 {
		t.Fatalf("found %d Go files in %s", len(files), root)
	}
	return files
}

// skipped reports whether the go command does not look into a folder either.
func skipped(root, name string) bool {
	base := path.Base(name)
	_, err := os.Stat(filepath.Join(root, name, "go.mod"))
	return err == nil || base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
}

func parse(root, name string) (file, error) {
	src, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, filepath.FromSlash(name)), nil, parser.ParseComments)
	if err != nil {
		return file{}, err
	}
	f := file{name: name, pkg: path.Dir(name), clause: src.Name.Name, test: strings.HasSuffix(name, "_test.go")}
	for _, spec := range src.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return file{}, fmt.Errorf("%s: %w", name, err)
		}
		f.imports = append(f.imports, target)
	}
	for _, group := range src.Comments {
		f.comments = append(f.comments, group.Text())
	}
	return f, nil
}

// folder returns the folder of an imported package if it is ours.
func folder(target string) (string, bool) {
	if target == module {
		return ".", true
	}
	return strings.CutPrefix(target, module+"/")
}

func find(pkg string) (row, bool) {
	i := slices.IndexFunc(table, func(r row) bool { return r.pkg == pkg })
	if i < 0 {
		return row{}, false
	}
	return table[i], true
}

func matches(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, err := path.Match(pattern, pkg)
		return err == nil && ok
	})
}
