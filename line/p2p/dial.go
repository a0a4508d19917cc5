// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"bellwire/call"
	"bellwire/dht"
	"bellwire/identity"
	"bellwire/link"
	"bellwire/sip"
)

var (
	errNoDevice = errors.New("no device of this account is online")
	errDeclined = errors.New("another device declined")
)

// Dial calls every device of the account with this id at once and returns the leg of the first that
// answers; the others stop ringing. A device that declines ends the call for all.
func (l *Line) Dial(ctx context.Context, target string, setup call.Setup) (*call.Leg, error) {
	account, err := identity.ParseAccountID(target)
	if err != nil {
		return nil, &call.Error{Reason: call.NotFound, Err: err}
	}
	f := &fork{line: l, account: account, setup: setup}
	return f.run(ctx)
}

// fork is one outgoing call to all devices of an account.
type fork struct {
	line    *Line
	account identity.AccountID
	setup   call.Setup

	mu    sync.Mutex // held while Progress is told: branches report at the same time
	state call.State // the furthest that was reported
}

// branch is what became of one device.
type branch struct {
	leg *call.Leg
	err error
}

func (f *fork) run(caller context.Context) (*call.Leg, error) {
	ctx, cancel := context.WithCancelCause(caller)
	defer cancel(nil)
	defer context.AfterFunc(f.line.ctx, func() { cancel(link.ErrClosed) })()

	f.report(call.Resolving)
	results := make(chan branch)
	var branches sync.WaitGroup
	branches.Go(func() { f.start(ctx, &branches, results) })
	go func() { branches.Wait(); close(results) }()

	var winner *call.Leg
	var failure error
	for b := range results {
		switch {
		case b.err == nil && winner == nil:
			winner = b.leg
			winner.SetSound(f.setup.Source, f.setup.Sink)
			cancel(call.ErrElsewhere)
		case b.err == nil:
			f.surplus(b.leg)
		default:
			failure = worse(failure, b.err)
			if call.ReasonOf(b.err) == call.Declined && winner == nil {
				cancel(errDeclined)
			}
		}
	}
	switch {
	case winner != nil:
		return winner, nil
	case caller.Err() != nil && severity[call.ReasonOf(failure)] <= severity[call.Unreachable]:
		return nil, ended(caller)
	case failure != nil:
		return nil, failure
	}
	return nil, &call.Error{Reason: call.Unreachable, Err: errNoDevice}
}

// start begins a branch for each device: first those we are connected to, which need not be looked up,
// then those the DHT knows, as they are found.
func (f *fork) start(ctx context.Context, branches *sync.WaitGroup, results chan<- branch) {
	begun := map[identity.DeviceID]bool{}
	begin := func(key *identity.PublicKey) {
		if id := identity.DeviceID(key.KeyID()); !begun[id] {
			begun[id] = true
			branches.Go(func() {
				leg, err := f.call(ctx, key)
				results <- branch{leg, err}
			})
		}
	}
	for _, connection := range f.line.cfg.Links.Links() {
		if peer := connection.Peer(); peer.Account == f.account {
			begin(peer.Chain.DeviceKey())
		}
	}
	for key, err := range f.line.devices(ctx, f.account) {
		if err != nil {
			results <- branch{err: resolveError(ctx, err)}
			return
		}
		begin(key)
	}
}

// call connects to one device and rings it. A connection of earlier that turns out to be dead is
// replaced, once.
func (f *fork) call(ctx context.Context, key *identity.PublicKey) (*call.Leg, error) {
	f.report(call.Connecting)
	leg, former, err := f.ring(ctx, key)
	if former != nil && call.ReasonOf(err) == call.Unreachable && ctx.Err() == nil {
		former.Close() // it may be half closed, and would be handed out once more
		leg, _, err = f.ring(ctx, key)
	}
	return leg, err
}

