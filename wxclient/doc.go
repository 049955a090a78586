// Package wxclient is the client half of Web WeChat (网页微信): it logs in, knows
// the contacts, tells what arrives and sends.
//
//	c, err := wxclient.New(wxclient.Options{Store: &wxclient.FileStore{Path: "me.json"}})
//	for ev, err := range c.Login(ctx) {    // a saved session, else the phone, else a QR code
//		…                              // show ev.QR, say what ev.Code says
//	}
//	for ev, err := range c.Events(ctx) {   // blocks, in order, until the login ends
//		…
//		sent, err := c.SendText(ctx, ev.Message.FromUserName, "hello")
//	}
//
// [Client.Login] and [Client.Events] are all that most programs need, together
// with [Client.Contacts], [Client.Find] and [Client.SendText].
//
// What is no text has methods of its own. [Client.SendImage], [Client.SendVideo],
// [Client.SendFile] and [Client.SendSticker] upload, [Client.Download] fetches, and
// neither holds a file in memory; [Client.Send] sends what needs no upload, and
// [Client.Forward] what was received. Rooms begin with [Client.CreateRoom], friends
// with [Client.AddFriend] and [Client.AcceptFriend], and [Client.Recall] takes a
// message back. What a call has changed is known at once ([Client.Contact]), and
// Events tell what others change.
//
// Each of the ten
// steps of the seed is a method too, for programs that go their own way:
// [Client.UUID], [Client.QRCode], [Client.WaitLogin], [Client.NewLoginPage],
// [Client.Init], [Client.StatusNotify], [Client.Contacts], [Client.SyncCheck],
// [Client.Sync] and [Client.SendText]. They keep what later steps need, and try
// once where Login and Events try again.
//
// Four things surprise newcomers. Once the service has said that the login is
// over (an error that is [webwx.ErrLoggedOut]), every call returns that error and
// sends nothing, until Login has made a new one. An event counts as taken when the
// loop's body came back for the next one: what is not taken comes again. A send
// without an answer is an [UnknownError]: it may have arrived. And nothing runs
// in the background: no goroutine is started but those of net/http, which
// [Client.Close] ends.
//
// No error, and no line in the log, contains a credential.
package wxclient
