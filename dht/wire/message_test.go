// SPDX-License-Identifier: GPL-3.0-or-later

package wire_test

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"bellwire/dht/wire"

	"github.com/tinylib/msgp/msgp"
	"pgregory.net/rapid"
)

func TestParseRefusesWhatIsNoMessage(t *testing.T) {
	id := strings.Repeat("11", 20)
	args := "a16181a26964c414" + id // "a": {"id": …}
	for _, c := range []struct {
		name, hex string
		want      error
	}{
		{"nothing", "", wire.ErrMalformed},
		{"an integer", "07", wire.ErrMalformed},
		{"an empty map", "80", wire.ErrMalformed},
		{"a map of four billion pairs", "dfffffffff", wire.ErrMalformed},
		{"a ping", "84" + args + "a171a470696e67a17407a179a171", nil},
		{"a ping with bytes behind it", "84" + args + "a171a470696e67a17407a179a171ffff", nil},
		{"a ping that ends too early", "84" + args + "a171a470696e67a17407a179", wire.ErrMalformed},
		{"a transaction id of four bytes as str", "84" + args + "a171a470696e67a174a401020304a179a171", nil},
		{"a transaction id of four bytes as bin", "84" + args + "a171a470696e67a174c40401020304a179a171", nil},
		{"a transaction id of three bytes", "84" + args + "a171a470696e67a174a3010203a179a171", wire.ErrMalformed},
		{"a transaction id of 33 bits", "84" + args + "a171a470696e67a174cf0000000100000000a179a171", wire.ErrMalformed},
		{"a negative transaction id", "84" + args + "a171a470696e67a174ffa179a171", wire.ErrMalformed},
		{"no transaction id", "83" + args + "a171a470696e67a179a171", wire.ErrMalformed},
		{"no y", "83" + args + "a171a470696e67a17407", wire.ErrMalformed},
		{"an unknown request", "84" + args + "a171a470696e68a17407a179a171", wire.ErrUnknownRequest},
		{"no arguments", "83a171a470696e67a17407a179a171", wire.ErrMalformed},
		{"no id", "84a16180a171a470696e67a17407a179a171", wire.ErrNoID},
		{"a zero id", "84a16181a26964c414" + strings.Repeat("00", 20) + "a171a470696e67a17407a179a171", wire.ErrNoID},
		{"an id of 19 bytes", "84a16181a26964c413" + strings.Repeat("11", 19) + "a171a470696e67a17407a179a171", wire.ErrMalformed},
		{"an unknown key", "85" + args + "a171a470696e67a17407a179a171a27a7a93010203", nil},
		{"an unknown key that is no string", "85" + args + "a171a470696e67a17407a179a17181020305", nil},
		{"an unknown argument", "84a16182a26964c414" + id + "a27a7a81c0c3a171a470696e67a17407a179a171", nil},
		{"a node list of 25 bytes", "82a17282a26964c414" + id + "a26e34c419" + strings.Repeat("22", 25) + "a17407", wire.ErrMalformed},
		{"an error without a body", "82a16592cd0191a0a17407", nil},
		{"an error without a text", "82a16591cd0191a17407", wire.ErrMalformed},
		{"a query without w", "84a16182a26964c414" + id + "a17181a17390a171a3676574a17407a179a171", wire.ErrMalformed},
	} {
		_, err := wire.Parse(unhex(t, c.hex))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestDeepNestingIsSkipped(t *testing.T) {
	b := []byte{0x82}
	b = msgp.AppendString(b, "zz")
	b = append(b, strings.Repeat("\x91", 60_000)+"\xc0"...)
	b = msgp.AppendString(b, "t")
	b = append(b, 7)
	if _, err := wire.Parse(b); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("a message without a kind: %v", err)
	}
}

func TestKindIsDecidedByKeys(t *testing.T) {
	id := "81a26964c414" + strings.Repeat("11", 20)
	for _, c := range []struct {
		keys string
		want wire.Kind
	}{
		{"a16592cd0191a0 a172" + id + " a17080 a175" + id, wire.Error},
		{"a172" + id + " a17080 a175" + id + " a161" + id, wire.Reply},
		{"a17080 a175" + id + " a161" + id + " a171a470696e67", wire.ValueData},
		{"a175" + id + " a161" + id + " a171a470696e67", wire.OldUpdate},
		{"a161" + id + " a171a470696e67", wire.Ping},
	} {
		count := len(strings.Fields(c.keys)) + 2
		text := strings.ReplaceAll(c.keys, " ", "") + "a17407a179a171"
		m, err := wire.Parse(append([]byte{0x80 | byte(count)}, unhex(t, text)...))
		if err != nil || m.Kind != c.want {
			t.Errorf("%s is read as %v, %v, want %v", c.keys, m.Kind, err, c.want)
		}
	}
}

// messages draws messages that use every field.
func messages() *rapid.Generator[wire.Message] {
	bin := rapid.SliceOfN(rapid.Byte(), 1, 40)
	hash := rapid.Custom(func(t *rapid.T) (h wire.Hash) {
		copy(h[:], rapid.SliceOfN(rapid.ByteRange(1, 255), wire.HashLen, wire.HashLen).Draw(t, "hash"))
		return h
	})
	ids := rapid.SliceOfN(rapid.Uint64(), 1, 5)
	return rapid.Custom(func(t *rapid.T) wire.Message {
		m := wire.Message{
			Kind:    wire.Kind(rapid.IntRange(int(wire.Ping), int(wire.OldUpdate)).Draw(t, "kind")),
			TID:     rapid.Uint32().Draw(t, "tid"),
			Network: rapid.Uint32().Draw(t, "network"),
		}
		if m.Kind == wire.ValueData {
			m.Parts = []wire.Part{{Index: rapid.Uint32().Draw(t, "index"), Offset: rapid.Uint32().Draw(t, "offset"), Data: bin.Draw(t, "data")}}
			return m
		}
		m.ID, m.Agent, m.Client = hash.Draw(t, "id"), rapid.SampledFrom([]string{"RNG1", "o2", wire.Agent, "", "other"}).Draw(t, "agent"), rapid.Bool().Draw(t, "client")
		switch m.Kind {
		case wire.Find, wire.Get:
			m.Target, m.Want = hash.Draw(t, "target"), wire.Families(rapid.IntRange(0, 3).Draw(t, "want"))
			if m.Kind == wire.Get && rapid.Bool().Draw(t, "query") {
				m.HasQuery = true
				m.Query = wire.Query{Select: wire.Fields(rapid.IntRange(0, 31).Draw(t, "select") << 1), Where: []wire.Condition{wire.WhereID(rapid.Uint64().Draw(t, "where")), wire.WhereUserType("x")}}
			}
		case wire.Put:
			m.Target, m.Token, m.Created = hash.Draw(t, "target"), bin.Draw(t, "token"), rapid.Int64().Draw(t, "created")
			m.Values = [][]byte{packed(rapid.IntRange(0, 500).Draw(t, "size"))}
		case wire.Refresh:
			m.Target, m.Token, m.VID = hash.Draw(t, "target"), bin.Draw(t, "token"), rapid.Uint64().Draw(t, "vid")
		case wire.Listen:
			m.Target, m.Token, m.SID, m.Updates = hash.Draw(t, "target"), bin.Draw(t, "token"), rapid.Uint32().Draw(t, "sid"), rapid.Bool().Draw(t, "ve")
		case wire.Update:
			m.Token, m.SID = bin.Draw(t, "token"), rapid.Uint32().Draw(t, "sid")
			if rapid.Bool().Draw(t, "notice") {
				m.Expired = ids.Draw(t, "exp")
			} else {
				m.Target, m.Updates, m.Values = hash.Draw(t, "target"), true, [][]byte{packed(3), packed(9)}
			}
		case wire.OldUpdate:
			m.Token, m.Refreshed = bin.Draw(t, "token"), ids.Draw(t, "re")
		case wire.Reply:
			m.VID, m.Seen = rapid.Uint64().Draw(t, "vid"), netip.MustParseAddr(rapid.SampledFrom([]string{"192.0.2.1", "2001:db8::1"}).Draw(t, "sa"))
			m.Nodes4 = wire.AppendNode(nil, wire.NodeInfo{ID: hash.Draw(t, "node"), Addr: sender})
			m.Token = bin.Draw(t, "token")
			if rapid.Bool().Draw(t, "rows") {
				m.Select = wire.FieldSet(wire.FieldID, wire.FieldOwner, wire.FieldUserType)
				m.Rows = []wire.Row{{ID: rapid.Uint64().Draw(t, "row"), Owner: hash.Draw(t, "owner"), UserType: "text"}, {ID: 1}}
			} else {
				m.Sizes = []uint32{rapid.Uint32Range(600, 70_000).Draw(t, "size")}
			}
		case wire.Error:
			m.Code, m.Text = wire.CodeUnauthorized, rapid.StringN(0, 50, 100).Draw(t, "text")
		}
		return m
	})
}

func TestMessagesSurviveARoundTrip(t *testing.T) {
	var again wire.Message
	rapid.Check(t, func(t *rapid.T) {
		m := messages().Draw(t, "message")
		b := m.Append(nil)
		if err := again.Unmarshal(b); err != nil {
			t.Fatalf("%v: %x", err, b)
		}
		if got := again.Append(nil); string(got) != string(b) {
			t.Fatalf("read and written again it differs:\n%x\n%x", b, got)
		}
		fresh, err := wire.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		want := reflect.ValueOf(m)
		for i := range want.NumField() {
			f, name := want.Field(i), want.Type().Field(i).Name
			if f.Kind() == reflect.Slice && f.Len() == 0 {
				continue
			}
			if got := reflect.ValueOf(fresh).Field(i); !reflect.DeepEqual(got.Interface(), f.Interface()) {
				t.Fatalf("%s is read as %+v, was %+v", name, got, f)
			}
		}
	})
}

func TestAddresses(t *testing.T) {
	for addr, martian := range map[string]bool{
		"192.0.2.1:4222": false, "127.0.0.1:4222": false, "192.0.2.1:0": true, "0.1.2.3:4222": true, "224.0.0.1:4222": true,
		"255.255.255.255:4222": true, "[2001:db8::1]:4222": false, "[::1]:4222": false, "[::]:4222": true,
		"[ff02::1]:4222": true, "[fe80::1]:4222": false, "[::ffff:192.0.2.1]:4222": true,
	} {
		if got := wire.Martian(netip.MustParseAddrPort(addr)); got != martian {
			t.Errorf("%s is martian: %v", addr, got)
		}
	}
	if got := wire.Unmap(netip.MustParseAddrPort("[::ffff:192.0.2.1]:4222")); got != sender {
		t.Errorf("unmapped to %v", got)
	}
	for a, site := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8::1:2:3:4": "2001:db8::", "fe80::1%eth0": "fe80::1",
	} {
		if got := wire.Site(netip.MustParseAddr(a)); got.String() != site {
			t.Errorf("the site of %s is %v, want %s", a, got, site)
		}
	}
	listed := wire.NodeInfo{Addr: netip.MustParseAddrPort("127.0.0.1:99")}
	if got := listed.SeenFrom(sender.Addr()).Addr.String(); got != "192.0.2.1:99" {
		t.Errorf("a loopback entry from another host is %v", got)
	}
	if got := listed.SeenFrom(netip.MustParseAddr("2001:db8::1")).Addr.String(); got != "127.0.0.1:99" {
		t.Errorf("an entry of the other family is %v", got)
	}
}

