// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is a DNS in memory. A record stands as "TYPE name data", such as "SRV _sip._udp.a.example 10 5 5060 b.example",
// "NAPTR a.example 1 2 s SIP+D2U _sip._udp.a.example" or "ADDR b.example 192.0.2.1".
type fake struct {
	life time.Duration
	wait time.Duration // of each lookup

	mu      sync.Mutex
	records []string
	broken  error    // of every lookup
	dead    string   // a type that is never answered
	asked   []string // TYPE name
}

func (f *fake) look(ctx context.Context, kind, name string, each func(data string)) (time.Duration, error) {
	f.mu.Lock()
	f.asked = append(f.asked, kind+" "+name)
	broken, records := f.broken, f.records
	if f.dead == kind {
		broken = errMalformed
	}
	f.mu.Unlock()
	if f.wait > 0 {
		select {
		case <-time.After(f.wait):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	if broken != nil {
		return 0, broken
	}
	for _, r := range records {
		if data, ok := strings.CutPrefix(r, kind+" "+name+" "); ok {
			each(data)
		}
	}
	return f.life, nil
}

func (f *fake) NAPTR(ctx context.Context, domain string) (records []NAPTR, life time.Duration, err error) {
	life, err = f.look(ctx, "NAPTR", domain, func(data string) {
		var r NAPTR
		scan(data, &r.Order, &r.Preference, &r.Flags, &r.Service, &r.Replacement)
		records = append(records, r)
	})
	return records, life, err
}

func (f *fake) SRV(ctx context.Context, name string) (records []SRV, life time.Duration, err error) {
	life, err = f.look(ctx, "SRV", name, func(data string) {
		var r SRV
		scan(data, &r.Priority, &r.Weight, &r.Port, &r.Target)
		r.Target = strings.TrimSuffix(r.Target, ".")
		records = append(records, r)
	})
	return records, life, err
}

func (f *fake) Addrs(ctx context.Context, host string) (addrs []netip.Addr, life time.Duration, err error) {
	life, err = f.look(ctx, "ADDR", host, func(data string) { addrs = append(addrs, netip.MustParseAddr(data)) })
	return addrs, life, err
}

func scan(data string, fields ...any) {
	if _, err := fmt.Sscan(data, fields...); err != nil {
		panic(data + ": " + err.Error())
	}
}

func (f *fake) set(records ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.records = records
}

func (f *fake) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken = err
}

// took returns what was asked since the last time.
func (f *fake) took() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	asked := f.asked
	f.asked = nil
	return asked
}

// locate returns the targets of a query as words.
func locate(t *testing.T, l *Locator, q Query) string {
	t.Helper()
	targets, err := l.Locate(t.Context(), q)
	if err != nil {
		return "error: " + err.Error()
	}
	return words(targets)
}

func words(targets []Target) string {
	var b strings.Builder
	for i, target := range targets {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%s/%s", target.Transport, target.Addr)
	}
	return b.String()
}

func query(t *testing.T, uri string) Query {
	t.Helper()
	q, err := ParseURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return q
}
