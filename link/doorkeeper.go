// SPDX-License-Identifier: GPL-3.0-or-later

package link

import (
	"fmt"
	"time"

	"bellwire/identity"
)

// offerName tells offers apart.
type offerName struct {
	from identity.LongID
	id   uint64
}

// doorkeeper bounds what offers can make this end do. All its tables are bounded. The endpoint's
// mutex guards it.
type doorkeeper struct {
	limits Limits

	pending map[identity.LongID]int
	total   int

	seen   map[offerName]struct{}
	oldest []offerName // a ring over seen
	next   int

	minute time.Time
	counts map[identity.LongID]int // offers in this minute
}

func newDoorkeeper(l Limits) doorkeeper {
	return doorkeeper{
		limits:  l,
		pending: map[identity.LongID]int{},
		seen:    map[offerName]struct{}{},
		oldest:  make([]offerName, 0, l.Seen),
		counts:  map[identity.LongID]int{},
	}
}

// admit decides about one offer; every admitted one has to leave. An offer that is turned away for
// want of room may be sent again, with the same id.
func (k *doorkeeper) admit(from identity.LongID, id uint64, now time.Time) error {
	name := offerName{from, id}
	if _, seen := k.seen[name]; seen {
		return ErrReplayed
	}
	if n := k.pending[from]; n >= k.limits.PendingPerPeer {
		return fmt.Errorf("%w: %d attempts of this device are under way", ErrBusy, n)
	}
	if k.total >= k.limits.Pending {
		return fmt.Errorf("%w: %d attempts are under way", ErrBusy, k.total)
	}
	if !k.underRate(from, now) {
		return fmt.Errorf("%w: more than %d offers of this device in a minute", ErrBusy, k.limits.OffersPerPeer)
	}
	k.remember(name)
	k.pending[from]++
	k.total++
	return nil
}

func (k *doorkeeper) leave(from identity.LongID) {
	k.total--
	if k.pending[from]--; k.pending[from] == 0 {
		delete(k.pending, from)
	}
}

// underRate counts by whole minutes. The table is emptied early when too many devices are in it;
// the bound on attempts still holds then.
func (k *doorkeeper) underRate(from identity.LongID, now time.Time) bool {
	if now.Sub(k.minute) >= time.Minute || len(k.counts) >= k.limits.Seen {
		k.minute = now
		clear(k.counts)
	}
	if k.counts[from] >= k.limits.OffersPerPeer {
		return false
	}
	k.counts[from]++
	return true
}

// remember keeps the name, in place of the oldest one when the memory is full.
func (k *doorkeeper) remember(name offerName) {
	if len(k.oldest) < k.limits.Seen {
		k.oldest = append(k.oldest, name)
	} else {
		delete(k.seen, k.oldest[k.next])
		k.oldest[k.next] = name
		k.next = (k.next + 1) % k.limits.Seen
	}
	k.seen[name] = struct{}{}
}
