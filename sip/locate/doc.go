// SPDX-License-Identifier: GPL-3.0-or-later

// Package locate owns the way from a SIP URI to addresses (RFC 3263): NAPTR to SRV to A and AAAA, in the order in which
// they are to be tried (RFC 2782, RFC 7984), and the memory of which did not work.
//
// A Locator keeps what the DNS said as long as it stands, and beyond that while the DNS does not answer: a phone finds
// its server again in the night in which name servers fail too. Servers of one priority are drawn by weight, once: the
// same phone makes the same choice as long as the records stay. A target that failed goes to the end of the list for a
// while, and no longer when it works:
//
//	for {
//		target, err := locator.Next(ctx, query)
//		// connect, send; on no answer: locator.Failed(target, 0) and once more; otherwise locator.Works(target)
//	}
//
// What the DNS says is hostile: names are checked, records, addresses, targets and chains of aliases counted. It cannot
// weaken TLS: a target of a sips URI is never without it, and the name to verify is the domain of the URI, whatever
// host the records lead to (RFC 5922 section 4).
//
// The DNS is behind the interface Resolver. DNS asks the name servers of the system for NAPTR and SRV records, and the
// system's own resolver, hosts file included, for addresses.
package locate
