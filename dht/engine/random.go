// SPDX-License-Identifier: GPL-3.0-or-later

package engine

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"bellwire/dht/wire"
)

// fill fills b from r.
func fill(b []byte, r *rand.Rand) {
	var word [8]byte
	for len(b) > 0 {
		binary.LittleEndian.PutUint64(word[:], r.Uint64())
		b = b[copy(b, word[:]):]
	}
}

// between returns a duration from [lo, hi).
func between(r *rand.Rand, lo, hi time.Duration) time.Duration {
	return lo + time.Duration(r.Int64N(int64(hi-lo)))
}

// RandomHash returns a hash from r.
func RandomHash(r *rand.Rand) (h wire.Hash) {
	fill(h[:], r)
	return h
}
