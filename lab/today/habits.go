// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"crypto/sha1"
	"math/rand/v2"

	"bellwire/dht/wire"
	"bellwire/identity"
)

// Generation is which daemon a peer behaves like.
type Generation int

// The generations.
const (
	August2026 Generation = iota
	Of2023
)

// The user agents of the recordings.
var userAgents = [...]string{August2026: "Jami Daemon 16.0.0 (Linux)", Of2023: "Jami Daemon 13.7.0 (linux)"}

func (g Generation) userAgent() string { return userAgents[g] }

// certificateKey is the one key at which the generation publishes and looks for certificates.
func (g Generation) certificateKey(device *identity.PublicKey) wire.Hash {
	if g == Of2023 {
		return wire.Hash(device.KeyID())
	}
	long := device.LongID()
	return sha1.Sum(long[:])
}

// requestKey is the one key the generation sends connection requests and answers to.
func (g Generation) requestKey(device *identity.PublicKey) wire.Hash {
	if g == Of2023 {
		return sha1.Sum([]byte("peer:" + device.KeyID().String()))
	}
	return sha1.Sum([]byte("peer:" + device.LongID().String()))
}

// inboxKey is where contact requests lie, in both generations.
func inboxKey(device *identity.PublicKey) wire.Hash {
	return sha1.Sum([]byte("inbox:" + device.KeyID().String()))
}

// takesStrangers is whether the generation answers whoever asks: a setting that 2023 ignores.
func (g Generation) takesStrangers(publicInCalls bool) bool { return g == Of2023 || publicInCalls }

// firstChannel is the first number of a new socket. 2023 picks at random.
func (g Generation) firstChannel(requester bool) uint16 {
	switch {
	case g == Of2023:
		return uint16(1 + rand.IntN(65534))
	case requester:
		return 32768
	}
	return 1
}

// opensUnasked are the channels opened on every new connection.
func (g Generation) opensUnasked(far identity.LongID) []string {
	if g == Of2023 {
		return nil
	}
	return []string{"msg:" + far.String(), serviceQuery}
}

// takes reports whether the generation accepts a channel.
func (g Generation) takes(name string, own identity.LongID) bool {
	switch name {
	case "sip":
		return true
	case "msg:" + own.String(), serviceQuery:
		return g == August2026
	}
	return false
}

// refusal is the status with which a person's no is said.
func (g Generation) refusal() (code int, phrase string) {
	if g == Of2023 {
		return 486, "Busy Here"
	}
	return 603, "Decline"
}
