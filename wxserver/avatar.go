package wxserver

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"time"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

const (
	avatarCells = 5  // per side
	avatarCell  = 24 // pixels
	avatarEdge  = 6  // pixels around the cells
)

// avatar draws a picture that is the same for the same peer at all times: a
// mirrored pattern of cells in one colour. It tells nothing about the peer's id.
func (s *Server) avatar(p peer) ([]byte, error) {
	seed := s.secrets.derive("avatar", string(p), 3+avatarCells*avatarCells)
	const side = avatarCells*avatarCell + 2*avatarEdge
	colour := color.RGBA{60 + seed[0]/2, 60 + seed[1]/2, 60 + seed[2]/2, 255}
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			img.SetRGBA(x, y, color.RGBA{238, 238, 238, 255})
			cx, cy := (x-avatarEdge)/avatarCell, (y-avatarEdge)/avatarCell
			inside := x >= avatarEdge && y >= avatarEdge && cx < avatarCells && cy < avatarCells
			if inside && seed[3+cy*avatarCells+min(cx, avatarCells-1-cx)]&1 == 1 {
				img.SetRGBA(x, y, colour)
			}
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 85})
	return b.Bytes(), err
}

// icon serves the picture of any peer that the caller has a name for: either path
// serves either kind, and both spellings of the parameter (endpoints.md §23).
func (s *Server) icon(w http.ResponseWriter, r *http.Request, req *wire.MediaRequest) error {
	sess, err := s.authenticate(r, wire.QueryOf(req), nil, reads)
	if errors.Is(err, webwx.ErrLoggedOut) {
		http.Error(w, "no login", http.StatusNotFound)
		return nil
	}
	if err != nil {
		return err
	}
	p, ok := sess.secrets.names.peer(webwx.UserName(req.UserName))
	if ok {
		ok, err = s.knows(r.Context(), sess.uin, p)
	}
	if err != nil {
		return err
	}
	if !ok {
		http.Error(w, "no such picture", http.StatusNotFound)
		return nil
	}
	jpeg, err := s.avatar(p)
	if err != nil {
		return err
	}
	w.Header().Set("Last-Modified", time.Unix(sess.created(), 0).UTC().Format(http.TimeFormat))
	return servePicture(w, jpeg)
}
