// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import "strings"

// Transport carries SIP.
type Transport string

// The transports, as they stand in the transport parameter of a URI, but TLS, which sips stands for.
const (
	UDP Transport = "udp"
	TCP Transport = "tcp"
	TLS Transport = "tls" // over TCP
	WS  Transport = "ws"  // RFC 7118
	WSS Transport = "wss"
)

// usual is what a phone uses if nothing is said, the preferred first.
func usual() []Transport { return []Transport{TLS, TCP, UDP} }

// Secure reports whether TLS protects it.
func (t Transport) Secure() bool { return t == TLS || t == WSS }

// secured is the same transport under TLS; empty when there is none.
func (t Transport) secured() Transport {
	switch t {
	case TCP, TLS:
		return TLS
	case WS, WSS:
		return WSS
	}
	return ""
}

// port is used where neither URI nor SRV record names one.
func (t Transport) port() uint16 {
	switch t {
	case TLS:
		return 5061
	case WS:
		return 80
	case WSS:
		return 443
	}
	return 5060
}

// service is the owner of a domain's SRV records; empty for WebSocket, which has none (RFC 7118).
func (t Transport) service(domain string) string {
	switch t {
	case UDP:
		return "_sip._udp." + domain
	case TCP:
		return "_sip._tcp." + domain
	case TLS:
		return "_sips._tcp." + domain
	}
	return ""
}

// transportOf reads the service field of a NAPTR record (RFC 3263 section 4.1, RFC 7118); empty when it is of
// another use.
func transportOf(service string) Transport {
	switch strings.ToUpper(service) {
	case "SIP+D2U":
		return UDP
	case "SIP+D2T":
		return TCP
	case "SIPS+D2T":
		return TLS
	case "SIP+D2W":
		return WS
	case "SIPS+D2W":
		return WSS
	}
	return ""
}
