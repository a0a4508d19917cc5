// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"time"

	"bellwire/call"
)

// errNoTexts means that the line of an account carries calls alone.
var errNoTexts = errors.New("this account cannot send texts")

// SendText sends a text from an account, or from the first one when account is empty. It returns the
// id of the text once that is safe in the store; events tell what becomes of it. A text that nobody
// takes now is kept and tried again: when its target shows up, when the phone starts, and after
// growing pauses, for seven days.
func (p *Phone) SendText(account, target, text string) (id string, err error) {
	line, err := p.line(account)
	if err != nil {
		return "", err
	}
	texter, ok := line.(call.Texter)
	if !ok {
		return "", errNoTexts
	}
	if p.ctx.Err() != nil {
		return "", ErrClosed
	}
	k := keptText{ID: newTextID(), Account: line.ID(), Target: target, Text: text, Time: time.Now()}
	if err := p.outbox.keep(line, texter, k); err != nil {
		return "", err
	}
	p.recordedOne()
	return messageID(k.ID), nil
}

// receive takes the texts of one line.
func (p *Phone) receive(line call.Line, texter call.Texter) {
	for {
		select {
		case <-p.ctx.Done():
			return
		case t, more := <-texter.Texts():
			if !more {
				return
			}
			now := time.Now()
			p.record(Entry{Time: now, Account: line.ID(), Direction: In, Peer: t.From.ID, Name: t.From.Name, Text: t.Body})
			p.events.publish(Event{
				Event: TextEvent, Time: now, Account: line.ID(), Direction: In,
				Peer: t.From.ID, Device: t.From.Device, Name: t.From.Name, Text: t.Body,
			})
			p.outbox.poke(line.ID(), t.From.ID)
		}
	}
}

// newTextID returns a random id for a text.
func newTextID() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return max(1, binary.BigEndian.Uint64(b[:]))
}
