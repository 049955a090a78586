package sqlengine_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/sqlengine"
)

// wantOpenError opens a folder, which must fail with want and say what contains.
func wantOpenError(t *testing.T, dir string, want error, contains ...string) {
	t.Helper()
	e, err := sqlengine.Open(t.Context(), dir, sqlengine.Options{})
	if err == nil {
		e.Close()
		t.Fatal("Open has succeeded")
	}
	if want != nil && !errors.Is(err, want) {
		t.Errorf("Open = %v, want %v", err, want)
	}
	for _, s := range append(contains, dir) {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("Open = %q, want it to say %q", err, s)
		}
	}
}

func TestOpenLockedByOther(t *testing.T) {
	dir := t.TempDir()
	cmd := child(t, "hold", dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	lines := start(t, cmd)
	if !lines.Scan() || lines.Text() != "open" {
		t.Fatalf("child: %q, %v", lines.Text(), lines.Err())
	}
	wantOpenError(t, dir, sqlengine.ErrLocked, fmt.Sprintf("process %d ", cmd.Process.Pid), "hint: ")
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	open(t, dir).Close()
}

func TestOpenLockedByUs(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir)
	wantOpenError(t, dir, sqlengine.ErrLocked, fmt.Sprintf("process %d ", os.Getpid()))
	if err := commitOne(e, 1); err != nil { // as if nothing had been
		t.Error(err)
	}
	e.Close()
	open(t, dir).Close()
}

func commitOne(e wxserver.Engine, id int64) error {
	_, err := e.Commit(context.Background(), &wxserver.Batch{Posts: []wxserver.Post{{ID: id, Body: []byte("x"), Boxes: []wxserver.Box{1}}}})
	return err
}

func TestOpenNewer(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir)
	if err := e.Exec(`PRAGMA user_version = 7`); err != nil {
		t.Fatal(err)
	}
	e.Close()
	wantOpenError(t, dir, sqlengine.ErrNewer, "made by a newer webwx (schema 7, this program knows 1)")
}

func TestOpenOtherProgram(t *testing.T) {
	dir := t.TempDir()
	db := sqlengine.OpenSQLite(filepath.Join(dir, "webwx.db"))
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE theirs (x)`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	wantOpenError(t, dir, sqlengine.ErrDamaged, "another program")
}

func TestOpenDamaged(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "webwx.db"), []byte(strings.Repeat("not a database. ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	wantOpenError(t, dir, sqlengine.ErrDamaged, "hint: ")
}

// TestDamagedLater spoils pages in the middle: reads and commits that need them
// fail, and say why.
func TestDamagedLater(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir)
	for i := range int64(200) {
		b := message(i + 1)
		b.Docs = []wxserver.Write{{Key: fmt.Sprint(i), Value: body}}
		if _, err := e.Commit(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	e.Close()
	file := filepath.Join(dir, "webwx.db")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(data); i++ {
		data[i] = 0xa5
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	e, err = sqlengine.Open(t.Context(), dir, sqlengine.Options{})
	if err == nil {
		defer e.Close()
		err = commitOne(e, 1000)
		if _, rerr := e.Read(t.Context(), 5, 0, 10); !errors.Is(rerr, sqlengine.ErrDamaged) {
			t.Errorf("Read = %v, want %v", rerr, sqlengine.ErrDamaged)
		}
	}
	if !errors.Is(err, sqlengine.ErrDamaged) {
		t.Errorf("error = %v, want %v", err, sqlengine.ErrDamaged)
	}
}

func TestOpenOddName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b c%20#é 中", "d&e=f;'")
	if runtime.GOOS != "windows" {
		dir += "?x\"\\"
	}
	e := open(t, dir)
	if err := commitOne(e, 1); err != nil {
		t.Error(err)
	}
	e.Close()
	if _, err := os.Stat(filepath.Join(dir, "webwx.db")); err != nil {
		t.Error(err)
	}
	e = open(t, dir)
	defer e.Close()
	if err := commitOne(e, 1); !errors.Is(err, wxserver.ErrConflict) {
		t.Errorf("the same id again = %v, want %v", err, wxserver.ErrConflict)
	}
}

// TestModes checks that nothing in the folder can be read by others.
func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("modes mean nothing on Windows")
		return
	}
	dir := filepath.Join(t.TempDir(), "data")
	e := open(t, dir)
	defer e.Close()
	if err := commitOne(e, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := e.PutBlob(t.Context(), strings.NewReader("x"), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlengine.ServerKey(dir); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %#o, want %#o", path, got, want)
		}
		files++
		return nil
	})
	if err != nil || files < 9 {
		t.Errorf("%d files, %v", files, err)
	}
}

func TestMigrate(t *testing.T) {
	db := sqlengine.OpenSQLite(filepath.Join(t.TempDir(), "x.db"))
	defer db.Close()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	one, two := `CREATE TABLE a (x INTEGER);`, `ALTER TABLE a ADD COLUMN y INTEGER; INSERT INTO a VALUES (1, 2);`
	for _, versions := range [][]string{{one}, {one}, {one, two}, {one, two}} {
		if err := sqlengine.Migrate(t.Context(), c, versions); err != nil {
			t.Fatal(err)
		}
	}
	// A step that fails half-way leaves nothing behind.
	bad := `INSERT INTO a VALUES (3, 4); CREATE TABLE a (again);`
	if err := sqlengine.Migrate(t.Context(), c, []string{one, two, bad}); err == nil {
		t.Error("a bad step has succeeded")
	}
	var rows, version int
	if err := c.QueryRowContext(t.Context(), `SELECT count(*) FROM a`).Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d rows, %v, want 1", rows, err)
	}
	if err := c.QueryRowContext(t.Context(), `PRAGMA user_version`).Scan(&version); err != nil || version != 2 {
		t.Errorf("version %d, %v, want 2", version, err)
	}
	if err := sqlengine.Migrate(t.Context(), c, []string{one}); !errors.Is(err, sqlengine.ErrNewer) {
		t.Errorf("Migrate to less = %v, want %v", err, sqlengine.ErrNewer)
	}
}
