package wxserver

import (
	"cmp"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// upload takes a file, or a piece of one: endpoints.md §17. Nothing of it is kept
// unless all of it is right.
func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	s.allowUploads(w, r)
	r.Body = newPaced(w, r)
	r.Body = http.MaxBytesReader(w, r.Body, s.opts.MaxUpload+maxForm)
	resp, err := s.receive(r)
	if err != nil {
		_, _ = io.CopyN(io.Discard, r.Body, drained) // who is still sending would not see the answer
		resp = new(wire.UploadMediaResponse)
		resp.BaseResponse = s.result(r.Context(), wire.UploadMedia.Op, err)
		if errors.Is(err, webwx.ErrLoggedOut) {
			s.pause(r.Context(), deadPause)
		}
	}
	s.reply(r, wire.UploadMedia.Op, wire.UploadMedia.WriteReply(w, resp))
}

const (
	maxForm  = 1 << 20 // bytes of an upload's form besides the file
	drained  = 2 << 20 // bytes that are still read of a request that is refused
	maxEarly = 8 << 20 // bytes of a file that comes before it is known whose it is

	maxReceiving = 16 // files that one account sends at a time, and as many of nobody known
)

// uploadOptions answers the question that browsers ask before they upload.
func (s *Server) uploadOptions(w http.ResponseWriter, r *http.Request) {
	s.allowUploads(w, r)
	w.WriteHeader(http.StatusNoContent)
}

// allowUploads says that pages of the trusted origins, and of this one, may upload
// with cookies. Nothing else of the protocol needs it.
func (s *Server) allowUploads(w http.ResponseWriter, r *http.Request) {
	h, origin := w.Header(), r.Header.Get("Origin")
	h.Add("Vary", "Origin")
	if origin == "" || !s.trusted(r, origin) && !s.sameOrigin(r) {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Allow-Methods", "POST")
}

// receive reads the form and does what it says.
func (s *Server) receive(r *http.Request) (*wire.UploadMediaResponse, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, wire.ErrUnparsable
	}
	var form uploadForm
	defer form.spool.close()
	if err := s.readForm(r, parts, &form); err != nil {
		return nil, err
	}
	sess, err := s.uploader(r, &form)
	if err != nil {
		return nil, err
	}
	if err := form.check(s.opts.MaxUpload); err != nil {
		return nil, err
	}
	if form.req.Signature != "" {
		if _, want := s.uploadKey(sess.uin, form.md5, form.total); !equal(form.req.Signature, want) {
			return nil, refuse(webwx.RetParameter, "Signature is that of another file")
		}
	}
	ctx := r.Context()
	resp := &wire.UploadMediaResponse{
		StartPos:      cmp.Or(form.total, form.spool.size),
		EncryFileName: encodedName(form.name),
	}
	var m *media
	if form.chunks > 1 {
		m, err = s.takePiece(ctx, sess, &form)
	} else {
		m, err = s.takeFile(ctx, sess, &form)
	}
	if errors.Is(err, ErrTooLarge) {
		err = s.tooLarge()
	}
	if err != nil || m == nil {
		return resp, err
	}
	resp.MediaID = s.mediaIDs.upload(sess.uin, m.Hash)
	if m.Thumb != nil {
		resp.CDNThumbImgWidth, resp.CDNThumbImgHeight = m.Thumb.Width, m.Thumb.Height
	}
	return resp, nil
}

// readForm takes in the parts of the form, in whatever order they come.
func (s *Server) readForm(r *http.Request, parts *multipart.Reader, form *uploadForm) error {
	for range maxParts {
		p, err := parts.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return s.broken(err)
		}
		name, isFile := partName(p)
		if isFile {
			err = s.readFile(r, p, form)
		} else {
			err = form.field(name, p)
		}
		if err != nil {
			return s.broken(err)
		}
	}
	return refuse(webwx.RetParameter, "too many parts")
}

const (
	maxParts = 64
	maxField = 64 << 10 // bytes of a part that is not the file
)

