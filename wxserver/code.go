package wxserver

import (
	"context"
	"strings"
	"time"

	"github.com/webwx/webwx"
)

// The life of a QR code: new, scanned, confirmed, redeemed. Cancelling makes it
// new again, so that a program which does not know code 202 can go on with it.

// code loads a QR code; one that does not exist has no UUID. Neither keys nor
// values hold a uuid: whoever copies the database cannot poll for the ticket.
func (s *Server) code(ctx context.Context, uuid string) (codeDoc, int64, error) {
	index := s.secrets.index(uuid)
	c, rev, err := load[codeDoc](ctx, s.engine, codeKey(index))
	if rev != 0 {
		c.UUID, c.index = uuid, index
	}
	return c, rev, err
}

// pendingCode loads a QR code by what stands for its uuid.
func (s *Server) pendingCode(ctx context.Context, index string) (codeDoc, error) {
	c, rev, err := load[codeDoc](ctx, s.engine, codeKey(index))
	if err != nil || rev == 0 {
		return codeDoc{}, err
	}
	c.index = index
	c.UUID, err = s.secrets.unseal("uuid", c.Sealed)
	return c, err
}

func (c *codeDoc) scan(uin int64) {
	if c.Confirmed == 0 && c.Scanned == 0 {
		c.Uin, c.Scanned, c.Refused, c.Told = uin, time.Now().Unix(), false, c.Push
	}
}

func (c *codeDoc) confirm(nonce string) {
	if c.Confirmed == 0 {
		c.Confirmed, c.Nonce = time.Now().Unix(), nonce
	}
}

func (c *codeDoc) cancel() {
	c.Scanned, c.Told, c.Refused = 0, c.Push, true
	if !c.Push {
		c.Uin = 0
	}
}

// gone reports whether c does not exist, was used, or is too old.
func (c *codeDoc) gone() bool { return c.UUID == "" || c.Login != "" || c.old() }

// uuidOf returns the uuid that a request names, "" for a text that can be none.
func uuidOf(text string) string {
	if strings.Contains(text, "/") { // nor a code's text
		return ""
	}
	uuid, _ := webwx.ParseCode(text)
	return uuid
}

// old reports whether c has waited too long for its next step.
func (c *codeDoc) old() bool {
	return time.Since(time.Unix(max(c.Created, c.Scanned, c.Confirmed), 0)) >= codeLife
}

// write returns the change that stores c until it is too old.
func (c *codeDoc) write(rev int64) Write {
	end := time.Unix(max(c.Created, c.Scanned, c.Confirmed), 0).Add(max(codeLife, ticketLife))
	return expiring(codeKey(c.index), rev, c, end)
}
