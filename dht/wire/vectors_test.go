// SPDX-License-Identifier: GPL-3.0-or-later

package wire_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"bellwire/dht/wire"
)

// recorded is one file of datagrams recorded from the real programs.
type recorded struct {
	Network  uint32 `json:"network_id"`
	Messages []struct {
		From, To string
		Payload  string `json:"udp_payload_hex"`
	}
}

func readVector(t testing.TB, name string, v any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// exchanges calls f for each recorded exchange with its datagrams in order.
func exchanges(t testing.TB, f func(name string, network uint32, datagrams [][]byte)) {
	t.Helper()
	files, err := filepath.Glob("testdata/vectors/*-*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, file := range files {
		var rec recorded
		readVector(t, filepath.Base(file), &rec)
		var datagrams [][]byte
		for _, m := range rec.Messages {
			datagrams = append(datagrams, unhex(t, m.Payload))
		}
		f(filepath.Base(file), rec.Network, datagrams)
	}
}

func TestRecordedMessagesAreReproducedByteForByte(t *testing.T) {
	exchanges(t, func(name string, network uint32, datagrams [][]byte) {
		for i, d := range datagrams {
			m, err := wire.Parse(d)
			if err != nil {
				t.Errorf("%s, datagram %d: %v", name, i, err)
				continue
			}
			if m.Network != network {
				t.Errorf("%s, datagram %d: network %d, want %d", name, i, m.Network, network)
			}
			if got := m.Append(nil); string(got) != string(d) {
				t.Errorf("%s, datagram %d (%v) differs:\n got %x\nwant %x", name, i, m.Kind, got, d)
			}
		}
	})
}

func TestRecordedMessagesKeepTheirMeaning(t *testing.T) {
	one := func(name string, i int) wire.Message {
		var rec recorded
		readVector(t, name+".json", &rec)
		m, err := wire.Parse(unhex(t, rec.Messages[i].Payload))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return m
	}
	check := func(name string, ok bool) {
		t.Helper()
		if !ok {
			t.Errorf("%s was misread", name)
		}
	}
	ping := one("msg-ping", 0)
	check("ping", ping.Kind == wire.Ping && ping.TID == 1478077670 && ping.Agent == "RNG1" && ping.ID.String() == "ebab4dc159fe7d64c248c9e8eddde0f06a130c3c")
	pong := one("msg-ping-network7-ipv6", 1)
	check("ping reply", pong.Kind == wire.Reply && pong.Seen.String() == "::1" && pong.Network == 7)
	find := one("msg-find-want", 0)
	check("find", find.Kind == wire.Find && find.Want == wire.IPv4|wire.IPv6 && find.Target.String() == "f3af554bdc7803a455dd62f9aa161f90b7747006")
	found := one("msg-find-ipv6", 1)
	check("find reply", len(found.Token) == 32 && nodesOf(found) == "99928ffe4d65981f50d22fbb755ca30eb0d0cad1@[::1]:44050")
	hit := one("msg-get-select-id-hit", 1)
	check("selected ids", hit.Select == wire.FieldSet(wire.FieldID) && len(hit.Rows) == 1 && hit.Rows[0].ID == 77)
	all := one("msg-get-select-all-fields", 1)
	check("selected fields", len(all.Rows) == 4 && all.Rows[1].Seq == 1 && !all.Rows[1].Owner.IsZero() && all.Rows[0].Owner.IsZero() && all.Rows[3].UserType == "text/plain")
	probe := one("msg-get-probe-select", 0)
	check("query", probe.HasQuery && probe.Query.Select == wire.FieldSet(wire.FieldID, wire.FieldSeq))
	put := one("msg-put-created", 0)
	check("put", put.Kind == wire.Put && put.Created == 1795395675 && len(put.Values) == 1 && !put.Fragmented())
	big := one("msg-put-3000-bytes-fragmented", 0)
	check("fragmented put", len(big.Sizes) == 1 && big.Fragmented() && len(big.Values) == 0)
	part := one("msg-put-3000-bytes-fragmented", 2)
	check("value data", part.Kind == wire.ValueData && part.TID == big.TID && len(part.Parts) == 1 && part.Parts[0].Offset == 1280)
	listen := one("msg-listen", 0)
	check("listen", listen.Kind == wire.Listen && listen.Updates && listen.SID == 1723439323)
	old := one("msg-listen-legacy", 0)
	check("old listen", old.Kind == wire.Listen && !old.Updates && old.SID == 65546)
	push := one("msg-listen-legacy", 1)
	check("old push", push.Kind == wire.Reply && push.TID == old.SID && len(push.Values) == 1)
	expired := one("msg-update-expired", 0)
	check("expiry", expired.Kind == wire.Update && len(expired.Expired) == 1 && expired.Expired[0] == 20817)
	refreshed := one("msg-update-refreshed", 0)
	check("refresh notice", refreshed.Kind == wire.Update && len(refreshed.Refreshed) == 1)
	refused := one("err-401-put", 1)
	check("error", refused.Kind == wire.Error && refused.Code == wire.CodeUnauthorized && refused.TID == 65539)
}

func nodesOf(m wire.Message) (s string) {
	for n := range m.Nodes() {
		s += n.ID.String() + "@" + n.Addr.String()
	}
	return s
}

func TestRecordedNodeLists(t *testing.T) {
	for _, name := range []string{"nodes-n4.json", "nodes-n6.json"} {
		var rec struct {
			Hex   string
			Nodes []struct {
				ID   string
				Port uint16
			}
		}
		readVector(t, name, &rec)
		var m wire.Message
		if name == "nodes-n4.json" {
			m.Nodes4 = unhex(t, rec.Hex)
		} else {
			m.Nodes6 = unhex(t, rec.Hex)
		}
		var packed []byte
		i := 0
		for n := range m.Nodes() {
			if n.ID.String() != rec.Nodes[i].ID || n.Addr.Port() != rec.Nodes[i].Port || !n.Addr.Addr().IsLoopback() {
				t.Errorf("%s: entry %d is %v at %v", name, i, n.ID, n.Addr)
			}
			packed = wire.AppendNode(packed, n)
			i++
		}
		if i != len(rec.Nodes) || hex.EncodeToString(packed) != rec.Hex {
			t.Errorf("%s: %d nodes packed as %x", name, i, packed)
		}
	}
}

func TestRecordedQueries(t *testing.T) {
	var rec map[string]string
	readVector(t, "query.json", &rec)
	foo, err := wire.ParseHash("0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33")
	if err != nil {
		t.Fatal(err)
	}
	where := func(c wire.Condition) wire.Query { return wire.Query{Where: []wire.Condition{c}} }
	for name, q := range map[string]wire.Query{
		"empty":         {},
		"select_id":     {Select: wire.FieldSet(wire.FieldID)},
		"select_id_seq": {Select: wire.FieldSet(wire.FieldID, wire.FieldSeq)},
		"where_id":      where(wire.WhereID(0x1122334455667788)),
		"where_type":    where(wire.WhereType(8)),
		"where_utype":   where(wire.WhereUserType("text/plain")),
		"where_owner":   where(wire.WhereOwner(foo)),
	} {
		if got := hex.EncodeToString(q.Append(nil)); got != rec[name] {
			t.Errorf("%s is packed as %s, want %s", name, got, rec[name])
		}
		parsed, err := wire.ParseQuery(unhex(t, rec[name]))
		if err != nil || hex.EncodeToString(parsed.Append(nil)) != rec[name] {
			t.Errorf("%s is read as %+v, %v", name, parsed, err)
		}
	}
}

func TestRecordedHashes(t *testing.T) {
	var rec map[string]string
	readVector(t, "hash.json", &rec)
	if got := wire.KeyOf([]byte("foo")).String(); got != rec["infohash_of_foo"] {
		t.Errorf("key of foo is %s", got)
	}
	if got := wire.KeyOf(nil).String(); got != rec["infohash_of_empty"] {
		t.Errorf("key of nothing is %s", got)
	}
}
