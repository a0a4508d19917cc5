// SPDX-License-Identifier: GPL-3.0-or-later

package link

import (
	"fmt"
	"time"

	"bellwire/identity"
)

// Expectation is what the far end of a connection has to prove.
type Expectation struct {
	// Account is the account that was called; zero accepts every account, as an accepting end does.
	Account identity.AccountID
	// Key is the device's key, the one that signed the offer or the answer.
	Key *identity.PublicKey
	// Now tells the time for the validity of certificates; nil is time.Now.
	Now func() time.Time
}

// Verify decides who the far end is from the certificates of its TLS handshake, leaf first. Dial
// and accept, and every carrier, come here and nowhere else. Every error wraps [ErrNotAuthenticated].
func Verify(rawCerts [][]byte, want Expectation) (Peer, error) {
	return Peer{}, fmt.Errorf("verify the far end: %w", ErrNotAuthenticated)
}
