// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestWayToTheTargets(t *testing.T) {
	const (
		host     = "ADDR pbx.example 192.0.2.1"
		naptrUDP = "NAPTR pbx.example 20 0 s SIP+D2U _sip._udp.pbx.example"
		naptrTCP = "NAPTR pbx.example 10 5 S sip+d2t _sip._tcp.pbx.example"
		naptrTLS = "NAPTR pbx.example 10 1 s SIPS+D2T _sips._tcp.elsewhere.example"
		srvUDP   = "SRV _sip._udp.pbx.example 1 0 5070 u.example"
		srvTCP   = "SRV _sip._tcp.pbx.example 1 0 5080 t.example"
		srvTLS   = "SRV _sips._tcp.pbx.example 1 0 5090 s.example"
		srvOther = "SRV _sips._tcp.elsewhere.example 1 0 5091 s.example"
		u, tt, s = "ADDR u.example 192.0.2.2", "ADDR t.example 192.0.2.3", "ADDR s.example 192.0.2.4"
	)
	all := []string{host, naptrUDP, naptrTCP, naptrTLS, srvUDP, srvTCP, srvTLS, srvOther, u, tt, s}
	for _, tt := range []struct {
		name    string
		uri     string
		allowed []Transport
		records []string
		want    string
	}{
		{"a number", "sip:192.0.2.9", nil, all, "udp/192.0.2.9:5060"},
		{"a number and sips", "sips:[2001:db8::9]", nil, all, "tls/[2001:db8::9]:5061"},
		{"a number and a port", "sip:192.0.2.9:5999", nil, all, "udp/192.0.2.9:5999"},
		{"a number where UDP is not allowed", "sip:192.0.2.9", []Transport{TCP, TLS}, all, "tcp/192.0.2.9:5060"},
		{"a number and a transport", "sip:192.0.2.9;transport=TCP", nil, all, "tcp/192.0.2.9:5060"},
		{"sips over TCP is TLS", "sips:192.0.2.9;transport=tcp", nil, all, "tls/192.0.2.9:5061"},
		{"a mapped number", "sip:[::ffff:192.0.2.9]", nil, all, "udp/192.0.2.9:5060"},
		{"WebSocket", "sip:pbx.example;transport=ws", nil, all, "ws/192.0.2.1:80"},
		{"secure WebSocket", "sips:pbx.example;transport=ws", nil, all, "wss/192.0.2.1:443"},
		{"a port", "sip:pbx.example:5999", nil, all, "udp/192.0.2.1:5999"},
		{"a port and sips", "sips:pbx.example:5999", nil, all, "tls/192.0.2.1:5999"},
		{"NAPTR", "sip:pbx.example", nil, all, "tls/192.0.2.4:5091 tcp/192.0.2.3:5080 udp/192.0.2.2:5070"},
		{"NAPTR without what is not allowed", "sip:pbx.example", []Transport{UDP, TCP}, all, "tcp/192.0.2.3:5080 udp/192.0.2.2:5070"},
		{"NAPTR and sips", "sips:pbx.example", nil, all, "tls/192.0.2.4:5091"},
		{"a transport skips NAPTR", "sip:pbx.example;transport=udp", nil, all, "udp/192.0.2.2:5070"},
		{"TLS by the account skips NAPTR", "sip:pbx.example;transport=tls", nil, all, "tls/192.0.2.4:5090"},
		{"NAPTR of other uses", "sip:pbx.example", nil, []string{"NAPTR pbx.example 1 1 u E2U+sip .", "NAPTR pbx.example 1 1 u SIP+D2U _sip._udp.pbx.example", srvTCP, tt, host}, "tcp/192.0.2.3:5080"},
		{"NAPTR without SRV", "sip:pbx.example", nil, []string{naptrTCP, host}, "tcp/192.0.2.1:5060"},
		{"SRV in the order of the account", "sip:pbx.example", []Transport{UDP, TLS, TCP}, []string{srvUDP, srvTCP, srvTLS, u, tt, s}, "udp/192.0.2.2:5070 tls/192.0.2.4:5090 tcp/192.0.2.3:5080"},
		{"SRV of sips", "sips:pbx.example", nil, []string{srvUDP, srvTLS, u, s}, "tls/192.0.2.4:5090"},
		{"neither", "sip:pbx.example", nil, []string{host}, "udp/192.0.2.1:5060"},
		{"neither, and sips", "sips:PBX.example.", nil, []string{host}, "tls/192.0.2.1:5061"},
		{"neither, and TCP", "sip:pbx.example;transport=tcp", nil, []string{host}, "tcp/192.0.2.1:5060"},
		{"priorities", "sips:pbx.example", nil, []string{
			"SRV _sips._tcp.pbx.example 20 9 2 s.example", "SRV _sips._tcp.pbx.example 10 0 1 s.example", "SRV _sips._tcp.pbx.example 30 0 3 s.example", s,
		}, "tls/192.0.2.4:1 tls/192.0.2.4:2 tls/192.0.2.4:3"},
		{"families in turn", "sips:pbx.example", nil, []string{
			"ADDR pbx.example 2001:db8::1", "ADDR pbx.example 2001:db8::2", "ADDR pbx.example 192.0.2.1", "ADDR pbx.example 192.0.2.2", "ADDR pbx.example 192.0.2.3",
		}, "tls/[2001:db8::1]:5061 tls/192.0.2.1:5061 tls/[2001:db8::2]:5061 tls/192.0.2.2:5061 tls/192.0.2.3:5061"},
		{"IPv4 first where the system prefers it", "sips:pbx.example", nil, []string{"ADDR pbx.example 192.0.2.1", "ADDR pbx.example 2001:db8::1"}, "tls/192.0.2.1:5061 tls/[2001:db8::1]:5061"},
		{"the same twice", "sips:pbx.example", nil, []string{srvTLS, srvTLS, s, s}, "tls/192.0.2.4:5090"},
		{"a host without address beside one with", "sip:pbx.example;transport=udp", nil, []string{"SRV _sip._udp.pbx.example 0 0 1 none.example", srvUDP, u}, "udp/192.0.2.2:5070"},
		{"a record to a number, to port 0 and to no name", "sip:pbx.example;transport=udp", nil, []string{
			"SRV _sip._udp.pbx.example 0 0 1 192.0.2.7", "SRV _sip._udp.pbx.example 0 0 0 u.example", "SRV _sip._udp.pbx.example 0 0 7 u/.example", u,
		}, "udp/192.0.2.7:1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := New(Config{Resolver: &fake{life: time.Hour, records: tt.records}})
			q := query(t, tt.uri)
			q.Allowed = tt.allowed
			if got := locate(t, l, q); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestNameToVerify(t *testing.T) {
	f := &fake{records: []string{"SRV _sips._tcp.pbx.example 0 0 1 host.elsewhere.example", "ADDR host.elsewhere.example 192.0.2.1"}}
	for uri, want := range map[string]string{
		"sips:user@PBX.example": "pbx.example", "sips:192.0.2.1": "192.0.2.1", "sips:[2001:DB8::1]": "2001:db8::1", "sips:[fe80::1%25]": "fe80::1",
	} {
		targets, err := New(Config{Resolver: f}).Locate(t.Context(), query(t, uri))
		if err != nil || targets[0].ServerName != want {
			t.Errorf("%s: %v, %v", uri, targets, err)
		}
	}
}

func TestWhyThereIsNoTarget(t *testing.T) {
	for _, tt := range []struct {
		name   string
		q      Query
		fake   *fake
		want   error
		phrase string
	}{
		{"no such name", Query{Host: "pbx.example"}, &fake{}, ErrUnknown, `"pbx.example" cannot be found`},
		{"the service is not offered", Query{Host: "pbx.example", Transport: UDP}, &fake{records: []string{"SRV _sip._udp.pbx.example 0 0 0 .", "ADDR pbx.example 192.0.2.1"}}, ErrNoService, "over [udp]"},
		{"no DNS", Query{Host: "pbx.example"}, &fake{broken: errMalformed}, ErrUnavailable, "check the network"},
		{"sips without TLS", Query{Host: "pbx.example", Secure: true, Allowed: []Transport{UDP, TCP}}, &fake{}, ErrInsecure, "udp tcp"},
		{"sips over UDP", Query{Host: "pbx.example", Secure: true, Transport: UDP}, &fake{}, ErrInsecure, "udp"},
		{"not a transport", Query{Host: "pbx.example", Transport: "sctp"}, &fake{}, ErrInvalid, "sctp"},
		{"not a name", Query{Host: "pbx example"}, &fake{}, ErrInvalid, "pbx example"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := New(Config{Resolver: tt.fake})
			if _, err := l.Locate(t.Context(), tt.q); !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.phrase) {
				t.Errorf("Locate: %v", err)
			}
			if _, err := l.Next(t.Context(), tt.q); !errors.Is(err, tt.want) {
				t.Errorf("Next: %v", err)
			}
		})
	}
}

