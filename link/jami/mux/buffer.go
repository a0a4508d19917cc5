// SPDX-License-Identifier: GPL-3.0-or-later

package mux

// buffer is a ring of bytes that grows as needed.
type buffer struct {
	ring  []byte
	first int // where the oldest byte is
	size  int // bytes held
}

// smallest is the first size of a ring: most streams carry messages of a SIP call.
const smallest = 4096

// write takes as much of p as fits into limit bytes.
func (b *buffer) write(p []byte, limit int) int {
	n := min(len(p), limit-b.size)
	if n <= 0 {
		return 0
	}
	b.reserve(b.size+n, limit)
	end := (b.first + b.size) % len(b.ring)
	copied := copy(b.ring[end:], p[:n])
	copy(b.ring, p[copied:n])
	b.size += n
	return n
}

// reserve makes room for that many bytes in all.
func (b *buffer) reserve(bytes, limit int) {
	if bytes <= len(b.ring) {
		return
	}
	grown := max(len(b.ring), smallest)
	for grown < bytes {
		grown *= 2
	}
	ring := make([]byte, max(bytes, min(grown, limit)))
	b.peek(ring)
	b.ring, b.first = ring, 0
}

// read moves the oldest bytes to p.
func (b *buffer) read(p []byte) int {
	n := b.peek(p)
	b.size -= n
	b.first += n
	if b.first >= len(b.ring) {
		b.first -= len(b.ring)
	}
	if b.size == 0 {
		b.first = 0
	}
	return n
}

func (b *buffer) peek(p []byte) int {
	n := min(len(p), b.size)
	copied := copy(p[:n], b.ring[b.first:])
	copy(p[copied:n], b.ring)
	return n
}
