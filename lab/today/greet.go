// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/tinylib/msgp/msgp"

	"bellwire/internal/msgpack"
)

// serviceQuery is the channel by which a daemon asks what services the far end has.
const serviceQuery = "svcdisc://query"

// channelTime bounds the wait for the answer to an asked channel.
const channelTime = 10 * time.Second

// greet begins a new connection: the channel it is for, the version, and what is opened unasked.
func (c *connection) greet(first string) {
	if first != "" {
		ch := c.socket.ask(first)
		c.turn <- struct{}{} // until it is open, whoever wants SIP waits
		c.later(ch, c.turn.give)
	}
	_ = c.socket.frame(protocolChannel, version)
	for _, name := range c.peer.cfg.Generation.opensUnasked(c.chain.LongID()) {
		c.later(c.socket.ask(name), func() {})
	}
}

// later waits for an asked channel and uses it.
func (c *connection) later(ch *channel, then func()) {
	then = sync.OnceFunc(then)
	wait := func() {
		defer then()
		ctx, cancel := context.WithTimeout(c.peer.ctx, channelTime)
		defer cancel()
		if ch.wait(ctx) != nil {
			return
		}
		c.use(ch)
		if ch.name == serviceQuery {
			_, _ = ch.Write(serviceMessage("query", ""))
		}
	}
	if !c.peer.spawn(wait) {
		then()
	}
}

// opened takes a channel of the far end.
func (c *connection) opened(ch *channel) { c.use(ch) }

// use serves a channel that is open.
func (c *connection) use(ch *channel) {
	switch {
	case ch.name == "sip":
		c.attach(ch)
	case strings.HasPrefix(ch.name, "msg:"):
		c.mu.Lock()
		c.texts = append(c.texts, ch)
		c.mu.Unlock()
		c.peer.spawn(func() { c.readTexts(ch) })
	case ch.name == serviceQuery:
		c.peer.spawn(func() { c.serveQueries(ch) })
	}
}

// serviceMessage is a query, or with a device the list of services it offers: none.
func serviceMessage(kind, device string) []byte {
	fields := uint32(2)
	if device != "" {
		fields = 4
	}
	b := msgp.AppendMapHeader(nil, fields)
	b = msgp.AppendString(b, "v")
	b = msgp.AppendInt(b, 1)
	b = msgp.AppendString(b, "type")
	b = msgp.AppendString(b, kind)
	if device != "" {
		b = msgp.AppendString(b, "device")
		b = msgp.AppendString(b, device)
		b = msgp.AppendString(b, "services")
		b = msgp.AppendArrayHeader(b, 0)
	}
	return b
}

// serveQueries answers each query.
func (c *connection) serveQueries(ch *channel) {
	for {
		payload, err := ch.payload()
		if err != nil {
			return
		}
		kind := ""
		m := msgpack.NewReader(payload)
		for range m.Map() {
			if string(m.Key()) == "type" {
				kind = string(m.Text())
			} else {
				m.Skip()
			}
		}
		if kind == "query" {
			_, _ = ch.Write(serviceMessage("service_list", c.peer.cfg.Device.LongID().String()))
		}
	}
}
