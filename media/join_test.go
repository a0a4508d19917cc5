// SPDX-License-Identifier: GPL-3.0-or-later

package media

import (
	"bytes"
	"errors"
	"testing"

	"bellwire/media/path"
	"bellwire/media/rtp"
	"bellwire/media/srtp"
)

// direct is a path whose writes are kept and whose packets the test hands over itself.
type direct struct {
	rtp, rtcp func(p []byte)
	sent      []byte
	sentRTCP  []byte
	fail      error
}

func (d *direct) WriteRTP(p []byte) error {
	d.sent = append(d.sent[:0], p...)
	return d.fail
}
func (d *direct) WriteRTCP(p []byte) error {
	d.sentRTCP = append(d.sentRTCP[:0], p...)
	return d.fail
}
func (d *direct) Receive(rtp, rtcp func(p []byte)) { d.rtp, d.rtcp = rtp, rtcp }
func (d *direct) Close() error                     { return nil }

// side is one end of a join and the far end that talks to it.
type side struct {
	path   *direct
	end    JoinEnd
	opener *srtp.Opener
	sealer *srtp.Sealer
}

func newSide(t testing.TB, s srtp.Suite) *side {
	t.Helper()
	in, out := srtp.Key{}, srtp.Key{}
	if s != srtp.Plain {
		in, out = srtp.NewKey(s), srtp.NewKey(s)
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	d := &side{path: &direct{}}
	var err error
	d.sealer, err = srtp.NewSealer(s, in)
	must(err)
	d.end.Opener, err = srtp.NewOpener(s, in)
	must(err)
	d.opener, err = srtp.NewOpener(s, out)
	must(err)
	d.end.Sealer, err = srtp.NewSealer(s, out)
	must(err)
	d.end.Path = d.path
	return d
}

func joinPacket(seq uint16, n int) []byte {
	return append(rtp.Header{PayloadType: 8, Marker: true, Sequence: seq, Timestamp: uint32(seq) * 160, SSRC: 7}.Append(nil), bytes.Repeat([]byte{1}, n)...)
}

func TestJoin(t *testing.T) {
	suites := []srtp.Suite{srtp.AESCM128SHA1_80, srtp.AESCM128SHA1_32, srtp.AEADAES128GCM, srtp.Plain}
	for _, from := range suites {
		for _, to := range suites {
			a, b := newSide(t, from), newSide(t, to)
			j := NewJoin(a.end, b.end)
			for i := range 3000 {
				want := joinPacket(uint16(65000+i), 160)
				sealed, err := a.sealer.SealRTP(nil, want)
				if err != nil {
					t.Fatal(err)
				}
				a.path.rtp(sealed)
				if got, err := b.opener.OpenRTP(nil, b.path.sent); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%s to %s: packet %d: %v", from, to, i, err)
				}
			}
			report := (&rtp.Report{SSRC: 7, CNAME: "x"}).Append(nil)
			sealed, _ := b.sealer.SealRTCP(nil, report)
			b.path.rtcp(sealed)
			if got, err := a.opener.OpenRTCP(nil, a.path.sentRTCP); err != nil || !bytes.Equal(got, report) {
				t.Errorf("%s to %s: report: %v", to, from, err)
			}
			if ab, ba := j.Stats(); ab != (Joined{Forwarded: 3000}) || ba != (Joined{Forwarded: 1}) {
				t.Errorf("%s to %s: %+v %+v", from, to, ab, ba)
			}
			j.Close()
			if a.path.rtp != nil || b.path.rtcp != nil {
				t.Error("handlers are left")
			}
		}
	}
}

func TestJoinTranslates(t *testing.T) {
	a, b := newSide(t, srtp.AESCM128SHA1_80), newSide(t, srtp.AEADAES128GCM)
	var types [128]uint8
	types[8] = 104
	a.end.Types = &types
	b.end.PlainRTCP = true
	NewJoin(a.end, b.end)
	sealed, _ := a.sealer.SealRTP(nil, joinPacket(1, 20))
	a.path.rtp(sealed)
	got, err := b.opener.OpenRTP(nil, b.path.sent)
	if h, _, _ := rtp.Parse(got); err != nil || h.PayloadType != 104 || !h.Marker {
		t.Errorf("%+v %v", h, err)
	}
	report := (&rtp.Report{SSRC: 7, CNAME: "x"}).Append(nil)
	sealed, _ = a.sealer.SealRTCP(nil, report)
	a.path.rtcp(sealed)
	if !bytes.Equal(b.path.sentRTCP, report) {
		t.Error("the report is not plain on the plain side")
	}
	b.path.rtcp(report)
	if got, err := a.opener.OpenRTCP(nil, a.path.sentRTCP); err != nil || !bytes.Equal(got, report) {
		t.Errorf("the plain report is not sealed on the other side: %v", err)
	}
}

func TestJoinRefuses(t *testing.T) {
	a, b := newSide(t, srtp.AESCM128SHA1_80), newSide(t, srtp.AEADAES128GCM)
	j := NewJoin(a.end, b.end)
	good, _ := a.sealer.SealRTP(nil, joinPacket(1, 160))
	a.path.rtp(bytes.Clone(good))
	b.path.sent = nil
	a.path.rtp(good)                            // replayed
	a.path.rtp(joinPacket(2, 160))              // not sealed
	a.path.rtp(nil)                             // nothing
	a.path.rtp(make([]byte, 9000))              // larger than any path
	a.path.rtcp(make([]byte, 9000))             //
	a.path.rtcp([]byte("neither RTP nor RTCP")) //
	b.path.fail = errors.New("gone")
	late, _ := a.sealer.SealRTP(nil, joinPacket(3, 160))
	b.path.sent = nil
	a.path.rtp(late)
	if ab, _ := j.Stats(); ab.Forwarded != 1 || ab.Refused != 7 {
		t.Errorf("%+v", ab)
	}
}

func TestJoinNoAllocations(t *testing.T) {
	a, b := newSide(t, srtp.AESCM128SHA1_80), newSide(t, srtp.AEADAES128GCM)
	NewJoin(a.end, b.end)
	b.path.sent = make([]byte, 0, path.MTU)
	plain, buf, seq := joinPacket(0, 160), make([]byte, 0, path.MTU), uint16(0)
	if n := testing.AllocsPerRun(1000, func() {
		seq++
		plain[2], plain[3] = byte(seq>>8), byte(seq)
		sealed, _ := a.sealer.SealRTP(buf, plain)
		a.path.rtp(sealed)
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// BenchmarkJoin opens a packet of 160 bytes of payload and hands it on in the clear; sealing it first
// is a part of the figure.
func BenchmarkJoin(b *testing.B) {
	from, to := newSide(b, srtp.AESCM128SHA1_80), newSide(b, srtp.Plain)
	NewJoin(from.end, to.end)
	to.path.sent = make([]byte, 0, path.MTU)
	plain, buf, n := joinPacket(0, 160), make([]byte, 0, path.MTU), 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		plain[2], plain[3] = byte(n>>8), byte(n)
		sealed, _ := from.sealer.SealRTP(buf, plain)
		from.path.rtp(sealed)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "packets/s")
}
