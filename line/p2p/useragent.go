// SPDX-License-Identifier: GPL-3.0-or-later

package p2p

// jamiVersion is the version of Jami whose ways with media our calls have: several media lines (since
// 10.0.2), and offers inside a call that keep its ICE (since 11.0.2). Those that count audio lines
// (13.11.0) are ahead of us.
const jamiVersion = "13.7.0"

// UserAgent returns what a product calls itself towards Jami, which looks for its own name and a version
// behind it, anywhere in the header, before it lets a call be changed without a new ICE. No hyphen may
// follow, for Jami ends the version there.
func UserAgent(product string) string {
	return product + " Jami Daemon " + jamiVersion + " (compatible)"
}
