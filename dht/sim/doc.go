// SPDX-License-Identifier: GPL-3.0-or-later

// Package sim runs thousands of DHT nodes in one process in simulated time: the real engines, with a
// network between them that delays, loses and withholds packets as configured. The same seed gives
// the same run. Tests assert with it what a whole network must do, benchmarks measure lookups in it.
package sim
