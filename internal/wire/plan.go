package wire

import (
	"reflect"
	"strings"
	"sync"
)

// A plan says how a struct travels as JSON. Only fields with a json tag do; its
// option omitempty leaves a zero value out. A wire tag adds what encoding/json
// has no word for:
//
//	wire:"out"        written, but not read: some programs send other things there
//	wire:"also=Name"  read under a second name too, if the first gave nothing
//	wire:"joined"     a text that may also be read from an array, whose items are joined by commas
//	wire:"raw"        not written; receives the text that the struct was read from
type plan struct {
	fields []field
	byName map[string]int
	byFold map[string]int // by the name in lower case
	raw    []int          // index of the raw field, nil if there is none
}

type field struct {
	name      string
	prefix    []byte // `"Name":`
	index     []int
	omitempty bool
	out       bool
	joined    bool
	also      string // the second name, empty if there is none
}

var plans sync.Map // reflect.Type to *plan

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{byName: make(map[string]int), byFold: make(map[string]int)}
	p.add(t, nil)
	got, _ := plans.LoadOrStore(t, p)
	return got.(*plan)
}

func (p *plan) add(t reflect.Type, at []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		index := append(append([]int(nil), at...), i)
		tag, ok := sf.Tag.Lookup("json")
		if sf.Anonymous && !ok {
			p.add(sf.Type, index)
			continue
		}
		option := sf.Tag.Get("wire")
		if option == "raw" {
			p.raw = index
			continue
		}
		name, rest, _ := strings.Cut(tag, ",")
		if name == "" || name == "-" {
			continue
		}
		f := field{name: name, prefix: append(appendString(nil, name), ':'), index: index, omitempty: rest == "omitempty", out: option == "out", joined: option == "joined"}
		p.name(name)
		if also, ok := strings.CutPrefix(option, "also="); ok {
			p.name(also)
			f.also = also
		}
		p.fields = append(p.fields, f)
	}
}

// name makes the field that is added next known under name.
func (p *plan) name(name string) {
	p.byName[name] = len(p.fields)
	p.byFold[strings.ToLower(name)] = len(p.fields)
}

// lookup finds the field for a key: the exact name first, then one that differs
// in case only. It returns nil if there is none to be read.
func (p *plan) lookup(key []byte) *field {
	i, ok := p.byName[string(key)]
	if !ok {
		i, ok = p.byFold[strings.ToLower(string(key))]
	}
	if !ok || p.fields[i].out {
		return nil
	}
	return &p.fields[i]
}
