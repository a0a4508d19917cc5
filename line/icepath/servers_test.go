// SPDX-License-Identifier: GPL-3.0-or-later

package icepath

import (
	"net"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"

	"bellwire/internal/leak"
	"bellwire/internal/netx"
	"bellwire/link/ice"
	"bellwire/link/linktest"
	"bellwire/media/sdp"
)

// unconnected hides vnet's remote address, which is a nil pointer where it should be nil, so that
// pion's TURN client takes every server for another one.
type unconnected struct{ netx.Net }

// ListenPacket implements transport.Net.
func (u unconnected) ListenPacket(network, address string) (net.PacketConn, error) {
	conn, err := u.Net.ListenPacket(network, address)
	return struct{ net.PacketConn }{conn}, err
}

const serverIP = "10.0.0.9"

// serve runs a TURN server.
func serve(t *testing.T, n netx.Net) ice.Server {
	t.Helper()
	conn, err := n.ListenPacket("udp4", serverIP+":3478")
	if err != nil {
		t.Fatal(err)
	}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: "test",
		AuthHandler: func(ra *turn.RequestAttributes) (string, []byte, bool) {
			return ra.Username, turn.GenerateAuthKey(ra.Username, ra.Realm, "secret"), true
		},
		PacketConnConfigs: []turn.PacketConnConfig{{
			PacketConn:            conn,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: net.ParseIP(serverIP), Address: serverIP, Net: n},
		}},
		LoggerFactory: logging.NewDefaultLoggerFactory(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return ice.Server{URI: "turn:" + serverIP + ":3478", User: "user", Password: "secret"}
}

// relayed are the lines of an end that has a relay: its address stands wherever there is room for one.
var relayed = regexp.MustCompile(`(?s)c=IN IP4 10\.0\.0\.9\r
.*m=audio (\d+) RTP/SAVP 104\r
.*a=rtcp:(\d+) IN IP4 10\.0\.0\.9\r
.*a=candidate:R\S+ 1 UDP \d+ 10\.0\.0\.9 (\d+) typ relay raddr 10\.0\.0\.1 rport [1-9]\d+\r
.*a=candidate:R\S+ 2 UDP \d+ 10\.0\.0\.9 (\d+) typ relay raddr 10\.0\.0\.1 rport [1-9]\d+\r
`)

func TestARelay(t *testing.T) {
	leak.Check(t)
	synctest.Test(t, func(t *testing.T) {
		lan := &linktest.LAN{Delay: 5 * time.Millisecond}
		lan.Start(t)
		near := ice.Config{Net: unconnected{lan.Host(t, "10.0.0.1")}}
		far := ice.Config{Net: lan.Host(t, "10.0.0.2")}
		server := lan.Host(t, serverIP)
		lan.Up(t)
		near.Servers = []ice.Server{serve(t, server)}
		a, b := newEnd(t, near, sdp.Jami(), 1), newEnd(t, far, sdp.Jami(), 2)
		offer, _ := exchange(t, a, b)
		found := relayed.FindStringSubmatch(string(offer))
		if found == nil || found[1] != found[3] || found[2] != found[4] {
			t.Errorf("ports %q in\n%s", found, offer)
		}
		carries(t, a, b)
	})
}
