package wxserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/webwx/webwx"
)

// World is a small society to begin with: accounts, who knows whom, rooms, and
// friends that talk by themselves. Demos, tests and newcomers use it; see
// docs/world.md for the file.
type World struct {
	Accounts []WorldAccount `toml:"account"`
	Rooms    []WorldRoom    `toml:"room"`
}

// WorldAccount is one account of a [World].
type WorldAccount struct {
	Name      string   `toml:"name"`
	Nick      string   `toml:"nick"`
	Password  string   `toml:"password"`
	Sex       int      `toml:"sex"`
	Signature string   `toml:"signature"`
	Province  string   `toml:"province"`
	City      string   `toml:"city"`
	Official  bool     `toml:"official"`
	Admin     bool     `toml:"admin"`
	Friends   []string `toml:"friends"` // names; friendship is always mutual
	// Echo makes the account answer each text that a friend sends it with the same
	// text, after the pause Delay.
	Echo  bool     `toml:"echo"`
	Delay Duration `toml:"delay"`
	// Say lists texts that the account sends by itself.
	Say []WorldLine `toml:"say"`
}

// WorldLine is a text that an account of a [World] sends by itself.
type WorldLine struct {
	To    string   `toml:"to"` // an account's name or a room's topic
	Text  string   `toml:"text"`
	After Duration `toml:"after"` // from the start of the server; default at once
	Every Duration `toml:"every"` // again and again; default once
}

// WorldRoom is one room of a [World]; its first member owns it.
type WorldRoom struct {
	Topic   string   `toml:"topic"`
	Members []string `toml:"members"`
}

// Duration is a time.Duration that a file writes as "1m30s".
type Duration time.Duration

// UnmarshalText reads the form of time.ParseDuration. It must not be negative.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err == nil && v < 0 {
		err = fmt.Errorf("duration %s is negative", text)
	}
	*d = Duration(v)
	return err
}

// maxWorld bounds the size of a world file.
const maxWorld = 16 << 20

// ReadWorld reads a world file. Unknown keys are errors, as are names that the
// file does not define.
func ReadWorld(r io.Reader) (*World, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxWorld+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxWorld {
		return nil, fmt.Errorf("world file over %d MiB", maxWorld>>20)
	}
	w := new(World)
	meta, err := toml.Decode(string(text), w)
	if err != nil {
		return nil, fmt.Errorf("world file: %w", err)
	}
	if keys := meta.Undecoded(); len(keys) > 0 {
		return nil, fmt.Errorf("world file: unknown key %s", keys[0])
	}
	return w, w.check()
}

// check makes sure that the world's names refer to something.
func (w *World) check() error {
	names := make(map[string]bool, len(w.Accounts))
	topics := make(map[string]bool, len(w.Rooms))
	for i := range w.Accounts {
		a := &w.Accounts[i]
		account := a.account()
		name, err := account.check()
		if err != nil {
			return fmt.Errorf("world file: account %d: %w", i+1, err)
		}
		if names[name] {
			return fmt.Errorf("world file: account %s is there twice", name)
		}
		a.Name, names[name] = name, true
	}
	known := func(who, name string) error {
		if !names[strings.ToLower(name)] {
			return fmt.Errorf("world file: %s names %q, which is no account of the file", who, name)
		}
		return nil
	}
	var errs []error
	for _, room := range w.Rooms {
		topics[room.Topic] = true
		if err := checkLine("topic", room.Topic); err != nil {
			errs = append(errs, fmt.Errorf("world file: room %.40q: %w", room.Topic, err))
		}
		if len(room.Members) == 0 || len(room.Members) > maxRoom {
			errs = append(errs, fmt.Errorf("world file: room %.40q has %d members, want 1 to %d", room.Topic, len(room.Members), maxRoom))
		}
		for _, m := range room.Members {
			errs = append(errs, known("room "+room.Topic, m))
		}
	}
	for _, a := range w.Accounts {
		for _, f := range a.Friends {
			errs = append(errs, known("account "+a.Name, f))
			if strings.EqualFold(f, a.Name) {
				errs = append(errs, fmt.Errorf("world file: account %s is its own friend", a.Name))
			}
		}
		for _, line := range a.Say {
			if !topics[line.To] {
				errs = append(errs, known("a line of "+a.Name, line.To))
			}
			if line.Text == "" {
				errs = append(errs, fmt.Errorf("world file: a line of %s has no text", a.Name))
			}
		}
	}
	return errors.Join(errs...)
}

func (a *WorldAccount) account() Account {
	return Account{
		Name: a.Name, NickName: a.Nick, Password: a.Password, Sex: a.Sex, Signature: a.Signature,
		Province: a.Province, City: a.City, Official: a.Official, Admin: a.Admin,
	}
}

// Populate makes what is not there yet: accounts by name, friendships, and rooms
// by their topic and first member. What exists is left as it is, so the same
// world can be used at every start.
func (s *Server) Populate(ctx context.Context, w *World) error {
	for _, a := range w.Accounts {
		if _, err := s.FindAccount(ctx, a.Name); err == nil {
			continue
		} else if !errors.Is(err, ErrNoAccount) {
			return err
		}
		if _, err := s.AddAccount(ctx, a.account()); err != nil {
			return err
		}
	}
	for _, a := range w.Accounts {
		for _, f := range a.Friends {
			if err := s.Befriend(ctx, a.Name, f); err != nil {
				return err
			}
		}
	}
	for _, room := range w.Rooms {
		if err := s.ensureRoom(ctx, room); err != nil {
			return err
		}
	}
	return nil
}

