// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"strings"

	"bellwire/phone"
	"bellwire/web"
)

// inCallKeys tells a person what inCall.press does.
const inCallKeys = "h hold, m mute, 0-9 * # keys, q hang up"

const hangupKey = 'q'

// inCall is what a person can do to a call with single keys.
type inCall struct {
	engine *web.Client
	id     string
	show   *display
}

// press does what a key stands for and returns when that is done.
func (c inCall) press(ctx context.Context, key byte) {
	switch {
	case key == hangupKey:
		c.act(ctx, "hangup", nil)
	case key == 'h': // its event is shown
		if info, ok := c.now(ctx); ok && info.Holding {
			c.act(ctx, "resume", nil)
		} else if ok {
			c.act(ctx, "hold", nil)
		}
	case key == 'm':
		if info, ok := c.now(ctx); ok && info.Muted {
			c.say(c.act(ctx, "unmute", nil), "no longer muted")
		} else if ok {
			c.say(c.act(ctx, "mute", nil), "muted: the other side hears nothing of you")
		}
	case strings.IndexByte("0123456789*#", key) >= 0:
		c.say(c.act(ctx, "keys", web.Keys{Keys: string(rune(key))}), "key "+string(rune(key))+" sent")
	}
}

// now returns the call as it is.
func (c inCall) now(ctx context.Context) (info phone.Info, ok bool) {
	calls, err := c.engine.Calls(ctx)
	if err != nil && ctx.Err() == nil {
		c.show.line(err.Error())
	}
	for _, info := range calls {
		if info.ID == c.id {
			return info, true
		}
	}
	return info, false
}

func (c inCall) act(ctx context.Context, what string, body any) (done bool) {
	err := c.engine.Act(ctx, c.id, what, body)
	if err != nil && ctx.Err() == nil {
		c.show.line(err.Error())
	}
	return err == nil
}

func (c inCall) say(done bool, text string) {
	if done {
		c.show.line(text)
	}
}