func TestUnusableNodesAreLeftOut(t *testing.T) {
	var list []byte
	good := wire.NodeInfo{ID: wire.KeyOf([]byte("good")), Addr: sender}
	list = wire.AppendNode(list, wire.NodeInfo{Addr: sender})
	list = wire.AppendNode(list, wire.NodeInfo{ID: good.ID, Addr: netip.MustParseAddrPort("224.0.0.1:1")})
	for range 20 {
		list = wire.AppendNode(list, good)
	}
	m := wire.Message{Nodes4: list}
	n := 0
	for node := range m.Nodes() {
		n++
		if node != good {
			t.Errorf("%v is yielded", node)
		}
	}
	if n != wire.MaxNodes-2 {
		t.Errorf("%d nodes are yielded", n)
	}
}

func xor(a, b wire.Hash) wire.Hash {
	for i := range a {
		a[i] ^= b[i]
	}
	return a
}

func TestDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) wire.Hash {
			return wire.KeyOf([]byte{rapid.Byte().Draw(t, name)})
		}
		h, a, b := draw("h"), draw("a"), draw("b")
		if got, want := h.CompareDistance(a, b), xor(h, a).Compare(xor(h, b)); got != want {
			t.Fatalf("compared %d, want %d", got, want)
		}
		n := h.CommonBits(a)
		for i := range n {
			if h.Bit(i) != a.Bit(i) {
				t.Fatalf("bit %d of %d common ones differs", i, n)
			}
		}
		if n < 8*wire.HashLen && h.Bit(n) == a.Bit(n) {
			t.Fatalf("bit %d is common too", n)
		}
	})
}
