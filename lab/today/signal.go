// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"bellwire/dht/value"
	"bellwire/identity"
	"bellwire/link/ice"
	"bellwire/link/icetcp"
)

const (
	userType = "peer_request"
	// answerTime is how long the daemon waits for an answer.
	answerTime = 30 * time.Second
	// connectTime bounds ICE and TLS.
	connectTime = 40 * time.Second
)

// errNoAnswer is what the caller of a device that stays silent gets, after [answerTime].
var errNoAnswer = errors.New("no answer to the connection request")

// Request is a connection request that came.
type Request struct {
	From     identity.AccountID // zero when the certificate was not found
	ID       uint64
	ConnType string
	Refused  bool // dropped without a word
}

// Requests returns the connection requests that came, oldest first.
func (p *Peer) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Request(nil), p.requests...)
}

// takeRequest deals with a value at the request key.
func (p *Peer) takeRequest(v *value.Value) {
	if v.UserType != userType || v.Type != 0 {
		return
	}
	r, err := parseRequest(v.Data)
	if err != nil {
		p.complain("%v", err)
		return
	}
	p.mu.Lock()
	if r.answer {
		if waiting := p.awaited[r.id]; waiting != nil {
			offer(waiting, r)
		}
		p.mu.Unlock()
		return
	}
	again := p.seen[r.id]
	p.seen[r.id] = true
	p.mu.Unlock()
	if again {
		return
	}
	chain, err := p.certificate(p.ctx, v.Owner)
	noted := Request{ID: r.id, ConnType: r.connType}
	if err == nil {
		noted.From = chain.AccountID()
	}
	noted.Refused = err != nil || !p.mayConnect(chain.AccountID())
	p.mu.Lock()
	p.requests = append(p.requests, noted)
	p.mu.Unlock()
	if noted.Refused {
		return
	}
	err = p.answerRequest(r, chain)
	// Who asked while we asked too may be content with one connection.
	if err != nil && p.ctx.Err() == nil && !p.engaged(chain.LongID()) {
		p.complain("the connection that %s asked for did not come up: %v", chain.AccountID(), err)
	}
}

// engaged reports whether a connection with a device is up, or asked for by us.
func (p *Peer) engaged(device identity.LongID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asking[device] > 0 || len(p.links[device]) > 0
}

// answerRequest connects as the requested end: controlling in ICE, client in TLS.
func (p *Peer) answerRequest(r request, chain identity.Chain) error {
	ctx, cancel := context.WithTimeout(p.ctx, connectTime)
	defer cancel()
	remote, err := parseICEText(r.ice)
	if err != nil {
		return err
	}
	ufrag, pwd := credentials()
	agent, err := icetcp.Gather(ctx, p.cfg.ICE, ice.Controlling, ufrag, pwd)
	if err != nil {
		return err
	}
	defer agent.Close()
	answer := request{id: r.id, ice: iceText(agent.Description()), answer: true}
	if err := p.put(ctx, chain.DeviceKey(), answer); err != nil {
		return err
	}
	conn, err := agent.Connect(ctx, func(context.Context) (ice.Description, error) { return remote, nil })
	if err != nil {
		return err
	}
	_, err = p.secure(ctx, conn, chain, false, "")
	return err
}

// ask connects as the requester: controlled in ICE, server in TLS. first is the channel it is for.
func (p *Peer) ask(ctx context.Context, chain identity.Chain, connType, first string) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	ufrag, pwd := credentials()
	agent, err := icetcp.Gather(ctx, p.cfg.ICE, ice.Controlled, ufrag, pwd)
	if err != nil {
		return nil, err
	}
	defer agent.Close()
	r := request{id: 1 + rand.Uint64N(1<<53), ice: iceText(agent.Description()), connType: connType}
	answers := make(chan request, 1)
	p.mu.Lock()
	p.awaited[r.id] = answers
	p.asking[chain.LongID()]++
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.awaited, r.id)
		p.asking[chain.LongID()]--
	}()
	if err := p.put(ctx, chain.DeviceKey(), r); err != nil {
		return nil, err
	}
	conn, err := agent.Connect(ctx, func(ctx context.Context) (ice.Description, error) {
		timer := time.NewTimer(answerTime)
		defer timer.Stop()
		select {
		case answer := <-answers:
			return parseICEText(answer.ice)
		case <-timer.C:
			return ice.Description{}, errNoAnswer
		case <-ctx.Done():
			return ice.Description{}, ctx.Err()
		}
	})
	if err != nil {
		return nil, fmt.Errorf("connect to device %s: %w", chain.LongID(), err)
	}
	return p.secure(ctx, conn, chain, true, first)
}

func (p *Peer) put(ctx context.Context, to *identity.PublicKey, r request) error {
	v := &value.Value{UserType: userType, Data: r.append(nil)}
	return p.send(ctx, p.cfg.Generation.requestKey(to), to, v)
}
