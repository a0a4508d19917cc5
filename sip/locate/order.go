// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"cmp"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
)

// sortSRV orders by priority, and within one by lots that fall in proportion to the weights (RFC 2782). Instead of
// drawing each time, every target gets a number of the seed and its name, the same each time, which is the moment at
// which a random event of the rate of its weight happens: who is first is then distributed as RFC 2782 says.
func sortSRV(records []SRV, seed uint64) {
	slices.SortStableFunc(records, func(a, b SRV) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(moment(a, seed), moment(b, seed)))
	})
}

func moment(r SRV, seed uint64) float64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(r.Target + ":" + strconv.Itoa(int(r.Port))))
	rate := float64(r.Weight)
	if r.Weight == 0 {
		rate = 0.1 // a very small chance beside other weights
	}
	u := 1 - rand.New(rand.NewPCG(seed, h.Sum64())).Float64() // in (0, 1]
	return -math.Log(u) / rate
}

// sortNAPTR orders by order and preference (RFC 3403 section 4.1).
func sortNAPTR(records []NAPTR) {
	slices.SortStableFunc(records, func(a, b NAPTR) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Preference, b.Preference))
	})
}

// alternate puts addresses of both families in turn, beginning with that of the first: when one family leads nowhere
// the second try is with the other (RFC 7984, RFC 8305 section 4).
func alternate(addrs []netip.Addr) []netip.Addr {
	if len(addrs) == 0 {
		return nil
	}
	var first, second []netip.Addr
	for _, a := range addrs {
		if a.Is4() == addrs[0].Is4() {
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	mixed := make([]netip.Addr, 0, len(addrs))
	for i := range max(len(first), len(second)) {
		if i < len(first) {
			mixed = append(mixed, first[i])
		}
		if i < len(second) {
			mixed = append(mixed, second[i])
		}
	}
	return mixed
}
