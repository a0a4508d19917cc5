// SPDX-License-Identifier: GPL-3.0-or-later

package sip

import (
	"net/netip"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// via is the topmost value of the Via fields (RFC 3261 section 20.42), as far as matching needs it. It is read here and
// not by sipgo, which passes over mistakes that would break matching.
type via struct {
	host   string // lower case
	port   int    // 0 when absent
	branch string
	more   bool // another value follows in the same field
}

// parseVia reads a Via field; false when its first value is not one.
func parseVia(value string) (v via, ok bool) {
	parts := splitOutsideQuotes(value, ';')
	v.more = lengthOf(parts) < len(value)
	protocol := strings.SplitN(parts[0], "/", 3)
	if len(protocol) < 3 || !strings.EqualFold(strings.TrimSpace(protocol[0]), "SIP") || strings.TrimSpace(protocol[1]) != "2.0" {
		return v, false
	}
	words := strings.Fields(protocol[2])
	if len(words) < 2 || !isToken(words[0]) {
		return v, false
	}
	host, port, hasPort := strings.Join(words[1:], ""), "", false
	if end := strings.IndexByte(host, ']'); end >= 0 {
		port, hasPort = strings.CutPrefix(host[end+1:], ":")
		if !hasPort && host[end+1:] != "" {
			return v, false
		}
		host = host[:end+1]
	} else {
		host, port, hasPort = strings.Cut(host, ":")
	}
	if hasPort {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return v, false
		}
		v.port = int(n)
	}
	v.host = strings.ToLower(host)
	for _, p := range parts[1:] {
		if name, value, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(name), "branch") {
			v.branch = strings.TrimSpace(value)
		}
	}
	return v, isHost(v.host)
}

// isHost allows what names and IP addresses are made of.
func isHost(s string) bool {
	for i := range len(s) {
		c := s[i]
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alnum && strings.IndexByte("-._:%[]", c) < 0 {
			return false
		}
	}
	return s != ""
}

// lengthOf returns how long the parts of a value were before it was split at one-byte separators.
func lengthOf(parts []string) int {
	n := len(parts) - 1
	for _, p := range parts {
		n += len(p)
	}
	return n
}

// branchOf returns the branch of a request of ours.
func branchOf(req *sipmsg.Request) string {
	v, _ := parseVia(req.GetHeader("via").Value())
	return v.branch
}

// markVia fills in where the request came from: rport when asked (RFC 3581), received when the sent-by is not it (RFC
// 3261 section 18.2.1). A flow whose far end is not an IP address and port has nothing to fill in.
func markVia(value string, remote netip.AddrPort) string {
	v, ok := parseVia(value)
	if !remote.IsValid() || !ok {
		return value
	}
	parts := splitOutsideQuotes(value, ';')
	rest := value[lengthOf(parts):]
	received := strings.Trim(v.host, "[]") != remote.Addr().String()
	for i, p := range parts[1:] {
		name, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(name), "rport") && value == "" {
			parts[i+1] = "rport=" + strconv.Itoa(int(remote.Port()))
			received = true
		}
	}
	if received {
		parts = append(parts, "received="+remote.Addr().String())
	}
	return strings.Join(parts, ";") + rest
}
