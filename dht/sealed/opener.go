// SPDX-License-Identifier: GPL-3.0-or-later

package sealed

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"bellwire/dht/value"
	"bellwire/identity"
	"bellwire/internal/recent"
)

// Bounds of what waits to be decrypted and of what was decrypted already.
const (
	maxWaiting  = 256
	maxRemember = 1024
	// maxUrgent is how many values with one expected id are decrypted whatever the rate: nodes that
	// store the value know its id.
	maxUrgent = 4
	// burst is how many values may be decrypted before the rate counts, in seconds' worth.
	burst = 2
)

// Opener decrypts the values that were put under our keys, one at a time and no more in a second
// than it may. Expected ones are decrypted first and, but for floods, whatever the rate; of the others
// the newest first, for the older one is the less its sender still waits.
type Opener struct {
	key   *identity.PrivateKey
	rate  int
	stale time.Duration

	seed maphash.Seed
	work chan struct{} // has an element when something may be waiting

	mu       sync.Mutex
	expected map[uint64]int // by value ids that somebody waits for, how many more are urgent
	urgent   []waiting
	others   []waiting // oldest first
	seen     *recent.Set[name]
	tokens   float64
	counted  time.Time // when tokens were last added
}

// waiting is a value that is not decrypted yet.
type waiting struct {
	value *value.Value
	since time.Time
}

// name tells encrypted values apart without the cost of comparing them.
type name struct{ id, sum uint64 }

// NewOpener returns an opener of values for a key that decrypts at most rate of them in a second. What
// has waited for longer than stale is of no use any more; zero keeps everything.
func NewOpener(key *identity.PrivateKey, rate int, stale time.Duration, now time.Time) *Opener {
	return &Opener{
		key:      key,
		rate:     rate,
		stale:    stale,
		seed:     maphash.MakeSeed(),
		work:     make(chan struct{}, 1),
		expected: map[uint64]int{},
		seen:     recent.New[name](maxRemember),
		tokens:   float64(burst * rate),
		counted:  now,
	}
}

// Expect makes the first values with this id urgent until the returned function is called.
func (o *Opener) Expect(id uint64) (stop func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.expected[id] = maxUrgent
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.expected, id)
	}
}

// Add takes a value in, unless it came before: a value may lie under several keys, and is told of again
// when nodes come and go. It must not be changed any more.
func (o *Opener) Add(v *value.Value, now time.Time) {
	if !v.IsEncrypted() {
		return
	}
	name := name{v.ID, maphash.Bytes(o.seed, v.Cypher)}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.seen.Add(name) {
		return
	}
	w := waiting{v, now}
	if o.expected[v.ID] > 0 {
		o.expected[v.ID]--
		o.urgent = append(o.urgent, w)
	} else {
		o.others = append(o.others, w)
		if len(o.others) > maxWaiting {
			o.others = o.others[1:]
		}
	}
	o.wake()
}

func (o *Opener) wake() {
	select {
	case o.work <- struct{}{}:
	default:
	}
}

// Run decrypts until the context ends and hands on what was meant for us, one after the other.
func (o *Opener) Run(ctx context.Context, handle func(*value.Value)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		v, pause := o.next(time.Now())
		if v != nil {
			if inner, err := value.Decrypt(v, o.key); err == nil {
				handle(inner)
			}
			if ctx.Err() != nil {
				return
			}
			continue
		}
		var again <-chan time.Time
		if pause > 0 {
			timer.Reset(pause)
			again = timer.C
		}
		select {
		case <-o.work:
		case <-again:
		case <-ctx.Done():
			return
		}
	}
}

// next returns what to decrypt now, or how long the rate asks to pause when something is waiting.
func (o *Opener) next(now time.Time) (v *value.Value, pause time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.urgent) > 0 {
		v, o.urgent = o.urgent[0].value, o.urgent[1:]
		return v, 0
	}
	for o.stale > 0 && len(o.others) > 0 && now.Sub(o.others[0].since) > o.stale {
		o.others = o.others[1:]
	}
	if len(o.others) == 0 {
		return nil, 0
	}
	o.tokens = min(o.tokens+now.Sub(o.counted).Seconds()*float64(o.rate), float64(burst*o.rate))
	o.counted = now
	if o.tokens < 1 {
		return nil, time.Duration((1 - o.tokens) / float64(o.rate) * float64(time.Second))
	}
	o.tokens--
	last := len(o.others) - 1
	v, o.others = o.others[last].value, o.others[:last]
	return v, 0
}
