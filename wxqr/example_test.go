package wxqr_test

import (
	"bytes"
	"fmt"
	"log"
	"os"

	"github.com/webwx/webwx/wxqr"
)

func Example() {
	code, err := wxqr.Encode("HELLO")
	if err != nil {
		log.Fatal(err)
	}
	if err := code.WriteTerminal(os.Stdout, wxqr.TerminalOptions{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// █████████████████████████
	// ██ ▄▄▄▄▄ ██▄▀█▄█ ▄▄▄▄▄ ██
	// ██ █   █ ██▀▀█ █ █   █ ██
	// ██ █▄▄▄█ █▄ ▀ ▄█ █▄▄▄█ ██
	// ██▄▄▄▄▄▄▄█ ▀▄█ █▄▄▄▄▄▄▄██
	// ███▀ ▄▀▀▄▄ ▀▄   ▄▀▄▀▀▀▀██
	// ██▀▀ ▄ ▀▄██▀▄▄ █▀▄▄█ ▀███
	// ██▄██▄▄▄▄▄   █▄▄█▀▄█ ▀███
	// ██ ▄▄▄▄▄ █▄▀█▀ ▀██▄▀█▄ ██
	// ██ █   █ █▀▄██   █▀▄█▀▄██
	// ██ █▄▄▄█ █▄▀ █▄ ██ ▀▄████
	// ██▄▄▄▄▄▄▄██████▄█▄███▄███
	// █████████████████████████
}

func ExampleDecodeReader() {
	code, err := wxqr.Encode("https://login.weixin.qq.com/l/Qx7bPd_kRA==")
	if err != nil {
		log.Fatal(err)
	}
	picture, err := code.JPEG(8)
	if err != nil {
		log.Fatal(err)
	}
	text, err := wxqr.DecodeReader(bytes.NewReader(picture))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(text)
	// Output: https://login.weixin.qq.com/l/Qx7bPd_kRA==
}
