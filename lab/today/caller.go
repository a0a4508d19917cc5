// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"errors"
	"fmt"

	"bellwire/identity"
	"bellwire/link/ice"
)

var (
	errNoDevice  = errors.New("no device of the account can be called")
	errElsewhere = errors.New("another device answered, or declined for all")
)

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
