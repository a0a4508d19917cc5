// SPDX-License-Identifier: GPL-3.0-or-later

//go:build linux

package netns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// Traffic is what one UDP port sent and received: whole IP packets.
type Traffic struct {
	Packets, Bytes int64
}

// Meter counts the UDP traffic of each port on one interface of a namespace.
type Meter struct {
	socket *os.File
	done   chan struct{}

	mu    sync.Mutex
	ports map[uint16]Traffic
}

// NewMeter counts on the interface from now until the test ends. Each datagram is seen once, where
// it leaves, and counts for both its ports: on a loopback interface, where all parties are, the sum
// for a port is what it sent and received.
func (ns *Namespace) NewMeter(t testing.TB, name string) *Meter {
	t.Helper()
	var m *Meter
	err := ns.Do(func() (err error) {
		m, err = newMeter(name)
		return err
	})
	if err != nil {
		t.Fatalf("count traffic on %s: %v", name, err)
	}
	go m.run()
	t.Cleanup(func() {
		m.socket.Close()
		<-m.done
	})
	return m
}

func newMeter(name string) (*Meter, error) {
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		return nil, err
	}
	all := htons(unix.ETH_P_ALL)
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, int(all))
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: ifi.Index}); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("bind", err)
	}
	return &Meter{
		socket: os.NewFile(uintptr(fd), "packet socket"),
		done:   make(chan struct{}),
		ports:  map[uint16]Traffic{},
	}, nil
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }

func (m *Meter) run() {
	defer close(m.done)
	raw, err := m.socket.SyscallConn()
	if err != nil {
		return
	}
	packet := make([]byte, 128) // IP and UDP headers suffice: the length is the header's
	for {
		var n int
		var from unix.Sockaddr
		var failure error
		err := raw.Read(func(fd uintptr) bool {
			n, from, failure = unix.Recvfrom(int(fd), packet, 0)
			return !errors.Is(failure, unix.EAGAIN)
		})
		if err != nil || failure != nil {
			return
		}
		if l, ok := from.(*unix.SockaddrLinklayer); ok && l.Pkttype == unix.PACKET_OUTGOING {
			m.count(packet[:n])
		}
	}
}

func (m *Meter) count(p []byte) {
	src, dst, size, ok := parseUDP(p)
	if !ok {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, port := range []uint16{src, dst} {
		total := m.ports[port]
		total.Packets++
		total.Bytes += int64(size)
		m.ports[port] = total
	}
}

// parseUDP reads the ports and the length of an IP packet that carries UDP directly.
func parseUDP(p []byte) (src, dst uint16, size int, ok bool) {
	if len(p) == 0 {
		return 0, 0, 0, false
	}
	var header int
	switch p[0] >> 4 {
	case 4:
		header = int(p[0]&15) * 4
		if len(p) < 20 || p[9] != unix.IPPROTO_UDP {
			return 0, 0, 0, false
		}
		size = int(binary.BigEndian.Uint16(p[2:]))
	case 6:
		header = 40
		if len(p) < header || p[6] != unix.IPPROTO_UDP {
			return 0, 0, 0, false
		}
		size = header + int(binary.BigEndian.Uint16(p[4:]))
	default:
		return 0, 0, 0, false
	}
	if len(p) < header+4 {
		return 0, 0, 0, false
	}
	return binary.BigEndian.Uint16(p[header:]), binary.BigEndian.Uint16(p[header+2:]), size, true
}

// Totals returns the counts so far.
func (m *Meter) Totals() map[uint16]Traffic {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.ports)
}

// String says the traffic in words.
func (t Traffic) String() string { return fmt.Sprintf("%d bytes in %d packets", t.Bytes, t.Packets) }
