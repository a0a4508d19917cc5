// SPDX-License-Identifier: GPL-3.0-or-later

package srtp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"bellwire/media/rtp"
)

var suites = []Suite{AESCM128SHA1_80, AESCM128SHA1_32, AEADAES128GCM}

// pair returns both ends of one direction.
func pair(t testing.TB, s Suite) (*Sealer, *Opener, Key) {
	t.Helper()
	k := NewKey(s)
	sealer, err := NewSealer(s, k)
	if err != nil {
		t.Fatal(err)
	}
	opener, err := NewOpener(s, k)
	if err != nil {
		t.Fatal(err)
	}
	return sealer, opener, k
}

func rtpPacket(seq uint16, ssrc uint32) []byte {
	p := rtp.Header{PayloadType: 8, Sequence: seq, Timestamp: uint32(seq) * 160, SSRC: ssrc}.Append(nil)
	for i := range 160 {
		p = append(p, byte(i)^byte(seq))
	}
	return p
}

func rtcpPacket(ssrc uint32, n int) []byte {
	p := []byte{0x80, 201, 0, byte(1 + n), byte(ssrc >> 24), byte(ssrc >> 16), byte(ssrc >> 8), byte(ssrc)}
	return append(p, bytes.Repeat([]byte{0x5a}, 4*n)...)
}

func TestRoundTrip(t *testing.T) {
	for _, s := range suites {
		t.Run(s.String(), func(t *testing.T) {
			sealer, opener, _ := pair(t, s)
			for seq := uint16(65500); seq != 100; seq++ { // across the wrap
				plain := rtpPacket(seq, 7)
				sealed, err := sealer.SealRTP(nil, plain)
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Contains(sealed, plain[12:40]) {
					t.Fatal("the payload is readable")
				}
				got, err := opener.OpenRTP(sealed[:0], sealed)
				if err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("packet %d: %v, equal %v", seq, err, bytes.Equal(got, plain))
				}
			}
			for n := range 40 {
				plain := rtcpPacket(7, n)
				sealed, err := sealer.SealRTCP(nil, plain)
				if err != nil {
					t.Fatal(err)
				}
				got, err := opener.OpenRTCP(sealed[:0], sealed)
				if err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("report of %d words: %v", n, err)
				}
			}
		})
	}
}

// TestHeaderStaysReadable covers contributing sources and extensions, which are authenticated but
// not encrypted.
func TestHeaderStaysReadable(t *testing.T) {
	for _, s := range suites {
		sealer, opener, _ := pair(t, s)
		plain := rtpPacket(1, 7)
		header := append(slices.Clone(plain[:12]), 1, 2, 3, 4, 0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0)
		header[0] |= 0x11
		plain = append(header, plain[12:]...)
		sealed, err := sealer.SealRTP(nil, plain)
		if err != nil || !bytes.Equal(sealed[:24], header) {
			t.Errorf("%s: %v, header %x", s, err, sealed[:24])
		}
		if got, err := opener.OpenRTP(nil, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: opened with %v", s, err)
		}
	}
}

func TestEveryBitCounts(t *testing.T) {
	for _, s := range suites {
		sealer, opener, _ := pair(t, s)
		sealed, _ := sealer.SealRTP(nil, rtpPacket(1, 7))
		sealedRTCP, _ := sealer.SealRTCP(nil, rtcpPacket(7, 3))
		for bit := range len(sealed) * 8 {
			bad := slices.Clone(sealed)
			bad[bit/8] ^= 1 << (bit % 8)
			if _, err := opener.OpenRTP(nil, bad); err == nil {
				t.Errorf("%s: RTP with bit %d changed was taken", s, bit)
			}
		}
		for bit := range len(sealedRTCP) * 8 {
			bad := slices.Clone(sealedRTCP)
			bad[bit/8] ^= 1 << (bit % 8)
			if _, err := opener.OpenRTCP(nil, bad); err == nil {
				t.Errorf("%s: RTCP with bit %d changed was taken", s, bit)
			}
		}
		if _, err := opener.OpenRTP(nil, sealed); err != nil {
			t.Errorf("%s: the true packet after the false ones: %v", s, err)
		}
		if _, err := opener.OpenRTCP(nil, sealedRTCP); err != nil {
			t.Errorf("%s: the true report after the false ones: %v", s, err)
		}
	}
}

