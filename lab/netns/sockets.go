// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package netns

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Socket is one of IP in a namespace.
type Socket struct {
	Protocol      string // tcp, tcp6, udp or udp6
	Local, Remote netip.AddrPort
	State         int // a number of the kernel's, see tcp_states.h
}

// timeWait is the state of what a process has left.
const timeWait = 6

// Sockets returns what is open in the namespace, in a fixed order. Connections of TCP that only wait for
// stray packets are left out.
func (ns *Namespace) Sockets() (all []Socket, err error) {
	err = ns.Do(func() error {
		for _, protocol := range []string{"tcp", "tcp6", "udp", "udp6"} {
			table, err := os.ReadFile("/proc/thread-self/net/" + protocol)
			if os.IsNotExist(err) { // a kernel without IPv6
				continue
			}
			if err != nil {
				return err
			}
			sockets, err := parseSockets(protocol, string(table))
			if err != nil {
				return err
			}
			all = append(all, sockets...)
		}
		return nil
	})
	slices.SortFunc(all, Socket.compare)
	return all, err
}

func (s Socket) compare(o Socket) int { return strings.Compare(s.String(), o.String()) }

// String names the socket and its state.
func (s Socket) String() string {
	return fmt.Sprintf("%s %s %s %d", s.Protocol, s.Local, s.Remote, s.State)
}

func parseSockets(protocol, table string) (all []Socket, err error) {
	for i, line := range strings.Split(strings.TrimSpace(table), "\n") {
		fields := strings.Fields(line)
		if i == 0 || len(fields) < 4 { // the head
			continue
		}
		s := Socket{Protocol: protocol}
		if s.Local, err = parseEnd(fields[1]); err != nil {
			return nil, err
		}
		if s.Remote, err = parseEnd(fields[2]); err != nil {
			return nil, err
		}
		state, err := strconv.ParseUint(fields[3], 16, 8)
		if err != nil {
			return nil, fmt.Errorf("the state of a socket is %q", fields[3])
		}
		if s.State = int(state); s.State != timeWait || !strings.HasPrefix(protocol, "tcp") {
			all = append(all, s)
		}
	}
	return all, nil
}

// parseEnd reads an address as words in the byte order of the machine, in hexadecimal, and a port.
func parseEnd(text string) (netip.AddrPort, error) {
	words, number, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(words)
	port, portErr := strconv.ParseUint(number, 16, 16)
	if err != nil || portErr != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, fmt.Errorf("the address of a socket is %q", text)
	}
	for at := 0; at < len(raw); at += 4 {
		binary.NativeEndian.PutUint32(raw[at:], binary.BigEndian.Uint32(raw[at:]))
	}
	addr, ok := netip.AddrFromSlice(raw)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("the address of a socket is %q", text)
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), nil
}
