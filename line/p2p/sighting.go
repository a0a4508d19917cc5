// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

import (
	"time"

	"bellwire/identity"
)

const (
	// maxSeen bounds the announcements of one device that are told apart. A device has one for each of
	// its starts in ten minutes, but everybody can store what an account signed once more.
	maxSeen = 32
	// maxGone bounds the devices that are remembered as gone without having been seen.
	maxGone = 64
	// doubtTime is how long announcements live, and a little more. One that is still there so long after
	// a link ended was stored once more, so its device did not leave, although no node said so.
	doubtTime = 10*time.Minute + 30*time.Second
)

// sighting is what is known of one device of an account.
//
// The DHT tells when an announcement appears, when it is stored once more, which a device does in every
// ten minutes and when it comes back, and when it has expired at every node. A device that just left is
// therefore announced for up to ten minutes more. Two things are quicker: the word of the device that it
// is gone, and that a link to it ended. The latter proves less, so it only counts until the device is
// heard of again: it connects, announces itself, or stores its announcement once more.
type sighting struct {
	key     *identity.PublicKey
	values  map[uint64]struct{} // the ids of its announcements
	doubted time.Time           // since when; zero for not
}

// sightings are the devices of one account. Its methods are called with the lock of presence held.
type sightings struct {
	known map[identity.DeviceID]*sighting
	gone  map[identity.DeviceID]uint64 // up to which value id announcements are void
}

func newSightings() sightings {
	return sightings{known: map[identity.DeviceID]*sighting{}, gone: map[identity.DeviceID]uint64{}}
}

// announced notes an announcement, and reports whether it shows that the device is online in a way that
// is new: it appeared, or started once more.
func (s *sightings) announced(key *identity.PublicKey, value uint64) (fresh bool) {
	id := identity.DeviceID(key.KeyID())
	device := s.known[id]
	if device == nil {
		if len(s.known) >= maxDevices {
			return false
		}
		device = &sighting{key: key, values: map[uint64]struct{}{}}
		s.known[id] = device
	}
	if _, known := device.values[value]; known || len(device.values) >= maxSeen {
		return false
	}
	device.values[value] = struct{}{}
	if value <= s.gone[id] {
		return false
	}
	device.doubted = time.Time{}
	return true
}

// again notes that an announcement was stored once more.
func (s *sightings) again(key *identity.PublicKey, value uint64) {
	if id := identity.DeviceID(key.KeyID()); value > s.gone[id] {
		s.trust(id)
	}
}

// expired notes that an announcement is not there any more.
func (s *sightings) expired(key *identity.PublicKey, value uint64) {
	id := identity.DeviceID(key.KeyID())
	device := s.known[id]
	if device == nil {
		return
	}
	if delete(device.values, value); len(device.values) == 0 {
		delete(s.known, id)
		delete(s.gone, id)
	}
}

// left notes the word of a device that its announcements up to a value id are void. Its word expires no
// earlier than what it is about, but the nodes' clocks differ.
func (s *sightings) left(device identity.DeviceID, upTo uint64, expired bool) {
	_, remembered := s.gone[device]
	known := s.known[device] != nil
	switch {
	case expired && !known:
		delete(s.gone, device)
	case !expired && (known || remembered || len(s.gone) < maxGone):
		s.gone[device] = max(s.gone[device], upTo)
	}
}

// doubt notes that the last link to a device ended.
func (s *sightings) doubt(device identity.DeviceID, now time.Time) {
	if known := s.known[device]; known != nil {
		known.doubted = now
	}
}

// trust notes that a device showed itself.
func (s *sightings) trust(device identity.DeviceID) {
	if known := s.known[device]; known != nil {
		known.doubted = time.Time{}
	}
}

// settle ends doubts that time has answered, and reports whether the account is another for it.
func (s *sightings) settle(now time.Time) (changed bool) {
	before := s.online()
	for _, device := range s.known {
		if now.Sub(device.doubted) > doubtTime {
			device.doubted = time.Time{}
		}
	}
	return s.online() != before
}

func (s *sightings) online() bool {
	for id := range s.known {
		if s.isOnline(id) {
			return true
		}
	}
	return false
}

func (s *sightings) isOnline(id identity.DeviceID) bool {
	device := s.known[id]
	if !device.doubted.IsZero() {
		return false
	}
	for value := range device.values {
		if value > s.gone[id] {
			return true
		}
	}
	return false
}

// keys returns the keys of the devices that are online.
func (s *sightings) keys() []*identity.PublicKey {
	var keys []*identity.PublicKey
	for id, device := range s.known {
		if s.isOnline(id) {
			keys = append(keys, device.key)
		}
	}
	return keys
}
