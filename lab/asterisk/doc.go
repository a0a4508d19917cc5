// SPDX-License-Identifier: GPL-3.0-or-later

// Package asterisk runs the real Asterisk 22 as the PBX of a test: in a network namespace, from a tree of
// files that set-up has made (see the script tree), with accounts as the test wants them, extensions
// that do what a phone has to be tried with (extensions.go), and its manager interface to command and
// watch it. It is up after half a second and takes 65 MB. Nothing of it outlives the test; several may
// run from one tree.
//
// Give it a machine that has one address, such as an end of a netns.Star: on a machine with several its
// Contact and its packets have the one nearest to the phone, which need not be the one it was called at.
//
// What was found of Asterisk 22.10 beside what the comments of Account say:
//
//   - Its TLS, unless told otherwise, is version 1.0 alone, which current clients refuse; see Config.TLS.
//   - It has a request to a phone over TCP or TLS go to the phone's Contact on a new connection, unless
//     the account has NAT.
//   - Registrations are written to disk once a second: those of the last second do not outlive Kill, all
//     outlive Stop.
//   - A lamp that is busy is "confirmed" as dialog-info, but as pidf its basic status stays open: only the
//     note says "On the phone".
//   - A text outside a call is answered with 202 before it is known whether it can be delivered; the
//     event TextSent tells.
//   - Of two answers to one INVITE, with different tags, it acknowledges the first twice and never ends
//     the second.
//   - A call that was answered with DTLS has sound up to a second later.
package asterisk
