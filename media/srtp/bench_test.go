// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"testing"

	pion "github.com/pion/srtp/v3"
)

// The benchmarks compare, in one run: this package, pion's implementation, and the cryptography
// alone. A packet is 160 bytes of payload, 20 ms of G.711.

// BenchmarkSeal protects a packet of 160 bytes of payload, 20 ms of G.711.
func BenchmarkSeal(b *testing.B) {
	for _, s := range suites {
		b.Run(s.String(), func(b *testing.B) {
			sealer, _, _ := pair(b, s)
			plain, buf := rtpPacket(0, 7), make([]byte, 0, 256)
			each(b, func(seq uint16) {
				plain[2], plain[3] = byte(seq>>8), byte(seq)
				if _, err := sealer.SealRTP(buf, plain); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// BenchmarkPionSeal is the same by pion/srtp.
func BenchmarkPionSeal(b *testing.B) {
	for _, s := range suites {
		b.Run(s.String(), func(b *testing.B) {
			sealer := pionContext(b, s, NewKey(s))
			plain, buf := rtpPacket(0, 7), make([]byte, 0, 256)
			each(b, func(seq uint16) {
				plain[2], plain[3] = byte(seq>>8), byte(seq)
				if _, err := sealer.EncryptRTP(buf, plain, nil); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// BenchmarkBoth is a packet sealed and opened.
func BenchmarkBoth(b *testing.B) {
	for _, s := range suites {
		b.Run(s.String(), func(b *testing.B) {
			sealer, opener, _ := pair(b, s)
			plain, buf, out := rtpPacket(0, 7), make([]byte, 0, 256), make([]byte, 0, 256)
			each(b, func(seq uint16) {
				plain[2], plain[3] = byte(seq>>8), byte(seq)
				sealed, _ := sealer.SealRTP(buf, plain)
				if _, err := opener.OpenRTP(out, sealed); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// BenchmarkPionBoth is the same by pion/srtp.
func BenchmarkPionBoth(b *testing.B) {
	for _, s := range suites {
		b.Run(s.String(), func(b *testing.B) {
			k := NewKey(s)
			sealer := pionContext(b, s, k)
			opener, err := pion.CreateContext(k.material[:keyLen], k.material[keyLen:keyLen+k.salt], profile(s), pion.SRTPReplayProtection(windowSize))
			if err != nil {
				b.Fatal(err)
			}
			plain, buf, out := rtpPacket(0, 7), make([]byte, 0, 256), make([]byte, 0, 256)
			each(b, func(seq uint16) {
				plain[2], plain[3] = byte(seq>>8), byte(seq)
				sealed, _ := sealer.EncryptRTP(buf, plain, nil)
				if _, err := opener.DecryptRTP(out, sealed, nil); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// BenchmarkRawCost is AES-CTR over the payload and HMAC-SHA1 over the packet as the standard
// library does them, with no packet format around.
func BenchmarkRawCost(b *testing.B) {
	b.Run("AES_CTR+HMAC_SHA1", func(b *testing.B) {
		block, _ := aes.NewCipher(make([]byte, keyLen))
		mac := hmac.New(sha1.New, make([]byte, authLen))
		iv, sum := make([]byte, aes.BlockSize), make([]byte, 0, sha1.Size)
		packet := rtpPacket(0, 7)
		each(b, func(uint16) {
			cipher.NewCTR(block, iv).XORKeyStream(packet[12:], packet[12:])
			mac.Reset()
			mac.Write(packet)
			mac.Sum(sum)
		})
	})
	b.Run("AES_GCM", func(b *testing.B) {
		block, _ := aes.NewCipher(make([]byte, keyLen))
		aead, _ := cipher.NewGCM(block)
		nonce, packet := make([]byte, aead.NonceSize()), append(make([]byte, 0, 256), rtpPacket(0, 7)...)
		each(b, func(uint16) { aead.Seal(packet[:12], nonce, packet[12:], packet[:12]) })
	})
}

// each runs one packet per turn and reports packets a second.
func each(b *testing.B, packet func(seq uint16)) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		packet(uint16(n))
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "packets/s")
}
