// SPDX-License-Identifier: GPL-3.0-or-later

//go:build race

package media

// raced says that the race detector slows everything down.
const raced = true
