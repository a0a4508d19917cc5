// SPDX-License-Identifier: GPL-3.0-or-later

package relay

import (
	"bufio"
	"context"
	"fmt"

	"github.com/pion/stun/v4"
)

// Allocate asks a server for an address. It takes as long as ctx allows.
func Allocate(ctx context.Context, cfg Config) (*Allocation, error) {
	conn, err := cfg.Dial(ctx, cfg.Server.Address)
	if err != nil {
		return nil, err
	}
	a := &Allocation{cfg: cfg, conn: conn, in: bufio.NewReaderSize(conn, maxMessage)}
	interrupt := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(longAgo) })
	err = a.allocate()
	if !interrupt() {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	a.life, a.stop = context.WithCancel(context.Background())
	a.running.Go(a.run)
	return a, nil
}

// allocate asks once without login, to learn the realm, and then with it.
func (a *Allocation) allocate() error {
	m, err := a.exchange()
	for range 2 {
		if err != nil || code(m) != stun.CodeUnauthorized && code(m) != stun.CodeStaleNonce || a.login.key != nil && code(m) == stun.CodeUnauthorized {
			break
		}
		if err = a.login.challenge(m, a.cfg.Server); err == nil {
			m, err = a.exchange()
		}
	}
	switch {
	case err != nil:
		return err
	case code(m) == stun.CodeUnauthorized:
		return fmt.Errorf("the TURN server %s refuses the user %q with this password; correct them in the configuration", a.cfg.Server.Address, a.cfg.Server.User)
	case code(m) != 0:
		return fmt.Errorf("the TURN server %s gives no address for TCP: error %d", a.cfg.Server.Address, code(m))
	case !a.login.signed(m):
		return fmt.Errorf("%w: wrongly signed", errForm)
	}
	return a.granted(m)
}

// exchange sends the request for an allocation and waits for the answer.
func (a *Allocation) exchange() (*stun.Message, error) {
	request, id, err := a.login.request(stun.MethodAllocate, requestedTransport)
	if err != nil {
		return nil, err
	}
	if _, err := a.conn.Write(request); err != nil {
		return nil, err
	}
	m, err := next(a.in)
	if err == nil && m.TransactionID != id {
		err = fmt.Errorf("%w: it belongs to another request", errForm)
	}
	return m, err
}

// granted reads what the server gave.
func (a *Allocation) granted(m *stun.Message) error {
	relayed, err := address(m, stun.AttrXORRelayedAddress)
	if err != nil {
		return err
	}
	mapped, err := address(m, stun.AttrXORMappedAddress)
	if err != nil {
		return err
	}
	a.relayed, a.mapped = relayed, mapped.Addr()
	renewal := &task{}
	a.tasks = []*task{renewal}
	return renewal.extend(m)
}
