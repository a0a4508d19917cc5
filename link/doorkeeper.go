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

// A DHT hands out offers for minutes after they were made, in any order. Only the newest is the one
// whose sender still waits: it takes the place of older ones, and they no longer count.
var (
	errDisplaced = errors.New("the device has made a newer offer")
	errCrowded   = fmt.Errorf("%w: newer offers of other devices took its place", ErrBusy)
	errOutdated  = fmt.Errorf("%w: the device has made a newer one", ErrReplayed)
)

// offerLife is how long a DHT may hand out an offer. A device whose clock was set back is not heard
// for no longer than that.
const offerLife = 10 * time.Minute

// made is the newest offer of a device, by the device's clock, and when it came by ours.
type made struct{ at, came time.Time }

// doorkeeper bounds what offers can make this end do. All its tables are bounded. The endpoint's
// mutex guards it.
type doorkeeper struct {
	limits Limits

	pending []*visit // attempts under way, oldest first
	total   int      // those that were displaced and have not ended yet included

	newest map[identity.LongID]made

	seen   map[offerName]struct{}
	oldest []offerName // a ring over seen
	next   int

	minute time.Time
	counts map[identity.LongID]int // offers in this minute
}

func newDoorkeeper(l Limits) doorkeeper {
	return doorkeeper{
		limits: l,
		newest: map[identity.LongID]made{},
		seen:   map[offerName]struct{}{},
		oldest: make([]offerName, 0, l.Seen),
		counts: map[identity.LongID]int{},
	}
}

// admit decides about one offer; every admitted one has to leave. An offer that is turned away for
// want of room may be sent again, with the same id. A newer offer ends the attempts that older ones of
// the device started; of a device that does not say when it made its offers, those beyond its share.
// When there is no room the oldest attempt of all gives way: what works is over within a second or two,
// and strangers whose offers lead nowhere must not keep others out for as long as a path may take.
func (k *doorkeeper) admit(v *visit, o Offer, now time.Time) error {
	name := offerName{v.from, o.ID}
	if _, seen := k.seen[name]; seen {
		return ErrReplayed
	}
	if last := k.newest[v.from]; !o.Made.IsZero() && o.Made.Before(last.at) && now.Sub(last.came) < offerLife {
		return errOutdated
	}
	if k.total >= 2*k.limits.Pending {
		return fmt.Errorf("%w: %d attempts are under way", ErrBusy, k.total)
	}
	if !k.underRate(v.from, now) {
		return fmt.Errorf("%w: more than %d offers of this device in a minute", ErrBusy, k.limits.OffersPerPeer)
	}
	k.remember(name)
	k.total++
	share := k.limits.PendingPerPeer
	if !o.Made.IsZero() {
		k.learn(v.from, made{o.Made, now})
		share = 1
	}
	k.pending = append(k.pending, v)
	k.displace(share, errDisplaced, func(other *visit) bool { return other.from == v.from })
	k.displace(k.limits.Pending, errCrowded, func(*visit) bool { return true })
	return nil
}

// displace ends the oldest of some attempts until no more than share of them are left.
func (k *doorkeeper) displace(share int, why error, some func(*visit) bool) {
	excess := -share
	for _, v := range k.pending {
		if some(v) {
			excess++
		}
	}
	k.pending = slices.DeleteFunc(k.pending, func(v *visit) bool {
		if excess <= 0 || !some(v) {
			return false
		}
		excess--
		v.stop(why)
		return true
	})
}

// learn notes the newest offer of a device. The table is emptied when too many devices are in it.
func (k *doorkeeper) learn(from identity.LongID, m made) {
	if len(k.newest) >= k.limits.Seen {
		clear(k.newest)
	}
	k.newest[from] = m
}

func (k *doorkeeper) leave(v *visit) {
	k.total--
	k.pending = slices.DeleteFunc(k.pending, func(other *visit) bool { return other == v })
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
