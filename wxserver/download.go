package wxserver

import (
	"context"
	"encoding/binary"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// Downloads: endpoints.md §19–§22, §34. What one may not fetch is answered like
// what does not exist: with nothing where clients know that answer, else with 404.

func messageID(b []byte) int64 { return int64(binary.BigEndian.Uint64(b)) }

// messageFile finds the file of the message that req names, for its caller. It
// reports false for everything that the caller cannot have.
func (s *Server) messageFile(r *http.Request, req *wire.MediaRequest) (mediaDoc, bool, error) {
	sess, err := s.reader(r, req)
	if sess == nil {
		return mediaDoc{}, false, err
	}
	id, err := strconv.ParseInt(req.MsgID, 10, 64)
	if err != nil {
		return mediaDoc{}, false, nil
	}
	return s.mediaOf(r.Context(), sess.uin, id)
}

// reader returns the login that wants to fetch something, nil if there is none.
func (s *Server) reader(r *http.Request, req *wire.MediaRequest) (*session, error) {
	sess, err := s.byTicket(r, wire.QueryOf(req), nil, req.DataTicket, reads)
	if errors.Is(err, webwx.ErrLoggedOut) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return sess, nil
}

// getMsgImg serves pictures and stickers, and with type=slave the small pictures
// of these and of videos (endpoints.md §19).
func (s *Server) getMsgImg(w http.ResponseWriter, r *http.Request, req *wire.MediaRequest) error {
	doc, ok, err := s.messageFile(r, req)
	if err != nil {
		return err
	}
	isPicture := strings.HasPrefix(doc.Media.Type, "image/") || doc.Type == webwx.MsgImage || doc.Type == webwx.MsgEmoticon
	isVideo := doc.Type == webwx.MsgVideo || doc.Type == webwx.MsgMicroVideo
	small := req.Type == "slave"
	switch {
	case !ok || !isPicture && !(isVideo && small):
		nothing(w)
	case small && doc.Media.Thumb != nil:
		t := doc.Media.Thumb
		return s.serveFile(w, r, media{Hash: t.Hash, Size: t.Size, Type: "image/jpeg"}, false)
	case isVideo:
		return servePicture(w, film())
	default:
		return s.serveFile(w, r, doc.Media, req.Fun == "download")
	}
	return nil
}

// getVideo serves videos, mostly by ranges (endpoints.md §20).
func (s *Server) getVideo(w http.ResponseWriter, r *http.Request, req *wire.MediaRequest) error {
	return s.serveKind(w, r, req, webwx.MsgVideo, webwx.MsgMicroVideo)
}

// getVoice serves voices (endpoints.md §21).
func (s *Server) getVoice(w http.ResponseWriter, r *http.Request, req *wire.MediaRequest) error {
	return s.serveKind(w, r, req, webwx.MsgVoice, webwx.MsgVoice)
}

func (s *Server) serveKind(w http.ResponseWriter, r *http.Request, req *wire.MediaRequest, one, other webwx.MsgType) error {
	doc, ok, err := s.messageFile(r, req)
	if err != nil {
		return err
	}
	if !ok || doc.Type != one && doc.Type != other {
		nothing(w)
		return nil
	}
	if doc.Media.Type == "audio/mpeg" {
		doc.Media.Type = "audio/mp3" // what the real service says
	}
	return s.serveFile(w, r, doc.Media, req.Fun == "download")
}

// getMedia serves a file by its MediaId, always to be saved (endpoints.md §22).
func (s *Server) getMedia(w http.ResponseWriter, r *http.Request, req *wire.MediaRequest) error {
	m, err := s.ownMedia(r, req)
	if err != nil {
		return notFound(w, err)
	}
	if m.Name == "" {
		m.Name = fileName(req.FileName)
	}
	return s.serveFile(w, r, m, true)
}

// preview shows a picture that the same account has just uploaded (endpoints.md §34).
func (s *Server) preview(w http.ResponseWriter, r *http.Request, req *wire.MediaRequest) error {
	m, err := s.ownMedia(r, req)
	if err != nil {
		return notFound(w, err)
	}
	return s.serveFile(w, r, m, false)
}

// ownMedia finds what the caller's MediaId leads to.
func (s *Server) ownMedia(r *http.Request, req *wire.MediaRequest) (media, error) {
	sess, err := s.reader(r, req)
	if err == nil && sess == nil {
		err = errNoMedia
	}
	if err != nil {
		return media{}, err
	}
	return s.mediaByID(r.Context(), sess.uin, req.MediaID)
}

// stickerPicture serves a sticker to everybody who knows its address, because
// known clients fetch what cdnurl names without a login (messages.md §5.3).
func (s *Server) stickerPicture(w http.ResponseWriter, r *http.Request) {
	err := func() error {
		kind, what, ok := s.mediaIDs.open(r.PathValue("id"), 0)
		if !ok || kind != idSticker || len(what) != 8 {
			return errNoMedia
		}
		doc, rev, err := load[mediaDoc](r.Context(), s.engine, mediaKey(messageID(what)))
		if err == nil && (rev == 0 || doc.Type != webwx.MsgEmoticon) {
			err = errNoMedia
		}
		if err != nil {
			return err
		}
		return s.serveFile(w, r, doc.Media, false)
	}()
	if err = notFound(w, err); err != nil {
		s.trouble(w, r, "wx_emoji", err)
	}
}

// nothing answers that there is no such picture, video or voice (endpoints.md §19).
// It may be there later, so it is not to be kept.
func nothing(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}

// notFound answers errNoMedia, and returns any other error.
func notFound(w http.ResponseWriter, err error) error {
	if err == errNoMedia {
		http.Error(w, "no such file", http.StatusNotFound)
		return nil
	}
	return err
}

// serveFile sends a file, whole or in ranges. Whatever people have sent each other
// never runs as a page of this server: only what is known to be harmless is shown,
// and everything else is saved.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, m media, save bool) error {
	f, err := s.openFile(r.Context(), m.Hash)
	if err != nil {
		return err
	}
	defer f.Close()
	h := w.Header()
	kind := typeOf(m)
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, max-age=604800")
	h.Set("Etag", `"`+m.Hash[:32]+`"`)
	if save || !shown[kind] {
		h.Set("Content-Disposition", disposition(saveAs(m)))
	}
	deadline := time.Now().Add(writeTime + atMinRate(m.Size))
	_ = http.NewResponseController(w).SetWriteDeadline(deadline) // recorders in tests have none
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}

