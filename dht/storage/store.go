// SPDX-License-Identifier: GPL-3.0-or-later

package storage

import (
	"net/netip"

	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/internal/queue"
)

// Defaults of Config.
const (
	defaultBytes           = 64 << 20
	defaultValuesPerKey    = 1 << 16
	defaultListeners       = 1 << 16
	defaultListenersPerKey = 1 << 10
)

// Config bounds the store. Zero fields mean the defaults.
type Config struct {
	// Bytes is the memory values of others may take, overheads included (64 MiB).
	Bytes int
	// ValuesPerKey is the number of values under one key (65,536).
	ValuesPerKey int
	// Listeners is the number of registrations (65,536), of which one Site may have a quarter.
	Listeners int
	// ListenersPerKey is the number of registrations for one key (1,024), of which one Site may have
	// a quarter.
	ListenersPerKey int
	// Types are the rules by type; nil for the built-in types.
	Types *value.Types
}

// Store keeps values and registrations. It is not safe for concurrent use.
type Store struct {
	cfg     Config
	buckets map[wire.Hash]*bucket
	expiry  *queue.Queue[*item] // all that expires, first to last
	arrived uint64              // items so far, to order those that expire together

	accounts map[netip.Addr]*account
	heaviest *queue.Queue[*account]

	registrations *queue.Queue[*registration] // by expiry
	listening     map[netip.Addr]int          // registrations by Site

	stats Stats
}

// Stats are figures for people.
type Stats struct {
	Keys, Values, Listeners int
	// Bytes is the memory charged to others, LocalBytes that of values published here.
	Bytes, LocalBytes int
}

// New returns an empty store.
func New(cfg Config) *Store {
	return &Store{
		cfg:           cfg.withDefaults(),
		buckets:       make(map[wire.Hash]*bucket),
		expiry:        queue.New(expiresBefore, func(i *item) *queue.Place { return &i.inExpiry }),
		accounts:      make(map[netip.Addr]*account),
		heaviest:      queue.New(heavier, func(a *account) *queue.Place { return &a.place }),
		registrations: queue.New(endsBefore, func(r *registration) *queue.Place { return &r.place }),
		listening:     make(map[netip.Addr]int),
	}
}

func (c Config) withDefaults() Config {
	for field, value := range map[*int]int{
		&c.Bytes:           defaultBytes,
		&c.ValuesPerKey:    defaultValuesPerKey,
		&c.Listeners:       defaultListeners,
		&c.ListenersPerKey: defaultListenersPerKey,
	} {
		if *field <= 0 {
			*field = value
		}
	}
	if c.Types == nil {
		c.Types = value.NewTypes()
	}
	return c
}

// Stats returns figures for people.
func (s *Store) Stats() Stats { return s.stats }
