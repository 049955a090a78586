package wxserver

import (
	"net/http"
	"strconv"
	"time"
)

// setCookies sets all cookies of a login: README.md §4. They are set at login and
// again by every webwxsync, always the full set, because there are clients that
// replace all by what comes. None is HttpOnly: the official page reads them.
func (s *Server) setCookies(w http.ResponseWriter, r *http.Request, sess *session, synced bool) {
	now := time.Now()
	loaded := strconv.FormatInt(sess.created(), 10)
	const year = 365 * 24 * time.Hour
	set := func(name, value string, life time.Duration) {
		http.SetCookie(w, &http.Cookie{
			Name: name, Value: value, Domain: s.cookieDomain(r), Path: "/",
			Expires: now.Add(life), Secure: s.secure(r),
		})
	}
	if synced {
		loaded += "_expired"
	}
	set("wxuin", strconv.FormatInt(sess.uin, 10), s.opts.LoginLife)
	set("wxsid", sess.secrets.sid, s.opts.LoginLife)
	set("wxloadtime", loaded, s.opts.LoginLife)
	set("mm_lang", lang(r), s.opts.LoginLife)
	set("webwx_data_ticket", sess.secrets.dataTicket, s.opts.LoginLife)
	set("webwxuvid", sess.secrets.uvid, 10*year)
	set("webwx_auth_ticket", sess.secrets.authTicket, 10*year)
	if synced {
		set("wxpluginkey", strconv.FormatInt(now.Unix(), 10), s.opts.LoginLife)
	}
}

// clearCookies removes what says that there is a login, and leaves what a push
// login needs (endpoints.md §29).
func (s *Server) clearCookies(w http.ResponseWriter, r *http.Request) {
	for _, name := range []string{"wxsid", "wxuin", "webwx_data_ticket"} {
		http.SetCookie(w, &http.Cookie{
			Name: name, Domain: s.cookieDomain(r), Path: "/",
			Expires: time.Unix(30, 0), Secure: s.secure(r),
		})
	}
}

func (s *session) created() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doc.Created
}
