// SPDX-License-Identifier: GPL-3.0-or-later

package sip

// URI is a SIP or SIPS URI without password and headers (RFC 3261 section 19.1).
type URI struct {
	Scheme string // "sip" or "sips"; empty means sip
	User   string // may be empty
	Host   string // name or IP address, IPv6 without brackets
	Port   int    // 0 when absent
	Params string // what follows the first semicolon, such as "transport=tls"; may be empty
}

// Address is a name-addr: what From, To and Contact hold.
type Address struct {
	Name string // display name, unquoted; may be empty
	URI  URI
}
