// SPDX-License-Identifier: GPL-3.0-or-later

package discovery

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"bellwire/dht/wire"
	"bellwire/internal/netx"
)

const (
	// maxDatagram is the longest datagram looked at; ours have 40 bytes, and others publish a few
	// services beside.
	maxDatagram = 1500

	// queued is how many found nodes wait for their reader; more are dropped.
	queued = 32
)

// Medium is the way to the local network. Start makes the real one unless it is given another.
type Medium interface {
	// Conns are the sockets on which datagrams arrive, to a group or to this host.
	Conns() []net.PacketConn
	// Shout sends a datagram to all groups on all interfaces.
	Shout(b []byte) error
	// Tell sends a datagram to one address.
	Tell(to netip.AddrPort, b []byte) error
	// Rejoin follows a change of interfaces.
	Rejoin() error
	// Close closes the sockets.
	Close() error
}

// Config says who we are and who is to be found.
type Config struct {
	// ID, Port and Network are those of our DHT node.
	ID      wire.Hash
	Port    uint16
	Network uint32
	// Medium is the way to the network; the multicast sockets of Net when it is nil.
	Medium Medium
	// Net makes the sockets of the real medium.
	Net netx.Net
	Log *slog.Logger // nil discards
}

// Discovery finds nodes until it is closed.
type Discovery struct {
	medium   Medium
	self     announcement
	log      *slog.Logger
	found    chan wire.NodeInfo
	answers  limiter
	findings limiter
	readers  sync.WaitGroup
	closed   chan struct{}
	closing  sync.Once
}

// Start begins to listen, announces our node and asks for others.
func Start(cfg Config) (*Discovery, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Medium == nil {
		medium, err := openMulticast(cfg.Net)
		if err != nil {
			return nil, err
		}
		cfg.Medium = medium
	}
	d := &Discovery{
		medium:   cfg.Medium,
		self:     announcement{id: cfg.ID, port: cfg.Port, network: cfg.Network},
		log:      cfg.Log,
		found:    make(chan wire.NodeInfo, queued),
		answers:  newLimiter(answersPerSecond, answerPause),
		findings: newLimiter(findingsPerSecond, 0),
		closed:   make(chan struct{}),
	}
	for _, conn := range d.medium.Conns() {
		d.readers.Go(func() { d.read(conn) })
	}
	d.ask()
	return d, nil
}

// Nodes yields the nodes that were found, the same one perhaps often. It is never closed. Nodes are
// dropped while nobody reads.
func (d *Discovery) Nodes() <-chan wire.NodeInfo { return d.found }

// Refresh announces and asks again; to be called after a change of the host's addresses or interfaces.
func (d *Discovery) Refresh() {
	if err := d.medium.Rejoin(); err != nil {
		d.log.Debug("local discovery cannot join its groups", "err", err)
	}
	d.ask()
}

// Close ends discovery and waits for its goroutines.
func (d *Discovery) Close() error {
	var err error
	d.closing.Do(func() {
		close(d.closed)
		err = d.medium.Close()
	})
	d.readers.Wait()
	return err
}

func (d *Discovery) ask() {
	for _, datagram := range [][]byte{d.self.append(nil), appendQuestion(nil)} {
		if err := d.medium.Shout(datagram); err != nil {
			d.log.Debug("local discovery cannot reach every interface", "err", err)
		}
	}
}

// read handles what arrives on one socket until it is closed.
func (d *Discovery) read(conn net.PacketConn) {
	buf := make([]byte, maxDatagram)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err == nil {
			d.handle(time.Now(), source(from), buf[:n])
			continue
		}
		if errors.Is(err, net.ErrClosed) || d.isClosed() {
			return
		}
		d.log.Debug("local discovery cannot receive", "err", err)
		if !d.pause() {
			return
		}
	}
}

// errorPause is the wait after a socket's error, so that a lasting one does not keep a core busy.
const errorPause = 100 * time.Millisecond

// pause waits a little; false means that discovery was closed.
func (d *Discovery) pause() bool {
	select {
	case <-time.After(errorPause):
		return true
	case <-d.closed:
		return false
	}
}

func (d *Discovery) isClosed() bool {
	select {
	case <-d.closed:
		return true
	default:
		return false
	}
}

func source(a net.Addr) netip.AddrPort {
	udp, ok := a.(*net.UDPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	return wire.Unmap(udp.AddrPort())
}

func (d *Discovery) handle(now time.Time, from netip.AddrPort, b []byte) {
	if wire.Martian(from) {
		return
	}
	if isQuestion(b) {
		d.answer(now, from)
		return
	}
	a, err := parseAnnouncement(b)
	if err != nil || a.id.IsZero() || a.id == d.self.id || a.port == 0 || a.network != d.self.network {
		return
	}
	if !d.findings.allow(now, from.Addr()) {
		return
	}
	node := wire.NodeInfo{ID: a.id, Addr: netip.AddrPortFrom(from.Addr(), a.port)}
	select {
	case d.found <- node:
	default:
	}
}

func (d *Discovery) answer(now time.Time, from netip.AddrPort) {
	if !d.answers.allow(now, from.Addr()) {
		return
	}
	if err := d.medium.Tell(from, d.self.append(nil)); err != nil {
		d.log.Debug("local discovery cannot answer", "to", from, "err", err)
	}
}
