// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"time"

	"bellwire/call"
)

// errNoTexts means that the line of an account carries calls alone.
var errNoTexts = errors.New("this account cannot send texts")

// SendText sends a text from an account, or from the first one when account is empty. It returns nil
// when at least one device of the target has it.
func (p *Phone) SendText(ctx context.Context, account, target, text string) error {
	line, err := p.line(account)
	if err != nil {
		return err
	}
	texter, ok := line.(call.Texter)
	if !ok {
		return errNoTexts
	}
	if err := texter.SendText(ctx, target, call.Text{ID: newTextID(), Body: text}); err != nil {
		return err
	}
	p.record(Entry{Time: time.Now(), Account: line.ID(), Direction: Out, Peer: target, Text: text})
	return nil
}

// receive takes the texts of one line.
func (p *Phone) receive(line call.Line, texter call.Texter) {
	for {
		select {
		case <-p.ctx.Done():
			return
		case t := <-texter.Texts():
			now := time.Now()
			p.record(Entry{Time: now, Account: line.ID(), Direction: In, Peer: t.From.ID, Name: t.From.Name, Text: t.Body})
			p.events.publish(Event{
				Event: TextEvent, Time: now, Account: line.ID(), Direction: In,
				Peer: t.From.ID, Device: t.From.Device, Name: t.From.Name, Text: t.Body,
			})
		}
	}
}

// newTextID returns a random id for a text.
func newTextID() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return max(1, binary.BigEndian.Uint64(b[:]))
}
