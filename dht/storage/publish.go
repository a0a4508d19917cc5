// SPDX-License-Identifier: GPL-3.0-or-later

package storage

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"bellwire/dht/value"
	"bellwire/dht/wire"
)

var (
	// ErrNotStored is returned by Refresh for a value that is not here.
	ErrNotStored = errors.New("no such value is stored here")
	// ErrTaken is returned by Publish when another value that must not be replaced has this id.
	ErrTaken = errors.New("another value has this id under this key")
	// ErrUnfit is returned by Publish for a value that no node would store.
	ErrUnfit = errors.New("no node would store this value")
	// ErrTooMany is returned by Listen when there are too many registrations.
	ErrTooMany = errors.New("too many listeners are registered here")
)

// Publish stores a value of this node itself. It is charged to no address, cannot be driven out by
// others, and when permanent does not expire before Withdraw. A created time of zero means now. The error
// wraps ErrTaken or ErrUnfit; the signature is not verified.
func (s *Store) Publish(now time.Time, key wire.Hash, v *value.Value, created time.Time, permanent bool) ([]Result, error) {
	if v.Owner != nil && !v.IsSigned() {
		return nil, fmt.Errorf("publish value %d: %w: it has an owner but no signature", v.ID, ErrUnfit)
	}
	d := s.decide(now, Put{Key: key, Value: v, Created: created, From: loopback})
	switch {
	case d.verdict == RefusedID:
		return nil, fmt.Errorf("publish a value: %w: its id is 0", ErrUnfit)
	case d.verdict == Refused && s.buckets[key].find(v.ID) != nil:
		return nil, fmt.Errorf("publish value %d: %w", v.ID, ErrTaken)
	case d.verdict == Refused:
		return nil, fmt.Errorf("publish value %d: %w: the rules of type %d forbid it", v.ID, ErrUnfit, v.Type)
	case d.change == Refreshed:
		s.adopt(d.old, permanent)
		return []Result{s.refresh(now, d.old)}, nil
	}
	results := s.store(now, key, netip.Addr{}, d)
	if i := s.buckets[key].find(v.ID); i != nil && permanent {
		i.permanent = true
		s.reorder(i)
	}
	return results, nil
}

// loopback stands for this node where a policy wants to know the sender of a value.
var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// adopt makes a value that others stored here one of our own.
func (s *Store) adopt(i *item, permanent bool) {
	s.release(i)
	s.charge(i, netip.Addr{})
	i.permanent = i.permanent || permanent
}

// Withdraw ends the permanence of a value published here: it expires one lifetime from now.
func (s *Store) Withdraw(now time.Time, key wire.Hash, id uint64) {
	i := s.buckets[key].find(id)
	if i == nil || !i.permanent {
		return
	}
	i.permanent = false
	i.expires = now.Add(s.cfg.Types.Lifetime(i.entry.Value.Type))
	s.reorder(i)
}
