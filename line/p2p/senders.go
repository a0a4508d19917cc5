// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"context"
	"sync"
	"time"

	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
)

const (
	// maxSenders is how many devices are remembered with their accounts.
	maxSenders = 1024
	// senderTime is how long a device is remembered, and strangerTime one whose account was not found:
	// its certificate may be on its way.
	senderTime   = time.Hour
	strangerTime = time.Minute
	// lookupTime bounds the search for a certificate.
	lookupTime = 15 * time.Second
	// maxCertificates is how many values under the key of a certificate are looked at.
	maxCertificates = 16
)

// senders knows which account a device belongs to, by the certificate the device published.
type senders struct {
	line *Line

	mu    sync.Mutex
	cache map[identity.LongID]sender
}

// sender is the account of a device; zero when none was found.
type sender struct {
	account identity.AccountID
	until   time.Time
}

func newSenders(l *Line) *senders { return &senders{line: l, cache: map[identity.LongID]sender{}} }

// known returns the account of a device that needs no search: it was found before, or the account is
// watched and announced the device itself.
func (s *senders) known(device *identity.PublicKey) (identity.AccountID, bool) {
	if c, ok := s.cached(device); ok && !c.account.IsZero() {
		return c.account, true
	}
	return s.line.presence.owner(device)
}

func (s *senders) cached(device *identity.PublicKey) (sender, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.cache[device.LongID()]
	return c, ok && time.Now().Before(c.until)
}

// find looks for the certificate of a device under both keys where it may be.
func (s *senders) find(device *identity.PublicKey) (account identity.AccountID, ok bool) {
	if c, cached := s.cached(device); cached {
		return c.account, !c.account.IsZero()
	}
	ctx, cancel := context.WithTimeout(s.line.ctx, lookupTime)
	defer cancel()
	keys := value.CertificateKeys(device)
	found := make(chan identity.AccountID, len(keys))
	var searches sync.WaitGroup
	for _, key := range keys {
		searches.Go(func() { found <- s.search(ctx, key, device) })
	}
	for range keys {
		if account = <-found; !account.IsZero() {
			cancel()
			break
		}
	}
	searches.Wait()
	if s.line.ctx.Err() == nil {
		s.remember(device, account)
	}
	return account, !account.IsZero()
}

// search returns the account that a certificate under one key proves, zero when there is none.
func (s *senders) search(ctx context.Context, key wire.Hash, device *identity.PublicKey) (account identity.AccountID) {
	seen := 0
	for v, err := range s.line.cfg.DHT.Get(ctx, key, value.Query{}) {
		if seen++; err != nil || seen > maxCertificates {
			return account
		}
		text, err := value.CertificatePEM(v)
		if err != nil {
			continue
		}
		chain, err := identity.ParseChainPEM(text)
		if err == nil && chain.DeviceKey().Equal(device) && chain.Verify(time.Now()) == nil {
			return chain.AccountID()
		}
	}
	return account
}

func (s *senders) remember(device *identity.PublicKey, account identity.AccountID) {
	now := time.Now()
	c := sender{account, now.Add(senderTime)}
	if account.IsZero() {
		c.until = now.Add(strangerTime)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.cache {
		if len(s.cache) < maxSenders {
			break
		}
		delete(s.cache, id) // any one: it can be looked up again
	}
	s.cache[device.LongID()] = c
}