// ensureRoom makes a room unless its first member is in one of that topic.
func (s *Server) ensureRoom(ctx context.Context, room WorldRoom) error {
	if len(room.Members) == 0 {
		return fmt.Errorf("room %s has no members", room.Topic)
	}
	owner, err := s.FindAccount(ctx, room.Members[0])
	if err != nil {
		return err
	}
	found, err := s.findRoom(ctx, owner, room.Topic)
	if err != nil || found != 0 {
		return err
	}
	_, err = s.AddRoom(ctx, room.Topic, room.Members...)
	return err
}

// findRoom returns the room with a topic that an account is in, 0 if there is none.
func (s *Server) findRoom(ctx context.Context, uin int64, topic string) (id int64, err error) {
	err = list(ctx, s.engine, roomsPrefix(uin), func(key string, _ inRoomDoc) error {
		r, _, err := load[roomDoc](ctx, s.engine, roomKey(lastNumber(key)))
		if r.Topic == topic {
			id = r.ID
		}
		return err
	})
	return id, err
}

// Play lets the accounts of a populated world talk by themselves until ctx ends.
// It blocks; errors of single sends are logged.
func (s *Server) Play(ctx context.Context, w *World) error {
	talkers := make(map[int64]bool)
	var actors []*actor
	for _, a := range w.Accounts {
		if !a.Echo && len(a.Say) == 0 {
			continue
		}
		act, err := s.newActor(ctx, a)
		if err != nil {
			return err
		}
		talkers[act.uin] = true
		actors = append(actors, act)
	}
	done := make(chan struct{})
	running := 0
	for _, act := range actors {
		jobs := []func(context.Context){}
		if act.Echo {
			jobs = append(jobs, func(ctx context.Context) { act.echo(ctx, talkers) })
		}
		for _, line := range act.Say {
			jobs = append(jobs, func(ctx context.Context) { act.say(ctx, line) })
		}
		for _, job := range jobs {
			running++
			go func() {
				job(ctx)
				done <- struct{}{}
			}()
		}
	}
	for range running {
		<-done
	}
	return ctx.Err()
}

// An actor is an account of a world that talks by itself, through a phone's login
// of its own.
type actor struct {
	WorldAccount
	*call
	s *Server
}

func (s *Server) newActor(ctx context.Context, a WorldAccount) (*actor, error) {
	uin, err := s.FindAccount(ctx, a.Name)
	if err != nil {
		return nil, err
	}
	id, err := s.ids.login()
	if err != nil {
		return nil, err
	}
	sess, err := s.openLogin(ctx, loginDoc{ID: id, Uin: uin, Phone: true, Device: "world file"})
	if err != nil {
		return nil, err
	}
	return &actor{WorldAccount: a, call: &call{session: sess}, s: s}, nil
}

// send sends text as the actor; from and to are names of its login.
func (a *actor) send(ctx context.Context, to peer, text string) {
	rec := record{Type: webwx.MsgText, Content: text}
	boxes, err := a.s.route(ctx, a.call, &rec, "", a.secrets.names.name(to))
	if err == nil {
		_, err = a.s.send(ctx, a.call, rec, boxes)
	}
	if err != nil && ctx.Err() == nil {
		a.s.log.WarnContext(ctx, "world: not sent", "by", a.Name, "err", err)
	}
}

// echo answers texts of friends that do not talk by themselves: two echoes would
// never stop.
func (a *actor) echo(ctx context.Context, talkers map[int64]bool) {
	wait := a.s.hub.join(Box(a.uin))
	defer a.s.hub.leave(wait)
	at := a.position()
	for {
		p, err := a.s.look(ctx, a.session, at, pageSize)
		if err != nil && ctx.Err() == nil {
			a.s.log.WarnContext(ctx, "world: box not read", "by", a.Name, "err", err)
			a.s.pause(ctx, time.Second)
		}
		at = max(at, p.at)
		for _, it := range p.items {
			from, ok := it.From.account()
			if it.Kind == recordMessage && it.Type == webwx.MsgText && it.To == accountPeer(a.uin) && ok && !talkers[from] {
				a.s.pause(ctx, time.Duration(a.Delay))
				a.send(ctx, it.From, it.Content)
			}
		}
		if len(p.items) > 0 || p.rest {
			continue
		}
		select {
		case <-wait.wake:
		case <-ctx.Done():
			return
		case <-a.s.hub.done:
			return
		}
	}
}

// say sends a line when its time comes.
func (a *actor) say(ctx context.Context, line WorldLine) {
	a.s.pause(ctx, time.Duration(line.After))
	for ctx.Err() == nil && !a.s.closed() {
		to, err := a.find(ctx, line.To)
		if err != nil {
			a.s.log.WarnContext(ctx, "world: receiver not found", "by", a.Name, "to", line.To, "err", err)
		} else {
			a.send(ctx, to, line.Text)
		}
		if line.Every == 0 {
			return
		}
		a.s.pause(ctx, time.Duration(line.Every))
	}
}

// find returns the room with that topic that the actor is in, else the account of
// that name.
func (a *actor) find(ctx context.Context, to string) (peer, error) {
	room, err := a.s.findRoom(ctx, a.uin, to)
	if err != nil || room != 0 {
		return roomPeer(room), err
	}
	uin, err := a.s.FindAccount(ctx, to)
	return accountPeer(uin), err
}

func (s *Server) closed() bool {
	select {
	case <-s.hub.done:
		return true
	default:
		return false
	}
}
