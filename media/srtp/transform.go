// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

// transform is the cryptography of one suite, one direction and one protocol, with its session
// keys. Its methods append to dst, which may be p[:0] to work in place. They are used by one
// goroutine at a time and do not allocate while dst has room.
type transform interface {
	// overhead is how many bytes seal adds.
	overhead() int
	// seal protects p, whose first header bytes stay readable.
	seal(dst, p []byte, header int, ssrc uint32, index uint64) []byte
	// open undoes seal; false when p is not authentic, and then p is as it was unless dst is p[:0].
	open(dst, p []byte, header int, ssrc uint32, index uint64) ([]byte, bool)
}

// protocol distinguishes what SRTP and SRTCP derive and append.
type protocol uint8

const (
	rtpPackets protocol = iota
	rtcpPackets
)

// newTransform derives the session keys. The suite must be one of the three with keys.
func newTransform(s Suite, k Key, p protocol) transform {
	if s == AEADAES128GCM {
		return newGCM(k, p)
	}
	return newCM(s, k, p)
}

const (
	// indexSize is the word with the E flag and the index behind each SRTCP packet (RFC 3711 3.4).
	indexSize = 4
	// encryptedFlag is the E flag.
	encryptedFlag = 1 << 31
	// maxRTCPIndex is the highest SRTCP index, after which the key is used up.
	maxRTCPIndex = 1<<31 - 1
)
