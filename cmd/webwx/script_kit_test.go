package main

import (
	"bytes"
	"image"
	"image/color/palette"
	"image/gif"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// join NAME lets an account sign in on its phone, with the password NAME-secret, and
// starts its watch, as the process and the session NAME.
func join(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: join NAME")
	}
	name := args[0]
	ts.Check(os.WriteFile(ts.MkAbs(name+".pw"), []byte(name+"-secret\n"), 0o600))
	ts.Check(ts.Exec("webwx", "phone", "login", name, "--password-file", name+".pw"))
	start(ts, false, []string{name, "watch", "--json", "--as", name, "--qr", "url"})
	await(ts, false, []string{name + ".err", `^(https://login\.weixin\.qq\.com/l/\S+)$`, "CODE"})
	ts.Check(ts.Exec("webwx", "phone", "scan", "--as", name, ts.Getenv("CODE")))
	ts.Check(ts.Exec("webwx", "phone", "confirm", "--as", name))
	await(ts, false, []string{name + ".out", `"event":"contacts"`})
}

// fill FILE SIZE makes a file that compresses badly; one whose name ends in .gif is
// a picture, and SIZE how wide it is.
func fill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fill FILE SIZE")
	}
	size, err := strconv.Atoi(args[1])
	ts.Check(err)
	var b bytes.Buffer
	if strings.HasSuffix(args[0], ".gif") {
		ts.Check(gif.Encode(&b, image.NewPaletted(image.Rect(0, 0, size, size), palette.Plan9), nil))
	} else {
		r := rand.New(rand.NewPCG(1, uint64(size)))
		for b.Len() < size {
			b.WriteByte(byte(r.Uint32()))
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
}
