package memengine_test

import (
	"testing"

	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/enginetest"
	"github.com/webwx/webwx/wxserver/memengine"
)

func TestContract(t *testing.T) {
	enginetest.Run(t, func(*testing.T) wxserver.Engine { return memengine.New() })
}
