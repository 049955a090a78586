package wxserver

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// syncKeyBase is added to a position to make key 2 of a sync key, so that it
// looks like the real service's (messages.md §7). Only key 2 means something.
const syncKeyBase = 600_000_000

// The other counters do not count anything; the real service has them too.
const (
	contactCounter = 635_705_559
	otherCounter   = 635_705_000
)

// initKey is the sync key of webwxinit, which has four counters (S 5.8).
func initKey(loaded int64, p Position) webwx.SyncKey {
	return webwx.NewSyncKey(
		webwx.SyncKeyItem{Key: 1, Val: contactCounter},
		webwx.SyncKeyItem{Key: 2, Val: syncKeyBase + int(p)},
		webwx.SyncKeyItem{Key: 3, Val: otherCounter},
		webwx.SyncKeyItem{Key: 1000, Val: int(loaded)},
	)
}

// syncKey is the sync key of webwxsync, which has seven (S 9.7).
func syncKey(loaded int64, p Position, now time.Time) webwx.SyncKey {
	return webwx.NewSyncKey(
		webwx.SyncKeyItem{Key: 1, Val: contactCounter},
		webwx.SyncKeyItem{Key: 2, Val: syncKeyBase + int(p)},
		webwx.SyncKeyItem{Key: 3, Val: otherCounter},
		webwx.SyncKeyItem{Key: 11, Val: otherCounter},
		webwx.SyncKeyItem{Key: 201, Val: int(now.Unix())},
		webwx.SyncKeyItem{Key: 203, Val: int(now.Unix())},
		webwx.SyncKeyItem{Key: 1000, Val: int(loaded)},
	)
}

// positionOf returns the position in a client's key. One that is missing or that
// the box has not reached counts as the login's last acknowledged one.
func positionOf(sess *session, k webwx.SyncKey, head Position) Position {
	val, ok := k.Get(2)
	if !ok || val < syncKeyBase || val > syncKeyBase+int(head) {
		return sess.position()
	}
	return Position(val - syncKeyBase)
}

// at returns the position that a client's key stands for, and takes it as the
// acknowledgement of everything before.
func (s *Server) at(ctx context.Context, sess *session, k webwx.SyncKey) (Position, error) {
	page, err := s.engine.Read(ctx, Box(sess.uin), 0, 0)
	if err != nil {
		return 0, err
	}
	p := positionOf(sess, k, page.Head)
	s.logins.ack(sess, p)
	return p, nil
}

// syncCheck holds until the login has something to learn: S 8. It never answers
// with an error status, because the official page would stop for 40 seconds.
func (s *Server) syncCheck(w http.ResponseWriter, r *http.Request, req *wire.SyncCheckRequest) error {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "no-store")
	// It acknowledges, and pages of other sites may call it.
	sess, err := s.authenticate(r, wire.QueryOf(req), wire.BaseOf(req), changes)
	var selector webwx.Selector
	if err == nil {
		selector, err = s.check(r.Context(), sess, req.SyncKey)
	}
	resp := &wire.SyncCheckResponse{Selector: selector}
	if werr, ok := errors.AsType[*webwx.Error](err); ok {
		resp.Retcode = sess.over(werr.Ret)
		s.pause(r.Context(), deadPause)
	} else if err != nil {
		return err
	}
	return wire.SyncCheck.WriteReply(w, resp)
}

