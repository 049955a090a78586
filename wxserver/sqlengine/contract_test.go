package sqlengine_test

import (
	"testing"

	"github.com/webwx/webwx/wxserver"
	"github.com/webwx/webwx/wxserver/enginetest"
	"github.com/webwx/webwx/wxserver/sqlengine"
)

func open(t testing.TB, dir string) *sqlengine.Engine {
	t.Helper()
	e, err := sqlengine.Open(t.Context(), dir, sqlengine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestContract(t *testing.T) {
	enginetest.Run(t, func(t *testing.T) wxserver.Engine { return open(t, t.TempDir()) })
}

func TestContractDurable(t *testing.T) {
	enginetest.RunDurable(t, func(t *testing.T, dir string) wxserver.Engine { return open(t, dir) })
}
