package webwx

// Call is an invitation to a voice or video call, or its end (types 50, 52, 53).
// Nobody has documented the XML, and no call can be taken on the web.
type Call struct {
	Type MsgType // [MsgVoip], [MsgVoipInvite], or [MsgVoipNotify] for the end
	XML  string
}

// Kind returns [ContentCall].
func (*Call) Kind() ContentKind { return ContentCall }

// Build makes a message of type Type.
func (c *Call) Build() Message {
	return Message{MsgType: c.Type, ImgStatus: 1, Content: Escape(c.XML)}
}

// Ended reports whether the call is over.
func (c *Call) Ended() bool { return c.Type == MsgVoipNotify }

func (c *Call) fields() []field { return []field{{"", xmlText{&c.XML}}} }

func (c *Call) line() string {
	if c.Ended() {
		return "ended"
	}
	return ""
}
