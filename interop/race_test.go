//go:build race

package interop

// The command is built like the test, so that the detector sees the server work
// for the programs.
func init() { buildFlags = append(buildFlags, "-race") }
