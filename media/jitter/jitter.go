// SPDX-License-Identifier: GPL-3.0-or-later

// Package jitter turns packets that arrive late, twice, out of order or never into a steady flow
// of sound, with as little delay as the path allows.
package jitter
