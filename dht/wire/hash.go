// SPDX-License-Identifier: GPL-3.0-or-later

package wire

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/bits"
)

// HashLen is the length of a Hash in bytes.
const HashLen = sha1.Size

// Hash is a position in the DHT: a node id, or a key under which values are stored. Distance is the
// XOR of two of them read as a big-endian number.
type Hash [HashLen]byte

// KeyOf returns the key of an application's string: its SHA-1.
func KeyOf(b []byte) Hash { return sha1.Sum(b) }

// ParseHash reads 40 hexadecimal digits.
func ParseHash(s string) (h Hash, err error) {
	if len(s) != hex.EncodedLen(HashLen) {
		return h, fmt.Errorf("a DHT key has %d hexadecimal digits, not %d", hex.EncodedLen(HashLen), len(s))
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Hash{}, fmt.Errorf("a DHT key has only the digits 0-9 and a-f: %w", err)
	}
	return h, nil
}

// String returns 40 lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// LogValue is the short form of the hash: its first 8 digits.
func (h Hash) LogValue() slog.Value { return slog.StringValue(hex.EncodeToString(h[:4])) }

// MarshalText returns the text form of String.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads what MarshalText wrote.
func (h *Hash) UnmarshalText(text []byte) (err error) {
	*h, err = ParseHash(string(text))
	return err
}

// IsZero reports whether h is all zeros, which is neither a valid node id nor a valid key.
func (h Hash) IsZero() bool { return h == Hash{} }

// Compare orders hashes as big-endian numbers.
func (h Hash) Compare(other Hash) int { return bytes.Compare(h[:], other[:]) }

// CompareDistance returns -1 when a is closer to h than b is, +1 when b is closer, 0 when they are the
// same hash.
func (h Hash) CompareDistance(a, b Hash) int {
	for i := range h {
		if a[i] == b[i] {
			continue
		}
		if a[i]^h[i] < b[i]^h[i] {
			return -1
		}
		return 1
	}
	return 0
}

// CommonBits returns how many leading bits h and other share: 0 to 160.
func (h Hash) CommonBits(other Hash) int {
	for i := range h {
		if x := h[i] ^ other[i]; x != 0 {
			return 8*i + bits.LeadingZeros8(x)
		}
	}
	return 8 * HashLen
}

// Bit returns bit i, counted from the most significant one.
func (h Hash) Bit(i int) byte { return h[i/8] >> (7 - i%8) & 1 }
