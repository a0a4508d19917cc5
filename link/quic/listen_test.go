// SPDX-License-Identifier: GPL-3.0-or-later

package quic

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/quic-go/quic-go"

	"bellwire/internal/leak"
	"bellwire/internal/testid"
	"bellwire/link"
)

// A requester that opens one connection after the other makes us sign for the first alone.
func TestOneConnectionOfAnAttempt(t *testing.T) {
	leak.Check(t)
	alice, bob := testid.Device(t, "alice"), testid.Device(t, "bob")
	end := func(role link.Role) *handshake {
		terms := link.Terms{Role: role, Device: bob, Expect: link.Expectation{Key: alice.Key.Public()}, Timeouts: link.Timeouts{}.WithDefaults()}
		if role == link.Requester {
			terms.Device, terms.Expect.Key = alice, bob.Key.Public()
		}
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		transport := &quic.Transport{Conn: conn}
		t.Cleanup(func() {
			_ = transport.Close()
			_ = conn.Close()
		})
		return &handshake{attempt: &attempt{terms: terms}, transport: transport}
	}
	to, from := end(link.Requested), end(link.Requester)
	if err := to.listen(); err != nil {
		t.Fatal(err)
	}
	dial := func() error {
		_, err := from.transport.Dial(context.Background(), to.transport.Conn.LocalAddr(), from.tls(), from.quic())
		return err
	}
	if err := dial(); err != nil {
		t.Fatal(err)
	}
	var refused *quic.TransportError
	if err := dial(); !errors.As(err, &refused) || refused.ErrorCode != quic.ConnectionRefused {
		t.Errorf("second connection: %v, want a refusal", err)
	}
}
