// SPDX-License-Identifier: GPL-3.0-or-later

// Package icetcp shows how our ICE over TCP meets that of the real Jami: through relays, in silence, and
// when a process dies. It has tests alone.
package icetcp
