package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/webwx/webwx"
	"github.com/webwx/webwx/wxclient"
)

// fetchFlags are the flags of fetch.
type fetchFlags struct {
	out   string // file, folder, - for standard output, or empty for this folder
	thumb bool
	force bool
}

// fetchedLine is a file that was fetched, in JSON.
type fetchedLine struct {
	MsgID string            `json:"msg_id"`
	Kind  webwx.ContentKind `json:"kind"`
	File  string            `json:"file"`
	Size  int64             `json:"size"`
}

func (a *app) fetchCommand() *cobra.Command {
	c := a.command("fetch", "MSGID")
	c.Args = a.exactly(1)
	c.ValidArgsFunction = a.completeRecent(func(l *recentLine) string {
		switch l.Message.Parse().Kind() {
		case webwx.ContentText, webwx.ContentCard, webwx.ContentFriendRequest:
			return ""
		}
		return l.Message.MsgID
	})
	o := new(fetchFlags)
	c.Flags().StringVarP(&o.out, "output", "o", "", a.t("flag.output"))
	c.Flags().BoolVar(&o.thumb, "thumb", false, a.t("flag.thumb"))
	c.Flags().BoolVar(&o.force, "force", false, a.t("flag.force"))
	c.RunE = func(c *cobra.Command, args []string) error {
		if o.out == "-" && a.json {
			return a.usageOf(c, "error.stdout_json")
		}
		client, file, err := a.resume(c.Context())
		if err != nil {
			return err
		}
		defer client.Close()
		kept, ok, err := recentOf(file).find(args[0], client.Self().UserName)
		if err != nil {
			return err
		}
		f := &fetch{a: a, client: client, o: o, id: args[0]}
		if ok {
			f.guesses = []*webwx.Message{&kept.Message}
		} else {
			f.guess()
		}
		return f.run(c.Context())
	}
	return c
}

// fetch is one run of the command.
type fetch struct {
	a       *app
	client  *wxclient.Client
	o       *fetchFlags
	id      string
	guesses []*webwx.Message // what the message may be
	guessed bool
}

// guess prepares for a message that nobody here has seen. A picture, a video and a
// voice message are known to the service by their ids alone, and the small picture
// of each by the same call.
func (f *fetch) guess() {
	types := []webwx.MsgType{webwx.MsgImage, webwx.MsgVideo, webwx.MsgVoice}
	if f.o.thumb {
		types = types[:1]
	}
	for _, t := range types {
		f.guesses = append(f.guesses, &webwx.Message{MsgID: f.id, MsgType: t})
	}
	f.guessed = true
}

func (f *fetch) run(ctx context.Context) error {
	if f.o.out == "-" {
		_, _, err := f.download(ctx, f.a.stdout)
		return err
	}
	dir, name := "", ""
	if f.o.out != "" {
		dir, name = filepath.Split(f.o.out)
		if info, err := os.Stat(f.o.out); err == nil && info.IsDir() {
			dir, name = f.o.out, ""
		}
	}
	t, err := openTarget(or(dir, "."), f.o.force)
	if err != nil {
		return err
	}
	defer t.close()
	if name != "" && !f.o.force && t.exists(name) {
		return f.there(filepath.Join(dir, name)) // before it travels in vain
	}
	m, size, err := f.download(ctx, t)
	if err != nil {
		return err
	}
	content := m.Parse()
	if name == "" {
		name = f.name(content, t.head)
	}
	path := filepath.Join(dir, name)
	if err := t.keep(name); errors.Is(err, os.ErrExist) {
		return f.there(path)
	} else if err != nil {
		return err
	}
	if f.a.json {
		return f.a.print(fetchedLine{f.id, content.Kind(), path, size})
	}
	f.a.say("fetch.done", "File", path, "Size", size)
	return nil
}

// there is the error for a file that is there already.
func (f *fetch) there(path string) error {
	return &hintedError{errors.New(f.a.t("error.file_there", "File", path)), f.a.t("hint.file_there")}
}

// name is the name for a content that begins with head: the file's own, made
// harmless, else the message's id.
func (f *fetch) name(c webwx.Content, head []byte) string {
	if file, ok := c.(*webwx.File); ok && !f.o.thumb {
		if name := safeName(file.Name); name != "" {
			return name
		}
	}
	return safeName(f.id) + extension(c.Kind(), head, f.o.thumb)
}

// download writes the media to w and returns what it was.
func (f *fetch) download(ctx context.Context, w io.Writer) (*webwx.Message, int64, error) {
	progress, end := f.a.progress(or(f.guesses[0].FileName, f.id))
	defer end()
	for _, m := range f.guesses {
		n, err := f.client.Download(ctx, m, w, wxclient.DownloadOptions{Thumb: f.o.thumb, Progress: progress})
		if err == nil || !f.guessed || n > 0 || !f.wrong(err) {
			return m, n, f.explain(err)
		}
	}
	return nil, 0, &hintedError{errors.New(f.a.t("error.no_media", "ID", f.id)), f.a.t("hint.no_media")}
}

// wrong reports whether err may come from a wrong guess: another may be right.
func (f *fetch) wrong(err error) bool {
	_, empty := errors.AsType[*wxclient.SizeError](err)
	refused, isRefused := errors.AsType[*webwx.Error](err)
	odd, isOdd := errors.AsType[*wxclient.HTTPError](err)
	return empty || isOdd && odd.Status < http.StatusInternalServerError || isRefused && refused.Ret == webwx.RetParameter
}

// explain puts into words why there is no file.
func (f *fetch) explain(err error) error {
	if short, ok := errors.AsType[*wxclient.SizeError](err); ok {
		return &hintedError{errors.New(f.a.t("error.media_short", "ID", f.id, "Err", short)), f.a.t("hint.media_short")}
	}
	if errors.Is(err, wxclient.ErrNoMedia) {
		return errors.New(f.a.t("error.media_none", "ID", f.id))
	}
	return err
}
