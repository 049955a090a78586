package wxserver

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// media is the stored file of a message.
type media struct {
	Hash   string `json:"hash"` // of the file
	Size   int64  `json:"size"`
	Name   string `json:"name,omitempty"` // for people, of what is sent as a file
	Type   string `json:"type"`           // its MIME type, as its bytes tell
	MD5    string `json:"md5,omitempty"`
	Width  int    `json:"width,omitempty"` // of a picture
	Height int    `json:"height,omitempty"`
	Millis int    `json:"millis,omitempty"` // how long a sound or a video lasts
	Thumb  *thumb `json:"thumb,omitempty"`
}

// thumb is the small picture of a file.
type thumb struct {
	Hash   string `json:"hash"`
	Size   int64  `json:"size"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// fileDoc is what is known of a file by its bytes alone: file/<hash>. One that
// came in pieces is stored in pieces.
type fileDoc struct {
	media
	Parts []BlobRef `json:"parts,omitempty"`
}

// haveDoc says that an account has uploaded a file: have/<uin>/<md5>.
type haveDoc struct {
	Hash string `json:"hash"`
	Size int64  `json:"size"`
}

// mediaDoc says who may fetch the file of a message: media/<message>. It is
// written with the message, for the accounts in whose boxes it was listed.
type mediaDoc struct {
	Type    webwx.MsgType `json:"type"`
	Media   media         `json:"media"`
	Readers []int64       `json:"readers"`
}

func fileKey(hash string) string           { return "file/" + hash }
func haveKey(uin int64, md5 string) string { return fmt.Sprintf("have/%d/%s", uin, md5) }
func mediaKey(id int64) string             { return "media/" + strconv.FormatInt(id, 10) }

// mediaWrite is the document of a message that has a file.
func mediaWrite(id int64, rec *record, boxes []Box) Write {
	doc := mediaDoc{Type: rec.Type, Media: *rec.Media}
	for _, b := range boxes {
		doc.Readers = append(doc.Readers, int64(b))
	}
	return write(mediaKey(id), AnyRevision, doc)
}

// mediaOf finds the file of a message for one of its readers.
func (s *Server) mediaOf(ctx context.Context, uin, id int64) (mediaDoc, bool, error) {
	doc, rev, err := load[mediaDoc](ctx, s.engine, mediaKey(id))
	return doc, err == nil && rev != 0 && slices.Contains(doc.Readers, uin), err
}

// mediaByID finds the file that a MediaId of uin leads to. The error for one that
// leads nowhere is errNoMedia.
func (s *Server) mediaByID(ctx context.Context, uin int64, id string) (media, error) {
	kind, what, ok := s.mediaIDs.open(id, uin)
	switch {
	case ok && kind == idUpload:
		doc, rev, err := load[fileDoc](ctx, s.engine, fileKey(hex.EncodeToString(what)))
		if err == nil && rev == 0 {
			err = errNoMedia
		}
		return doc.media, err
	case ok && kind == idMessage && len(what) == 8:
		doc, ok, err := s.mediaOf(ctx, uin, messageID(what))
		if err == nil && !ok {
			err = errNoMedia
		}
		return doc.Media, err
	}
	return media{}, errNoMedia
}

// keep stores what is known of a file that uin has uploaded, and returns it.
func (s *Server) keep(ctx context.Context, uin int64, m media, parts []BlobRef, open func() (io.ReadSeeker, error)) (media, error) {
	doc, rev, err := load[fileDoc](ctx, s.engine, fileKey(m.Hash))
	if err != nil {
		return media{}, err
	}
	b := &Batch{Docs: []Write{write(haveKey(uin, m.MD5), AnyRevision, haveDoc{Hash: m.Hash, Size: m.Size})}}
	if rev == 0 {
		r, err := open()
		if err != nil {
			return media{}, err
		}
		if err := s.examine(ctx, &m, r); err != nil {
			return media{}, err
		}
		doc = fileDoc{media: m, Parts: parts}
		b.Docs = append(b.Docs, write(fileKey(m.Hash), AnyRevision, doc))
	}
	_, err = s.engine.Commit(ctx, b)
	return doc.media, err
}

func (s *Server) mediaRoutes() {
	s.both(wire.UploadMedia.Path, s.upload)
	s.mux.HandleFunc("OPTIONS "+wire.UploadMedia.Path, s.uploadOptions)
	handle(s, wire.CheckUpload, changes, s.checkUpload)

	handle(s, wire.SendMsgImg, changes, s.sendMsgImg)
	handle(s, wire.SendEmoticon, changes, s.sendEmoticon)
	handle(s, wire.SendVideoMsg, changes, s.sendVideoMsg)
	handle(s, wire.SendAppMsg, changes, s.sendAppMsg)

	handleFunc(s, wire.GetMsgImg, nil, s.getMsgImg)
	handleFunc(s, wire.GetVideo, nil, s.getVideo)
	handleFunc(s, wire.GetVoice, nil, s.getVoice)
	handleFunc(s, wire.GetMedia, nil, s.getMedia)
	handleFunc(s, wire.Preview, nil, s.preview)
	handleFunc(s, wire.GetPublicLinkImg, nil, s.mapPicture)
	s.mux.HandleFunc("GET /wx_emoji/{id}/{$}", s.stickerPicture)

	handleFunc(s, wire.CheckURL, nil, s.checkURL)
	s.both(wire.StatReport.Path, s.statReport)
	handle(s, wire.SendFeedback, changes, s.sendFeedback)
	s.staticRoutes()
}
