// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"bellwire/internal/netx"
)

const (
	// addrLife is how long an address stands, since the system does not tell.
	addrLife = time.Minute
	// maxAliases bounds a chain of CNAME records, over all answers it takes.
	maxAliases = 8
	// firstWait and secondWait are how long a name server has for an answer in the two rounds.
	firstWait  = time.Second
	secondWait = 2 * time.Second
)

var errNoServers = errors.New("this system names no name servers")

// DNS is the Resolver that asks the DNS.
type DNS struct {
	Net     netx.Net         // where questions go out
	Servers []netip.AddrPort // asked in this order; none: those that /etc/resolv.conf names at the time
	System  *net.Resolver    // looks up addresses; nil: as every program of the system does, hosts file included
}

// NAPTR asks for the NAPTR records of a domain.
func (d DNS) NAPTR(ctx context.Context, domain string) ([]NAPTR, time.Duration, error) {
	a, err := d.look(ctx, domain, typeNAPTR)
	return a.naptr, a.life, err
}

// SRV asks for the SRV records of a service.
func (d DNS) SRV(ctx context.Context, name string) ([]SRV, time.Duration, error) {
	a, err := d.look(ctx, name, dnsmessage.TypeSRV)
	return a.srv, a.life, err
}

// Addrs asks the system.
func (d DNS) Addrs(ctx context.Context, host string) ([]netip.Addr, time.Duration, error) {
	system := d.System
	if system == nil {
		system = net.DefaultResolver
	}
	addrs, err := system.LookupNetIP(ctx, "ip", host)
	if dnsErr := (*net.DNSError)(nil); errors.As(err, &dnsErr) && dnsErr.IsNotFound {
		return nil, addrLife, nil
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, addrLife, err
}

// look follows aliases that lead out of an answer. A recursive server does so by itself, but not every one does.
func (d DNS) look(ctx context.Context, name string, kind dnsmessage.Type) (answer, error) {
	life := maxLife
	for range maxAliases {
		a, err := d.ask(ctx, name, kind)
		if err != nil {
			return answer{}, err
		}
		life = min(life, a.life)
		if a.alias == "" {
			a.life = life
			return a, nil
		}
		name = a.alias
	}
	return answer{}, errAliases
}

// ask puts one question to the servers in two rounds, the second without EDNS, which old ones stumble over.
func (d DNS) ask(ctx context.Context, name string, kind dnsmessage.Type) (answer, error) {
	servers := d.Servers
	if len(servers) == 0 {
		servers = systemServers()
	}
	failed := errNoServers
	for round, wait := range []time.Duration{firstWait, secondWait} {
		for _, server := range servers {
			q, err := newQuestion(name, kind, round == 0)
			if err != nil {
				return answer{}, err
			}
			a, err := d.exchange(ctx, server, q, wait)
			if err == nil {
				return a, nil
			}
			if ctx.Err() != nil {
				return answer{}, ctx.Err()
			}
			failed = fmt.Errorf("%s asked for %s: %w", server, name, err)
		}
	}
	return answer{}, failed
}
