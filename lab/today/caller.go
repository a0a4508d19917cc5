// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"bellwire/identity"
	"bellwire/link/ice"
)

var (
	errNoDevice  = errors.New("no device of the account can be called")
	errElsewhere = errors.New("another device answered, or declined for all")
)

// giveUpTime is how long a cancelled INVITE has to end.
const giveUpTime = 5 * time.Second

// devices returns the chains of an account's announced devices whose certificates are found where this
// generation looks. Others cannot be reached by it.
func (p *Peer) devices(ctx context.Context, account identity.AccountID) (chains []identity.Chain, err error) {
	keys, err := p.announced(ctx, account)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		chain, err := p.certificate(ctx, key)
		if err == nil && chain.AccountID() == account {
			chains = append(chains, chain)
		}
	}
	return chains, nil
}

// Dial calls every device of an account and returns the call of the first that answers, with its sound
// running. A device that declines ends it for all. Ending the context gives the call up.
func (p *Peer) Dial(ctx context.Context, account identity.AccountID, setup Setup) (*Call, error) {
	chains, err := p.devices(ctx, account)
	if err != nil {
		return nil, err
	}
	if len(chains) == 0 {
		return nil, errNoDevice
	}
	p.Allow(account)
	media := 1
	if setup.Video {
		media = 2
	}
	o, err := p.newPorts(ctx, ice.Controlling, media)
	if err != nil {
		return nil, err
	}
	calls, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	type result struct {
		call *Call
		err  error
	}
	results := make(chan result)
	for _, chain := range chains {
		if !p.spawn(func() {
			call, err := p.ring(calls, chain, o, setup)
			results <- result{call, err}
		}) {
			o.close()
			return nil, errClosed
		}
	}
	var winner *Call
	var failure error
	for range chains {
		switch r := <-results; {
		case r.err == nil && winner == nil:
			winner = r.call
			cancel(errElsewhere)
		case r.err == nil:
			p.spawn(func() { _ = r.call.Hangup(p.ctx) })
		default:
			var refused *Refused
			if errors.As(r.err, &refused) && refused.Code == 603 {
				cancel(errElsewhere)
				failure = r.err
			}
			if failure == nil || errors.Is(failure, errElsewhere) {
				failure = r.err
			}
		}
	}
	if winner == nil {
		o.close()
		return nil, failure
	}
	winner.keep(o)
	if err := winner.connect(ctx, o); err != nil {
		return winner, err
	}
	return winner, nil
}

// ring calls one device and returns when it has answered.
func (p *Peer) ring(ctx context.Context, chain identity.Chain, o *ports, setup Setup) (*Call, error) {
	connType := "audioCall"
	if setup.Video {
		connType = "videoCall"
	}
	conn, fresh, err := p.reach(ctx, chain, connType, "sip")
	if err != nil {
		return nil, err
	}
	if !fresh {
		p.spawn(func() { _ = conn.check(p.ctx) })
	}
	l, err := conn.sip(ctx)
	if err != nil {
		return nil, err
	}
	c := l.newCall(newTag())
	c.From, c.setup = chain.AccountID().String(), setup
	c.local = l.from(setup.Posing, newTag())
	c.remote = fmt.Sprintf("<sips:%s@%s>", chain.AccountID(), host(conn.remote()))
	c.contact = fmt.Sprintf("sips:%s;transport=tls", conn.remote())
	c.describeOffer(o, "sendrecv")
	c.enter()
	return c, c.invites(ctx, c.offerMessage(c.request("INVITE"), "Phone call"))
}

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
