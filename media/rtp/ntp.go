// SPDX-License-Identifier: GPL-3.0-or-later

package rtp

import "time"

// ntpEpoch is the seconds from 1900, where NTP begins, to 1970.
const ntpEpoch = 2208988800

// NTP returns the 64-bit NTP timestamp of t: seconds since 1900 and their fraction.
func NTP(t time.Time) uint64 {
	seconds := uint64(t.Unix() + ntpEpoch)
	return seconds<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}

// ShortNTP returns the middle 32 bits, in units of 1/65536 s, that reports carry around.
func ShortNTP(ntp uint64) uint32 { return uint32(ntp >> 16) }

// ReportAge converts the time since a sender report came to the units of Block.Delay, 1/65536 s; the
// largest value stands for anything longer.
func ReportAge(d time.Duration) uint32 {
	return uint32(max(0, min(1<<32-1, int64(d)*4096/int64(time.Second/16))))
}

// RoundTrip returns the time from our sender report to the arrival of the block that answers it
// (RFC 3550 6.4.1); false when the block names no report of ours, or one that cannot be.
func (b Block) RoundTrip(arrived time.Time) (time.Duration, bool) {
	if b.LastSR == 0 {
		return 0, false
	}
	units := int32(ShortNTP(NTP(arrived)) - b.LastSR - b.Delay)
	if units < 0 || units > 60<<16 {
		return 0, false
	}
	return time.Duration(units) * time.Second / 65536, true
}
