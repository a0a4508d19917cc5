// SPDX-License-Identifier: GPL-3.0-or-later

// Package icepath is the media path of a call that has an ICE of its own, as calls with the official
// Jami have: RTP on the first component and RTCP on the second, each an ICE agent with sockets of its
// own, both under the credentials of one description (RFC 8839). It owns the agents, their lines in
// offers and answers, and the change from one set of agents to the next when the far end restarts ICE.
package icepath
