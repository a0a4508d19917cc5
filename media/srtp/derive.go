// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

import (
	"crypto/aes"
	"crypto/cipher"
)

// Labels of the key derivation (RFC 3711 4.3.2).
const (
	labelRTPKey   = 0
	labelRTPAuth  = 1
	labelRTPSalt  = 2
	labelRTCPKey  = 3
	labelRTCPAuth = 4
	labelRTCPSalt = 5
)

// derive fills out with session key material (RFC 3711 4.3, key derivation rate 0). A shorter
// salt is filled up with zeros on the right (RFC 7714 11).
func (k Key) derive(label byte, out []byte) {
	var iv [aes.BlockSize]byte
	copy(iv[:], k.material[keyLen:keyLen+k.salt])
	iv[7] ^= label
	clear(out)
	cipher.NewCTR(newAES(k.material[:keyLen]), iv[:]).XORKeyStream(out, out)
}
