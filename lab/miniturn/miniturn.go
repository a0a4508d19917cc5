// SPDX-License-Identifier: GPL-3.0-or-later

// Package miniturn runs a TURN server with TCP allocations (RFC 6062) for tests, on the loopback
// interface of this process.
package miniturn

import (
	"net"
	"testing"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"
)

// The account every server has.
const (
	User     = "user"
	Password = "secret"
)

// Serve runs a server until the test ends and returns its address.
func Serve(t testing.TB) (address string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: "test",
		AuthHandler: func(ra *turn.RequestAttributes) (string, []byte, bool) {
			return ra.Username, turn.GenerateAuthKey(ra.Username, ra.Realm, Password), ra.Username == User
		},
		ListenerConfigs: []turn.ListenerConfig{{
			Listener:              l,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"},
		}},
		LoggerFactory: logging.NewDefaultLoggerFactory(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}
