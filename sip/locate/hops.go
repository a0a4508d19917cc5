// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// hop is a host to ask for its addresses.
type hop struct {
	transport Transport
	host      string // name or address
	port      uint16
}

// service is a transport that a domain may offer, with the owner of its SRV records.
type service struct {
	transport Transport
	name      string
}

// hops goes from the query to hosts (RFC 3263 sections 4.1 and 4.2). A lookup that fails counts as one that finds
// nothing: there are name servers that never answer questions for NAPTR or SRV, and the host itself is asked for next.
func (l *Locator) hops(ctx context.Context, q Query) ([]hop, error) {
	transport := q.Transport
	if transport == "" {
		transport = q.fallback()
	}
	direct := func() []hop {
		port := q.Port
		if port == 0 {
			port = transport.port()
		}
		return []hop{{transport, q.Host, port}}
	}
	if _, numeric := q.address(); numeric || q.Port != 0 {
		return direct(), nil
	}

	services, chosen := l.services(ctx, q)
	if chosen {
		transport = services[0].transport
	}
	hops, refused := l.servers(ctx, services)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case len(hops) > 0:
		return hops, nil
	case slices.Contains(refused, transport):
		return nil, noService(q)
	}
	return direct(), nil
}

// services lists what may be offered: what the domain's NAPTR records choose, or else everything the query allows.
func (l *Locator) services(ctx context.Context, q Query) (list []service, chosen bool) {
	if q.Transport == "" {
		records, _ := l.naptr.get(ctx, q.Host)
		records = slices.Clone(records)
		sortNAPTR(records)
		for _, r := range records {
			t := transportOf(r.Service)
			if strings.EqualFold(r.Flags, "s") && isName(r.Replacement) && slices.Contains(q.Allowed, t) && len(list) < maxServices {
				list = append(list, service{t, strings.ToLower(r.Replacement)})
			}
		}
		if len(list) > 0 {
			return list, true
		}
	}
	for _, t := range q.Allowed {
		if name := t.service(q.Host); name != "" {
			list = append(list, service{t, name})
		}
	}
	return list, false
}

// servers looks up the SRV records of all services at once and lists their hosts, service by service. Refused are
// the transports of which the domain says that it has none.
func (l *Locator) servers(ctx context.Context, services []service) (hops []hop, refused []Transport) {
	found := make([][]SRV, len(services))
	var wg sync.WaitGroup
	for i, s := range services {
		wg.Go(func() { found[i], _ = l.srv.get(ctx, s.name) })
	}
	wg.Wait()
	for i, s := range services {
		records := slices.Clone(found[i])
		sortSRV(records, l.seed)
		for _, r := range records {
			switch {
			case r.Target == "":
				refused = append(refused, s.transport)
			case r.Port != 0 && isName(r.Target) && len(hops) < maxHops:
				hops = append(hops, hop{s.transport, strings.ToLower(r.Target), r.Port})
			}
		}
	}
	return hops, refused
}
