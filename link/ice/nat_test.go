// SPDX-License-Identifier: GPL-3.0-or-later

package ice_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	"github.com/pion/transport/v5/vnet"
	"github.com/pion/turn/v5"

	"bellwire/internal/netx"
	"bellwire/link/ice"
)

const serverIP = "203.0.113.5"

// behindNATs is two hosts, each behind a NAT of its own, and a STUN and TURN server outside.
func behindNATs(t *testing.T, kind vnet.NATType) (left, right netx.Net) {
	t.Helper()
	logs := logging.NewDefaultLoggerFactory()
	wan, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "203.0.113.0/24", MinDelay: 5 * time.Millisecond, LoggerFactory: logs})
	if err != nil {
		t.Fatal(err)
	}
	outside := host(t, wan, serverIP)
	home := func(public, inside string) netx.Net {
		lan, err := vnet.NewRouter(&vnet.RouterConfig{
			CIDR: "192.168.0.0/24", StaticIPs: []string{public}, NATType: &kind, LoggerFactory: logs,
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := wan.AddRouter(lan); err != nil {
			t.Fatal(err)
		}
		return unconnected{host(t, lan, inside)}
	}
	left, right = home("203.0.113.10", "192.168.0.10"), home("203.0.113.20", "192.168.0.20")
	if err := wan.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = wan.Stop() })
	serve(t, outside)
	return left, right
}

// unconnected hides vnet's remote address, which is a nil pointer where it should be nil, so that
// pion's TURN client takes every server for another one.
type unconnected struct{ netx.Net }

// ListenPacket implements transport.Net.
func (u unconnected) ListenPacket(network, address string) (net.PacketConn, error) {
	conn, err := u.Net.ListenPacket(network, address)
	return struct{ net.PacketConn }{conn}, err
}

func host(t *testing.T, r *vnet.Router, ip string) *vnet.Net {
	t.Helper()
	n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{ip}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.AddNet(n); err != nil {
		t.Fatal(err)
	}
	return n
}

// serve runs a STUN and TURN server.
func serve(t *testing.T, n *vnet.Net) {
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
			PacketConn: conn,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{
				RelayAddress: net.ParseIP(serverIP), Address: serverIP, Net: n,
			},
		}},
		LoggerFactory: logging.NewDefaultLoggerFactory(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
}

var (
	stunServer = ice.Server{URI: "stun:" + serverIP + ":3478"}
	turnServer = ice.Server{URI: "turn:" + serverIP + ":3478", User: "user", Password: "secret"}
)

func TestServersLeadThroughNATs(t *testing.T) {
	cone := vnet.NATType{
		MappingBehavior:   vnet.EndpointIndependent,
		FilteringBehavior: vnet.EndpointAddrPortDependent,
	}
	symmetric := vnet.NATType{
		MappingBehavior:   vnet.EndpointAddrPortDependent,
		FilteringBehavior: vnet.EndpointAddrPortDependent,
	}
	for name, c := range map[string]struct {
		nat    vnet.NATType
		server ice.Server
		found  bool
		via    string // the far end's address
	}{
		"STUN through cones":                {cone, stunServer, true, "203.0.113.20"},
		"STUN does not help symmetric NATs": {symmetric, stunServer, false, ""},
		"TURN through symmetric NATs":       {symmetric, turnServer, true, serverIP},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				left, right := behindNATs(t, c.nat)
				ufrag, pwd := ice.Credentials()
				answerUfrag, answerPwd := ice.AnswerCredentials(pwd)
				a := gather(t, ice.Config{Net: left, Servers: []ice.Server{c.server}}, ice.Controlling, ufrag, pwd)
				b := gather(t, ice.Config{Net: right, Servers: []ice.Server{c.server}}, ice.Controlled, answerUfrag, answerPwd)
				pa, pb := start(t, a, b), start(t, b, a)
				b.AddRemote(a.Description().Candidates)
				time.Sleep(300 * time.Millisecond) // the answer is on its way
				a.AddRemote(b.Description().Candidates)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				select {
				case <-pa.Ready():
				case <-ctx.Done():
				}
				if found := ctx.Err() == nil; found != c.found {
					t.Fatalf("path found: %v, want %v", found, c.found)
				}
				if !c.found {
					return
				}
				time.Sleep(5 * time.Second)
				if got := pa.RemoteAddr().(*net.UDPAddr).IP.String(); got != c.via {
					t.Errorf("path to %s, want %s", got, c.via)
				}
				if _, err := pa.Write([]byte("hello")); err != nil {
					t.Fatal(err)
				}
				buf := make([]byte, 10)
				if n, err := pb.Read(buf); err != nil || string(buf[:n]) != "hello" {
					t.Errorf("read %q, %v", buf[:n], err)
				}
			})
		})
	}
}

// A server that does not answer costs no more time than the configuration allows.
func TestSilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nets := world(t, time.Millisecond, []string{"10.0.0.1"})
		begin := time.Now()
		cfg := ice.Config{Net: nets[0], Servers: []ice.Server{{URI: "stun:10.0.0.99:3478"}}, Wait: 300 * time.Millisecond}
		ufrag, pwd := ice.Credentials()
		a := gather(t, cfg, ice.Controlling, ufrag, pwd)
		if took := time.Since(begin); took > 310*time.Millisecond {
			t.Errorf("gathering took %v, want 300 ms at most", took)
		}
		if n := len(a.Description().Candidates); n != 1 {
			t.Errorf("%d candidates, want the host's", n)
		}
	})
}

func TestServerAddressIsChecked(t *testing.T) {
	for _, uri := range []string{"", "host", "http://host", "stun:"} {
		if err := (ice.Config{Servers: []ice.Server{{URI: uri}}}).Check(); err == nil {
			t.Errorf("%q was taken for a server", uri)
		}
	}
	if err := (ice.Config{Servers: []ice.Server{stunServer, turnServer, {URI: "turns:host?transport=tcp"}}}).Check(); err != nil {
		t.Error(err)
	}
}

func gather(t *testing.T, cfg ice.Config, role ice.Role, ufrag, pwd string) *ice.Agent {
	t.Helper()
	a, err := ice.Gather(t.Context(), cfg, role, ufrag, pwd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}
