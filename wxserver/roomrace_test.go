package wxserver_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/webwx/webwx/wxserver"
)

func TestRoomChangesAreSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{Limits: wxserver.Limits{Sends: 0.01, SendsBurst: 2}}, "alice")
		alice := s.of("alice")
		alice.creates("x", "bob")
		alice.updates(0, "modtopic", `"NewTopic":"y"`)
		alice.updates(1205, "modtopic", `"NewTopic":"z"`)
		alice.does(1205, "webwxcreatechatroom", `"MemberList":[{"UserName":"`+alice.user("bob")+`"}]`)
		alice.does(1205, "webwxsendmsg", alice.msg("filehelper", "x", "1"))
	})
}

// Changes of one room at the same time: nothing is lost, and at the end the room's
// documents agree, and so do the lists of all.
func TestRoomRaces(t *testing.T) {
	together := func(fs ...func()) {
		var wg sync.WaitGroup
		for _, f := range fs {
			wg.Go(f)
		}
		wg.Wait()
	}
	for name, race := range map[string]func(s *society) map[string]string{
		"the owner removes one twice": func(s *society) map[string]string {
			alice := s.of("alice")
			var got [2]int64
			remove := func(i int) func() {
				return func() {
					got[i] = ret(s.t, alice.call("webwxupdatechatroom?fun=delmember", `"ChatRoomName":"`+alice.user("room")+`","DelMemberList":"`+alice.users("carol")+`"`))
				}
			}
			together(remove(0), remove(1))
			if got[0]+got[1] != 1 { // one of them finds nobody
				s.t.Errorf("two removals: Ret %v, want 0 and 1", got)
			}
			return map[string]string{"alice": "alice,bob", "bob": "alice,bob", "carol": "gone"}
		},
		"one is added while one leaves": func(s *society) map[string]string {
			alice, bob := s.of("alice"), s.of("bob")
			together(
				func() { alice.updates(0, "addmember", `"AddMemberList":"`+alice.users("dave")+`"`) },
				func() { bob.updates(0, "quitchatroom", "") },
			)
			return map[string]string{"alice": "alice,carol,dave", "bob": "gone", "carol": "alice,carol,dave", "dave": "alice,carol,dave"}
		},
		"all leave": func(s *society) map[string]string {
			var leave []func()
			for _, name := range []string{"alice", "bob", "carol"} {
				leave = append(leave, func() { s.of(name).updates(0, "quitchatroom", "") })
			}
			together(leave...)
			if got := s.documents("room/"); len(got) != 1 {
				s.t.Errorf("rooms: %q, want the lobby alone", got)
			}
			return map[string]string{"alice": "gone", "bob": "gone", "carol": "gone"}
		},
		"the owner leaves while he removes and others add and rename": func(s *society) map[string]string {
			alice, bob, carol := s.of("alice"), s.of("bob"), s.of("carol")
			together(
				func() { alice.updates(0, "quitchatroom", "") },
				func() { bob.updates(0, "modtopic", `"NewTopic":"b"`) },
				func() { carol.updates(0, "modtopic", `"NewTopic":"c"`) },
			)
			return map[string]string{"alice": "gone", "bob": "bob,carol", "carol": "bob,carol"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := openSociety(t, wxserver.Options{}, "alice", "bob", "carol", "dave")
				s.of("alice").creates("x", "bob", "carol")
				for _, m := range s.all {
					m.news()
				}
				want := race(s)
				for _, m := range s.all {
					last := ""
					for _, n := range m.news() {
						switch {
						case strings.HasPrefix(n, "mod room "):
							last = strings.Fields(n)[3]
						case strings.HasPrefix(n, "del room"):
							last = "gone"
						}
					}
					if last != want[m.who] {
						t.Errorf("%s sees %q, want %q", m.who, last, want[m.who])
					}
				}
				if in, of := s.documents("member/"), s.documents("rooms/"); len(in) != len(of) {
					t.Errorf("members %q do not agree with %q", in, of)
				}
			})
		})
	}
}

// Who is removed gets nothing that is sent once the removal has been answered.
func TestSendsWhileOneIsRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob", "carol")
		alice, bob, carol := s.of("alice"), s.of("bob"), s.of("carol")
		alice.creates("x", "bob", "carol")
		for _, m := range s.all {
			m.news()
		}
		removed := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			alice.updates(0, "delmember", `"DelMemberList":"`+alice.users("carol")+`"`)
			close(removed)
		})
		wg.Go(func() {
			for i := range 20 {
				text := "before"
				select {
				case <-removed:
					text = "after"
				default:
				}
				bob.web.send(bob.user("room"), text, fmt.Sprint(i))
			}
		})
		wg.Wait()
		if got := strings.Join(carol.news(), "\n"); strings.Contains(got, "after") {
			t.Errorf("carol, who was removed, reads\n%s", got)
		}
	})
}

// An account that is removed leaves its rooms like anybody.
func TestRemovedAccountLeavesRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openSociety(t, wxserver.Options{}, "alice", "bob", "carol")
		s.of("alice").creates("x", "bob", "carol")
		for _, m := range s.all {
			m.news()
		}
		if err := s.server.RemoveAccount(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
		s.all = s.all[1:]
		for _, m := range s.all {
			m.labels[m.user("alice")] = "gone"
		}
		lobby := `mod lobby "大厅" bob,carol,dave,erin,news of `
		for _, m := range s.all {
			news := m.news()
			if !slices.Contains(news, "del gone") || !slices.ContainsFunc(news, func(n string) bool { return strings.HasPrefix(n, `mod room "x" bob,carol of `) }) ||
				!slices.ContainsFunc(news, func(n string) bool { return strings.HasPrefix(n, lobby) }) {
				t.Errorf("%s learns %q", m.who, news)
			}
		}
	})
}
