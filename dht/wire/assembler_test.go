// SPDX-License-Identifier: GPL-3.0-or-later

package wire_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"bellwire/dht/wire"

	"pgregory.net/rapid"
)

var (
	start  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	sender = netip.MustParseAddrPort("192.0.2.1:4222")
)

// give hands a datagram to an assembler as the engine does and returns the message it completes.
func give(t testing.TB, a *wire.Assembler, now time.Time, from netip.AddrPort, datagram []byte) *wire.Message {
	t.Helper()
	m, err := wire.Parse(datagram)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case m.Kind == wire.ValueData:
		return a.Parts(now, from, &m)
	case len(m.Sizes) > 0:
		return a.Header(now, from, &m)
	}
	return &m
}

// series returns the datagrams of a put with the values, in order.
func series(tid uint32, values ...[]byte) [][]byte {
	m := wire.Message{Kind: wire.Put, TID: tid, Agent: wire.Agent, ID: wire.KeyOf([]byte("sender")), Token: []byte("token"), Values: values}
	var all [][]byte
	for d := range m.Datagrams(nil) {
		all = append(all, bytes.Clone(d))
	}
	return all
}

// packed returns the encoding of a bin of n bytes, which serves as a value here.
func packed(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7 / 3)
	}
	return append([]byte{0xc6, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, b...)
}

func TestRecordedFragmentsGiveWholeValues(t *testing.T) {
	complete := 0
	exchanges(t, func(name string, _ uint32, datagrams [][]byte) {
		a := wire.NewAssembler(wire.AssemblerLimits{})
		var header *wire.Message
		for i, d := range datagrams {
			m, err := wire.Parse(d)
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Sizes) > 0 {
				header = &m
			}
			whole := give(t, a, start, sender, d)
			if m.Kind != wire.ValueData || whole == nil {
				continue
			}
			complete++
			if len(whole.Values) != len(header.Sizes) || len(whole.Values[0]) != int(header.Sizes[0]) || whole.TID != header.TID {
				t.Errorf("%s, datagram %d completes a wrong message", name, i)
			}
			var again [][]byte
			for d := range whole.Datagrams(nil) {
				again = append(again, bytes.Clone(d))
			}
			first := i + 1 - len(again)
			if first < 0 || !slices.EqualFunc(again, datagrams[first:i+1], bytes.Equal) {
				t.Errorf("%s: our datagrams for the same message differ", name)
			}
		}
	})
	if complete != 7 {
		t.Errorf("%d messages were completed, want 7", complete)
	}
}

func TestFragmentationRule(t *testing.T) {
	for _, c := range []struct {
		name   string
		values [][]byte
		want   int // datagrams
	}{
		{"none", nil, 1},
		{"599 bytes", [][]byte{packed(594)}, 1},
		{"600 bytes", [][]byte{packed(595)}, 2},
		{"two of 300 bytes", [][]byte{packed(295), packed(295)}, 3},
		{"49 values", slices.Repeat([][]byte{{1}}, 49), 1},
		{"50 values", slices.Repeat([][]byte{{0x90}}, 50), 51},
		{"1280 bytes", [][]byte{packed(1275)}, 2},
		{"1281 bytes", [][]byte{packed(1276)}, 3},
	} {
		all := series(1, c.values...)
		if len(all) != c.want {
			t.Errorf("%s: %d datagrams, want %d", c.name, len(all), c.want)
		}
		for _, d := range all[1:] {
			if len(d) > 1310 {
				t.Errorf("%s: a datagram of %d bytes", c.name, len(d))
			}
		}
	}
}

func TestFragmentsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 6000), 1, 5).Draw(rt, "sizes")
		var values [][]byte
		for _, n := range append(sizes, 700) {
			values = append(values, packed(n))
		}
		datagrams := series(9, values...)
		order := rapid.Permutation(datagrams).Draw(rt, "order")
		twice := rapid.IntRange(0, len(order)-1).Draw(rt, "twice")
		order = slices.Insert(slices.Clone(order), twice, order[twice])
		a := wire.NewAssembler(wire.AssemblerLimits{})
		var whole *wire.Message
		for i, d := range order {
			m := give(t, a, start.Add(time.Duration(i)*time.Millisecond), sender, bytes.Clone(d))
			if m != nil && whole == nil {
				whole = m
			}
		}
		if whole == nil || !slices.EqualFunc(whole.Values, values, bytes.Equal) || string(whole.Token) != "token" {
			rt.Fatal("the message was not put together")
		}
	})
}

