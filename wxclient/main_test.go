package wxclient

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("WXCLIENT_HOLD_POSITION"); path != "" {
		holdPosition(path)
		return
	}
	goleak.VerifyTestMain(m)
}

// holdPosition is another process that has a position open. It says what came of
// it and stays until it is killed.
func holdPosition(path string) {
	p, err := OpenPosition(path)
	if err == nil {
		_, err = p.Start("account", "login")
	}
	for i := range 3 {
		if err == nil {
			err = p.Take(fmt.Sprint(i))
		}
	}
	fmt.Println("held", err)
	select {}
}
