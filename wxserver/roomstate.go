package wxserver

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/webwx/webwx"
)

// A roomState is a room as it was at one moment, and what a change makes of it.
type roomState struct {
	room    roomDoc
	rev     int64
	members map[int64]memberDoc
}

// errNoRoom is the same for a room that one is not in and a name that nobody has.
var errNoRoom = refuse(webwx.RetParameter, "ChatRoomName is no room of yours")

// errRoomFull says that a room has no place for so many.
var errRoomFull = refuse(webwx.RetLogic, "the room would have more than 500 members")

// loadRoom reads a room. Its document comes first: if somebody comes or goes while
// the members are read, it has another revision then.
func (s *Server) loadRoom(ctx context.Context, id int64) (*roomState, error) {
	st := &roomState{members: make(map[int64]memberDoc)}
	var err error
	if st.room, st.rev, err = load[roomDoc](ctx, s.engine, roomKey(id)); err != nil {
		return nil, err
	}
	return st, list(ctx, s.engine, membersPrefix(id), func(key string, m memberDoc) error {
		st.members[lastNumber(key)] = m
		return nil
	})
}

// changeRoom lets change put into a batch what it makes of a room that uin is in,
// and commits it, as often as others change the room at the same time. An empty
// batch is not committed.
func (s *Server) changeRoom(ctx context.Context, uin, id int64, change func(*roomState, *Batch) error) error {
	for {
		st, err := s.loadRoom(ctx, id)
		if err != nil {
			return err
		}
		if _, in := st.members[uin]; !in || st.rev == 0 {
			return errNoRoom
		}
		b := &Batch{}
		if err := change(st, b); err != nil || len(b.Posts) == 0 {
			return err
		}
		b.Docs = append(b.Docs, st.write())
		if _, err := s.engine.Commit(ctx, b); !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// write is the change of the room's document: it goes with its last member.
func (st *roomState) write() Write {
	if len(st.members) == 0 {
		return Write{Key: roomKey(st.room.ID), If: st.rev}
	}
	return write(roomKey(st.room.ID), st.rev, st.room)
}

// boxes are those of all members.
func (st *roomState) boxes() []Box {
	var boxes []Box
	for uin := range sortedKeys(st.members) {
		boxes = append(boxes, Box(uin))
	}
	return boxes
}

// oldest is who has been in the room for longest.
func (st *roomState) oldest() int64 {
	return slices.MinFunc(slices.Collect(maps.Keys(st.members)), func(a, b int64) int {
		return cmp.Or(cmp.Compare(st.members[a].Since, st.members[b].Since), cmp.Compare(a, b))
	})
}

// enter adds to b that by brings people into the room, who are not in it yet.
func (s *Server) enter(ctx context.Context, st *roomState, b *Batch, by int64, joining []int64) error {
	if len(st.members)+len(joining) > maxRoom {
		return errRoomFull
	}
	var before []int64
	for uin := range sortedKeys(st.members) {
		if uin != by && len(before) < maxOthers {
			before = append(before, uin)
		}
	}
	people, err := s.persons(ctx, slices.Concat([]int64{by}, joining, before)...)
	if err != nil {
		return err
	}
	l := line{Event: lineInvited, Who: people[0], Whom: people[1 : 1+len(joining)]}
	for _, p := range people[1+len(joining):] {
		l.Others = append(l.Others, p.Name)
	}
	now := memberDoc{Since: time.Now().UnixMilli()}
	for _, uin := range joining {
		st.members[uin] = now
		b.Docs = append(b.Docs,
			write(memberKey(st.room.ID, uin), AnyRevision, now),
			write(inRoomKey(uin, st.room.ID), AnyRevision, inRoomDoc{}))
	}
	return s.announceRoom(st, b, &l)
}

// announceRoom adds to b that the room has changed, for all members, with a line
// if there is one.
func (s *Server) announceRoom(st *roomState, b *Batch, l *line, more ...Box) error {
	if boxes := st.boxes(); len(boxes) > 0 {
		if err := s.announce(b, roomPeer(st.room.ID), boxes...); err != nil {
			return err
		}
	}
	if l == nil {
		return nil
	}
	return s.addLine(b, roomPeer(st.room.ID), roomPeer(st.room.ID), *l, append(st.boxes(), more...)...)
}

// drop adds to b that people are in the room no more. The room of an owner who
// goes is the oldest member's.
func (s *Server) drop(st *roomState, b *Batch, leaving ...int64) error {
	var boxes []Box
	for _, uin := range leaving {
		delete(st.members, uin)
		boxes = append(boxes, Box(uin))
		b.Docs = append(b.Docs,
			Write{Key: memberKey(st.room.ID, uin), If: AnyRevision},
			Write{Key: inRoomKey(uin, st.room.ID), If: AnyRevision})
	}
	if _, in := st.members[st.room.Owner]; !in && len(st.members) > 0 {
		st.room.Owner = st.oldest()
	}
	return s.add(b, record{Kind: recordGone, To: roomPeer(st.room.ID)}, boxes...)
}

// leave adds to b that uin leaves the room, which only its owner reads.
func (s *Server) leave(ctx context.Context, st *roomState, b *Batch, uin int64) error {
	people, err := s.persons(ctx, uin)
	if err != nil {
		return err
	}
	if err := s.drop(st, b, uin); err != nil || len(st.members) == 0 {
		return err
	}
	if err := s.announceRoom(st, b, nil); err != nil {
		return err
	}
	p := roomPeer(st.room.ID)
	return s.addLine(b, p, p, line{Event: lineLeft, Who: people[0]}, Box(st.room.Owner))
}

// leaveRoom adds to b, which another batch of changes, what takes an account out
// of a room.
func (s *Server) leaveRoom(ctx context.Context, b *Batch, uin, id int64) error {
	st, err := s.loadRoom(ctx, id)
	if err != nil || st.rev == 0 {
		return err
	}
	if err := s.leave(ctx, st, b, uin); err != nil {
		return err
	}
	b.Docs = append(b.Docs, st.write())
	return nil
}

// newRoom makes a room of its owner and others, who are told: by a line if they
// were brought there, and not if they have been in it since time began.
func (s *Server) newRoom(ctx context.Context, topic string, owner int64, others []int64, brought bool) (id int64, err error) {
	for {
		if id, err = s.ids.number(1<<40, 1<<48); err != nil {
			return 0, err
		}
		now := time.Now()
		since := memberDoc{Since: now.UnixMilli()}
		st := &roomState{
			room:    roomDoc{ID: id, Topic: topic, Owner: owner, Created: now.Unix()},
			members: map[int64]memberDoc{owner: since},
		}
		b := &Batch{Docs: []Write{
			write(memberKey(id, owner), 0, since), write(inRoomKey(owner, id), 0, inRoomDoc{Saved: !brought}),
		}}
		if brought {
			err = s.enter(ctx, st, b, owner, others)
		} else {
			for _, uin := range others {
				st.members[uin] = since
				b.Docs = append(b.Docs, write(memberKey(id, uin), 0, since), write(inRoomKey(uin, id), 0, inRoomDoc{Saved: true}))
			}
			err = s.announceRoom(st, b, nil)
		}
		if err != nil {
			return 0, err
		}
		b.Docs = append(b.Docs, st.write())
		if _, err = s.engine.Commit(ctx, b); !errors.Is(err, ErrConflict) {
			return id, err
		}
	}
}
