// SPDX-License-Identifier: GPL-3.0-or-later

package today

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"bellwire/link/ice"
)

// credentials returns a ufrag and a password as long as the daemon's.
func credentials() (ufrag, pwd string) { return randomHex(4), randomHex(12) }

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}

// maxRemote is how many candidates the daemon keeps.
const maxRemote = 31

// iceText writes the credentials and the candidates one in a line. Each passive one is followed by an
// active one of the same address.
func iceText(d ice.Description) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", d.Ufrag, d.Pwd)
	for i, c := range d.Candidates {
		kind, port := "passive", c.Addr.Port()
		if c.TCPType == ice.Active {
			kind, port = "active", 9
		}
		fmt.Fprintf(&b, "H%x 1 TCP %d %s %d typ %s tcptype %s\n", i, c.Priority, c.Addr.Addr(), port, c.Type, kind)
		if c.TCPType == ice.Passive && c.Type == ice.Host {
			fmt.Fprintf(&b, "H%x 1 TCP %d %s 9 typ host tcptype active\n", i, c.Priority-256, c.Addr.Addr())
		}
	}
	return b.String()
}

var errNotPassive = errors.New("not one passive candidate: the check list is empty")

// parseICEText reads what a far end wrote, word by word as the daemon does.
func parseICEText(text string) (ice.Description, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 2 {
		return ice.Description{}, errors.New("no credentials")
	}
	d := ice.Description{Ufrag: lines[0], Pwd: lines[1]}
	for _, line := range lines[2:] {
		c, err := parseCandidate(line)
		if err != nil {
			return ice.Description{}, fmt.Errorf("%q: %w", line, err)
		}
		if len(d.Candidates) < maxRemote {
			d.Candidates = append(d.Candidates, c)
		}
	}
	passive := func(c ice.Candidate) bool { return c.TCPType == ice.Passive }
	if !slices.ContainsFunc(d.Candidates, passive) {
		return d, errNotPassive
	}
	return d, nil
}

// parseCandidate reads "foundation comp TCP prio addr port typ TYPE tcptype TYPE"; what follows is
// ignored. In lower case the transport would be taken for UDP.
func parseCandidate(line string) (c ice.Candidate, err error) {
	w := strings.Fields(line)
	if len(w) < 10 || len(w[0]) > 31 || w[1] != "1" || w[2] != "TCP" || w[6] != "typ" || w[8] != "tcptype" {
		return c, errors.New("not a line of a TCP candidate")
	}
	priority, err1 := strconv.ParseUint(w[3], 10, 32)
	addr, err2 := netip.ParseAddr(w[4])
	port, err3 := strconv.ParseUint(w[5], 10, 16)
	kind, known := candidateTypes[w[7]]
	tcp, knownTCP := tcpTypes[w[9]]
	if err := errors.Join(err1, err2, err3); err != nil || !known || !knownTCP {
		return c, errors.Join(err, errors.New("not a TCP candidate"))
	}
	return ice.Candidate{
		Foundation: w[0], TCP: true, Priority: uint32(priority),
		Addr: netip.AddrPortFrom(addr, uint16(port)), Type: kind, TCPType: tcp,
	}, nil
}

var (
	candidateTypes = map[string]ice.Type{"host": ice.Host, "srflx": ice.ServerReflexive, "prflx": ice.PeerReflexive, "relay": ice.Relay}
	tcpTypes       = map[string]ice.TCPType{"active": ice.Active, "passive": ice.Passive, "so": ice.SimultaneousOpen}
)
