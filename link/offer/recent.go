// SPDX-License-Identifier: GPL-3.0-or-later

package offer

// recent remembers the last so many names.
type recent[K comparable] struct {
	names map[K]struct{}
	ring  []K
	next  int
}

func newRecent[K comparable](size int) recent[K] {
	return recent[K]{names: make(map[K]struct{}), ring: make([]K, 0, size)}
}

// add remembers a name; false when it is remembered already.
func (r *recent[K]) add(name K) bool {
	if _, known := r.names[name]; known {
		return false
	}
	r.names[name] = struct{}{}
	if len(r.ring) < cap(r.ring) {
		r.ring = append(r.ring, name)
		return true
	}
	delete(r.names, r.ring[r.next])
	r.ring[r.next] = name
	r.next = (r.next + 1) % len(r.ring)
	return true
}
