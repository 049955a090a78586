package main

import (
	"os"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/webwx/webwx/wxclient"
)

// barWidth is how many columns a bar and its numbers take at most.
const barWidth = 72

// progress returns what a transfer tells how far it is: a bar, if there is a
// terminal to draw it on. The caller calls end when the transfer is over.
func (a *app) progress(name string) (told wxclient.Progress, end func()) {
	f, ok := a.stderr.(*os.File)
	if a.json || !ok || !term.IsTerminal(int(f.Fd())) || a.getenv("TERM") == "dumb" {
		return nil, func() {}
	}
	t := &transfer{to: f, name: short(clean(name)) + " "}
	return t.told, t.end
}

// transfer is a bar that is drawn from the first byte on.
type transfer struct {
	to       *os.File
	name     string
	all      *mpb.Progress
	bar      *mpb.Bar
	finished bool
}

func (t *transfer) told(done, total int64) {
	if t.bar == nil {
		t.all = mpb.New(mpb.WithOutput(t.to), mpb.WithWidth(barWidth))
		t.bar = t.all.AddBar(0,
			mpb.PrependDecorators(decor.Name(t.name)),
			mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f"), decor.Percentage(decor.WCSyncSpace)))
	}
	t.finished = done == total
	t.bar.SetTotal(total, false)
	t.bar.SetCurrent(done)
}

func (t *transfer) end() {
	switch {
	case t.bar == nil:
		return
	case t.finished:
		t.bar.SetTotal(-1, true)
	default:
		t.bar.Abort(false) // it stays as it is: the transfer went no further
	}
	t.all.Wait()
}
