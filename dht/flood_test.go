// SPDX-License-Identifier: GPL-3.0-or-later

package dht_test

import (
	"encoding/binary"
	"net"
	"sync"
	"testing"
	"time"

	"bellwire/dht"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/internal/leak"
	"bellwire/internal/testid"
)

// Those who send signed values by the thousand, all of which have to be verified, cost us neither our
// own lookups nor our puts.
func TestFloodOfSignedValues(t *testing.T) {
	leak.Check(t)
	nodes := swarm(t, 8)
	owner := testid.Key2048(t, 0)
	ours, err := value.Sign(&value.Value{ID: 1, Data: []byte("ours")}, owner)
	if err != nil {
		t.Fatal(err)
	}
	if err := nodes[1].Put(limited(t), key, ours); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var flood sync.WaitGroup
	defer flood.Wait()
	defer close(stop)
	for i := range 2 {
		flooder := newFlooder(t, nodes[0], byte(2+i))
		flood.Go(func() { flooder.run(stop, ours) })
	}
	var longest time.Duration
	pace := time.NewTicker(25 * time.Millisecond) // the swarm has one address, and with it one request limit
	defer pace.Stop()
	for i := range 60 {
		<-pace.C
		began := time.Now()
		if found := values(t, nodes[0], key); len(found) != 1 || found[0].ID != 1 {
			t.Fatalf("lookup %d found %d values", i, len(found))
		}
		if err := nodes[0].Put(limited(t), wire.KeyOf(binary.BigEndian.AppendUint32(nil, uint32(i))), &value.Value{ID: 1, Data: []byte("x")}); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, time.Since(began))
	}
	t.Logf("the longest get and put took %v", longest)
	if longest > 2500*time.Millisecond {
		t.Error("the flood holds our own operations up")
	}
	if s := nodes[0].Stats().Store; s.Bytes > 64<<20 {
		t.Errorf("%d bytes are stored", s.Bytes)
	}
}

// flooder puts signed values with wrong signatures under ever new ids.
type flooder struct {
	conn  *net.UDPConn
	id    wire.Hash
	token []byte
}

func newFlooder(t *testing.T, at *dht.Node, host byte) *flooder {
	t.Helper()
	conn, err := net.DialUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, host)}, net.UDPAddrFromAddrPort(at.Addrs()[0]))
	if err != nil {
		t.Skipf("no second loopback address here: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	f := &flooder{conn: conn, id: wire.Hash{host, 9}}
	find := wire.Message{Kind: wire.Find, TID: 1, ID: f.id, Target: key}
	conn.Write(find.Append(nil))
	conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	for buf := make([]byte, 4096); f.token == nil; {
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		if m, err := wire.Parse(buf[:n]); err == nil {
			f.token = append(f.token, m.Token...)
		}
	}
	return f
}

// run sends as much as is heard from one address.
func (f *flooder) run(stop chan struct{}, like *value.Value) {
	v := *like
	pace := time.NewTicker(time.Millisecond)
	defer pace.Stop()
	for i := uint64(2); ; i++ {
		select {
		case <-stop:
			return
		case <-pace.C:
		}
		v.ID = i
		v.Data = binary.BigEndian.AppendUint64(nil, i)
		put := wire.Message{
			Kind: wire.Put, TID: uint32(i), ID: f.id, Target: wire.KeyOf(v.Data), Token: f.token, Values: [][]byte{v.Append(nil)},
		}
		for datagram := range put.Datagrams(nil) {
			f.conn.Write(datagram)
		}
	}
}
