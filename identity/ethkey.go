// SPDX-License-Identifier: GPL-3.0-or-later

package identity

import (
	"fmt"
	"io"
	"math/big"
)

// ethKeyLen is the length of a secp256k1 private key.
const ethKeyLen = 32

// secp256k1Order is the order of the group of secp256k1 (SEC 2, section 2.4.1).
var secp256k1Order, _ = new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)

// newEthKey draws a private key evenly from 1 to the group order less one.
func newEthKey(random io.Reader) ([]byte, error) {
	key := make([]byte, ethKeyLen)
	for {
		if _, err := io.ReadFull(random, key); err != nil {
			return nil, fmt.Errorf("draw a name owner key: %w", err)
		}
		if n := new(big.Int).SetBytes(key); n.Sign() > 0 && n.Cmp(secp256k1Order) < 0 {
			return key, nil
		}
	}
}