func TestReplayAndReordering(t *testing.T) {
	for _, s := range suites {
		sealer, opener, _ := pair(t, s)
		var sealed [][]byte
		for i := range 1000 {
			p, _ := sealer.SealRTP(nil, rtpPacket(uint16(65000+i), 7))
			sealed = append(sealed, p)
		}
		open := func(i int) error {
			_, err := opener.OpenRTP(nil, sealed[i])
			return err
		}
		if err := open(600); err != nil { // beyond the wrap, before anything else came
			t.Fatalf("%s: first packet: %v", s, err)
		}
		for i := 600 - windowSize + 1; i < 600; i++ {
			if err := open(i); err != nil {
				t.Fatalf("%s: %d packets late: %v", s, 600-i, err)
			}
		}
		for i := 600 - windowSize; i <= 600; i++ {
			if err := open(i); !errors.Is(err, ErrReplayed) {
				t.Fatalf("%s: packet %d again: %v", s, i, err)
			}
		}
		if err := open(999); err != nil {
			t.Fatalf("%s: 399 lost: %v", s, err)
		}
		p, _ := sealer.SealRTCP(nil, rtcpPacket(7, 1))
		if _, err := opener.OpenRTCP(nil, p); err != nil {
			t.Fatal(err)
		}
		if _, err := opener.OpenRTCP(nil, p); !errors.Is(err, ErrReplayed) {
			t.Errorf("%s: report again: %v", s, err)
		}
	}
}

// TestRekey covers a receiver of ours with both kinds of sender: those that keep the rollover
// counter under a new key, as they must, and those that begin at zero, as many do.
func TestRekey(t *testing.T) {
	for _, keeps := range []bool{true, false} {
		sealer, opener, _ := pair(t, AESCM128SHA1_80)
		for i := range 70000 {
			p, _ := sealer.SealRTP(nil, rtpPacket(uint16(i), 7))
			if i%100 != 0 {
				continue
			}
			if _, err := opener.OpenRTP(nil, p); err != nil {
				t.Fatal(err)
			}
		}
		sealer2, opener2, _ := pair(t, AESCM128SHA1_80)
		opener2.Continue(opener)
		if keeps {
			sealer2.Continue(sealer)
		}
		for i := 70000; i < 140000; i += 50 {
			p, _ := sealer2.SealRTP(nil, rtpPacket(uint16(i), 7))
			if _, err := opener2.OpenRTP(nil, p); err != nil {
				t.Fatalf("sender that keeps the counter %v: packet %d: %v", keeps, i, err)
			}
		}
	}
}

// The numbers of SRTCP packets go on under a new key (RFC 3711, section 3.4): should a former key come back,
// none of them is used with it twice.
func TestRekeyOfReports(t *testing.T) {
	for _, s := range suites {
		first, _, key := pair(t, s)
		second, _, _ := pair(t, AESCM128SHA1_80)
		third, err := NewSealer(s, key)
		if err != nil {
			t.Fatal(err)
		}
		index := func(sealer *Sealer, s Suite) uint32 {
			sealed, err := sealer.SealRTCP(nil, rtcpPacket(7, 3))
			if err != nil {
				t.Fatal(err)
			}
			if s != AEADAES128GCM {
				sealed = sealed[:len(sealed)-tag80]
			}
			return binary.BigEndian.Uint32(sealed[len(sealed)-indexSize:]) &^ encryptedFlag
		}
		before := index(first, s)
		second.Continue(first)
		index(second, AESCM128SHA1_80)
		third.Continue(second)
		if again := index(third, s); again <= before {
			t.Errorf("%s: packet %d follows packet %d under the same key", s, again, before)
		}
	}
}

