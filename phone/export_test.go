// SPDX-License-Identifier: GPL-3.0-or-later

package phone

// Bounds for tests from outside.
const (
	KeepTime      = keepTime
	MaxKept       = maxKept
	MaxStrangers  = maxStrangers
	MaxOfStranger = maxOfStranger
)
