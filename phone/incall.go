// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"context"
	"errors"

	"bellwire/call"
)

// up returns the leg of a call that was answered.
func (c *Call) up() (*call.Leg, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leg == nil {
		return nil, errors.New("the call is not established")
	}
	return c.leg, nil
}

// Hold holds an established call.
func (c *Call) Hold(ctx context.Context) error { return c.hold(ctx, (*call.Leg).Hold, true) }

// Resume takes a held call up again.
func (c *Call) Resume(ctx context.Context) error { return c.hold(ctx, (*call.Leg).Resume, false) }

func (c *Call) hold(ctx context.Context, change func(*call.Leg, context.Context) error, on bool) error {
	leg, err := c.up()
	if err != nil {
		return err
	}
	if err := change(leg, ctx); err != nil {
		return err
	}
	c.mu.Lock()
	c.holding = on
	c.mu.Unlock()
	c.enterHeld(leg)
	return nil
}

// Mute sends silence in place of our sound.
func (c *Call) Mute(on bool) error {
	leg, err := c.up()
	if err != nil {
		return err
	}
	leg.Mute(on)
	c.mu.Lock()
	c.muted = on
	c.mu.Unlock()
	return nil
}

// Press sends keys to the far end.
func (c *Call) Press(ctx context.Context, keys string) error {
	leg, err := c.up()
	if err != nil {
		return err
	}
	return leg.SendDigits(ctx, keys)
}