// shown are the types that a browser may show by itself: they hold no programs.
var shown = map[string]bool{
	"image/jpeg": true, "image/png": true, "image/gif": true, "image/webp": true, "image/bmp": true,
	"audio/mpeg": true, "audio/mp3": true, "audio/amr": true, "audio/wave": true, "audio/aiff": true, "application/ogg": true,
	"video/mp4": true, "video/webm": true, "video/avi": true,
}

// byName are the types of files that only their name tells. None of them runs in
// a browser.
var byName = map[string]string{
	"pdf": "application/pdf", "zip": "application/zip", "rar": "application/vnd.rar", "7z": "application/x-7z-compressed",
	"txt": "text/plain; charset=utf-8", "csv": "text/csv; charset=utf-8", "md": "text/markdown; charset=utf-8",
	"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	"jpg":  "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif",
	"mp3": "audio/mpeg", "mp4": "video/mp4", "apk": "application/vnd.android.package-archive",
}

// typeOf is the Content-Type of a file. A name is believed only where it cannot
// make something else of the bytes.
func typeOf(m media) string {
	if shown[m.Type] {
		return m.Type
	}
	if kind := byName[extension(m.Name)]; kind != "" && !shown[kind] {
		return kind
	}
	return "application/octet-stream"
}

// saveAs is the name under which a file is saved.
func saveAs(m media) string {
	if m.Name != "" {
		return m.Name
	}
	_, kind, _ := strings.Cut(m.Type, "/")
	switch kind {
	case "jpeg", "png", "gif", "webp", "bmp", "mp4", "webm", "amr":
		return "webwx." + kind
	case "mpeg", "mp3":
		return "webwx.mp3"
	}
	return "webwx.bin"
}

// live returns the error that tells why a login is over, and notes that one which
// is not is in use.
func (s *Server) live(ctx context.Context, sess *session) error {
	if err := sess.dead(time.Now(), s.opts.LoginLife); err != nil {
		return err
	}
	return s.logins.touch(ctx, sess)
}
