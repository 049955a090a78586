package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/webwx/webwx"
)

// recent is the file beside a session, FILE.recent, that holds the messages which
// later commands may be about: what watch has printed of media, cards and friend
// requests, and what send has sent. A message's id alone does not lead to a file
// or answer a request.
type recent struct{ path string }

// recentOf returns the file that belongs to the session in another.
func recentOf(session string) recent { return recent{session + ".recent"} }

// recentLine is one message, as a line of the file.
type recentLine struct {
	// Self is the account in the login that the names belong to.
	Self     webwx.UserName `json:"self"`
	LocalID  string         `json:"local_id,omitempty"` // of what was sent here
	Answered bool           `json:"answered,omitempty"` // a friend request
	Message  webwx.Message  `json:"message"`
}

// maxRecent is how large the file grows before it is set aside as FILE.recent.old,
// which replaces the one before: some thousand messages are always there.
const maxRecent = 4 << 20

func (r recent) old() string { return r.path + ".old" }

// add writes a line behind the others, in a single write.
func (r recent) add(line recentLine) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(r.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	info, serr := f.Stat()
	if err := errors.Join(err, serr, f.Close()); err != nil {
		return err
	}
	if info.Size() > maxRecent {
		return os.Rename(r.path, r.old())
	}
	return nil
}

// all returns what is known of the login of self, oldest first; of a message that
// was written more than once, what was written last.
func (r recent) all(self webwx.UserName) ([]recentLine, error) {
	var lines []recentLine
	at := make(map[string]int)
	for _, path := range []string{r.old(), r.path} {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for row := range bytes.Lines(text) {
			var line recentLine
			if json.Unmarshal(row, &line) != nil || line.Self != self {
				continue // half a line, or of another login
			}
			if i, known := at[line.Message.MsgID]; known {
				lines[i] = line
				continue
			}
			at[line.Message.MsgID] = len(lines)
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// find returns the message with that id, if it is known.
func (r recent) find(id string, self webwx.UserName) (line recentLine, ok bool, err error) {
	lines, err := r.all(self)
	for _, line := range lines {
		if line.Message.MsgID == id {
			return line, true, err
		}
	}
	return recentLine{}, false, err
}

// remove forgets everything.
func (r recent) remove() error {
	for _, path := range []string{r.old(), r.path} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// keeps reports whether a later command may be about a message of that kind.
func keeps(kind webwx.ContentKind) bool {
	switch kind {
	case webwx.ContentImage, webwx.ContentVoice, webwx.ContentVideo, webwx.ContentSticker, webwx.ContentFile,
		webwx.ContentLocation, webwx.ContentLink, webwx.ContentCard, webwx.ContentFriendRequest:
		return true
	}
	return false
}
