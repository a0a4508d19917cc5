// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"context"
	"errors"
	"sync"
	"time"

	"bellwire/call"
)

// farewell bounds how long a goodbye may take.
const farewell = 2 * time.Second

// Options are what a person decides about a call when placing or answering it.
type Options struct {
	Sound       Sound         `json:"sound"`
	Name        string        `json:"name,omitempty"`         // how we call ourselves; empty: the account's name
	RingTimeout time.Duration `json:"ring_timeout,omitempty"` // nanoseconds; 0: the phone's
	Limit       time.Duration `json:"limit,omitempty"`        // hang up this long after the answer; 0: never
	Keys        string        `json:"keys,omitempty"`         // keys to press once the call is up
}

// Call is one call of this phone, from the wish to make it, or its ringing, to its end.
type Call struct {
	phone     *Phone
	id        string
	line      call.Line
	direction string
	target    string // what was dialled
	started   time.Time

	ctx    context.Context // ends with the call
	cancel context.CancelCauseFunc
	over   chan struct{} // closed when the end was told

	in       *call.Incoming // set for incoming calls
	answers  chan answer    // of them: Answer puts one in
	caller   string         // of them: the proved identity
	stranger bool           // of them: the caller is no contact

	mu      sync.Mutex
	state   call.State
	peer    call.Party
	leg     *call.Leg
	taken   bool // somebody decided about an incoming call
	holding bool
	muted   bool
}

// Info is a call as a person sees it.
type Info struct {
	ID        string     `json:"id"`
	Account   string     `json:"account"`
	Direction string     `json:"direction"`
	State     call.State `json:"state"`
	Target    string     `json:"target,omitempty"`
	Peer      string     `json:"peer,omitempty"`
	Name      string     `json:"name,omitempty"`
	Started   time.Time  `json:"started"`
	Holding   bool       `json:"holding,omitempty"` // we hold it; State tells of both sides
	Muted     bool       `json:"muted,omitempty"`   // we send silence
	*Figures
}

func (p *Phone) newCall(line call.Line, direction string) *Call {
	c := &Call{
		phone: p, id: newID(), line: line, direction: direction,
		started: time.Now(), over: make(chan struct{}),
	}
	c.ctx, c.cancel = context.WithCancelCause(p.ctx)
	return c
}

// Place calls a target from an account, or from the first one when account is empty. It returns at
// once; events tell what becomes of the call.
func (p *Phone) Place(account, target string, o Options) (*Call, error) {
	line, err := p.line(account)
	if err != nil {
		return nil, err
	}
	sound, err := o.Sound.open()
	if err != nil {
		return nil, err
	}
	c := p.newCall(line, Out)
	c.target = target
	if err := p.add(c, func() { c.dial(sound, o) }); err != nil {
		sound.close()
		c.cancel(nil)
		return nil, err
	}
	return c, nil
}

// dial runs an outgoing call to its end.
func (c *Call) dial(sound *openSound, o Options) {
	timeout := o.RingTimeout
	if timeout == 0 {
		timeout = c.phone.cfg.RingTimeout
	}
	var ring *time.Timer
	leg, err := c.line.Dial(c.ctx, c.target, call.Setup{
		Source: sound.source, Sink: sound.sink, Name: o.Name,
		Progress: func(s call.State) {
			if s >= call.Trying && ring == nil {
				ring = time.AfterFunc(timeout, func() { c.cancel(context.DeadlineExceeded) })
			}
			c.enter(s)
		},
	})
	if ring != nil {
		ring.Stop()
	}
	c.talk(leg, err, sound, o)
}

// Hangup ends the call in whatever state it is. It returns at once.
func (c *Call) Hangup() { c.cancel(call.ErrHungUp) }