// TestLostWrap is a stream whose first packets, with the wrap in them, never came.
func TestLostWrap(t *testing.T) {
	for _, s := range suites {
		sealer, opener, _ := pair(t, s)
		for _, seq := range []uint16{65533, 65534, 65535} {
			if _, err := sealer.SealRTP(nil, rtpPacket(seq, 7)); err != nil {
				t.Fatal(err)
			}
		}
		p, _ := sealer.SealRTP(nil, rtpPacket(0, 7))
		if _, err := opener.OpenRTP(p[:0], p); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestSourcesAreBounded(t *testing.T) {
	sealer, opener, k := pair(t, AEADAES128GCM)
	for i := range maxSources {
		p, err := sealer.SealRTP(nil, rtpPacket(1, uint32(i)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := opener.OpenRTP(nil, p); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := sealer.SealRTP(nil, rtpPacket(1, maxSources)); !errors.Is(err, ErrSources) {
		t.Errorf("one source too many sealed: %v", err)
	}
	other, _ := NewSealer(AEADAES128GCM, k)
	p, _ := other.SealRTP(nil, rtpPacket(1, maxSources))
	if _, err := opener.OpenRTP(nil, p); !errors.Is(err, ErrSources) {
		t.Errorf("one source too many opened: %v", err)
	}
}

func TestMalformed(t *testing.T) {
	for _, s := range suites {
		sealer, opener, _ := pair(t, s)
		long, _ := sealer.SealRTP(nil, rtpPacket(1, 7))
		longRTCP, _ := sealer.SealRTCP(nil, rtcpPacket(7, 1))
		for n := range 24 {
			if _, err := opener.OpenRTP(nil, long[:n]); err == nil {
				t.Errorf("%s: RTP of %d bytes taken", s, n)
			}
			if _, err := opener.OpenRTCP(nil, longRTCP[:min(n, len(longRTCP)-1)]); err == nil {
				t.Errorf("%s: RTCP of %d bytes taken", s, n)
			}
		}
		if _, err := sealer.SealRTP(nil, long[:11]); err == nil {
			t.Errorf("%s: sealed less than a header", s)
		}
	}
}

func TestPlainHasToBeAsked(t *testing.T) {
	if _, err := NewSealer(0, Key{}); err == nil {
		t.Error("the zero suite was taken")
	}
	if _, err := NewOpener(AESCM128SHA1_80, Key{}); err == nil {
		t.Error("the zero key was taken")
	}
	if _, err := NewOpener(AESCM128SHA1_80, NewKey(AEADAES128GCM)); err == nil {
		t.Error("a key of another suite was taken")
	}
	sealer, err := NewSealer(Plain, Key{})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := sealer.SealRTP(nil, rtpPacket(1, 7)); err != nil || !bytes.Equal(p, rtpPacket(1, 7)) {
		t.Errorf("plain: %v", err)
	}
}

func TestInline(t *testing.T) {
	const good = "inline:4fl6DT4Bi+DWT6MsBt5BOQ7Gda1Jiv7rtpYLOqvm"
	for param, want := range map[string]string{
		good:                                "",
		good + "|2^20":                      "",
		good + "|1048576":                   "",
		good + "|2^20|1:4":                  "master key identifier",
		good + "|1:4":                       "master key identifier",
		strings.TrimPrefix(good, "inline:"): `"inline:"`,
		good[:len(good)-4]:                  "27 bytes",
		good + "AAAA":                       "33 bytes",
		"inline:":                           "0 bytes",
		"inline:%%%%":                       "not base64",
	} {
		k, err := ParseInline(AESCM128SHA1_80, param)
		if want == "" {
			if err != nil || k.Inline() != good {
				t.Errorf("%q: %v, %q", param, err, k.Inline())
			}
			continue
		}
		if !errors.Is(err, ErrInline) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", param, err, want)
		}
	}
	for _, s := range suites {
		k := NewKey(s)
		padless := strings.TrimRight(k.Inline(), "=")
		for _, text := range []string{k.Inline(), padless} {
			if again, err := ParseInline(s, text); err != nil || again != k {
				t.Errorf("%s: %v", s, err)
			}
		}
	}
}

func TestKeysStaySecret(t *testing.T) {
	k := NewKey(AESCM128SHA1_80)
	secret := strings.TrimPrefix(k.Inline(), "inline:")
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("key", "key", k)
	holder := struct{ Key Key }{k}
	for _, text := range []string{log.String(), fmt.Sprint(k), fmt.Sprintf("%+v %#v %s %x", holder, holder, k, k)} {
		if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", k.material[:4])) || strings.Contains(text, strings.Trim(fmt.Sprintf("%d", k.material[:4]), "[]")) {
			t.Errorf("shows the key: %s", text)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	for _, s := range append(suites, Plain) {
		k := Key{}
		if s != Plain {
			k = NewKey(s)
		}
		sealer, _ := NewSealer(s, k)
		opener, _ := NewOpener(s, k)
		plain, buf, out := rtpPacket(0, 7), make([]byte, 0, 256), make([]byte, 0, 256)
		seq := uint16(0)
		allocs := testing.AllocsPerRun(1000, func() {
			seq++
			plain[2], plain[3] = byte(seq>>8), byte(seq)
			sealed, err := sealer.SealRTP(buf, plain)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = opener.OpenRTP(out, sealed); err != nil {
				t.Fatal(err)
			}
			report, err := sealer.SealRTCP(buf, plain[:32])
			if err != nil {
				t.Fatal(err)
			}
			if _, err = opener.OpenRTCP(out, report); err != nil {
				t.Fatal(err)
			}
			opener.OpenRTP(out, plain)
			opener.OpenRTCP(out, plain)
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations for a packet and a report both ways", s, allocs)
		}
	}
}
