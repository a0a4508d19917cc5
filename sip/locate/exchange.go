// SPDX-License-Identifier: GPL-3.0-or-later

package locate

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	"bellwire/internal/netx"
)

// maxStrange is how many packets that do not answer the question are skipped before a server is given up: each is a
// guess of someone who wants to answer in its place.
const maxStrange = 32

// exchange asks one server: over UDP, from a socket and so a port of its own, and over TCP if the answer is cut short.
func (d DNS) exchange(ctx context.Context, server netip.AddrPort, q question, wait time.Duration) (answer, error) {
	conn, err := d.Net.Dial("udp", server.String())
	if err != nil {
		return answer{}, err
	}
	a, err := askOver(ctx, conn, wait, q, udpAnswer)
	if !errors.Is(err, errTruncated) {
		return a, err
	}
	conn, err = netx.DialTCP(ctx, d.Net, server.String(), wait)
	if err != nil {
		return answer{}, err
	}
	return askOver(ctx, conn, wait, q, tcpAnswer)
}

// askOver runs one exchange on a connection and closes it.
func askOver(ctx context.Context, conn net.Conn, wait time.Duration, q question, run func(net.Conn, question) (answer, error)) (answer, error) {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(wait)); err != nil {
		return answer{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	return run(conn, q)
}

func udpAnswer(conn net.Conn, q question) (answer, error) {
	if _, err := conn.Write(q.packet); err != nil {
		return answer{}, err
	}
	buf := make([]byte, maxUDP)
	for range maxStrange {
		n, err := conn.Read(buf)
		if err != nil {
			return answer{}, err
		}
		if a, err := q.read(buf[:n]); !errors.Is(err, errStrange) {
			return a, err
		}
	}
	return answer{}, errStrange
}

// tcpAnswer has the length before each message (RFC 1035 section 4.2.2).
func tcpAnswer(conn net.Conn, q question) (answer, error) {
	packet := binary.BigEndian.AppendUint16(nil, uint16(len(q.packet)))
	if _, err := conn.Write(append(packet, q.packet...)); err != nil {
		return answer{}, err
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return answer{}, err
	}
	buf := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, buf); err != nil {
		return answer{}, err
	}
	return q.read(buf)
}
