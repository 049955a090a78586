package wxclient

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/webwx/webwx"
)

// FilePosition is a [Position] in a file. It belongs to one process at a time: a
// lock on FILE.lock beside it, which the system takes back when the process
// dies, keeps others out.
//
// The file is a journal of lines that is rewritten when it is opened and when it
// has grown. Each taken message is one write before Take returns, so it survives
// the end of the process, however sudden. It is not forced to the disk one by
// one: after a power cut the last messages may come again, none is lost.
type FilePosition struct {
	path string
	lock *os.File

	mu   sync.Mutex
	file *os.File
	size int64
	line []byte // reused
	err  error  // the first failure; the journal is unsure from there on
	place
}

// The journal: a title, then lines of a word and its values.
const (
	journalTitle = "webwx position 1"
	loginWord    = "login" // account and login
	keyWord      = "key"   // as in synccheck
	takenWord    = "m"     // id
	maxJournal   = 1 << 20
	maxIDLength  = 64
)

// LockedError says that another process holds a position.
type LockedError struct {
	// Path names the position's file.
	Path string
	// PID is the process that holds it, 0 if it did not say.
	PID int
}

// Error names the file and the process.
func (e *LockedError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = "process " + strconv.Itoa(e.PID)
	}
	return fmt.Sprintf("%s is held by %s, which syncs this session", e.Path, who)
}

// OpenPosition opens the position in the file at path, and makes it if it is not
// there. The error is a *[LockedError] if another process has it open.
func OpenPosition(path string) (*FilePosition, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	lock, err := acquire(path)
	if err != nil {
		return nil, err
	}
	p := &FilePosition{path: path, lock: lock, place: newPlace()}
	text, err := os.ReadFile(path)
	if err == nil {
		err = p.read(text)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = p.rewrite()
	}
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("position %s: %w", path, err)
	}
	return p, nil
}

// acquire takes the lock of the position at path, or says who has it.
func acquire(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	held, err := lockFile(f)
	if held {
		text, _ := io.ReadAll(io.LimitReader(f, 32)) // best effort: it may be empty yet
		pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
		err = &LockedError{Path: path, PID: pid}
	}
	if err == nil {
		pid := strconv.Itoa(os.Getpid()) + "\n"
		err = errors.Join(f.Truncate(0), writeAt(f, pid))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// read takes in a journal. Its last line counts only with its end, and lines that
// say nothing are passed over: a power cut may leave such.
func (p *FilePosition) read(text []byte) error {
	title, text, _ := bytes.Cut(text, []byte("\n"))
	if len(title) > 0 && string(title) != journalTitle {
		if strings.HasPrefix(journalTitle, string(title)) {
			return nil // torn while it was made
		}
		return fmt.Errorf("not a position, or one of a newer program: begins with %.40q", title)
	}
	for {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			return nil
		}
		p.readLine(string(line))
		text = rest
	}
}

func (p *FilePosition) readLine(line string) {
	word, value, _ := strings.Cut(line, " ")
	switch word {
	case loginWord:
		if account, login, ok := strings.Cut(value, " "); ok {
			p.start(account, login)
		}
	case keyWord:
		if key, ok := readKey(value); ok {
			p.key = key
		}
	case takenWord:
		if writable(value) {
			p.taken.add(value)
		}
	}
}

// readKey reads the form that [webwx.SyncKey.String] writes. Unlike
// [webwx.ParseSyncKey] it sets no bounds: a key that a service gave must not get
// lost, since what came after it would then.
func readKey(text string) (key webwx.SyncKey, ok bool) {
	for part := range strings.SplitSeq(text, "|") {
		name, val, _ := strings.Cut(part, "_")
		k, errKey := strconv.Atoi(name)
		v, errVal := strconv.Atoi(val)
		if errKey != nil || errVal != nil {
			return webwx.SyncKey{}, false
		}
		key.List = append(key.List, webwx.SyncKeyItem{Key: k, Val: v})
	}
	key.Count = len(key.List)
	return key, true
}

// rewrite replaces the journal by the shortest one that says the same.
func (p *FilePosition) rewrite() error {
	b := append([]byte(journalTitle), '\n')
	if p.login != "" {
		b = fmt.Appendf(b, "%s %s %s\n", loginWord, p.account, p.login)
	}
	if !p.key.Empty() {
		b = fmt.Appendf(b, "%s %s\n", keyWord, p.key)
	}
	p.taken.all(func(id string) {
		if writable(id) {
			b = fmt.Appendf(b, "%s %s\n", takenWord, id)
		}
	})
	if p.file != nil {
		if err := p.file.Close(); err != nil {
			return err
		}
		p.file = nil
	}
	if err := replaceFile(p.path, b); err != nil {
		return err
	}
	f, err := os.OpenFile(p.path, os.O_WRONLY|os.O_APPEND, 0o600)
	p.file, p.size = f, int64(len(b))
	return err
}

// put writes one line. After a failure the end of the journal is unknown, so
// nothing is written any more.
func (p *FilePosition) put(word, value string) error {
	if p.err != nil {
		return p.err
	}
	p.line = append(append(append(append(p.line[:0], word...), ' '), value...), '\n')
	n, err := p.file.Write(p.line)
	p.size += int64(n)
	if err == nil && p.size > maxJournal {
		err = p.rewrite()
	}
	p.err = err
	return err
}

// Start binds the position to a login.
func (p *FilePosition) Start(account, login string) (webwx.SyncKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.start(account, login) {
		return webwx.SyncKey{}, p.put(loginWord, account+" "+login)
	}
	return p.key, p.err
}

// Seen reports whether the message with this id was taken.
func (p *FilePosition) Seen(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken.has(id)
}

// Take writes down that the message with this id was taken. An id that is too
// long or has blanks is none of the service's and only remembered.
func (p *FilePosition) Take(id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.taken.add(id) || !writable(id) {
		return p.err
	}
	return p.put(takenWord, id)
}

// writable reports whether id can stand in the journal without spoiling it.
func writable(id string) bool {
	return len(id) <= maxIDLength && !strings.ContainsAny(id, " \r\n")
}

// Advance writes down that everything before key was taken.
func (p *FilePosition) Advance(key webwx.SyncKey) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := key.String()
	if text == p.key.String() {
		return p.err
	}
	p.key = key
	return p.put(keyWord, text)
}

// Close writes everything to the disk and lets others open the position.
func (p *FilePosition) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lock == nil {
		return nil
	}
	var err error
	if p.file != nil {
		err = errors.Join(p.file.Sync(), p.file.Close())
	}
	err = errors.Join(err, p.lock.Truncate(0), p.lock.Close())
	p.lock, p.file, p.err = nil, nil, os.ErrClosed
	return err
}
