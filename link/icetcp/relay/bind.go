// SPDX-License-Identifier: GPL-3.0-or-later

package relay

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/pion/stun/v4"
)

const (
	// bindLimit is how long taking a connection over may last; the server gives it up after 30 s.
	bindLimit = 10 * time.Second
	// maxBinding bounds the connections being taken over at a time.
	maxBinding = 8
)

// attempt takes a connection over that somebody made to our address at the server: a connection of our
// own to the server is bound to it (RFC 6062, section 4.4).
func (a *Allocation) attempt(m *stun.Message) {
	from, err := address(m, stun.AttrXORPeerAddress)
	number, errNumber := m.Get(stun.AttrConnectionID)
	if err != nil || errNumber != nil {
		return
	}
	connection := stun.RawAttribute{Type: stun.AttrConnectionID, Value: append([]byte(nil), number...)}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.binding == maxBinding {
		return
	}
	a.binding++
	a.running.Go(func() {
		conn, err := a.bind(connection)
		a.mu.Lock()
		a.binding--
		a.mu.Unlock()
		if err != nil {
			a.cfg.Log.Debug("a relayed connection is lost", "server", a.cfg.Server.Address, "from", from, "error", err)
			return
		}
		a.cfg.Accept(a, conn, from)
	})
}

func (a *Allocation) bind(connection stun.Setter) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(a.life, bindLimit)
	defer cancel()
	conn, err := a.cfg.Dial(ctx, a.conn.RemoteAddr().String())
	if err != nil {
		return nil, err
	}
	interrupt := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(longAgo) })
	err = a.bindOver(conn, connection)
	if !interrupt() {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// bindOver makes conn carry the connection. What the server sends behind its answer is the far end's.
func (a *Allocation) bindOver(conn net.Conn, connection stun.Setter) error {
	for range maxStale {
		a.mu.Lock()
		request, id, err := a.login.request(stun.MethodConnectionBind, connection)
		a.mu.Unlock()
		if err != nil {
			return err
		}
		if _, err := conn.Write(request); err != nil {
			return err
		}
		m, err := readOne(conn)
		if err != nil {
			return err
		}
		switch failed := code(m); {
		case m.TransactionID != id:
			return errForm
		case failed == 0:
			return nil
		case failed != stun.CodeStaleNonce:
			return fmt.Errorf("error %d", failed)
		}
		a.mu.Lock()
		err = a.login.challenge(m, a.cfg.Server)
		a.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("error %d, %d times", stun.CodeStaleNonce, maxStale)
}
