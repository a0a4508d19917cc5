// SPDX-License-Identifier: GPL-3.0-or-later

package mux

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Socket is one end of a multiplexed connection. Its methods may be called from any goroutine.
type Socket struct {
	conn        net.Conn
	cfg         Config
	first, last uint16 // numbers of this end's half
	born        time.Time
	requests    chan *Request
	greeted     chan struct{} // closed when the far end has told its version
	done        chan struct{} // closed after err is set
	flushed     chan struct{} // closed when nothing is written any more
	running     sync.WaitGroup

	heard   atomic.Int64 // when bytes came last, in nanoseconds since born
	waiting atomic.Bool  // the reader waits for the user of a stream

	mu      sync.Mutex // guards what follows and everything in streams
	err     error
	closing bool
	grace   *time.Timer // of an end that is certain but for its reason
	streams map[uint16]*stream
	counts  [2]int // of streams, by who asked for them
	next    uint16 // number to try for the next stream of this end
	version int    // of the far end; 0 when not told

	control []byte // frames that go before others
	owed    bool   // the far end waits for a sign of life
	ready   queue  // streams with something to write
	work    *sync.Cond
	space   *sync.Cond // the stream that the reader waits for has room

	beaconSent time.Time // of the one that is not answered yet; zero without
	pings      []chan struct{}
	rtt        time.Duration
}

// unheard stands for the time at which bytes came last when none ever did.
const unheard = -1

// maxControl bounds what waits to be written beside the streams: a far end that asks for that many
// answers without reading them is cut off.
const maxControl = 128 << 10

// New runs the socket over a connection, which it owns from now on. The number is that of this end's
// first stream: [FirstOfRequester] or [FirstOfRequested].
func New(conn net.Conn, first uint16, cfg Config) *Socket {
	cfg = cfg.withDefaults()
	m := &Socket{
		conn:     conn,
		cfg:      cfg,
		first:    FirstOfRequested,
		last:     FirstOfRequester - 1,
		next:     first,
		born:     time.Now(),
		requests: make(chan *Request, cfg.Backlog),
		greeted:  make(chan struct{}),
		done:     make(chan struct{}),
		flushed:  make(chan struct{}),
		streams:  map[uint16]*stream{},
	}
	if first >= FirstOfRequester {
		m.first, m.last = FirstOfRequester, protocolChannel-1
	}
	m.heard.Store(unheard)
	m.work, m.space = sync.NewCond(&m.mu), sync.NewCond(&m.mu)
	m.control = appendVersion(nil)
	m.running.Go(m.read)
	m.running.Go(m.write)
	return m
}

// Done is closed when the socket has ended, from either end.
func (m *Socket) Done() <-chan struct{} { return m.done }

// Err says why the socket ended; nil before that.
func (m *Socket) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// Greeted is closed when the far end has told its version. Old ones do not, and answer no beacons.
func (m *Socket) Greeted() <-chan struct{} { return m.greeted }

// Version is what the far end said it speaks, 0 when it did not.
func (m *Socket) Version() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.version
}

// Heard reports whether anything has ever come from the far end.
func (m *Socket) Heard() bool { return m.heard.Load() != unheard }

// Quiet is how long nothing has come from the far end. It is zero while the user of a stream keeps
// this end from reading.
func (m *Socket) Quiet() time.Duration {
	if m.waiting.Load() {
		return 0
	}
	return time.Since(m.born) - time.Duration(max(0, m.heard.Load()))
}

// urgentLocked lets the writer send a control or protocol message before anything else.
func (m *Socket) urgentLocked(size int, add func([]byte) []byte) {
	if m.err != nil || m.closing {
		return
	}
	if len(m.control)+size+maxHeader > maxControl {
		m.failLocked(ErrStalled)
		return
	}
	m.control = add(m.control)
	m.work.Signal()
}
