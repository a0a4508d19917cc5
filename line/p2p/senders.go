// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"bytes"
	"context"
	"slices"
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

// known returns the account of a device that needs no search: it proved its account on a link that is
// up, or it was looked up before.
func (s *senders) known(device *identity.PublicKey) (identity.AccountID, bool) {
	for _, connection := range s.line.cfg.Links.Links() {
		if peer := connection.Peer(); peer.Chain.DeviceKey().Equal(device) {
			return peer.Account, true
		}
	}
	c, ok := s.cached(device)
	return c.account, ok && !c.account.IsZero()
}

func (s *senders) cached(device *identity.PublicKey) (sender, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.cache[device.LongID()]
	return c, ok && time.Now().Before(c.until)
}

// find looks for the certificate of a device under both keys where it may be. An account can certify any
// key, somebody else's device included, so a device that several accounts claim belongs to none of them
// until it proves itself on a link: nobody's words are ascribed to another.
func (s *senders) find(device *identity.PublicKey) (account identity.AccountID, ok bool) {
	if c, cached := s.cached(device); cached {
		return c.account, !c.account.IsZero()
	}
	ctx, cancel := context.WithTimeout(s.line.ctx, lookupTime)
	defer cancel()
	keys := value.CertificateKeys(device)
	found := make(chan []identity.AccountID, len(keys))
	for _, key := range keys {
		go func() { found <- s.search(ctx, key, device) }()
	}
	var claims []identity.AccountID
	for range keys {
		claims = append(claims, <-found...)
	}
	slices.SortFunc(claims, func(a, b identity.AccountID) int { return bytes.Compare(a[:], b[:]) })
	switch claims = slices.Compact(claims); len(claims) {
	case 0:
	case 1:
		account = claims[0]
	default:
		s.line.log.Warn("what a device sent is dropped: several accounts claim the device", "device", device, "accounts", claims)
	}
	if s.line.ctx.Err() == nil {
		s.remember(device, account)
	}
	return account, !account.IsZero()
}

// search returns the accounts whose certificates for a device lie under a key.
func (s *senders) search(ctx context.Context, key wire.Hash, device *identity.PublicKey) (claims []identity.AccountID) {
	seen := 0
	for v, err := range s.line.cfg.DHT.Get(ctx, key, value.Query{}) {
		if seen++; err != nil || seen > maxCertificates {
			return claims
		}
		text, err := value.CertificatePEM(v)
		if err != nil {
			continue
		}
		chain, err := identity.ParseChainPEM(text)
		if err == nil && chain.DeviceKey().Equal(device) && chain.Verify(time.Now()) == nil {
			claims = append(claims, chain.AccountID())
		}
	}
	return claims
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
