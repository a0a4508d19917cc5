// SPDX-License-Identifier: GPL-3.0-or-later

// Package ice owns the making of a path between two hosts: an ICE agent for UDP (RFC 8445) on
// pion/ice, and the text form of one end's credentials and candidates that Jami puts into its
// connection requests.
package ice
