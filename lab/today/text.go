// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/tinylib/msgp/msgp"

	"bellwire/identity"
	"bellwire/internal/msgpack"
)

// Text is a text outside of calls.
type Text struct {
	From string // account id; by SIP that of From
	Kind string // MIME type
	Body string
	Via  string // "msg" or "sip"
	ID   uint64 // by msg
}

// appendText appends a text as it goes over a msg: channel.
func appendText(b []byte, id uint64, kind, body string) []byte {
	b = msgp.AppendMapHeader(b, 4)
	b = msgp.AppendString(b, "id")
	b = msgp.AppendUint64(b, id)
	b = msgp.AppendString(b, "t")
	b = msgp.AppendString(b, kind)
	b = msgp.AppendString(b, "c")
	b = msgp.AppendString(b, body)
	b = msgp.AppendString(b, "req")
	return msgp.AppendNil(b)
}

// parseText reads one text and returns what follows it.
func parseText(b []byte) (t Text, rest []byte, ok bool) {
	m := msgpack.NewReader(b)
	found := 0
	for range m.Map() {
		found++
		switch string(m.Key()) {
		case "id":
			t.ID = m.Uint(math.MaxUint64)
		case "t":
			t.Kind = string(m.Text())
		case "c":
			t.Body = string(m.Text())
		case "req":
			m.Skip()
		default:
			found--
			m.Skip()
		}
	}
	return t, m.Left(), m.Err() == nil && found == 4
}

// readTexts takes the texts of a channel: maps back to back.
func (c *connection) readTexts(ch *channel) {
	for {
		payload, err := ch.payload()
		if err != nil {
			return
		}
		for len(payload) > 0 {
			t, rest, ok := parseText(payload)
			if !ok {
				c.peer.complain("on channel %s: no text: %x", ch.name, payload)
				break
			}
			payload = rest
			t.From, t.Via = c.chain.AccountID().String(), "msg"
			offer(c.peer.texts, t)
		}
	}
}

var errNoChannel = errors.New("no msg: channel is open")

// SendText sends a text to every device of an account. It returns nil when one has it: when the write
// worked, for a daemon of 2026, and when it was answered 200, for one of 2023.
func (p *Peer) SendText(ctx context.Context, account identity.AccountID, body string) error {
	return p.Send(ctx, account, "text/plain", body)
}

// Send sends what has another MIME type the way texts go.
func (p *Peer) Send(ctx context.Context, account identity.AccountID, kind, body string) error {
	chains, err := p.devices(ctx, account)
	if err != nil {
		return err
	}
	id := 1 + rand.Uint64N(1<<53)
	failure := errNoDevice
	sent := false
	for _, chain := range chains {
		if err := p.textDevice(ctx, chain, id, kind, body); err != nil {
			failure = err
		} else {
			sent = true
		}
	}
	if sent {
		return nil
	}
	return failure
}

func (p *Peer) textDevice(ctx context.Context, chain identity.Chain, id uint64, kind, body string) error {
	c, _, err := p.reach(ctx, chain, kind, "")
	if err != nil {
		return err
	}
	if p.cfg.Generation == Of2023 {
		return c.message(ctx, kind, body)
	}
	ch, err := c.textChannel(ctx)
	if err != nil {
		return err
	}
	_, err = ch.Write(appendText(nil, id, kind, body))
	return err
}

// textChannel returns an open msg: channel, whoever opened it. A new connection asked for one already.
func (c *connection) textChannel(ctx context.Context) (*channel, error) {
	c.socket.mu.Lock()
	var asked *channel
	for _, ch := range c.socket.channels {
		if strings.HasPrefix(ch.name, "msg:") {
			asked = ch
		}
	}
	c.socket.mu.Unlock()
	c.mu.Lock()
	if len(c.texts) > 0 {
		asked = c.texts[0]
	}
	open := len(c.texts) > 0
	c.mu.Unlock()
	switch {
	case asked == nil:
		return nil, errNoChannel
	case open:
		return asked, nil
	}
	ctx, cancel := context.WithTimeout(ctx, channelTime)
	defer cancel()
	return asked, asked.wait(ctx)
}
