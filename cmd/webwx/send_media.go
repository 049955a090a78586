package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// sendMedia is a file to be sent.
type sendMedia struct {
	*wxclient.File
	spooled *os.File // a copy of standard input
}

func (m *sendMedia) close() {
	m.Close() // it was only read
	if m.spooled != nil {
		m.spooled.Close()
		os.Remove(m.spooled.Name()) // the system's temporary folder is emptied anyway
	}
}

// stickerMD5 is the shape of the sum by which the service knows a sticker.
var stickerMD5 = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

// newMediaParcel opens the file that o names.
func (a *app) newMediaParcel(c *cobra.Command, o *sendFlags) (*parcel, error) {
	p := new(parcel)
	var path string
	for _, f := range []struct {
		path string
		kind webwx.ContentKind
	}{
		{o.image, webwx.ContentImage},
		{o.video, webwx.ContentVideo},
		{o.voice, webwx.ContentVoice},
		{o.file, webwx.ContentFile},
		{o.sticker, webwx.ContentSticker},
	} {
		if f.path != "" {
			path, p.kind = f.path, f.kind
		}
	}
	if p.kind == webwx.ContentSticker && stickerMD5.MatchString(path) && !exists(path) {
		p.content = &webwx.Sticker{MD5: strings.ToLower(path)}
		return p, nil
	}
	if path == "-" && o.name == "" {
		return nil, a.usageOf(c, "error.stdin_name")
	}
	media, err := a.openMedia(path)
	if err != nil {
		return nil, err
	}
	if o.name != "" {
		media.Name = filepath.Base(o.name)
	}
	if err := a.checkMedia(media, p.kind, path); err != nil {
		media.close()
		return nil, err
	}
	p.media = media
	return p, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// openMedia opens a file, or a copy of standard input: pieces of it may have to be
// sent again.
func (a *app) openMedia(path string) (*sendMedia, error) {
	if path != "-" {
		f, err := wxclient.OpenFile(path)
		if err != nil {
			return nil, err
		}
		return &sendMedia{File: f}, nil
	}
	spool, err := os.CreateTemp("", "webwx-send-")
	if err != nil {
		return nil, err
	}
	m := &sendMedia{File: &wxclient.File{Reader: spool}, spooled: spool}
	if m.Size, err = io.Copy(spool, a.stdin); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

// checkMedia tells what is wrong with a file better than the service would.
func (a *app) checkMedia(m *sendMedia, kind webwx.ContentKind, path string) error {
	if m.Size == 0 {
		return errors.New(a.t("error.file_empty", "File", path))
	}
	if kind != webwx.ContentImage && kind != webwx.ContentSticker {
		return nil
	}
	head := make([]byte, 512) // as much as the detection looks at
	n, err := m.Reader.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return err
	}
	if !strings.HasPrefix(http.DetectContentType(head[:n]), "image/") {
		return &hintedError{errors.New(a.t("error.not_picture", "File", path)), a.t("hint.not_picture")}
	}
	return nil
}

// postMedia uploads and sends the file of p, and notes by which id it was sent.
func (a *app) postMedia(ctx context.Context, client *wxclient.Client, to webwx.UserName, p *parcel) (webwx.Sent, error) {
	kind := wxclient.MediaDoc
	switch p.kind {
	case webwx.ContentImage:
		kind = wxclient.MediaPicture
	case webwx.ContentVideo:
		kind = wxclient.MediaVideo
	}
	progress, end := a.progress(p.media.Name)
	defer end()
	m, err := client.Upload(ctx, to, kind, p.media.File, progress)
	if err != nil {
		return webwx.Sent{}, err
	}
	m.Sticker, m.Voice = p.kind == webwx.ContentSticker, p.kind == webwx.ContentVoice
	p.mediaID = m.ID
	return client.SendMedia(ctx, to, m)
}

// place reads a location as LAT,LON.
func (a *app) place(c *cobra.Command, o *sendFlags) (*webwx.Location, error) {
	lat, lon, _ := strings.Cut(o.location, ",")
	latitude, err := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	longitude, lerr := strconv.ParseFloat(strings.TrimSpace(lon), 64)
	if err != nil || lerr != nil || !(latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180) {
		return nil, a.usageOf(c, "error.location", "Value", o.location)
	}
	return &webwx.Location{Latitude: latitude, Longitude: longitude, Scale: mapScale, Label: o.label}, nil
}

// mapScale is how far a map is drawn in, as phones send it.
const mapScale = 16
