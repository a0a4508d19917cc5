// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"errors"
	"sync"
	"time"

	"bellwire/call"
	"bellwire/dht"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
	"bellwire/link"
)

const (
	// maxWatched bounds the contacts whose announcements are watched, each of which costs a packet a
	// second or so. The newest are; the rest show when a link to them is up.
	maxWatched = 512
	// maxFollowed bounds the accounts that are watched though they are no contacts.
	maxFollowed = 512
)

var errFollowed = errors.New("512 accounts are being followed; stop following some first")

// presence knows who can be reached. An account is online while one of its devices is announced, see
// sighting, and connected while a link to one is up.
type presence struct {
	line *Line

	mu       sync.Mutex
	watched  map[identity.AccountID]*watch
	followed map[identity.AccountID]int // by how many
}

// watch is an account being watched.
type watch struct {
	stop    context.CancelFunc
	devices sightings
}

func newPresence(l *Line) *presence {
	return &presence{line: l, watched: map[identity.AccountID]*watch{}, followed: map[identity.AccountID]int{}}
}

// of returns whether an account can be reached.
func (p *presence) of(account identity.AccountID) call.Presence {
	if p.line.linked()[account] {
		return call.Connected
	}
	return p.announced(account)
}

func (p *presence) announced(account identity.AccountID) call.Presence {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.watched[account]; w != nil && w.devices.online() {
		return call.Online
	}
	return call.Offline
}

// linked returns the accounts to which a link is up.
func (l *Line) linked() map[identity.AccountID]bool {
	up := map[identity.AccountID]bool{}
	for _, connection := range l.cfg.Links.Links() {
		if connection.Err() == nil {
			up[connection.Peer().Account] = true
		}
	}
	return up
}

// adjust begins and ends watches so that those are watched who should be.
func (p *presence) adjust() {
	p.mu.Lock()
	defer p.mu.Unlock()
	wanted := map[identity.AccountID]bool{}
	for _, e := range p.line.book.Friends(maxWatched) {
		wanted[e.ID] = true
	}
	for id := range p.followed {
		wanted[id] = true
	}
	for id, w := range p.watched {
		if !wanted[id] {
			w.stop()
			delete(p.watched, id)
		}
	}
	for id := range wanted {
		if p.watched[id] == nil {
			p.watchLocked(id)
		}
	}
}

func (p *presence) watchLocked(id identity.AccountID) {
	ctx, stop := context.WithCancel(p.line.ctx)
	w := &watch{stop: stop, devices: newSightings()}
	p.watched[id] = w
	p.line.spawn(func() {
		defer stop()
		for e := range p.line.cfg.DHT.Changes(ctx, wire.Hash(id), value.Query{}) {
			p.see(id, w, e)
		}
	})
}

// see takes a change under the id of an account.
func (p *presence) see(account identity.AccountID, w *watch, e dht.Event) {
	key, announced := announced(e.Value, account)
	p.mu.Lock()
	if p.watched[account] != w {
		p.mu.Unlock()
		return
	}
	before, fresh := w.devices.online(), false
	switch device, upTo, gone := parseGone(e.Value); {
	case announced && e.Expired:
		w.devices.expired(key, e.Value.ID)
	case announced && e.Refreshed:
		w.devices.again(key, e.Value.ID)
	case announced:
		fresh = w.devices.announced(key, e.Value.ID)
	case gone:
		w.devices.left(device, upTo, e.Expired)
	}
	changed := w.devices.online() != before
	p.mu.Unlock()
	if changed {
		p.line.feed.note(account)
	}
	if fresh {
		p.line.courier.meet(account, key, true)
	}
}

// keys returns the keys of the devices of an account that are online.
func (p *presence) keys(account identity.AccountID) []*identity.PublicKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.watched[account]; w != nil {
		return w.devices.keys()
	}
	return nil
}

// linkUp takes note of a link that is up.
func (p *presence) linkUp(connection link.Link) {
	peer := connection.Peer()
	p.mu.Lock()
	if w := p.watched[peer.Account]; w != nil {
		w.devices.trust(peer.Device)
	}
	p.mu.Unlock()
	p.tell(peer.Account)
}

// linkDown takes note of a link that ended. When it was the last one to its device, the device is taken
// for offline although it is still announced: links that carry a stream are closed by those who leave,
// or break. See sighting for how the doubt ends.
func (p *presence) linkDown(connection link.Link) {
	peer := connection.Peer()
	for _, other := range p.line.cfg.Links.Links() {
		if other.Peer().LongID == peer.LongID && other.Err() == nil {
			return
		}
	}
	p.mu.Lock()
	if w := p.watched[peer.Account]; w != nil {
		w.devices.doubt(peer.Device, time.Now())
	}
	p.mu.Unlock()
	p.tell(peer.Account)
}

// tell reports an account that somebody cares about.
func (p *presence) tell(account identity.AccountID) {
	p.mu.Lock()
	followed := p.followed[account] > 0
	p.mu.Unlock()
	if followed || p.line.book.Get(account).State != call.Stranger {
		p.line.feed.note(account)
	}
}

// settle ends the doubts that time has answered.
func (p *presence) settle(now time.Time) {
	var changed []identity.AccountID
	p.mu.Lock()
	for id, w := range p.watched {
		if w.devices.settle(now) {
			changed = append(changed, id)
		}
	}
	p.mu.Unlock()
	p.line.feed.note(changed...)
}

// follow watches an account until the returned function is called.
func (p *presence) follow(account identity.AccountID) (stop func(), err error) {
	p.mu.Lock()
	if len(p.followed) >= maxFollowed && p.followed[account] == 0 {
		p.mu.Unlock()
		return nil, errFollowed
	}
	p.followed[account]++
	p.mu.Unlock()
	p.adjust()
	p.line.feed.note(account)
	return sync.OnceFunc(func() {
		p.mu.Lock()
		if p.followed[account]--; p.followed[account] == 0 {
			delete(p.followed, account)
		}
		p.mu.Unlock()
		p.adjust()
	}), nil
}
