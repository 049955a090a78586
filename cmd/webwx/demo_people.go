package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/webwx/webwx"
)

// The steps of the demo with rooms, recalls and friend requests.

// newRoom lets alice's desk make a room, which bob's phone learns of.
func (d *demo) newRoom(ctx context.Context) (string, error) {
	names := make([]webwx.UserName, 2)
	for i, name := range []string{"bob", "xiaomei"} {
		c, err := d.desk.Find(ctx, d.nick(name))
		if err != nil {
			return "", err
		}
		names[i] = c.UserName
	}
	const topic = "看日出"
	room, err := d.desk.CreateRoom(ctx, topic, names...)
	if err != nil {
		return "", err
	}
	m, content, err := nextOf[*webwx.Members](ctx, d.inboxes[1])
	if err != nil {
		return "", err
	}
	told, err := d.chats["bob"].Details(ctx, m.FromUserName)
	switch {
	case err != nil:
		return "", err
	case told[0].Name() != topic || len(told[0].MemberList) != 3 || content.Who != d.nick("alice"):
		return "", fmt.Errorf("bob's phone knows the room as %q with %d members, made by %q", told[0].Name(), len(told[0].MemberList), content.Who)
	}
	return room.Name() + " | " + webwx.Digest(content, d.a.word), nil
}

// recall lets alice's desk take back a text: bob's phone must be told which.
func (d *demo) recall(ctx context.Context) (string, error) {
	bob, err := d.desk.Find(ctx, d.nick("bob"))
	if err != nil {
		return "", err
	}
	sent, err := d.desk.SendText(ctx, bob.UserName, "五点见？")
	if err != nil {
		return "", err
	}
	if _, _, err := nextOf[*webwx.Text](ctx, d.inboxes[1]); err != nil {
		return "", err
	}
	if err := d.desk.Recall(ctx, sent, bob.UserName); err != nil {
		return "", err
	}
	_, content, err := nextOf[*webwx.Recall](ctx, d.inboxes[1])
	if err == nil && content.MsgID != sent.MsgID {
		err = fmt.Errorf("message %s was recalled, want %s", content.MsgID, sent.MsgID)
	}
	if err != nil {
		return "", err
	}
	return webwx.Digest(content, d.a.word), nil
}

// friend lets somebody whom alice only knows from a room ask her, and her desk
// accept.
func (d *demo) friend(ctx context.Context) (string, error) {
	laowang, err := d.chat(ctx, "laowang")
	if err != nil {
		return "", err
	}
	rooms, err := laowang.Rooms(ctx)
	if err != nil {
		return "", err
	}
	var alice webwx.UserName
	for i := range rooms {
		for j := range rooms[i].MemberList {
			if m := &rooms[i].MemberList[j]; m.Name() == d.nick("alice") {
				alice = m.UserName
			}
		}
	}
	if alice == "" {
		return "", errors.New("laowang shares no room with alice")
	}
	const hello = "我是一起爬山的老王"
	if err := laowang.AddFriend(ctx, alice, hello); err != nil {
		return "", err
	}
	_, request, err := nextOf[*webwx.FriendRequest](ctx, d.inboxes[0])
	if err != nil {
		return "", err
	}
	friend, err := d.desk.AcceptFriend(ctx, request)
	if err == nil && (friend.Name() != d.nick("laowang") || request.Content != hello) {
		err = fmt.Errorf("%q has asked with %q", friend.Name(), request.Content)
	}
	return webwx.Digest(request, d.a.word), err
}
