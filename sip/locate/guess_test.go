// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"bellwire/sip/locate/dnstest"
)

// Answers to other questions are skipped, and not for ever.
func TestGuessedAnswers(t *testing.T) {
	_, d := onLoopback(t)
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	guesses := make(chan int, 1)
	go func() {
		defer close(done)
		buf := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil {
				continue
			}
			say := func(change func(m *dnsmessage.Message)) {
				reply := dnsmessage.Message{Header: m.Header, Questions: slices.Clone(m.Questions)}
				reply.Response = true
				reply.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET, Type: dnsmessage.TypeSRV, TTL: 60},
					Body:   dnstest.SRV(0, 0, 1, "evil.example"),
				}}
				change(&reply)
				packet, err := reply.Pack()
				if err != nil {
					t.Error(err)
				}
				_, _ = conn.WriteTo(packet, from)
			}
			for range <-guesses {
				_, _ = conn.WriteTo([]byte("\x00"), from)
				say(func(r *dnsmessage.Message) { r.ID++ })
				say(func(r *dnsmessage.Message) { r.Response = false })
				say(func(r *dnsmessage.Message) { r.Questions = nil })
				say(func(r *dnsmessage.Message) { r.Questions[0].Type = dnsmessage.TypeTXT })
				say(func(r *dnsmessage.Message) { r.Questions[0].Name = dnsmessage.MustNewName("other.example.") })
				say(func(r *dnsmessage.Message) { r.Questions = append(r.Questions, r.Questions...) })
			}
			say(func(r *dnsmessage.Message) {
				r.Answers[0].Body = dnstest.SRV(0, 0, 1, "good.example")
				q := &r.Questions[0]
				q.Name = dnsmessage.MustNewName(strings.ToUpper(q.Name.String()))
			})
		}
	}()
	d.Servers = []netip.AddrPort{conn.LocalAddr().(*net.UDPAddr).AddrPort()}
	guesses <- 2
	if srv, _, err := d.SRV(t.Context(), "_sip._udp.x.example"); err != nil || len(srv) != 1 || srv[0].Target != "good.example" {
		t.Errorf("%v, %v", srv, err)
	}
	q, err := newQuestion("_sip._udp.x.example", dnsmessage.TypeSRV, true)
	if err != nil {
		t.Fatal(err)
	}
	guesses <- 100
	if _, err := d.exchange(t.Context(), d.Servers[0], q, secondWait); !errors.Is(err, errStrange) {
		t.Errorf("in a flood: %v", err)
	}
}
