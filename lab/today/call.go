// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"bellwire/media"
	"bellwire/media/audio"
)

var errOver = errors.New("the call is over")

// byeTime bounds the goodbye.
const byeTime = 5 * time.Second

// Setup is what one who calls or answers gives with it.
type Setup struct {
	Source audio.Source // nil is silence
	Sink   audio.Sink   // nil discards
	Posing string       // account id to put into From in place of our own
	Video  bool         // offer a camera too
	Rings  func()       // told of the first 180; may be nil
}

// Call is one dialog with one device.
type Call struct {
	line *line
	// From is who calls, as the daemon shows it: the user of From. In an outgoing call the account
	// that was called.
	From string
	// Invite is the INVITE of an incoming call.
	Invite string

	id            string
	local, remote string // From and To of our requests, tags included
	contact       string // URI of the far end's Contact
	agent         string // its User-Agent
	incoming      bool
	invite        *message // the first one
	setup         Setup

	exchange turn // held while an offer of ours or theirs is under way
	own      description
	far      *description

	mu  sync.Mutex
	seq int

	duct   *duct
	ports  *ports // not connected yet
	sound  *media.Session
	code   int
	phrase string
	held   bool // by us
	digits []string
	up     bool // answered
	done   chan struct{}
}

func (l *line) newCall(id string) *Call {
	return &Call{
		line: l, id: id, seq: 1 + rand.IntN(30000), exchange: newTurn(), done: make(chan struct{}),
		own: description{
			session: uint64(time.Now().Unix()) + 2208988800, // NTP counts from 1900
			name:    fmt.Sprintf("%016d", rand.Uint64N(1e16)),
			host:    l.c.local().Addr(),
		},
	}
}

// enter makes the call known to its line.
func (c *Call) enter() {
	c.line.mu.Lock()
	defer c.line.mu.Unlock()
	c.line.calls[c.id] = c
}

// Done is closed when the call is over.
func (c *Call) Done() <-chan struct{} { return c.done }

// End is the status that ended the call and its words: 200 for a BYE.
func (c *Call) End() (code int, phrase string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code, c.phrase
}

// over ends the call; only the first reason counts.
func (c *Call) over(code int, phrase string) {
	c.mu.Lock()
	select {
	case <-c.done:
		c.mu.Unlock()
		return
	default:
	}
	c.code, c.phrase = code, phrase
	close(c.done)
	c.mu.Unlock()
	c.line.mu.Lock()
	delete(c.line.calls, c.id)
	c.line.mu.Unlock()
	c.silence()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.duct != nil {
		c.duct.close()
	}
	if c.ports != nil {
		c.ports.close()
	}
}

func (c *Call) isOver() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// takeRequest deals with a request inside the call, on the reader of its line.
func (c *Call) takeRequest(m *message) {
	switch m.method() {
	case "INVITE":
		c.line.c.peer.spawn(func() { c.reoffered(m) })
	case "CANCEL":
		c.cancelled(m)
	case "BYE":
		c.line.respond(m, "200 OK", m.get("To"))
		c.line.c.peer.spawn(func() { c.over(200, "OK") })
	case "INFO":
		c.takeInfo(m)
	case "ACK":
	case "UPDATE", "MESSAGE":
		c.line.respond(m, "500 Unhandled by dialog usages", m.get("To"))
	default:
		c.line.respond(m, "405 Method Not Allowed", m.get("To"))
	}
}

// request begins a request inside the dialog, with the next number.
func (c *Call) request(method string) *message {
	c.mu.Lock()
	c.seq++
	seq := c.seq
	c.mu.Unlock()
	return c.line.request(method, c.contact, newBranch()).
		add("From", c.local).add("To", c.remote).
		add("Call-ID", c.id).add("CSeq", fmt.Sprintf("%d %s", seq, method))
}

// ack acknowledges a 2xx to an INVITE of ours.
func (c *Call) ack(m *message) {
	seq, _ := m.cseq()
	ack := c.line.request("ACK", c.contact, newBranch()).
		add("From", c.local).add("To", c.remote).
		add("Call-ID", c.id).add("CSeq", fmt.Sprintf("%d ACK", seq))
	_ = c.line.send(ack)
}

// Hangup ends the call as the daemon does in its state: BYE, or 481 while it rings here. A call that
// we place is given up by ending the context of Dial.
func (c *Call) Hangup(ctx context.Context) error {
	c.mu.Lock()
	up := c.up
	c.mu.Unlock()
	switch {
	case c.isOver():
		return errOver
	case !up:
		return c.refuse(481, "Call/Transaction Does Not Exist")
	}
	c.silence()
	ctx, cancel := context.WithTimeout(ctx, byeTime)
	defer cancel()
	bye := c.request("BYE").add("Contact", c.line.contact()).add("User-Agent", c.userAgent())
	answer, err := c.line.roundTrip(ctx, bye)
	c.over(200, "OK")
	if err == nil && answer.status() != 200 {
		err = &Refused{Code: answer.status(), Phrase: answer.start}
	}
	return err
}

func (c *Call) userAgent() string { return c.line.c.peer.cfg.Generation.userAgent() }

// reusesICE reports whether the far end is one that takes a new offer without a new ICE, as a Jami
// from 11.0.2 on does.
func (c *Call) reusesICE() bool {
	_, rest, ok := strings.Cut(c.agent, "Jami Daemon ")
	var major, minor, patch int
	n, _ := fmt.Sscanf(rest, "%d.%d.%d", &major, &minor, &patch)
	return ok && n == 3 && (major > 11 || major == 11 && (minor > 0 || patch >= 2))
}
