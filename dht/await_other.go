// SPDX-License-Identifier: GPL-3.0-or-later

//go:build !unix

package dht

import "net"

// awaiter has no equivalent here: each socket holds a buffer while it waits.
func awaiter(net.PacketConn) func() error { return nil }
