// SPDX-License-Identifier: GPL-3.0-or-later

// Package configs owns the file bellwire.toml: its keys, their defaults and checks, the sample written
// at the first start, and the history of the format. It knows no running object.
//
// What a file leaves out names no host: the public ones a new user contacts are written out in the
// sample, where they can be seen and removed.
package configs

import (
	"log/slog"
	"net/netip"
	"time"
)

// FileName is the name of the configuration inside the home.
const FileName = "bellwire.toml"

// Version is the version of the format written and read.
const Version = 1

// Config is a configuration that was checked.
type Config struct {
	DHT  DHT
	Link Link
	Call Call
	Log  Log
}

// DHT configures the node of the distributed hash table.
type DHT struct {
	// Listen are the UDP addresses of the node, at most one for each of IPv4 and IPv6. Port 0 is any
	// free one.
	Listen []netip.AddrPort
	// Bootstrap are the "host:port" of nodes asked for others at the start.
	Bootstrap []string
	// Network separates DHTs that must not mix; 0 is the public one.
	Network uint32
	// Mainline allows meeting other nodes through the BitTorrent DHT.
	Mainline bool
	// MainlineRouters are the "host:port" of nodes of the BitTorrent DHT asked for others.
	MainlineRouters []string
	// Discovery allows finding nodes on the local network by multicast.
	Discovery bool
}

// Link configures connections to other devices.
type Link struct {
	// STUN are the "host:port" of servers that tell a device its public address.
	STUN []string
	// TURN are servers that relay for devices that cannot reach one another.
	TURN []TURN
}

// TURN is one relay server.
type TURN struct {
	Server string // "host:port"
	User   string
	// PasswordFile is a file with the password in its first line. In a file it may be relative to the
	// folder of that file; here it is not.
	PasswordFile string
}

// Call configures calls.
type Call struct {
	// Codecs are the audio codecs offered, the preferred one first: see CodecNames.
	Codecs []string
	// RingTimeout is how long a call rings before it counts as not answered.
	RingTimeout time.Duration
	// Strangers lets people who are no contacts call and write. Everybody may ask to be a contact.
	Strangers bool
}

// Log configures what is logged.
type Log struct {
	Level slog.Level
}

// CodecNames returns the names call.codecs knows.
func CodecNames() []string { return []string{"opus", "g722", "pcmu", "pcma"} }

// Default returns the configuration of an empty file. It names no host.
func Default() Config {
	return Config{
		DHT: DHT{
			Listen:    []netip.AddrPort{netip.AddrPortFrom(netip.IPv4Unspecified(), 0), netip.AddrPortFrom(netip.IPv6Unspecified(), 0)},
			Mainline:  true,
			Discovery: true,
		},
		Call: Call{Codecs: CodecNames(), RingTimeout: time.Minute, Strangers: true},
		Log:  Log{Level: slog.LevelInfo},
	}
}

// Hosts returns the "host:port" of every host the configuration has us contact without being asked to,
// in the order of the file and each once. Hosts on this machine are among them.
func (c Config) Hosts() []string {
	var hosts []string
	seen := make(map[string]bool)
	add := func(list ...string) {
		for _, host := range list {
			if !seen[host] {
				seen[host] = true
				hosts = append(hosts, host)
			}
		}
	}
	add(c.DHT.Bootstrap...)
	if c.DHT.Mainline {
		add(c.DHT.MainlineRouters...)
	}
	add(c.Link.STUN...)
	for _, turn := range c.Link.TURN {
		add(turn.Server)
	}
	return hosts
}
