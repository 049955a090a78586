// Package wire says how the vocabulary of package webwx travels: every endpoint
// once, with its path, its parameters and the envelopes of its request and reply,
// and the codecs they need. Client and server read the same lines, so neither can
// drift from the other.
//
// Writing is exact: field order, raw UTF-8, no needless escapes. Reading is
// patient: numbers as text, text as numbers, other spellings, missing parts. All
// of it is bounded by the size of what it is given.
package wire

import (
	"bytes"
	"context"
	"encoding"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/webwx/webwx"
)

// Host is the kind of host that an endpoint belongs to (README.md §3). A server
// answers every endpoint on all of them.
type Host int

// The four kinds of host.
const (
	Login Host = iota
	Main
	Push
	File
)

// Form is one way to send a request.
type Form struct {
	// Method is the HTTP method.
	Method string
	// Query lists the parameters that go into the query, in this order.
	Query []string
	// Post lists the parameters that go into a form body.
	Post []string
	// JSON says that the request itself is the body, as JSON.
	JSON bool
	// Misspelt adds the header that the seed spells "ContentType" (S 7.3).
	Misspelt bool
}

// Endpoint is one line of the protocol: what both sides must agree on. Req and
// Resp are structs: fields with a `param` tag travel as parameters, fields with a
// `json` tag in a JSON body. A Resp that is an encoding.TextMarshaler travels as
// that text, any other as JSON.
type Endpoint[Req, Resp any] struct {
	// Op is the last part of the path; errors are named by it.
	Op string
	// Host is where clients look for it.
	Host Host
	// Path is the path, in which {uuid} stands for the parameter of that name.
	Path string
	// Official is how the official page sends it, Seed how the seed writes it. Seed
	// is the zero Form where the seed does not know the endpoint.
	Official, Seed Form
}

// JSONType is the header of a JSON body (S 5.3).
const JSONType = "application/json; charset=UTF-8"

// NewRequest builds the request for req in the given form below base, which is a
// scheme and host without a final slash.
func (e Endpoint[Req, Resp]) NewRequest(ctx context.Context, form Form, base string, req *Req) (*http.Request, error) {
	params := paramsOf(req)
	path := e.Path
	if uuid, ok := params["uuid"]; ok {
		path = strings.Replace(path, "{uuid}", url.PathEscape(uuid), 1)
	}
	target := base + path
	if q := encodeQuery(params, form.Query); q != "" {
		target += "?" + q
	}
	var body io.Reader
	var contentType string
	switch {
	case form.JSON:
		text, err := Marshal(req)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Op, err)
		}
		body, contentType = bytes.NewReader(text), JSONType
	case form.Post != nil:
		body = strings.NewReader(encodeQuery(params, form.Post))
		contentType = "application/x-www-form-urlencoded"
	}
	r, err := http.NewRequestWithContext(ctx, form.Method, target, body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Op, err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if form.Misspelt {
		r.Header["ContentType"] = []string{JSONType} // exactly so: Set would change the case
	}
	return r, nil
}

// based is a request that carries a BaseRequest.
type based interface{ base() *BaseRequest }

// BaseOf returns the BaseRequest of a request envelope, nil if its kind has none.
func BaseOf[Req any](req *Req) *BaseRequest {
	if b, ok := any(req).(based); ok {
		return b.base()
	}
	return nil
}

// ErrUnparsable is returned by ReadRequest for a body that is neither a JSON
// object nor a form, and for a query of which nothing can be read.
var ErrUnparsable = errors.New("request body is not valid JSON")

// ReadRequest reads a request in whatever form it comes: parameters from the
// query, from a form body, or both; JSON under any content type and method. body
// is the whole body. The error wraps [ErrUnparsable], or is a [TypeError] for a
// value of the wrong kind; req is filled as far as it went.
func (e Endpoint[Req, Resp]) ReadRequest(r *http.Request, body []byte) (*Req, error) {
	req := new(Req)
	values := r.URL.Query() // what cannot be read of it counts as absent
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	var jsonErr error
	switch {
	case len(body) == 0:
	case body[0] == '{':
		jsonErr = Unmarshal(body, req)
	default:
		form, err := url.ParseQuery(string(body))
		if err != nil || !bytes.ContainsRune(body, '=') || strings.ContainsAny(string(body[:1]), `["<`) {
			return req, ErrUnparsable
		}
		maps.Copy(values, form)
	}
	if uuid := r.PathValue("uuid"); uuid != "" {
		values.Set("uuid", uuid)
	}
	setParams(req, values)
	if _, ok := errors.AsType[*TypeError](jsonErr); ok {
		return req, jsonErr
	}
	if jsonErr != nil {
		return req, fmt.Errorf("%w: %w", ErrUnparsable, jsonErr)
	}
	return req, nil
}

