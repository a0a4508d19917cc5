// SPDX-License-Identifier: GPL-3.0-or-later

// Package jamilink connects links of ours with the real Jami, below the level of calls: what fails here
// is the connection's fault and no call's.
package jamilink
