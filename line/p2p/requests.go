// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"sync"
	"time"

	"bellwire/call"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
	"bellwire/line/p2p/contacts"
)

const (
	// tick is how often it is looked who waits for a letter, and whose presence is in doubt.
	tick = 30 * time.Second
	// again is when a request goes to the same device once more. Encrypted values live ten minutes in
	// the network, whatever is in them, so a device that was off does not find one; it gets its own when
	// it appears. A device that is on reads the first, and the rest is for what got lost.
	again = time.Hour
	// pace is the least time between two letters to one device, however often it appears or asks.
	pace = time.Minute
	// letterTime bounds the delivery of one letter.
	letterTime = 30 * time.Second
	// maxLetters is how many are on their way at the same time; each costs milliseconds to encrypt.
	maxLetters = 8
)

// courier sends contact requests, and confirmations of those that arrived, to the inboxes of devices:
// as soon as it can, and then whenever a device appears, until there is nothing more to say.
type courier struct {
	line  *Line
	slots chan struct{}

	mu   sync.Mutex
	sent map[letter]time.Time // when it last was, or began to be
}

// letter is what one device can be sent.
type letter struct {
	to      identity.DeviceID
	confirm bool
}

func newCourier(l *Line) *courier {
	return &courier{line: l, slots: make(chan struct{}, maxLetters), sent: map[letter]time.Time{}}
}

// inboxKey is where a device looks for requests and texts: a key made of its short id in all versions.
func inboxKey(device *identity.PublicKey) wire.Hash {
	return wire.KeyOf([]byte("inbox:" + device.KeyID().String()))
}

// visit brings every device of an account what the account is to know.
func (c *courier) visit(account identity.AccountID) {
	c.line.spawn(func() {
		ctx, cancel := context.WithTimeout(c.line.ctx, letterTime)
		defer cancel()
		for key, err := range c.line.devices(ctx, account) {
			if err == nil {
				c.meet(account, key, false)
			}
		}
	})
}

// meet brings a device what its account is to know, unless it was told already. A device that has just
// appeared is told again soon.
func (c *courier) meet(account identity.AccountID, key *identity.PublicKey, appeared bool) {
	e := c.line.book.Get(account)
	l, wanted := letterFor(e, key)
	if !wanted || !c.take(l, e, appeared, time.Now()) {
		return
	}
	c.line.spawn(func() {
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
		case <-c.line.ctx.Done():
			return
		}
		if err := c.deliver(l, e, key); err != nil {
			c.drop(l)
			if c.line.ctx.Err() == nil {
				c.line.log.Info("a contact request or its confirmation was not delivered; it will be tried again", "contact", account, "device", key, "error", err)
			}
		}
	})
}

// letterFor returns what an account is to know by its entry.
func letterFor(e contacts.Entry, key *identity.PublicKey) (l letter, wanted bool) {
	l = letter{to: identity.DeviceID(key.KeyID()), confirm: e.State == call.Confirmed}
	return l, e.State == call.Requested || l.confirm && e.Owes
}

// take reports whether a letter is due, and counts it as sent.
func (c *courier) take(l letter, e contacts.Entry, appeared bool, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	last, before := c.sent[l]
	wait := again
	if appeared || l.confirm {
		wait = pace
	}
	asked := !l.confirm && e.Made.After(last) // anew, by the user
	if before && !asked && now.Sub(last) < wait {
		return false
	}
	c.sent[l] = now
	return true
}

// drop makes a letter that was not delivered due at the next tick.
func (c *courier) drop(l letter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sent, l)
}

// deliver puts a letter into a device's inbox and notes that in the book.
func (c *courier) deliver(l letter, e contacts.Entry, key *identity.PublicKey) error {
	v, err := value.Encrypt(&value.Value{
		ID: value.NewID(), Type: value.TrustRequestType, Data: c.text(l, e).Append(nil),
	}, c.line.cfg.Device.Key, key)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.line.ctx, letterTime)
	defer cancel()
	if err := c.line.cfg.DHT.Put(ctx, inboxKey(key), v); err != nil {
		return err
	}
	note := c.line.book.Sent
	if l.confirm {
		note = c.line.book.Settle
	}
	changed, err := note(e.ID)
	c.line.feed.note(changed...)
	return err
}

func (c *courier) text(l letter, e contacts.Entry) value.TrustRequest {
	if l.confirm {
		return value.TrustRequest{Service: value.TrustService, Conversation: e.Conversation, Confirm: true}
	}
	return value.TrustRequest{Service: value.TrustService, Payload: appendCard(nil, c.line.cfg.Name), Invited: e.Made}
}

// run looks again and again who waits for a letter until the line ends.
func (c *courier) run() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			c.sweep(now)
			c.line.presence.settle(now)
		case <-c.line.ctx.Done():
			return
		}
	}
}

// sweep tries those that are online, and forgets what was sent long ago.
func (c *courier) sweep(now time.Time) {
	for _, e := range c.line.book.Friends(maxWatched) {
		for _, key := range c.line.presence.keys(e.ID) {
			c.meet(e.ID, key, false)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for l, at := range c.sent {
		if now.Sub(at) > again {
			delete(c.sent, l)
		}
	}
}
