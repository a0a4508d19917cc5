// SPDX-License-Identifier: GPL-3.0-or-later

package quic

import (
	"context"
	"fmt"

	"bellwire/link"
	"bellwire/link/ice"
)

// Carrier implements link.Carrier.
type Carrier struct{ ice ice.Config }

// New returns a carrier that finds its paths with these means.
func New(cfg ice.Config) (*Carrier, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	return &Carrier{ice: cfg}, nil
}

// Name implements link.Carrier.
func (c *Carrier) Name() string { return link.QUIC }

// Prepare implements link.Carrier.
func (c *Carrier) Prepare(ctx context.Context, t link.Terms) (link.Attempt, error) {
	role := ice.Controlling
	ufrag, pwd := ice.Credentials()
	peerUfrag, peerPwd := ice.AnswerCredentials(pwd)
	if t.Role == link.Requested {
		role = ice.Controlled
		peerUfrag, peerPwd = t.Offered.Ufrag, t.Offered.Pwd
		ufrag, pwd = ice.AnswerCredentials(peerPwd)
	}
	agent, err := ice.Gather(ctx, c.ice, role, ufrag, pwd)
	if err != nil {
		return nil, fmt.Errorf("gather addresses: %w", err)
	}
	return &attempt{terms: t, agent: agent, peerUfrag: peerUfrag, peerPwd: peerPwd}, nil
}
