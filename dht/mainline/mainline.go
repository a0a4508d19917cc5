// SPDX-License-Identifier: GPL-3.0-or-later

package mainline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anacrolix/dht/v2"
	"github.com/anacrolix/dht/v2/krpc"
	"github.com/anacrolix/log"
	"golang.org/x/time/rate"
)

const (
	// queued is how many found addresses wait for their reader; more are dropped.
	queued = 64

	// sendsPerSecond and sendBurst bound our datagrams, requests and answers together.
	sendsPerSecond = 50
	sendBurst      = 100

	// answerLimit is how long a node has to answer.
	answerLimit = 1500 * time.Millisecond

	// itemLifetime is what the library asks for data of BEP 44; none is kept.
	itemLifetime = 2 * time.Hour
)

// Config says how to take part.
type Config struct {
	// Conn is a UDP socket of its own. It is closed by Close.
	Conn net.PacketConn
	// Port is the UDP port of our OpenDHT node, which is announced while we are reachable.
	Port uint16
	// Network is the id of the OpenDHT network; each has its own meeting point.
	Network uint32
	// Routers are hosts, as HOST:PORT, through which the BitTorrent DHT is entered. Without any, only
	// nodes that contact us become known.
	Routers []string
	Log     *slog.Logger // nil discards
}

// Mainline takes part in the BitTorrent DHT until it is closed.
type Mainline struct {
	cfg     Config
	log     *slog.Logger
	hash    [20]byte
	guard   *guard
	server  *dht.Server
	routers routers
	found   chan netip.AddrPort

	announcing atomic.Bool
	changed    chan struct{} // holds one notice that announcing changed

	cancel  context.CancelFunc
	parts   sync.WaitGroup
	closing sync.Once
}

// Start enters the BitTorrent DHT and begins to look for nodes. It returns at once. After an error the
// socket is still the caller's.
func Start(cfg Config) (*Mainline, error) {
	if cfg.Conn == nil {
		return nil, errors.New("mainline: a socket is needed")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	m := &Mainline{
		cfg:     cfg,
		log:     cfg.Log,
		hash:    InfoHash(cfg.Network),
		guard:   newGuard(cfg.Conn, usualLimits()),
		found:   make(chan netip.AddrPort, queued),
		changed: make(chan struct{}, 1),
	}
	var err error
	if m.server, err = dht.NewServer(m.serverConfig()); err != nil {
		return nil, fmt.Errorf("mainline: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	m.parts.Go(func() { m.run(ctx) })
	return m, nil
}

// serverConfig sets everything that has a default we do not want: public starting nodes, a send limiter
// shared by all servers of the process, no tokens, items that have expired already, logs to stderr.
func (m *Mainline) serverConfig() *dht.ServerConfig {
	return &dht.ServerConfig{
		NodeId:           krpc.RandomNodeID(),
		NoSecurity:       true,
		Conn:             m.guard,
		StartingNodes:    m.routers.known,
		DefaultWant:      []krpc.Want{krpc.WantNodes, krpc.WantNodes6},
		PeerStore:        newPeerStore(),
		Store:            noItems{},
		Exp:              itemLifetime,
		SendLimiter:      rate.NewLimiter(sendsPerSecond, sendBurst),
		QueryResendDelay: func() time.Duration { return answerLimit },
		Logger:           silent(),
		OnQuery:          func(m *krpc.Msg, _ net.Addr) bool { return served(m) },
	}
}

// silent returns a logger for the library that writes nothing.
func silent() log.Logger {
	l := log.NewLogger("mainline").FilterLevel(log.Critical)
	l.SetHandlers()
	return l
}

// Peers yields addresses that may be OpenDHT nodes, the same one perhaps often, and our own among them.
// It is never closed. Addresses are dropped while nobody reads.
func (m *Mainline) Peers() <-chan netip.AddrPort { return m.found }

// Announce says whether our OpenDHT node is reachable from outside, and so whether it is to be announced.
// What was announced is forgotten by others within an hour.
func (m *Mainline) Announce(reachable bool) {
	if m.announcing.Swap(reachable) == reachable {
		return
	}
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// Nodes returns the number of nodes of the BitTorrent DHT that are known.
func (m *Mainline) Nodes() int { return m.server.NumNodes() }

// Close leaves the DHT, closes the socket and waits for all goroutines, which takes as long as the
// answers they wait for: up to two seconds.
func (m *Mainline) Close() error {
	var err error
	m.closing.Do(func() {
		m.cancel()
		m.server.Close()
		err = m.guard.Close()
	})
	m.parts.Wait()
	return err
}
