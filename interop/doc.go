// Package interop lets programs that others wrote, unmodified, log in to webwx. It
// holds tests only. They build the command, serve with --intercept, install each
// program by npm with the versions of its package-lock.json, and start it with the
// environment that the command prints, and nothing else. The phone is package
// wxphone; what the program prints and what the phone's chats show is compared.
//
// The programs are in testdata, each with a small driver of ours that prints what
// happens as JSON lines. A system without Node is a failure, not a skip.
package interop
