// SPDX-License-Identifier: GPL-3.0-or-later

// Package recent owns a memory of the last so many names, for telling what was seen before.
package recent

// Set remembers the last so many names. Make it with New.
type Set[K comparable] struct {
	names map[K]struct{}
	ring  []K
	next  int
}

// New returns a set that remembers size names.
func New[K comparable](size int) *Set[K] {
	return &Set[K]{names: make(map[K]struct{}), ring: make([]K, 0, size)}
}

// Add remembers a name, and forgets the oldest when there are too many; false when it is remembered
// already.
func (s *Set[K]) Add(name K) bool {
	if s.Has(name) {
		return false
	}
	s.names[name] = struct{}{}
	if len(s.ring) < cap(s.ring) {
		s.ring = append(s.ring, name)
		return true
	}
	delete(s.names, s.ring[s.next])
	s.ring[s.next] = name
	s.next = (s.next + 1) % len(s.ring)
	return true
}

// Has reports whether a name is remembered.
func (s *Set[K]) Has(name K) bool {
	_, known := s.names[name]
	return known
}

// Names returns what is remembered, oldest first.
func (s *Set[K]) Names() []K {
	return append(append(make([]K, 0, len(s.ring)), s.ring[s.next:]...), s.ring[:s.next]...)
}

// Len returns how many names are remembered.
func (s *Set[K]) Len() int { return len(s.ring) }
