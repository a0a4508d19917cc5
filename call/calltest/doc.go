// SPDX-License-Identifier: GPL-3.0-or-later

// Package calltest gives tests two ends of a telephone line: SIP over a connection in memory and media
// over a path in memory, with tones to send and ears to hear them. It works inside testing/synctest
// bubbles.
package calltest
