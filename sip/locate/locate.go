// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Limits of what is taken of the answers to one query.
const (
	maxServices = 8  // NAPTR records
	maxHops     = 16 // hosts of SRV records
	maxAddrs    = 16 // addresses of one host
	maxTargets  = 64
)

// Target is one place to send a request to.
type Target struct {
	Transport  Transport
	Addr       netip.AddrPort
	ServerName string // whom the certificate has to name: the host of the query
}

// Config of a Locator.
type Config struct {
	Resolver Resolver
	Seed     uint64 // of the draw among servers of one priority; 0: a random one
}

// Locator finds the targets of queries. It is safe for concurrent use; accounts may share one.
type Locator struct {
	seed  uint64
	naptr *cache[[]NAPTR]
	srv   *cache[[]SRV]
	addrs *cache[[]netip.Addr]

	failing failures
}

// New returns a Locator that knows nothing yet.
func New(cfg Config) *Locator {
	if cfg.Seed == 0 {
		cfg.Seed = rand.Uint64()
	}
	return &Locator{
		seed:  cfg.Seed,
		naptr: newCache(cfg.Resolver.NAPTR), srv: newCache(cfg.Resolver.SRV), addrs: newCache(cfg.Resolver.Addrs),
	}
}

// Locate returns the targets of a query in the order in which to try them, at least one without an error.
func (l *Locator) Locate(ctx context.Context, q Query) ([]Target, error) {
	q, err := q.normal()
	if err != nil {
		return nil, err
	}
	hops, err := l.hops(ctx, q)
	if err != nil {
		return nil, err
	}
	targets, err := l.targets(ctx, q, hops)
	if err != nil {
		return nil, err
	}
	l.failing.sort(targets)
	return targets, nil
}

// Next returns the target to try now: the first that has not failed, or of those that have the one that waits
// shortest.
func (l *Locator) Next(ctx context.Context, q Query) (Target, error) {
	targets, err := l.Locate(ctx, q)
	if err != nil {
		return Target{}, err
	}
	return targets[0], nil
}

// Failed puts a target behind the others for a while: pause, if the server said how long (Retry-After), or 0 for five
// minutes.
func (l *Locator) Failed(t Target, pause time.Duration) { l.failing.add(t, pause) }

// Works takes back what Failed said of a target.
func (l *Locator) Works(t Target) { l.failing.remove(t) }

// targets looks up the addresses of all hosts at once. A host that fails does not hold up the others.
func (l *Locator) targets(ctx context.Context, q Query, hops []hop) ([]Target, error) {
	found := make([][]netip.Addr, len(hops))
	errs := make([]error, len(hops))
	var wg sync.WaitGroup
	for i, h := range hops {
		if addr, err := netip.ParseAddr(h.host); err == nil {
			found[i] = []netip.Addr{addr.Unmap()}
			continue
		}
		wg.Go(func() { found[i], errs[i] = l.addrs.get(ctx, h.host) })
	}
	wg.Wait()

	var targets []Target
	for i, h := range hops {
		addrs := alternate(found[i])
		for _, addr := range addrs[:min(len(addrs), maxAddrs)] {
			t := Target{h.transport, netip.AddrPortFrom(addr, h.port), q.serverName()}
			if len(targets) < maxTargets && !slices.Contains(targets, t) {
				targets = append(targets, t)
			}
		}
	}
	if len(targets) > 0 {
		return targets, nil
	}
	return nil, noTarget(ctx, q, errs)
}

// noTarget says why there is none.
func noTarget(ctx context.Context, q Query, errs []error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, err := range errs {
		if err != nil {
			return unavailable(q.Host, err)
		}
	}
	return unknown(q.Host)
}
