// Package crash kills webwx while it works and asks what was lost. It holds tests
// only: they build the command, run it as real processes on real files, and end
// them with SIGKILL at random moments. Package history is the judge.
package crash
