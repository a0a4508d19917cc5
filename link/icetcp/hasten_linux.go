// SPDX-License-Identifier: GPL-3.0-or-later

package icetcp

import (
	"net"

	"golang.org/x/sys/unix"
)

// hasten returns a function that acknowledges what was received at once; the kernel forgets the wish
// soon, so it is called after each read. Jami leaves Nagle's algorithm on: without that the second of two
// small messages, such as "ringing" behind the answer to a beacon, waits 40 ms for our acknowledgement of
// the first.
func hasten(conn net.Conn) func() {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return func() {}
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return func() {}
	}
	set := func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 1) }
	return func() { _ = raw.Control(set) }
}
