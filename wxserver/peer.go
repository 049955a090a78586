package wxserver

import (
	"strconv"
	"strings"

	"github.com/webwx/webwx"
)

// A peer is the permanent id of an account ("u:200100300"), a room ("r:17") or a
// special account ("filehelper"). Stored data hold peers, never user names.
type peer string

const (
	accountPrefix = "u:"
	roomPrefix    = "r:"
)

func accountPeer(uin int64) peer { return peer(accountPrefix + strconv.FormatInt(uin, 10)) }
func roomPeer(id int64) peer     { return peer(roomPrefix + strconv.FormatInt(id, 10)) }

func (p peer) number(prefix string) (int64, bool) {
	text, ok := strings.CutPrefix(string(p), prefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// account returns the uin if p is an account.
func (p peer) account() (uin int64, ok bool) { return p.number(accountPrefix) }

// room returns the id if p is a room.
func (p peer) room() (id int64, ok bool) { return p.number(roomPrefix) }

// specials are the special accounts that this server has, with their nicknames.
var specials = map[peer]string{
	peer(webwx.FileHelper): "文件传输助手",
	peer(webwx.Weixin):     "微信团队",
	peer(webwx.FMessage):   "朋友推荐消息",
}

func (p peer) special() bool { return specials[p] != "" }
