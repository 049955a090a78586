package wxserver

import (
	"strconv"

	"github.com/webwx/webwx"
)

// lead puts into the content of a message what leads the reader to its file:
// MediaIds of his own, which he can fetch and forward it by.
func (s *Server) lead(c *call, it *item, content webwx.Content) {
	if loc, ok := content.(*webwx.Location); ok {
		loc.Picture = webwx.MapPicture(strconv.FormatInt(it.ID, 10))
	}
	if it.Media == nil {
		return
	}
	id := s.mediaIDs.message(c.uin, it.ID)
	switch content := content.(type) {
	case *webwx.Image:
		content.MidURL, content.ThumbURL = id, id
	case *webwx.Video:
		content.VideoURL, content.ThumbURL = id, id
	case *webwx.Sticker:
		content.EncryptURL = id
		if c.http != nil {
			content.URL = s.origin(c.http) + "/wx_emoji/" + s.mediaIDs.sticker(it.ID) + "/"
		}
	case *webwx.File:
		content.MediaID, content.AttachID = id, id
	}
}
