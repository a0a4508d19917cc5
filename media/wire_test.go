// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"bellwire/media/path/pathtest"
	"bellwire/media/srtp"
)

// TestOnTheWire looks at what leaves: RTP is never readable, RTCP only where it was agreed.
func TestOnTheWire(t *testing.T) {
	for _, plainRTCP := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			var readable, reports, packets int
			e := talk(t, setup{edit: func(a, b *Config) {
				a.Stream.PlainRTCP, b.Stream.PlainRTCP = plainRTCP, plainRTCP
				a.Source, a.CNAME = nil, "somebody" // silence is one byte again and again
				a.Path.(*pathtest.End).Tap(func(rtcp bool, p []byte) {
					switch {
					case !rtcp:
						packets++
						if bytes.Contains(p, bytes.Repeat([]byte{0xd5}, 10)) {
							t.Error("silence can be seen in a packet")
						}
					case bytes.Contains(p, []byte("somebody")):
						readable++
						fallthrough
					default:
						reports++
					}
				})
			}})
			time.Sleep(30 * time.Second)
			e.a.Close()
			if reports < 5 || reports > 15 || packets < 1490 {
				t.Errorf("%d reports, %d packets in 30 s", reports, packets)
			}
			if want := map[bool]int{true: reports}[plainRTCP]; readable != want {
				t.Errorf("plain RTCP %v: %d of %d reports can be read", plainRTCP, readable, reports)
			}
			if st := e.b.Stats(); st.Refused != 0 || st.RTT != 0 && st.RTT > time.Millisecond {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestWrongKey(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := talk(t, setup{edit: func(a, b *Config) { b.Stream.RemoteKey = srtp.NewKey(b.Stream.Suite) }})
		time.Sleep(3 * time.Second)
		e.heardB.silent(t, 0, 3*time.Second)
		if st := e.b.Stats(); st.Received != 0 || st.Refused < 149 || !st.FirstPacket.IsZero() {
			t.Errorf("%+v", st)
		}
		e.heardA.hears(t, 500*time.Millisecond, 3*time.Second, toneB)
	})
}

// TestHostilePath throws everything at a session; the call in the middle of it is not disturbed.
func TestHostilePath(t *testing.T) {
	for _, suite := range []srtp.Suite{srtp.AESCM128SHA1_80, srtp.Plain} {
		bubble(t, func(t *testing.T) {
			e := talk(t, setup{suite: suite})
			rng := rand.New(rand.NewPCG(1, 2))
			for range 500 {
				time.Sleep(10 * time.Millisecond)
				p := make([]byte, rng.IntN(2000))
				for i := range p {
					p[i] = byte(rng.Uint32())
				}
				if len(p) > 1 && rng.IntN(2) == 0 {
					p[0] = 0x80
				}
				// As plain RTP anyone can send whatever looks like it; one stray packet of a
				// stranger now and then must not matter.
				e.pathA.WriteRTP(p)
				e.pathA.WriteRTCP(p)
			}
			e.heardB.hears(t, 500*time.Millisecond, 5*time.Second, toneA)
			if st := e.b.Stats(); st.Refused < 900 {
				t.Errorf("%+v", st)
			}
		})
	}
}
