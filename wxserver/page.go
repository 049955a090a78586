package wxserver

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// The pages: a desk that shows the QR code and a phone that scans it, both drawn
// by the server, so that nobody needs to install anything for a first login.

//go:embed pages
var pageFiles embed.FS

var pageTemplates = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

func (s *Server) pageRoutes() {
	handleFunc(s, wire.GetIcon, nil, s.icon)
	handleFunc(s, wire.GetHeadImg, nil, s.icon)
	s.mux.HandleFunc("GET /{$}", s.deskPage)
	s.mux.HandleFunc("GET /phone", s.phonePage)
	s.mux.HandleFunc("POST /phone/page", s.phoneForm)
	s.mux.HandleFunc("GET /l/{uuid}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/phone?code="+template.URLQueryEscaper(webwx.CodeURL(r.PathValue("uuid"))), http.StatusFound)
	})
	files := http.FileServerFS(pageFiles)
	s.mux.HandleFunc("GET /pages/{file}", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.PathValue("file"), ".html") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		files.ServeHTTP(w, r)
	})
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n")) // a prober that has gone needs no answer
	})
}

// view is what a page shows.
type view struct {
	T       map[string]string
	Title   string
	Nick    string // of who is signed in, empty if nobody
	Skey    string
	UUID    string // of the desk's code
	Code    string // the text of a code
	SignUp  bool
	Invite  bool // signing up needs an invitation
	Problem string
	Done    string
	Scanned *wire.PhoneCodeResponse // waits to be confirmed
	Pending []wire.PhoneCodeResponse
	Logins  []wire.PhoneLoginInfo
}

