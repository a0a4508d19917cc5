// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"errors"
	"fmt"

	"bellwire/link/ice"
)

// takeInvite makes a call of an INVITE: it rings at once.
func (l *line) takeInvite(m *message) {
	p := l.c.peer
	from := user(uri(m.get("From")))
	if p.cfg.Generation == Of2023 && from != l.c.chain.AccountID().String() {
		return // dropped without any answer
	}
	offered, err := parseDescription(m.body)
	if err != nil || m.get("Contact") == "" {
		p.complain("an INVITE with Contact %q: %v", m.get("Contact"), err)
		l.respond(m, "488 Not Acceptable Here", tagged(m))
		return
	}
	c := l.newCall(m.get("Call-ID"))
	c.incoming, c.invite, c.far = true, m, offered
	c.From, c.Invite = from, string(m.bytes())
	c.local, c.remote = tagged(m), m.get("From")
	c.contact, c.agent = uri(m.get("Contact")), m.get("User-Agent")
	c.enter()
	_ = l.send(l.response(m, "100 Trying", m.get("To")).add("User-Agent", c.userAgent()))
	_ = l.send(c.early("180 Ringing"))
	if !offer(p.calls, c) {
		_ = c.refuse(486, "Busy Here")
	}
}

// early begins a response to the INVITE that rings.
func (c *Call) early(status string) *message {
	return c.line.response(c.invite, status, c.local).add("User-Agent", c.userAgent()).
		add("Allow", allow).add("Contact", c.line.contact())
}

// Decline is the no of the person who is called.
func (c *Call) Decline() error { return c.refuse(c.line.c.peer.cfg.Generation.refusal()) }

func (c *Call) refuse(code int, phrase string) error {
	if !c.incoming || c.isOver() {
		return errors.New("no call rings")
	}
	err := c.line.send(c.early(fmt.Sprintf("%d %s", code, phrase)))
	c.over(code, phrase)
	return err
}

// cancelled ends a call that rings: the caller gave up.
func (c *Call) cancelled(m *message) {
	c.line.respond(m, "200 OK", c.local)
	c.mu.Lock()
	up := c.up
	c.mu.Unlock()
	if up || !c.incoming || c.isOver() {
		return
	}
	if parameter(m.get("Via"), "branch") != parameter(c.invite.get("Via"), "branch") {
		c.line.c.peer.complain("a CANCEL whose branch is not that of its INVITE")
	}
	_ = c.line.send(c.line.response(c.invite, "487 Request Terminated", c.local).
		add("User-Agent", c.userAgent()).add("Allow", allow))
	c.line.c.peer.spawn(func() { c.over(487, "Request Terminated") })
}

// Answer takes the call and returns when sound can flow.
func (c *Call) Answer(ctx context.Context, setup Setup) error {
	if err := c.exchange.take(ctx); err != nil {
		return err
	}
	defer c.exchange.give()
	c.setup = setup
	audio := &c.far.media[0]
	if err := c.far.usable(audio, true); err != nil {
		c.line.c.peer.complain("an offer that leads to no sound: %v", err)
		return err
	}
	ports, err := c.line.c.peer.newPorts(ctx, ice.Controlled, 1)
	if err != nil {
		return err
	}
	c.keep(ports)
	c.describeAnswer(ports)
	ok := c.line.response(c.invite, "200 OK", c.local).add("User-Agent", c.userAgent()).add("Allow", allow).
		add("Supported", "replaces").add("Contact", c.line.contact()).add("Content-Type", "application/sdp")
	ok.body = c.own.write(true)
	c.mu.Lock()
	c.up = true
	c.mu.Unlock()
	if err := c.line.send(ok); err != nil {
		return err
	}
	return c.connect(ctx, ports)
}
