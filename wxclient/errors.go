package wxclient

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/webwx/webwx"
)

var (
	// ErrNoSession: nobody is logged in, and no session was saved. Log in.
	ErrNoSession = errors.New("no session: log in first")
	// ErrBusy: another Login or Events of the same client is running.
	ErrBusy = errors.New("another Login or Events of this client is running")
	// ErrUnreachable: for a while nothing but failures came back. Wait, then call
	// again. It is a [webwx.ErrTemporary].
	ErrUnreachable error = unreachable{}
)

type unreachable struct{}

func (unreachable) Error() string        { return "service unreachable" }
func (unreachable) Is(target error) bool { return target == webwx.ErrTemporary }

// HTTPError is an answer that is none of the protocol's: another status than it
// uses, or a body that is not a reply, such as a proxy's HTML page.
type HTTPError struct {
	// Op is the last part of the endpoint's path.
	Op string
	// Status is the HTTP status.
	Status int
	// Snippet is the beginning of the body if it is HTML or plain text.
	Snippet string
	// Err says what is wrong with the body; nil if the status alone is.
	Err error
}

// Error gives the operation, the status and what is known of the body.
func (e *HTTPError) Error() string {
	text := fmt.Sprintf("%s: HTTP status %d", e.Op, e.Status)
	if name := http.StatusText(e.Status); name != "" && e.Status != http.StatusOK {
		text += " " + name
	}
	if e.Err != nil {
		text += ": " + strings.TrimPrefix(e.Err.Error(), e.Op+": ")
	}
	if e.Snippet != "" {
		text += fmt.Sprintf(": %q", e.Snippet)
	}
	return text
}

// Unwrap returns Err.
func (e *HTTPError) Unwrap() error { return e.Err }

// Is reports that an HTTPError is [webwx.ErrTemporary], unless the status says
// that it is the request that is wrong.
func (e *HTTPError) Is(target error) bool { return target == webwx.ErrTemporary && !e.refused() }

func (e *HTTPError) refused() bool {
	return e.Status/100 == 4 && e.Status != http.StatusRequestTimeout && e.Status != http.StatusTooManyRequests
}

// snippetLen bounds what an error shows of a body.
const snippetLen = 120

// snippet returns the beginning of a body that was not a reply. Replies hold
// credentials even when they are cut short: nothing of them is shown.
func (c *Client) snippet(body []byte) string {
	body = bytes.TrimSpace(body)
	for _, start := range []string{"{", "[", "<error", "window"} {
		if bytes.HasPrefix(body, []byte(start)) {
			return ""
		}
	}
	text := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, string(body[:min(len(body), 2*snippetLen)]))
	c.mu.Lock()
	cred := c.session.Credentials
	c.mu.Unlock()
	for _, secret := range []string{cred.Sid, cred.Skey, cred.PassTicket} {
		if secret != "" && strings.Contains(text, secret) {
			return ""
		}
	}
	runes := []rune(text)
	return string(runes[:min(len(runes), snippetLen)])
}

// lateError is the end of the client's own patience with one answer. It is no
// context error: the caller's context is still good.
type lateError struct{ after time.Duration }

func (e *lateError) Error() string { return fmt.Sprintf("no answer within %v", e.after) }
func (e *lateError) Timeout() bool { return true }

// cutError is a call that was cut short because the login is over: its request
// may have arrived.
type cutError struct{ over error }

func (e *cutError) Error() string { return e.over.Error() }
func (e *cutError) Unwrap() error { return e.over }

// UnknownError is a send whose answer never came. The message may or may not
// have been delivered; sending the text again may show it twice.
type UnknownError struct {
	// LocalID is the id that this client gave the message.
	LocalID string
	// Err is why there was no answer.
	Err error
}

// Error says what is unknown and why.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("message %s may or may not be sent: %v", e.LocalID, e.Err)
}

// Unwrap returns Err.
func (e *UnknownError) Unwrap() error { return e.Err }

// AmbiguousError is a name that more than one contact has.
type AmbiguousError struct {
	// Text is what was looked for.
	Text string
	// Candidates are the contacts that it may mean.
	Candidates []webwx.Contact
}

// Error lists the candidates.
func (e *AmbiguousError) Error() string {
	names := make([]string, len(e.Candidates))
	for i := range e.Candidates {
		names[i] = fmt.Sprintf("%s (%s)", e.Candidates[i].Name(), e.Candidates[i].UserName)
	}
	return fmt.Sprintf("%q may be any of %d contacts: %s", e.Text, len(names), strings.Join(names, ", "))
}

// NotFoundError is a name that no contact has.
type NotFoundError struct {
	// Text is what was looked for.
	Text string
}

// Error gives the name.
func (e *NotFoundError) Error() string { return fmt.Sprintf("no contact is called %q", e.Text) }

// SizeError is a download that brought fewer or other bytes than it should have.
type SizeError struct {
	// Op is the last part of the endpoint's path.
	Op string
	// Got is how many bytes came, Want how many there should be: 0 if nobody told.
	Got, Want int64
}

// Error gives the sizes.
func (e *SizeError) Error() string {
	if e.Got == 0 && e.Want == 0 {
		return e.Op + ": the service has sent nothing"
	}
	return fmt.Sprintf("%s: got %d bytes, not %d", e.Op, e.Got, e.Want)
}

// Is reports that a SizeError is [webwx.ErrTemporary]: media may be complete some
// time after their message has come (endpoints.md §20).
func (e *SizeError) Is(target error) bool { return target == webwx.ErrTemporary }

// permanent reports whether repeating the same request cannot help.
func permanent(err error) bool {
	if refused, ok := errors.AsType[*webwx.Error](err); ok {
		return errors.Is(refused, webwx.ErrLoggedOut) || errors.Is(refused, webwx.ErrBarred)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	return errors.Is(err, ErrNoSession)
}

// unsent reports whether err means that the request never left.
func unsent(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	if _, bad := errors.AsType[*tls.CertificateVerificationError](err); bad {
		return true
	}
	return ok && (failed.Op == "dial" || failed.Op == "proxyconnect")
}
