package wire

import (
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"
)

// Query holds the parameters that most calls carry beside their body. Which of
// them are sent is said by the [Form].
type Query struct {
	Sid        string `param:"sid"`
	Skey       string `param:"skey,sKey"`
	Uin        Uin    `param:"uin"`
	DeviceID   string `param:"deviceid"`
	PassTicket string `param:"pass_ticket,passTicket"`
	Lang       string `param:"lang"`
	R          int64  `param:"r"`
	Time       int64  `param:"_"`
}

func (q *Query) query() *Query { return q }

// QueryOf returns the parameters of a request envelope that every call may
// carry, nil if its kind has none.
func QueryOf[Req any](req *Req) *Query {
	if q, ok := any(req).(interface{ query() *Query }); ok {
		return q.query()
	}
	return nil
}

// paramFields calls f for every field of the struct v that has a param tag, with
// the names under which it is known: the first is the one to send.
func paramFields(v reflect.Value, f func(names []string, field reflect.Value)) {
	t := v.Type()
	for i := range t.NumField() {
		sf := t.Field(i)
		if sf.Anonymous && sf.Type.Kind() == reflect.Struct {
			paramFields(v.Field(i), f)
			continue
		}
		if tag := sf.Tag.Get("param"); tag != "" {
			f(strings.Split(tag, ","), v.Field(i))
		}
	}
}

// paramsOf returns the parameters of req by the name to send.
func paramsOf(req any) map[string]string {
	params := make(map[string]string)
	paramFields(reflect.ValueOf(req).Elem(), func(names []string, field reflect.Value) {
		params[names[0]] = fmt.Sprint(field.Interface())
	})
	return params
}

// encodeQuery writes the named parameters in their order.
func encodeQuery(params map[string]string, names []string) string {
	var b strings.Builder
	for _, name := range names {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(params[name]))
	}
	return b.String()
}

// setParams fills the parameters of req from values. A number that cannot be
// read counts as absent: no parameter of the protocol that is a number decides
// anything by itself.
func setParams(req any, values url.Values) {
	paramFields(reflect.ValueOf(req).Elem(), func(names []string, field reflect.Value) {
		for _, name := range names {
			text := values.Get(name)
			if text == "" {
				continue
			}
			if field.Kind() == reflect.String {
				field.SetString(text)
			} else if n, err := parseInt(text); err == nil && !field.OverflowInt(n) {
				field.SetInt(n)
			}
			return
		}
	})
}

func parseInt(text string) (int64, error) {
	return strconv.ParseInt(strings.TrimSpace(text), 10, 64)
}
