// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"errors"
	"math"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/tinylib/msgp/msgp"

	"bellwire/call"
	"bellwire/identity"
	"bellwire/internal/msgpack"
	"bellwire/link"
)

// Jami since the end of 2024 sends texts over a channel of their own, "msg:" and the long id of the
// device that was asked for it. It carries MessagePack maps back to back in both directions, and no
// acknowledgement:
//
//	{"id": uint, "t": str MIME type, "c": str content, "req": nil or a map}
//
// Jami opens one whenever a connection is up, and shows those as connected who have one open with it.
const msgPrefix = "msg:"

const (
	// maxMsg bounds one map in bytes.
	maxMsg = 1 << 17
	// maxNesting bounds how deep maps may lie in one another.
	maxNesting = 16
	// maxChannels bounds the channels of one link; Jami has two.
	maxChannels = 4
	// msgTime bounds the opening of a channel, and a write to it.
	msgTime = 10 * time.Second
)

// msg is one map of a channel.
type msg struct {
	id      uint64
	kind    string // MIME type
	content string
}

func (m msg) append(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 4)
	b = msgp.AppendString(b, "id")
	b = msgp.AppendUint64(b, m.id)
	b = msgp.AppendString(b, "t")
	b = msgp.AppendString(b, m.kind)
	b = msgp.AppendString(b, "c")
	b = msgp.AppendString(b, m.content)
	b = msgp.AppendString(b, "req")
	return msgp.AppendNil(b)
}

// parseMsg reads one map; false when it makes no sense. Unknown keys are ignored.
func parseMsg(b []byte) (m msg, ok bool) {
	r := msgpack.NewReader(b)
	for range r.Map() {
		switch string(r.Key()) {
		case "id":
			m.id = r.Uint(math.MaxUint64)
		case "t":
			m.kind = string(r.Text())
		case "c":
			m.content = string(r.Bytes())
		default:
			r.Skip()
		}
	}
	return m, r.Err() == nil
}

// object collects one object of a channel, as far as it may be long.
type object []byte

var errLongObject = errors.New("an object of the channel is too long")

func (o *object) Write(b []byte) (int, error) {
	if len(*o)+len(b) > maxMsg {
		return 0, errLongObject
	}
	*o = append(*o, b...)
	return len(b), nil
}

// readMsgs hands on the maps of a channel until it ends or is no MessagePack any more.
func readMsgs(conn net.Conn, handle func(msg)) error {
	r := msgp.NewReaderSize(conn, 4096)
	r.SetMaxRecursionDepth(maxNesting)
	var o object
	for {
		o = o[:0]
		if _, err := r.CopyNext(&o); err != nil {
			return err
		}
		if m, ok := parseMsg(o); ok {
			handle(m)
		}
	}
}

// channel is an open msg channel.
type channel struct {
	net.Conn
	turn sync.Mutex // held while a map is written
}

// channels are the open msg channels by their links. Either end may have opened one, and both may have.
type channels struct {
	mu   sync.Mutex
	open map[link.Link][]*channel
}

// get returns a channel of a link, nil without one.
func (c *channels) get(connection link.Link) *channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	if open := c.open[connection]; len(open) > 0 {
		return open[0]
	}
	return nil
}

// add takes a channel in; false when the link has too many.
func (c *channels) add(connection link.Link, ch *channel) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open[connection]) >= maxChannels {
		return false
	}
	c.open[connection] = append(c.open[connection], ch)
	return true
}

func (c *channels) drop(connection link.Link, ch *channel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := slices.DeleteFunc(c.open[connection], func(other *channel) bool { return other == ch })
	if len(left) == 0 {
		delete(c.open, connection)
		return
	}
	c.open[connection] = left
}

// attachMsg reads from a channel until it ends.
func (l *Line) attachMsg(connection link.Link, conn net.Conn) *channel {
	ch := &channel{Conn: conn}
	if !l.channels.add(connection, ch) {
		conn.Close()
		return ch
	}
	end := func() {
		l.channels.drop(connection, ch)
		conn.Close()
	}
	if !l.spawn(func() {
		defer end()
		defer context.AfterFunc(l.ctx, func() { conn.Close() })()
		err := readMsgs(conn, func(m msg) { l.takeMsg(connection.Peer(), m) })
		l.log.Debug("a channel for texts ended", "peer", connection.Peer().Account, "error", err)
	}) {
		end()
	}
	return ch
}

// msgChannel returns a channel of a link, opening one when there is none.
func (l *Line) msgChannel(ctx context.Context, connection link.Link) (*channel, error) {
	if ch := l.channels.get(connection); ch != nil {
		return ch, nil
	}
	ctx, cancel := context.WithTimeout(ctx, msgTime)
	defer cancel()
	conn, err := connection.Open(ctx, msgPrefix+connection.Peer().LongID.String())
	if err != nil {
		return nil, err
	}
	return l.attachMsg(connection, conn), nil
}

// sendMsg writes a map to a channel of a link.
func (l *Line) sendMsg(ctx context.Context, connection link.Link, m msg) error {
	ch, err := l.msgChannel(ctx, connection)
	if err != nil {
		return err
	}
	ch.turn.Lock()
	defer ch.turn.Unlock()
	if err := ch.SetWriteDeadline(time.Now().Add(msgTime)); err != nil {
		return err
	}
	_, err = ch.Write(m.append(nil))
	return err
}

// greet opens the channel for texts to the devices of a contact that are connected and run Jami: they
// show us as connected then. Versions without it decline.
func (l *Line) greet(account identity.AccountID) {
	for _, connection := range l.linksTo(account) {
		l.greetLink(connection)
	}
}

func (l *Line) greetLink(connection link.Link) {
	if _, ours := connection.Media(); ours || l.book.Get(connection.Peer().Account).State != call.Confirmed {
		return
	}
	l.spawn(func() { _, _ = l.msgChannel(l.ctx, connection) })
}
