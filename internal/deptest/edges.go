// SPDX-License-Identifier: GPL-3.0-or-later

package deptest

import (
	"path"
	"slices"
	"strings"
)

// edges lists, for each room, the rooms its code (not its tests) may import. A name ending in "/..."
// stands for the room and all below it. Imports point one way only; a new edge belongs here first,
// with ARCHITECTURE.md telling why. internal/* may be imported by every room and is not listed.
var edges = map[string][]string{
	// Leaves.
	"identity": {},
	"store":    {},
	"configs":  {},

	// Who one is.
	"identity/...": {"identity", "store"},

	// Finding one another.
	"dht/wire":      {},
	"dht/table":     {"dht/wire"},
	"dht/value":     {"dht/wire", "identity"},
	"dht/storage":   {"dht/wire", "dht/value", "identity"},
	"dht/search":    {"dht/wire", "dht/table", "dht/value", "identity"},
	"dht/discovery": {"dht/wire"},
	"dht/mainline":  {},
	"dht/sealed":    {"dht/value", "identity"},
	"dht/join":      {"dht", "dht/wire", "dht/discovery", "dht/mainline"},
	"dht/proxy":     {"dht", "dht/wire", "dht/value", "identity"},
	"dht/engine":    {"dht/wire", "dht/table", "dht/value", "dht/storage", "dht/search", "identity"},
	"dht/sim":       {"dht/wire", "dht/value", "dht/search", "dht/storage", "dht/engine"},
	"dht":           {"dht/wire", "dht/table", "dht/value", "dht/storage", "dht/search", "dht/engine", "identity"},

	// Talking to one device.
	"link":              {"link/ice", "identity"},
	"link/ice":          {},
	"link/quic":         {"link", "link/ice", "identity"},
	"link/icetcp":       {"link/ice", "link/icetcp/relay"},
	"link/icetcp/relay": {},
	"link/jami":         {"link", "link/ice", "link/icetcp", "link/jami/mux", "identity"},
	"link/jami/mux":     {},
	"link/offer":        {"link", "link/ice", "dht", "dht/sealed", "dht/wire", "dht/value", "identity"},

	// Signalling and media.
	"sip/...":             {"sip/..."},
	"media/sdp":           {},
	"media/rtp":           {},
	"media/srtp":          {"media/rtp"},
	"media/codec":         {},
	"media/audio":         {},
	"media/path":          {"media/srtp"},
	"media/path/pathtest": {"media/path"},
	"media/audio/speech":  {"media/audio"},
	"media/jitter":        {"media/codec", "media/rtp"},
	"media":               {"media/..."},

	// Calls, and the two kinds of line that carry them.
	"call":              {"sip", "media", "media/..."},
	"call/calltest":     {"call", "sip", "media", "media/..."},
	"line/icepath":      {"call", "media", "media/...", "link/ice"},
	"line/p2p/contacts": {"call", "store", "identity"},
	"line/p2p":          {"line/icepath", "line/p2p/contacts", "link/ice", "call", "sip", "media", "media/...", "link", "link/offer", "nameservice", "dht", "dht/sealed", "dht/wire", "dht/value", "identity", "store"},
	"line/pbx":          {"call", "sip", "sip/...", "media", "media/..."},

	// What people and offices do with them; gateway and phone never meet.
	"phone":           {"call", "store", "media/audio"},
	"gateway":         {"call", "media", "media/..."},
	"gateway/...":     {"gateway", "call", "media"},
	"nameservice":     {"dht/wire", "identity"},
	"nameservice/...": {"nameservice", "dht/wire", "identity"},
	"web":             {"phone", "call"},

	// Wiring, and what looks at everything from outside.
	"cmd/...":       {"..."},
	"lab/...":       {"..."},
	"scripts/...":   {"lab/..."},
	"internal/...":  {},
	"internal/demo": {"..."},
	// Fixtures for tests are accounts.
	"internal/testid/...": {"identity"},
	"link/linktest":       {"link", "link/...", "identity"},
}

// Allowed reports whether room may import the room called to, and whether room is known at all.
func Allowed(room, to string) (allowed, known bool) {
	rules, known := rulesFor(room)
	if !known {
		return false, false
	}
	if within(to, "internal/...") || internalTo(room, to) {
		return true, true
	}
	return slices.ContainsFunc(rules, func(rule string) bool { return within(to, rule) }), true
}

// internalTo reports whether to is below an internal directory that belongs to the room's own root,
// as Go's own rule has it.
func internalTo(room, to string) bool {
	owner, _, found := strings.Cut(to, "/internal/")
	return found && within(room, owner+"/...")
}

// rulesFor finds the most specific entry of the table for a room.
func rulesFor(room string) ([]string, bool) {
	if rules, ok := edges[room]; ok {
		return rules, true
	}
	for dir := room; ; dir = path.Dir(dir) {
		if rules, ok := edges[dir+"/..."]; ok {
			return rules, true
		}
		if dir == "." {
			break
		}
	}
	return nil, false
}

func within(room, rule string) bool {
	if rule == "..." {
		return true
	}
	if root, ok := strings.CutSuffix(rule, "/..."); ok {
		return room == root || strings.HasPrefix(room, root+"/")
	}
	return room == rule
}
