// SPDX-License-Identifier: GPL-3.0-or-later

// Package sdp reads and writes session descriptions (RFC 8866) and negotiates them (RFC 3264).
//
// It has two layers. Session and its parts are the text: parsing is bounded, keeps the order of lines and every
// attribute it does not know, and appending gives them back. Negotiator is the offer/answer state of one call: it
// writes our offers and answers from a Local in the manner of a Profile (Jami's, or that between Bellwires, which
// share all code), and reads the peer's into an Agreement.
//
// Keys, ICE credentials and candidates are opaque text here; the package opens no sockets and imports nothing of ours.
package sdp
