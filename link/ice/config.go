// SPDX-License-Identifier: GPL-3.0-or-later

package ice

import (
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/pion/stun/v4"

	"bellwire/internal/netx"
)

// Server is a STUN or TURN server.
type Server struct {
	// URI is of RFC 7064 or RFC 7065, for example "stun:host:3478" or "turns:host?transport=tcp".
	URI      string
	User     string // TURN only
	Password string // TURN only
}

// Config says with which means paths are made. The zero value uses the host's network and no server.
type Config struct {
	// Net makes the sockets; nil is the host's network as it is at the time of each attempt.
	Net netx.Net
	// Servers are asked for reflexive and relayed addresses; none by default.
	Servers []Server
	// Public, when set, tells the addresses at which others see this machine, as far as they were heard
	// of. Ends that connect over TCP name them, so that the far end's relay lets them in.
	Public func() []netip.Addr
	// Interface, when set, tells which network interfaces may be used.
	Interface func(name string) bool
	// Keepalive sends a check every two seconds, so that NATs keep the path open while nothing else is
	// sent on it (RFC 8445, section 11).
	Keepalive bool
	// Wait bounds how long an attempt waits for the answers of Servers; 600 ms when zero. Their
	// candidates that come later are not used.
	Wait time.Duration
	Log  *slog.Logger // nil discards
}

const (
	defaultWait       = 600 * time.Millisecond
	keepaliveInterval = 2 * time.Second
)

func (c Config) keepalive() time.Duration {
	if c.Keepalive {
		return keepaliveInterval
	}
	return 0
}

// ServerWait is how long an attempt waits for the answers of Servers.
func (c Config) ServerWait() time.Duration {
	if c.Wait > 0 {
		return c.Wait
	}
	return defaultWait
}

// Network is what makes the sockets of an attempt.
func (c Config) Network() (netx.Net, error) {
	if c.Net != nil {
		return c.Net, nil
	}
	return netx.Host()
}

// Logger is Log, or one that discards.
func (c Config) Logger() *slog.Logger {
	if c.Log != nil {
		return c.Log
	}
	return slog.New(slog.DiscardHandler)
}

// Check reports whether every server's URI can be understood.
func (c Config) Check() error {
	_, err := c.uris()
	return err
}

func (c Config) uris() ([]*stun.URI, error) {
	uris := make([]*stun.URI, 0, len(c.Servers))
	for _, s := range c.Servers {
		uri, err := stun.ParseURI(s.URI)
		if err != nil {
			return nil, fmt.Errorf("%q is not the address of a STUN or TURN server, write stun:HOST:PORT or turn:HOST:PORT: %w", s.URI, err)
		}
		uri.Username, uri.Password = s.User, s.Password
		uris = append(uris, uri)
	}
	return uris, nil
}
