// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"context"
	"net/netip"
	"time"
)

// Resolver asks the DNS. No record and no error means that there is none; life is how long the answer stands, be it
// that. Names come and go without the dot at the end. A Resolver is safe for concurrent use.
type Resolver interface {
	NAPTR(ctx context.Context, domain string) (records []NAPTR, life time.Duration, err error)
	SRV(ctx context.Context, name string) (records []SRV, life time.Duration, err error)
	// Addrs returns addresses in the order of RFC 6724.
	Addrs(ctx context.Context, host string) (addrs []netip.Addr, life time.Duration, err error)
}

// NAPTR is one record of RFC 3403; its regular expression has no use in SIP.
type NAPTR struct {
	Order, Preference uint16
	Flags, Service    string
	Replacement       string
}

// SRV is one record of RFC 2782.
type SRV struct {
	Priority, Weight, Port uint16
	Target                 string // empty: the service is not offered
}
