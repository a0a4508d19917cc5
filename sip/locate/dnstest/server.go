// SPDX-License-Identifier: GPL-3.0-or-later

// Package dnstest owns a small name server for tests: one zone of everything, over UDP, and over TCP where the network
// has it.
package dnstest

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/transport/v5"
	"golang.org/x/net/dns/dnsmessage"

	"bellwire/internal/netx"
)

// Server is a name server. Its methods may be called at any time.
type Server struct {
	net  netx.Net
	addr netip.AddrPort

	mu      sync.Mutex
	zone    map[string][]dnsmessage.Resource // by name in lower case
	asked   map[dnsmessage.Type]int
	trouble Trouble
}

// Trouble is what a server may do wrong.
type Trouble struct {
	Silent    bool             // says nothing
	Code      dnsmessage.RCode // answers this and nothing else, unless 0
	CutShort  bool             // over UDP tells nothing but to come over TCP
	NoEDNS    bool             // refuses questions with EDNS as malformed
	LeaveOpen bool             // does not follow aliases
}

// Start serves on an address of a network until the test ends.
func Start(t testing.TB, n netx.Net, ip string) *Server {
	t.Helper()
	s := &Server{net: n, zone: map[string][]dnsmessage.Resource{}, asked: map[dnsmessage.Type]int{}}
	packets, streams, err := listen(n, net.ParseIP(ip))
	if err != nil {
		t.Fatal(err)
	}
	s.addr = packets.LocalAddr().(*net.UDPAddr).AddrPort()
	var wg sync.WaitGroup
	wg.Go(func() { s.servePackets(packets) })
	if streams != nil {
		wg.Go(func() { s.serveStreams(streams) })
	}
	t.Cleanup(func() {
		_ = packets.Close()
		if streams != nil {
			_ = streams.Close()
		}
		wg.Wait()
	})
	return s
}

// listen finds a port that is free for both.
func listen(n netx.Net, ip net.IP) (packets net.PacketConn, streams net.Listener, err error) {
	for range 10 {
		udp, err := n.ListenUDP("udp", &net.UDPAddr{IP: ip})
		if err != nil {
			return nil, nil, err
		}
		tcp, err := n.ListenTCP("tcp", &net.TCPAddr{IP: ip, Port: udp.LocalAddr().(*net.UDPAddr).Port})
		if err == nil {
			return udp, tcp, nil
		}
		if errors.Is(err, transport.ErrNotSupported) {
			return udp, nil, nil
		}
		_ = udp.Close()
	}
	return nil, nil, errors.New("dnstest: no port is free for UDP and TCP")
}

// Addr is where it listens.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Resolver is a system's resolver that asks this server alone for addresses.
func (s *Server) Resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(_ context.Context, network, _ string) (net.Conn, error) {
		return s.net.Dial(network, s.addr.String())
	}}
}

// Add puts records of one name and life in seconds into the zone.
func (s *Server) Add(owner string, ttl uint32, bodies ...dnsmessage.ResourceBody) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, body := range bodies {
		h := dnsmessage.ResourceHeader{Name: name(owner), Class: dnsmessage.ClassINET, Type: typeOf(body), TTL: ttl}
		s.zone[key(h.Name)] = append(s.zone[key(h.Name)], dnsmessage.Resource{Header: h, Body: body})
	}
}

// Remove takes a name out of the zone.
func (s *Server) Remove(owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.zone, key(name(owner)))
}

// Be gives it trouble from now on, or none.
func (s *Server) Be(trouble Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = trouble
}

// Asked counts the questions for a type that arrived.
func (s *Server) Asked(kind dnsmessage.Type) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[kind]
}

func (s *Server) servePackets(conn net.PacketConn) {
	buf := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if reply := s.reply(buf[:n], false); reply != nil {
			_, _ = conn.WriteTo(reply, from)
		}
	}
}

// serveStreams answers one question on each connection.
func (s *Server) serveStreams(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err == nil {
			question := make([]byte, binary.BigEndian.Uint16(length[:]))
			if _, err := io.ReadFull(conn, question); err == nil {
				reply := s.reply(question, true)
				_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
			}
		}
		_ = conn.Close()
	}
}

func key(n dnsmessage.Name) string { return strings.ToLower(n.String()) }
