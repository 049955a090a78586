package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// The steps of the demo with pictures and files.

// nextOf takes messages from an inbox until one is of the wanted kind.
func nextOf[C webwx.Content](ctx context.Context, in *inbox) (*webwx.Message, C, error) {
	for {
		m, err := in.next(ctx)
		if err != nil {
			var none C
			return nil, none, err
		}
		if c, ok := m.Parse().(C); ok {
			return m, c, nil
		}
	}
}

// file makes a file of bytes in memory.
func file(name string, content []byte) *wxclient.File {
	return &wxclient.File{Name: name, Size: int64(len(content)), Reader: bytes.NewReader(content)}
}

// same fetches the media of m and compares them with what was sent.
func same(ctx context.Context, c *wxclient.Client, m *webwx.Message, content []byte) error {
	var got bytes.Buffer
	if _, err := c.Download(ctx, m, &got, wxclient.DownloadOptions{}); err != nil {
		return err
	}
	if !bytes.Equal(got.Bytes(), content) {
		return fmt.Errorf("got %d bytes that are not the %d that were sent", got.Len(), len(content))
	}
	return nil
}

// picture sends the picture of the login code from bob's phone to alice's desk.
func (d *demo) picture(ctx context.Context) (string, error) {
	bob, err := d.chat(ctx, "bob")
	if err != nil {
		return "", err
	}
	alice, err := bob.Find(ctx, d.nick("alice"))
	if err != nil {
		return "", err
	}
	if len(d.code) == 0 {
		return "", errors.New("the server has drawn no code")
	}
	if _, err := bob.SendImage(ctx, alice.UserName, file("code.jpg", d.code), nil); err != nil {
		return "", err
	}
	m, content, err := nextOf[*webwx.Image](ctx, d.inboxes[0])
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %d × %d", webwx.Digest(content, d.a.word), m.ImgWidth, m.ImgHeight), same(ctx, d.desk, m, d.code)
}

// demoFile is how large the demo's file is: more than one piece of an upload.
const demoFile = 600_000

// file sends a file of several pieces from alice's desk to bob's phone.
func (d *demo) file(ctx context.Context) (string, error) {
	bob, err := d.desk.Find(ctx, d.nick("bob"))
	if err != nil {
		return "", err
	}
	content := make([]byte, demoFile)
	rand.Read(content)
	if _, err := d.desk.SendFile(ctx, bob.UserName, file("路线 map.bin", content), nil); err != nil {
		return "", err
	}
	m, got, err := nextOf[*webwx.File](ctx, d.inboxes[1])
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, %d B", webwx.Digest(got, d.a.word), got.Size), same(ctx, d.chats["bob"], m, content)
}
