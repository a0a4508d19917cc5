// SPDX-License-Identifier: GPL-3.0-or-later

//go:build race

package icepath

const raceDetector = true
