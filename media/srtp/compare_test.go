// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"math"
	"testing"
	"time"

	pion "github.com/pion/srtp/v3"
)

// contender does the work for one packet.
type contender struct {
	name   string
	packet func(seq uint16)
}

// BenchmarkSideBySide seals and opens packets of 160 bytes by this package, by pion/srtp and by the
// bare cryptography, in turns of a few hundred packets, and tells the best turn of each: what else
// the machine does falls on all alike.
func BenchmarkSideBySide(b *testing.B) {
	for _, s := range []Suite{AESCM128SHA1_80, AEADAES128GCM} {
		b.Run(s.String(), func(b *testing.B) {
			contenders := []contender{{"ours", ourBoth(b, s)}, {"pion", pionBoth(b, s)}, {"raw", rawBoth(s)}}
			best := []time.Duration{math.MaxInt64, math.MaxInt64, math.MaxInt64}
			const turn = 300
			seq := uint16(0)
			for b.Loop() {
				for i, c := range contenders {
					start := time.Now()
					for n := range uint16(turn) {
						c.packet(seq + n)
					}
					best[i] = min(best[i], time.Since(start))
				}
				seq += turn
			}
			for i, c := range contenders {
				b.ReportMetric(turn/best[i].Seconds(), c.name+"-packets/s")
			}
		})
	}
}

func ourBoth(b *testing.B, s Suite) func(uint16) {
	sealer, opener, _ := pair(b, s)
	plain, buf, out := rtpPacket(0, 7), make([]byte, 0, 256), make([]byte, 0, 256)
	return func(seq uint16) {
		plain[2], plain[3] = byte(seq>>8), byte(seq)
		sealed, _ := sealer.SealRTP(buf, plain)
		if _, err := opener.OpenRTP(out, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func pionBoth(b *testing.B, s Suite) func(uint16) {
	k := NewKey(s)
	sealer := pionContext(b, s, k)
	opener, err := pion.CreateContext(k.material[:keyLen], k.material[keyLen:keyLen+k.salt], profile(s), pion.SRTPReplayProtection(windowSize))
	if err != nil {
		b.Fatal(err)
	}
	plain, buf, out := rtpPacket(0, 7), make([]byte, 0, 256), make([]byte, 0, 256)
	return func(seq uint16) {
		plain[2], plain[3] = byte(seq>>8), byte(seq)
		sealed, _ := sealer.EncryptRTP(buf, plain, nil)
		if _, err := opener.DecryptRTP(out, sealed, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// rawBoth encrypts and authenticates, and does it again for the other end.
func rawBoth(s Suite) func(uint16) {
	block, _ := aes.NewCipher(make([]byte, keyLen))
	packet := append(make([]byte, 0, 256), rtpPacket(0, 7)...)
	if s == AEADAES128GCM {
		aead, _ := cipher.NewGCM(block)
		nonce := make([]byte, aead.NonceSize())
		return func(uint16) {
			sealed := aead.Seal(packet[:12], nonce, packet[12:], packet[:12])
			aead.Open(sealed[:12], nonce, sealed[12:], packet[:12])
		}
	}
	mac := hmac.New(sha1.New, make([]byte, authLen))
	iv, sum := make([]byte, aes.BlockSize), make([]byte, 0, sha1.Size)
	return func(uint16) {
		for range 2 {
			cipher.NewCTR(block, iv).XORKeyStream(packet[12:], packet[12:])
			mac.Reset()
			mac.Write(packet)
			mac.Sum(sum)
		}
	}
}