// broken tells what is the client's fault from what is this server's.
func (s *Server) broken(err error) error {
	_, isDisk := errors.AsType[diskError](err)
	_, isOurs := errors.AsType[*webwx.Error](err)
	_, isType := errors.AsType[*wire.TypeError](err)
	_, isLong := errors.AsType[*http.MaxBytesError](err)
	switch {
	case isDisk, isOurs, isType, errors.Is(err, wire.ErrUnparsable):
		return err
	case isLong, errors.Is(err, errFileTooLarge):
		return s.tooLarge()
	}
	return errBodyBroken
}

func (s *Server) tooLarge() error {
	return refuse(webwx.RetParameter, "file over "+sizeText(s.opts.MaxUpload))
}

// readFile spools the file. If what came before says whose it is, and that is
// nobody, it is not read at all.
func (s *Server) readFile(r *http.Request, p *multipart.Part, form *uploadForm) error {
	if form.spool.md5 != nil {
		return refuse(webwx.RetParameter, "more than one file")
	}
	limit, uin := int64(maxEarly), int64(0)
	switch sess, err := s.uploader(r, form); {
	case err == nil:
		limit, uin = s.opts.MaxUpload, sess.uin
	case form.proof():
		return err
	case !errors.Is(err, webwx.ErrLoggedOut):
		return err // not an answer to wrong credentials
	}
	if form.total > s.opts.MaxUpload {
		return s.tooLarge()
	}
	if !s.receiving.enter(uin) {
		return refuse(webwx.RetTooOften, "more uploads at a time than this server takes")
	}
	defer s.receiving.leave(uin)
	if form.name == "" {
		form.name = rawFileName(p)
	}
	return form.spool.receive(p, min(limit, s.opts.MaxUpload), s.opts.TempDir)
}

// uploader returns the login that an upload belongs to: by the BaseRequest in it,
// else by the ticket in it, else by cookies.
func (s *Server) uploader(r *http.Request, form *uploadForm) (*session, error) {
	return s.byTicket(r, nil, &form.req.BaseRequest, form.ticket, changes)
}

// byTicket is authenticate for the endpoints that a data ticket opens too, unless
// a sid stands in body or query. Tickets are cut at ";" because there is a client
// that sends the cookie's attributes with it (endpoints.md §17).
func (s *Server) byTicket(r *http.Request, q *wire.Query, b *wire.BaseRequest, ticket string, e effect) (*session, error) {
	ticket, _, _ = strings.Cut(ticket, ";")
	c := credentialsOf(r, q, b)
	if ticket == "" || c.sidIn == inBody || c.sidIn == inQuery {
		return s.authenticate(r, q, b, e)
	}
	id, err := s.secrets.openTicket("data", ticket, dataTicketBytes)
	if err != nil {
		return s.authenticate(r, q, b, e)
	}
	sess, err := s.logins.byID(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if sess == nil || b != nil && b.Uin != 0 && int64(b.Uin) != sess.uin {
		return nil, errMismatch
	}
	if err := s.live(r.Context(), sess); err != nil {
		return nil, err
	}
	return sess, nil
}

const dataTicketBytes = 16 // that prove it: see loginSecrets

// takeFile stores a file that came as a whole.
func (s *Server) takeFile(ctx context.Context, sess *session, form *uploadForm) (*media, error) {
	if form.total > 0 && form.spool.size != form.total {
		return nil, errLength
	}
	if form.md5 != "" && form.md5 != form.spool.sum() {
		return nil, errMD5
	}
	r, err := form.spool.reader()
	if err != nil {
		return nil, err
	}
	ref, err := s.engine.PutBlob(ctx, r, s.opts.MaxUpload)
	if err != nil {
		return nil, err
	}
	m, err := s.keep(ctx, sess.uin, media{Hash: ref.Hash, Size: ref.Size, MD5: form.spool.sum()}, nil, form.spool.reader)
	return &m, err
}

var (
	errLength = refuse(webwx.RetParameter, "the file is not as long as TotalLen says")
	errMD5    = refuse(webwx.RetParameter, "FileMd5 does not fit the file")
)