// ring rings a device over the connection there is, or over a new one. former is the one there was.
func (f *fork) ring(ctx context.Context, key *identity.PublicKey) (leg *call.Leg, former link.Link, err error) {
	connection, err := f.line.cfg.Links.Dial(ctx, link.Target{
		Account: f.account, Key: key, Purpose: "audioCall", Patience: f.line.patience(f.account),
	})
	if err != nil {
		return nil, nil, f.line.explain(f.account, connectError(ctx, err))
	}
	if f.line.inUse(connection) {
		former = connection
	}
	flow, err := f.line.flowTo(ctx, connection)
	if err != nil {
		return nil, former, connectError(ctx, err)
	}
	if former != nil {
		f.line.spawn(func() { f.line.probe(connection) })
	}
	// The sound is for the first to answer alone: neither source nor sink serves two at a time, and what we
	// say is not for a device that has not answered.
	setup := call.Setup{Name: f.setup.Name, Progress: f.report}
	peer := connection.Peer()
	request := f.line.request(peer, connection.RemoteAddr(), f.setup.Name)
	request.Headers = []sip.Header{{Name: "Subject", Value: "Phone call"}}
	f.line.log.Info("a device is called", "peer", peer.Account, "device", peer.Device)
	leg, err = call.Invite(ctx, call.Outgoing{
		Flow:    flow,
		Request: request,
		Ground:  f.line.ground(connection, party(peer, "")),
	}, setup)
	return leg, former, err
}

// report passes a state on when it is further than any branch has been, one after the other.
func (f *fork) report(state call.State) {
	if f.setup.Progress == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if state > f.state || state == call.Resolving {
		f.state = state
		f.setup.Progress(state)
	}
}

// surplus hangs up a device that answered although another one was first.
func (f *fork) surplus(leg *call.Leg) {
	f.line.spawn(func() {
		ctx, cancel := context.WithTimeout(f.line.ctx, surplusTime)
		defer cancel()
		leg.HangupElsewhere(ctx)
	})
}

func resolveError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ended(ctx)
	case errors.Is(err, dht.ErrNoNodes):
		return &call.Error{Reason: call.Unreachable, Err: errors.New("no node of the DHT answers; check the network and dht.bootstrap")}
	}
	return &call.Error{Reason: call.Unreachable, Err: fmt.Errorf("look the account up: %w", err)}
}

func connectError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ended(ctx)
	case errors.Is(err, link.ErrNotAuthenticated):
		return &call.Error{Reason: call.NotAuthenticated, Err: err}
	case errors.Is(err, link.ErrDeclined):
		return &call.Error{Reason: call.Declined, Err: err}
	}
	return &call.Error{Reason: call.Unreachable, Err: err}
}

// ended explains a call that ended with its context, before it rang.
func ended(ctx context.Context) error {
	cause := context.Cause(ctx)
	reason := call.Cancelled
	switch {
	case errors.Is(cause, call.ErrElsewhere):
		reason = call.Elsewhere
	case errors.Is(cause, context.DeadlineExceeded):
		reason = call.Unreachable
	}
	return &call.Error{Reason: reason, Err: cause}
}

// severity orders what the devices of an account say when none answers: what a person decided
// comes before what a network did.
var severity = map[call.Reason]int{
	call.Declined:         7,
	call.Busy:             6,
	call.NotAcceptable:    5,
	call.NoAnswer:         4,
	call.NotAuthenticated: 3,
	call.Unreachable:      1,
	call.Elsewhere:        -1,
}

// worse returns the error that tells the caller more.
func worse(a, b error) error {
	if a == nil || severity[call.ReasonOf(b)] > severity[call.ReasonOf(a)] {
		return b
	}
	return a
}

// request writes the addresses of a request as Jami does.
func (l *Line) request(peer link.Peer, remote net.Addr, name string) sip.Request {
	if name == "" {
		name = l.cfg.Name
	}
	return sip.Request{
		From: sip.Address{Name: name, URI: sip.URI{Scheme: "sip", User: l.account.String(), Host: domain}},
		To:   sip.Address{URI: sip.URI{Scheme: "sips", User: peer.Account.String(), Host: hostOf(remote)}},
	}
}
