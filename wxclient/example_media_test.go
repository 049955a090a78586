package wxclient_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// A picture that arrives goes back to whoever sent it.
func ExampleClient_Download() {
	echo := func(ctx context.Context, c *wxclient.Client, m *webwx.Message) error {
		var picture bytes.Buffer // a large file is better kept in an os.File
		if _, err := c.Download(ctx, m, &picture, wxclient.DownloadOptions{}); err != nil {
			return err
		}
		f := &wxclient.File{Name: "echo.jpg", Size: int64(picture.Len()), Reader: bytes.NewReader(picture.Bytes())}
		_, err := c.SendImage(ctx, m.Chat(c.Self().UserName), f, func(done, total int64) {
			fmt.Printf("%d of %d bytes\n", done, total)
		})
		return err
	}
	c, err := wxclient.New(wxclient.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = echo(context.Background(), c, &webwx.Message{MsgID: "7", MsgType: webwx.MsgImage})
	fmt.Println(errors.Is(err, wxclient.ErrNoSession)) // nobody has logged in here
	// Output: true
}
