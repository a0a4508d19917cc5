// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"fmt"
)

const (
	mediaControl = "application/media_control+xml"
	// pictureUpdate asks for a keyframe of the second media.
	pictureUpdate = `<?xml version="1.0" encoding="utf-8" ?><media_control><vc_primitive> <stream_id>1</stream_id>` +
		`<to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>`

	dtmfRelay = "application/dtmf-relay"
)

// takeInfo answers an INFO: what concerns media is taken, telephone keys are not.
func (c *Call) takeInfo(m *message) {
	if m.get("Content-Type") == mediaControl {
		c.line.respond(m, "200 OK", m.get("To"))
		return
	}
	if m.get("Content-Type") == dtmfRelay {
		c.mu.Lock()
		c.digits = append(c.digits, m.body)
		c.mu.Unlock()
	}
	c.line.respond(m, "500 Unhandled by dialog usages", m.get("To"))
}

// Digits returns the bodies of the telephone keys that came, all of which were refused.
func (c *Call) Digits() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.digits...)
}

// SendDigit presses a key and returns the status of the answer.
func (c *Call) SendDigit(ctx context.Context, key byte) (status int, err error) {
	return c.info(ctx, dtmfRelay, fmt.Sprintf("Signal=%c\r\nDuration=250\r\n", key))
}

// AskForKeyframe asks for a picture and returns the status of the answer.
func (c *Call) AskForKeyframe(ctx context.Context) (status int, err error) {
	return c.info(ctx, mediaControl, pictureUpdate)
}

func (c *Call) info(ctx context.Context, kind, body string) (int, error) {
	m := c.request("INFO").add("Content-Type", kind)
	m.body = body
	answer, err := c.line.roundTrip(ctx, m)
	if err != nil {
		return 0, err
	}
	return answer.status(), nil
}