func TestLostFragmentComesWithTheRetransmission(t *testing.T) {
	datagrams := series(9, packed(3000))
	a := wire.NewAssembler(wire.AssemblerLimits{})
	for _, i := range []int{0, 1, 3} {
		if give(t, a, start, sender, datagrams[i]) != nil {
			t.Fatal("a message with a gap was completed")
		}
	}
	again := start.Add(time.Second)
	for _, i := range []int{0, 1} {
		if give(t, a, again, sender, datagrams[i]) != nil {
			t.Fatal("a message with a gap was completed")
		}
	}
	if give(t, a, again, sender, datagrams[2]) == nil {
		t.Error("the missing fragment did not complete the message")
	}
}

func TestSeriesAreToldApart(t *testing.T) {
	datagrams := series(9, packed(1000))
	a := wire.NewAssembler(wire.AssemblerLimits{})
	give(t, a, start, sender, datagrams[0])
	elsewhere := netip.MustParseAddrPort("192.0.2.2:4222")
	if give(t, a, start, elsewhere, datagrams[1]) != nil {
		t.Error("a fragment from another address completed the message")
	}
	if give(t, a, start, sender, series(10, packed(1000))[1]) != nil {
		t.Error("a fragment of another transaction completed the message")
	}
	if give(t, a, start, sender, datagrams[1]) == nil {
		t.Error("the right fragment did not complete the message")
	}
}

func TestSeriesEnd(t *testing.T) {
	datagrams := series(9, packed(12_000))
	a := wire.NewAssembler(wire.AssemblerLimits{})
	give(t, a, start, sender, datagrams[0])
	if next := a.Tick(start); !next.Equal(start.Add(3 * time.Second)) {
		t.Errorf("it stalls %v after its start", next.Sub(start))
	}
	now := start
	for i := 1; i <= 4; i++ {
		now = now.Add(2900 * time.Millisecond)
		give(t, a, now, sender, datagrams[i])
		a.Tick(now)
	}
	if got := now.Sub(start); got < 10*time.Second {
		t.Fatal("the test is too short", got)
	}
	for i := 5; i < len(datagrams); i++ {
		if give(t, a, now, sender, datagrams[i]) != nil {
			t.Error("a series of more than ten seconds was completed")
		}
	}
	if !a.Tick(now.Add(time.Minute)).IsZero() {
		t.Error("something is left after a minute")
	}
}

func TestOversizedValuesAreSkipped(t *testing.T) {
	m := wire.Message{Kind: wire.Put, TID: 9, ID: wire.KeyOf(nil), Sizes: []uint32{wire.MaxPackedValue + 1, 700, 0}}
	value := packed(695)
	a := wire.NewAssembler(wire.AssemblerLimits{})
	if a.Header(start, sender, &m) != nil {
		t.Fatal("complete without fragments")
	}
	whole := a.Parts(start, sender, &wire.Message{Kind: wire.ValueData, TID: 9, Parts: []wire.Part{{Index: 1, Data: value}}})
	if whole == nil || len(whole.Values) != 1 || string(whole.Values[0]) != string(value) {
		t.Errorf("completed as %+v", whole)
	}
	m.Sizes = []uint32{wire.MaxPackedValue + 1}
	if whole := a.Header(start, sender, &m); whole == nil || len(whole.Values) != 0 {
		t.Errorf("nothing to wait for, but %+v", whole)
	}
}

