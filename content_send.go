package webwx

import "fmt"

// ParseSend reads what a client puts into a send of type t: plain text for type
// 1; XML, not escaped, for cards, locations, forwarded media and app messages
// (endpoints.md §12–§16). App messages are known by their XML, since clients
// send them with t 49 or with the AppMsgType, which overlaps with other types.
//
// It reads what known clients write: elements in any order, either quotes, an
// ampersand or an angle bracket in a title that is not escaped.
func ParseSend(t MsgType, content string) (Content, error) {
	if root, ok := readTree(payload(content)); ok && (root.name == "appmsg" || root.kid("appmsg") != nil) && t != MsgText {
		m := Message{MsgType: MsgApp, Content: content}
		if t != MsgApp {
			m.AppMsgType = int(t)
		}
		if c := m.parseApp(content); c != nil {
			return c, nil
		}
	}
	m := Message{MsgType: t, Content: content}
	switch t {
	case MsgText:
		return &Text{Text: unified(content)}, nil
	case MsgImage, MsgVideo, MsgMicroVideo, MsgVoice, MsgEmoticon:
		return m.Parse(), nil
	case MsgShareCard:
		if c := m.parseCard(content); c.UserName != "" {
			return c, nil
		}
		return nil, fmt.Errorf("webwx: a card without a username")
	case MsgLocation:
		if root, ok := readTree(payload(content)); ok && root.kid("location") != nil {
			return m.parseLocation(content), nil
		}
		return nil, fmt.Errorf("webwx: a location without its XML")
	}
	return nil, fmt.Errorf("webwx: no content of %v can be sent", t)
}
