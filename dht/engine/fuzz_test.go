// SPDX-License-Identifier: GPL-3.0-or-later

package engine_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
)

// sink is a host that keeps the last transaction of every kind, for the fuzzer to answer.
type sink struct {
	e     *engine.Engine
	now   time.Time
	asked []wire.Message
	token []byte
	bytes int
}

func (s *sink) Send(_ netip.AddrPort, datagram []byte) {
	s.bytes += len(datagram)
	m, err := wire.Parse(append([]byte(nil), datagram...))
	switch {
	case err != nil:
		panic("the engine sent what nobody can read: " + err.Error())
	case m.Kind.IsRequest():
		s.asked = append(s.asked, m)
	case len(m.Token) > 0:
		s.token = m.Token
	}
}

func (s *sink) Verify(j *engine.Job) { s.e.Verified(s.now, j, value.Verify(j.Value)) }
func (s *sink) Bootstrap()           {}

// FuzzHandlePacket plays a sequence of packets to an engine in the middle of its work. Each packet is
// one length byte times eight, a byte of commands and the bytes themselves. The commands let time
// pass, choose the sender, and answer requests of the engine with its own transaction ids and tokens,
// which a fuzzer would never guess.
func FuzzHandlePacket(f *testing.F) {
	seed := func(messages ...wire.Message) {
		var script []byte
		for i, m := range messages {
			m.Agent, m.ID = "RNG1", wire.Hash{byte(i + 1)}
			packet := m.Append(nil)
			script = append(script, byte((len(packet)+7)/8), byte(i<<4|i&7))
			script = append(script, packet...)
			script = append(script, make([]byte, (8-len(packet)%8)%8)...)
		}
		f.Add(script)
	}
	values := [][]byte{(&value.Value{ID: 5, Data: []byte("x")}).Append(nil)}
	nodes := wire.AppendNode(nil, wire.NodeInfo{ID: wire.Hash{7}, Addr: addr(7)})
	seed(wire.Message{Kind: wire.Ping, TID: 1}, wire.Message{Kind: wire.Find, Target: key, TID: 2})
	seed(wire.Message{Kind: wire.Reply, Token: []byte("token"), Nodes4: nodes, Values: values}, wire.Message{Kind: wire.Reply})
	seed(wire.Message{Kind: wire.Get, Target: key}, wire.Message{Kind: wire.Put, Target: key, Values: values})
	seed(wire.Message{Kind: wire.Listen, Target: key, SID: 3, Updates: true}, wire.Message{Kind: wire.Put, Target: key, Values: values})
	seed(wire.Message{Kind: wire.Update, Target: key, SID: 3, Values: values}, wire.Message{Kind: wire.Update, SID: 3, Expired: []uint64{5}})
	seed(wire.Message{Kind: wire.Error, Code: 401, Text: "no"}, wire.Message{Kind: wire.Refresh, Target: key, VID: 5})
	seed(wire.Message{Kind: wire.Reply, Token: []byte("t"), Sizes: []uint32{700}}, wire.Message{Kind: wire.ValueData, Parts: []wire.Part{{Data: make([]byte, 700)}}})

	f.Fuzz(func(t *testing.T, script []byte) {
		s := &sink{now: time.Unix(1_700_000_000, 0)}
		s.e = engine.New(engine.Config{Host: s, Rand: rand.New(rand.NewPCG(1, 2)), ID: wire.Hash{0x80}, IPv4: true})
		s.e.Start(s.now)
		s.e.Ping(s.now, addr(1))
		s.e.Listen(s.now, key, wire.Query{}, func(engine.Event) {})
		s.e.Publish(s.now, key, &value.Value{ID: 9, Data: []byte("ours")})
		s.e.Get(s.now, key, wire.Query{}, &outcome{})
		for packets := 0; len(script) >= 2 && packets < 64; packets++ {
			size, command := min(int(script[0])*8, len(script)-2), script[1]
			s.play(command, script[2:2+size])
			script = script[2+size:]
		}
		for range 50 {
			s.now = s.now.Add(7 * time.Second)
			s.e.Tick(s.now)
		}
		if s.bytes > 8<<20 {
			t.Errorf("the engine sent %d bytes", s.bytes)
		}
	})
}

// play hands one packet in.
func (s *sink) play(command byte, packet []byte) {
	s.now = s.now.Add(time.Duration(command>>6) * 700 * time.Millisecond)
	from := addr(1 + command&7)
	if m, err := wire.Parse(append([]byte(nil), packet...)); err == nil && command&8 == 0 {
		if (m.Kind == wire.Reply || m.Kind == wire.Error || m.Kind == wire.ValueData) && len(s.asked) > 0 {
			asked := s.asked[len(s.asked)-1-int(command>>4&3)%len(s.asked)]
			m.TID = asked.TID
		}
		if m.Kind.IsRequest() && len(s.token) > 0 {
			m.Token = s.token
		}
		packet = m.Append(nil)
	}
	s.e.HandlePacket(s.now, from, packet)
}
