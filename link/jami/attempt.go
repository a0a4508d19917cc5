// SPDX-License-Identifier: GPL-3.0-or-later

package jami

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"bellwire/link"
	"bellwire/link/ice"
)

// attempt implements link.Attempt.
type attempt struct {
	terms link.Terms
	agent agent
}

// Half implements link.Attempt.
func (a *attempt) Half() ice.Description { return a.agent.Description() }

// Close implements link.Attempt.
func (a *attempt) Close() error { return a.agent.Close() }

// Connect implements link.Attempt.
func (a *attempt) Connect(ctx context.Context, remote link.Remote) (link.Session, error) {
	conn, err := a.findPath(ctx, remote)
	if err != nil {
		return nil, err
	}
	session, err := a.shake(ctx, conn)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return session, nil
}

// errPathless ends an attempt whose time is over.
var errPathless = errors.New("no path was found in time")

// findPath waits for a connection. The time for that runs from when the far end's addresses are known.
func (a *attempt) findPath(ctx context.Context, remote link.Remote) (net.Conn, error) {
	limit := a.terms.Timeouts.Connect
	pathCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var unanswered error
	conn, err := a.agent.Connect(pathCtx, func(ctx context.Context) (ice.Description, error) {
		half, err := remote(ctx)
		if err != nil {
			unanswered = err
			return ice.Description{}, err
		}
		timer := time.AfterFunc(limit, func() { cancel(errPathless) })
		context.AfterFunc(pathCtx, func() { timer.Stop() })
		return half, nil
	})
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case unanswered != nil:
		return nil, unanswered
	case errors.Is(context.Cause(pathCtx), errPathless):
		return nil, fmt.Errorf("%w: no path to its addresses was found within %v", link.ErrUnreachable, limit)
	}
	return nil, fmt.Errorf("%w: %w", link.ErrUnreachable, err)
}
