// SPDX-License-Identifier: GPL-3.0-or-later

// Package srtp protects RTP and RTCP with keys that travelled in the signalling (SDES, RFC 4568):
// AES_CM_128_HMAC_SHA1_80 and _32 (RFC 3711) and AEAD_AES_128_GCM (RFC 7714). It owns the suites,
// the master keys and their text form in a=crypto lines, and the state of each direction.
package srtp

import "fmt"

// Suite is an SRTP protection profile. The zero value is none at all, so that nothing is ever
// left unprotected by forgetting to choose: plain RTP has to be asked for by name.
type Suite uint8

// The suites, strongest interoperable choice first. Plain sends and takes RTP as it is and is
// only for a PBX account whose configuration asks for it in words.
const (
	AESCM128SHA1_80 Suite = iota + 1
	AESCM128SHA1_32
	AEADAES128GCM
	Plain
)

// String returns the suite's name in a=crypto lines, "none" for Plain.
func (s Suite) String() string {
	switch s {
	case AESCM128SHA1_80:
		return "AES_CM_128_HMAC_SHA1_80"
	case AESCM128SHA1_32:
		return "AES_CM_128_HMAC_SHA1_32"
	case AEADAES128GCM:
		return "AEAD_AES_128_GCM"
	case Plain:
		return "none"
	}
	return fmt.Sprintf("Suite(%d)", uint8(s))
}

// ParseSuite returns the suite of that a=crypto name; false for names not supported here.
func ParseSuite(name string) (Suite, bool) {
	for s := AESCM128SHA1_80; s <= AEADAES128GCM; s++ {
		if s.String() == name {
			return s, true
		}
	}
	return 0, false
}
