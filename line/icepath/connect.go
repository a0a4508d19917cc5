// SPDX-License-Identifier: GPL-3.0-or-later

package icepath

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bellwire/media/path"
	"bellwire/media/sdp"
)

// connectTime is how long ICE may take, as with Jami.
const connectTime = 60 * time.Second

var errNoWay = errors.New("no way for the sound was found to the far end; if one of you is behind a NAT, configure a TURN server")

// Connect starts the transport we described with what the far end says of ICE and returns when both
// components work. Where the far end says nothing new it returns at once, or together with a Connect
// that is under way.
func (p *Path) Connect(ctx context.Context, a *sdp.Agreement) error {
	if err := p.begin(a); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, connectTime, errNoWay)
	defer cancel()
	for {
		p.mu.Lock()
		t := p.coming
		closed := p.closed.Load()
		p.mu.Unlock()
		switch {
		case closed:
			return path.ErrClosed
		case t == nil:
			return nil
		}
		works, err := t.await(ctx)
		if err != nil {
			return context.Cause(ctx)
		}
		if works {
			p.change(t)
		}
	}
}

// begin starts the transport that was described if the far end described its own.
func (p *Path) begin(a *sdp.Agreement) error {
	plan := audioOf(a)
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.described
	switch {
	case p.closed.Load():
		return path.ErrClosed
	case plan.ICE != sdp.ICE{} && t != nil:
	case p.last() == nil:
		return errNoICE
	default:
		return nil
	}
	p.described = nil
	if former := p.coming; former != nil {
		former.close()
	}
	p.coming = t
	if err := t.start(&plan, p.deliver); err != nil {
		return fmt.Errorf("start ICE for the sound: %w", err)
	}
	return nil
}

// change lets packets use a transport that works, and closes the one before.
func (p *Path) change(t *transport) {
	p.mu.Lock()
	var former *transport
	if p.coming == t {
		p.coming = nil
		former = p.current.Swap(t)
	}
	p.mu.Unlock()
	former.close()
}
