// SPDX-License-Identifier: GPL-3.0-or-later

package web

import (
	"context"
	"net/http"

	"bellwire/call"
	"bellwire/phone"
)

// action is what a client may do with a call. The body has been read into what it asked for.
type action struct {
	body func() any // a new value for the request's body; nil when there is none
	do   func(ctx context.Context, c *phone.Call, body any) error
}

var (
	answer = action{
		body: func() any { return new(phone.Options) },
		do:   func(_ context.Context, c *phone.Call, body any) error { return c.Answer(*body.(*phone.Options)) },
	}
	decline = action{
		body: func() any { return new(Decline) },
		do: func(_ context.Context, c *phone.Call, body any) error {
			if body.(*Decline).Busy {
				return c.Decline(call.Busy)
			}
			return c.Decline(call.Declined)
		},
	}
	hangup = plain(func(_ context.Context, c *phone.Call) error { c.Hangup(); return nil })
	hold   = plain(func(ctx context.Context, c *phone.Call) error { return c.Hold(ctx) })
	resume = plain(func(ctx context.Context, c *phone.Call) error { return c.Resume(ctx) })
	mute   = plain(func(_ context.Context, c *phone.Call) error { return c.Mute(true) })
	unmute = plain(func(_ context.Context, c *phone.Call) error { return c.Mute(false) })
	keys   = action{
		body: func() any { return new(Keys) },
		do: func(ctx context.Context, c *phone.Call, body any) error {
			return c.Press(ctx, body.(*Keys).Keys)
		},
	}
)

// plain is an action without a body.
func plain(do func(context.Context, *phone.Call) error) action {
	return action{do: func(ctx context.Context, c *phone.Call, _ any) error { return do(ctx, c) }}
}

// inCall finds the call, reads the body and acts.
func (s *Server) inCall(a action) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := s.cfg.Phone.Call(r.PathValue("id"))
		if err != nil {
			fail(w, err)
			return
		}
		var body any
		if a.body != nil {
			if body = a.body(); !read(w, r, body) {
				return
			}
		}
		ctx, cancel := context.WithTimeout(r.Context(), inCallTimeout)
		defer cancel()
		if err := a.do(ctx, c, body); err != nil {
			fail(w, err)
			return
		}
		reply(w, c.Info())
	}
}
