// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

import "testing"

func FuzzParseInline(f *testing.F) {
	f.Add(uint8(AESCM128SHA1_80), "inline:4fl6DT4Bi+DWT6MsBt5BOQ7Gda1Jiv7rtpYLOqvm|2^31|1:4")
	f.Add(uint8(AEADAES128GCM), "inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")
	f.Fuzz(func(t *testing.T, s uint8, param string) {
		k, err := ParseInline(Suite(s), param)
		if err != nil {
			return
		}
		if again, err := ParseInline(Suite(s), k.Inline()); err != nil || again != k {
			t.Errorf("%q is not read back: %v", param, err)
		}
	})
}

// FuzzOpen feeds what is not from the peer: it must be refused, whatever it is, and harm nothing.
func FuzzOpen(f *testing.F) {
	for _, s := range suites {
		sealer, _, _ := pair(f, s)
		p, _ := sealer.SealRTP(nil, rtpPacket(1, 7))
		f.Add(uint8(s), p)
		p, _ = sealer.SealRTCP(nil, rtcpPacket(7, 2))
		f.Add(uint8(s), p)
	}
	f.Fuzz(func(t *testing.T, suite uint8, p []byte) {
		s := suites[int(suite)%len(suites)]
		sealer, opener, _ := pair(t, s)
		if _, err := opener.OpenRTP(nil, p); err == nil {
			t.Error("a packet under no key of ours was taken")
		}
		if _, err := opener.OpenRTCP(nil, p); err == nil {
			t.Error("a report under no key of ours was taken")
		}
		if sealed, err := sealer.SealRTP(nil, p); err == nil {
			if got, err := opener.OpenRTP(nil, sealed); err != nil || string(got) != string(p) {
				t.Errorf("sealed and opened: %v", err)
			}
		}
	})
}
