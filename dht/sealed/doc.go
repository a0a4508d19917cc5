// SPDX-License-Identifier: GPL-3.0-or-later

// Package sealed owns the opening of encrypted values that anybody may leave under one's keys: each costs
// milliseconds of a processor to decrypt, so their number in a second is bounded, and so is what waits.
package sealed
