package wire

import (
	"errors"
	"fmt"
	"strings"
)

// errScript is returned for a text that holds no assignment to window.
var errScript = errors.New("reply is not a window script")

// maxName bounds the names that are looked at; the longest in use has 18 bytes.
const maxName = 64

// parseScript reads the assignments of a script reply such as
//
//	window.code=201;window.userAvatar = 'data:…';
//	window.synccheck={retcode:"0",selector:"2"}
//
// into a map from "code", "userAvatar", "synccheck.retcode" to the text of the
// value. Blanks, line ends, either kind of quote and a missing final semicolon
// do not matter.
func parseScript(text string) (map[string]string, error) {
	vars := make(map[string]string)
	for {
		_, rest, _ := strings.Cut(text, "window.")
		name, rest, ok := strings.Cut(rest, "=")
		if !ok {
			break
		}
		if i := strings.LastIndex(name, "window."); i >= 0 {
			name = name[i+len("window."):] // what stood before it was no assignment
		}
		text = scriptAssign(vars, strings.TrimSpace(name), strings.TrimLeft(rest, blanks))
	}
	if len(vars) == 0 {
		return nil, errScript
	}
	return vars, nil
}

const blanks = " \t\r\n"

// scriptAssign stores the value at the start of s, or the members of the object
// there, and returns what follows.
func scriptAssign(vars map[string]string, name, s string) (rest string) {
	var value string
	body, isObject := strings.CutPrefix(s, "{")
	if !isObject {
		value, rest = scriptValue(s)
		if len(name) <= maxName {
			vars[name] = value
		}
		return rest
	}
	body, rest, _ = strings.Cut(body, "}")
	for {
		key, after, ok := strings.Cut(body, ":")
		if !ok {
			return rest
		}
		value, body = scriptValue(strings.TrimLeft(after, blanks))
		if key = strings.Trim(key, blanks+`,"'`); len(name)+len(key) < maxName {
			vars[name+"."+key] = value
		}
	}
}

// scriptValue returns the value at the start of s without its quotes, and what
// follows it.
func scriptValue(s string) (value, rest string) {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		value, rest, _ = strings.Cut(s[1:], s[:1])
		return value, rest
	}
	end := strings.IndexAny(s, ";,\r\n")
	if end < 0 {
		end = len(s)
	}
	return strings.TrimSpace(s[:end]), s[end:]
}

// scriptInt returns the whole number that the script gave to name.
func scriptInt(vars map[string]string, name string) (int, error) {
	text, ok := vars[name]
	if !ok {
		return 0, fmt.Errorf("%w: no window.%s", errScript, name)
	}
	n, err := parseInt(text)
	if err != nil || n != int64(int32(n)) {
		return 0, fmt.Errorf("%w: window.%s is %.20q", errScript, name, text)
	}
	return int(n), nil
}

// inScript makes sure that s can stand between quotes in a script.
func inScript(s string) error {
	if strings.ContainsAny(s, "\"'\\\r\n;") {
		return fmt.Errorf("value %.20q does not fit into a script", s)
	}
	return nil
}
