package wxclient

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/webwx/webwx"
)

func key(val int) webwx.SyncKey {
	return webwx.NewSyncKey(webwx.SyncKeyItem{Key: 1, Val: 5}, webwx.SyncKeyItem{Key: 2, Val: val})
}

func open(t *testing.T, path string) *FilePosition {
	t.Helper()
	p, err := OpenPosition(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// fill takes ids and moves on, failing the test on an error.
func fill(t *testing.T, p *FilePosition, account, login string, val int, ids ...string) {
	t.Helper()
	_, err := p.Start(account, login)
	for _, id := range ids {
		err = errors.Join(err, p.Take(id))
	}
	if err = errors.Join(err, p.Advance(key(val))); err != nil {
		t.Fatal(err)
	}
}

func TestPositionSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "me.pos")
	p := open(t, path)
	if k, err := p.Start("account", "one"); !k.Empty() || err != nil {
		t.Errorf("new position has key %v, error %v", k, err)
	}
	fill(t, p, "account", "one", 7, "1", "2", "2", "a b")
	checkPrivateFile(t, path)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Take("3"); err == nil {
		t.Error("a closed position takes")
	}

	p = open(t, path)
	if k, err := p.Start("account", "one"); k.String() != key(7).String() || err != nil {
		t.Errorf("key %v, error %v", k, err)
	}
	if !p.Seen("1") || !p.Seen("2") || p.Seen("3") || p.Seen("a") {
		t.Error("other ids than were taken")
	}
	// A new login of the account starts anew, but its messages keep their ids.
	if k, err := p.Start("account", "two"); !k.Empty() || !p.Seen("1") || err != nil {
		t.Errorf("next login: key %v, seen %v, error %v", k, p.Seen("1"), err)
	}
	p.Close()
	p = open(t, path)
	if k, err := p.Start("other", "one"); !k.Empty() || p.Seen("1") || err != nil {
		t.Errorf("other account: key %v, seen %v, error %v", k, p.Seen("1"), err)
	}
}

func TestPositionToleratesTornJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "me.pos")
	p := open(t, path)
	fill(t, p, "a", "l", 7, "11", "12", "13")
	p.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Taken ids are lost only from the end, and no id is made up.
	for n := range len(whole) {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := OpenPosition(path)
		if err != nil {
			t.Fatalf("cut after %d bytes: %v", n, err)
		}
		if p.Seen("1") || p.Seen("12") && !p.Seen("11") || p.Seen("13") && !p.Seen("12") {
			t.Errorf("cut after %d bytes: ids %v", n, p.taken.ids)
		}
		p.Close()
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(whole), "m 12", "\x00\x00\x00\x00", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if p := open(t, path); !p.Seen("11") || !p.Seen("13") {
		t.Error("a spoilt line spoils others")
	}
}

// An id from a hostile service cannot write lines of its own into the journal, and
// a key that no service is known to give is kept all the same.
func TestPositionKeepsOddThings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "me.pos")
	p := open(t, path)
	wide := webwx.SyncKey{}
	for i := range 100 {
		wide.List = append(wide.List, webwx.SyncKeyItem{Key: i, Val: 1<<40 + i})
	}
	wide.Count = len(wide.List)
	_, err := p.Start("a", "l")
	if err = errors.Join(err, p.Advance(wide), p.Take("x\nlogin evil evil"), p.Take(strings.Repeat("9", maxIDLength+1)), p.Take("1"), p.rewrite()); err != nil {
		t.Fatal(err)
	}
	if !p.Seen("x\nlogin evil evil") {
		t.Error("an odd id is not remembered while the program runs")
	}
	p.Close()
	p = open(t, path)
	if key, err := p.Start("a", "l"); key.String() != wide.String() || key.Count != 100 || err != nil {
		t.Errorf("key %v, error %v", key, err)
	}
	if !p.Seen("1") || len(p.taken.ids) != 1 {
		t.Errorf("ids %q", p.taken.ids)
	}
}

func TestPositionRefusesOtherFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "me.pos")
	const text = "webwx position 2\nsomething new\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenPosition(path); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("error %v", err)
	}
	if now, err := os.ReadFile(path); string(now) != text {
		t.Errorf("file is now %q, error %v", now, err)
	}
}

func TestPositionIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "me.pos")
	p := open(t, path)
	if _, err := p.Start("a", "l"); err != nil {
		t.Fatal(err)
	}
	const n = 100_000
	for i := range n {
		if err := p.Take(fmt.Sprintf("7000000000000%06d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Size() > maxJournal+1000 {
		t.Errorf("journal of %d bytes, error %v", info.Size(), err)
	}
	p.Close()
	p = open(t, path)
	if len(p.taken.ids) != maxTaken || !p.Seen(fmt.Sprintf("7000000000000%06d", n-maxTaken)) || p.Seen(fmt.Sprintf("7000000000000%06d", n-maxTaken-1)) {
		t.Errorf("%d ids remembered", len(p.taken.ids))
	}
}

func TestPositionBelongsToOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "me.pos")
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), "WXCLIENT_HOLD_POSITION="+path)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	said, err := bufio.NewReader(out).ReadString('\n')
	if said != "held <nil>\n" || err != nil {
		t.Fatalf("the other process says %q, error %v", said, err)
	}
	_, err = OpenPosition(path)
	held, ok := errors.AsType[*LockedError](err)
	if !ok || held.PID != other.Process.Pid || !strings.Contains(err.Error(), fmt.Sprint("process ", other.Process.Pid)) {
		t.Errorf("error %v, want one that names process %d", err, other.Process.Pid)
	}
	// It is killed in the middle: the lock is free, and what it took is known.
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	other.Wait() // the error says that it was killed
	p := open(t, path)
	if !p.Seen("0") || !p.Seen("2") {
		t.Error("taken messages were lost with their process")
	}
	_, err = OpenPosition(path)
	if held, ok = errors.AsType[*LockedError](err); !ok || held.PID != os.Getpid() {
		t.Errorf("second one in this process: %v", err)
	}
}

func TestRing(t *testing.T) {
	r := newRing(3)
	for _, id := range []string{"a", "b", "a", "", "c", "d", "e"} {
		r.add(id)
	}
	got := ""
	r.all(func(id string) { got += id })
	if got != "cde" || r.has("a") || r.has("b") || r.has("") || !r.has("c") {
		t.Errorf("ring holds %q", got)
	}
}
