package wxserver

import (
	"context"
	"encoding/hex"
	"math"
	"strings"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/internal/wire"
)

// checkUpload tells whether a file is here already: endpoints.md §18. It knows only
// what the same account has uploaded before, because the answer would else tell
// who has the fingerprint of a file that somebody else has it, and hand it over.
func (s *Server) checkUpload(ctx context.Context, c *call, req *wire.CheckUploadRequest) (*wire.CheckUploadResponse, error) {
	md5, ok := cleanMD5(req.FileMD5)
	if !ok || md5 == "" || req.FileSize < 0 {
		return nil, refuse(webwx.RetParameter, "FileMd5 or FileSize is none")
	}
	if req.FileSize > s.opts.MaxUpload {
		return nil, s.tooLarge()
	}
	have, _, err := load[haveDoc](ctx, s.engine, haveKey(c.uin, md5))
	if err != nil {
		return nil, err
	}
	resp := &wire.CheckUploadResponse{EncryFileName: encodedName(fileName(req.FileName))}
	if have.Hash != "" && have.Size == req.FileSize {
		resp.MediaID = s.mediaIDs.upload(c.uin, have.Hash)
	}
	resp.AESKey, resp.Signature = s.uploadKey(c.uin, md5, req.FileSize)
	return resp, nil
}

// uploadKey makes the AESKey and the Signature that go with a large file. They
// need not be remembered, and nothing needs them: an upload that brings the
// Signature of another file is refused, one without is as good.
func (s *Server) uploadKey(uin int64, md5 string, size int64) (key, signature string) {
	b := s.secrets.derive("upload", accountKey(uin)+" "+md5+" "+sizeText(size), 48)
	return hex.EncodeToString(b[:16]), "@upload_" + hex.EncodeToString(b[16:])
}

// cleanMD5 returns an MD5 in lower case; false if it is neither that nor empty.
func cleanMD5(text string) (string, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	b, err := hex.DecodeString(text)
	return text, err == nil && (len(b) == 16 || len(b) == 0)
}

// tooMuch bounds a length that only a claim has.
const tooMuch = math.MaxInt64 / 2
