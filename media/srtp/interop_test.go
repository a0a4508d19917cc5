// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

import (
	"bytes"
	"testing"

	pion "github.com/pion/srtp/v3"
)

func profile(s Suite) pion.ProtectionProfile {
	switch s {
	case AESCM128SHA1_32:
		return pion.ProtectionProfileAes128CmHmacSha1_32
	case AEADAES128GCM:
		return pion.ProtectionProfileAeadAes128Gcm
	}
	return pion.ProtectionProfileAes128CmHmacSha1_80
}

// pionContext is one direction of pion's implementation under our key.
func pionContext(t testing.TB, s Suite, k Key) *pion.Context {
	t.Helper()
	c, err := pion.CreateContext(k.material[:keyLen], k.material[keyLen:keyLen+k.salt], profile(s))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWithPion exchanges packets and reports with an implementation that is not ours, across two
// wraps of the sequence number.
func TestWithPion(t *testing.T) {
	for _, s := range suites {
		t.Run(s.String(), func(t *testing.T) {
			sealer, opener, k := pair(t, s)
			theirs, theirSender := pionContext(t, s, k), pionContext(t, s, k)
			for i := 0; i < 140000; i += 61 {
				plain := rtpPacket(uint16(i), 99)
				sealed, err := sealer.SealRTP(nil, plain)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := theirs.DecryptRTP(nil, sealed, nil); err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("packet %d of ours: %v", i, err)
				}
				if sealed, err = theirSender.EncryptRTP(nil, plain, nil); err != nil {
					t.Fatal(err)
				}
				if got, err := opener.OpenRTP(nil, sealed); err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("packet %d of theirs: %v", i, err)
				}
			}
			for n := range 30 {
				plain := rtcpPacket(99, n)
				sealed, err := sealer.SealRTCP(nil, plain)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := theirs.DecryptRTCP(nil, sealed, nil); err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("report %d of ours: %v", n, err)
				}
				if sealed, err = theirSender.EncryptRTCP(nil, plain, nil); err != nil {
					t.Fatal(err)
				}
				if got, err := opener.OpenRTCP(nil, sealed); err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("report %d of theirs: %v", n, err)
				}
			}
		})
	}
}
