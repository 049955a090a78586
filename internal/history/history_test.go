package history

import (
	"strings"
	"testing"
)

// good is a history without fault: a and b talk to each other and in a room with
// c; one send is of unknown outcome and arrived, one did not.
func good() *History {
	h := new(History)
	all := map[string][]string{"a": {"b", "c"}, "b": {"a", "c"}}
	send := func(from, chat, text string, o Outcome, id string, to ...string) {
		h.Sent(Send{From: from, Chat: chat, To: to, Text: text, Outcome: o, ID: id})
	}
	send("a", "b", "a1", Acknowledged, "1", "b")
	send("b", "a", "b1", Acknowledged, "2", "a")
	send("a", "room", "a2", Acknowledged, "3", all["a"]...)
	send("b", "room", "b2", Acknowledged, "4", all["b"]...)
	send("a", "b", "a3", Unknown, "", "b")
	send("a", "b", "a4", Acknowledged, "6", "b")
	send("a", "b", "a5", Unknown, "", "b")
	send("b", "a", "b3", Refused, "", "a")
	show := func(by, from, text, id string) {
		h.Received(Receipt{By: by, From: from, Text: text, ID: id})
	}
	show("b", "a", "a1", "1")
	show("a", "b", "b1", "2")
	show("b", "a", "a2", "3")
	show("c", "a", "a2", "3")
	show("c", "b", "b2", "4")
	show("a", "b", "b2", "4")
	show("b", "a", "a3", "5")
	show("b", "a", "a4", "6")
	return h
}

func TestCheckAccepts(t *testing.T) {
	h := good()
	if found := h.Check(); len(found) > 0 {
		t.Errorf("faults found in a good history: %q", found)
	}
	if missing := h.Missing(); len(missing) > 0 {
		t.Errorf("missing = %v, want none", missing)
	}
	if got, want := h.Acknowledged(), 5; got != want {
		t.Errorf("acknowledged = %d, want %d", got, want)
	}
}

func TestCheckFinds(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(h *History)
		want  string // part of the fault
	}{
		{"a lost message", func(h *History) { h.receipts = h.receipts[:7] }, `b was never shown "a4"`},
		{"a message lost to one member of a room", func(h *History) { h.receipts = append(h.receipts[:3:3], h.receipts[4:]...) }, `c was never shown "a2"`},
		{"a message shown twice", func(h *History) { h.receipts = append(h.receipts, h.receipts[0]) }, `b was shown "a1" twice`},
		{"a message stored twice", func(h *History) { h.receipts[3].ID = "33" }, "stored twice"},
		{"another id than was acknowledged", func(h *History) { h.receipts[0].ID = "11" }, "its sender was told 1"},
		{"two messages of one chat swapped", func(h *History) { r := h.receipts; r[0], r[7] = r[7], r[0] }, "the other way round"},
		{"an unknown one after a later one", func(h *History) { r := h.receipts; r[6], r[7] = r[7], r[6] }, "the other way round"},
		{"members of a room who disagree", func(h *History) {
			h.sends[2].To, h.sends[3].To = []string{"b", "c", "d"}, []string{"a", "c", "d"}
			h.receipts = append(h.receipts, Receipt{By: "d", From: "b", Text: "b2", ID: "4"}, Receipt{By: "d", From: "a", Text: "a2", ID: "3"})
		}, "in different orders"},
		{"a message for somebody else", func(h *History) {
			h.receipts = append(h.receipts, Receipt{By: "c", From: "a", Text: "a1", ID: "1"})
		}, `c was shown "a1", which was for b`},
		{"a message that nobody sent", func(h *History) {
			h.receipts = append(h.receipts, Receipt{By: "c", From: "a", Text: "ghost", ID: "9"})
		}, "nobody sent"},
		{"a wrong sender", func(h *History) { h.receipts[0].From = "c" }, "it was of a"},
		{"a refused message that came", func(h *History) {
			h.receipts = append(h.receipts, Receipt{By: "a", From: "b", Text: "b3", ID: "8"})
		}, "refused"},
		{"a test that sends one text twice", func(h *History) { h.sends = append(h.sends, h.sends[0]) }, "the test is wrong"},
	} {
		h := good()
		c.spoil(h)
		if found := strings.Join(h.Check(), "\n"); !strings.Contains(found, c.want) {
			t.Errorf("%s: found %q, want %q", c.name, found, c.want)
		}
	}
}

func TestMissing(t *testing.T) {
	h := good()
	h.receipts = h.receipts[:3]
	for who, want := range map[string]int{"a": 1, "b": 1, "c": 2} {
		if got := h.Missing()[who]; got != want {
			t.Errorf("missing of %s = %d, want %d", who, got, want)
		}
	}
}
