// SPDX-License-Identifier: GPL-3.0-or-later

package phone

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"bellwire/call"
	"bellwire/store"
)

// Errors callers branch on.
var (
	// ErrNoCall means that there is no call with this id, or that it is over.
	ErrNoCall = errors.New("there is no such call, or it is over")
	// ErrNoLine means that there is no account to call with.
	ErrNoLine = errors.New("there is no account to call with; make one with: bellwire account new")
	// ErrNoAccount means that the account is not one of this phone's.
	ErrNoAccount = errors.New("is not in service here")
	// ErrClosed means that the phone was closed.
	ErrClosed = errors.New("the phone is closed")
)

// Config is what a phone needs.
type Config struct {
	Lines       []call.Line
	Store       store.Store   // of the history and the outbox
	RingTimeout time.Duration // how long calls ring; 0 means 60 s
	Log         *slog.Logger  // nil discards
}

// Phone is a person's telephone.
type Phone struct {
	cfg    Config
	log    *slog.Logger
	events bus
	outbox *outbox

	ctx     context.Context // the phone's life
	stop    context.CancelFunc
	running sync.WaitGroup

	recorded atomic.Int64 // entries written to the history

	mu    sync.Mutex
	calls map[string]*Call
}

// New puts a phone into service.
func New(cfg Config) *Phone {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.RingTimeout == 0 {
		cfg.RingTimeout = time.Minute
	}
	p := &Phone{cfg: cfg, log: cfg.Log, calls: map[string]*Call{}}
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.trim()
	p.outbox = newOutbox(p)
	for _, line := range cfg.Lines {
		p.running.Go(func() { p.accept(line) })
		if texter, ok := line.(call.Texter); ok {
			p.running.Go(func() { p.receive(line, texter) })
		}
		if people, ok := line.(call.Directory); ok {
			known := snapshot(people)
			p.running.Go(func() { p.watch(line, people, known) })
		}
	}
	p.outbox.restore()
	return p
}

// Events returns the stream of all events from now on, and how to end it. A reader that falls behind
// by a thousand events loses the stream: it is closed.
func (p *Phone) Events() (events <-chan Event, end func()) { return p.events.subscribe() }

// Lines returns the lines in the order of the configuration.
func (p *Phone) Lines() []call.Line { return p.cfg.Lines }

// Ready returns when the line of an account can be called.
func (p *Phone) Ready(ctx context.Context, account string) error {
	line, err := p.line(account)
	if err != nil {
		return err
	}
	return line.Ready(ctx)
}

// Close hangs up all calls politely, within two seconds, and returns when everything has ended.
func (p *Phone) Close() {
	p.mu.Lock()
	for _, c := range p.calls {
		c.cancel(call.ErrHungUp)
	}
	p.stop() // under the lock: nothing is started after it
	p.mu.Unlock()
	p.running.Wait()
	p.events.close()
}

// spawn runs work on a goroutine that Close waits for. It is false, and nothing is run, once the phone
// is closed.
func (p *Phone) spawn(work func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return false
	}
	p.running.Go(work)
	return true
}

// Calls returns the calls that are not over.
func (p *Phone) Calls() []*Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*Call, 0, len(p.calls))
	for _, c := range p.calls {
		all = append(all, c)
	}
	return all
}

// Call returns the call with this id.
func (p *Phone) Call(id string) (*Call, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.calls[id]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("call %q: %w", id, ErrNoCall)
}

// line returns the line of an account, or the first one when account is empty.
func (p *Phone) line(account string) (call.Line, error) {
	for _, l := range p.cfg.Lines {
		if account == "" || l.ID() == account {
			return l, nil
		}
	}
	if account == "" {
		return nil, ErrNoLine
	}
	return nil, fmt.Errorf("account %s %w", account, ErrNoAccount)
}

// accept takes the incoming calls of one line.
func (p *Phone) accept(line call.Line) {
	for {
		in, err := line.Accept(p.ctx)
		if err != nil {
			return
		}
		p.ringing(line, in)
	}
}

// add makes a call known and runs it. It fails when there are too many.
func (p *Phone) add(c *Call, run func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return ErrClosed
	}
	if err := p.roomLocked(c); err != nil {
		return err
	}
	p.calls[c.id] = c
	p.running.Go(run)
	return nil
}

func (p *Phone) remove(c *Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.calls, c.id)
}

// newID returns a random id for a call, local to this phone.
func newID() string {
	var b [6]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}
