// SPDX-License-Identifier: GPL-3.0-or-later

package link

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"bellwire/identity"
)

// offerName tells offers apart.
type offerName struct {
	from identity.LongID
	id   uint64
}

// visit is one attempt that an offer started.
type visit struct {
	from identity.LongID
	stop context.CancelCauseFunc
}

// errDisplaced ends the oldest attempt of a device that makes too many offers. The newest is the one
// whose sender still waits: a DHT hands out offers again that were made minutes ago.
var errDisplaced = errors.New("the device has made newer offers")

// doorkeeper bounds what offers can make this end do. All its tables are bounded. The endpoint's
// mutex guards it.
type doorkeeper struct {
	limits Limits

	pending map[identity.LongID][]*visit // attempts under way, oldest first
	total   int                          // those that were displaced and have not ended yet included

	seen   map[offerName]struct{}
	oldest []offerName // a ring over seen
	next   int

	minute time.Time
	counts map[identity.LongID]int // offers in this minute
}

func newDoorkeeper(l Limits) doorkeeper {
	return doorkeeper{
		limits:  l,
		pending: map[identity.LongID][]*visit{},
		seen:    map[offerName]struct{}{},
		oldest:  make([]offerName, 0, l.Seen),
		counts:  map[identity.LongID]int{},
	}
}

// admit decides about one offer; every admitted one has to leave. An offer that is turned away for
// want of room may be sent again, with the same id. Beyond its share of attempts a device loses its
// oldest one.
func (k *doorkeeper) admit(v *visit, id uint64, now time.Time) error {
	name := offerName{v.from, id}
	if _, seen := k.seen[name]; seen {
		return ErrReplayed
	}
	if k.total >= k.limits.Pending {
		return fmt.Errorf("%w: %d attempts are under way", ErrBusy, k.total)
	}
	if !k.underRate(v.from, now) {
		return fmt.Errorf("%w: more than %d offers of this device in a minute", ErrBusy, k.limits.OffersPerPeer)
	}
	k.remember(name)
	k.total++
	own := append(k.pending[v.from], v)
	if len(own) > k.limits.PendingPerPeer {
		own[0].stop(errDisplaced)
		own = own[1:]
	}
	k.pending[v.from] = own
	return nil
}

func (k *doorkeeper) leave(v *visit) {
	k.total--
	own := slices.DeleteFunc(k.pending[v.from], func(other *visit) bool { return other == v })
	if len(own) == 0 {
		delete(k.pending, v.from)
		return
	}
	k.pending[v.from] = own
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
