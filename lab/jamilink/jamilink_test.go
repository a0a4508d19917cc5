// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package jamilink

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwire/dht"
	"bellwire/dht/value"
	"bellwire/dht/wire"
	"bellwire/identity"
	"bellwire/internal/leak"
	"bellwire/internal/peer"
	"bellwire/internal/testid"
	"bellwire/lab/jamid"
	"bellwire/lab/netns"
	"bellwire/line/p2p"
	"bellwire/link"
	"bellwire/link/ice"
	"bellwire/link/jami"
	"bellwire/link/linktest"
	"bellwire/link/offer"
	"bellwire/link/quic"
)

const (
	dhtPort = 4222
	limit   = 30 * time.Second
)

// world is a Jami and a device of ours that know of one another through the DHT.
type world struct {
	jami  *jamid.Account
	own   *identity.Device
	node  *dht.Node
	links *link.Endpoint
}

func newWorld(t *testing.T) *world {
	t.Helper()
	peer.NeedRoot(t)
	peer.Need(t, jamid.Program)
	leak.Check(t)
	star := netns.NewStar(t, 2, 1)
	w := &world{own: testid.Device(t, "alice")}
	w.startNode(t, star.Ends[1])
	w.startLinks(t, newInside(t, star.Ends[1]))
	w.jami = jamid.Start(t, jamid.Config{In: star.Ends[0]}).NewAccount(t, jamid.AccountConfig{
		Bootstrap: netip.AddrPortFrom(netns.EndAddr(1), dhtPort).String(),
	})
	return w
}

// startNode makes our device known to a DHT of one node, which Jami's joins.
func (w *world) startNode(t *testing.T, ns *netns.Namespace) {
	t.Helper()
	conn, err := ns.ListenPacket("udp4", netip.AddrPortFrom(netns.EndAddr(1), dhtPort).String())
	if err != nil {
		t.Fatal(err)
	}
	if w.node, err = dht.Start(dht.Config{Conns: []net.PacketConn{conn}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.node.Close() })
	announcement, err := p2p.Announce(testid.Account(t, "alice"), w.own)
	if err != nil {
		t.Fatal(err)
	}
	w.node.Publish(wire.Hash(w.own.AccountID()), announcement)
	for _, key := range value.CertificateKeys(w.own.Key.Public()) {
		w.node.Publish(key, value.Certificate(w.own.Chain))
	}
}

// startLinks starts an endpoint with both carriers, as a Bellwire has them.
func (w *world) startLinks(t *testing.T, n inside) {
	t.Helper()
	signaller, err := offer.Start(offer.Config{Network: offer.Over(w.node), Device: w.own})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = signaller.Close() })
	first, err := quic.New(ice.Config{Net: n})
	if err != nil {
		t.Fatal(err)
	}
	second, err := jami.New(ice.Config{Net: n})
	if err != nil {
		t.Fatal(err)
	}
	w.links = linktest.Endpoint(t, link.Config{
		Device: w.own, Signaller: signaller, Carriers: []link.Carrier{first, second},
	})
}

// target finds Jami's device in the DHT.
func (w *world) target(t *testing.T) link.Target {
	t.Helper()
	account, err := identity.ParseAccountID(w.jami.ID)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for v, err := range w.node.Get(ctx, wire.Hash(account), value.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if a, err := value.ParseAnnouncement(v.Data); err == nil {
			return link.Target{Account: account, Key: a.Key, Purpose: "audioCall"}
		}
	}
	t.Fatal("Jami's device is not announced")
	return link.Target{}
}

func TestWeConnectToJami(t *testing.T) {
	w := newWorld(t)
	to := w.target(t)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	begin := time.Now()
	l, err := w.links.Dial(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("connected after %v", time.Since(begin))
	if l.Peer().Account.String() != w.jami.ID {
		t.Errorf("connected to %v", l.Peer().Account)
	}
	sip, err := l.Open(ctx, "sip")
	if err != nil {
		t.Fatal(err)
	}
	// The daemon of 2023 knows no texts of this kind.
	if _, err := l.Open(ctx, "msg:"+l.Peer().LongID.String()); !errors.Is(err, link.ErrDeclined) {
		t.Errorf("msg: error %v, want ErrDeclined", err)
	}
	promptly(t, l)
	_ = sip.Close()
	if sip, err = l.Open(ctx, "sip"); err != nil {
		t.Errorf("the second time: %v", err)
	} else if _, err := sip.Write([]byte(options(w, l))); err != nil {
		t.Error(err)
	} else if line, err := bufio.NewReader(sip).ReadString('\n'); err != nil || !strings.HasPrefix(line, "SIP/2.0 ") {
		t.Errorf("the answer to OPTIONS is %q, %v", line, err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// options is a request Jami answers without asking anybody.
func options(w *world, l link.Link) string {
	own, there := w.own.AccountID().String(), l.RemoteAddr().String()
	return strings.ReplaceAll("OPTIONS sips:"+there+";transport=tls SIP/2.0\n"+
		"Via: SIP/2.0/TLS "+l.LocalAddr().String()+";rport;branch=z9hG4bKoptions;alias\n"+
		"Max-Forwards: 70\n"+
		"From: <sip:"+own+"@ring.dht>;tag=from\n"+
		"To: <sips:"+w.jami.ID+"@ring.dht>\n"+
		"Call-ID: options\n"+
		"CSeq: 1 OPTIONS\n"+
		"Content-Length: 0\n\n", "\n", "\r\n")
}

func TestJamiConnectsToUs(t *testing.T) {
	w := newWorld(t)
	call := w.jami.Call(t, w.own.AccountID().String())
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	l, err := w.links.Accept(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if l.Peer().Account.String() != w.jami.ID {
		t.Errorf("connected from %v", l.Peer().Account)
	}
	r, err := l.Accept(ctx)
	if err != nil || r.Name != "sip" {
		t.Fatalf("the first stream is %+v, %v", r, err)
	}
	sip, err := r.Accept()
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(sip).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "INVITE ") {
		t.Errorf("the first line is %q, %v", line, err)
	}
	promptly(t, l)
	call.HangUp(t)
}

// promptly checks that Jami answers as fast as its machine allows: there are ways to make it look at a
// connection twice a second only.
func promptly(t *testing.T, l link.Link) {
	t.Helper()
	const most = 100 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	var times []time.Duration
	for range 9 {
		begin := time.Now()
		if err := l.Probe(ctx); err != nil {
			t.Fatalf("probe: %v", err)
		}
		times = append(times, time.Since(begin))
	}
	slices.Sort(times)
	t.Logf("a beacon took %v to %v, %v in the middle, on average %v", times[0], times[8], times[4], l.RTT())
	if times[4] > most || l.RTT() == 0 {
		t.Errorf("a beacon takes %v, %v are allowed", times[4], most)
	}
}
