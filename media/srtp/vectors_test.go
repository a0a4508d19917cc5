// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestKeyDerivation is RFC 3711 B.3.
func TestKeyDerivation(t *testing.T) {
	k, err := KeyOf(AESCM128SHA1_80, unhex(t, "E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		label byte
		want  string
	}{
		{"cipher key", labelRTPKey, "C61E7A93744F39EE10734AFE3FF7A087"},
		{"cipher salt", labelRTPSalt, "30CBBC08863D8C85D49DB34A9AE1"},
		{"auth key", labelRTPAuth, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"},
	} {
		want := unhex(t, c.want)
		got := make([]byte, len(want))
		k.derive(c.label, got)
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %x, want %x", c.name, got, want)
		}
	}
}

// TestKeystream is RFC 3711 B.2: the first and the last blocks of a segment.
func TestKeystream(t *testing.T) {
	c := &cm{block: newAES(unhex(t, "2B7E151628AED2A6ABF7158809CF4F3C"))}
	copy(c.salt[:], unhex(t, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD"))
	stream := make([]byte, 0xff02*16)
	c.xor(stream, 0, 0)
	if got, want := stream[:48], unhex(t, `E03EAD0935C95E80E166B16DD92B4EB4
		D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0`); !bytes.Equal(got, want) {
		t.Errorf("beginning %x, want %x", got, want)
	}
	if got, want := stream[0xfeff*16:], unhex(t, `EC8CDF7398607CB0F2D21675EA9EA1E4
		362B7C3C6773516318A077D7FC5073AE 6A2CC3787889374FBEB4C81B17BA6C44`); !bytes.Equal(got, want) {
		t.Errorf("end %x, want %x", got, want)
	}
}

// TestWholePacketCM is a packet commonly used to check implementations of the default suite.
func TestWholePacketCM(t *testing.T) {
	k, _ := KeyOf(AESCM128SHA1_80, unhex(t, "e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6"))
	s, err := NewSealer(AESCM128SHA1_80, k)
	if err != nil {
		t.Fatal(err)
	}
	plain := unhex(t, "800f1234decafbadcafebabe abababababababababababababababab")
	want := unhex(t, "800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb")
	got, err := s.SealRTP(nil, plain)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("sealed %x (%v), want %x", got, err, want)
	}
}

// TestGCMPackets is RFC 7714 16.1.1 and 17.1, whose keys are session keys.
func TestGCMPackets(t *testing.T) {
	var key [keyLen]byte
	var salt [saltLenGCM]byte
	copy(key[:], unhex(t, "000102030405060708090a0b0c0d0e0f"))
	copy(salt[:], unhex(t, "517569642070726f2071756f"))

	plain := unhex(t, `8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973
		20646976 69736120 696e2070 61727465 73207472 6573`)
	want := unhex(t, `8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f
		42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`)
	g := gcmOf(key, salt, rtpPackets)
	if got := g.seal(nil, plain, 12, 0x5501a0b2, 0xf17b); !bytes.Equal(got, want) {
		t.Errorf("RTP sealed %x, want %x", got, want)
	}
	if got, ok := g.open(nil, want, 12, 0x5501a0b2, 0xf17b); !ok || !bytes.Equal(got, plain) {
		t.Errorf("RTP opened %x (%v), want %x", got, ok, plain)
	}

	plain = unhex(t, `81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
		deadbeef deadbeef deadbeef deadbeef deadbeef`)
	want = unhex(t, `81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1
		730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`)
	g = gcmOf(key, salt, rtcpPackets)
	if got := g.seal(nil, plain, rtcpHeader, 0x4d617273, 0x5d4); !bytes.Equal(got, want) {
		t.Errorf("RTCP sealed %x, want %x", got, want)
	}
	if got, ok := g.open(nil, want, rtcpHeader, 0x4d617273, 0x5d4); !ok || !bytes.Equal(got, plain) {
		t.Errorf("RTCP opened %x (%v), want %x", got, ok, plain)
	}
}
