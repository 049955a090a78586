// Package webwx is the vocabulary of the Web WeChat protocol (网页微信): the
// names, messages, contacts, keys and result codes that its clients and servers
// exchange.
//
// To speak the protocol use package wxclient, to serve it use package wxserver.
// Both use these types, so a message that leaves one side is the message that
// arrives at the other. The facts behind them are cited as seed numbers (S 8.4
// is line 8.4 of docs/reference/seed-checklist.md) or as sections of the other
// pages in docs/reference.
//
// What a message says is a [Content]: [Message.Parse] reads it, Build writes it.
//
// Three things surprise newcomers. A [UserName] is valid for one login only.
// Texts that come from a server are HTML: see [Unescape]. And an account is
// told of everything that others do, but never of what the same login sent.
package webwx
