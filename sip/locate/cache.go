// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"context"
	"sync"
	"time"
)

// Limits of what is remembered of the DNS.
const (
	maxNames = 512
	minLife  = 5 * time.Second // a record of less would be asked for with every request
	maxLife  = 24 * time.Hour
	// staleLife is how long an answer serves beyond its life while there is no newer one (RFC 8767 section 5).
	staleLife = 72 * time.Hour
	// staleWait is how long the DNS has for a newer answer while there is an old one: time for a third server.
	staleWait = 3 * time.Second
	// A name that could not be looked up is left alone for this long, twice as long each time; longer at first when
	// there is an old answer.
	minPause   = 5 * time.Second
	stalePause = 30 * time.Second
	maxPause   = 5 * time.Minute
)

// cache remembers the answers to one kind of question.
type cache[T any] struct {
	ask func(ctx context.Context, name string) (T, time.Duration, error)

	mu    sync.Mutex
	names map[string]*cached[T]
}

type cached[T any] struct {
	value    T
	fresh    time.Time     // until when value or err stands
	stale    time.Time     // until when value serves for want of a newer one; zero when there is none
	err      error         // of the latest lookup
	failures int           // in a row
	asking   chan struct{} // closed when the lookup under way has ended; nil without
}

func newCache[T any](ask func(context.Context, string) (T, time.Duration, error)) *cache[T] {
	return &cache[T]{ask: ask, names: map[string]*cached[T]{}}
}

// get returns what is known of a name and asks if that is too old. Of several callers one asks, the others wait.
func (c *cache[T]) get(ctx context.Context, name string) (T, error) {
	for ctx.Err() == nil {
		c.mu.Lock()
		e := c.entryLocked(name)
		if time.Now().Before(e.fresh) {
			defer c.mu.Unlock()
			return e.serve()
		}
		asking := e.asking
		if asking == nil {
			e.asking = make(chan struct{})
			c.mu.Unlock()
			return c.refresh(ctx, name, e)
		}
		c.mu.Unlock()
		select {
		case <-asking:
		case <-ctx.Done():
		}
	}
	var none T
	return none, ctx.Err()
}

func (c *cache[T]) refresh(ctx context.Context, name string, e *cached[T]) (T, error) {
	ask, cancel, pause := ctx, func() {}, minPause
	if time.Now().Before(e.stale) { // only the lookup under way changes an entry
		ask, cancel = context.WithTimeout(ctx, staleWait)
		pause = stalePause
	}
	value, life, err := c.ask(ask, name)
	cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	close(e.asking)
	e.asking = nil
	if err != nil && ctx.Err() != nil { // tells nothing of the DNS
		return value, ctx.Err()
	}
	now := time.Now()
	if e.err = err; err != nil {
		e.fresh = now.Add(min(pause<<min(e.failures, 10), maxPause))
		e.failures++
		return e.serve()
	}
	e.value, e.failures = value, 0
	e.fresh = now.Add(min(max(life, minLife), maxLife))
	e.stale = e.fresh.Add(staleLife)
	return value, nil
}

// serve returns the value as long as it may serve, otherwise why there is none.
func (e *cached[T]) serve() (T, error) {
	if e.err != nil && !time.Now().Before(e.stale) {
		var none T
		return none, e.err
	}
	return e.value, nil
}

// entryLocked finds or makes an entry. When there are too many, that goes which lost its freshness first.
func (c *cache[T]) entryLocked(name string) *cached[T] {
	if e, ok := c.names[name]; ok {
		return e
	}
	if len(c.names) >= maxNames {
		var oldest string
		for n, e := range c.names {
			if e.asking == nil && (oldest == "" || e.fresh.Before(c.names[oldest].fresh)) {
				oldest = n
			}
		}
		delete(c.names, oldest)
	}
	e := &cached[T]{}
	c.names[name] = e
	return e
}
