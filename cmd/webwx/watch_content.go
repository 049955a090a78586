package main

import (
	"github.com/webwx/webwx"
)

// contentLine is what a message line has besides, by its kind. Fields that a kind
// does not have, or that the message does not tell, are left out.
type contentLine struct {
	FileName    string         `json:"file_name,omitempty"`
	FileSize    int64          `json:"file_size,omitempty"`
	MD5         string         `json:"md5,omitempty"`
	Width       int            `json:"width,omitempty"`
	Height      int            `json:"height,omitempty"`
	DurationMS  int64          `json:"duration_ms,omitempty"`
	Title       string         `json:"title,omitempty"`
	Description string         `json:"description,omitempty"`
	URL         string         `json:"url,omitempty"`
	AppName     string         `json:"app_name,omitempty"`
	Amount      string         `json:"amount,omitempty"` // as it is shown, with the currency
	Latitude    *float64       `json:"latitude,omitempty"`
	Longitude   *float64       `json:"longitude,omitempty"`
	Label       string         `json:"label,omitempty"`
	UserName    webwx.UserName `json:"user_name,omitempty"` // the person of a card or a friend request
	NickName    string         `json:"nick_name,omitempty"`
	Greeting    string         `json:"greeting,omitempty"`
	RecalledID  string         `json:"recalled_id,omitempty"`
	QuotedID    string         `json:"quoted_id,omitempty"`
	QuotedText  string         `json:"quoted_text,omitempty"`
	Change      string         `json:"change,omitempty"` // of members, or what a system line tells
	Who         string         `json:"who,omitempty"`    // empty: oneself
	Whom        []string       `json:"whom,omitempty"`
	Topic       string         `json:"topic,omitempty"`
	FromUser    webwx.UserName `json:"from_user,omitempty"` // who pats
	PattedUser  webwx.UserName `json:"patted_user,omitempty"`
	Ended       bool           `json:"ended,omitempty"` // a call, or a shared location
	Articles    []articleLine  `json:"articles,omitempty"`
	Items       []recordLine   `json:"items,omitempty"`
	AppType     int            `json:"app_type,omitempty"`
}

// articleLine is one of the articles of an official account.
type articleLine struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// recordLine is one message of a chat history that was passed on.
type recordLine struct {
	SenderName string `json:"sender_name,omitempty"`
	Text       string `json:"text,omitempty"`
	Title      string `json:"title,omitempty"`
}

// newContentLine describes c; nil if its text says all.
func newContentLine(c webwx.Content) *contentLine {
	switch c := c.(type) {
	case *webwx.Text, *webwx.RedPacket, *webwx.StatusNotice:
		return nil
	case *webwx.Image:
		return &contentLine{FileSize: int64(c.Size), MD5: c.MD5, Width: c.ThumbWidth, Height: c.ThumbHeight}
	case *webwx.Voice:
		return &contentLine{FileSize: int64(c.Size), DurationMS: int64(c.Length)}
	case *webwx.Video:
		return &contentLine{FileSize: int64(c.Size), MD5: c.MD5, DurationMS: int64(c.Length) * 1000, Width: c.ThumbWidth, Height: c.ThumbHeight}
	case *webwx.Sticker:
		return &contentLine{FileSize: int64(c.Size), MD5: c.MD5, Width: c.Width, Height: c.Height, URL: c.URL}
	case *webwx.File:
		return &contentLine{FileName: c.Name, FileSize: c.Size, MD5: c.MD5}
	case *webwx.Location:
		return &contentLine{Latitude: &c.Latitude, Longitude: &c.Longitude, Label: c.Label, Title: c.Name}
	case *webwx.LiveLocation:
		return &contentLine{Ended: c.Ended}
	case *webwx.Call:
		return &contentLine{Ended: c.Ended()}
	}
	if line := newSystemLine(c); line != nil {
		return line
	}
	return newAppLine(c)
}

// newSystemLine describes what people and the service tell of people; nil if c is
// no such content.
func newSystemLine(c webwx.Content) *contentLine {
	switch c := c.(type) {
	case *webwx.Card:
		return &contentLine{UserName: c.UserName, NickName: c.NickName}
	case *webwx.FriendRequest:
		return &contentLine{UserName: c.UserName, NickName: c.NickName, Greeting: c.Content}
	case *webwx.PossibleFriend:
		return &contentLine{UserName: c.UserName, NickName: c.NickName}
	case *webwx.System:
		event, name := c.Event()
		return &contentLine{Change: string(event), Who: name}
	case *webwx.Members:
		return &contentLine{Change: string(c.Event), Who: c.Who, Whom: c.Whom}
	case *webwx.Rename:
		return &contentLine{Who: c.Who, Topic: c.Topic}
	case *webwx.Recall:
		return &contentLine{RecalledID: c.MsgID}
	case *webwx.Pat:
		return &contentLine{FromUser: c.FromUser, PattedUser: c.Patted}
	}
	return nil
}

// newAppLine describes what programs send; nil if c is no such content.
func newAppLine(c webwx.Content) *contentLine {
	switch c := c.(type) {
	case *webwx.Link:
		line := &contentLine{Title: c.Title, Description: c.Description, URL: c.URL, AppName: or(c.SourceName, c.AppName)}
		if who, topic, ok := c.RoomInvite(); ok {
			line.Who, line.Topic = who, topic
		}
		return line
	case *webwx.Music:
		return &contentLine{Title: c.Title, Description: c.Description, URL: or(c.URL, c.DataURL), AppName: c.AppName}
	case *webwx.MiniProgram:
		return &contentLine{Title: c.Title, URL: c.URL, AppName: or(c.SourceName, c.AppName)}
	case *webwx.Quote:
		return &contentLine{QuotedID: c.Refer.MsgID, QuotedText: readable(c.Refer.Parse(), webwx.ContentKind.English)}
	case *webwx.Record:
		line := &contentLine{Title: c.Title, Description: c.Description}
		for _, item := range c.Items {
			line.Items = append(line.Items, recordLine{item.SourceName, item.Text, item.Title})
		}
		return line
	case *webwx.Transfer:
		return &contentLine{Amount: c.Fee, Description: or(c.Memo, c.Description)}
	case *webwx.Articles:
		line := new(contentLine)
		for _, article := range c.Items {
			line.Articles = append(line.Articles, articleLine{article.Title, article.URL})
		}
		return line
	case *webwx.Channels:
		return &contentLine{Title: c.Title, Description: c.Description, NickName: c.NickName}
	case *webwx.App:
		return &contentLine{Title: c.Title, Description: c.Description, URL: c.URL, AppName: c.AppName, AppType: c.Type}
	case *webwx.Unknown:
		return &contentLine{AppType: c.AppMsgType}
	}
	return nil
}
