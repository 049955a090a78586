// Package arch holds no code. Its tests say who may import whom among the
// packages of this module, and what no folder may be called. See table in
// arch_test.go; a new package needs a row there.
package arch
