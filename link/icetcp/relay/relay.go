// SPDX-License-Identifier: GPL-3.0-or-later

// Package relay owns TCP allocations on TURN servers (RFC 8656, RFC 6062): an address at a server to
// which others connect, and each connection handed on as one of our own.
//
// pion/turn has a client for that. It is not used because its Accept cannot be given up, dials before
// anybody has come, loses what a server sends in two parts, and does not know stale nonces.
package relay

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// Server is a TURN server and our account there.
type Server struct {
	Address        string // HOST:PORT
	User, Password string
}

// Config is what an allocation needs.
type Config struct {
	Server Server
	// Dial connects over TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Accept takes a connection from a far end at this address. It must not block.
	Accept func(a *Allocation, conn net.Conn, from netip.AddrPort)
	Log    *slog.Logger
}

// Allocation is an address at a server. It lives until Close, or until the server forgets it; with it
// end the connections that came through it.
type Allocation struct {
	cfg     Config
	conn    net.Conn // to the server, for control
	in      *bufio.Reader
	relayed netip.AddrPort
	mapped  netip.Addr
	life    context.Context
	stop    context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	login   login
	tasks   []*task // the first renews the allocation, the others are permissions
	binding int     // connections being bound
}

// Addr is the address at the server.
func (a *Allocation) Addr() netip.AddrPort { return a.relayed }

// Mapped is the address at which the server sees us.
func (a *Allocation) Mapped() netip.Addr { return a.mapped }

// Permit has the server let in connections from these addresses, and from no others but those permitted
// before.
func (a *Allocation) Permit(peers []netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, peer := range peers {
		peer = peer.Unmap()
		if peer.Is4() != a.relayed.Addr().Is4() || peer.IsUnspecified() || peer.IsMulticast() || len(a.tasks) > maxPermits {
			continue
		}
		a.tasks = append(a.tasks, &task{peer: peer, every: permitRenewal})
	}
	_ = a.conn.SetReadDeadline(longAgo)
}

// Close gives the address up and waits for everything that ran for it.
func (a *Allocation) Close() error {
	a.stop()
	err := a.conn.Close() // with this connection the server forgets the allocation (RFC 8656, section 7)
	a.running.Wait()
	return err
}

// run talks to the server.
func (a *Allocation) run() {
	defer a.conn.Close()
	for {
		if err := a.ask(); err != nil {
			a.ended(err)
			return
		}
		m, err := next(a.in)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		if err == nil {
			err = a.handle(m)
		}
		if err != nil {
			a.ended(err)
			return
		}
	}
}

func (a *Allocation) ended(err error) {
	if a.life.Err() == nil {
		a.cfg.Log.Debug("a relayed address is lost", "server", a.cfg.Server.Address, "error", err)
	}
}

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)
