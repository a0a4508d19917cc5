// SPDX-License-Identifier: GPL-3.0-or-later

//go:build unix

package dht

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// awaiter returns a function that waits until the socket has something to read, so that no buffer is
// held meanwhile; nil for a connection that is not a socket of the system.
func awaiter(c net.PacketConn) func() error {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	return func() error {
		return raw.Read(func(fd uintptr) bool {
			ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
			n, err := unix.Poll(ready, 0)
			return n > 0 || err != nil && err != unix.EINTR
		})
	}
}
