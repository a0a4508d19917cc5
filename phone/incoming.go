// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"time"

	"bellwire/call"
)

// answer is how a person takes a call.
type answer struct {
	sound   *openSound
	options Options
}

// ringing makes an incoming call known and lets it ring.
func (p *Phone) ringing(line call.Line, in *call.Incoming) {
	c := p.newCall(line, In)
	c.in, c.peer, c.answers = in, in.Peer(), make(chan answer, 1)
	c.caller = c.peer.ID
	c.stranger = isStranger(line, c.caller)
	if err := p.add(c, c.ring); err != nil {
		p.log.Info("an incoming call was refused", "peer", c.peer.ID, "error", err)
		in.Reject(call.Busy)
		c.cancel(nil)
	}
}

// ring runs an incoming call to its end: until somebody takes it, nobody does, or the caller gives up.
func (c *Call) ring() {
	if err := c.in.Ring(); err != nil {
		c.phone.log.Info("an incoming call was gone before it rang", "error", err)
	}
	c.enter(call.Ringing)
	patience := time.NewTimer(c.phone.cfg.RingTimeout)
	defer patience.Stop()
	reason := call.NoAnswer
	select {
	case a := <-c.answers:
		c.answer(a)
		return
	case <-c.in.Done():
	case <-c.over:
		return
	case <-c.ctx.Done():
		reason = call.Declined
	case <-patience.C:
	}
	if !c.take() { // somebody decided in the same moment
		select {
		case a := <-c.answers:
			c.answer(a)
		case <-c.over:
		}
		return
	}
	select {
	case <-c.in.Done():
		end := c.in.End()
		c.finish(end.Reason, end.Code, end.Err, nil)
	default:
		c.in.Reject(reason)
		c.finish(reason, 0, nil, nil)
	}
}

// take claims the decision about an incoming call; it is false when somebody else has it.
func (c *Call) take() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken || c.in == nil {
		return false
	}
	c.taken = true
	return true
}

// Answer takes an incoming call. It returns at once; events tell the rest.
func (c *Call) Answer(o Options) error {
	sound, err := o.Sound.open()
	if err != nil {
		return err
	}
	if !c.take() {
		sound.close()
		return ErrNoCall
	}
	c.answers <- answer{sound, o}
	return nil
}

func (c *Call) answer(a answer) {
	leg, err := c.in.Answer(c.ctx, call.Setup{Source: a.sound.source, Sink: a.sound.sink, Name: a.options.Name})
	c.talk(leg, err, a.sound, a.options)
}

// Decline refuses an incoming call.
func (c *Call) Decline(reason call.Reason) error {
	if !c.take() {
		return ErrNoCall
	}
	err := c.in.Reject(reason)
	c.finish(reason, 0, nil, nil)
	return err
}
