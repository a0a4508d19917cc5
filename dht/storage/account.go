// SPDX-License-Identifier: GPL-3.0-or-later

package storage

import (
	"net/netip"

	"bellwire/dht/wire"
	"bellwire/internal/queue"
)

// account is what one address stores here, ports and hosts of one IPv6 network taken together. When the
// store is full, the account that takes most gives way, so nobody can drive out the values of others.
type account struct {
	site  netip.Addr
	bytes int
	items *queue.Queue[*item] // by expiry
	place queue.Place
}

func heavier(a, b *account) bool {
	if a.bytes != b.bytes {
		return a.bytes > b.bytes
	}
	return a.site.Less(b.site)
}

// charge books an item on the account of the address, or on our own when the address is invalid.
func (s *Store) charge(i *item, from netip.Addr) {
	if !from.IsValid() {
		s.stats.LocalBytes += i.cost
		return
	}
	site := wire.Site(from)
	a := s.accounts[site]
	if a == nil {
		a = &account{site: site, items: queue.New(expiresBefore, func(i *item) *queue.Place { return &i.inAccount })}
		s.accounts[site] = a
	}
	i.account = a
	a.bytes += i.cost
	s.stats.Bytes += i.cost
	a.items.Update(i)
	s.heaviest.Update(a)
}

// release takes an item off the books.
func (s *Store) release(i *item) {
	a := i.account
	if a == nil {
		s.stats.LocalBytes -= i.cost
		return
	}
	a.items.Remove(i)
	a.bytes -= i.cost
	s.stats.Bytes -= i.cost
	i.account = nil
	if a.items.Len() == 0 {
		s.heaviest.Remove(a)
		delete(s.accounts, a.site)
		return
	}
	s.heaviest.Update(a)
}

// crowdedOut returns the item that has to go, nil while there is room.
func (s *Store) crowdedOut() *item {
	if s.stats.Bytes <= s.cfg.Bytes {
		return nil
	}
	a, _ := s.heaviest.Min()
	i, _ := a.items.Min()
	return i
}