func TestFragmentsThatDoNotFitAreIgnored(t *testing.T) {
	value := packed(2995)
	a := wire.NewAssembler(wire.AssemblerLimits{})
	m := wire.Message{Kind: wire.Put, TID: 9, ID: wire.KeyOf(nil), Sizes: []uint32{3000}}
	a.Header(start, sender, &m)
	part := func(index, offset uint32, data []byte) *wire.Message {
		return a.Parts(start, sender, &wire.Message{Kind: wire.ValueData, TID: 9, Parts: []wire.Part{{Index: index, Offset: offset, Data: data}}})
	}
	for _, bad := range []*wire.Message{
		part(1, 0, value), part(1<<31, 0, value[:9]), part(0, 1, value), part(0, 1<<32-1, value[:9]), part(0, 0, nil),
	} {
		if bad != nil {
			t.Fatal("a fragment that does not fit completed the message")
		}
	}
	part(0, 1000, bytes.Repeat([]byte{0xff}, 1000)) // overlaps what follows and is dropped
	part(0, 0, value[:1500])
	if whole := part(0, 1500, value[1500:]); whole == nil || string(whole.Values[0]) != string(value) {
		t.Error("the message was not put together")
	}
}

func TestAFloodDoesNotDriveOutOthers(t *testing.T) {
	limits := wire.AssemblerLimits{Series: 1000, Bytes: 1 << 20}
	a := wire.NewAssembler(limits)
	datagrams := series(9, packed(3000))
	give(t, a, start, sender, datagrams[0])
	give(t, a, start, sender, datagrams[1])
	flood := netip.MustParseAddr("203.0.113.7")
	piece := series(9, packed(60_000))
	runtime.GC()
	for i := range 20_000 {
		from := netip.AddrPortFrom(flood, uint16(1+i))
		give(t, a, start, from, piece[i%len(piece)])
		if i%3 == 0 {
			stray := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 1)
			give(t, a, start, stray, piece[1+i%(len(piece)-1)])
		}
	}
	give(t, a, start, sender, datagrams[2])
	if give(t, a, start, sender, datagrams[3]) == nil {
		t.Error("the flood drove out a series of somebody else")
	}
}

// Whoever forges sources can send a byte from each, without a header.
func TestStraysDoNotDriveOutOthers(t *testing.T) {
	a := wire.NewAssembler(wire.AssemblerLimits{Series: 1000})
	datagrams := series(9, packed(1000))
	give(t, a, start, sender, datagrams[0])
	for i := range 2000 {
		forged := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 1)
		a.Parts(start, forged, &wire.Message{Kind: wire.ValueData, TID: 9, Parts: []wire.Part{{Data: []byte{1}}}})
	}
	if give(t, a, start, sender, datagrams[1]) == nil {
		t.Error("strays drove out a series of somebody else")
	}
}

func TestManySmallPiecesAreCheap(t *testing.T) {
	m := wire.Message{Kind: wire.Put, TID: 9, ID: wire.KeyOf(nil), Sizes: []uint32{wire.MaxPackedValue}}
	a := wire.NewAssembler(wire.AssemblerLimits{})
	a.Header(start, sender, &m)
	var parts []wire.Part
	for offset := uint32(wire.MaxPackedValue - 1); offset > 0; offset-- {
		parts = append(parts, wire.Part{Offset: offset, Data: []byte{1}})
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	began := time.Now()
	a.Parts(start, sender, &wire.Message{Kind: wire.ValueData, TID: 9, Parts: parts})
	if took := time.Since(began); took > time.Second {
		t.Errorf("65,000 pieces of one byte took %v", took)
	}
}

func TestForget(t *testing.T) {
	a := wire.NewAssembler(wire.AssemblerLimits{})
	datagrams := series(9, packed(1000))
	give(t, a, start, sender, datagrams[0])
	a.Forget(sender, 9)
	a.Forget(sender, 10)
	if !a.Tick(start).IsZero() {
		t.Error("the series is still there")
	}
}

func BenchmarkAssemble3000Bytes(b *testing.B) {
	datagrams := series(9, packed(3000))
	a := wire.NewAssembler(wire.AssemblerLimits{})
	b.ReportAllocs()
	for b.Loop() {
		var whole *wire.Message
		for _, d := range datagrams {
			whole = give(b, a, start, sender, d)
		}
		if whole == nil {
			b.Fatal(fmt.Errorf("not complete"))
		}
	}
}

var otherSender = netip.MustParseAddrPort("[2001:db8::1]:4222")
