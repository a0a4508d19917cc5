// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// giveUpTime is how long a cancelled INVITE has to end.
const giveUpTime = 5 * time.Second

// offerMessage completes an INVITE with our description.
func (c *Call) offerMessage(begun *message, subject string) *message {
	m := &message{start: begun.start}
	for _, f := range begun.fields {
		if f.name == "Call-ID" {
			m.add("Contact", c.line.contact())
		}
		m.add(f.name, f.value)
	}
	m.add("Subject", subject).add("Allow", allow).add("Supported", "replaces").
		add("User-Agent", c.userAgent()).add("Content-Type", "application/sdp")
	m.body = c.own.write(false)
	return m
}

// invites sends the INVITE and waits until the device has answered or refused.
func (c *Call) invites(ctx context.Context, m *message) error {
	c.invite = m
	responses, forget := c.line.await(m)
	defer forget()
	if err := c.line.send(m); err != nil {
		c.over(503, "Service Unavailable")
		return err
	}
	ended := ctx.Done()
	var giveUp <-chan time.Time
	provisional, cancelled := false, false
	rings := sync.OnceFunc(func() {
		if c.setup.Rings != nil {
			c.setup.Rings()
		}
	})
	for {
		select {
		case r := <-responses:
			switch code := r.status(); {
			case code < 200:
				provisional = true
				if code == 180 {
					rings()
				}
			case code < 300:
				return c.answered(ctx, r, cancelled)
			default:
				c.ackRefusal(m, r)
				c.over(code, r.start)
				return &Refused{Code: code, Phrase: r.start}
			}
		case <-ended:
			ended, giveUp = nil, time.After(giveUpTime)
		case <-giveUp:
			c.over(487, "Request Terminated")
			return context.Cause(ctx)
		case <-c.line.ended:
			c.over(503, "Service Unavailable")
			return errEnded
		}
		if ended == nil && provisional && !cancelled {
			cancelled = true
			c.sendCancel(m)
		}
	}
}

// answered takes a 2xx. One that crossed our CANCEL is hung up.
func (c *Call) answered(ctx context.Context, r *message, cancelled bool) error {
	c.remote = r.get("To")
	c.agent = r.get("User-Agent")
	if contact := r.get("Contact"); contact != "" {
		c.contact = uri(contact)
	}
	c.ack(r)
	c.mu.Lock()
	c.up = true
	c.mu.Unlock()
	if cancelled || ctx.Err() != nil {
		_ = c.Hangup(c.line.c.peer.ctx)
		return context.Cause(ctx)
	}
	far, err := parseDescription(r.body)
	if err == nil {
		err = far.usable(&far.media[0], true)
	}
	if err != nil {
		c.line.c.peer.complain("an answer that leads to no sound: %v", err)
		_ = c.Hangup(c.line.c.peer.ctx)
		return err
	}
	c.far = far
	return nil
}

// sendCancel gives an INVITE up, with its branch and number.
func (c *Call) sendCancel(invite *message) {
	seq, _ := invite.cseq()
	m := c.line.request("CANCEL", invite.target(), parameter(invite.get("Via"), "branch")).
		add("From", invite.get("From")).add("To", invite.get("To")).
		add("Call-ID", c.id).add("CSeq", fmt.Sprintf("%d CANCEL", seq)).
		add("Contact", c.line.contact()).add("User-Agent", c.userAgent())
	c.line.c.peer.spawn(func() {
		ctx, cancel := context.WithTimeout(c.line.c.peer.ctx, giveUpTime)
		defer cancel()
		if r, err := c.line.roundTrip(ctx, m); err == nil && r.status() != 200 {
			c.line.c.peer.complain("a CANCEL was answered with %s", r.start)
		}
	})
}

// ackRefusal acknowledges a final response that said no, in the transaction of its INVITE.
func (c *Call) ackRefusal(invite, refusal *message) {
	seq, _ := invite.cseq()
	_ = c.line.send(c.line.request("ACK", invite.target(), parameter(invite.get("Via"), "branch")).
		add("From", invite.get("From")).add("To", refusal.get("To")).
		add("Call-ID", c.id).add("CSeq", fmt.Sprintf("%d ACK", seq)))
}
