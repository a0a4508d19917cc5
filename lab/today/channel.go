// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"io"
)

// channel is one channel of a socket. One goroutine reads at a time.
type channel struct {
	s      *socket
	number uint16
	name   string
	theirs bool        // the far end asked for it
	in     chan []byte // payloads
	rest   []byte      // of the payload being read

	open  chan struct{} // closed when the far end has accepted what we asked for
	ended chan struct{} // closed after why is set
	why   error         // guarded by socket.mu
}

// accept notes the far end's yes.
func (c *channel) accept() {
	if c.isOpen() {
		c.s.complain("channel %q is accepted twice", c.name)
	} else {
		close(c.open)
	}
}

func (c *channel) isOpen() bool {
	select {
	case <-c.open:
		return true
	default:
		return false
	}
}

func (c *channel) endLocked(why error) {
	if c.why == nil {
		c.why = why
		delete(c.s.channels, c.number)
		close(c.ended)
	}
}

// wait returns when the far end has accepted or declined the channel.
func (c *channel) wait(ctx context.Context) error {
	select {
	case <-c.open:
		return nil
	case <-c.ended:
		return c.why
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Read implements io.Reader.
func (c *channel) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		payload, err := c.payload()
		if err != nil {
			return 0, err
		}
		c.rest = payload
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// payload returns the next payload as it came; what came before the end is read first.
func (c *channel) payload() ([]byte, error) {
	select {
	case payload := <-c.in:
		return payload, nil
	default:
	}
	select {
	case payload := <-c.in:
		return payload, nil
	case <-c.ended:
		return nil, io.EOF
	}
}

// Write implements io.Writer.
func (c *channel) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		part := p[:min(len(p), maxPayload)]
		if err := c.s.frame(c.number, part); err != nil {
			return n, err
		}
		n, p = n+len(part), p[len(part):]
	}
	return n, nil
}
