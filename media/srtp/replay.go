// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

const (
	windowWords = 8
	// windowSize is how far behind the newest packet an older one may come: 448 packets, 9 s of
	// 20 ms frames. RFC 3711 3.3.2 asks for 64 at least.
	windowSize = (windowWords - 1) * 64
)

// window remembers which packet indices were seen. It is a ring of bit words (RFC 6479): sliding
// clears words instead of shifting bits.
type window struct {
	bits [windowWords]uint64
	high uint64 // newest index seen
	used bool
}

// fresh reports whether the index was not seen before and is not too old to tell.
func (w *window) fresh(index uint64) bool {
	switch {
	case !w.used || index > w.high:
		return true
	case w.high-index >= windowSize:
		return false
	}
	return w.bits[index/64%windowWords]&(1<<(index%64)) == 0
}

// mark records an index for which fresh was true.
func (w *window) mark(index uint64) {
	if !w.used {
		w.used, w.high = true, index
	} else if index > w.high {
		first, last := w.high/64+1, index/64
		if last >= first+windowWords {
			clear(w.bits[:])
		} else {
			for word := first; word <= last; word++ {
				w.bits[word%windowWords] = 0
			}
		}
		w.high = index
	}
	w.bits[index/64%windowWords] |= 1 << (index % 64)
}
