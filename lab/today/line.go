// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"sync"
)

// line is SIP in one channel. Later calls and texts use it again, in both directions.
type line struct {
	c  *connection
	ch *channel

	mu      sync.Mutex
	calls   map[string]*Call         // by Call-ID
	waiting map[string]chan *message // for responses, by branch and method
	ended   chan struct{}
}

// attach speaks SIP over a channel.
func (c *connection) attach(ch *channel) *line {
	l := &line{c: c, ch: ch, calls: map[string]*Call{}, waiting: map[string]chan *message{}, ended: make(chan struct{})}
	c.mu.Lock()
	c.line = l
	c.mu.Unlock()
	if !c.peer.spawn(l.run) {
		close(l.ended)
	}
	return l
}

// sip returns the line of a connection, opening its channel if there is none.
func (c *connection) sip(ctx context.Context) (*line, error) {
	if err := c.turn.take(ctx); err != nil {
		return nil, err
	}
	defer c.turn.give()
	c.mu.Lock()
	l := c.line
	c.mu.Unlock()
	if l != nil {
		select {
		case <-l.ended:
		default:
			return l, nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, channelTime)
	defer cancel()
	ch := c.socket.ask("sip")
	if err := ch.wait(ctx); err != nil {
		return nil, err
	}
	return c.attach(ch), nil
}

func (l *line) run() {
	defer l.end()
	r := bufio.NewReader(l.ch)
	for {
		m, err := readMessage(r)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				l.c.peer.complain("SIP: %v", err)
			}
			return
		}
		if m.method() == "" {
			l.takeResponse(m)
		} else {
			l.takeRequest(m)
		}
	}
}

func (l *line) end() {
	l.mu.Lock()
	calls := slices.Collect(maps.Values(l.calls))
	close(l.ended)
	l.mu.Unlock()
	for _, c := range calls {
		c.over(503, "Service Unavailable")
	}
}

func (l *line) takeResponse(m *message) {
	_, method := m.cseq()
	l.mu.Lock()
	defer l.mu.Unlock()
	if waiting := l.waiting[parameter(m.get("Via"), "branch")+method]; waiting != nil {
		offer(waiting, m)
	} else if call := l.calls[m.get("Call-ID")]; call != nil && method == "INVITE" && m.status()/100 == 2 {
		l.c.peer.spawn(func() { call.ack(m) }) // sent again
	}
}

// takeRequest hands a request to its call, or makes one of it.
func (l *line) takeRequest(m *message) {
	if m.get("From") == "" || m.get("To") == "" || m.get("Via") == "" || m.get("Call-ID") == "" {
		l.c.peer.complain("a request without From, To, Via or Call-ID: %s", m.start)
		return
	}
	l.mu.Lock()
	call := l.calls[m.get("Call-ID")]
	l.mu.Unlock()
	switch {
	case call != nil:
		call.takeRequest(m)
	case m.method() == "INVITE" && parameter(m.get("To"), "tag") == "":
		l.takeInvite(m)
	case m.method() == "MESSAGE" && parameter(m.get("To"), "tag") == "":
		l.takeMessage(m)
	case m.method() == "OPTIONS":
		l.respond(m, "200 OK", tagged(m))
	case m.method() == "ACK":
	default:
		l.respond(m, "481 Call/Transaction Does Not Exist", tagged(m))
	}
}

// await prepares for the responses to a request.
func (l *line) await(m *message) (responses <-chan *message, forget func()) {
	_, method := m.cseq()
	key := parameter(m.get("Via"), "branch") + method
	waiting := make(chan *message, backlog)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting[key] = waiting
	return waiting, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.waiting, key)
	}
}

// roundTrip sends a request and returns its final response.
func (l *line) roundTrip(ctx context.Context, m *message) (*message, error) {
	responses, forget := l.await(m)
	defer forget()
	if err := l.send(m); err != nil {
		return nil, err
	}
	for {
		select {
		case r := <-responses:
			if r.status() >= 200 {
				return r, nil
			}
		case <-l.ended:
			return nil, errEnded
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
