package webwx

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// nameAll puts a name of its own into every UserName of v, however deep.
func nameAll(v reflect.Value, next func() string) {
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			nameAll(field, next)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			nameAll(v.Index(i), next)
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[UserName]() {
			v.SetString(next())
		} else if v.CanSet() && v.Type() == reflect.TypeFor[string]() {
			v.SetString("@not a name")
		}
	}
}

func TestMapNamesForgetsNone(t *testing.T) {
	contents := everyContent()
	for _, c := range contents {
		t.Run(string(c.Kind()), func(t *testing.T) {
			n := 0
			nameAll(reflect.ValueOf(c).Elem(), func() string { n++; return fmt.Sprintf("@n%02d", n) })
			before := fmt.Sprintf("%+v", c)
			mapped := MapNames(c, func(n UserName) UserName { return "@m" + n[2:] })
			want := strings.ReplaceAll(before, "@n", "@m")
			want = strings.ReplaceAll(want, "@mot a name", "@not a name")
			if got := fmt.Sprintf("%+v", mapped); got != want {
				t.Errorf("mapped\n %s\nwant\n %s", got, want)
			}
			if got := fmt.Sprintf("%+v", c); got != before {
				t.Errorf("the original changed to %s", got)
			}
		})
	}
}

func TestMapNamesInKeptXML(t *testing.T) {
	up := func(n UserName) UserName { return UserName(strings.ToUpper(string(n))) }
	tests := []struct {
		name    string
		in, out Content
	}{
		{"the rest of an image", &Image{Extra: `<msg><img fromusername="@a"></img><title>@a</title></msg>`}, &Image{Extra: `<msg><img fromusername="@A"></img><title>@a</title></msg>`}},
		{"an app message's rest", &App{Type: 7, AppFrame: AppFrame{Extra: `<msg><appmsg><atuserlist>@a, @b</atuserlist></appmsg></msg>`}}, &App{Type: 7, AppFrame: AppFrame{Extra: `<msg><appmsg><atuserlist>@A,@B</atuserlist></appmsg></msg>`}}},
		{"a call", &Call{Type: MsgVoip, XML: `<voip><username>@a</username></voip>`}, &Call{Type: MsgVoip, XML: `<voip><username>@A</username></voip>`}},
		{"an unknown message", &Unknown{MsgType: 9, Content: "&lt;a session='@a'/&gt;"}, &Unknown{MsgType: 9, Content: "&lt;a session='@A'/&gt;"}},
		{"an unknown message without names stays", &Unknown{MsgType: 9, Content: "&lt;a  b='@a'/&gt;"}, &Unknown{MsgType: 9, Content: "&lt;a  b='@a'/&gt;"}},
		{"a pat's template", &Pat{Template: `"${@a}" @a "${@b}" ${`}, &Pat{Template: `"${@A}" @a "${@B}" ${`}},
		{"a text that looks like XML stays", &Text{`<username>@a</username>`}, &Text{`<username>@a</username>`}},
		{"a quoted text that looks like XML stays", &Quote{Refer: Refer{MsgType: MsgText, Content: `<username>@a</username>`}}, &Quote{Refer: Refer{MsgType: MsgText, Content: `<username>@a</username>`}}},
		{"a quoted picture", &Quote{Refer: Refer{MsgType: MsgImage, Content: `<msg fromusername="@a"></msg>`}}, &Quote{Refer: Refer{MsgType: MsgImage, Content: `<msg fromusername="@A"></msg>`}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.out, MapNames(tt.in, up)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
