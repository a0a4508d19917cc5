// SPDX-License-Identifier: GPL-3.0-or-later

// Package link owns one authenticated connection to one device of an account, carrying many streams
// and the packets of calls.
//
// Two devices that never met first exchange an offer and an answer through a [Signaller] that
// somebody else provides. Both hold, for every [Carrier], one half of an ICE connection. A carrier
// makes a [Session] out of its two halves; the first to succeed becomes the [Link]. Both ends have
// then proved their device certificate, chained to the account that was called, in the one place
// where that is decided: [Verify].
//
//	Dial ──▶ carriers prepare ──▶ Signaller.Offer ──▶ carrier connects ──┐
//	                                                                    ├──▶ TLS proof (Verify) ──▶ Allow ──▶ Link
//	Signaller.Accept ──▶ carrier prepares ──▶ answer ──▶ connects ──────┘
//
// The package knows neither calls nor names, nor how offers travel, nor what a carrier puts on the
// wire.
package link