// talk follows a call that was answered, or could not be, to its end. Recordings are complete
// before the end is told.
func (c *Call) talk(leg *call.Leg, err error, sound *openSound, o Options) {
	if err != nil {
		sound.close()
		c.failed(err)
		return
	}
	c.mu.Lock()
	c.leg, c.peer = leg, leg.Peer()
	c.mu.Unlock()
	c.enter(call.Established)
	if o.Limit > 0 {
		timer := time.AfterFunc(o.Limit, func() { c.cancel(call.ErrHungUp) })
		defer timer.Stop()
	}
	if o.Keys != "" {
		c.phone.spawn(func() { c.press(leg, o.Keys) })
	}
	parted := make(chan struct{})
	stop := context.AfterFunc(c.ctx, func() {
		defer close(parted)
		c.part(leg)
	})
	c.follow(leg)
	hungUp := !stop()
	figures := figuresOf(leg)
	if err := sound.close(); err != nil {
		c.phone.log.Error("the recording is not complete", "call", c.id, "error", err)
	}
	end := leg.End()
	c.finish(end.Reason, end.Code, end.Err, figures)
	if hungUp { // the end is told already: a far end that keeps silent delays nothing but this
		<-parted
	}
}

// part hangs up.
func (c *Call) part(leg *call.Leg) {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if err := leg.Hangup(ctx); err != nil {
		c.phone.log.Info("the far end did not confirm the end of a call", "call", c.id, "error", err)
	}
}

// follow reports what the far end does until the leg has ended.
func (c *Call) follow(leg *call.Leg) {
	for event := range leg.Events() {
		switch e := event.(type) {
		case call.Digit:
			c.tell(Event{Event: DigitEvent, Digit: string(rune(e.Key))})
		case call.HeldByPeer:
			c.enterHeld(leg)
		}
	}
	<-leg.Done()
}

func (c *Call) press(leg *call.Leg, keys string) {
	if err := leg.SendDigits(c.ctx, keys); err != nil && c.ctx.Err() == nil {
		c.phone.log.Warn("keys were not sent", "call", c.id, "error", err)
	}
}

// enter reports a state. Nothing comes behind the end.
func (c *Call) enter(s call.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == call.Ended {
		return
	}
	c.state = s
	c.tellLocked(Event{Event: CallEvent, State: s.String()})
}

func (c *Call) enterHeld(leg *call.Leg) {
	if leg.Held() {
		c.enter(call.Held)
	} else {
		c.enter(call.Established)
	}
}

// failed ends a call that was not established.
func (c *Call) failed(err error) {
	var e *call.Error
	if !errors.As(err, &e) {
		e = &call.Error{Reason: call.Failed, Err: err}
	}
	c.finish(e.Reason, e.Code, e.Err, nil)
}

// finish reports the end of the call and notes it in the history.
func (c *Call) finish(reason call.Reason, code int, cause error, figures *Figures) {
	e := Event{Event: CallEvent, State: call.Ended.String(), Reason: reason.String(), Code: code, Figures: figures}
	ours := errors.Is(cause, call.ErrHungUp) || errors.Is(cause, context.DeadlineExceeded) && reason == call.NoAnswer
	if cause != nil && !ours { // the reason says it all where the cause is our own
		e.Detail = cause.Error()
	}
	if errors.Is(cause, call.ErrContactsOnly) {
		e.Hint = HintContact
	}
	c.phone.note(c, reason, figures)
	c.mu.Lock()
	c.state = call.Ended
	c.tellLocked(e)
	c.mu.Unlock()
	c.phone.remove(c)
	c.cancel(nil)
	close(c.over)
}

// tell publishes an event of this call.
func (c *Call) tell(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tellLocked(e)
}

// tellLocked publishes with the lock held, so that events come in the order of what they tell;
// publishing waits for nobody.
func (c *Call) tellLocked(e Event) {
	e.Time, e.Account, e.Call, e.Direction, e.Target = time.Now(), c.line.ID(), c.id, c.direction, c.target
	e.Peer, e.Device, e.Name = c.peer.ID, c.peer.Device, c.peer.Name
	c.phone.events.publish(e)
}

// ID names the call within this phone.
func (c *Call) ID() string { return c.id }

// Over is closed when the call has ended and its end was told.
func (c *Call) Over() <-chan struct{} { return c.over }

// Info returns the call as it is now.
func (c *Call) Info() Info {
	c.mu.Lock()
	defer c.mu.Unlock()
	info := Info{
		ID: c.id, Account: c.line.ID(), Direction: c.direction, State: c.state,
		Target: c.target, Peer: c.peer.ID, Name: c.peer.Name, Started: c.started,
		Holding: c.holding, Muted: c.muted,
	}
	if c.leg != nil {
		info.Figures = figuresOf(c.leg)
	}
	return info
}
