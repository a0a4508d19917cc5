// SPDX-License-Identifier: GPL-3.0-or-later

// Package linktest gives tests what links need around them: a virtual network and a signaller that
// lives in memory. Both work inside testing/synctest bubbles.
package linktest
