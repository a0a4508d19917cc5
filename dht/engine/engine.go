// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"time"

	"bellwire/dht/search"
	"bellwire/dht/storage"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// Host is the surroundings of an engine.
type Host interface {
	// Send sends one datagram. The bytes are valid during the call only.
	Send(to netip.AddrPort, datagram []byte)

	// Verify has the signature of the job's value checked and then calls Engine.Verified, which it
	// may do at once. Jobs that are not Own may be given up with ErrBusy; own ones come first.
	Verify(job *Job)

	// Bootstrap is called while the engine knows nobody that answers: whoever is configured should be
	// handed to Engine.Ping, which may be called at once.
	Bootstrap()
}

// Config describes an engine. Host and Rand are required, and one of IPv4 and IPv6.
type Config struct {
	Host Host
	// Rand is the source of ids and of the secret behind tokens; unpredictable except in simulations.
	Rand       *rand.Rand
	ID         wire.Hash // zero for a random one
	Network    uint32
	IPv4, IPv6 bool // the families there is a socket for
	Client     bool
	Saved      []wire.NodeInfo
	// Own reports whether an address is one of this machine; nil knows none.
	Own      func(netip.Addr) bool
	Storage  storage.Config   // its Types are those of the engine too, nil for the built-in ones
	Strategy *search.Strategy // nil for search.Prompt
	Log      *slog.Logger     // nil discards
}

// Engine is one node of the DHT.
type Engine struct {
	id       wire.Hash
	network  uint32
	client   bool
	host     Host
	own      func(netip.Addr) bool // nil knows no address
	rand     *rand.Rand
	log      *slog.Logger
	strategy search.Strategy
	types    *value.Types

	now    time.Time // of the call being served
	v4, v6 *family   // nil without a socket
	timers timers

	tokens    tokens
	limiter   *Limiter
	blacklist map[netip.AddrPort]struct{}

	store      *storage.Store
	storeTimer timer
	watches    map[wire.Hash][]*Watch // ours, by key, for changes in our own store
	published  map[publication]*Put

	assembler      *wire.Assembler
	assemblerTimer timer

	requests   map[requestKey]*request
	collecting map[pieceKey]*request // those whose reply comes in pieces
	notices    int                   // requests that are updates to listeners

	boot boot

	in, out message
	stats   Traffic
}

// message is memory used again for each packet.
type message struct {
	m   wire.Message
	buf []byte
}

// Traffic counts what went through the sockets, in UDP payload.
type Traffic struct {
	PacketsIn, PacketsOut uint64
	BytesIn, BytesOut     uint64
	RequestsOut           uint64 // first transmissions of our requests
	Dropped               uint64 // packets not worth an answer
}

// New returns an engine that has sent nothing yet; Start makes it join.
func New(cfg Config) *Engine {
	e := &Engine{
		id: cfg.ID, network: cfg.Network, client: cfg.Client, host: cfg.Host, own: cfg.Own, rand: cfg.Rand, log: cfg.Log,
		strategy:  search.Prompt(),
		assembler: wire.NewAssembler(wire.AssemblerLimits{}),
		limiter:   RequestLimiter(),
		requests:  map[requestKey]*request{}, collecting: map[pieceKey]*request{},
		watches:   map[wire.Hash][]*Watch{},
		published: map[publication]*Put{},
	}
	if e.id.IsZero() {
		e.id = RandomHash(e.rand)
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if cfg.Storage.Types == nil {
		cfg.Storage.Types = value.NewTypes()
	}
	e.types, e.store = cfg.Storage.Types, storage.New(cfg.Storage)
	if cfg.Strategy != nil {
		e.strategy = *cfg.Strategy
	}
	if cfg.IPv4 {
		e.v4 = newFamily(e, wire.IPv4)
	}
	if cfg.IPv6 {
		e.v6 = newFamily(e, wire.IPv6)
	}
	e.boot.known = cfg.Saved
	return e
}

// Start makes the engine join the network.
func (e *Engine) Start(now time.Time) time.Time {
	e.now = now
	e.rotateTokens()
	for _, info := range e.boot.known {
		e.mention(info)
	}
	for _, f := range e.families() {
		f.startMaintenance()
	}
	e.bootstrap()
	return e.Tick(now)
}

// ID is the node's own id.
func (e *Engine) ID() wire.Hash { return e.id }

// Tick does what is due and returns when it wants to be called next: the zero time for never.
func (e *Engine) Tick(now time.Time) time.Time {
	e.now = now
	for run := e.timers.due(now); run != nil; run = e.timers.due(now) {
		run()
	}
	return e.timers.next()
}

// families returns the address families there is a socket for.
func (e *Engine) families() []*family {
	switch {
	case e.v4 == nil:
		return []*family{e.v6}
	case e.v6 == nil:
		return []*family{e.v4}
	}
	return []*family{e.v4, e.v6}
}

// familyOf returns the family of an address, nil when there is no socket for it.
func (e *Engine) familyOf(a netip.Addr) *family {
	if a.Is4() {
		return e.v4
	}
	return e.v6
}

func (e *Engine) rotateTokens() {
	e.tokens.rotate(e.now, e.rand)
	e.timers.set(new(timer), e.tokens.renew, e.rotateTokens)
}

// after runs f once, d from now.
func (e *Engine) after(t *timer, d time.Duration, f func()) { e.timers.set(t, e.now.Add(d), f) }
