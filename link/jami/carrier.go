// SPDX-License-Identifier: GPL-3.0-or-later

package jami

import (
	"context"
	"fmt"
	"net"

	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/icetcp"
)

// Carrier implements link.Carrier.
type Carrier struct {
	ice    ice.Config
	gather gather
}

// agent is what the carrier needs of an icetcp.Agent.
type agent interface {
	Description() ice.Description
	Connect(ctx context.Context, remote func(context.Context) (ice.Description, error)) (net.Conn, error)
	Close() error
}

type gather func(ctx context.Context, cfg ice.Config, role ice.Role, ufrag, pwd string) (agent, error)

// New returns a carrier that finds its connections with these means.
func New(cfg ice.Config) (*Carrier, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	return &Carrier{ice: cfg, gather: gatherTCP}, nil
}

func gatherTCP(ctx context.Context, cfg ice.Config, role ice.Role, ufrag, pwd string) (agent, error) {
	return icetcp.Gather(ctx, cfg, role, ufrag, pwd)
}

// Name implements link.Carrier.
func (c *Carrier) Name() string { return link.Jami }

// Prepare implements link.Carrier.
func (c *Carrier) Prepare(ctx context.Context, t link.Terms) (link.Attempt, error) {
	role := ice.Controlled
	if t.Role == link.Requested {
		role = ice.Controlling
	}
	ufrag, pwd := ice.Credentials()
	agent, err := c.gather(ctx, c.ice, role, ufrag, pwd)
	if err != nil {
		return nil, fmt.Errorf("gather addresses: %w", err)
	}
	return &attempt{terms: t, agent: agent}, nil
}
