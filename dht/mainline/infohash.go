// SPDX-License-Identifier: GPL-3.0-or-later

package mainline

import (
	"crypto/sha1"
	"strconv"
)

// rendezvous is the text whose SHA-1 is the infohash under which nodes of the public network meet.
const rendezvous = "bellwire: nodes of the OpenDHT network"

// InfoHash returns the infohash under which the nodes of an OpenDHT network meet: the SHA-1 of
// "bellwire: nodes of the OpenDHT network", followed by a space and the network id when that is not 0.
func InfoHash(network uint32) [20]byte {
	text := rendezvous
	if network != 0 {
		text += " " + strconv.FormatUint(uint64(network), 10)
	}
	return sha1.Sum([]byte(text))
}
