// SPDX-License-Identifier: GPL-3.0-or-later

package netx

import (
	"context"
	"net"
	"time"
)

// DialTCP connects over TCP on a network within a time that ctx may cut short. The address may have a
// name. The host's network gives up as soon as ctx ends; others may not until the limit.
func DialTCP(ctx context.Context, n Net, address string, limit time.Duration) (net.Conn, error) {
	d := n.CreateDialer(&net.Dialer{Timeout: limit})
	if host, ok := d.(interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	}); ok {
		return host.DialContext(ctx, "tcp", address)
	}
	conn, err := d.Dial("tcp", address)
	if err == nil && ctx.Err() != nil {
		_ = conn.Close()
		return nil, ctx.Err()
	}
	return conn, err
}