// A domain that refuses one transport may offer another without saying so.
func TestRefusalIsOfOneTransport(t *testing.T) {
	l := New(Config{Resolver: &fake{records: []string{"SRV _sips._tcp.pbx.example 0 0 0 .", "ADDR pbx.example 192.0.2.1"}}})
	if got := locate(t, l, query(t, "sip:pbx.example")); got != "udp/192.0.2.1:5060" {
		t.Error(got)
	}
}

// Some name servers never answer questions for NAPTR or SRV.
func TestLookupsThatFailAreSteppedOver(t *testing.T) {
	f := &fake{records: []string{"SRV _sips._tcp.pbx.example 0 0 5090 a.example", "ADDR a.example 192.0.2.1", "ADDR pbx.example 192.0.2.2"}, dead: "NAPTR"}
	if got := locate(t, New(Config{Resolver: f}), query(t, "sips:pbx.example")); got != "tls/192.0.2.1:5090" {
		t.Error(got)
	}
	f.dead = "SRV"
	if got := locate(t, New(Config{Resolver: f}), query(t, "sips:pbx.example")); got != "tls/192.0.2.2:5061" {
		t.Error(got)
	}
}

func TestLimitsOfTargets(t *testing.T) {
	f := &fake{}
	for i := range 50 {
		f.records = append(f.records,
			fmt.Sprintf("NAPTR pbx.example 0 %d s SIPS+D2T _sips._tcp.d%d.example", i, i),
			fmt.Sprintf("SRV _sips._tcp.d%d.example 0 0 5061 a.example", i),
			fmt.Sprintf("SRV _sips._tcp.d0.example 0 0 %d a.example", i+1),
			fmt.Sprintf("ADDR a.example 192.0.2.%d", i))
	}
	targets, err := New(Config{Resolver: f}).Locate(t.Context(), query(t, "sips:pbx.example"))
	if err != nil || len(targets) != maxTargets {
		t.Errorf("%d targets, %v", len(targets), err)
	}
	if n := len(f.took()); n != 1+maxServices+1 {
		t.Errorf("%d questions", n)
	}
}