// over returns the code for a poll of a dead login. To be told by 1100 that the
// phone ended it makes some clients ask for ever (README.md §7.2): from the third
// repeat on they get 1101.
func (s *session) over(ret webwx.Ret) webwx.Ret {
	if s == nil {
		return ret
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if ret == webwx.RetLoggedOut && s.asked > 3 {
		return webwx.RetKicked
	}
	return ret
}

// check waits up to the hold time for something to learn and says what kind of
// thing it is.
func (s *Server) check(ctx context.Context, sess *session, key string) (webwx.Selector, error) {
	k, err := webwx.ParseSyncKey(key)
	if err != nil {
		k = webwx.SyncKey{} // an unknown key is no error: messages.md §7
	}
	from, err := s.at(ctx, sess, k)
	if err != nil {
		return 0, err
	}
	hold := time.NewTimer(s.opts.Hold)
	defer hold.Stop()
	wait := s.hub.join(Box(sess.uin))
	defer s.hub.leave(wait)
	for {
		// Who has ended the login since it was proven woke nobody: look again, now
		// that a wake would be heard.
		if err := s.logins.renew(ctx, sess); err != nil {
			return 0, err
		}
		if err := sess.dead(time.Now(), s.opts.LoginLife); err != nil {
			return 0, err
		}
		p, err := s.look(ctx, sess, from, pageSize)
		if err != nil {
			return 0, err
		}
		if len(p.items) > 0 {
			return selectorOf(p.items), nil
		}
		if p.rest { // only a long row of own entries so far
			continue
		}
		select {
		case <-wait.wake:
		case <-hold.C:
			return webwx.SelectorNothing, nil
		case <-s.hub.done:
			return webwx.SelectorNothing, nil
		case <-ctx.Done():
			return webwx.SelectorNothing, nil
		}
	}
}

// selectorOf says 2 whenever a message waits, 4 for contacts alone and 7 for the
// notices that a chat was read, entered or left (README.md §7.3).
func selectorOf(items []item) webwx.Selector {
	var contact, chat bool
	for _, it := range items {
		switch {
		case it.Kind == recordMessage, it.Kind == recordStatus && it.Code == webwx.StatusChats:
			return webwx.SelectorMessage
		case it.Kind == recordStatus:
			chat = true
		default:
			contact = true
		}
	}
	switch {
	case contact && chat:
		return webwx.SelectorMessage
	case contact:
		return webwx.SelectorContact
	}
	return webwx.SelectorChat
}

// pageSize is how many entries one webwxsync tells: messages.md §7.
const pageSize = 100

// sync tells what a login has to learn after its key: S 9. It does not wait.
func (s *Server) sync(ctx context.Context, c *call, req *wire.SyncRequest) (*wire.SyncResponse, error) {
	from, err := s.at(ctx, c.session, req.SyncKey)
	if err != nil {
		return nil, err
	}
	p, err := s.look(ctx, c.session, from, pageSize)
	if err != nil {
		return nil, err
	}
	if err := s.hide(ctx, c.session, &p); err != nil {
		return nil, err
	}
	resp := &wire.SyncResponse{}
	if err := s.fill(ctx, c, p.items, resp); err != nil {
		return nil, err
	}
	if p.rest {
		resp.ContinueFlag = 1
	}
	resp.SyncKey = syncKey(c.created(), p.at, time.Now())
	resp.SyncCheckKey = resp.SyncKey
	resp.AddMsgCount, resp.ModContactCount, resp.DelContactCount = len(resp.AddMsgList), len(resp.ModContactList), len(resp.DelContactList)
	s.setCookies(c.w, c.http, c.session, true)
	return resp, nil
}

// fill sorts items into the lists of resp.
func (s *Server) fill(ctx context.Context, c *call, items []item, resp *wire.SyncResponse) error {
	changed := make(map[peer]bool)
	for _, it := range items {
		switch it.Kind {
		case recordMessage:
			resp.AddMsgList = append(resp.AddMsgList, s.message(c, &it))
		case recordStatus:
			resp.AddMsgList = append(resp.AddMsgList, s.notice(c.session, &it))
		case recordContact, recordGone:
			changed[it.To] = true
		}
	}
	for p := range sortedKeys(changed) {
		mod, ok, err := s.modContact(ctx, c, p)
		if err != nil {
			return err
		}
		if ok {
			resp.ModContactList = append(resp.ModContactList, mod)
		} else {
			resp.DelContactList = append(resp.DelContactList, wire.DelContact{UserName: c.secrets.names.name(p)})
		}
	}
	return nil
}

// message is a chat message as one login sees it: messages.md §2, §4 and §10.
func (s *Server) message(c *call, it *item) webwx.Message {
	names, self := c.secrets.names, accountPeer(c.uin)
	m := s.entry(c, it)
	m.MsgID, m.NewMsgID = strconv.FormatInt(it.ID, 10), it.ID
	m.FromUserName, m.ToUserName = names.name(it.From), names.name(it.To)
	m.Status, m.CreateTime = max(m.Status, 3), it.Time.Unix()
	if m.ImgStatus == 0 {
		m.ImgStatus = 1
	}
	_, toRoom := it.To.room()
	_, byRoom := it.From.room()
	switch {
	case byRoom: // a system line: no prefix
		m.ToUserName = names.name(self)
	case toRoom && it.From != self:
		m.FromUserName, m.ToUserName = names.name(it.To), names.name(self)
		m.Content = webwx.PutMember(names.name(it.From), m.Content)
	}
	return m
}

// entry is what a record says, in the names of one login.
func (s *Server) entry(c *call, it *item) webwx.Message {
	var m webwx.Message
	named := func(content webwx.Content) webwx.Content {
		return webwx.MapNames(content, func(n webwx.UserName) webwx.UserName { return c.secrets.names.name(peer(n)) })
	}
	switch {
	case it.Line != nil:
		m = named(it.line(accountPeer(c.uin))).Build()
		if m.MsgType == webwx.MsgRecalled {
			m.Status = 4 // messages.md §1.1
		}
	case it.record.Entry != nil:
		content := named(it.record.Entry.Parse())
		if f, ok := content.(*webwx.FriendRequest); ok {
			f.Ticket = c.secrets.names.ticket(it.Ticket)
		}
		s.lead(c, it, content)
		m = content.Build()
	default:
		m = webwx.Message{MsgType: it.Type, Content: webwx.Escape(it.Content)}
	}
	return m
}

// notice is a status notice as one login sees it: messages.md §6.
func (s *Server) notice(sess *session, it *item) webwx.Message {
	names := sess.secrets.names
	list := string(names.name(it.To))
	if it.Code == webwx.StatusChats {
		all := make([]string, len(it.Peers))
		for i, p := range it.Peers {
			all[i] = string(names.name(p))
		}
		list = strings.Join(all, ",")
	}
	op := "<msg>\n<op id='" + strconv.Itoa(int(it.Code)) + "'>\n<username>" + list + "</username>\n</op>\n</msg>"
	return webwx.Message{
		MsgID:                strconv.FormatInt(it.ID, 10),
		NewMsgID:             it.ID,
		FromUserName:         names.name(it.From),
		ToUserName:           names.name(it.To),
		MsgType:              webwx.MsgStatusNotify,
		Content:              webwx.Escape(op),
		Status:               3,
		ImgStatus:            1,
		CreateTime:           it.Time.Unix(),
		StatusNotifyCode:     it.Code,
		StatusNotifyUserName: list,
	}
}
