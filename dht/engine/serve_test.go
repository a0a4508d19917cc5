// SPDX-License-Identifier: GPL-3.0-or-later

package engine_test

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"bellwire/dht/engine"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/internal/testid"
)

var key = wire.KeyOf([]byte("key"))

func packed(vs ...*value.Value) (list [][]byte) {
	for _, v := range vs {
		list = append(list, v.Append(nil))
	}
	return list
}

func text(id uint64, s string) *value.Value { return &value.Value{ID: id, Data: []byte(s)} }

func signed(t *testing.T, id uint64, seq uint16, s string) *value.Value {
	t.Helper()
	v, err := value.Sign(&value.Value{ID: id, Seq: seq, Data: []byte(s)}, testid.Key2048(t, 0))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// token returns a write token for an address.
func (l *lab) token(from netip.AddrPort) []byte {
	return l.replyTo(from, wire.Message{Kind: wire.Find, ID: id(from.Addr().As4()[3]), Target: key}).Token
}

func (l *lab) put(n byte, values ...*value.Value) wire.Message {
	return l.replyTo(addr(n), wire.Message{Kind: wire.Put, ID: id(n), Target: key, Token: l.token(addr(n)), Values: packed(values...)})
}

func (l *lab) get(n byte, q wire.Query) wire.Message {
	m := wire.Message{Kind: wire.Get, ID: id(n), Target: key, Query: q, HasQuery: !q.IsZero()}
	return l.replyTo(addr(n), m)
}

func TestPing(t *testing.T) {
	l := newLab(t)
	r := l.replyTo(addr(1), wire.Message{Kind: wire.Ping, ID: id(1), TID: 77})
	if r.Kind != wire.Reply || r.TID != 77 || r.ID != l.e.ID() || r.Seen != addr(1).Addr() {
		t.Errorf("answered %+v", r)
	}
}

func TestPacketsNobodyAnswers(t *testing.T) {
	ping := wire.Message{Kind: wire.Ping, ID: id(1), TID: 1}
	for name, c := range map[string]struct {
		from   netip.AddrPort
		change func(*wire.Message)
	}{
		"another network":     {addr(1), func(m *wire.Message) { m.Network = 9 }},
		"our own id":          {addr(1), func(m *wire.Message) { m.ID = wire.Hash{0x80} }},
		"port 0":              {netip.AddrPortFrom(addr(1).Addr(), 0), nil},
		"a multicast source":  {netip.MustParseAddrPort("224.0.0.1:4222"), nil},
		"a source in 0.0.0.0": {netip.MustParseAddrPort("0.1.2.3:4222"), nil},
		"the other family":    {netip.MustParseAddrPort("[2001:db8::1]:4222"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			m := ping
			if c.change != nil {
				c.change(&m)
			}
			if got := l.packet(c.from, m); len(got) != 0 {
				t.Errorf("sent %+v", got)
			}
		})
	}
}

func TestNetworkID(t *testing.T) {
	l := newLab(t, func(c *engine.Config) { c.Network = 7 })
	if r := l.replyTo(addr(1), wire.Message{Kind: wire.Ping, ID: id(1), Network: 7}); r.Network != 7 {
		t.Errorf("answered in network %d", r.Network)
	}
}

func TestMappedSourceIsIPv4(t *testing.T) {
	l := newLab(t)
	mapped := netip.AddrPortFrom(netip.AddrFrom16(addr(1).Addr().As16()), 4222)
	l.deliver(mapped, &wire.Message{Kind: wire.Ping, ID: id(1), TID: 5})
	if len(l.sent) == 0 || l.sent[0].to != addr(1) {
		t.Errorf("sent %+v", l.sent)
	}
}

// Only nodes that answered a request of ours are handed out.
func TestFindNamesGoodNodes(t *testing.T) {
	l := newLab(t)
	l.join(1, 2)
	l.packet(addr(3), wire.Message{Kind: wire.Ping, ID: id(3)}) // never answers
	r := l.replyTo(addr(9), wire.Message{Kind: wire.Find, ID: id(9), Target: key})
	named := map[wire.Hash]bool{}
	for n := range r.Nodes() {
		named[n.ID] = true
	}
	if len(named) != 2 || !named[id(1)] || !named[id(2)] {
		t.Errorf("named %v", named)
	}
	if len(r.Token) == 0 {
		t.Error("the reply has no token")
	}
}

func TestClientsAreNotHandedOut(t *testing.T) {
	l := newLab(t)
	l.join(1)
	l.packet(addr(2), wire.Message{Kind: wire.Ping, ID: id(2), Client: true})
	l.run(time.Minute)
	if asked := l.requests(addr(2), wire.Ping); len(asked) != 0 {
		t.Error("a client was asked")
	}
}

func TestTokenBelongsToAddressAndPort(t *testing.T) {
	l := newLab(t)
	token := l.token(addr(1))
	put := wire.Message{Kind: wire.Put, ID: id(1), Target: wire.KeyOf([]byte("other key")), Token: token, Values: packed(text(1, "x"))}
	if r := l.replyTo(addr(1), put); r.Kind != wire.Reply {
		t.Errorf("the token of another key was refused: %v", r.Code)
	}
	otherPort := netip.AddrPortFrom(addr(1).Addr(), 4223)
	if r := l.replyTo(otherPort, put); r.Code != wire.CodeUnauthorized {
		t.Errorf("another port may write: %+v", r)
	}
	if r := l.replyTo(addr(2), put); r.Code != wire.CodeUnauthorized {
		t.Errorf("another address may write: %+v", r)
	}
}

// A token is good for at least 15 minutes and not for ever.
func TestTokenLife(t *testing.T) {
	l := newLab(t)
	token := l.token(addr(1))
	put := wire.Message{Kind: wire.Put, ID: id(1), Target: key, Token: token, Values: packed(text(1, "x"))}
	for range 15 {
		if r := l.replyTo(addr(1), put); r.Kind != wire.Reply {
			t.Fatal("a fresh token was refused")
		}
		l.run(time.Minute)
	}
	l.run(90 * time.Minute)
	if r := l.replyTo(addr(1), put); r.Code != wire.CodeUnauthorized {
		t.Errorf("after 105 minutes the answer is %+v", r)
	}
}

func TestErrors(t *testing.T) {
	l := newLab(t)
	token := l.token(addr(1))
	for name, c := range map[string]struct {
		m    wire.Message
		code wire.ErrorCode
	}{
		"get without key":    {wire.Message{Kind: wire.Get}, 203},
		"put without key":    {wire.Message{Kind: wire.Put, Token: token, Values: packed(text(1, "x"))}, 203},
		"put of id 0":        {wire.Message{Kind: wire.Put, Target: key, Token: token, Values: packed(text(0, "x"))}, 203},
		"put, bad token":     {wire.Message{Kind: wire.Put, Target: key, Token: []byte("no"), Values: packed(text(1, "x"))}, 401},
		"listen, bad token":  {wire.Message{Kind: wire.Listen, Target: key, Token: []byte("no"), SID: 1}, 401},
		"refresh, bad token": {wire.Message{Kind: wire.Refresh, Target: key, Token: []byte("no"), VID: 1}, 401},
		"refresh of nothing": {wire.Message{Kind: wire.Refresh, Target: key, Token: token, VID: 1}, 404},
	} {
		t.Run(name, func(t *testing.T) {
			c.m.ID = id(1)
			if r := l.replyTo(addr(1), c.m); r.Kind != wire.Error || r.Code != c.code || r.ID != l.e.ID() {
				t.Errorf("answered %+v", r)
			}
		})
	}
}

func TestPutThenGet(t *testing.T) {
	l := newLab(t)
	if r := l.put(1, text(5, "five")); r.VID != 5 {
		t.Errorf("confirmed %d", r.VID)
	}
	r := l.get(2, wire.Query{})
	if len(r.Values) != 1 || !bytes.Equal(r.Values[0], text(5, "five").Append(nil)) {
		t.Errorf("got %+v", r)
	}
	if len(r.Token) == 0 {
		t.Error("the reply has no token")
	}
	l.run(10 * time.Minute)
	if r := l.get(2, wire.Query{}); len(r.Values) != 0 {
		t.Error("the value outlives its lifetime")
	}
}

// Several values in one put are confirmed one by one with the same transaction id; those before a
// value without an id stay stored.
func TestPutOfSeveralValues(t *testing.T) {
	l := newLab(t)
	token := l.token(addr(1))
	out := l.packet(addr(1), wire.Message{
		Kind: wire.Put, TID: 9, ID: id(1), Target: key, Token: token, Values: packed(text(5, "a"), text(6, "b"), text(0, "c")),
	})
	var got []wire.Message
	for _, s := range out {
		if s.to == addr(1) && !s.m.Kind.IsRequest() {
			got = append(got, s.m)
		}
	}
	if len(got) != 3 || got[0].VID != 5 || got[1].VID != 6 || got[2].Code != 203 || got[1].TID != 9 {
		t.Errorf("answered %+v", got)
	}
	if r := l.get(2, wire.Query{}); len(r.Values) != 2 {
		t.Errorf("%d values are stored", len(r.Values))
	}
}

func TestCreationTimeShortensLife(t *testing.T) {
	l := newLab(t)
	m := wire.Message{
		Kind: wire.Put, ID: id(1), Target: key, Token: l.token(addr(1)), Values: packed(text(5, "old")),
		Created: l.now.Add(-9 * time.Minute).Unix(),
	}
	l.replyTo(addr(1), m)
	l.run(59 * time.Second)
	if r := l.get(2, wire.Query{}); len(r.Values) != 1 {
		t.Error("the value is gone too early")
	}
	l.run(2 * time.Second)
	if r := l.get(2, wire.Query{}); len(r.Values) != 0 {
		t.Error("the value lives on")
	}
}

func TestQueriesAreServed(t *testing.T) {
	l := newLab(t)
	l.put(1, text(5, "a"))
	l.put(1, signed(t, 6, 3, "b"))
	r := l.get(2, wire.Query{Select: wire.FieldSet(wire.FieldID, wire.FieldSeq)})
	if len(r.Values) != 0 || len(r.Rows) != 2 || r.Rows[0].ID != 5 || r.Rows[1].ID != 6 || r.Rows[1].Seq != 3 {
		t.Errorf("selected %+v", r.Rows)
	}
	r = l.get(2, wire.Query{Where: []wire.Condition{wire.WhereID(5)}})
	if len(r.Values) != 1 {
		t.Errorf("filtered %d values", len(r.Values))
	}
	if r = l.get(2, wire.Query{Where: []wire.Condition{wire.WhereType(8)}}); len(r.Values)+len(r.Rows) != 0 || r.Select != 0 {
		t.Errorf("nothing should match, got %+v", r)
	}
}

// A signed value is stored only when its signature is right; the confirmation says nothing about it.
func TestSignatureIsVerified(t *testing.T) {
	l := newLab(t)
	good, bad := signed(t, 6, 3, "good"), *signed(t, 7, 3, "good")
	bad.Data = []byte("evil")
	if r := l.put(1, good); r.VID != 6 {
		t.Errorf("answered %+v", r)
	}
	if r := l.put(1, &bad); r.VID != 7 {
		t.Errorf("answered %+v", r)
	}
	r := l.get(2, wire.Query{Select: wire.FieldSet(wire.FieldID)})
	if len(r.Rows) != 1 || r.Rows[0].ID != 6 {
		t.Errorf("stored %+v", r.Rows)
	}
}

// Without the time to verify, a put gets no answer, so that it is sent again.
func TestPutTooBusyToVerify(t *testing.T) {
	l := newLab(t)
	l.hold = true
	token := l.token(addr(1))
	out := l.packet(addr(1), wire.Message{Kind: wire.Put, ID: id(1), Target: key, Token: token, Values: packed(signed(t, 6, 3, "x"))})
	if len(l.jobs) != 1 {
		t.Fatalf("%d jobs", len(l.jobs))
	}
	l.e.Verified(l.now, l.jobs[0], engine.ErrBusy)
	for _, s := range out {
		if s.m.Kind == wire.Reply {
			t.Error("the put was confirmed")
		}
	}
}

// The real programs cut signed values into pieces; a lost one comes again with the next transmission.
func TestPutInPieces(t *testing.T) {
	l := newLab(t)
	m := &wire.Message{
		Kind: wire.Put, TID: 3, ID: id(1), Target: key, Token: l.token(addr(1)), Agent: "RNG1",
		Values: packed(text(5, string(bytes.Repeat([]byte{'x'}, 3000)))),
	}
	for _, lose := range []int{2, -1} {
		i := 0
		for datagram := range m.Datagrams(nil) {
			if i != lose {
				l.next = l.e.HandlePacket(l.now, addr(1), datagram)
			}
			i++
		}
		l.run(time.Second)
	}
	if r := l.get(2, wire.Query{Select: wire.FieldSet(wire.FieldID)}); len(r.Rows) != 1 {
		t.Error("the value is not stored")
	}
	if r := l.get(2, wire.Query{}); len(r.Sizes) != 1 || r.Sizes[0] < 3000 {
		t.Errorf("the reply announces %v", r.Sizes)
	}
}

func TestEditRules(t *testing.T) {
	l := newLab(t)
	l.put(1, signed(t, 6, 3, "three"))
	for _, c := range []struct {
		v    *value.Value
		want uint16
	}{
		{signed(t, 6, 2, "two"), 3},
		{signed(t, 6, 3, "other three"), 3},
		{text(6, "unsigned"), 3},
		{signed(t, 6, 4, "four"), 4},
	} {
		l.put(1, c.v)
		r := l.get(2, wire.Query{Select: wire.FieldSet(wire.FieldSeq)})
		if len(r.Rows) != 1 || r.Rows[0].Seq != c.want {
			t.Errorf("after %q the rows are %+v", c.v.Data, r.Rows)
		}
	}
}

func TestFarValuesAreConfirmedButNotKept(t *testing.T) {
	l := newLab(t)
	var numbers []byte
	for n := byte(1); n <= 20; n++ {
		numbers = append(numbers, n)
	}
	l.join(numbers...) // all in the other half of the space than our id 0x80
	near := wire.Hash{0x01}
	m := wire.Message{Kind: wire.Put, ID: id(1), Target: near, Token: l.token(addr(1)), Values: packed(text(5, "x"))}
	if r := l.replyTo(addr(1), m); r.VID != 5 {
		t.Errorf("answered %+v", r)
	}
	if l.e.Holds(l.now, near) {
		t.Error("the value is kept")
	}
}