// WriteReply writes resp with status 200 and the content type of its kind.
func (e Endpoint[Req, Resp]) WriteReply(w http.ResponseWriter, resp *Resp) error {
	return e.WriteStatus(w, http.StatusOK, resp)
}

// WriteStatus is WriteReply with another status.
func (e Endpoint[Req, Resp]) WriteStatus(w http.ResponseWriter, status int, resp *Resp) error {
	text, contentType, err := encodeReply(resp)
	if err != nil {
		return fmt.Errorf("%s: %w", e.Op, err)
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", fmt.Sprint(len(text)))
	w.WriteHeader(status)
	_, err = w.Write(text)
	return err
}

// typed is a text reply that is not labelled text/javascript.
type typed interface{ contentType() string }

func encodeReply(resp any) (text []byte, contentType string, err error) {
	tm, ok := resp.(encoding.TextMarshaler)
	if !ok {
		text, err = Marshal(resp)
		return text, "text/plain; charset=utf-8", err
	}
	contentType = "text/javascript; charset=utf-8"
	if t, ok := resp.(typed); ok {
		contentType = t.contentType()
	}
	text, err = tm.MarshalText()
	return text, contentType, err
}

// missing is what a reply's Ret is set to before it is decoded.
const missing webwx.Ret = -1000

// ReadReply reads a reply. The error is a [webwx.Error] if its result code is
// not zero; resp then holds what else came with it. A JSON reply without a
// result code is an error, a value of an unexpected kind is left out.
func (e Endpoint[Req, Resp]) ReadReply(body []byte) (*Resp, error) {
	resp := new(Resp)
	if tu, ok := any(resp).(encoding.TextUnmarshaler); ok {
		err := tu.UnmarshalText(body)
		if _, ok := err.(*webwx.Error); ok {
			return resp, err // it names the operation itself
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Op, err)
		}
	} else {
		if r, ok := any(resp).(Replier); ok {
			r.Result().Ret = missing
		}
		err := Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), resp)
		if _, ok := errors.AsType[*TypeError](err); err != nil && !ok {
			return nil, fmt.Errorf("%s: reply is not JSON: %w", e.Op, err)
		}
	}
	r, ok := any(resp).(Replier)
	if !ok || r.Result().Ret == webwx.RetOK {
		return resp, nil
	}
	if r.Result().Ret == missing {
		return nil, fmt.Errorf("%s: reply without BaseResponse", e.Op)
	}
	return resp, &webwx.Error{Op: e.Op, Ret: r.Result().Ret, Msg: r.Result().ErrMsg}
}

// Number is a whole number that decides nothing, such as a timestamp: what cannot
// be read as one counts as 0 instead of failing the request.
type Number int64

// UnmarshalText never fails.
func (n *Number) UnmarshalText(text []byte) error {
	v, err := parseInt(string(text))
	if err != nil {
		v = 0
	}
	*n = Number(v)
	return nil
}

// Uin is an account's number in a request. It is written as a number and read
// from a number or a text; a text that is no number counts as absent (0), since
// the official page sends "xuin=…" at times (endpoints.md §6).
type Uin int64

// UnmarshalText never fails.
func (u *Uin) UnmarshalText(text []byte) error {
	n, err := parseNumber(string(text))
	if err != nil || n < 0 {
		n = 0
	}
	*u = Uin(n)
	return nil
}

// BaseRequest is the part that nearly every JSON body has (README.md §5.1, S 5.4).
type BaseRequest struct {
	Uin      Uin    `json:"Uin"`
	Sid      string `json:"Sid"`
	Skey     string `json:"Skey"`
	DeviceID string `json:"DeviceID"`
}

// WithBase is embedded in requests that have a BaseRequest.
type WithBase struct {
	BaseRequest BaseRequest `json:"BaseRequest"`
}

func (b *WithBase) base() *BaseRequest { return &b.BaseRequest }

// BaseResponse is the result that every JSON reply has (S 5.5).
type BaseResponse struct {
	Ret    webwx.Ret `json:"Ret"`
	ErrMsg string    `json:"ErrMsg"`
}

// Replier is a reply that carries a result.
type Replier interface{ Result() *BaseResponse }

// Reply is embedded in replies that have a BaseResponse.
type Reply struct {
	BaseResponse BaseResponse `json:"BaseResponse"`
}

// Result returns the BaseResponse.
func (r *Reply) Result() *BaseResponse { return &r.BaseResponse }
