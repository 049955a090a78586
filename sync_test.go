package webwx_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/webwx/webwx"
	"pgregory.net/rapid"
)

func item(key, val int) webwx.SyncKeyItem { return webwx.SyncKeyItem{Key: key, Val: val} }

func TestParseSyncKey(t *testing.T) {
	tests := []struct {
		name, in string
		want     webwx.SyncKey
	}{
		{
			"the four counters of webwxinit", "1_635705559|2_635705726|3_635705727|1000_1453124908",
			webwx.NewSyncKey(item(1, 635705559), item(2, 635705726), item(3, 635705727), item(1000, 1453124908)),
		},
		{"a trailing bar as openwechat writes it", "1_5|2_6|", webwx.NewSyncKey(item(1, 5), item(2, 6))},
		{"nothing", "", webwx.SyncKey{}},
		{"the largest value that fits", "2_2147483647", webwx.NewSyncKey(item(2, math.MaxInt32))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := webwx.ParseSyncKey(tt.in)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("ParseSyncKey(%q) = %v, %v, want %v", tt.in, got, err, tt.want)
			}
			if text := strings.TrimSuffix(tt.in, "|"); got.String() != text {
				t.Errorf("String() = %q, want %q", got.String(), text)
			}
		})
	}
}

func TestParseSyncKeyRefuses(t *testing.T) {
	tests := []struct{ name, in string }{
		{"a counter without a value", "1"},
		{"a counter with an empty value", "1_"},
		{"a value beyond 32 bits", "1_2147483648"},
		{"a third part", "1_2_3"},
		{"letters", "a_b"},
		{"the object's text", "[object Object]"},
		{"more counters than any real key", strings.Repeat("1_1|", 65)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := webwx.ParseSyncKey(tt.in); err == nil || !got.Empty() {
				t.Errorf("ParseSyncKey(%.30q) = %v, %v, want an error and no key", tt.in, got, err)
			}
		})
	}
}

func TestSyncKeySurvivesItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, math.MaxInt32)
		items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) webwx.SyncKeyItem {
			return item(n.Draw(t, "key"), n.Draw(t, "val"))
		}), 1, 64).Draw(t, "items")
		want := webwx.NewSyncKey(items...)
		got, err := webwx.ParseSyncKey(want.String())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("ParseSyncKey(%q) = %v, %v", want.String(), got, err)
		}
	})
}

func TestSyncKeyGet(t *testing.T) {
	k := webwx.NewSyncKey(item(1, 5), item(2, 0))
	tests := []struct {
		name     string
		key, val int
		ok       bool
	}{
		{"a counter", 1, 5, true},
		{"a counter at zero", 2, 0, true},
		{"a counter that is not there", 3, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if val, ok := k.Get(tt.key); val != tt.val || ok != tt.ok {
				t.Errorf("Get(%d) = %d, %t, want %d, %t", tt.key, val, ok, tt.val, tt.ok)
			}
		})
	}
	if k.Empty() || !(webwx.SyncKey{Count: 2}).Empty() {
		t.Error("Empty does not go by the list")
	}
	if k.Count != 2 {
		t.Errorf("Count = %d, want the length of the list, 2", k.Count)
	}
}

func FuzzSyncKey(f *testing.F) {
	for _, s := range []string{"1_635705559|2_635705726|3_635705727|1000_1453124908", "1_5|", "", "||1_1", "1_2_3", "-1_-2", "+1_+1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, err := webwx.ParseSyncKey(s)
		if err != nil {
			return
		}
		again, err := webwx.ParseSyncKey(k.String())
		if err != nil || !reflect.DeepEqual(again, k) || k.Count != len(k.List) {
			t.Errorf("%q gave %v, and its text %q gave %v, %v", s, k, k.String(), again, err)
		}
	})
}
