// SPDX-License-Identifier: GPL-3.0-or-later

package jami

import (
	"context"
	"net"

	"bellwire/link/ice"
)

// Over returns a carrier whose connections are made by connect instead of ICE.
func Over(connect func(ctx context.Context, role ice.Role) (net.Conn, error)) *Carrier {
	return &Carrier{gather: func(_ context.Context, _ ice.Config, role ice.Role, ufrag, pwd string) (agent, error) {
		return &wired{ice.Description{Ufrag: ufrag, Pwd: pwd}, role, connect}, nil
	}}
}

// wired stands in for an icetcp.Agent.
type wired struct {
	half    ice.Description
	role    ice.Role
	connect func(ctx context.Context, role ice.Role) (net.Conn, error)
}

func (w *wired) Description() ice.Description { return w.half }
func (w *wired) Close() error                 { return nil }

func (w *wired) Connect(ctx context.Context, remote func(context.Context) (ice.Description, error)) (net.Conn, error) {
	if _, err := remote(ctx); err != nil {
		return nil, err
	}
	return w.connect(ctx, w.role)
}
