// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"sync"
	"time"

	"bellwire/call"
)

// Kinds of events.
const (
	CallEvent    = "call"    // a call changed its state, or its sound started
	DigitEvent   = "digit"   // the far end pressed a key
	TextEvent    = "text"    // a text arrived, or one of ours changed its state
	ContactEvent = "contact" // somebody's standing, presence or name changed
)

// Directions of a call or text.
const (
	Out = "out"
	In  = "in"
)

// States of a text that is sent.
const (
	TextWaiting   = "waiting"   // kept, and tried again until somebody takes it
	TextDelivered = "delivered" // a device of the target has it
	TextFailed    = "failed"    // refused, or kept in vain for too long
)

// HintContact in an event means that a contact request may help.
const HintContact = "contact"

// Event is something a person is told. Its JSON form is one line of the event stream.
type Event struct {
	Event     string    `json:"event"`
	Time      time.Time `json:"time"`
	Account   string    `json:"account,omitempty"` // ours
	Call      string    `json:"call,omitempty"`    // id of the call
	Direction string    `json:"direction,omitempty"`
	State     string    `json:"state,omitempty"`  // of the call, or of a text that is sent
	Target    string    `json:"target,omitempty"` // what was dialled or written to
	Peer      string    `json:"peer,omitempty"`   // proved identity
	Device    string    `json:"device,omitempty"` // proved device of the peer
	Name      string    `json:"name,omitempty"`   // what the peer calls itself
	Reason    string    `json:"reason,omitempty"` // of an end, or why a text is not delivered
	Detail    string    `json:"detail,omitempty"` // the reason in a sentence
	Hint      string    `json:"hint,omitempty"`   // what may help: HintContact
	Code      int       `json:"code,omitempty"`   // SIP status of an end
	Digit     string    `json:"digit,omitempty"`
	Text      string    `json:"text,omitempty"`
	Message   string    `json:"message,omitempty"`  // id of a text that is sent: 16 hexadecimal digits
	Contact   string    `json:"contact,omitempty"`  // where the peer stands: the word of a call.ContactState
	Was       string    `json:"was,omitempty"`      // where it stood before, if that changed
	Presence  string    `json:"presence,omitempty"` // of the peer: the word of a call.Presence
	*Figures
}

// Figures are what was measured on the sound of a call.
type Figures struct {
	Codec       string  `json:"codec"`
	SRTP        string  `json:"srtp"`
	Seconds     float64 `json:"seconds"` // since the answer
	Sent        uint64  `json:"packets_sent"`
	Received    uint64  `json:"packets_received"`
	Lost        uint64  `json:"lost"`
	JitterMS    float64 `json:"jitter_ms"`
	RTTMS       float64 `json:"rtt_ms"`
	BufferMS    float64 `json:"buffer_ms"`
	ConcealedMS float64 `json:"concealed_ms"`
}

// figuresOf reads the figures of a leg.
func figuresOf(leg *call.Leg) *Figures {
	s := leg.Stats()
	return &Figures{
		Codec:       s.Codec,
		SRTP:        s.SRTP,
		Seconds:     time.Since(leg.Since()).Seconds(),
		Sent:        s.Sent,
		Received:    s.Received,
		Lost:        s.Lost,
		JitterMS:    milliseconds(s.Jitter),
		RTTMS:       milliseconds(s.RTT),
		BufferMS:    milliseconds(s.BufferDelay),
		ConcealedMS: milliseconds(s.Concealed),
	}
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
}

// backlog is how many events wait for a slow subscriber before it is dropped: a subscriber that
// missed events would show calls that are long over.
const backlog = 1024

// bus hands events to all subscribers in order.
type bus struct {
	mu     sync.Mutex
	subs   map[chan Event]struct{}
	closed bool
}

// subscribe returns a stream of the events from now on and how to end it. The stream is closed when
// the bus is, and when the subscriber is too slow.
func (b *bus) subscribe() (events <-chan Event, end func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ch := make(chan Event, backlog)
	if b.closed {
		close(ch)
		return ch, func() {}
	}
	if b.subs == nil {
		b.subs = map[chan Event]struct{}{}
	}
	b.subs[ch] = struct{}{}
	return ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.drop(ch)
	}
}

func (b *bus) publish(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for ch := range b.subs {
		select {
		case ch <- e:
		default:
			b.drop(ch)
		}
	}
}

func (b *bus) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for ch := range b.subs {
		b.drop(ch)
	}
}

func (b *bus) drop(ch chan Event) {
	if _, ok := b.subs[ch]; ok {
		delete(b.subs, ch)
		close(ch)
	}
}
