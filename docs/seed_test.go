package docs_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A number names a fact of the checklist: 5.14 is {5, 14}.
type number struct{ step, fact int }

func (n number) String() string { return fmt.Sprintf("%d.%d", n.step, n.fact) }

func compare(a, b number) int {
	return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(a.fact, b.fact))
}

// A fact is one number of the checklist and which sides have to do something.
type fact struct {
	number
	client, server bool
}

const numbers = 178

// Every fact of the checklist has a test on each side that has something to do,
// and seed.md lists them.
func TestSeedTable(t *testing.T) {
	facts := factsOf(t)
	if got := len(facts); got != numbers {
		t.Fatalf("the checklist has %d numbers, want %d", got, numbers)
	}
	if total := fmt.Sprintf("= %d numbered facts", numbers); !strings.Contains(pageText(t, "reference/seed-checklist.md"), total) {
		t.Errorf("the checklist does not say %q", total)
	}
	client := labelsIn(t, "../wxclient", true)
	server := labelsIn(t, "../wxserver", false)
	known := make(map[number]bool)
	var noClient, noServer []string
	var table strings.Builder
	table.WriteString("| No | Client | Server |\n|---|---|---|\n")
	for _, f := range facts {
		known[f.number] = true
		if f.server && len(server[f.number]) == 0 {
			noServer = append(noServer, f.String())
		}
		if f.client && len(client[f.number]) == 0 {
			noClient = append(noClient, f.String())
		}
		fmt.Fprintf(&table, "| %s | %s | %s |\n", f, cell(client[f.number]), cell(server[f.number]))
	}
	if len(noServer) > 0 {
		t.Errorf("no test of wxserver has a label for S %s", strings.Join(noServer, ", "))
	}
	if len(noClient) > 0 {
		t.Errorf("no test of wxclient has a label for S %s", strings.Join(noClient, ", "))
	}
	for side, labels := range map[string]map[number][]string{"wxclient": client, "wxserver": server} {
		for n, tests := range labels {
			if !known[n] {
				t.Errorf("%s: %v has the label S %s, which is no number of the checklist", side, tests, n)
			}
		}
	}

	const begin, end = "<!-- begin of the table -->\n", "<!-- end of the table -->"
	page := pageText(t, "seed.md")
	head, rest, ok := strings.Cut(page, begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("seed.md has no place for the table")
	}
	want := head + begin + table.String() + end + tail
	switch {
	case page == want:
	case *update:
		if err := os.WriteFile("seed.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("the table of seed.md is not in step: go test ./docs -run TestSeedTable -update")
	}
}

func cell(tests []string) string {
	if len(tests) == 0 {
		return "–"
	}
	return "`" + strings.Join(tests, "` `") + "`"
}

var row = regexp.MustCompile(`^\| (\d+\.\d+)(?:–(\d+\.\d+))? \|`)

// factsOf reads the checklist, in which a row may stand for a range of numbers.
func factsOf(t *testing.T) []fact {
	t.Helper()
	var facts []fact
	for line := range strings.Lines(pageText(t, "reference/seed-checklist.md")) {
		m := row.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 6 {
			t.Errorf("row %s has %d cells, want number, fact, C and S", m[1], len(cells)-2)
			continue
		}
		something := func(cell string) bool { return strings.Trim(cell, " –") != "" }
		for _, n := range expand(t, m[1], m[2]) {
			facts = append(facts, fact{n, something(cells[3]), something(cells[4])})
		}
	}
	if !slices.IsSortedFunc(facts, func(a, b fact) int { return compare(a.number, b.number) }) {
		t.Error("the numbers of the checklist are not in order")
	}
	return facts
}

// expand lists the numbers from first to last; without a last there is one.
func expand(t *testing.T, first, last string) []number {
	t.Helper()
	from, to := parseNumber(t, first), parseNumber(t, cmp.Or(last, first))
	if from.step != to.step || from.fact > to.fact {
		t.Fatalf("%s–%s is no range", first, last)
	}
	var out []number
	for i := from.fact; i <= to.fact; i++ {
		out = append(out, number{from.step, i})
	}
	return out
}

func parseNumber(t *testing.T, text string) number {
	t.Helper()
	step, fact, _ := strings.Cut(text, ".")
	a, err := strconv.Atoi(step)
	if err != nil {
		t.Fatal(err)
	}
	b, err := strconv.Atoi(fact)
	if err != nil {
		t.Fatal(err)
	}
	return number{a, b}
}

var label = regexp.MustCompile(`\bS (\d+\.\d+)(?:[–-](\d+\.\d+))?`)

// labelsIn returns which tests of a package reach which labels. A label stands in
// a text, where it is printed; loose also takes comments and ranges.
func labelsIn(t *testing.T, dir string, loose bool) map[number][]string {
	t.Helper()
	decls := declsOf(t, dir)
	found := make(map[number]map[string]bool)
	for _, d := range decls {
		tests := testsThatReach(decls, d)
		texts := d.texts
		if loose {
			texts = slices.Concat(d.texts, d.comments)
		}
		for _, text := range texts {
			for _, m := range label.FindAllStringSubmatch(text, -1) {
				if m[2] != "" && !loose {
					t.Errorf("%s: the label %q names a range: each number has its own", dir, m[0])
				}
				for _, n := range expand(t, m[1], m[2]) {
					if found[n] == nil {
						found[n] = make(map[string]bool)
					}
					for _, name := range tests {
						found[n][name] = true
					}
				}
			}
		}
	}
	labels := make(map[number][]string)
	for n, tests := range found {
		labels[n] = slices.Sorted(maps.Keys(tests))
	}
	return labels
}

// A decl is a declaration of a test file: the names it has and the names it uses.
type decl struct {
	names, uses     []string
	texts, comments []string
	test            bool
}

func declsOf(t *testing.T, dir string) []*decl {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %s: %v", dir, err)
	}
	var decls []*decl
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, node := range file.Decls {
			decls = append(decls, declOf(file, node))
		}
	}
	return decls
}

func declOf(file *ast.File, node ast.Decl) *decl {
	d := new(decl)
	start := node.Pos()
	switch node := node.(type) {
	case *ast.FuncDecl:
		d.names = []string{node.Name.Name}
		d.test = node.Recv == nil && regexp.MustCompile(`^(Test|Fuzz|Example)`).MatchString(node.Name.Name)
		if node.Doc != nil {
			start = node.Doc.Pos()
		}
	case *ast.GenDecl:
		if node.Doc != nil {
			start = node.Doc.Pos()
		}
		for _, spec := range node.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					d.names = append(d.names, name.Name)
				}
			case *ast.TypeSpec:
				d.names = append(d.names, spec.Name.Name)
			}
		}
	}
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			d.uses = append(d.uses, n.Name)
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil {
				d.texts = append(d.texts, text)
			}
		}
		return true
	})
	for _, c := range file.Comments {
		if start <= c.Pos() && c.Pos() <= node.End() {
			d.comments = append(d.comments, c.Text())
		}
	}
	return d
}

// testsThatReach returns the tests that use d, be it through others.
func testsThatReach(decls []*decl, d *decl) []string {
	reached := map[*decl]bool{d: true}
	for queue := []*decl{d}; len(queue) > 0; queue = queue[1:] {
		for _, user := range decls {
			uses := func(name string) bool { return slices.Contains(user.uses, name) }
			if !reached[user] && !queue[0].test && slices.ContainsFunc(queue[0].names, uses) {
				reached[user] = true
				queue = append(queue, user)
			}
		}
	}
	var tests []string
	for user := range reached {
		if user.test {
			tests = append(tests, user.names...)
		}
	}
	return tests
}
