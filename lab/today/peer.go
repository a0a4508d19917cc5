// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"bellwire/dht"
	"bellwire/identity"
	"bellwire/link/ice"
)

// Config describes a peer. Account, Device and DHT are required; the node stays the caller's.
type Config struct {
	Account    *identity.Account
	Device     *identity.Device
	DHT        *dht.Node
	ICE        ice.Config
	Name       string
	Generation Generation
	// PublicInCalls is the account detail DHT.PublicInCalls: whether strangers may connect.
	PublicInCalls bool
	// Trace is told each SIP message as it is sent; nil is not.
	Trace func(message string)
}

// Bounds of what waits for the test.
const backlog = 64

// Peer is one account on one device of its own.
type Peer struct {
	cfg Config

	ctx     context.Context // the peer's life
	stop    context.CancelFunc
	running sync.WaitGroup

	calls     chan *Call
	texts     chan Text
	asked     chan ContactRequest
	confirmed chan identity.AccountID

	mu         sync.Mutex
	closed     bool
	allowed    map[identity.AccountID]bool // contacts, and accounts that were called
	awaited    map[uint64]chan request     // answers by the id of our request
	asking     map[identity.LongID]int     // requests of ours under way
	seen       map[uint64]bool             // ids of requests
	requests   []Request
	links      map[identity.LongID][]*connection
	complaints []string
	unpublish  []func()
}

// Start announces the device and begins to listen.
func Start(cfg Config) (*Peer, error) {
	p := &Peer{
		cfg:       cfg,
		calls:     make(chan *Call, backlog),
		texts:     make(chan Text, backlog),
		asked:     make(chan ContactRequest, backlog),
		confirmed: make(chan identity.AccountID, backlog),
		allowed:   map[identity.AccountID]bool{},
		awaited:   map[uint64]chan request{},
		asking:    map[identity.LongID]int{},
		seen:      map[uint64]bool{},
		links:     map[identity.LongID][]*connection{},
	}
	p.ctx, p.stop = context.WithCancel(context.Background())
	if err := p.publish(); err != nil {
		return nil, err
	}
	own := cfg.Device.Key.Public()
	p.watch(cfg.Generation.requestKey(own), p.takeRequest)
	p.watch(inboxKey(own), p.takeInbox)
	return p, nil
}

// Close ends everything the peer runs. Calls that are up lose their connection.
func (p *Peer) Close() {
	for _, stop := range p.unpublish {
		stop()
	}
	p.mu.Lock()
	p.closed = true
	var links []*connection
	for _, l := range p.links {
		links = append(links, l...)
	}
	p.mu.Unlock()
	p.stop()
	for _, l := range links {
		l.close()
	}
	p.running.Wait()
}

// ID is the account's.
func (p *Peer) ID() string { return p.cfg.Device.AccountID().String() }

// Allow makes an account one that may connect, as a contact that was added or accepted may.
func (p *Peer) Allow(account identity.AccountID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allowed[account] = true
}

// mayConnect is asked for each request of a device whose certificate was found.
func (p *Peer) mayConnect(account identity.AccountID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.allowed[account] || p.cfg.Generation.takesStrangers(p.cfg.PublicInCalls)
}

// NextCall returns the next call that rings.
func (p *Peer) NextCall(ctx context.Context) (*Call, error) { return next(ctx, p, p.calls) }

// NextText returns the next text that came.
func (p *Peer) NextText(ctx context.Context) (Text, error) { return next(ctx, p, p.texts) }

// NextContactRequest returns the next request of somebody who wants to be a contact.
func (p *Peer) NextContactRequest(ctx context.Context) (ContactRequest, error) {
	return next(ctx, p, p.asked)
}

// NextConfirmation returns the next account that confirmed a request of ours.
func (p *Peer) NextConfirmation(ctx context.Context) (identity.AccountID, error) {
	return next(ctx, p, p.confirmed)
}

func next[T any](ctx context.Context, p *Peer, from <-chan T) (T, error) {
	var none T
	select {
	case v := <-from:
		return v, nil
	case <-ctx.Done():
		return none, ctx.Err()
	case <-p.ctx.Done():
		return none, errClosed
	}
}

var errClosed = errors.New("the peer is closed")

// Complaints returns what the far ends did that the daemon would stumble over or that breaks the
// rules it keeps to.
func (p *Peer) Complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.complaints...)
}

func (p *Peer) complain(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.complaints) < backlog {
		p.complaints = append(p.complaints, fmt.Sprintf(format, args...))
	}
}

// spawn runs work that Close waits for.
func (p *Peer) spawn(work func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.running.Go(work)
	return true
}

// offer puts a value into a queue for the test; false when it is full.
func offer[T any](to chan<- T, v T) bool {
	select {
	case to <- v:
		return true
	default:
		return false
	}
}