func (s *Server) show(w http.ResponseWriter, r *http.Request, status int, name string, v view) {
	var b bytes.Buffer
	if err := pageTemplates.ExecuteTemplate(&b, name, v); err != nil {
		s.log.ErrorContext(r.Context(), "page not drawn", "page", name, "err", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a reader that has gone needs no answer
}

// deskPage shows a QR code, or that somebody is logged in. Programs fetch it to
// learn whether their cookies still work (README.md §3.4).
func (s *Server) deskPage(w http.ResponseWriter, r *http.Request) {
	t := pageTexts(r)
	v := view{T: t, Title: t["desk"]}
	http.SetCookie(w, &http.Cookie{Name: "mm_lang", Value: lang(r), Domain: s.cookieDomain(r), Path: "/", Expires: time.Now().Add(s.opts.LoginLife), Secure: s.secure(r)})
	err := func() error {
		sess, err := s.authenticate(r, nil, nil, reads)
		if err == nil {
			a, err := s.account(r.Context(), sess.uin)
			v.Nick, v.Skey = a.Nick, sess.secrets.skey
			return err
		}
		if !errors.Is(err, webwx.ErrLoggedOut) {
			return err
		}
		if !strings.Contains(r.Header.Get("Accept"), "text/html") {
			return nil // no person is looking
		}
		v.UUID, err = s.newCode(r, codeDoc{}, nil)
		v.Code = webwx.CodeURL(v.UUID)
		return err
	}()
	if err != nil {
		s.trouble(w, r, "/", err)
		return
	}
	s.show(w, r, http.StatusOK, "desk.html", v)
}

// phoneCookie holds the login of the phone's page. Unlike the protocol's cookies
// it is out of reach of scripts and of other sites.
const phoneCookie = "webwx_phone"

// onPage returns the phone's login that the page's cookie proves.
func (s *Server) onPage(r *http.Request) (*session, error) {
	uin, sid, _ := strings.Cut(cookie(r, phoneCookie), ".")
	var q wire.Query
	_ = q.Uin.UnmarshalText([]byte(uin)) // never fails
	q.Sid = sid
	if q.Uin == 0 || sid == "" {
		return nil, errMismatch
	}
	sess, err := s.authenticate(r, &q, nil, changes)
	if err == nil && !sess.phone {
		err = errMismatch
	}
	if err != nil {
		return nil, err
	}
	return sess, nil
}

func (s *Server) phonePage(w http.ResponseWriter, r *http.Request) {
	sess, err := s.onPage(r)
	if err != nil && !errors.Is(err, webwx.ErrLoggedOut) {
		s.log.ErrorContext(r.Context(), "request failed", "op", "/phone", "err", err)
	}
	q := r.URL.Query()
	code := q.Get("code")
	if q.Has(inviteParam) { // somebody follows an invitation
		code = r.URL.RequestURI()
	}
	s.showPhone(w, r, sess, view{Code: clip(code, 200)})
}

// showPhone fills in what the page shows of an account; sess is nil if nobody is
// signed in.
func (s *Server) showPhone(w http.ResponseWriter, r *http.Request, sess *session, v view) {
	v.T = pageTexts(r)
	v.Title, v.SignUp = v.T["phone"], s.opts.SignUp != SignUpClosed
	v.Invite = s.opts.SignUp == SignUpInvite
	status := http.StatusOK
	if v.Problem != "" {
		status = http.StatusUnprocessableEntity
	}
	if sess != nil {
		ctx := r.Context()
		a, err := s.account(ctx, sess.uin)
		logins, lerr := s.phoneLogins(ctx, &call{session: sess}, nil)
		if err := errors.Join(err, lerr); err != nil {
			s.trouble(w, r, "/phone", err)
			return
		}
		v.Nick, v.Logins, v.Pending = a.Nick, logins.Logins, logins.Pending
	}
	s.show(w, r, status, "phone.html", v)
}

// phoneForm does what a button of the phone's page asks for, and shows the page
// again.
func (s *Server) phoneForm(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err != nil {
		refuseBody(w, err)
		return
	}
	if r.PostForm, err = url.ParseQuery(string(body)); err != nil {
		http.Error(w, "form not readable", http.StatusBadRequest)
		return
	}
	v := view{Code: clip(r.PostForm.Get("code"), 200)}
	sess, err := s.onPage(r)
	if do := r.PostForm.Get("do"); do == "signin" || do == "signup" {
		sess, err = s.pageSignIn(w, r, do)
	} else if err == nil {
		err = s.pageDo(w, r, do, sess, &v)
		if do == "signout" {
			sess = nil
		}
	}
	if err != nil {
		v.Problem = s.result(r.Context(), "/phone", err).ErrMsg
		if v.Problem == "" {
			v.Problem = string(webwx.Advise(err))
		}
	}
	s.showPhone(w, r, sess, v)
}

func (s *Server) pageSignIn(w http.ResponseWriter, r *http.Request, do string) (*session, error) {
	var cred *wire.PhoneLoginResponse
	var err error
	name, password := r.PostForm.Get("name"), r.PostForm.Get("password")
	if do == "signup" {
		cred, err = s.phoneSignUp(r, &wire.PhoneSignUpRequest{Name: name, Password: password, Invite: r.PostForm.Get("invite")})
	} else {
		cred, err = s.phoneLogin(r, &wire.PhoneLoginRequest{Name: name, Password: password})
	}
	if err != nil {
		return nil, err
	}
	s.setPhoneCookie(w, r, strconv.FormatInt(cred.Uin, 10)+"."+cred.Sid, int(phoneLife.Seconds()))
	return s.logins.find(r.Context(), cred.Sid)
}

func (s *Server) setPhoneCookie(w http.ResponseWriter, r *http.Request, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: phoneCookie, Value: value, Path: "/phone", MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r),
	})
}

func (s *Server) pageDo(w http.ResponseWriter, r *http.Request, do string, sess *session, v *view) error {
	ctx, c := r.Context(), &call{session: sess, http: r, w: w}
	t := pageTexts(r)
	code := &wire.PhoneCodeRequest{Code: v.Code}
	var err error
	switch do {
	case "scan":
		if isInvite(v.Code) {
			_, err = s.phoneJoin(ctx, c, &wire.PhoneJoinRequest{Ticket: v.Code})
			v.Done, v.Code = t["joined"], ""
			break
		}
		v.Scanned, err = s.phoneScan(ctx, c, code)
	case "confirm":
		_, err = s.phoneConfirm(ctx, c, code)
		v.Done, v.Code = t["confirmed"], ""
	case "cancel":
		_, err = s.phoneCancel(ctx, c, code)
		v.Done, v.Code = t["cancelled"], ""
	case "end":
		_, err = s.phoneEnd(ctx, c, &wire.PhoneEndRequest{ID: r.PostForm.Get("id")})
		v.Done = t["ended"]
	case "signout":
		_, err = s.phoneLogout(ctx, c, nil)
		s.setPhoneCookie(w, r, "", -1)
	default:
		err = refuse(webwx.RetParameter, "no such button")
	}
	if err != nil {
		v.Done = ""
	}
	return err
}
